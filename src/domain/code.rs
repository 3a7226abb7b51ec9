//! HCPCS Level II codes.

use std::fmt;
use std::str::FromStr;

/// A HCPCS Level II code: one capital letter and four digits, such as `J2329`.
///
/// Two-character modifiers and five-digit CPT codes are not HCPCS codes in this sense and do not parse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HcpcsCode([u8; 5]);

/// Why a text is not a HCPCS code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a HCPCS code: expected a letter and four digits, such as J2329")]
pub struct ParseCodeError(String);

/// What a code stands for in billing, as far as the code itself tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeClass {
    /// A catch-all for products without a code of their own, such as J3590.
    NotOtherwiseClassified,
    /// A C code: billed by hospital outpatient departments (OPPS) and ambulatory surgical centres only.
    OutpatientOnly,
    /// Every other code.
    Specific,
}

/// Catch-all drug and biologic codes. Source: CMS "NOC codes" workbook of the HCPCS release and the long
/// descriptors ("unclassified", "not otherwise classified", "not otherwise specified").
const NOC_CODES: [&str; 12] = [
    "A9699", "C9399", "J1599", "J3490", "J3590", "J3591", "J7199", "J7599", "J7699", "J7799", "J7999",
    "J9999",
];

/// The first and the last code there can be, in order.
pub const EVERY_CODE: (&str, &str) = ("A0000", "Z9999");

impl HcpcsCode {
    /// J3590, "Unclassified biologics": what a new biologic is billed under until it has its own code.
    pub const UNCLASSIFIED_BIOLOGICS: Self = Self(*b"J3590");

    /// The code as text, five ASCII characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// What the code stands for in billing.
    #[must_use]
    pub fn class(&self) -> CodeClass {
        if NOC_CODES.iter().any(|noc| noc.as_bytes() == self.0) {
            CodeClass::NotOtherwiseClassified
        } else if self.0[0] == b'C' {
            CodeClass::OutpatientOnly
        } else {
            CodeClass::Specific
        }
    }
}

impl FromStr for HcpcsCode {
    type Err = ParseCodeError;

    /// Takes the code in any case and with blanks around it, as people type it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseCodeError(text.to_owned());
        let bytes: [u8; 5] = text.trim().as_bytes().try_into().map_err(|_not_five| invalid())?;
        let code = bytes.map(|byte| byte.to_ascii_uppercase());
        let valid = code[0].is_ascii_uppercase() && code[1..].iter().all(u8::is_ascii_digit);
        valid.then_some(Self(code)).ok_or_else(invalid)
    }
}

impl fmt::Display for HcpcsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for HcpcsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for HcpcsCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_are_classed_by_what_they_bill() {
        for (code, class) in [
            ("J3590", CodeClass::NotOtherwiseClassified),
            ("C9399", CodeClass::NotOtherwiseClassified),
            ("C9161", CodeClass::OutpatientOnly),
            ("Q5136", CodeClass::Specific),
            ("J2329", CodeClass::Specific),
        ] {
            assert_eq!(code.parse::<HcpcsCode>().unwrap().class(), class, "{code}");
        }
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for text in ["", "J359", "J35900", "13590", "JJ590", "J359O", "é3590", "90371"] {
            assert!(text.parse::<HcpcsCode>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn printing_and_parsing_a_code_gives_the_same_code(text in "[A-Z][0-9]{4}") {
            let code: HcpcsCode = text.parse().unwrap();
            prop_assert_eq!(code.to_string(), text.clone());
            prop_assert_eq!(format!(" {} ", text.to_lowercase()).parse::<HcpcsCode>().unwrap(), code);
        }
    }
}
