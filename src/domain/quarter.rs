//! Calendar quarters, the beat at which CMS publishes.

use chrono::{Datelike, Days, NaiveDate};
use std::fmt;
use std::str::FromStr;

/// A calendar quarter of a year, written `2023Q3`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    year: u16,
    number: u8,
}

/// Why a text is not a quarter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a quarter: expected a year from 1990 to 2199 and Q1 to Q4, such as 2023Q3")]
pub struct ParseQuarterError(String);

impl Quarter {
    /// The quarter `number` (1 to 4) of `year` (1990 to 2199), or none where there is no such quarter.
    #[must_use]
    pub fn new(year: u16, number: u8) -> Option<Self> {
        ((1990..=2199).contains(&year) && (1..=4).contains(&number)).then_some(Self { year, number })
    }

    /// The quarter that holds `date`, or none outside the years 1990 to 2199.
    #[must_use]
    pub fn containing(date: NaiveDate) -> Option<Self> {
        let number = u8::try_from(date.month0() / 3 + 1).ok()?;
        Self::new(u16::try_from(date.year()).ok()?, number)
    }

    /// The quarter whose release goes by the name of `month` (January, April, July or October, in full or cut to
    /// three letters, any case) of `year`.
    #[must_use]
    pub fn from_release_month(month: &str, year: u16) -> Option<Self> {
        let number = match month.to_ascii_lowercase().as_str() {
            "jan" | "january" => 1,
            "apr" | "april" => 2,
            "jul" | "july" => 3,
            "oct" | "october" => 4,
            _ => return None,
        };
        Self::new(year, number)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month that CMS names the release of this quarter by: January, April, July or October.
    #[must_use]
    pub fn month_name(self) -> &'static str {
        ["January", "April", "July", "October"][usize::from(self.number) - 1]
    }

    /// The first day, inclusive.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.number) * 3 - 2, 1).unwrap_or_default()
    }

    /// The last day, inclusive.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.next().first_day() - Days::new(1)
    }

    /// The quarter after this one.
    #[must_use]
    pub fn next(self) -> Self {
        if self.number == 4 {
            Self {
                year: self.year + 1,
                number: 1,
            }
        } else {
            Self {
                number: self.number + 1,
                ..self
            }
        }
    }

    /// The quarter before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        if self.number == 1 {
            Self {
                year: self.year - 1,
                number: 4,
            }
        } else {
            Self {
                number: self.number - 1,
                ..self
            }
        }
    }
}

impl FromStr for Quarter {
    type Err = ParseQuarterError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseQuarterError(text.to_owned());
        let (year, number) = text.trim().split_once(['Q', 'q']).ok_or_else(invalid)?;
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if year.len() != 4 || number.len() != 1 || !digits(year) || !digits(number) {
            return Err(invalid());
        }
        let (Ok(year), Ok(number)) = (year.parse(), number.parse()) else {
            return Err(invalid());
        };
        Self::new(year, number).ok_or_else(invalid)
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}Q{}", self.year, self.number))
    }
}

impl fmt::Debug for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Quarter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_quarter_begins_and_ends_on_its_days() {
        let quarter: Quarter = "2023Q3".parse().unwrap();
        assert_eq!(
            (quarter.first_day(), quarter.last_day()),
            (date("2023-07-01"), date("2023-09-30"))
        );
        assert_eq!(Quarter::containing(date("2023-09-30")), Some(quarter));
        assert_eq!(Quarter::containing(date("2023-10-01")), Some(quarter.next()));
        assert_eq!(
            "2024Q1".parse::<Quarter>().unwrap().previous().to_string(),
            "2023Q4"
        );
    }

    #[test]
    fn release_months_name_quarters() {
        assert_eq!(Quarter::from_release_month("JULY", 2021), Quarter::new(2021, 3));
        assert_eq!(Quarter::from_release_month("Apr", 2021), Quarter::new(2021, 2));
        assert_eq!(Quarter::from_release_month("March", 2021), None);
    }

    #[test]
    fn what_is_no_quarter_is_refused() {
        for text in [
            "", "2023", "2023Q5", "2023Q0", "23Q1", "2023Q", "2023Q12", "+023Q1", "1800Q1",
        ] {
            assert!(text.parse::<Quarter>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_a_quarter_gives_the_same_quarter(year in 1990u16..2199, number in 1u8..=4) {
            let quarter = Quarter::new(year, number).unwrap();
            prop_assert_eq!(quarter.to_string().parse::<Quarter>().unwrap(), quarter);
            prop_assert_eq!(quarter.next().previous(), quarter);
            prop_assert_eq!(Quarter::containing(quarter.first_day()), Some(quarter));
            prop_assert_eq!(Quarter::containing(quarter.last_day()), Some(quarter));
        }
    }
}
