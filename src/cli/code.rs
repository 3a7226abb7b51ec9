//! `code`: which code was right on a date of service.

use super::context::Context;
use super::exit_code::{ExitCode, Outcome};
use super::output::OutputArgs;
use super::pick;
use crate::code_on_date::Ask;
use crate::day_sheet::{self, DaySheet, SheetLine};
use crate::domain::billing_unit::Dose;
use crate::domain::drug::{Drug, Setting};
use crate::domain::payer::PayerName;
use crate::pipeline::{Answered, CodeBook, Published};
use crate::report;
use crate::report::code::SheetAnswer;
use crate::store::{Reader, Store};
use chrono::NaiveDate;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Which drug, when and for whom; or a whole day sheet.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The drug: an id, brand, proper name or NDC
    #[arg(required_unless_present = "list", conflicts_with = "list")]
    pub drug: Option<String>,
    /// The date of service: YYYY-MM-DD
    #[arg(
        long,
        value_name = "DATE",
        required_unless_present = "list",
        conflicts_with = "list"
    )]
    pub dos: Option<NaiveDate>,
    /// Who pays; without it CMS
    #[arg(long, value_name = "NAME", conflicts_with = "list")]
    pub payer: Option<PayerName>,
    /// Where it is billed from, office or opps; without it what the drug list or the configuration says
    #[arg(long)]
    pub setting: Option<Setting>,
    /// The dose, such as "450 mg"; without it the usual dose of the drug list
    #[arg(long, conflicts_with = "list")]
    pub dose: Option<Dose>,
    /// Answer every line of a day sheet: a CSV with the columns drug, dos and, where wanted, payer, dose, setting
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Where the answer goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Answers.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let store = Store::open(&context.config.storage.database)?;
    if let Some(path) = &args.list {
        return list(context, &store, args, path);
    }
    let (Some(name), Some(dos)) = (&args.drug, args.dos) else {
        return Ok(Outcome::done());
    };
    let ask = Ask {
        dos,
        payer: args.payer.clone(),
        setting: args.setting,
        dose: args.dose.clone(),
    };
    let answered = store.at_once(|| -> anyhow::Result<Answered> {
        let drug = pick::drug(&store, name)?;
        let published = Published::read(&store)?;
        let mut book = CodeBook::new(&context.config, &store, &published, context.moment.today)?;
        Ok(book.answer(&drug, &ask)?)
    })?;
    args.output.write(&report::code::render(
        &answered,
        args.output.format,
        context.look,
    )?)?;
    Ok(Outcome::done())
}

/// Bad lines are told and the others answered.
fn list(context: &Context, store: &Reader, args: &Args, path: &Path) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::done();
    let sheet = match read(path) {
        Ok(sheet) => sheet,
        Err(reason) => {
            outcome.note(
                ExitCode::BadInput,
                format!("reading the day sheet {}: {reason}", path.display()),
            );
            return Ok(outcome);
        }
    };
    let answers = store.at_once(|| answers(context, store, args.setting, sheet.lines))?;
    for answer in &answers {
        if let Err(problem) = &answer.answered {
            outcome.note(
                ExitCode::BadInput,
                format!("{} line {}: {problem}", path.display(), answer.line),
            );
        }
    }
    let (format, look) = (args.output.format, context.look);
    args.output.write(&report::code::render_sheet(
        &sheet.header,
        &answers,
        format,
        look,
    )?)?;
    Ok(outcome)
}

/// What is held is read once, each drug looked up once.
fn answers(
    context: &Context,
    store: &Reader,
    setting: Option<Setting>,
    lines: Vec<SheetLine>,
) -> anyhow::Result<Vec<SheetAnswer>> {
    let published = Published::read(store)?;
    let mut book = CodeBook::new(&context.config, store, &published, context.moment.today)?;
    let mut known: HashMap<String, Result<Drug, String>> = HashMap::new();
    let mut answers = Vec::with_capacity(lines.len());
    for line in lines {
        let answered = match line.asked {
            Ok((name, mut ask)) => {
                ask.setting = ask.setting.or(setting);
                let drug = known
                    .entry(name)
                    .or_insert_with_key(|name| pick::drug(store, name).map_err(|error| one_line(&error)));
                answer(&mut book, drug, &ask)?
            }
            Err(problem) => Err(problem),
        };
        answers.push(SheetAnswer {
            line: line.line,
            cells: line.cells,
            answered,
        });
    }
    Ok(answers)
}

/// A message that may hold a list of choices, on one line.
fn one_line(error: &anyhow::Error) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("; ")
}

fn answer(
    book: &mut CodeBook<'_>,
    drug: &Result<Drug, String>,
    ask: &Ask,
) -> anyhow::Result<Result<Answered, String>> {
    match drug {
        Ok(drug) => Ok(Ok(book.answer(drug, ask)?)),
        Err(problem) => Ok(Err(problem.clone())),
    }
}

fn read(path: &Path) -> Result<DaySheet, String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(day_sheet::SIZE_LIMIT + 1).read_to_end(&mut bytes))
        .map_err(|error| format!("{error}; check that the path is right and that you may read the file"))?;
    day_sheet::parse(&bytes).map_err(|error| error.to_string())
}
