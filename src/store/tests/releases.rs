use super::{change, code, codes, count, date, dump, fresh, load, now, posting, quarter, record, table};
use crate::code_history::Publication;
use crate::domain::period::{CodePeriod, PublishedPeriod, Standing};
use crate::domain::source::{Sha256, Source};
use crate::matching::index::{DRUG_FAMILIES, is_drug_family};
use crate::store::refusals::{Refusal, Refused};
use crate::store::releases::{Contents, Loading, OldBytes};
use crate::store::{Reader, Store, StoreError};

#[test]
fn loading_twice_is_loading_once() {
    let (_folder, mut store) = fresh();
    let records = [record("J2329", "Injection, ublituximab-xiiy, 1mg", "2023-07-01")];
    assert!(matches!(
        load(&mut store, "2023Q3", "A", &records),
        Loading::Loaded(_)
    ));
    let once = dump(&store);
    assert!(matches!(
        load(&mut store, "2023Q3", "A", &records),
        Loading::Unchanged(_)
    ));
    assert_eq!(dump(&store), once);
    let rows = store.release_rows(&store.hcpcs_releases().unwrap()[0]).unwrap();
    assert_eq!((rows[0].line, &rows[0].row), (11, &records[0]));
}

#[test]
fn bytes_that_come_back_are_a_new_revision_unless_a_folder_keeps_them() {
    let (_folder, mut store) = fresh();
    let (a, b) = (
        record("J2329", "A", "2023-07-01"),
        record("J2329", "B", "2023-07-01"),
    );
    for (bytes, one) in [("A", &a), ("B", &b), ("A", &a)] {
        load(&mut store, "2023Q3", bytes, std::slice::from_ref(one));
    }
    let newest = store
        .newest_release(Source::Hcpcs, quarter("2023Q3"))
        .unwrap()
        .unwrap();
    assert_eq!((newest.revision, newest.sha256), (3, Sha256::of(b"A")));
    assert_eq!(store.every_revision(Source::Hcpcs).unwrap().len(), 3);
    assert_eq!(
        count(&store.connection, "hcpcs_record"),
        2,
        "each content is kept once"
    );
    assert_eq!(store.release_rows(&newest).unwrap()[0].row.long_description, "A");

    let before = dump(&store);
    let rows = table(vec![b]);
    let kept = change(&mut store, |transaction| {
        let new = posting(Source::Hcpcs, "2023Q3", "B");
        transaction
            .load_release(&new, &[Contents::Hcpcs(&rows)], OldBytes::Ignore)
            .unwrap()
    });
    assert!(matches!(kept, Loading::Unchanged(held) if held.revision == 2));
    assert_eq!(dump(&store), before);
}

#[test]
fn the_codes_a_release_touches_are_those_it_changes() {
    let (_folder, mut store) = fresh();
    let touched = |store: &Store, loading: Loading| store.codes_touched_by(loading.release().id).unwrap();
    let same = record("J0001", "same", "2020-01-01");
    let changed = |text| record("J0002", text, "2020-01-01");
    let gone = record("J0003", "gone", "2020-01-01");
    let new = record("J0004", "new", "2023-04-01");
    let first = load(
        &mut store,
        "2023Q1",
        "1",
        &[same.clone(), changed("a"), gone.clone()],
    );
    assert_eq!(touched(&store, first), codes(&["J0001", "J0002", "J0003"]));
    let second = load(
        &mut store,
        "2023Q3",
        "2",
        &[same.clone(), changed("b"), new.clone()],
    );
    assert_eq!(touched(&store, second), codes(&["J0002", "J0003", "J0004"]));
    // A quarter in between that says what the one before it said still differs from the one after it.
    let between = load(
        &mut store,
        "2023Q2",
        "3",
        &[same.clone(), changed("a"), gone.clone()],
    );
    assert_eq!(touched(&store, between), codes(&["J0002", "J0003", "J0004"]));
    // A re-posting that drops a code again.
    let repost = load(
        &mut store,
        "2023Q3",
        "4",
        &[same.clone(), changed("b"), gone.clone()],
    );
    assert_eq!(touched(&store, repost), codes(&["J0002", "J0003", "J0004"]));
    // What a release says it did counts even where nothing else differs.
    let mut again = same.clone();
    again.action = Some(crate::cms::hcpcs_file::Action::Reactivate);
    let acted = load(&mut store, "2023Q4", "5", &[again, changed("b"), gone.clone()]);
    assert_eq!(touched(&store, acted), codes(&["J0001"]));
    // An older quarter than all moves every first publication.
    let oldest = load(&mut store, "2022Q4", "6", &[same, changed("a"), gone]);
    assert_eq!(touched(&store, oldest), codes(&["J0001", "J0002", "J0003"]));
}

