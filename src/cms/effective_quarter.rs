//! Which quarter a file is for, as its name or its "Effective ... through ..." row tells.

use crate::domain::quarter::Quarter;
use chrono::NaiveDate;

/// What a name tells of the quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedQuarter {
    /// Month and year: `HCPC2025_OCT_ANWEB_v4.txt`.
    Quarter(Quarter),
    /// The year alone, as in the names of annual files: `HCPC2019_CONTR_ANWEB.txt`, `HCPC17_CONTR_ANWEB`.
    Year(u16),
}

/// A period as a file prints it, both days inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectivePeriod {
    /// The first day.
    pub first: NaiveDate,
    /// The last day.
    pub last: NaiveDate,
}

impl EffectivePeriod {
    /// The quarter that begins and ends with the period; none for any other span.
    #[must_use]
    pub fn quarter(self) -> Option<Quarter> {
        Quarter::containing(self.first)
            .filter(|quarter| quarter.first_day() == self.first && quarter.last_day() == self.last)
    }
}

/// What the name of a file or member tells, or none. Of several months the one closest to a year counts, so a day of
/// posting in the name (`-03-30-2026-`, `_12172024`) does not confuse.
#[must_use]
pub fn of_name(name: &str) -> Option<NamedQuarter> {
    let tokens = tokens(name);
    let years: Vec<(usize, u16)> = (0..tokens.len())
        .filter_map(|place| Some((place, year_at(&tokens, place)?)))
        .collect();
    let months = tokens.iter().enumerate().filter_map(|(place, token)| {
        let (nearest, year) = *years.iter().min_by_key(|(year, _)| year.abs_diff(place))?;
        Some((
            nearest.abs_diff(place),
            quarter_token(&tokens, place, token, year)?,
        ))
    });
    let named = months.min_by_key(|(distance, _)| *distance);
    named
        .map(|(_, quarter)| NamedQuarter::Quarter(quarter))
        .or_else(|| years.first().map(|(_, year)| NamedQuarter::Year(*year)))
}

/// The first period a line of text names: `Effective October 1, 2025 through December 31, 2025`.
#[must_use]
pub fn period_in(text: &str) -> Option<EffectivePeriod> {
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| {
            !word.is_empty()
                && !["through", "thru", "to"]
                    .iter()
                    .any(|to| word.eq_ignore_ascii_case(to))
        })
        .collect();
    words.windows(6).find_map(|six| {
        let [month, day, year, last_month, last_day, last_year] = six else {
            return None;
        };
        Some(EffectivePeriod {
            first: date(month, day, year)?,
            last: date(last_month, last_day, last_year)?,
        })
    })
}

/// Runs of letters and runs of digits.
fn tokens(name: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    for part in name.split(|c: char| !c.is_ascii_alphanumeric()) {
        let mut rest = part;
        while let Some(first) = rest.bytes().next() {
            let digits = first.is_ascii_digit();
            let end = rest
                .bytes()
                .position(|byte| byte.is_ascii_digit() != digits)
                .unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            tokens.push(token);
            rest = after;
        }
    }
    tokens
}

/// The year a token tells: four digits, or two after `HCPC`.
fn year_at(tokens: &[&str], place: usize) -> Option<u16> {
    let token = tokens.get(place)?;
    let number: u16 = token.parse().ok()?;
    let after_hcpc = place
        .checked_sub(1)
        .and_then(|before| tokens.get(before))
        .is_some_and(|before| {
            ["hcpc", "hcpcs"]
                .iter()
                .any(|stem| before.eq_ignore_ascii_case(stem))
        });
    match token.len() {
        4 => Quarter::new(number, 1).map(Quarter::year),
        2 if after_hcpc => Some(2000 + number),
        _ => None,
    }
}

/// The quarter that a month's name, or `Q` before a digit, stands for.
fn quarter_token(tokens: &[&str], place: usize, token: &str, year: u16) -> Option<Quarter> {
    if token.eq_ignore_ascii_case("q") {
        let number = tokens.get(place + 1)?.parse().ok()?;
        return Quarter::new(year, number);
    }
    Quarter::from_release_month(token, year)
}

fn date(month: &str, day: &str, year: &str) -> Option<NaiveDate> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let start = month.get(..3)?;
    let number = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(start))?;
    let day = day
        .trim_end_matches(|c: char| c.is_ascii_alphabetic())
        .parse()
        .ok()?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, u32::try_from(number).ok()? + 1, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_tell_their_quarter() {
        for (name, quarter) in [
            ("HCPC2026_JAN_ANWEB_01122026.txt", "2026Q1"),
            ("HCPC2020_APRIL_ANWEB_w_disclaimer_v5.xlsx", "2020Q2"),
            ("HCPC2021_JULY_ANWEB_v2.txt", "2021Q3"),
            ("HCPC2025_JAN_ANWEB_12172024.txt", "2025Q1"),
            ("NOC codes_APR2026.xlsx", "2026Q2"),
            (
                "section 508 version of Jan 2025 ASP Pricing File 121924.csv",
                "2025Q1",
            ),
            (
                "section 5208 vesrion of OCT 2024 ASP Pricing File 091824.csv",
                "2024Q4",
            ),
            ("january-2025-asp-pricing-file-03/11/25-final-file.zip", "2025Q1"),
            (
                "april-2026-medicare-part-b-payment-limit-files-03-30-2026-final-file.zip",
                "2026Q2",
            ),
            ("july-2020-asp-pricing-file-updated-06012020.zip", "2020Q3"),
            ("hcpcs-2025-oct-v4.zip", "2025Q4"),
            ("xwalk-2025Q4.zip", "2025Q4"),
        ] {
            let expected = NamedQuarter::Quarter(quarter.parse().unwrap());
            assert_eq!(of_name(name), Some(expected), "{name}");
        }
        assert_eq!(
            of_name("HCPC2019_CONTR_ANWEB.txt"),
            Some(NamedQuarter::Year(2019))
        );
        assert_eq!(of_name("HCPC17_CONTR_ANWEB.txt"), Some(NamedQuarter::Year(2017)));
        for name in [
            "",
            "codes.txt",
            "asp_121924.csv",
            "section 508.csv",
            "october.zip",
        ] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }

    #[test]
    fn periods_are_quarters_only_from_first_to_last_day() {
        for (text, quarter) in [
            (
                "Effective October 1, 2025 through December 31, 2025",
                Some("2025Q4"),
            ),
            (
                "     Effective January 1, 2024 through March 31, 2024,,,",
                Some("2024Q1"),
            ),
            ("October 1, 2025 - December 31, 2025", Some("2025Q4")),
            ("Effective August 1, 2025 through July 31, 2026", None),
            ("Effective October 1, 2025 through December 30, 2025", None),
        ] {
            let found = period_in(text).unwrap().quarter();
            assert_eq!(found, quarter.map(|text| text.parse().unwrap()), "{text}");
        }
        assert_eq!(period_in("are based on 2Q25 ASP data"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_them_panic(text in ".*") {
            let _ = of_name(&text);
            let _ = period_in(&text);
        }
    }
}
