//! Which member of a zip is the one to read, by the names CMS gives them.

use super::refusal::{Refusal, in_words};
use crate::archive::{Archive, base_name, has_extension};
use crate::domain::source::Source;

/// What a member is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The list of codes.
    Codes,
    /// The payment limits.
    Pricing,
    /// The NDC-HCPCS crosswalk.
    Crosswalk,
    /// The payment limits of drugs without a code.
    NocPricing,
    /// The crosswalk of drugs without a code.
    NocCrosswalk,
    /// A Purple Book listing.
    PurpleBook,
}

impl Role {
    /// The series a file with this role belongs to.
    pub(super) fn series(self) -> Source {
        match self {
            Self::Codes => Source::Hcpcs,
            Self::Pricing => Source::AspPricing,
            Self::Crosswalk => Source::NdcCrosswalk,
            Self::NocPricing | Self::NocCrosswalk => Source::Noc,
            Self::PurpleBook => Source::PurpleBook,
        }
    }

    /// The roles of a series.
    pub(super) fn of_series(series: Source) -> &'static [Self] {
        match series {
            Source::Hcpcs => &[Self::Codes],
            Source::AspPricing => &[Self::Pricing],
            Source::NdcCrosswalk => &[Self::Crosswalk],
            Source::Noc => &[Self::NocPricing, Self::NocCrosswalk],
            Source::PurpleBook => &[Self::PurpleBook],
        }
    }

    /// The extensions in which the series is published, the one to prefer first: text is exact and fast, a workbook
    /// holds the same.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Codes => &["txt", "xlsx", "xls"],
            _ => &["csv", "xlsx", "xls"],
        }
    }
}

/// Files CMS packs beside the main ones or links to on the same pages: lists of changes of the HCPCS release (their
/// names hold `ANWEB` too), crosswalks and price lists of other programs.
const OTHER_FILES: [&str; 16] = [
    "transaction",
    "trans",
    "correction",
    "corrections",
    "changes",
    "recordlayout",
    "proc",
    "readme",
    "awp",
    "opps",
    "prep",
    "vaccine",
    "vaccines",
    "seasonal",
    "layout",
    "asc",
];

/// What the member is, by its name; none where it is not one that is read.
pub(super) fn role(member: &str) -> Option<Role> {
    let name = base_name(member).to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let has = |word: &str| words.contains(&word);
    // `__MACOSX/._name` is what a Mac adds to a zip made by hand.
    if name.starts_with("._") || OTHER_FILES.iter().any(|other| has(other)) {
        return None;
    }
    let is_noc = has("noc");
    let role = if name.contains("anweb") && !is_noc {
        Role::Codes
    } else if name.contains("crosswalk") {
        if is_noc {
            Role::NocCrosswalk
        } else {
            Role::Crosswalk
        }
    } else if has("pricing") || (has("payment") && (has("limit") || has("limits"))) {
        if is_noc { Role::NocPricing } else { Role::Pricing }
    } else if (has("purple") && has("book")) || name.contains("purplebook") {
        Role::PurpleBook
    } else {
        return None;
    };
    let is_readable = role
        .extensions()
        .iter()
        .any(|extension| has_extension(&name, extension));
    is_readable.then_some(role)
}

/// The member to read for `role`, or none; a bare file is its own main member, whatever its name. Refused where more
/// than one could be meant.
pub(super) fn main_member(
    file: &str,
    archive: &Archive<'_>,
    wanted: Role,
) -> Result<Option<String>, Refusal> {
    if archive.is_bare() {
        return Ok(archive.member_names().next().map(str::to_owned));
    }
    for extension in wanted.extensions() {
        let candidates: Vec<&str> = archive
            .member_names()
            .filter(|member| has_extension(member, extension) && role(member) == Some(wanted))
            .collect();
        match candidates[..] {
            [] => {}
            [one] => return Ok(Some(one.to_owned())),
            _ => {
                return Err(Refusal::SeveralMainMembers {
                    file: file.to_owned(),
                    series: wanted.series(),
                    found: in_words(candidates),
                });
            }
        }
    }
    Ok(None)
}

/// [`main_member`], refused where there is none, saying what is there instead.
pub(super) fn required_member(file: &str, archive: &Archive<'_>, wanted: Role) -> Result<String, Refusal> {
    main_member(file, archive, wanted)?.ok_or_else(|| Refusal::NoMainMember {
        file: file.to_owned(),
        series: wanted.series(),
        found: in_words(archive.member_names()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_a_member_is() {
        for (name, expected) in [
            ("HCPC2026_JAN_ANWEB_01122026.txt", Some(Role::Codes)),
            ("HCPC2026_JAN_ANWEB_01122026.xlsx", Some(Role::Codes)),
            ("HCPC17_CONTR_ANWEB.txt", Some(Role::Codes)),
            ("HCPC2018_CONTR_ANWEB_disc.txt", Some(Role::Codes)),
            ("HCPC2020_ANWEB_w_disclaimer.xls", Some(Role::Codes)),
            ("folder/HCPC2025_OCT_ANWEB_v4.txt", Some(Role::Codes)),
            ("HCPC2025_OCT_ANWEB_Transaction Report_v4.xlsx", None),
            ("HCPC2026_JUL_ANWEB_Corrections.xlsx", None),
            ("HCPC2026_APR_Corrections.xlsx", None),
            ("HCPC2020_APR_TRANS_ALPHA.xlsx", None),
            ("HCPC2019_Corrections_ALPHA.xlsx", None),
            ("HCPC2026_recordlayout.txt", None),
            ("NOC codes_APR2026.xlsx", None),
            ("proc_notes_APR2026.txt", None),
            ("Changes_by_HCPC.prn", None),
            ("__MACOSX/._HCPC2025_OCT_ANWEB_v4.txt", None),
            (
                "section 508 verision of JUL 2025 ASP Pricing File 062325.csv",
                Some(Role::Pricing),
            ),
            (
                "section 5208 vesrion of Oct 2024 ASP Pricing File.csv",
                Some(Role::Pricing),
            ),
            (
                "Jan 2025 ASP Pricing File updated 030725.xls",
                Some(Role::Pricing),
            ),
            (
                "section 508 version of January 2026 Medicare Part B Payment Limit File 121725.csv",
                Some(Role::Pricing),
            ),
            (
                "section 508 version of October 2025 NOC Pricing File.csv",
                Some(Role::NocPricing),
            ),
            (
                "section 508 version of October 2025 NOC NDC-HCPCS Crosswalk.csv",
                Some(Role::NocCrosswalk),
            ),
            (
                "section 508 version of October 2025 ASP NDC-HCPCS Crosswalk 090525.csv",
                Some(Role::Crosswalk),
            ),
            (
                "section 508 version of October 2025 AWP NDC-HCPCS Crosswalk.csv",
                None,
            ),
            ("October 2025 OPPS NDC-HCPCS Crosswalk.csv", None),
            ("PrEP NDC-HCPCS Crosswalk.csv", None),
            ("seasonal vaccine price file.csv", None),
            ("seasonal vaccines crosswalk.csv", None),
            ("purple-book.csv", Some(Role::PurpleBook)),
            ("ASP Pricing File.pdf", None),
        ] {
            assert_eq!(role(name), expected, "{name}");
        }
    }
}
