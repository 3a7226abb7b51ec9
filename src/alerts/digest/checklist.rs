//! What the practice has to do (domain rule 12), worded for the change at hand.

use super::change::{Change, News};
use super::words;
use crate::domain::code::{CodeClass, HcpcsCode};
use chrono::NaiveDate;

/// The steps for one change, in the order they are done.
pub(super) fn of(change: &Change<'_>) -> Vec<String> {
    let mut steps = practical(change);
    steps.extend(settle(change));
    steps
}

/// The command that says it is done; none where there is nothing to do.
fn settle(change: &Change<'_>) -> Option<String> {
    if change.news() == News::Interim {
        return None;
    }
    let ids: Vec<String> = change.ids().iter().map(ToString::to_string).collect();
    let reminded = match change.over_since() {
        Some(_) => "",
        None => " Until then you are reminded of it.",
    };
    Some(format!(
        "When all of this is done, say so: `hcpcs-watch alerts ack {} --by NAME`.{reminded}",
        ids.join(" ")
    ))
}

fn practical(change: &Change<'_>) -> Vec<String> {
    match change.news() {
        News::Starts | News::Late | News::Corrected => switch(change),
        News::Withdrawn => go_back(change, &change.new_code(), change.old_code()),
        News::Retracted => retracted(change),
        News::Ended => ended(change),
        News::Unit => unit(change),
        News::Interim => interim(change),
        News::Review => review(change),
    }
}

/// `from July 1, 2023 on`, or words for a date that is not known.
fn on_and_after(change: &Change<'_>) -> String {
    change.starts().map_or_else(
        || "on and after its first day".to_owned(),
        |starts| format!("on or after {}", words::date(starts)),
    )
}

/// What is left of a code that came and went: claims of its days.
fn over(change: &Change<'_>, last: NaiveDate) -> Vec<String> {
    let (name, from, to) = (change.name(), change.old_code(), change.new_code());
    let last = words::date(last);
    let first = change
        .starts()
        .map_or_else(|| "its first day".to_owned(), words::date);
    vec![
        format!("Do not load {to} for claims to come: it ended on {last}."),
        format!(
            "Correct {name} claims that went out under {from} with a date of service from {first} through {last} ({CORRECTION})."
        ),
        keep_ndc(change),
    ]
}

fn switch(change: &Change<'_>) -> Vec<String> {
    if let Some(last) = change.over_since() {
        return over(change, last);
    }
    let (name, from, to) = (change.name(), change.old_code(), change.new_code());
    let mut steps = vec![
        load(change),
        format!(
            "Change charge capture, the superbill, order sets and standing orders of {name} from {from} to {to}{}.",
            units_for_dose(change)
        ),
        format!("Move prior authorizations of {name} that name {from} to {to}."),
        ask_payers(change),
        claims(change),
    ];
    steps.push(if from.class() == CodeClass::NotOtherwiseClassified {
        format!(
            "With {to}, stop sending the drug name that {from} needed (item 19, or SV101-7 on electronic claims). {}",
            keep_ndc(change)
        )
    } else {
        keep_ndc(change)
    });
    steps
}

fn ask_payers(change: &Change<'_>) -> String {
    let until_then = match change.retracted_code() {
        Some(_) => String::new(),
        None => format!("; until then bill that payer {}", change.old_code()),
    };
    format!(
        "Ask each commercial payer and Medicaid from which date of service it takes {}, and keep the answer with `hcpcs-watch payers set`{until_then}.",
        change.new_code()
    )
}

fn load(change: &Change<'_>) -> String {
    let to = change.new_code();
    let unit = change
        .unit()
        .map(|unit| format!(" with its unit ({})", words::plain(unit)))
        .unwrap_or_default();
    match change.starts() {
        Some(starts) if change.in_effect() => format!(
            "Now: load {to}{unit} in the billing system, first date of service {}.",
            words::date(starts)
        ),
        Some(starts) => format!(
            "Before {}: load {to}{unit} in the billing system, first date of service {}.",
            words::date(starts),
            words::date(starts)
        ),
        None => {
            format!("Load {to}{unit} in the billing system as soon as its first date of service is known.")
        }
    }
}

fn units_for_dose(change: &Change<'_>) -> String {
    let Some(count) = change.units(change.unit()) else {
        return String::new();
    };
    let dose = change.lead().drug.entry.dose.as_ref();
    let noun = if count.units == 1 { "unit" } else { "units" };
    dose.map(|dose| {
        format!(
            " ({} {noun} for {})",
            count.units,
            words::plain(&dose.to_string())
        )
    })
    .unwrap_or_default()
}

/// How a claim is corrected.
const CORRECTION: &str = "replacement claim with frequency code 7, within the payer's deadline; for Medicare Part B ask your \
                          contractor how it takes corrections";

