use super::*;
use crate::cms::hcpcs_file::{Action, HcpcsRecord};
use crate::code_history::Publication;
use crate::domain::drug::{DrugEntry, DrugId};
use crate::domain::payer::{NewPayerRule, PayerRuleId};
use crate::domain::period::{CodePeriod, Standing};
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::{Sha256, Source};
use crate::matching::samples::{date, same, weighed};
use crate::matching::{MatchKind, Verdict};
use chrono::Days;
use proptest::prelude::*;
use std::sync::Arc;

fn drug() -> Drug {
    Drug {
        id: DrugId(1),
        entry: DrugEntry {
            brand: Some("Bkemv".to_owned()),
            proper_name: Some("eculizumab-aeeb".to_owned()),
            ..DrugEntry::default()
        },
        retired_on: None,
    }
}

const Q5139: &str = "Q5139 2025-01-01 2025-03-31 Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg";
const Q5152: &str = "Q5152 2025-04-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg";
const C9998: &str = "C9998 2024-07-01 2024-12-31 Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg";

fn bkemv() -> Outcome {
    Outcome {
        same: vec![same(Q5139), same(Q5152)],
        interim: vec![same(C9998)],
        ..Outcome::default()
    }
}

fn rule(drug: Option<DrugId>, terms: PayerTerms, review_on: Option<&str>) -> PayerRule {
    PayerRule {
        id: PayerRuleId(1),
        written: NewPayerRule {
            payer: "Medi-Cal".parse().unwrap(),
            drug,
            terms,
            review_on: review_on.map(date),
            reason: "takes codes late".to_owned(),
            source: "bulletin 612".to_owned(),
            by: "Pat".to_owned(),
        },
        at: "2025-02-01T09:00:00Z".parse().unwrap(),
        ended: None,
    }
}

fn reach() -> Reach {
    Reach {
        from: date("2014-12-31"),
        oldest: "2023Q1".parse().unwrap(),
        newest: "2025Q3".parse().unwrap(),
    }
}

struct Case {
    drug: Drug,
    outcome: Outcome,
    setting: Setting,
    rules: Vec<PayerRule>,
    reach: Option<Reach>,
}

impl Case {
    fn new(outcome: Outcome) -> Self {
        Self {
            drug: drug(),
            outcome,
            setting: Setting::Office,
            rules: Vec::new(),
            reach: Some(reach()),
        }
    }

    fn on(&self, dos: NaiveDate) -> Answer {
        let payer = "Medi-Cal".parse().unwrap();
        let question = Question {
            drug: &self.drug,
            outcome: &self.outcome,
            dos,
            setting: self.setting,
            payer: (!self.rules.is_empty()).then_some(&payer),
            rules: &self.rules,
            reach: self.reach,
            catch_all: None,
            today: date("2025-08-01"),
        };
        question.answer()
    }

    /// "CODE status from to"
    fn told(&self, dos: &str) -> String {
        let answer = self.on(date(dos));
        let words = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        format!(
            "{} {} {} {}",
            words(answer.code.map(|code| code.to_string())),
            answer.status.as_str(),
            words(answer.valid_from.map(|day| day.to_string())),
            words(answer.valid_to.map(|day| day.to_string()))
        )
    }
}

