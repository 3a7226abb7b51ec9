//! The fixed-width text: Windows-1252, one record a line of 91, 293 or 320 columns or cut off after its last
//! letter, long descriptions running on over continuation lines. Columns are counted from 1, as the record layout does.

use super::fields::{self, MODIFIER, MODIFIER_CONTINUATION, UNKNOWN_ACTION};
use super::{HcpcsRecord, Refusal, Table};
use crate::blanks::fold_blanks;
use crate::cms::{LONGEST_CELL, MOST_ROWS};
use crate::domain::code::HcpcsCode;
use encoding_rs::WINDOWS_1252;
use std::borrow::Cow;

/// The last column of ADD DT: a first line that is shorter was cut off.
const LAST_COLUMN_NEEDED: usize = 276;
/// The bytes of a line in most releases, by which room is made for the rows.
const USUAL_LINE: usize = 320;
/// Lines that are looked at to tell the layout; disclaimers before the first record take up to 10.
const LINES_TO_RECOGNISE: usize = 200;

/// The kind of a line, by column 11.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    CodeContinuation,
    Modifier,
    ModifierContinuation,
}

/// A record whose continuation lines are still coming.
struct Draft<'a> {
    line: u32,
    first: &'a [u8],
    sequence: u32,
    description: String,
    /// Why the record cannot be used, where that shows in its continuations.
    fault: Option<String>,
}

/// Reads every record of `bytes`; refused where there are too many lines.
pub(super) fn parse(member: &str, bytes: &[u8]) -> Result<Table<HcpcsRecord>, Refusal> {
    let mut table = Table::of(member);
    table.rows.reserve(bytes.len() / USUAL_LINE);
    let mut draft: Option<Draft<'_>> = None;
    let mut in_records = false;
    for (index, line) in lines(bytes).enumerate() {
        if index >= MOST_ROWS {
            return Err(Refusal::TooManyRows {
                member: member.to_owned(),
                limit: MOST_ROWS,
            });
        }
        let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
        let Some((kind, sequence)) = kind(line) else {
            not_a_record(&mut table, number, line, in_records);
            continue;
        };
        in_records = true;
        if kind == Kind::CodeContinuation {
            match &mut draft {
                Some(draft) if draft.first.get(..5) == line.get(..5) => draft.append(number, sequence, line),
                _ => {
                    let code = text(line, 1, 5);
                    let reason = format!(
                        "continuation line of `{code}` without the first line of that code before it"
                    );
                    table.push(number, Err(reason), || whole(line));
                }
            }
            continue;
        }
        if let Some(finished) = draft.take() {
            finished.finish(&mut table);
        }
        match kind {
            Kind::Modifier => table.leave_out(MODIFIER),
            Kind::ModifierContinuation => table.leave_out(MODIFIER_CONTINUATION),
            Kind::Code | Kind::CodeContinuation => draft = Some(Draft::new(number, sequence, line)),
        }
    }
    if let Some(finished) = draft {
        finished.finish(&mut table);
    }
    Ok(table)
}

/// Whether one of the first lines is a record.
pub(super) fn is_fixed_width(bytes: &[u8]) -> bool {
    lines(bytes)
        .take(LINES_TO_RECOGNISE)
        .any(|line| kind(line).is_some())
}

impl<'a> Draft<'a> {
    fn new(line: u32, sequence: u32, first: &'a [u8]) -> Self {
        Self {
            line,
            first,
            sequence,
            description: text(first, 12, 91).into_owned(),
            fault: None,
        }
    }

    fn append(&mut self, number: u32, sequence: u32, line: &[u8]) {
        if sequence <= self.sequence && self.fault.is_none() {
            self.fault = Some(format!(
                "sequence (columns 6-10) of its continuation in line {number} is {sequence:05}, not above the {:05} before it: the description is out of order",
                self.sequence
            ));
        }
        self.sequence = sequence;
        if self.description.len() > LONGEST_CELL {
            self.fault = Some(format!(
                "its description runs on over line {number} and has more than {LONGEST_CELL} bytes"
            ));
            return;
        }
        let part = text(line, 12, 91);
        if !part.is_empty() && !self.description.is_empty() {
            self.description.push(' ');
        }
        self.description.push_str(&part);
    }

