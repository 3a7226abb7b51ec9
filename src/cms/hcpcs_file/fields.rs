//! The fields that text and workbook have in common.

use super::Action;
use chrono::NaiveDate;

/// A date as printed, `YYYYMMDD`; blank and `00000000` mean none. `column` is named in the complaint.
pub(super) fn date(column: &str, printed: &str) -> Result<Option<NaiveDate>, String> {
    let digits = printed.trim();
    if digits.bytes().all(|byte| byte == b'0') && (digits.is_empty() || digits.len() == 8) {
        return Ok(None);
    }
    let parsed = (digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| {
        let (year, month_day) = digits.split_at(4);
        let (month, day) = month_day.split_at(2);
        NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    });
    match parsed.flatten() {
        Some(date) => Ok(Some(date)),
        None => Err(format!("{column} `{digits}` is not a date (YYYYMMDD)")),
    }
}

/// An action code as printed. The second value tells a letter that is not known: validity rests on the dates alone,
/// so the record is used without its action, and counted.
pub(super) fn action(printed: &str) -> (Option<Action>, bool) {
    let mut letters = printed.trim().chars();
    match (letters.next(), letters.next()) {
        (None, _) => (None, false),
        (Some(letter), None) => {
            let action = Action::from_letter(letter.to_ascii_uppercase());
            (action, action.is_none())
        }
        (Some(_), Some(_)) => (None, true),
    }
}

/// What records whose action letter is not known are counted as.
pub(super) const UNKNOWN_ACTION: &str = "record kept without its unknown action code";
/// What modifiers are counted as.
pub(super) const MODIFIER: &str = "modifier";
/// What continuation lines of modifiers are counted as.
pub(super) const MODIFIER_CONTINUATION: &str = "continuation line of a modifier";
