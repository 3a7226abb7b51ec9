//! Which code was right on a date of service: `code`. The JSON is a contract: fields are added, never renamed.

use super::drugs::DrugName;
use super::format::{Format, FormatError, Look, json};
use super::table::{Head, Sheet, Tone, or_dash};
use super::terminal;
use crate::code_on_date::{Certainty, Status};
use crate::domain::code::HcpcsCode;
use crate::domain::evidence::Evidence;
use crate::domain::payer::PayerName;
use crate::domain::quarter::Quarter;
use crate::drug_list;
use crate::pipeline::Answered;
use chrono::NaiveDate;
use serde::Serialize;

/// A line of a day sheet with its answer.
#[derive(Debug, Clone)]
pub struct SheetAnswer {
    /// The line of the file, counted from 1.
    pub line: u32,
    /// The cells as written.
    pub cells: Vec<String>,
    /// The answer, or what is wrong with the line.
    pub answered: Result<Answered, String>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    drug: DrugName<'a>,
    dos: NaiveDate,
    payer: Option<&'a str>,
    setting: &'static str,
    code: Option<HcpcsCode>,
    status: &'static str,
    certainty: &'static str,
    valid_from: Option<NaiveDate>,
    valid_to: Option<NaiveDate>,
    billing_unit: Option<String>,
    dose: Option<String>,
    units: Option<u64>,
    arithmetic: Option<&'a str>,
    payment_limit: Option<String>,
    payment_limit_quarter: Option<Quarter>,
    allowed_amount: Option<String>,
    payment: Option<&'a str>,
    candidates: &'a [HcpcsCode],
    reason: &'a str,
    evidence: &'a [Evidence],
}

impl<'a> From<&'a Answered> for Line<'a> {
    fn from(answered: &'a Answered) -> Self {
        let (answer, billing) = (&answered.answer, &answered.billing);
        Self {
            drug: (&answered.drug).into(),
            dos: answered.ask.dos,
            payer: answered.ask.payer.as_ref().map(PayerName::as_str),
            setting: answered.setting.as_str(),
            code: answer.code,
            status: answer.status.as_str(),
            certainty: answer.certainty.as_str(),
            valid_from: answer.valid_from,
            valid_to: answer.valid_to,
            billing_unit: billing.unit.as_ref().map(ToString::to_string),
            dose: answered.dose.as_ref().map(ToString::to_string),
            units: billing.units,
            arithmetic: billing.arithmetic.as_deref(),
            payment_limit: billing.limit.map(|limit| limit.to_string()),
            payment_limit_quarter: billing
                .limit
                .and_then(|_limit| Quarter::containing(answered.ask.dos)),
            allowed_amount: billing.allowed.map(|amount| amount.to_string()),
            payment: billing.price.as_deref(),
            candidates: &answer.candidates,
            reason: &answer.reason,
            evidence: &answer.evidence,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum SheetJson<'a> {
    Answered {
        line: u32,
        #[serde(flatten)]
        answer: Box<Line<'a>>,
    },
    Problem {
        line: u32,
        problem: &'a str,
    },
}

/// One answer in the format asked for.
pub fn render(answered: &Answered, format: Format, look: Look) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(table(answered, look)),
        Format::Json => json(&Line::from(answered)),
        Format::Csv => {
            let [drug_id, drug, dos] = ["drug_id", "drug", "dos"];
            let mut header = [drug_id, drug, dos].to_vec();
            header.extend(ANSWER_COLUMNS);
            let mut record = vec![
                answered.drug.id.to_string(),
                answered.drug.entry.display_name(),
                answered.ask.dos.to_string(),
            ];
            record.extend(answer_cells(answered));
            csv_rows(&header, [record].into_iter())
        }
    }
}

/// A day sheet with its answers: CSV has the columns of the sheet, then those of the answers.
pub fn render_sheet(
    header: &[String],
    lines: &[SheetAnswer],
    format: Format,
    look: Look,
) -> Result<String, FormatError> {
    match format {
        Format::Table => Ok(sheet_table(lines, look)),
        Format::Json => json(&lines.iter().map(sheet_json).collect::<Vec<_>>()),
        Format::Csv => {
            let mut columns: Vec<&str> = header.iter().map(String::as_str).collect();
            columns.extend(ANSWER_COLUMNS);
            columns.push("problem");
            csv_rows(&columns, lines.iter().map(sheet_record))
        }
    }
}

fn sheet_json(line: &SheetAnswer) -> SheetJson<'_> {
    match &line.answered {
        Ok(answered) => SheetJson::Answered {
            line: line.line,
            answer: Box::new(answered.into()),
        },
        Err(problem) => SheetJson::Problem {
            line: line.line,
            problem,
        },
    }
}

const ANSWER_COLUMNS: [&str; 15] = [
    "billed_to",
    "billed_from",
    "code",
    "status",
    "certainty",
    "valid_from",
    "valid_to",
    "billing_unit",
    "units",
    "arithmetic",
    "payment_limit",
    "allowed_amount",
    "payment",
    "reason",
    "evidence",
];

fn answer_cells(answered: &Answered) -> Vec<String> {
    let line = Line::from(answered);
    let evidence: Vec<String> = line.evidence.iter().map(place).collect();
    vec![
        line.payer.unwrap_or("CMS").to_owned(),
        line.setting.to_owned(),
        text(line.code),
        line.status.to_owned(),
        line.certainty.to_owned(),
        text(line.valid_from),
        text(line.valid_to),
        text(line.billing_unit),
        text(line.units),
        text(line.arithmetic),
        text(line.payment_limit),
        text(line.allowed_amount),
        text(line.payment),
        line.reason.to_owned(),
        evidence.join("; "),
    ]
}

