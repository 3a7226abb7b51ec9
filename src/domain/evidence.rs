//! What a finding rests on, down to the line of a file.

use crate::domain::quarter::Quarter;
use crate::domain::source::{Sha256, Source};
use std::sync::Arc;

/// One line of one file that a decision rests on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Evidence {
    /// The series the file belongs to.
    pub source: Source,
    /// The quarter the file is for; none for the Purple Book, which is not quarterly.
    pub quarter: Option<Quarter>,
    /// Which posting of that quarter's file, counted from 1.
    pub revision: u32,
    /// The member of the zip, or the file itself where it came unpacked.
    pub member: Arc<str>,
    /// The line in the member (the row of a workbook), counted from 1.
    pub line: u32,
    /// The hash of the downloaded file.
    pub sha256: Sha256,
    /// What stands there, in the file's own words.
    pub text: Arc<str>,
}