fn claims(change: &Change<'_>) -> String {
    let (name, from, to) = (change.name(), change.old_code(), change.new_code());
    let day = on_and_after(change);
    if change.overdue() {
        format!(
            "Correct {name} claims that went out under {from} with a date of service {day} ({CORRECTION}). Hold those not yet sent until {to} is loaded."
        )
    } else {
        format!(
            "Hold {name} claims with a date of service {day} until {to} is loaded; correct any that went out under {from} ({CORRECTION})."
        )
    }
}

fn keep_ndc(change: &Change<'_>) -> String {
    let ndc = change.lead().drug.entry.ndcs.first().map_or_else(
        || "N4 and the 11 digits".to_owned(),
        |ndc| format!("N4{}", ndc.to_string().replace('-', "")),
    );
    format!("Keep the NDC on the claim: {ndc}, then UN, ML, GR, F2 or ME and the quantity.")
}

fn retracted(change: &Change<'_>) -> Vec<String> {
    let (drug, wrong) = (argument(change), change.old_code());
    let check = format!(
        "Run `hcpcs-watch explain {drug}`: it shows why {wrong} no longer counts. Should {wrong} be right after all, say so: `hcpcs-watch review confirm {drug} {wrong} --by NAME`."
    );
    let mut steps = vec![check];
    steps.extend(go_back(change, &wrong.to_string(), change.noc_code()));
    steps
}

/// The way back from a code that was told to the one billed before.
fn go_back(change: &Change<'_>, told: &str, before: HcpcsCode) -> Vec<String> {
    let name = change.name();
    vec![
        format!(
            "Take {told} for {name} out of the billing system, charge capture, the superbill, order sets and standing orders, if it was loaded; put {before} back."
        ),
        format!("Move prior authorizations of {name} that were changed to {told} back to {before}."),
        format!("Hold claims for {name} that carry {told}; ask the payer about those already sent."),
        "Tell everybody who was given the earlier message.".to_owned(),
    ]
}

fn ended(change: &Change<'_>) -> Vec<String> {
    let (name, from) = (change.name(), change.old_code());
    let last = change
        .old_code_ends()
        .map_or_else(|| "its last day".to_owned(), words::date);
    vec![
        format!(
            "Do not bill {from} for dates of service after {last}; claims for dates through {last} may still go out under it."
        ),
        format!(
            "Ask your Medicare contractor and each payer which code takes {name} after {last} (a catch-all such as {} may be the answer; do not assume it).",
            change.lead().drug.entry.noc_code
        ),
        format!("Hold {name} claims with a date of service after {last} until that is answered."),
        format!(
            "Then change charge capture, the superbill, order sets, standing orders and prior authorizations of {name} that name {from}."
        ),
    ]
}

fn unit(change: &Change<'_>) -> Vec<String> {
    let code = change.to_code().unwrap_or(change.old_code());
    let day = on_and_after(change);
    let unit = change
        .unit()
        .map_or_else(|| "the new unit".to_owned(), words::plain);
    vec![
        format!(
            "Load {unit} as the unit of {code} in the billing system for dates of service {day}; keep the old unit for earlier dates."
        ),
        format!(
            "Change the units in charge capture, the superbill, order sets and standing orders{}.",
            units_for_dose(change)
        ),
        format!("Check units that prior authorizations of {code} allow."),
        format!(
            "Hold or correct claims with a date of service {day} that carry the old units (frequency code 7, within the payer's deadline; for Medicare Part B ask your contractor)."
        ),
    ]
}

fn interim(change: &Change<'_>) -> Vec<String> {
    let (from, to) = (change.old_code(), change.new_code());
    vec![
        format!("Office or infusion suite: nothing. Keep {from} until a code of the drug's own is in force."),
        format!(
            "Hospital outpatient department or ambulatory surgical center only: bill {to} for dates of service {}.",
            on_and_after(change)
        ),
    ]
}

fn review(change: &Change<'_>) -> Vec<String> {
    vec![
        format!(
            "Run `hcpcs-watch explain {}`: it shows each code with what speaks for and against it.",
            argument(change)
        ),
        "Compare the descriptor with the box: the name with its four-letter suffix, the route, the strength."
            .to_owned(),
        format!(
            "Then say what it is: `hcpcs-watch review confirm {} CODE --by NAME`, and `review reject` for each code that is not this drug's.",
            argument(change)
        ),
        format!(
            "Write the full name, route and NDC in the drug list, so that nobody has to ask again; until it is settled keep billing {}.",
            change.old_code()
        ),
    ]
}

/// What names the drug on a command line: its name where a shell takes that as it stands, else its number.
fn argument(change: &Change<'_>) -> String {
    let name = change.lead().drug.entry.display_name();
    let simple = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if !name.is_empty() && !name.starts_with('-') && name.len() <= 60 && name.chars().all(simple) {
        return name;
    }
    let quotable = !name.is_empty() && name.len() <= 60 && name.chars().all(|c| simple(c) || c == ' ');
    if quotable && name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return format!("\"{name}\"");
    }
    change.lead().drug.id.to_string()
}
