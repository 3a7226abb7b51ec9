//! Gates that bound a share: so many of so many rows may be odd, and no more.

use super::FailedGate;

/// Up to so many rows may be odd in any file. Real files have 500 to 8,500 rows, small ones are made by hand.
pub(super) const FEW: usize = 20;

/// What only a small share of the rows of a file may be.
///
/// The figures are the largest shares between neighbouring postings / between any two quarters of 28 real ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Share {
    /// Rows that could not be used: 1 of 6,071.
    RejectedRows,
    /// HCPCS codes in force in the release before that are missing: none / none.
    MissingCodes,
    /// HCPCS records without ADD DT: none.
    UndatedRecords,
    /// HCPCS records with the most frequent ADD DT: 8.2 % (1 January 1982).
    OneDate,
    /// HCPCS codes with another ADD DT, or another or no longer a TERM DT: 1 of 6,728 / the same.
    RewrittenDates,
    /// HCPCS codes that were open and now have a TERM DT: 2.6 % (2021Q1) / 6.4 % over 26 quarters.
    EndedCodes,
    /// HCPCS codes with another long description: 3.1 % (2023Q1) / 4.7 %.
    RewrittenDescriptions,
    /// Priced codes that are missing: 15.8 % (2026Q1, skin substitutes) / 16.3 %.
    MissingPrices,
    /// Priced codes without a limit: 4 of 831.
    UnknownLimits,
    /// Priced codes with the most frequent limit: under 2 %.
    OneLimit,
    /// Payment limits of more than five times or less than a fifth: 0.8 % / 8.0 % over seven years.
    ImplausibleLimits,
    /// Payment limits that are those of another quarter: 7.2 % / the same.
    LimitsOfAnotherQuarter,
    /// Packages (an NDC under a code) that are missing: 5.5 % / 19.5 % over two years.
    MissingPackages,
    /// Packages with other BILLUNITS or PKG QTY: 0.9 % / 1.4 %.
    RewrittenQuantities,
    /// NDCs that stand under none of the codes they stood under: 2.4 % / 6.5 %.
    MovedNdcs,
}

impl Share {
    /// The most of a hundred.
    #[must_use]
    pub fn most_percent(self) -> usize {
        match self {
            Self::MissingCodes | Self::UndatedRecords => 1,
            Self::RejectedRows | Self::RewrittenDates => 2,
            Self::EndedCodes | Self::RewrittenQuantities => 10,
            Self::RewrittenDescriptions => 20,
            Self::ImplausibleLimits | Self::MovedNdcs => 25,
            Self::OneDate
            | Self::MissingPrices
            | Self::UnknownLimits
            | Self::OneLimit
            | Self::LimitsOfAnotherQuarter
            | Self::MissingPackages => 50,
        }
    }

    /// The diagnostic code, in kebab case.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RejectedRows => "too-many-rejected-rows",
            Self::MissingCodes => "too-few-codes",
            Self::UndatedRecords => "undated-records",
            Self::OneDate => "one-date-for-all",
            Self::RewrittenDates => "rewritten-dates",
            Self::EndedCodes => "too-many-ended",
            Self::RewrittenDescriptions => "rewritten-descriptions",
            Self::MissingPrices => "too-few-prices",
            Self::UnknownLimits => "too-few-limits",
            Self::OneLimit => "one-limit-for-all",
            Self::ImplausibleLimits => "implausible-limits",
            Self::LimitsOfAnotherQuarter => "limits-of-another-quarter",
            Self::MissingPackages => "too-few-packages",
            Self::RewrittenQuantities => "rewritten-quantities",
            Self::MovedNdcs => "moved-ndcs",
        }
    }

    /// What is told of the rows: "12 of 80 *rows could not be used*".
    pub(super) fn predicate(self) -> &'static str {
        match self {
            Self::RejectedRows => "rows could not be used",
            Self::MissingCodes => "codes in force in the release before it are missing",
            Self::UndatedRecords => "records have no ADD DT",
            Self::OneDate => "records have the same ADD DT",
            Self::RewrittenDates => "codes have another ADD DT or TERM DT than in the release before it",
            Self::EndedCodes => "open codes have ended since the release before it",
            Self::RewrittenDescriptions => {
                "codes have another long description than in the release before it"
            }
            Self::MissingPrices => "codes of the pricing file before it are missing",
            Self::UnknownLimits => "codes have no payment limit",
            Self::OneLimit => "codes have the same payment limit",
            Self::ImplausibleLimits => "payment limits are over five times or under a fifth of those before",
            Self::LimitsOfAnotherQuarter => "payment limits are those of another quarter",
            Self::MissingPackages => "packages of the crosswalk before it are missing",
            Self::RewrittenQuantities => {
                "packages have other BILLUNITS or PKG QTY than in the crosswalk before it"
            }
            Self::MovedNdcs => "NDCs stand under other codes than in the crosswalk before it",
        }
    }

    /// The failed gate where `count` of `of` rows of `member` are too many; `example` is one of them in words.
    pub(super) fn bound(
        self,
        member: &str,
        count: usize,
        of: usize,
        example: impl FnOnce() -> String,
    ) -> Option<FailedGate> {
        let is_too_many = count > FEW && count.saturating_mul(100) > of.saturating_mul(self.most_percent());
        is_too_many.then(|| FailedGate::Share {
            share: self,
            member: member.to_owned(),
            count,
            of,
            example: example(),
        })
    }
}
