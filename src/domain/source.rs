//! The publications the tool reads and the files they come in.

use crate::domain::quarter::Quarter;
use std::fmt;
use std::str::FromStr;

/// A series of files the tool reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The quarterly HCPCS file: codes, descriptors, dates. The only source a code is taken from.
    Hcpcs,
    /// The ASP pricing file (from 2026 "Medicare Part B Payment Limit File"): payment limits.
    AspPricing,
    /// The ASP NDC-HCPCS crosswalk: confirms an NDC under a code.
    NdcCrosswalk,
    /// The NOC pricing file and crosswalk: drugs priced without a code. Optional.
    Noc,
    /// An FDA Purple Book listing: brand to proper name, route and licensing date. Optional, not quarterly.
    PurpleBook,
}

/// Why a text is not a source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a source: expected hcpcs, asp-pricing, ndc-crosswalk, noc or purple-book")]
pub struct ParseSourceError(String);

impl Source {
    /// Every source, in the order a run handles them.
    pub const ALL: [Self; 5] = [
        Self::Hcpcs,
        Self::AspPricing,
        Self::NdcCrosswalk,
        Self::Noc,
        Self::PurpleBook,
    ];

    /// The name in JSON, in the store and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hcpcs => "hcpcs",
            Self::AspPricing => "asp-pricing",
            Self::NdcCrosswalk => "ndc-crosswalk",
            Self::Noc => "noc",
            Self::PurpleBook => "purple-book",
        }
    }

    /// The name people know the file by.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Hcpcs => "HCPCS quarterly file",
            Self::AspPricing => "ASP pricing file",
            Self::NdcCrosswalk => "NDC-HCPCS crosswalk",
            Self::Noc => "NOC pricing file",
            Self::PurpleBook => "FDA Purple Book",
        }
    }
}

impl FromStr for Source {
    type Err = ParseSourceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|source| source.as_str() == text);
        named.ok_or_else(|| ParseSourceError(text.to_owned()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl serde::Serialize for Source {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The SHA-256 of a file's bytes, printed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// Why a text is not a SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256: expected 64 hexadecimal digits")]
pub struct ParseSha256Error(String);

impl Sha256 {
    /// The hash with these 32 bytes, as a hasher gives them.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The hash of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

impl FromStr for Sha256 {
    type Err = ParseSha256Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || ParseSha256Error(text.to_owned());
        if text.len() != 64 || !text.is_ascii() {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[place * 2..place * 2 + 2], 16).map_err(|_error| invalid())?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        f.pad(std::str::from_utf8(&digits).unwrap_or_default())
    }
}

/// The hexadecimal digit of a number below 16.
fn digit(number: u8) -> u8 {
    if number < 10 {
        b'0' + number
    } else {
        b'a' + number - 10
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Sha256 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One file of a source as it was downloaded or handed over, before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The series it belongs to.
    pub source: Source,
    /// The quarter its link or name says; the file's own words must agree before it is used.
    pub quarter: Quarter,
    /// Where it came from: an address, or a path as given.
    pub origin: String,
    /// Its name: the last part of the address or path.
    pub name: String,
    /// The hash of its bytes.
    pub sha256: Sha256,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_hashes_print_as_they_parse() {
        for source in Source::ALL {
            assert_eq!(source.as_str().parse::<Source>().unwrap(), source);
        }
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Sha256::of(b"").to_string(), empty);
        assert_eq!(empty.parse::<Sha256>().unwrap(), Sha256::of(b""));
        assert!("zz".parse::<Sha256>().is_err());
    }
}
