//! `drugs`: the list of what is watched.

use super::context::Context;
use super::exit_code::Outcome;
use super::failure::UsageError;
use super::note;
use super::output::OutputArgs;
use crate::domain::drug::{DrugEntry, DrugId};
use crate::drug_list::{self, COLUMNS, EntryFields};
use crate::report::{self, format::Format};
use crate::store::Store;
use crate::store::drugs::Origin;
use std::path::PathBuf;

/// What to do with the list.
#[derive(Debug, Clone, clap::Subcommand)]
pub enum Args {
    /// Make the list what a CSV or XLSX file says (beside a synced list: add what it says); a file with errors
    /// changes nothing
    Import(ImportArgs),
    /// Add one drug
    Add(Box<AddArgs>),
    /// List the drugs
    List(ListArgs),
    /// Stop watching a drug; its history stays
    Retire(RetireArgs),
    /// Write the list as CSV that can be imported again
    Export(ExportArgs),
}

/// The file to import.
#[derive(Debug, Clone, clap::Args)]
pub struct ImportArgs {
    /// The drug list.
    #[arg(help = format!("The drug list: CSV or XLSX with a header line of any of {}", COLUMNS.join(", ")))]
    pub file: PathBuf,
}

/// One drug; at least one of brand, proper name and NDC.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct AddArgs {
    /// Brand
    #[arg(long, value_name = "NAME", required_unless_present_any = ["proper_name", "ndc"])]
    pub brand: Option<String>,
    /// Proper (nonproprietary) name with its suffix: ublituximab-xiiy
    #[arg(long, value_name = "NAME")]
    pub proper_name: Option<String>,
    /// NDC, 10 or 11 digits with dashes or 11 without; may be given several times
    #[arg(long, value_name = "NDC")]
    pub ndc: Vec<String>,
    /// The catch-all code it is billed under [default: J3590]
    #[arg(long, value_name = "CODE")]
    pub noc_code: Option<String>,
    /// Route: intravenous, subcutaneous, ...
    #[arg(long)]
    pub route: Option<String>,
    /// Where it is billed from, if not as the practice: office or opps
    #[arg(long)]
    pub setting: Option<String>,
    /// Manufacturer
    #[arg(long, value_name = "NAME")]
    pub manufacturer: Option<String>,
    /// The usual dose: "450 mg"
    #[arg(long)]
    pub dose: Option<String>,
    /// First date of service here: YYYY-MM-DD or M/D/YYYY
    #[arg(long, value_name = "DATE")]
    pub started_on: Option<String>,
    /// Free words
    #[arg(long, value_name = "TEXT")]
    pub notes: Option<String>,
}

/// Which drugs to list and how.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ListArgs {
    /// Also those that were retired
    #[arg(long)]
    pub all: bool,
    /// Where the list goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// The drug to retire.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct RetireArgs {
    /// Its id, as `drugs list` shows it
    pub id: i64,
}

/// Where the list goes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct ExportArgs {
    /// Write the list into this file, replacing it, and not to stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl From<&AddArgs> for EntryFields {
    fn from(args: &AddArgs) -> Self {
        Self {
            brand: args.brand.clone(),
            proper_name: args.proper_name.clone(),
            ndc: (!args.ndc.is_empty()).then(|| args.ndc.join(";")),
            noc_code: args.noc_code.clone(),
            route: args.route.clone(),
            setting: args.setting.clone(),
            manufacturer: args.manufacturer.clone(),
            dose: args.dose.clone(),
            started_on: args.started_on.clone(),
            notes: args.notes.clone(),
        }
    }
}

/// Does what `args` say.
pub fn run(context: &Context, args: &Args) -> anyhow::Result<Outcome> {
    let mut store = Store::open(&context.config.storage.database)?.on_day(context.moment.today);
    match args {
        Args::Import(args) => import(context, &mut store, args)?,
        Args::Add(args) => add(context, &mut store, args)?,
        Args::List(args) => {
            let drugs = store.at_once(|| store.drugs(!args.all))?;
            args.output
                .write(&report::drugs::render(&drugs, args.output.format, context.look)?)?;
        }
        Args::Retire(args) => retire(context, &mut store, *args)?,
        Args::Export(args) => {
            let output = OutputArgs {
                format: Format::Csv,
                output: args.output.clone(),
            };
            let drugs = store.at_once(|| store.drugs(true))?;
            output.write(&drug_list::write_csv(&drugs)?)?;
        }
    }
    Ok(Outcome::done())
}

fn import(context: &Context, store: &mut Store, args: &ImportArgs) -> anyhow::Result<()> {
    let list = drug_list::read(&args.file)?;
    if !list.ignored_columns.is_empty() {
        note::say(&format!(
            "note: columns left out: {}",
            list.ignored_columns.join(", ")
        ));
    }
    let entries: Vec<DrugEntry> = list.drugs.into_iter().map(|listed| listed.entry).collect();
    let transaction = store.begin(context.moment.now, "command")?;
    // Beside a synced list an imported file only adds: the synced one says what is watched.
    let summary = if context.config.practice.drug_list.is_some() {
        transaction.import_drugs(&entries, context.moment.today)?
    } else {
        transaction.sync_drugs(&entries, context.moment.today)?
    };
    transaction.commit()?;
    context.tell(&report::run::drug_list(summary))
}

fn add(context: &Context, store: &mut Store, args: &AddArgs) -> anyhow::Result<()> {
    let entry = drug_list::parse_entry(&args.into()).map_err(|problems| {
        let reasons: Vec<String> = problems.iter().map(ToString::to_string).collect();
        UsageError(format!("the drug cannot be added: {}", reasons.join("; ")))
    })?;
    let transaction = store.begin(context.moment.now, "command")?;
    let listed = transaction.drugs(true)?;
    let same = listed
        .iter()
        .find(|drug| drug.entry.identity_key() == entry.identity_key());
    if let Some(drug) = same.filter(|drug| drug.entry != entry) {
        // What was left out now would be lost.
        let (name, id) = (entry.display_name(), drug.id);
        return Err(UsageError(format!(
            "{name} is on the list already, as drug {id}, with other particulars: `hcpcs-watch drugs export` shows them; \
             to change them, `hcpcs-watch drugs retire {id}` and add it again with all of them"
        ))
        .into());
    }
    let id = transaction.add_drug(&entry, context.moment.today)?;
    transaction.commit()?;
    context.tell(&format!(
        "{} is on the list as drug {id}; the next run looks for its code.\n",
        entry.display_name()
    ))
}

fn retire(context: &Context, store: &mut Store, args: RetireArgs) -> anyhow::Result<()> {
    let transaction = store.begin(context.moment.now, "command")?;
    let listed = transaction.retire_drug(DrugId(args.id), context.moment.today)?;
    transaction.commit()?;
    if listed.origin == Origin::File && context.config.practice.drug_list.is_some() {
        note::say(
            "note: the drug stands in the synced drug list; take it out there too, or the next run brings it back",
        );
    }
    let name = listed.drug.entry.display_name();
    context.tell(&match listed.drug.retired_on {
        Some(day) => format!("{name} was retired on {day} already.\n"),
        None => format!("{name} is no longer watched; its history stays.\n"),
    })
}