#[test]
fn periods_come_back_as_they_were_stored() {
    let (_folder, mut store) = fresh();
    let loading = load(&mut store, "2023Q3", "A", &[record("J2329", "x", "2023-07-01")]);
    let release = loading.release();
    let period = |from: &str, standing| PublishedPeriod {
        period: CodePeriod {
            code: code("J2329"),
            valid_from: date(from),
            valid_to: Some(date("2024-03-31")),
        },
        descriptor: "Injection, ublituximab-xiiy, 1mg".into(),
        cross_references: vec!["J0223".to_owned()],
        standing,
        first_published: release.evidence(8123, "Injection, ublituximab-xiiy, 1mg"),
        last_changed: release.evidence(9, "TERM DT 20240331"),
    };
    let periods = [
        period("2023-07-01", Standing::Withdrawn),
        period("2023-07-01", Standing::Published),
    ];
    change(&mut store, |transaction| {
        transaction
            .replace_periods([(code("J2329"), periods.to_vec())])
            .unwrap();
    });
    assert_eq!(store.periods().unwrap(), periods);
    change(&mut store, |transaction| {
        transaction
            .replace_periods([(code("J2329"), periods[1..].to_vec())])
            .unwrap();
    });
    assert_eq!(store.periods_of(code("J2329")).unwrap(), periods[1..]);

    let mut unknown = period("2023-07-01", Standing::Published);
    unknown.last_changed.revision = 9;
    let transaction = store.begin(now(), "run").unwrap();
    let error = transaction
        .replace_periods([(code("J2329"), vec![unknown])])
        .unwrap_err();
    assert!(matches!(error, StoreError::UnknownPosting(_)), "{error}");
}

#[test]
fn periods_within_ranges_are_those_of_the_codes_in_them() {
    let (_folder, mut store) = fresh();
    let loading = load(&mut store, "2023Q3", "A", &[record("J2329", "x", "2023-07-01")]);
    let release = loading.release();
    let codes = [
        "A1999", "A2000", "A2999", "A3000", "A4641", "A4643", "A9500", "A9900", "B4034", "C8957", "C9000",
        "C9499", "C9500", "G0008", "J0120", "J9999", "K0001", "P8999", "P9010", "P9200", "Q0137", "Q0138",
        "Q0300", "Q2999", "Q3027", "Q4073", "Q4074", "Q5000", "Q5098", "Q6000", "Q9950", "V5364",
    ];
    let period = |name: &str| PublishedPeriod {
        period: CodePeriod {
            code: code(name),
            valid_from: date("2023-07-01"),
            valid_to: None,
        },
        descriptor: name.into(),
        cross_references: Vec::new(),
        standing: Standing::Published,
        first_published: release.evidence(1, name),
        last_changed: release.evidence(1, name),
    };
    let by_code = codes.map(|name| (code(name), vec![period(name)]));
    change(&mut store, |transaction| {
        transaction.replace_periods(by_code).unwrap();
    });
    let every = store.periods().unwrap();
    assert_eq!(every.len(), codes.len());
    let of_drugs: Vec<_> = every
        .into_iter()
        .filter(|published| is_drug_family(published.period.code))
        .collect();
    assert_eq!(of_drugs.len(), 15);
    assert_eq!(store.periods_within(&DRUG_FAMILIES).unwrap(), of_drugs);
}

#[test]
fn what_is_read_at_once_is_of_one_state() {
    let (_folder, mut store) = fresh();
    load(&mut store, "2023Q3", "A", &[record("J2329", "x", "2023-07-01")]);
    let reader = Store::open_read_only(&store.path).unwrap();
    let count = |reader: &Reader| reader.hcpcs_releases().map(|releases| releases.len());
    let seen = reader.at_once(|| {
        let before = count(&reader)?;
        load(&mut store, "2023Q4", "B", &[record("J2329", "x", "2023-07-01")]);
        Ok::<_, StoreError>((before, count(&reader)?))
    });
    assert_eq!(seen.unwrap(), (1, 1));
    assert_eq!(count(&reader).unwrap(), 2);
}