#[test]
fn the_day_before_is_the_old_code_and_the_day_itself_the_new_one() {
    let office = Case::new(bkemv());
    let opps = Case {
        setting: Setting::Opps,
        ..Case::new(bkemv())
    };
    for (dos, in_office, outpatient) in [
        (
            "2024-06-30",
            "J3590 unclassified - 2024-12-31",
            "J3590 unclassified - 2024-06-30",
        ),
        (
            "2024-07-01",
            "J3590 unclassified - 2024-12-31",
            "C9998 interim 2024-07-01 2024-12-31",
        ),
        (
            "2024-12-31",
            "J3590 unclassified - 2024-12-31",
            "C9998 interim 2024-07-01 2024-12-31",
        ),
        (
            "2025-01-01",
            "Q5139 permanent 2025-01-01 2025-03-31",
            "Q5139 permanent 2025-01-01 2025-03-31",
        ),
        (
            "2025-03-31",
            "Q5139 permanent 2025-01-01 2025-03-31",
            "Q5139 permanent 2025-01-01 2025-03-31",
        ),
        (
            "2025-04-01",
            "Q5152 permanent 2025-04-01 -",
            "Q5152 permanent 2025-04-01 -",
        ),
    ] {
        assert_eq!(office.told(dos), in_office, "office {dos}");
        assert_eq!(opps.told(dos), outpatient, "opps {dos}");
    }
    assert!(
        office
            .on(date("2024-08-01"))
            .reason
            .contains("C9998 is for hospital outpatient")
    );
}

#[test]
fn a_code_that_ended_without_successor_leaves_the_catch_all_code() {
    let mut outcome = bkemv();
    outcome.same.pop();
    let case = Case::new(outcome);
    assert_eq!(case.told("2025-03-31"), "Q5139 permanent 2025-01-01 2025-03-31");
    assert_eq!(case.told("2025-04-01"), "J3590 unclassified 2025-04-01 -");
    assert!(
        case.on(date("2025-04-01"))
            .reason
            .starts_with("Q5139 ended on 2025-03-31")
    );
}

#[test]
fn an_interim_code_beside_the_permanent_one_gives_way() {
    let mut outcome = bkemv();
    outcome.interim = vec![same("C9173 2025-04-01 - Injection, x, 1 mg")];
    let case = Case {
        setting: Setting::Opps,
        ..Case::new(outcome)
    };
    assert_eq!(case.told("2025-04-01"), "Q5152 permanent 2025-04-01 -");
}

#[test]
fn a_code_that_a_later_file_lost_is_answered_with_a_word_of_care_and_one_that_ended_is_not() {
    let mut outcome = bkemv();
    for one in &mut outcome.same {
        one.published.standing = Standing::Missing;
    }
    let case = Case::new(outcome);
    let reason = case.on(date("2025-05-01")).reason;
    assert!(reason.contains("a later HCPCS file no longer has it"), "{reason}");
    let reason = case.on(date("2025-02-01")).reason;
    assert!(!reason.contains("no longer has it"), "{reason}");
}

#[test]
fn an_open_question_is_told_and_not_answered() {
    let open = weighed(Q5139, Verdict::Unsure("give the suffix".to_owned()));
    let case = Case::new(Outcome {
        unsure: vec![open],
        ..Outcome::default()
    });
    let answer = case.on(date("2025-02-01"));
    assert_eq!((answer.code, answer.status), (None, Status::Undecided));
    assert_eq!(answer.candidates[0].as_str(), "Q5139");
    assert!(answer.reason.contains("give the suffix"), "{}", answer.reason);
    assert_eq!(case.told("2024-12-31"), "J3590 unclassified - 2024-12-31");
    let c_code = weighed(C9998, Verdict::Unsure("give the suffix".to_owned()));
    let mut interim = Case::new(Outcome {
        unsure: vec![c_code],
        ..Outcome::default()
    });
    assert_eq!(interim.told("2024-08-01"), "J3590 unclassified - -");
    interim.setting = Setting::Opps;
    assert_eq!(interim.on(date("2024-08-01")).status, Status::Undecided);
    let two = Case::new(Outcome {
        same: vec![
            same(Q5152),
            same("J1299 2025-04-01 - Injection, eculizumab, 2 mg"),
        ],
        ..Outcome::default()
    });
    assert_eq!(two.told("2025-05-01"), "- undecided 2025-04-01 -");
}

