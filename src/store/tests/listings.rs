use super::{change, code, count, date, fresh, posting, quarter, table};
use crate::cms::asp_pricing::PricingRow;
use crate::cms::ndc_crosswalk::CrosswalkRow;
use crate::cms::noc::{NocCrosswalkRow, NocPricingRow};
use crate::cms::purple_book::PurpleBookProduct;
use crate::domain::source::Source;
use crate::store::Store;
use crate::store::releases::{Contents, OldBytes};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn crosswalk(ndc: &str, name: &str, drug: &str) -> CrosswalkRow {
    CrosswalkRow {
        code: code(name),
        short_description: "Inj".to_owned(),
        labeler: "TG".to_owned(),
        ndc: ndc.parse().unwrap(),
        drug_name: drug.to_owned(),
        dosage: "1 MG".to_owned(),
        bill_units: Some("150.50".parse().unwrap()),
        package_quantity: None,
    }
}

fn load_crosswalk(store: &mut Store, quarter_name: &str, bytes: &str, rows: Vec<CrosswalkRow>) {
    let rows = table(rows);
    change(store, |transaction| {
        let new = posting(Source::NdcCrosswalk, quarter_name, bytes);
        transaction
            .load_release(&new, &[Contents::Crosswalk(&rows)], OldBytes::Reinstate)
            .unwrap()
    });
}

#[test]
fn crosswalk_pairs_know_their_first_and_newest_quarter() {
    let (_folder, mut store) = fresh();
    let briumvi = |drug| crosswalk("73150-0150-06", "J2329", drug);
    load_crosswalk(
        &mut store,
        "2023Q4",
        "1",
        vec![briumvi("Briumvi"), briumvi("again")],
    );
    load_crosswalk(
        &mut store,
        "2024Q1",
        "2",
        vec![briumvi("BRIUMVI"), crosswalk("73150-0150-06", "J0001", "x")],
    );
    let pairs = store.crosswalk_pairs().unwrap();
    let seen = |place: usize| {
        let pair = &pairs[place];
        (
            pair.drug_name.clone(),
            pair.first.to_string(),
            pair.newest.quarter.to_string(),
        )
    };
    assert_eq!(seen(0), ("x".into(), "2024Q1".into(), "2024Q1".into()));
    assert_eq!(seen(1), ("BRIUMVI".into(), "2023Q4".into(), "2024Q1".into()));
    assert_eq!((pairs[1].ndc, pairs[1].code), {
        let row = briumvi("");
        (row.ndc, row.code)
    });
    assert_eq!((pairs[1].newest.quarter, pairs[1].line), (quarter("2024Q1"), 11));
    let text = pairs[1].evidence().text;
    assert!(text.starts_with("73150-0150-06 J2329 BRIUMVI, "), "{text}");

    // A re-posting without the pair and an older quarter: what is in force counts.
    load_crosswalk(&mut store, "2024Q1", "3", vec![briumvi("Briumvi")]);
    load_crosswalk(&mut store, "2023Q3", "4", vec![briumvi("Briumvi")]);
    let pairs = store.crosswalk_pairs().unwrap();
    assert_eq!(pairs.len(), 1);
    assert_eq!(pairs[0].first, quarter("2023Q3"));
    assert_eq!(
        (pairs[0].newest.quarter, pairs[0].newest.revision),
        (quarter("2024Q1"), 2)
    );
}

