//! The sentence above each drug: what changes and from which date of service.

use super::change::{Change, News};
use super::words;

/// What changes and from when, in one or two sentences.
pub(super) fn of(change: &Change<'_>) -> String {
    let (from, to) = (change.old_code(), change.new_code());
    match change.news() {
        News::Starts => switch(change),
        News::Late => late(change),
        News::Corrected => format!("This corrects what you were told before. {}", switch(change)),
        News::Withdrawn => {
            format!("CMS has taken {to} back. Do not bill {to} for this drug; keep billing {from}.")
        }
        News::Retracted => format!(
            "{from} is not taken for this drug's code any more: the earlier message no longer holds. Do not bill {from} for it; bill {} until a code of its own is confirmed.",
            change.noc_code()
        ),
        News::Ended => ended(change),
        News::Unit => unit(change),
        News::Interim => format!(
            "{to} is a hospital outpatient code{}. An office never bills it: it keeps {from} until a code of the drug's own is in force.",
            from_day(change)
        ),
        News::Review => review(change),
    }
}

/// How pressing it is, in a word or two.
pub(super) fn badge(change: &Change<'_>) -> String {
    match (change.news(), change.starts()) {
        (News::Withdrawn, _) => "withdrawn".to_owned(),
        (News::Retracted, _) => "corrected".to_owned(),
        (News::Interim, _) => "for information".to_owned(),
        (News::Review, _) => "please check".to_owned(),
        (News::Ended, _) => match change.old_code_ends() {
            Some(last) => format!("last day {}", words::distance(change.today(), last)),
            None => "code ends".to_owned(),
        },
        (_, Some(_)) if change.over_since().is_some() => "for old claims".to_owned(),
        (_, Some(_)) if change.overdue() => "already in effect".to_owned(),
        (_, Some(starts)) => format!("starts {}", words::distance(change.today(), starts)),
        (_, None) => "date not yet published".to_owned(),
    }
}

fn from_day(change: &Change<'_>) -> String {
    let Some(starts) = change.starts() else {
        return String::new();
    };
    let distance = words::distance(change.today(), starts);
    if change.overdue() {
        format!(" since {} ({distance})", words::long_date(starts))
    } else {
        format!(" from {} on ({distance})", words::long_date(starts))
    }
}

fn switch(change: &Change<'_>) -> String {
    let (from, to) = (change.old_code(), change.new_code());
    if change.overdue() {
        return late(change);
    }
    let when = from_day(change);
    format!(
        "Bill {to} instead of {from} for dates of service{when}.{}",
        other_unit(change)
    )
}

fn late(change: &Change<'_>) -> String {
    let (from, to) = (change.old_code(), change.new_code());
    if let (Some(starts), Some(last)) = (change.starts(), change.over_since()) {
        return format!(
            "{to}, not {from}, was right for dates of service from {} through {}; it is over. Claims for those dates that went out under {from} need correction.",
            words::long_date(starts),
            words::long_date(last)
        );
    }
    let when = from_day(change);
    format!(
        "{to} has replaced {from} for dates of service{when}.{} Claims for those dates that went out under {from} need correction.",
        other_unit(change)
    )
}

/// ` One unit is 2 mg instead of 10 mg.`, where the old code had another unit.
fn other_unit(change: &Change<'_>) -> String {
    match (change.previous_unit(), change.unit()) {
        (Some(before), Some(after)) if before != after => format!(
            " One unit is {} instead of {}.",
            words::plain(after),
            words::plain(before)
        ),
        _ => String::new(),
    }
}

fn ended(change: &Change<'_>) -> String {
    let from = change.old_code();
    let Some(last) = change.old_code_ends() else {
        return format!("{from} ends. No code that follows it was found in the CMS file.");
    };
    let distance = words::distance(change.today(), last);
    let verb = if last < change.today() { "was" } else { "is" };
    format!(
        "The last date of service for {from} {verb} {} ({distance}). No code that follows it was found in the CMS file.",
        words::long_date(last)
    )
}

fn unit(change: &Change<'_>) -> String {
    let code = change.to_code().unwrap_or(change.old_code());
    let when = from_day(change);
    match (change.previous_unit(), change.unit()) {
        (Some(before), Some(after)) => format!(
            "{code} stays, but one unit now stands for {} instead of {} for dates of service{when}.",
            words::plain(after),
            words::plain(before)
        ),
        _ => format!("{code} stays, but its billing unit changes for dates of service{when}."),
    }
}

fn review(change: &Change<'_>) -> String {
    let what = match change.candidates().len() {
        0 => "It is not certain which code is right for this drug",
        1 => "CMS has published a code that may be this drug's",
        _ => "CMS has published codes that may be this drug's",
    };
    format!(
        "{what}. Until somebody has checked, keep billing {}.",
        change.old_code()
    )
}
