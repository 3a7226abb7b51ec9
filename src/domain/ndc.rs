//! National Drug Codes as claims carry them.

use std::fmt;
use std::str::FromStr;

/// An NDC in the 11-digit form of claims, 5-4-2: labeler, product, package.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ndc([u8; 11]);

/// Why a text is not an NDC.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseNdcError {
    /// Ten digits without dashes fit three layouts.
    #[error(
        "NDC `{0}` is ambiguous: ten digits without dashes can be 4-4-2, 5-3-2 or 5-4-1; write it with the dashes of the box or with 11 digits"
    )]
    Ambiguous(String),
    /// Dashes stand where no NDC layout has them.
    #[error("NDC `{0}` is not laid out as 4-4-2, 5-3-2, 5-4-1 or 5-4-2")]
    Layout(String),
    /// Something other than digits and dashes.
    #[error("NDC `{0}` holds something other than digits and dashes")]
    Character(String),
    /// Without dashes only 11 digits are an NDC.
    #[error("NDC `{0}` has {1} digits; expected 11, or 10 with dashes")]
    Length(String, usize),
}

impl Ndc {
    /// Labeler and product, the first nine digits: the same for every package of one product.
    #[must_use]
    pub fn labeler_product(&self) -> [u8; 9] {
        std::array::from_fn(|place| self.0[place])
    }

    /// An NDC written 5-4-2 with dashes, as this program writes them: most that it reads are its own.
    fn from_displayed(text: &str) -> Option<Self> {
        let text: [u8; 13] = text.as_bytes().try_into().ok()?;
        let digits = [0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12].map(|place: usize| text[place]);
        let is_dashed = text[5] == b'-' && text[10] == b'-';
        (is_dashed && digits.iter().all(u8::is_ascii_digit)).then_some(Self(digits))
    }
}

impl FromStr for Ndc {
    type Err = ParseNdcError;

    /// Takes 11 digits with or without dashes, or 10 with dashes; the short group is padded with a leading zero
    /// (domain rule 13: 4-4-2, 5-3-2 and 5-4-1 become 5-4-2).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(ndc) = Self::from_displayed(text) {
            return Ok(ndc);
        }
        let ndc = text.trim();
        let bytes = ndc.as_bytes();
        if !bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-') {
            return Err(ParseNdcError::Character(ndc.to_owned()));
        }
        let mut parts = bytes.split(|byte| *byte == b'-');
        let groups = match [(); 4].map(|()| parts.next()) {
            [Some(whole), None, ..] => match whole.len() {
                11 => (&whole[..5], &whole[5..9], &whole[9..]),
                10 => return Err(ParseNdcError::Ambiguous(ndc.to_owned())),
                length => return Err(ParseNdcError::Length(ndc.to_owned(), length)),
            },
            [Some(labeler), Some(product), Some(package), None]
                if matches!(
                    (labeler.len(), product.len(), package.len()),
                    (4 | 5, 4, 2) | (5, 3, 2) | (5, 4, 1)
                ) =>
            {
                (labeler, product, package)
            }
            _ => return Err(ParseNdcError::Layout(ndc.to_owned())),
        };
        let mut digits = [b'0'; 11];
        for (group, end) in [(groups.0, 5), (groups.1, 9), (groups.2, 11)] {
            digits[end - group.len()..end].copy_from_slice(group);
        }
        Ok(Self(digits))
    }
}

impl fmt::Display for Ndc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dashed = [b'-'; 13];
        for (digits, start) in [(&self.0[..5], 0), (&self.0[5..9], 6), (&self.0[9..], 11)] {
            dashed[start..start + digits.len()].copy_from_slice(digits);
        }
        f.pad(std::str::from_utf8(&dashed).unwrap_or_default())
    }
}

impl fmt::Debug for Ndc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Ndc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn each_box_layout_becomes_the_claim_layout() {
        for (written, claim) in [
            ("0069-0238-01", "00069-0238-01"),
            ("73150-150-06", "73150-0150-06"),
            ("12345-6789-1", "12345-6789-01"),
            ("73150-0150-06", "73150-0150-06"),
            ("73150015006", "73150-0150-06"),
            (" 73150015006 ", "73150-0150-06"),
            (" 73150-0150-06 ", "73150-0150-06"),
        ] {
            assert_eq!(written.parse::<Ndc>().unwrap().to_string(), claim, "{written}");
        }
    }

    #[test]
    fn ten_digits_without_dashes_are_refused_as_ambiguous() {
        assert!(matches!(
            "7315015006".parse::<Ndc>(),
            Err(ParseNdcError::Ambiguous(_))
        ));
    }

    #[test]
    fn what_is_no_ndc_is_refused_with_its_reason() {
        for written in ["GG100", "7315O-0150-06"] {
            assert!(matches!(written.parse::<Ndc>(), Err(ParseNdcError::Character(_))));
        }
        assert!(matches!(
            "888867413689".parse::<Ndc>(),
            Err(ParseNdcError::Length(_, 12))
        ));
        assert!(matches!(
            "7315-0150-006".parse::<Ndc>(),
            Err(ParseNdcError::Layout(_))
        ));
        assert!(matches!("".parse::<Ndc>(), Err(ParseNdcError::Length(_, 0))));
    }

    proptest! {
        #[test]
        fn printing_and_parsing_an_ndc_gives_the_same_ndc(text in "[0-9]{11}") {
            let ndc: Ndc = text.parse().unwrap();
            prop_assert_eq!(ndc.to_string().parse::<Ndc>().unwrap(), ndc);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = text.parse::<Ndc>();
        }
    }
}
