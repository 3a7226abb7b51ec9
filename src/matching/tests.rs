mod contradicting_lists;

use super::samples::{date, evidence, published as period, weighed};
use super::*;
use crate::cms::purple_book::PurpleBookProduct;
use crate::domain::crosswalk::CrosswalkPair;
use crate::domain::release::{Release, ReleaseId};
use crate::domain::source::{Sha256, Source};
use std::sync::Arc;

const RELEASE: [&str; 38] = [
    "J3590 2003-01-01 - Unclassified biologics",
    "J2329 2023-07-01 - Injection, ublituximab-xiiy, 1mg",
    "J0178 2013-01-01 - Injection, aflibercept, 1 mg",
    "J0177 2024-04-01 - Injection, aflibercept hd, 1 mg",
    "Q5147 2025-04-01 - Injection, aflibercept-ayyh (pavblu), biosimilar, 1 mg",
    "J9400 2013-07-01 - Injection, ziv-aflibercept, 1 mg",
    "J2350 2018-01-01 - Injection, ocrelizumab, 1 mg",
    "J2351 2025-04-01 - Injection, ocrelizumab, 1 mg and hyaluronidase-ocsq",
    "J9355 1999-01-01 - Injection, trastuzumab, excludes biosimilar, 10 mg",
    "J9356 2019-07-01 - Injection, trastuzumab, 10 mg and hyaluronidase-oysk",
    "Q5117 2019-10-01 - Injection, trastuzumab-anns, biosimilar, (kanjinti), 10 mg",
    "J9358 2020-07-01 - Injection, fam-trastuzumab deruxtecan-nxki, 1 mg",
    "Q5103 2018-04-01 - Injection, infliximab-dyyb, biosimilar, (inflectra), 10 mg",
    "J1748 2024-07-01 - Injection, infliximab-dyyb (zymfentra), 10 mg",
    "Q5137 2024-07-01 - Injection, ustekinumab-auub (wezlana), biosimilar, subcutaneous, 1 mg",
    "Q5138 2024-07-01 - Injection, ustekinumab-auub (wezlana), biosimilar, intravenous, 1 mg",
    "J9310 1995-01-01 2018-12-31 Injection, rituximab, 100 mg",
    "J9312 2019-01-01 - Injection, rituximab, 10 mg",
    "Q5119 2020-07-01 - Injection, rituximab-pvvr, biosimilar, (ruxience), 10 mg",
    "J1300 2008-01-01 2025-03-31 Injection, eculizumab, 10 mg",
    "J1299 2025-04-01 - Injection, eculizumab, 2 mg",
    "Q5139 2025-01-01 2025-03-31 Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg",
    "Q5152 2025-04-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg",
    "J9380 2023-07-01 - Injection, teclistamab-cqyv, 0.5 mg",
    "C9161 2024-01-01 2024-03-31 Injection, aflibercept hd, 1 mg",
    "J7214 2023-10-01 - Injection, factor viii/von willebrand factor complex, recombinant (altuviiio), per factor viii i.u.",
    "Q5136 2024-10-01 - Injection, denosumab-bbdz (jubbonti/wyost), biosimilar, 1 mg",
    "J0897 2012-01-01 - Injection, denosumab, 1 mg",
    "J9333 2024-01-01 - Injection, rozanolixizumab-noli, 1 mg",
    "J1628 2019-01-01 - Injection, guselkumab, 1 mg",
    "J2356 2022-07-01 - Injection, tezepelumab-ekko, 1 mg",
    "J2778 2008-01-01 - Injection, ranibizumab, 0.1 mg",
    "J2779 2022-07-01 - Injection, ranibizumab, via intravitreal implant (susvimo), 0.1 mg",
    "J2781 2023-10-01 - Injection, pegcetacoplan, intravitreal, 1 mg",
    "J3247 2024-07-01 - Injection, secukinumab, intravenous, 1 mg",
    "Q0249 2021-06-24 - Injection, tocilizumab, for hospitalized adults and pediatric patients (2 years of age and older) with covid-19, 1 mg",
    "J9021 2022-01-01 - Injection, asparaginase, recombinant, (rylaze), 0.1 mg",
    "J7169 2020-07-01 - Injection, coagulation factor xa (recombinant), inactivated-zhzo (andexxa), 10 mg",
];

const CROSSWALK: [(&str, &str, &str); 4] = [
    ("J1300", "25682-0001-01", "Soliris"),
    ("J2350", "50242-0150-01", "Ocrevus"),
    ("J2356", "55513-0112-01", "Tezspire"),
    ("J2329", "73150-0150-06", "Briumvi"),
];

