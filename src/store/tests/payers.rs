use super::{change, code, date, dump, entry, fresh};
use crate::domain::payer::{NewPayerRule, PayerRuleId, PayerTerms};
use crate::store::payers::Kept;

fn rule(payer: &str, terms: PayerTerms) -> NewPayerRule {
    NewPayerRule {
        payer: payer.parse().unwrap(),
        drug: None,
        terms,
        review_on: Some(date("2024-01-31")),
        reason: "takes codes late".to_owned(),
        source: "bulletin 612".to_owned(),
        by: "Pat".to_owned(),
    }
}

#[test]
fn a_later_rule_takes_the_place_of_the_earlier_which_stays_in_the_book() {
    let (_folder, mut store) = fresh();
    let first = rule("Medi-Cal", PayerTerms::CodeFrom(date("2023-11-01")));
    let id = change(&mut store, |it| it.keep_payer_rule(&first).unwrap());
    assert_eq!(id, Kept::New(PayerRuleId(1)));
    let once = dump(&store);
    let again = change(&mut store, |it| it.keep_payer_rule(&first).unwrap());
    assert_eq!((again, dump(&store)), (Kept::Same(PayerRuleId(1)), once));
    let later = rule("medi cal", PayerTerms::CodeFrom(date("2023-12-01")));
    let kept = change(&mut store, |it| it.keep_payer_rule(&later).unwrap());
    assert_eq!(kept, Kept::InPlaceOf(PayerRuleId(2), PayerRuleId(1)));
    let rules = store.payer_rules().unwrap();
    assert_eq!(rules.len(), 2);
    assert_eq!(
        rules[0].ended.as_ref().unwrap().reason,
        "a later rule took its place"
    );
    assert_eq!(rules[1].written, later);
    assert_eq!(store.payer_rules_of(&later.payer).unwrap(), rules[1..]);
    store.verify_events(None).unwrap();
}

#[test]
fn rules_are_found_by_drug_and_by_review_date_until_they_end() {
    let (_folder, mut store) = fresh();
    let (drug, pin) = change(&mut store, |it| {
        let drug = it.add_drug(&entry("Avastin"), date("2023-06-20")).unwrap();
        let pin = NewPayerRule {
            drug: Some(drug),
            ..rule("BCBS of Michigan", PayerTerms::Pin(code("J3590")))
        };
        it.keep_payer_rule(&pin).unwrap();
        (drug, pin)
    });
    assert_eq!(store.payer_rules_for(drug).unwrap()[0].written, pin);
    assert!(
        store
            .payer_rules_to_review(date("2024-01-31"))
            .unwrap()
            .is_empty()
    );
    assert_eq!(store.payer_rules_to_review(date("2024-02-01")).unwrap().len(), 1);
    let end = |it: &crate::store::Transaction<'_>| {
        it.end_payer_rule(PayerRuleId(1), "Pat", "takes J9035 now")
            .unwrap()
    };
    assert!(change(&mut store, end));
    assert!(!change(&mut store, end));
    assert!(store.payer_rules_for(drug).unwrap().is_empty());
    let changed = store
        .connection
        .execute("UPDATE payer_rule SET reason = 'other'", [])
        .unwrap_err();
    assert!(changed.to_string().contains("never changed"), "{changed}");
    assert!(store.connection.execute("DELETE FROM payer_rule", []).is_err());
}
