//! Text as CMS writes it: Windows-1252, or UTF-8 or UTF-16 where a file says or proves to be. Nearly every row is plain
//! ASCII, so a row is decoded when it is read, and no file is copied for one dash.

use csv::{ByteRecord, StringRecord};
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};
use std::borrow::Cow;

/// The bytes of a text, in which ASCII is ASCII, and the encoding of the rest.
pub(super) struct EncodedText<'a> {
    bytes: Cow<'a, [u8]>,
    encoding: &'static Encoding,
}

impl<'a> EncodedText<'a> {
    /// The text of a file, without the mark some editors put before the first line.
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
            let text = bytes.get(mark..).unwrap_or_default();
            let bytes = match encoding.decode_without_bom_handling(text).0 {
                Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
                Cow::Owned(text) => Cow::Owned(text.into_bytes()),
            };
            return Self {
                bytes,
                encoding: UTF_8,
            };
        }
        let is_utf8 = std::str::from_utf8(bytes).is_ok();
        Self {
            bytes: Cow::Borrowed(bytes),
            encoding: if is_utf8 { UTF_8 } else { WINDOWS_1252 },
        }
    }

    /// A row of the text, its cells decoded.
    pub(super) fn decoded(&self, row: ByteRecord) -> StringRecord {
        if self.encoding == UTF_8 || row.as_slice().is_ascii() {
            return StringRecord::from_byte_record_lossy(row);
        }
        let cells = row.iter();
        cells
            .map(|cell| self.encoding.decode_without_bom_handling(cell).0)
            .collect()
    }
}

impl AsRef<[u8]> for EncodedText<'_> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &[u8], decoded: impl Fn(ByteRecord) -> StringRecord) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text);
        let rows = reader.byte_records();
        rows.map(|row| decoded(row.unwrap()).iter().map(str::to_owned).collect())
            .collect()
    }

    fn row_by_row(bytes: &[u8]) -> Vec<Vec<String>> {
        let text = EncodedText::of(bytes);
        rows(text.as_ref(), |row| text.decoded(row))
    }

    /// What comes of decoding the whole file before it is read.
    fn at_once(bytes: &[u8]) -> Vec<Vec<String>> {
        let text = match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
        };
        rows(text.as_bytes(), |row| {
            StringRecord::from_byte_record(row).unwrap()
        })
    }

    #[test]
    fn a_file_is_of_one_encoding_and_a_mark_tells_which() {
        let utf16: Vec<u8> = [0xFEFF]
            .into_iter()
            .chain("é,–\nb".encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, expected) in [
            (&b"\xE9,b\n\xC3\xA9,d"[..], vec![vec!["é", "b"], vec!["Ã©", "d"]]),
            ("é,b\nc".as_bytes(), vec![vec!["é", "b"], vec!["c"]]),
            (
                b"\xEF\xBB\xBFa\n\xC3\xA9,\x96",
                vec![vec!["a"], vec!["é", "\u{fffd}"]],
            ),
            (&utf16, vec![vec!["é", "–"], vec!["b"]]),
            (b"", vec![]),
        ] {
            assert_eq!(row_by_row(bytes), expected, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn rows_decoded_one_by_one_are_those_of_the_decoded_file(
            pieces in prop::collection::vec(
                prop::sample::select(vec![&b"a"[..], b"1", b" ", b",", b"\n", b"\r\n", b"\"", b"\xE9", b"\x96", b"\xC3\xA9"]),
                0..40,
            )
        ) {
            let bytes = pieces.concat();
            prop_assert_eq!(row_by_row(&bytes), at_once(&bytes));
        }
    }
}