#[test]
fn what_the_data_cannot_tell_is_unknown_and_the_future_not_yet_sure() {
    let case = Case::new(bkemv());
    let before = case.on(date("2014-12-30"));
    assert_eq!(
        (before.code, before.certainty, before.valid_to),
        (None, Certainty::Unknown, None)
    );
    assert!(before.reason.starts_with("Unknown: "), "{}", before.reason);
    assert_eq!(case.on(date("2014-12-31")).certainty, Certainty::Known);
    assert!(
        case.on(date("2020-01-01"))
            .reason
            .contains("oldest HCPCS file held is of 2023Q1")
    );
    assert_eq!(case.on(date("2025-09-30")).certainty, Certainty::Known);
    let after = case.on(date("2025-10-01"));
    assert_eq!(after.certainty, Certainty::NotYetKnown);
    assert!(
        after.reason.contains("not yet known for sure"),
        "{}",
        after.reason
    );
    let nothing = Case {
        reach: None,
        ..Case::new(Outcome::default())
    };
    assert_eq!(nothing.on(date("2025-01-01")).certainty, Certainty::Unknown);
    // A code says itself when it began, however long ago.
    let old = Case::new(Outcome {
        same: vec![same("J9035 2005-01-01 - Injection, bevacizumab, 10 mg")],
        ..Outcome::default()
    });
    assert_eq!(old.told("2006-01-01"), "J9035 permanent 2005-01-01 -");
}

#[test]
fn a_pin_holds_until_it_is_reviewed_and_goes_before_a_date() {
    let pin = PayerTerms::Pin(HcpcsCode::UNCLASSIFIED_BIOLOGICS);
    let lag = rule(Some(DrugId(1)), PayerTerms::CodeFrom(date("2025-06-01")), None);
    let case = Case {
        rules: vec![rule(Some(DrugId(1)), pin, Some("2025-07-31")), lag],
        ..Case::new(bkemv())
    };
    assert_eq!(case.told("2025-07-01"), "J3590 pinned - -");
    let reason = case.on(date("2025-07-01")).reason;
    for words in [
        "CMS has Q5152",
        "REVIEW OVERDUE since 2025-07-31",
        "bulletin 612",
        "Pat",
    ] {
        assert!(reason.contains(words), "{words}: {reason}");
    }
}

#[test]
fn a_payer_that_lags_stays_on_what_was_billed_before() {
    let own_date = |drug, day: &str| Case {
        rules: vec![rule(drug, PayerTerms::CodeFrom(date(day)), None)],
        ..Case::new(bkemv())
    };
    let own = own_date(Some(DrugId(1)), "2025-06-01");
    for (dos, told) in [
        ("2024-12-31", "J3590 unclassified - 2024-12-31"),
        ("2025-03-31", "Q5139 permanent 2025-01-01 2025-03-31"),
        ("2025-04-01", "Q5139 pinned 2025-04-01 2025-05-31"),
        ("2025-05-31", "Q5139 pinned 2025-04-01 2025-05-31"),
        ("2025-06-01", "Q5152 permanent 2025-06-01 -"),
    ] {
        assert_eq!(own.told(dos), told, "{dos}");
    }
    let first = own_date(None, "2025-02-01");
    assert_eq!(first.told("2025-01-31"), "J3590 pinned 2025-01-01 2025-01-31");
    assert_eq!(first.told("2025-02-01"), "Q5139 permanent 2025-02-01 2025-03-31");
    // A date for every drug says nothing of codes the payer has long taken; one for the drug does.
    assert_eq!(
        own_date(None, "2026-06-01").told("2025-05-01"),
        "Q5152 permanent 2025-04-01 -"
    );
    assert_eq!(
        own_date(Some(DrugId(1)), "2026-06-01").told("2025-05-01"),
        "Q5139 pinned 2025-04-01 2026-05-31"
    );
    // A date before the code began changes nothing.
    assert_eq!(
        own_date(None, "2024-06-01").told("2025-01-01"),
        "Q5139 permanent 2025-01-01 2025-03-31"
    );
}