const LICENSED: [(&str, &str, &str, &str); 7] = [
    ("Ruxience", "rituximab-pvvr", "Intravenous", "2019-07-23"),
    (
        "Herceptin Hylecta",
        "trastuzumab and hyaluronidase-oysk",
        "Subcutaneous",
        "2019-02-28",
    ),
    ("Tezspire", "tezepelumab-ekko", "Subcutaneous", "2021-12-17"),
    ("Zymfentra", "infliximab-dyyb", "Subcutaneous", "2023-10-20"),
    ("Ohtuvayre", "ensifentrine", "Inhalation", "2024-06-26"),
    (
        "Cosentyx",
        "secukinumab",
        "Intravenous; Subcutaneous",
        "2015-01-21",
    ),
    (
        "Rylaze",
        "asparaginase erwinia chrysanthemi (recombinant)-rywn",
        "Intramuscular",
        "2021-06-30",
    ),
];

fn drug(brand: &str, name: &str, ndc: &str, route: &str) -> DrugEntry {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    DrugEntry {
        brand: given(brand),
        proper_name: given(name),
        ndcs: ndc.parse().into_iter().collect(),
        route: given(route),
        ..DrugEntry::default()
    }
}

/// What the matcher says of a drug first seen on a day: confirmed codes, codes up for review.
fn decide(entry: &DrugEntry, first_seen: &str, with_purple_book: bool) -> (Vec<String>, Vec<String>) {
    let outcome = outcome(entry, first_seen, with_purple_book);
    let codes = |list: &[Weighed]| {
        list.iter()
            .map(|one| one.published.period.code.to_string())
            .collect()
    };
    (codes(&outcome.same), codes(&outcome.unsure))
}

/// The matcher's whole outcome for a drug first seen on a day.
fn outcome(entry: &DrugEntry, first_seen: &str, with_purple_book: bool) -> Outcome {
    let files = Files {
        release: &RELEASE,
        crosswalk: &CROSSWALK,
        licensed: if with_purple_book { &LICENSED } else { &[] },
    };
    files.outcome(entry, first_seen)
}

/// What is published, on lines as those above.
struct Files<'f> {
    release: &'f [&'f str],
    crosswalk: &'f [(&'f str, &'f str, &'f str)],
    licensed: &'f [(&'f str, &'f str, &'f str, &'f str)],
}

impl Files<'_> {
    fn outcome(&self, entry: &DrugEntry, first_seen: &str) -> Outcome {
        let periods: Vec<PublishedPeriod> = self.release.iter().map(|line| period(line)).collect();
        let newest = Arc::new(Release {
            id: ReleaseId(1),
            source: Source::NdcCrosswalk,
            quarter: "2025Q4".parse().unwrap(),
            revision: 1,
            sha256: Sha256::of(b"file"),
            member: "crosswalk.csv".into(),
        });
        let mut crosswalk: Vec<CrosswalkPair> = self
            .crosswalk
            .iter()
            .map(|(code, ndc, name)| CrosswalkPair {
                code: code.parse().unwrap(),
                ndc: ndc.parse().unwrap(),
                drug_name: (*name).into(),
                details: "1 MG, A Labeler".to_owned(),
                first: "2024Q1".parse().unwrap(),
                newest: Arc::clone(&newest),
                line: 9,
            })
            .collect();
        crosswalk.sort_by_key(|pair| pair.ndc);
        let licensed: Vec<(PurpleBookProduct, Evidence)> = self
            .licensed
            .iter()
            .map(|(brand, name, route, approved)| {
                let product = PurpleBookProduct {
                    brands: vec![(*brand).to_owned()],
                    proper_name: (*name).to_owned(),
                    route: route.to_lowercase(),
                    applicant: String::new(),
                    bla_number: String::new(),
                    bla_type: String::new(),
                    approved_on: approved.parse().ok(),
                    first_licensed_on: None,
                    reference_proper_name: None,
                    marketing_status: "Rx".to_owned(),
                };
                (product, evidence(Source::PurpleBook, name))
            })
            .collect();
        let descriptors = index::described(&periods);
        let index = Index::new(&periods, &descriptors, &crosswalk, &licensed);
        let circumstances = Circumstances {
            first_seen: date(first_seen),
            setting: Setting::Office,
        };
        match_drug(&index, entry, circumstances)
    }
}

