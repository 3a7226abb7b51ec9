//! The answer of `explain` in one sentence.

use crate::domain::drug::Drug;
use crate::matching::{Outcome, Weighed};
use chrono::NaiveDate;

/// What the drug is billed with on `today`, what comes next, or what is not known.
pub(super) fn summary(drug: &Drug, outcome: &Outcome, today: NaiveDate) -> String {
    let entry = &drug.entry;
    let (name, noc) = (entry.display_name(), entry.noc_code);
    let code = |one: &Weighed| one.published.period.code;
    let first = |one: &Weighed| one.published.period.valid_from;
    let in_force = outcome
        .same
        .iter()
        .rfind(|one| one.published.period.contains(today));
    let ahead = outcome.same.iter().find(|one| first(one) > today);
    let over = outcome
        .same
        .iter()
        .rfind(|one| one.published.period.ended_before(today));
    let ended = over.and_then(|one| Some((code(one), one.published.period.valid_to?)));
    match (in_force, ahead) {
        (Some(now), Some(next)) => format!(
            "{name} is billed with {} and with {} from {} on.",
            code(now),
            code(next),
            first(next)
        ),
        (Some(now), None) => format!("{name} is billed with {} since {}.", code(now), first(now)),
        (None, Some(next)) => match (ended, &outcome.blind_spot) {
            (Some((old, last)), _) => format!(
                "{old} of {name} ended on {last} and {} begins only on {}; until then no code of its own is published.",
                code(next),
                first(next)
            ),
            (None, Some(reason)) => format!(
                "{name} is billed with {} from {} on; what is right until then is not known, as it cannot be looked up: {reason}.",
                code(next),
                first(next)
            ),
            (None, None) => format!(
                "{name} is billed with {noc} until {} takes effect on {}.",
                code(next),
                first(next)
            ),
        },
        (None, None) if !outcome.unsure.is_empty() => {
            let asked: Vec<String> = outcome.unsure.iter().map(|one| code(one).to_string()).collect();
            format!(
                "{name}: a person has to decide whether {} is its code; until then {noc} is not known to be wrong.",
                asked.join(" or ")
            )
        }
        (None, None) => match (ended, &outcome.blind_spot) {
            (Some((old, last)), _) => format!(
                "{old} of {name} ended on {last} and no code that follows it is published, so {noc} is what is left; ask the payer \
                 which code it takes."
            ),
            (None, Some(reason)) => format!(
                "{name} cannot be looked up, so it is not known whether it has a code of its own: {reason}."
            ),
            (None, None) => {
                format!("{name} has no code of its own in the releases held; it stays under {noc}.")
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::drug::{DrugEntry, DrugId};
    use crate::matching::samples::{date, same};

    const OVER: &str = "J0570 2017-01-01 2024-12-31 Buprenorphine implant, 74.2 mg";
    const NOW: &str = "J2329 2023-07-01 - Injection, ublituximab-xiiy, 1mg";
    const NEXT: &str = "Q5152 2025-10-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg";

    fn told(codes: &[&str], blind_spot: Option<&str>) -> String {
        let drug = Drug {
            id: DrugId(1),
            entry: DrugEntry {
                brand: Some("Zeta".to_owned()),
                ..DrugEntry::default()
            },
            retired_on: None,
        };
        let outcome = Outcome {
            same: codes.iter().map(|line| same(line)).collect(),
            blind_spot: blind_spot.map(str::to_owned),
            ..Outcome::default()
        };
        summary(&drug, &outcome, date("2025-06-01"))
    }

    #[test]
    fn the_catch_all_code_is_named_only_where_it_is_known_to_be_right() {
        let unseen = Some("give the proper name");
        for (codes, blind_spot, expected) in [
            (
                &[][..],
                None,
                "Zeta has no code of its own in the releases held; it stays under J3590.",
            ),
            (
                &[],
                unseen,
                "Zeta cannot be looked up, so it is not known whether it has a code of its own: give the proper name.",
            ),
            (&[NOW], unseen, "Zeta is billed with J2329 since 2023-07-01."),
            (
                &[NOW, NEXT],
                None,
                "Zeta is billed with J2329 and with Q5152 from 2025-10-01 on.",
            ),
            (
                &[NEXT],
                None,
                "Zeta is billed with J3590 until Q5152 takes effect on 2025-10-01.",
            ),
            (
                &[NEXT],
                unseen,
                "Zeta is billed with Q5152 from 2025-10-01 on; what is right until then is not known, as it cannot be looked up: give the proper name.",
            ),
            (
                &[OVER],
                None,
                "J0570 of Zeta ended on 2024-12-31 and no code that follows it is published, so J3590 is what is left; ask the payer which code it takes.",
            ),
            (
                &[OVER, NEXT],
                None,
                "J0570 of Zeta ended on 2024-12-31 and Q5152 begins only on 2025-10-01; until then no code of its own is published.",
            ),
        ] {
            assert_eq!(told(codes, blind_spot), expected);
        }
    }
}