#[test]
fn a_crosswalk_row_that_is_listed_twice_counts_where_it_stands_first() {
    let (_folder, mut store) = fresh();
    let briumvi = |drug| crosswalk("73150-0150-06", "J2329", drug);
    let place = |store: &Store| {
        let pairs = store.crosswalk_pairs().unwrap();
        assert_eq!(pairs.len(), 1);
        let newest = (pairs[0].newest.quarter.to_string(), pairs[0].line);
        (pairs[0].drug_name.to_string(), pairs[0].first.to_string(), newest)
    };
    let rows = || vec![briumvi("Briumvi"), briumvi("again"), briumvi("Briumvi")];
    load_crosswalk(&mut store, "2023Q4", "1", rows());
    let first = (
        "Briumvi".to_owned(),
        "2023Q4".to_owned(),
        ("2023Q4".to_owned(), 11),
    );
    assert_eq!(place(&store), first);
    // In the next quarter, and where all is worked out anew because a quarter is posted again.
    load_crosswalk(
        &mut store,
        "2024Q1",
        "2",
        vec![briumvi("again"), briumvi("Briumvi"), briumvi("again")],
    );
    let next = ("again".to_owned(), "2023Q4".to_owned(), ("2024Q1".to_owned(), 11));
    assert_eq!(place(&store), next);
    load_crosswalk(&mut store, "2023Q4", "3", rows());
    assert_eq!(place(&store), next);
    // No row of the posting that was replaced is left.
    load_crosswalk(&mut store, "2024Q1", "4", vec![briumvi("BRIUMVI")]);
    load_crosswalk(&mut store, "2023Q4", "5", vec![briumvi("BRIUMVI")]);
    let last = (
        "BRIUMVI".to_owned(),
        "2023Q4".to_owned(),
        ("2024Q1".to_owned(), 11),
    );
    assert_eq!(place(&store), last);
    assert_eq!(
        count(&store.connection, "crosswalk_row"),
        3,
        "each content is kept once"
    );
    for sql in [
        "UPDATE crosswalk_row SET drug_name = 'x'",
        "DELETE FROM crosswalk_row",
    ] {
        let error = store.connection.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

/// Postings of crosswalks: the quarter and, line by line, which pair is listed with which name.
fn postings() -> impl Strategy<Value = Vec<(u8, Vec<(u8, u8)>)>> {
    let lines = prop::collection::vec((0..3_u8, 0..3_u8), 1..6);
    prop::collection::vec((1..=4_u8, lines), 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn in_whatever_order_crosswalks_are_posted_the_newest_in_force_speak(postings in postings()) {
        let (_folder, mut store) = fresh();
        let mut in_force: BTreeMap<u8, Vec<(u8, u8)>> = BTreeMap::new();
        for (number, (quarter, lines)) in postings.into_iter().enumerate() {
            let row = |&(pair, name): &(u8, u8)| {
                crosswalk("73150-0150-06", ["J0001", "J0002", "J0003"][usize::from(pair)], &format!("name {name}"))
            };
            let name = format!("2023Q{quarter}");
            load_crosswalk(&mut store, &name, &format!("{number}"), lines.iter().map(row).collect());
            in_force.insert(quarter, lines);
            let expected: Vec<String> = (0..3_u8)
                .filter_map(|pair| {
                    let listing = |lines: &Vec<(u8, u8)>| lines.iter().position(|line| line.0 == pair);
                    let mut quarters = in_force.iter().filter(|(_, lines)| listing(lines).is_some());
                    let first = quarters.clone().next()?.0;
                    let (newest, lines) = quarters.next_back()?;
                    let line = listing(lines)?;
                    let name = lines[line].1;
                    Some(format!("J000{} name {name} 2023Q{first} 2023Q{newest} {}", pair + 1, 11 + line))
                })
                .collect();
            let pairs = store.crosswalk_pairs().unwrap();
            let read: Vec<String> = pairs
                .iter()
                .map(|pair| {
                    let (name, newest) = (&pair.drug_name, pair.newest.quarter);
                    format!("{} {name} {} {newest} {}", pair.code, pair.first, pair.line)
                })
                .collect();
            prop_assert_eq!(read, expected);
        }
    }
}

#[test]
fn a_missing_payment_limit_is_none_this_quarter() {
    let (_folder, mut store) = fresh();
    let row = |limit: Option<&str>| PricingRow {
        code: code("J2329"),
        short_description: "Inj ublituximab".to_owned(),
        dosage: "1 MG".to_owned(),
        payment_limit: limit.map(|limit| limit.parse().unwrap()),
        notes: String::new(),
    };
    for (name, rows) in [
        ("2023Q4", vec![row(Some("57.900"))]),
        ("2024Q1", vec![row(None)]),
        ("2024Q2", vec![]),
    ] {
        let rows = table(rows);
        change(&mut store, |transaction| {
            let new = posting(Source::AspPricing, name, name);
            transaction
                .load_release(&new, &[Contents::Pricing(&rows)], OldBytes::Reinstate)
                .unwrap()
        });
    }
    let limit = |name: &str| store.payment_limit(code("J2329"), quarter(name)).unwrap();
    let october = limit("2023Q4").unwrap();
    assert_eq!(october.limit.limit.unwrap().to_string(), "57.900");
    assert_eq!(
        (october.evidence.line, october.evidence.source),
        (11, Source::AspPricing)
    );
    assert_eq!(limit("2024Q1").unwrap().limit.limit, None);
    assert!(limit("2024Q2").is_none() && limit("2024Q3").is_none());
}

#[test]
fn the_purple_book_is_replaced_as_a_whole_and_has_no_quarter() {
    let (_folder, mut store) = fresh();
    let product = |brand: &str| PurpleBookProduct {
        brands: vec![brand.to_owned(), "Other, Name".to_owned()],
        proper_name: "ublituximab-xiiy".to_owned(),
        route: "intravenous".to_owned(),
        applicant: "TG".to_owned(),
        bla_number: "761238".to_owned(),
        bla_type: "351(a)".to_owned(),
        approved_on: Some(date("2022-12-28")),
        first_licensed_on: None,
        reference_proper_name: None,
        marketing_status: "Rx".to_owned(),
    };
    for (name, bytes) in [("2023Q2", "1"), ("2023Q3", "1"), ("2023Q4", "2")] {
        let rows = table(vec![product(bytes)]);
        change(&mut store, |transaction| {
            let new = posting(Source::PurpleBook, name, bytes);
            transaction
                .load_release(&new, &[Contents::PurpleBook(&rows)], OldBytes::Reinstate)
                .unwrap()
        });
    }
    assert_eq!(store.releases(Source::PurpleBook).unwrap().len(), 2);
    let listed = store.purple_book().unwrap();
    assert_eq!((listed.len(), &listed[0].product), (1, &product("2")));
    assert_eq!(listed[0].evidence.quarter, None);
}

#[test]
fn both_noc_tables_of_a_file_are_one_release() {
    let (_folder, mut store) = fresh();
    let price = NocPricingRow {
        drug_name: "Ublituximab-xiiy (Briumvi)".to_owned(),
        dosage: "1 mg".to_owned(),
        payment_limit: Some("57.904".parse().unwrap()),
        notes: String::new(),
    };
    let product = NocCrosswalkRow {
        generic_name: "Ublituximab-xiiy".to_owned(),
        labeler: "TG".to_owned(),
        ndc: "73150-0150-06".parse().unwrap(),
        drug_name: "Briumvi".to_owned(),
        dosage: "1 mg".to_owned(),
    };
    let (prices, products) = (table(vec![price.clone()]), table(vec![product.clone()]));
    let loading = change(&mut store, |transaction| {
        let new = posting(Source::Noc, "2023Q2", "A");
        let tables = [Contents::NocPricing(&prices), Contents::NocCrosswalk(&products)];
        transaction
            .load_release(&new, &tables, OldBytes::Reinstate)
            .unwrap()
    });
    let id = loading.release().id;
    assert_eq!(store.noc_prices(id).unwrap()[0].row, price);
    assert_eq!(store.noc_products(id).unwrap()[0].row, product);
    assert_eq!(store.held_releases().unwrap()[0].rows, 2);
}
