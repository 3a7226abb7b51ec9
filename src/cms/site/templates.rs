//! The names CMS usually gives its files: a last resort for when a landing page cannot be read.

use crate::domain::quarter::Quarter;
use crate::domain::source::Source;

/// Paths on the site where the file of `source` for `quarter` usually lies, most usual first. Guesses: they may lead
/// nowhere, and what comes back must be checked to be the quarter asked for.
#[must_use]
pub fn usual_names(source: Source, quarter: Quarter) -> Vec<String> {
    let renamed = quarter.year() >= 2026;
    let endings: &[&str] = match source {
        Source::Hcpcs => &["alpha-numeric-hcpcs-file", "alpha-numeric-hcpcs-files"],
        Source::AspPricing if renamed => &["medicare-part-b-payment-limit-files", "asp-pricing-file"],
        Source::AspPricing => &["asp-pricing-file", "asp-pricing-final-file"],
        Source::NdcCrosswalk if renamed => &["ndc-hcpcs-crosswalk", "asp-ndc-hcpcs-crosswalk"],
        Source::NdcCrosswalk => &["asp-ndc-hcpcs-crosswalk", "ndc-hcpcs-crosswalk"],
        Source::Noc => &["noc-pricing-file"],
        Source::PurpleBook => &[],
    };
    let month = quarter.month_name().to_ascii_lowercase();
    let year = quarter.year();
    endings
        .iter()
        .map(|ending| format!("/files/zip/{month}-{year}-{ending}.zip"))
        .collect()
}
