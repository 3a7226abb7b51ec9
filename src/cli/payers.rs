//! `payers`: which payer takes codes later than CMS, and which stays on a catch-all code.

use super::alerts::words;
use super::context::Context;
use super::exit_code::Outcome;
use super::failure::UsageError;
use super::output::{self, OutputArgs};
use super::pick;
use crate::domain::code::HcpcsCode;
use crate::domain::payer::{NewPayerRule, PayerName, PayerRuleId, PayerTerms};
use crate::report;
use crate::store::Store;
use crate::store::payers::Kept;
use chrono::NaiveDate;

/// What to do with the payer rules.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// List where payers do otherwise than CMS
    List(ListArgs),
    /// Keep that a payer takes the permanent code from its own date on, for one drug or for every drug
    Set(SetArgs),
    /// Keep that a payer stays on a code, most often J3590, until somebody reviews it
    Pin(PinArgs),
    /// End a rule: the payer does as CMS does
    End(EndArgs),
}

/// Which rules to list and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// Also those that were ended
    #[arg(long)]
    pub all: bool,
    /// Where the list goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// A payer's own date.
#[derive(Debug, Clone, clap::Args)]
pub struct SetArgs {
    /// The payer
    pub payer: PayerName,
    /// The drug: an id, brand, proper name or NDC; without it every drug
    #[arg(long)]
    pub drug: Option<String>,
    /// The first date of service for which the payer takes the permanent code: YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    pub code_from: NaiveDate,
    /// The day by which somebody looks whether that still holds
    #[arg(long, value_name = "DATE")]
    pub until_review: Option<NaiveDate>,
    /// Who says so and why.
    #[command(flatten)]
    pub grounds: Grounds,
}

/// A payer that stays on a code.
#[derive(Debug, Clone, clap::Args)]
pub struct PinArgs {
    /// The payer
    pub payer: PayerName,
    /// The drug: an id, brand, proper name or NDC
    #[arg(long)]
    pub drug: String,
    /// The code it stays on
    #[arg(long)]
    pub code: HcpcsCode,
    /// The day by which somebody looks whether that still holds; the rule stays in force and is warned of after it
    #[arg(long, value_name = "DATE")]
    pub until_review: NaiveDate,
    /// Who says so and why.
    #[command(flatten)]
    pub grounds: Grounds,
}

/// What a rule rests on.
#[derive(Debug, Clone, clap::Args)]
pub struct Grounds {
    /// Why the payer does so
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub reason: String,
    /// Where that is written: a bulletin, a letter, a call
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub source: String,
    /// Who writes it down
    #[arg(long, value_name = "NAME", value_parser = words)]
    pub by: String,
}

/// The rule to end.
#[derive(Debug, Clone, clap::Args)]
pub struct EndArgs {
    /// Its id, as `payers list` shows it
    pub id: i64,
    /// Why
    #[arg(long, value_name = "TEXT", value_parser = words)]
    pub reason: String,
    /// Who says so
    #[arg(long, value_name = "NAME", value_parser = words)]
    pub by: String,
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let mut store = Store::open(&context.config.storage.database)?.on_day(context.moment.today);
    match args {
        Args::List(args) => list(context, &store, args)?,
        Args::Set(args) => {
            let drug = args.drug.as_deref();
            let terms = PayerTerms::CodeFrom(args.code_from);
            keep(
                context,
                &mut store,
                (&args.payer, drug),
                terms,
                args.until_review,
                &args.grounds,
            )?;
        }
        Args::Pin(args) => {
            let terms = PayerTerms::Pin(args.code);
            let review_on = Some(args.until_review);
            keep(
                context,
                &mut store,
                (&args.payer, Some(&args.drug)),
                terms,
                review_on,
                &args.grounds,
            )?;
        }
        Args::End(args) => end(context, &mut store, args)?,
    }
    Ok(Outcome::done())
}

fn list(context: &Context, store: &Store, args: &ListArgs) -> anyhow::Result<()> {
    let rules = store.at_once(|| report::payers::gather(store, args.all))?;
    args.output.write(&report::payers::render(
        &rules,
        context.moment.today,
        args.output.format,
        context.look,
    )?)
}

fn keep(
    context: &Context,
    store: &mut Store,
    (payer, drug): (&PayerName, Option<&str>),
    terms: PayerTerms,
    review_on: Option<NaiveDate>,
    grounds: &Grounds,
) -> anyhow::Result<()> {
    let today = context.moment.today;
    if let Some(day) = review_on.filter(|day| *day < today) {
        return Err(UsageError(format!(
            "--until-review {day} is past already (today is {today}): give a day to come"
        ))
        .into());
    }
    let drug = drug.map(|text| pick::drug(store, text)).transpose()?;
    let rule = NewPayerRule {
        payer: payer.clone(),
        drug: drug.as_ref().map(|drug| drug.id),
        terms,
        review_on,
        reason: grounds.reason.clone(),
        source: grounds.source.clone(),
        by: grounds.by.clone(),
    };
    let transaction = store.begin(context.moment.now, &grounds.by)?;
    let kept = transaction.keep_payer_rule(&rule)?;
    transaction.commit()?;
    let name = drug.map_or_else(|| "every drug".to_owned(), |drug| drug.entry.display_name());
    let what = match terms {
        PayerTerms::CodeFrom(date) => {
            format!("{payer} takes the permanent code of {name} for dates of service from {date}")
        }
        PayerTerms::Pin(code) => format!("{payer} stays on {code} for {name}"),
    };
    output::print(&match kept {
        Kept::New(id) => format!("Payer rule {id}: {what}.\n"),
        Kept::InPlaceOf(id, earlier) => format!("Payer rule {id}, in place of rule {earlier}: {what}.\n"),
        Kept::Same(id) => format!("Payer rule {id} says so already: {what}.\n"),
    })
}

fn end(context: &Context, store: &mut Store, args: &EndArgs) -> anyhow::Result<()> {
    let transaction = store.begin(context.moment.now, &args.by)?;
    let was_in_force = transaction.end_payer_rule(PayerRuleId(args.id), &args.by, &args.reason)?;
    transaction.commit()?;
    if !was_in_force {
        return Err(UsageError(format!(
            "there is no payer rule {} in force: `hcpcs-watch payers list` shows the numbers",
            args.id
        ))
        .into());
    }
    output::print(&format!("Payer rule {} is ended.\n", args.id))
}
