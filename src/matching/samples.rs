//! Published periods and weighed codes for tests, written on one line.

use super::{MatchKind, Verdict, Weighed};
use crate::domain::descriptor::Descriptor;
use crate::domain::evidence::Evidence;
use crate::domain::period::{CodePeriod, PublishedPeriod, Standing};
use crate::domain::source::{Sha256, Source};
use chrono::NaiveDate;
use std::sync::Arc;

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A line of some file of 2023Q3.
pub(crate) fn evidence(source: Source, text: &str) -> Evidence {
    Evidence {
        source,
        quarter: "2023Q3".parse().ok(),
        revision: 1,
        member: "HCPC2023_JUL_ANWEB.txt".into(),
        line: 8123,
        sha256: Sha256::of(b"file"),
        text: text.into(),
    }
}

/// A period from "CODE FROM TO|- descriptor".
pub(crate) fn published(line: &str) -> PublishedPeriod {
    let [code, from, to, descriptor] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
        panic!("{line}")
    };
    let evidence = evidence(Source::Hcpcs, descriptor);
    PublishedPeriod {
        period: CodePeriod {
            code: code.parse().unwrap(),
            valid_from: date(from),
            valid_to: to.parse().ok(),
        },
        descriptor: descriptor.into(),
        cross_references: Vec::new(),
        standing: Standing::Published,
        first_published: evidence.clone(),
        last_changed: evidence,
    }
}

/// The period of `line` with what the matcher says of it.
pub(crate) fn weighed(line: &str, verdict: Verdict) -> Weighed {
    let published = published(line);
    Weighed {
        descriptor: Arc::new(Descriptor::parse(&published.descriptor)),
        evidence: vec![published.last_changed.clone()],
        published,
        verdict,
    }
}

/// The period of `line`, recognised by its proper name.
pub(crate) fn same(line: &str) -> Weighed {
    weighed(line, Verdict::Same(MatchKind::ProperName))
}
