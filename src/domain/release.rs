//! A release: one posting of one source's file for one quarter, accepted into the store.

use crate::domain::evidence::Evidence;
use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use std::sync::Arc;

/// The store's number of a release; grows with the order in which postings were accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReleaseId(pub i64);

/// Which posting a row comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its number.
    pub id: ReleaseId,
    /// The series.
    pub source: Source,
    /// The quarter it is for.
    pub quarter: Quarter,
    /// Which posting of that quarter, counted from 1.
    pub revision: u32,
    /// The hash of the downloaded file.
    pub sha256: Sha256,
    /// The main member of the zip, or the file itself.
    pub member: Arc<str>,
}

impl Release {
    /// The evidence of `text` on `line` of this release.
    #[must_use]
    pub fn evidence(&self, line: u32, text: impl Into<Arc<str>>) -> Evidence {
        Evidence {
            source: self.source,
            quarter: Some(self.quarter),
            revision: self.revision,
            member: self.member.clone(),
            line,
            sha256: self.sha256,
            text: text.into(),
        }
    }
}