    fn finish(self, table: &mut Table<HcpcsRecord>) {
        let (line, first) = (self.line, self.first);
        let (action, is_unknown) = fields::action(&text(first, 293, 293));
        let record = self.record().map(|record| HcpcsRecord { action, ..record });
        if is_unknown && record.is_ok() {
            table.leave_out(UNKNOWN_ACTION);
        }
        table.push(line, record, || whole(first));
    }

    fn record(self) -> Result<HcpcsRecord, String> {
        let first = self.first;
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let code: HcpcsCode = text(first, 1, 5)
            .parse()
            .map_err(|error| format!("columns 1-5: {error}"))?;
        if first.len() < LAST_COLUMN_NEEDED {
            return Err(format!(
                "the line ends at column {}, before the end of ADD DT (columns 269-276)",
                first.len()
            ));
        }
        Ok(HcpcsRecord {
            code,
            long_description: folded(self.description),
            short_description: text(first, 92, 119).into_owned(),
            cross_references: (0..5)
                .map(|place| text(first, 205 + place * 5, 209 + place * 5))
                .filter(|code| !code.is_empty())
                .map(Cow::into_owned)
                .collect(),
            coverage: text(first, 230, 230).into_owned(),
            add_date: fields::date("ADD DT (columns 269-276)", &text(first, 269, 276))?,
            action_effective_date: fields::date("ACT EFF DT (columns 277-284)", &text(first, 277, 284))?,
            termination_date: fields::date("TERM DT (columns 285-292)", &text(first, 285, 292))?,
            action: None,
        })
    }
}

/// Counts a line that is no record: blank lines and the disclaimers before the first record are left out, anything
/// else is a damaged record.
fn not_a_record(table: &mut Table<HcpcsRecord>, number: u32, line: &[u8], in_records: bool) {
    if line.iter().all(|byte| is_blank(*byte) || *byte == 0x1A) {
        return;
    }
    let starts_as_record = text(line, 1, 5).parse::<HcpcsCode>().is_ok();
    if in_records || starts_as_record {
        let reason =
            "not a record: columns 6-10 are no sequence number or column 11 is none of 3, 4, 7 and 8";
        table.push(number, Err(reason.to_owned()), || whole(line));
    } else {
        table.leave_out("disclaimer line");
    }
}

/// The kind and the sequence number of a record line; none for any other line.
fn kind(line: &[u8]) -> Option<(Kind, u32)> {
    let kind = match line.get(10)? {
        b'3' => Kind::Code,
        b'4' => Kind::CodeContinuation,
        b'7' => Kind::Modifier,
        b'8' => Kind::ModifierContinuation,
        _ => return None,
    };
    let digits = line.get(5..10)?;
    let sequence = digits.iter().try_fold(0_u32, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + u32::from(byte - b'0'))
    })?;
    Some((kind, sequence))
}

/// The lines of the file without their ends and without the mark some editors put before the first.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]);
    ends.map(move |end| {
        let line = &bytes[start..end];
        start = end + 1;
        line.strip_suffix(b"\r").unwrap_or(line)
    })
}

fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0xA0 || byte == 0
}

/// The columns `first` to `last` without the blanks around them; what lies past the line's end is blank.
fn text(line: &[u8], first: usize, last: usize) -> Cow<'_, str> {
    let end = last.min(line.len());
    let mut field = line.get(first.saturating_sub(1)..end).unwrap_or_default();
    while let [rest @ .., byte] = field
        && is_blank(*byte)
    {
        field = rest;
    }
    while let [byte, rest @ ..] = field
        && is_blank(*byte)
    {
        field = rest;
    }
    WINDOWS_1252.decode_without_bom_handling(field).0
}

/// Single blanks only: text and workbook of one release differ in nothing else.
fn folded(description: String) -> String {
    if description.contains("  ") {
        fold_blanks(&description)
    } else {
        description
    }
}

fn whole(line: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(line).0.into_owned()
}