/// Brand, proper name, NDC, route and first day of a drug; codes confirmed, codes in review.
type Case<'c> = (
    &'c str,
    &'c str,
    &'c str,
    &'c str,
    &'c str,
    &'c [&'c str],
    &'c [&'c str],
);

fn assert_decisions(purple_book: bool, cases: &[Case<'_>]) {
    for (brand, name, ndc, route, first_seen, same, unsure) in cases {
        let (confirmed, mut review) = decide(&drug(brand, name, ndc, route), first_seen, purple_book);
        review.sort();
        let line = format!("{brand}/{name}/{ndc}/{route} first seen {first_seen}");
        assert_eq!((confirmed, review), (strings(same), strings(unsure)), "{line}");
    }
}

fn strings(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn a_full_name_finds_its_code_in_every_spelling() {
    assert_decisions(
        false,
        &[
            (
                "Briumvi",
                "ublituximab-xiiy",
                "73150-0150-06",
                "intravenous",
                "2023-01-01",
                &["J2329"],
                &[],
            ),
            (
                "BRIUMVI®",
                "UBLITUXIMAB-XIIY",
                "",
                "",
                "2023-01-01",
                &["J2329"],
                &[],
            ),
            (
                "Briumvi",
                "ublituximab-xiiy",
                "",
                "",
                "2026-01-01",
                &["J2329"],
                &[],
            ),
            ("", "ublituximab-xiiy", "", "", "2023-01-01", &["J2329"], &[]),
            (
                "Jubbonti / Wyost",
                "denosumab-bbdz",
                "",
                "",
                "2024-04-01",
                &["Q5136"],
                &[],
            ),
            (
                "Altuviiio",
                "antihemophilic factor (recombinant), Fc-VWF-XTEN fusion protein-ehtl",
                "",
                "",
                "2023-04-01",
                &["J7214"],
                &[],
            ),
            ("Tremfya", "guselkumab", "", "", "2018-12-20", &["J1628"], &[]),
            (
                "Ocrevus Zunovo",
                "ocrelizumab and hyaluronidase-ocsq",
                "",
                "",
                "2024-10-01",
                &["J2351"],
                &[],
            ),
        ],
    );
}

#[test]
fn look_alikes_are_never_confirmed() {
    assert_decisions(
        false,
        &[
            (
                "Zaltrap",
                "ziv-aflibercept",
                "",
                "",
                "2013-01-01",
                &["J9400"],
                &[],
            ),
            ("Ahzantive", "aflibercept-mrbb", "", "", "2024-10-01", &[], &[]),
            ("Ruxience", "rituximab", "", "", "2018-12-01", &["Q5119"], &[]),
            ("Riabni", "rituximab", "", "", "2019-06-01", &[], &["J9312"]),
            ("Herzuma", "trastuzumab-pkrb", "", "", "2019-01-01", &[], &[]),
            (
                "Zymfentra",
                "infliximab-dyyb",
                "",
                "subcutaneous",
                "2023-11-01",
                &["J1748"],
                &[],
            ),
            ("Epysqli", "eculizumab-aagh", "", "", "2024-10-01", &[], &[]),
            ("Xgeva", "denosumab", "", "", "2024-04-01", &[], &["J0897"]),
        ],
    );
}

#[test]
fn the_route_decides_between_codes_of_one_name() {
    assert_decisions(
        false,
        &[
            (
                "Wezlana IV",
                "ustekinumab-auub",
                "",
                "",
                "2024-01-01",
                &["Q5138"],
                &[],
            ),
            (
                "Wezlana",
                "ustekinumab-auub",
                "",
                "subcutaneous",
                "2024-01-01",
                &["Q5137"],
                &[],
            ),
            (
                "Wezlana",
                "ustekinumab-auub",
                "",
                "",
                "2024-01-01",
                &[],
                &["Q5137", "Q5138"],
            ),
        ],
    );
}

#[test]
fn the_code_of_the_higher_strength_is_not_the_code_of_the_lower() {
    assert_decisions(
        false,
        &[("Eylea HD", "aflibercept", "", "", "2023-10-01", &["J0177"], &[])],
    );
}

#[test]
fn a_successor_with_another_unit_is_followed() {
    assert_decisions(
        false,
        &[
            (
                "Soliris",
                "eculizumab",
                "25682-0001-01",
                "",
                "2024-10-01",
                &["J1300", "J1299"],
                &[],
            ),
            (
                "Bkemv",
                "eculizumab-aeeb",
                "",
                "",
                "2024-10-01",
                &["Q5139", "Q5152"],
                &[],
            ),
        ],
    );
}

#[test]
fn slips_and_missing_suffixes_go_to_a_person() {
    assert_decisions(
        false,
        &[
            (
                "Rystiggo",
                "ronzanolixizumab-noli",
                "",
                "",
                "2023-07-01",
                &[],
                &["J9333"],
            ),
            (
                "Rystiggo",
                "rozanolixizumab",
                "",
                "",
                "2023-07-01",
                &[],
                &["J9333"],
            ),
            ("Briumvy", "ublituximab", "", "", "2023-01-01", &[], &["J2329"]),
            (
                "Zymfentro",
                "infliximab-dyyb",
                "",
                "",
                "2023-11-01",
                &[],
                &["J1748"],
            ),
        ],
    );
}

#[test]
fn an_ndc_alone_finds_its_code_and_a_contradicting_ndc_is_asked_about() {
    assert_decisions(
        false,
        &[
            ("", "", "73150-0150-06", "", "2023-01-01", &["J2329"], &[]),
            (
                "Ahzantive",
                "aflibercept-mrbb",
                "73150-0150-06",
                "",
                "2023-01-01",
                &[],
                &["J2329"],
            ),
        ],
    );
}

#[test]
fn the_purple_book_completes_what_the_list_leaves_out() {
    assert_decisions(
        true,
        &[
            ("Tezspire", "", "", "", "2022-01-01", &["J2356"], &[]),
            (
                "Herceptin Hylecta",
                "trastuzumab",
                "",
                "",
                "2019-01-01",
                &["J9356"],
                &[],
            ),
            ("Ruxience", "rituximab", "", "", "2018-12-01", &["Q5119"], &[]),
            ("Zymfentra", "", "", "", "2023-11-01", &["J1748"], &[]),
            ("Ohtuvayre", "ensifentrine", "", "", "2023-11-01", &[], &[]),
        ],
    );
}

#[test]
fn a_bare_name_without_a_route_is_not_given_a_code_for_one_route() {
    let empaveli = (
        "Empaveli",
        "pegcetacoplan",
        "",
        "",
        "2023-04-01",
        &[][..],
        &["J2781"][..],
    );
    let unnamed = ("", "secukinumab", "", "", "2024-01-01", &[][..], &["J3247"][..]);
    let by_mouth = ("", "guselkumab", "", "oral", "2018-12-20", &[][..], &[][..]);
    assert_decisions(false, &[empaveli, unnamed, by_mouth]);
    // The Purple Book knows one secukinumab: the code can be for no other.
    let sole = ("", "secukinumab", "", "", "2024-01-01", &["J3247"][..], &[][..]);
    assert_decisions(true, &[sole]);
}

#[test]
fn names_that_say_more_or_other_than_the_descriptor_are_recognised() {
    let implant = (
        "",
        "ranibizumab (ocular implant)",
        "",
        "",
        "2022-01-01",
        &["J2779"][..],
        &[][..],
    );
    let bare = (
        "",
        "ranibizumab",
        "",
        "",
        "2022-01-01",
        &[][..],
        &["J2778", "J2779"][..],
    );
    let brand_in_name = (
        "",
        "coagulation factor xa (recombinant), inactivated-zhzo (andexxa)",
        "",
        "",
        "2020-01-01",
        &["J7169"][..],
        &[][..],
    );
    assert_decisions(false, &[implant, bare, brand_in_name]);
    let by_purple_book = (
        "",
        "asparaginase erwinia chrysanthemi (recombinant)-rywn",
        "",
        "",
        "2021-07-01",
        &["J9021"][..],
        &[][..],
    );
    assert_decisions(true, &[by_purple_book]);
}

#[test]
fn a_letter_off_in_suffix_brand_or_name_is_asked_about() {
    let suffix = (
        "",
        "ublituximab-xiiz",
        "",
        "",
        "2023-01-01",
        &[][..],
        &["J2329"][..],
    );
    let short_suffix = (
        "Briumvi",
        "ublituximab-xiy",
        "",
        "",
        "2023-01-01",
        &[][..],
        &["J2329"][..],
    );
    let brand = (
        "Ryalze",
        "asparaginase erwinia chrysanthemi (recombinant)-rywn",
        "",
        "",
        "2021-07-01",
        &[][..],
        &["J9021"][..],
    );
    assert_decisions(false, &[suffix, short_suffix, brand]);
    let name_of_a_known_brand = (
        "Tezspire",
        "tezepelumb-ekko",
        "",
        "",
        "2022-01-01",
        &[][..],
        &["J2356"][..],
    );
    assert_decisions(true, &[name_of_a_known_brand]);
}

#[test]
fn a_code_for_inpatients_is_no_products_code() {
    assert_decisions(
        false,
        &[("Actemra", "tocilizumab", "", "", "2021-01-01", &[], &[])],
    );
}

#[test]
fn a_drug_of_which_nothing_is_known_is_said_to_be_out_of_sight() {
    let blind = |brand: &str, name: &str, ndc: &str, purple_book: bool| {
        outcome(&drug(brand, name, ndc, ""), "2023-01-01", purple_book).blind_spot
    };
    let reason = blind("Elahere", "", "72903-0853-01", true).unwrap();
    assert!(
        reason.starts_with("the brand or the NDC stands in no file held"),
        "{reason}"
    );
    assert_eq!(
        blind("Elahere", "mirvetuximab soravtansine-gynx", "", false),
        None
    );
    assert_eq!(blind("Briumvi", "", "73150-0150-06", false), None);
    assert!(blind("Ohtuvayre", "", "", false).is_some());
    assert_eq!(blind("Ohtuvayre", "", "", true), None);
}

#[test]
fn a_drug_whose_code_a_person_confirmed_is_out_of_sight_only_once_that_is_over() {
    use Setting::{Office, Opps};
    let own = ["J2350 2018-01-01 - Injection, ocrelizumab, 1 mg"].as_slice();
    let ended = ["J2350 2018-01-01 2025-09-30 Injection, ocrelizumab, 1 mg"].as_slice();
    let interim = ["C9161 2024-01-01 2025-09-30 Injection, aflibercept hd, 1 mg"].as_slice();
    let nothing = [].as_slice();
    for (same, interim, setting, today, expected) in [
        (nothing, nothing, Office, "2025-09-20", true),
        (own, nothing, Office, "2025-09-20", false),
        (own, nothing, Office, "2017-09-20", false),
        (ended, nothing, Office, "2025-09-30", false),
        (ended, nothing, Office, "2025-10-01", true),
        // A hospital outpatient code says nothing of the code that an office bills.
        (nothing, interim, Office, "2025-09-20", true),
        (nothing, interim, Opps, "2025-09-20", false),
        (nothing, interim, Opps, "2025-10-01", true),
    ] {
        let confirmed = |lines: &[&str]| {
            let by_person = |line: &&str| weighed(line, Verdict::Same(MatchKind::Person));
            lines.iter().map(by_person).collect()
        };
        let outcome = Outcome {
            same: confirmed(same),
            interim: confirmed(interim),
            blind_spot: Some("the brand stands in no file held".to_owned()),
            ..Outcome::default()
        };
        let is_unseen = outcome.out_of_sight(setting, date(today)).is_some();
        assert_eq!(is_unseen, expected, "{same:?} {interim:?} {setting:?} {today}");
        let looked_up = Outcome {
            blind_spot: None,
            ..outcome
        };
        assert_eq!(looked_up.out_of_sight(setting, date(today)), None);
    }
}

#[test]
fn a_maker_in_parentheses_is_no_brand() {
    let periods: Vec<PublishedPeriod> = [
        "J9297 2022-10-01 - Injection, pemetrexed (sandoz), not therapeutically equivalent to j9305, 10 mg",
        "J9076 2022-10-01 - Injection, cyclophosphamide (baxter), 5 mg",
        "J9196 2023-04-01 - Injection, gemcitabine hydrochloride (accord), not therapeutically equivalent to j9201, 200 mg",
    ]
    .iter()
    .map(|line| period(line))
    .collect();
    let descriptors = index::described(&periods);
    let index = Index::new(&periods, &descriptors, &[], &[]);
    for (maker, name) in [
        ("Sandoz", "pemetrexed dipotassium"),
        ("Baxter", "cyclophosphamide and mesna"),
        ("Accord", "liposomal gemcitabine"),
    ] {
        let entry = DrugEntry {
            manufacturer: Some(maker.to_owned()),
            ..drug("", name, "", "")
        };
        let circumstances = Circumstances {
            first_seen: date("2022-01-01"),
            setting: Setting::Office,
        };
        let outcome = match_drug(&index, &entry, circumstances);
        assert_eq!(outcome.same, [], "{maker} {name}");
    }
}