#[test]
fn codes_that_ended_before_the_listing_come_back_only_on_firm_grounds() {
    let ended = |line: &str| {
        weighed(
            line,
            Verdict::Different("ended before the drug was listed".to_owned()),
        )
    };
    let j1300 = "J1300 2008-01-01 2025-03-31 Injection, eculizumab, 10 mg";
    let j1299 = "J1299 2025-04-01 - Injection, eculizumab, 2 mg";
    let then = |weighed: Weighed| {
        move |_day| Outcome {
            same: vec![weighed.clone()],
            ..Outcome::default()
        }
    };
    let listed = |own: &str, past: &str| Outcome {
        same: vec![same(own)],
        near_misses: vec![ended(past)],
        ..Outcome::default()
    };
    let codes = |outcome: &Outcome| -> Vec<String> {
        outcome
            .same
            .iter()
            .map(|one| one.published.period.code.to_string())
            .collect()
    };
    let first_seen = date("2025-06-01");
    // Full name with its suffix; a bare name that leads to the code in force.
    let bkemv = with_the_past(listed(Q5152, Q5139), first_seen, then(same(Q5139)));
    assert_eq!(codes(&bkemv), ["Q5139", "Q5152"]);
    let soliris = with_the_past(listed(j1299, j1300), first_seen, then(same(j1300)));
    assert_eq!(codes(&soliris), ["J1300", "J1299"]);
    // A bare name that leads nowhere is a question.
    let alone = Outcome {
        near_misses: vec![ended(j1300)],
        ..Outcome::default()
    };
    let asked = with_the_past(alone.clone(), first_seen, then(same(j1300)));
    assert_eq!((codes(&asked), asked.unsure.len()), (Vec::new(), 1));
    // What still differs stays out, and so does what ended after the listing.
    let other = with_the_past(alone.clone(), first_seen, |_day| alone.clone());
    assert_eq!((other.same.len(), other.unsure.len()), (0, 0));
    let later = with_the_past(alone, date("2025-01-01"), then(same(j1300)));
    assert_eq!(later.same.len(), 0);
}

fn said(quarter: &str, descriptor: &str, added: &str) -> Publication {
    Publication {
        release: Release {
            id: ReleaseId(1),
            source: Source::Hcpcs,
            quarter: quarter.parse().unwrap(),
            revision: 1,
            sha256: Sha256::of(quarter.as_bytes()),
            member: "m.txt".into(),
        },
        line: 1,
        action: Some(Action::None),
        record: Arc::new(HcpcsRecord {
            code: "Q4225".parse().unwrap(),
            long_description: descriptor.to_owned(),
            short_description: String::new(),
            cross_references: Vec::new(),
            coverage: String::new(),
            add_date: Some(date(added)),
            action_effective_date: None,
            termination_date: None,
            action: None,
        }),
    }
}

#[test]
fn a_code_is_described_as_it_was_on_the_date() {
    let period = CodePeriod {
        code: "Q4225".parse().unwrap(),
        valid_from: date("2023-07-06"),
        valid_to: None,
    };
    let told = [
        said("2023Q4", "x, 10 mg", "2023-07-06"),
        said("2024Q1", "x, 10 mg", "2023-07-06"),
        said("2024Q2", "x, 1 mg", "2023-07-06"),
    ];
    for (dos, descriptor) in [
        ("2023-07-06", "x, 10 mg"),
        ("2024-03-31", "x, 10 mg"),
        ("2024-04-01", "x, 1 mg"),
        ("2030-01-01", "x, 1 mg"),
    ] {
        let found = described_on(&told, &period, date(dos)).unwrap();
        assert_eq!(found.record.long_description, descriptor, "{dos}");
    }
    assert_eq!(described_on(&[], &period, date("2024-01-01")), None);
}