fn sheet_record(line: &SheetAnswer) -> Vec<String> {
    let mut record = line.cells.clone();
    match &line.answered {
        Ok(answered) => {
            record.extend(answer_cells(answered));
            record.push(String::new());
        }
        Err(problem) => {
            record.extend(ANSWER_COLUMNS.map(|_column| String::new()));
            record.push(problem.clone());
        }
    }
    record
}

/// A header and records as CSV, guarded and made visible, for as many columns as the sheet has.
fn csv_rows(header: &[&str], records: impl Iterator<Item = Vec<String>>) -> Result<String, FormatError> {
    let safe = |cell: &str| drug_list::guarded(&terminal::visible(cell));
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header.iter().map(|cell| safe(cell)))?;
    for record in records {
        writer.write_record(record.iter().map(|cell| safe(cell)))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    // Only texts were written.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// `HCPCS file 2023Q3, posting 1, HCPC2023_JUL_ANWEB.txt line 8123`.
fn place(evidence: &Evidence) -> String {
    let quarter = evidence
        .quarter
        .map(|quarter| format!(" {quarter}"))
        .unwrap_or_default();
    format!(
        "{}{quarter}, posting {}, {} line {}",
        evidence.source.title(),
        evidence.revision,
        evidence.member,
        evidence.line
    )
}

fn state(answered: &Answered) -> (String, Tone) {
    let answer = &answered.answer;
    match (answer.certainty, answer.status) {
        (Certainty::Unknown, _) => ("unknown".to_owned(), Tone::Wrong),
        (_, status @ (Status::Undecided | Status::Pinned)) => (status.as_str().to_owned(), Tone::Attention),
        (Certainty::NotYetKnown, status) => (format!("{}, not yet sure", status.as_str()), Tone::Attention),
        (Certainty::Known, status) => (status.as_str().to_owned(), Tone::Plain),
    }
}

fn table(answered: &Answered, look: Look) -> String {
    let (answer, billing) = (&answered.answer, &answered.billing);
    let payer = answered.ask.payer.as_ref().map_or("CMS", PayerName::as_str);
    let (state, tone) = state(answered);
    let code = answer.code.map_or_else(
        || {
            let candidates: Vec<String> = answer.candidates.iter().map(|code| format!("{code}?")).collect();
            or_dash((!candidates.is_empty()).then(|| candidates.join(" or ")))
        },
        |code| code.to_string(),
    );
    let span = match (answer.valid_from, answer.valid_to) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("from {from}"),
        (None, Some(to)) => format!("to {to}"),
        (None, None) => "-".to_owned(),
    };
    let mut rows = vec![
        ("code", format!("{code} ({state})"), tone),
        (
            "for",
            format!(
                "date of service {}, {}, {payer}",
                answered.ask.dos, answered.setting
            ),
            Tone::Plain,
        ),
        ("valid", span, Tone::Plain),
        ("billing unit", or_dash(billing.unit.as_ref()), Tone::Plain),
        ("units", or_dash(billing.arithmetic.as_ref()), Tone::Plain),
        ("payment", or_dash(billing.price.as_ref()), Tone::Plain),
        ("why", answer.reason.clone(), Tone::Plain),
    ];
    for (number, evidence) in answer.evidence.iter().enumerate() {
        let label = if number == 0 { "evidence" } else { "" };
        rows.push((
            label,
            format!("{}: {}", place(evidence), evidence.text),
            Tone::Plain,
        ));
    }
    let mut sheet = Sheet::new(look, [Head::Kept("drug"), Head::Folded("")]);
    sheet.row([
        ("drug".to_owned(), Tone::Plain),
        (answered.drug.entry.display_name(), Tone::Plain),
    ]);
    for (label, words, tone) in rows {
        sheet.row([(label.to_owned(), Tone::Plain), (words, tone)]);
    }
    sheet
        .finish()
        .lines()
        .skip(2)
        .fold(String::new(), |mut text, line| {
            text.push_str(line);
            text.push('\n');
            text
        })
}

fn sheet_table(lines: &[SheetAnswer], look: Look) -> String {
    if lines.is_empty() {
        return "The sheet has no line below its header.\n".to_owned();
    }
    let heads = [
        Head::Kept("line"),
        Head::Folded("drug"),
        Head::Kept("date"),
        Head::Folded("payer"),
        Head::Kept("code"),
        Head::Folded("status"),
        Head::Kept("units"),
        Head::Kept("allowed"),
    ];
    let mut sheet = Sheet::new(look, heads);
    for line in lines {
        let row = match &line.answered {
            Ok(answered) => {
                let (answer, billing) = (&answered.answer, &answered.billing);
                let (state, tone) = state(answered);
                [
                    (answered.drug.entry.display_name(), Tone::Plain),
                    (answered.ask.dos.to_string(), Tone::Plain),
                    (
                        answered
                            .ask
                            .payer
                            .as_ref()
                            .map_or("CMS", PayerName::as_str)
                            .to_owned(),
                        Tone::Plain,
                    ),
                    (or_dash(answer.code), Tone::Plain),
                    (state, tone),
                    (or_dash(billing.units), Tone::Plain),
                    (or_dash(billing.allowed), Tone::Plain),
                ]
            }
            Err(problem) => {
                let mut row = [""; 7].map(|empty| (empty.to_owned(), Tone::Plain));
                row[0] = (problem.clone(), Tone::Wrong);
                row
            }
        };
        let [drug, date, payer, code, status, units, allowed] = row;
        let number = (line.line.to_string(), Tone::Plain);
        sheet.row([number, drug, date, payer, code, status, units, allowed]);
    }
    sheet.finish()
}

#[cfg(test)]
mod tests;
