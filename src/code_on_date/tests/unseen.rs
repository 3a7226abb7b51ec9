//! Where no code is found: what that proves, and what it does not.

use super::{Case, bkemv};
use crate::code_on_date::{Certainty, Status};
use crate::matching::decisions::{PersonDecision, Word};
use crate::matching::samples::{date, weighed};
use crate::matching::{Outcome, Verdict};

#[test]
fn a_drug_that_cannot_be_looked_up_is_not_said_to_have_no_code() {
    let unseen = Case::new(Outcome {
        blind_spot: Some("the brand stands in no file held: give the proper name".to_owned()),
        ..Outcome::default()
    });
    let answer = unseen.on(date("2025-05-01"));
    assert_eq!(
        (answer.code, answer.status, answer.certainty),
        (None, Status::Undecided, Certainty::Unknown)
    );
    assert_eq!(
        answer.reason,
        "Unknown: Bkemv cannot be looked up, as the brand stands in no file held: give the proper name."
    );
    // What a person or another file knows of it goes before.
    let known = Case::new(Outcome {
        blind_spot: unseen.outcome.blind_spot,
        ..bkemv()
    });
    assert_eq!(known.told("2025-05-01"), "Q5152 permanent 2025-04-01 -");
}

#[test]
fn a_code_that_a_person_rejected_is_not_passed_over_in_silence() {
    let q5152 = "Q5152 2025-04-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg";
    let rejected = PersonDecision {
        code: "Q5152".parse().unwrap(),
        valid_from: date("2025-04-01"),
        word: Word::Rejected,
        by: "Pat".to_owned(),
        on: date("2025-05-02"),
        at: "2025-05-02T09:00:00Z".parse().unwrap(),
        note: None,
    };
    let case = Case::new(Outcome {
        near_misses: vec![weighed(q5152, Verdict::Different("a person's word".to_owned()))],
        decisions: vec![rejected],
        ..Outcome::default()
    });
    assert_eq!(
        case.on(date("2025-05-01")).reason,
        "No code of its own is published for Bkemv in the HCPCS files held, other than Q5152, as Pat rejected it on \
         2025-05-02, so it stays under J3590."
    );
    let before = case.on(date("2025-03-01")).reason;
    assert!(!before.contains("Q5152"), "{before}");
}
