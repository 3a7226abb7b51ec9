//! Dates, counts and money as a biller writes them, and texts from outside made harmless.

use chrono::NaiveDate;
use rust_decimal::Decimal;

/// `text` on one line: control characters, line separators, characters that turn the direction of writing and
/// non-characters become blanks, runs of blanks become one.
pub(super) fn plain(text: &str) -> String {
    let visible = text.replace(is_unsafe, " ");
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_unsafe(c: char) -> bool {
    let non_character = u32::from(c) & 0xFFFE == 0xFFFE || matches!(c, '\u{FDD0}'..='\u{FDEF}');
    c.is_control()
        || non_character
        || matches!(c, '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}')
        || matches!(c, '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}')
}

/// What people call a drug, as it stands in a message.
pub(super) fn drug_name(text: &str) -> String {
    shortened(&plain(text), 60)
}

/// `text`, cut to `most` characters with an ellipsis where it is longer.
pub(super) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

/// `July 1, 2023`.
pub(super) fn date(date: NaiveDate) -> String {
    date.format("%B %-d, %Y").to_string()
}

/// `Saturday, July 1, 2023`.
pub(super) fn long_date(date: NaiveDate) -> String {
    date.format("%A, %B %-d, %Y").to_string()
}

/// How far `date` is from `today`: `in 11 days`, `tomorrow`, `today`, `yesterday`, `20 days ago`.
pub(super) fn distance(today: NaiveDate, date: NaiveDate) -> String {
    match (date - today).num_days() {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        days if days > 0 => format!("in {days} days"),
        days if days > -2 * 365 => format!("{} days ago", days.unsigned_abs()),
        days => format!("{} years ago", days.unsigned_abs() / 365),
    }
}

/// The day before `date`: the last date of service of what was billed until then.
pub(super) fn day_before(date: NaiveDate) -> String {
    self::date(date.pred_opt().unwrap_or(date))
}

/// `1 drug`, `12 drugs`.
pub(super) fn count(number: usize, one: &str, several: &str) -> String {
    let noun = if number == 1 { one } else { several };
    format!("{number} {noun}")
}

/// `$26,056.80`, `$57.904`, `$3,570,000.00`: at least cents, thousands set apart.
pub(super) fn dollars(amount: Decimal) -> String {
    let mut exact = amount.normalize();
    if exact.scale() < 2 {
        exact.rescale(2);
    }
    let digits = exact.to_string();
    let (whole, cents) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let point = if cents.is_empty() { "" } else { "." };
    format!("${grouped}{point}{cents}")
}