#[test]
fn money_is_limit_times_units_and_a_missing_limit_is_not_zero() {
    let dose: Dose = "155 mg".parse().unwrap();
    let quarter: Quarter = "2025Q1".parse().unwrap();
    let limit = "224.159".parse().unwrap();
    let descriptor = Some("Injection, eculizumab, 10 mg");
    let priced = bill(
        descriptor,
        Some(&dose),
        Some((quarter, QuarterPrice::Limit(limit))),
    );
    assert_eq!(priced.units, Some(16));
    assert_eq!(
        priced.arithmetic.as_deref(),
        Some("155 mg / 10 mg = 15.5, rounded up to 16 units")
    );
    assert_eq!(priced.price.as_deref(), Some("16 x $224.159 = $3586.54 (2025Q1)"));
    let none = bill(descriptor, Some(&dose), Some((quarter, QuarterPrice::NoLimit)));
    assert_eq!((none.limit, none.allowed), (None, None));
    assert!(none.price.unwrap().starts_with("none this quarter (2025Q1)"));
    let unheld = bill(descriptor, None, Some((quarter, QuarterPrice::NotHeld)));
    assert!(unheld.price.unwrap().contains("are not held"));
    let volume: Dose = "2 ml".parse().unwrap();
    let apart = bill(descriptor, Some(&volume), None);
    assert!(apart.units.is_none() && apart.arithmetic.unwrap().contains("cannot be compared"));
    assert!(
        bill(None, Some(&dose), None)
            .arithmetic
            .unwrap()
            .contains("155 mg is not converted")
    );
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0_u64..6000).prop_map(|days| date("2013-01-01") + Days::new(days))
}

proptest! {
    #[test]
    fn the_answer_is_the_same_on_every_day_of_its_span(
        spans in proptest::collection::vec((day(), proptest::option::of(0_u64..900), 0_u8..4), 0..5),
        dos in day(),
        other in day(),
        own_date in proptest::option::of(day()),
        opps in any::<bool>(),
    ) {
        let mut outcome = Outcome::default();
        for (place, (from, length, kind)) in spans.into_iter().enumerate() {
            let to = length.map_or_else(|| "-".to_owned(), |days| (from + Days::new(days)).to_string());
            let letter = if kind == 2 { 'C' } else { 'J' };
            let one = weighed(&format!("{letter}{:04} {from} {to} Injection, x, 1 mg", 1000 + place), Verdict::Same(MatchKind::Ndc));
            match kind {
                0 | 1 => outcome.same.push(one),
                2 => outcome.interim.push(one),
                _ => outcome.unsure.push(one),
            }
        }
        outcome.same.sort_by_key(|one| one.published.period.valid_from);
        let case = Case {
            setting: if opps { Setting::Opps } else { Setting::Office },
            rules: own_date.map(|day| rule(Some(DrugId(1)), PayerTerms::CodeFrom(day), None)).into_iter().collect(),
            ..Case::new(outcome)
        };
        let answer = case.on(dos);
        let key = |answer: &Answer| (answer.code, answer.status, answer.valid_from, answer.valid_to, answer.candidates.clone());
        prop_assert!(answer.valid_from.is_none_or(|from| from <= dos));
        prop_assert!(answer.valid_to.is_none_or(|to| dos <= to));
        // No first day means that it is not known: the span goes back as far as the data held can tell.
        let is_after_start = answer.valid_from.unwrap_or(reach().from.min(dos)) <= other;
        let is_inside = is_after_start && answer.valid_to.is_none_or(|to| other <= to);
        let is_unknown = |answer: &Answer| answer.certainty == Certainty::Unknown;
        let there = case.on(other);
        if is_inside && !is_unknown(&answer) && !is_unknown(&there) {
            prop_assert_eq!(key(&there), key(&answer));
        }
    }

    #[test]
    fn units_are_never_less_than_the_dose(dose in 1_u64..1_000_000, unit in 1_u64..10_000) {
        let given: Dose = format!("{}.{:02} mg", dose / 100, dose % 100).parse().unwrap();
        let billing = bill(Some(&format!("Injection, x, {unit} mg")), Some(&given), None);
        let units = billing.units.unwrap();
        prop_assert!(units * unit * 100 >= dose);
        prop_assert!((units - 1) * unit * 100 < dose);
    }
}

mod unseen;