#[test]
fn a_refused_file_leaves_the_last_good_release_and_is_settled_by_the_next() {
    let (_folder, mut store) = fresh();
    load(
        &mut store,
        "2023Q3",
        "good",
        &[record("J2329", "x", "2023-07-01")],
    );
    let refusal = Refusal {
        source: Source::Hcpcs,
        quarter: quarter("2023Q3"),
        sha256: Sha256::of(b"half"),
        origin: "https://www.cms.gov/files/zip/half.zip".to_owned(),
        code: "codes-missing".to_owned(),
        message: "half of the codes are gone".to_owned(),
    };
    let refuse = |store: &mut Store, day| change(store, |it| it.refuse(&refusal, date(day)).unwrap());
    assert_eq!(refuse(&mut store, "2023-06-20"), Refused::New);
    let once = dump(&store);
    assert_eq!(
        refuse(&mut store, "2023-06-20"),
        Refused::Again { resolved: false }
    );
    assert_eq!(dump(&store), once);
    refuse(&mut store, "2023-06-27");
    let open = store.open_refusals().unwrap();
    assert_eq!(
        (open[0].first_seen, open[0].last_seen),
        (date("2023-06-20"), date("2023-06-27"))
    );
    assert_eq!(store.hcpcs_releases().unwrap()[0].sha256, Sha256::of(b"good"));

    load(
        &mut store,
        "2023Q3",
        "better",
        &[record("J2329", "y", "2023-07-01")],
    );
    assert_eq!(store.open_refusals().unwrap(), []);
    assert!(store.refusals().unwrap()[0].resolved_by.is_some());
    assert_eq!(
        refuse(&mut store, "2023-06-28"),
        Refused::Again { resolved: true }
    );
    assert_eq!(store.open_refusals().unwrap(), []);
}

#[test]
fn rows_of_another_source_are_refused() {
    let (_folder, mut store) = fresh();
    let rows = table(vec![record("J2329", "x", "2023-07-01")]);
    let transaction = store.begin(now(), "run").unwrap();
    let new = posting(Source::Noc, "2023Q3", "A");
    let error = transaction
        .load_release(&new, &[Contents::Hcpcs(&rows)], OldBytes::Reinstate)
        .unwrap_err();
    assert!(matches!(error, StoreError::WrongContents { .. }), "{error}");
}

#[test]
fn status_shows_what_is_held_and_what_was_rejected() {
    let (_folder, mut store) = fresh();
    for bytes in ["A", "B"] {
        load(
            &mut store,
            "2023Q3",
            bytes,
            &[record("J2329", bytes, "2023-07-01")],
        );
    }
    let status = store.status(5, "2023-06-20".parse().unwrap()).unwrap();
    assert_eq!(status.releases.len(), 2);
    let held = &status.releases[1];
    assert_eq!((held.rows, held.rejected, held.fetched_at), (1, 1, now()));
    assert_eq!(held.left_out, [("modifier".to_owned(), 2)]);
    assert_eq!(status.rejected.len(), 1);
    assert_eq!(
        (status.rejected[0].0, &status.rejected[0].1),
        (1, &table::<()>(vec![]).rejected)
    );
    assert_eq!(store.last_from(&held.origin).unwrap().as_ref(), Some(held));
}

/// One period as the last posting has it.
fn periods_like(publications: &[Publication]) -> Vec<PublishedPeriod> {
    let last = publications.last().unwrap();
    let evidence = last
        .release
        .evidence(last.line, last.record.long_description.as_str());
    vec![PublishedPeriod {
        period: CodePeriod {
            code: last.record.code,
            valid_from: last.record.add_date.unwrap(),
            valid_to: None,
        },
        descriptor: last.record.long_description.as_str().into(),
        cross_references: Vec::new(),
        standing: Standing::Published,
        first_published: evidence.clone(),
        last_changed: evidence,
    }]
}

/// Prints what loading a quarter costs; asserts only what must hold on any machine.
#[test]
fn a_quarter_of_8500_records_loads() {
    let (_folder, mut store) = fresh();
    let records = |salt: usize| -> Vec<_> {
        (0..8_500)
            .map(|number| {
                let name = format!(
                    "{}{:04}",
                    char::from(b'A' + u8::try_from(number / 1_000).unwrap()),
                    number % 1_000
                );
                let text = if number % 40 == salt {
                    format!("{salt}")
                } else {
                    "Injection, monoclonal antibody, per milligram, long description as they come".repeat(2)
                };
                record(&name, &text, "2023-07-01")
            })
            .collect()
    };
    for (name, salt) in [("2023Q3", 41), ("2023Q4", 1), ("2024Q1", 2)] {
        let rows = records(salt);
        let start = std::time::Instant::now();
        let loading = load(&mut store, name, name, &rows);
        let loaded = start.elapsed();
        let touched = store.codes_touched_by(loading.release().id).unwrap();
        let said = store.publications(Some(&touched)).unwrap();
        eprintln!(
            "{name}: loaded in {loaded:?}; {} codes touched, read in all {:?}",
            said.len(),
            start.elapsed()
        );
        let start = std::time::Instant::now();
        change(&mut store, |transaction| {
            let periods = said.iter().map(|(code, said)| (*code, periods_like(said)));
            transaction.replace_periods(periods).unwrap();
        });
        let replaced = start.elapsed();
        let held = store.periods().unwrap().len();
        eprintln!(
            "{name}: periods replaced in {replaced:?}; {held} read, in all {:?}",
            start.elapsed()
        );
        assert_eq!(store.codes_of(loading.release().id).unwrap().len(), 8_500);
    }
    assert_eq!(count(&store.connection, "hcpcs_record"), 8_500 + 213 + 213);
}
