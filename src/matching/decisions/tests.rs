use super::*;
use crate::matching::samples::{date, published as period, weighed};

fn said(word: Word, code: &str, valid_from: &str) -> PersonDecision {
    PersonDecision {
        code: code.parse().unwrap(),
        valid_from: date(valid_from),
        word,
        by: "Pat".to_owned(),
        on: date("2025-02-01"),
        at: "2025-02-01T09:00:00Z".parse().unwrap(),
        note: Some("read the label".to_owned()),
    }
}

fn unsure(line: &str) -> Weighed {
    weighed(line, Verdict::Unsure("give the suffix".to_owned()))
}

fn codes(list: &[Weighed]) -> Vec<String> {
    list.iter()
        .map(|one| one.published.period.code.to_string())
        .collect()
}

const J1300: &str = "J1300 2008-01-01 2025-03-31 Injection, eculizumab, 10 mg";
const J1299: &str = "J1299 2025-04-01 - Injection, eculizumab, 2 mg";
const Q5139: &str = "Q5139 2025-01-01 2025-03-31 Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg";
const Q5152: &str = "Q5152 2025-04-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg";

fn published() -> Vec<PublishedPeriod> {
    [J1300, J1299, Q5139, Q5152].map(period).into()
}

#[test]
fn a_confirmed_code_is_the_products_and_so_is_the_one_that_follows_it() {
    let rules = Outcome {
        unsure: vec![unsure(J1300), unsure(Q5139)],
        ..Outcome::default()
    };
    let outcome = rules.with_decisions(&[said(Word::Confirmed, "J1300", "2008-01-01")], &published());
    assert_eq!(codes(&outcome.same), ["J1300", "J1299"]);
    assert_eq!(outcome.same[0].verdict, Verdict::Same(MatchKind::Person));
    assert_eq!(outcome.same[1].verdict, Verdict::Same(MatchKind::Successor));
    // The other candidate for the same days is settled by the word.
    assert_eq!(codes(&outcome.unsure), Vec::<String>::new());
    assert_eq!(
        outcome.near_misses[0].verdict,
        Verdict::Different("a person confirmed J1300 for these dates of service".to_owned())
    );
    let word = outcome.word_on(&outcome.same[0].published.period).unwrap();
    assert_eq!(word.describe(), "Pat confirmed it on 2025-02-01 (read the label)");
    assert_eq!(outcome.word_on(&outcome.same[1].published.period), None);
}

#[test]
fn a_rejected_code_is_a_look_alike_whatever_the_rules_say() {
    let reject = [said(Word::Rejected, "J1299", "2025-04-01")];
    for list in ["same", "unsure", "none"] {
        let mut rules = Outcome::default();
        match list {
            "same" => rules.same.push(weighed(J1299, Verdict::Same(MatchKind::Brand))),
            "unsure" => rules.unsure.push(unsure(J1299)),
            _ => {}
        }
        let outcome = rules.with_decisions(&reject, &published());
        assert!(outcome.same.is_empty() && outcome.unsure.is_empty(), "{list}");
        assert_eq!(
            outcome.near_misses[0].verdict,
            Verdict::Different("Pat rejected it on 2025-02-01 (read the label)".to_owned())
        );
    }
    // And it does not follow a confirmed one.
    let both = [said(Word::Confirmed, "J1300", "2008-01-01"), reject[0].clone()];
    let outcome = Outcome::default().with_decisions(&both, &published());
    assert_eq!(codes(&outcome.same), ["J1300"]);
}

#[test]
fn a_rule_does_not_overrule_a_person_but_asks_again() {
    let rules = Outcome {
        same: vec![weighed(Q5152, Verdict::Same(MatchKind::BrandAndName))],
        ..Outcome::default()
    };
    let outcome = rules.with_decisions(&[said(Word::Confirmed, "J1299", "2025-04-01")], &published());
    assert_eq!(codes(&outcome.same), ["J1299"]);
    assert_eq!(codes(&outcome.unsure), ["Q5152"]);
    assert!(
        matches!(&outcome.unsure[0].verdict, Verdict::Unsure(question) if question.contains("confirmed J1299"))
    );
}

#[test]
fn codes_for_other_days_stay_what_they_were() {
    let rules = Outcome {
        unsure: vec![unsure(Q5139)],
        ..Outcome::default()
    };
    let outcome = rules.with_decisions(&[said(Word::Confirmed, "J1299", "2025-04-01")], &published());
    assert_eq!(codes(&outcome.unsure), ["Q5139"]);
}

#[test]
fn a_word_follows_a_code_whose_first_day_cms_moves_but_no_other_period_of_it() {
    let confirm = [said(Word::Confirmed, "J9063", "2023-07-01")];
    let moved = [period(
        "J9063 2023-08-01 - Injection, mirvetuximab soravtansine-gynx, 1 mg",
    )];
    let outcome = Outcome::default().with_decisions(&confirm, &moved);
    assert_eq!(codes(&outcome.same), ["J9063"]);
    assert!(outcome.word_on(&moved[0].period).is_some());

    let reused = said(Word::Confirmed, "J9380", "2023-07-01");
    let vincristine = period("J9380 1986-01-01 2010-12-31 Vincristine sulfate, 5 mg");
    let mut teclistamab = period("J9380 2023-07-01 - Injection, teclistamab-cqyv, 0.5 mg");
    let outcome =
        Outcome::default().with_decisions(std::slice::from_ref(&reused), std::slice::from_ref(&vincristine));
    assert!(outcome.same.is_empty());
    teclistamab.standing = Standing::Withdrawn;
    let outcome = Outcome::default().with_decisions(&[reused], &[vincristine, teclistamab]);
    assert!(outcome.same.is_empty(), "a code that CMS took back is nobody's");
}

#[test]
fn several_codes_that_follow_are_a_question() {
    let mut split = published();
    split.push(period("J1298 2025-04-01 - Injection, eculizumab, 5 mg"));
    let outcome = Outcome::default().with_decisions(&[said(Word::Confirmed, "J1300", "2008-01-01")], &split);
    assert_eq!(codes(&outcome.same), ["J1300"]);
    assert_eq!(codes(&outcome.unsure), ["J1299", "J1298"]);
}

#[test]
fn an_interim_code_is_confirmed_as_such() {
    let c9161 = period("C9161 2024-01-01 2024-03-31 Injection, aflibercept hd, 1 mg");
    let outcome =
        Outcome::default().with_decisions(&[said(Word::Confirmed, "C9161", "2024-01-01")], &[c9161]);
    assert_eq!(
        (outcome.same.len(), codes(&outcome.interim)),
        (0, vec!["C9161".to_owned()])
    );
}
