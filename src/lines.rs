//! The lines of a text on which the records of a CSV begin, as a person counts them in an editor. The CSV reader's own
//! count stands at the blank lines before a record, and knows no line that ends with `\r` alone.

use std::ops::Range;

/// Counts lines up to one record after the other.
#[derive(Debug)]
pub(crate) struct LineCount {
    at: usize,
    line: u32,
}

impl LineCount {
    /// A count that begins with the first byte of a text, which stands on `line`.
    pub(crate) fn from(line: u32) -> Self {
        Self { at: 0, line }
    }

    /// The line of the record of `text` that begins at byte `start` or after the line breaks there; `start` never goes
    /// back.
    pub(crate) fn of_record_at(&mut self, text: &[u8], start: u64) -> u32 {
        let start = place(start).clamp(self.at, text.len().max(self.at));
        let after = text.get(start..).unwrap_or_default().iter();
        let skipped = after.take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        self.line = self.line.saturating_add(breaks(text, self.at..start + skipped));
        self.at = start + skipped;
        self.line
    }

    /// Counts on to byte `end`, where that record is over; gives how many lines ended in it.
    pub(crate) fn pass_record(&mut self, text: &[u8], end: u64) -> u32 {
        let end = place(end).max(self.at);
        let passed = breaks(text, self.at..end);
        self.line = self.line.saturating_add(passed);
        self.at = end;
        passed
    }
}

fn place(byte: u64) -> usize {
    usize::try_from(byte).unwrap_or(usize::MAX)
}

/// How many lines end within `range`: with `\n`, `\r\n` or, in old files, `\r` alone.
fn breaks(text: &[u8], range: Range<usize>) -> u32 {
    let part = text
        .get(range.start..range.end.min(text.len()))
        .unwrap_or_default();
    let ends_a_line = |place: &usize| {
        let place = range.start + place;
        text.get(place) == Some(&b'\n') || text.get(place + 1) != Some(&b'\n')
    };
    let breaks = memchr::memchr2_iter(b'\r', b'\n', part)
        .filter(ends_a_line)
        .count();
    u32::try_from(breaks).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_end_a_line_counts_once() {
        let text = b"a\r\nb\rc\n\n\r\n\rd";
        let mut lines = LineCount::from(1);
        for (start, line) in [(0, 1), (2, 2), (5, 3), (7, 7)] {
            assert_eq!(lines.of_record_at(text, start), line, "byte {start}");
        }
    }

    #[test]
    fn a_record_over_several_lines_is_measured() {
        let text = b"\n\"a\nb\r\nc\",d\ne";
        let mut lines = LineCount::from(1);
        assert_eq!(lines.of_record_at(text, 0), 2);
        assert_eq!(lines.pass_record(text, 11), 2);
        assert_eq!(lines.of_record_at(text, 12), 5);
    }
}
