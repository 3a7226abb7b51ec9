//! Lists that contradict themselves, say too little for one of several codes, or are written carelessly: a wrong code is never
//! confirmed, and the right one is found or asked about.

use super::{DrugEntry, Files, drug};

const FILES: Files<'_> = Files {
    release: &[
        "J9145 2017-01-01 - Injection, daratumumab, 10 mg",
        "J9144 2021-01-01 - Injection, daratumumab, 10 mg and hyaluronidase-fihj",
        "J1610 1990-01-01 - Injection, glucagon hydrochloride, per 1 mg",
        "J1611 2024-01-01 - Injection, glucagon hydrochloride (fresenius kabi), not therapeutically equivalent to j1610, per 1 mg",
        "J1612 2025-01-01 - Injection, glucagon (gvoke), 0.01 mg",
        "J1745 1999-01-01 - Injection, infliximab, excludes biosimilar, 10 mg",
        "Q5102 2016-07-01 2018-03-31 Injection, infliximab, biosimilar, 10 mg",
        "J9305 2004-01-01 - Injection, pemetrexed, not otherwise specified, 10 mg",
        "J9296 2023-04-01 - Injection, pemetrexed (accord), not therapeutically equivalent to j9305, 10 mg",
        "J0873 2024-01-01 - Injection, daptomycin (xellia), not therapeutically equivalent to j0878, 1 mg",
        "J0872 2024-01-01 - Injection, daptomycin (xellia), unrefrigerated, not therapeutically equivalent to j0878 or j0873, 1 mg",
        "Q5140 2024-04-01 - Injection, adalimumab-fkjp, biosimilar, 1 mg",
        "Q5144 2025-01-01 - Injection, adalimumab-aacf (idacio), biosimilar, 1 mg",
        "J9036 2021-07-01 - Injection, bendamustine hydrochloride, (belrapzo/bendamustine), 1 mg",
        "J9033 2009-01-01 - Injection, bendamustine hydrochloride, 1 mg",
        "J3399 2020-07-01 - Injection, onasemnogene abeparvovec-xioi, per treatment, up to 5x10^15 vector genomes",
        "Q2056 2022-10-01 - Ciltacabtagene autoleucel, up to 100 million autologous b-cell maturation antigen (bcma) directed car-positive t cells, including leukapheresis and dose preparation procedures, per therapeutic dose",
        "Q2058 2025-07-01 - Obecabtagene autoleucel, 10 up to 400 million cd19 car-positive viable t cells, including leukapheresis and dose preparation procedures, per infusion",
        "J1440 2023-07-01 - Fecal microbiota, live - jslm, 1 ml",
        "J0585 1991-01-01 - Injection, onabotulinumtoxina, 1 unit",
        "J0598 2010-10-01 - Injection, c-1 esterase inhibitor (human), cinryze, 10 units",
        "J3470 1982-01-01 - Injection, hyaluronidase, up to 150 units",
        "J3473 2006-01-01 - Injection, hyaluronidase, recombinant, 1 usp unit",
        "J9271 2016-01-01 - Injection, pembrolizumab, 1 mg",
        "J2329 2023-07-01 - Injection, ublituximab-xiiy, 1mg",
        "J9332 2022-07-01 - Injection, efgartigimod alfa-fcab, 2 mg",
        "J9334 2024-01-01 - Injection, efgartigimod alfa, 2 mg and hyaluronidase-qvfc",
        "J0841 2019-01-01 - Injection, crotalidae immune f(ab')2 (equine), 120 mg",
        "J0716 2013-01-01 - Injection, centruroides immune f(ab)2, up to 120 milligrams",
        "J1562 2008-01-01 - Injection, immune globulin (vivaglobin), 100 mg",
        "J1559 2011-01-01 - Injection, immune globulin (hizentra), 100 mg",
        "J3398 2019-01-01 - Injection, voretigene neparvovec-rzyl, 1 billion vector genomes",
        "J1554 2021-04-01 - Injection, immune globulin (asceniv), 500 mg",
        "J1569 2008-01-01 - Injection, immune globulin, (gammagard liquid), non-lyophilized, (e.g., liquid), 500 mg",
        "J1566 2007-01-01 - Injection, immune globulin, intravenous, lyophilized (e.g., powder), not otherwise specified, 500 mg",
    ],
    crosswalk: &[
        ("J1610", "00548-5850-00", "Glucagon"),
        ("J9305", "00002-7640-01", "Alimta"),
        ("J9305", "16729-0229-03", "Pemetrexed"),
        ("J0872", "70594-0060-01", "Daptomycin"),
        ("J2329", "73150-0150-06", "Briumvi"),
        ("J0585", "00023-1145-01", "Botox"),
        ("J1566", "00944-2656-03", "Gammagard S/D"),
    ],
    licensed: &[
        ("Darzalex", "daratumumab", "Intravenous", "2015-11-16"),
        (
            "Darzalex Faspro",
            "daratumumab and hyaluronidase-fihj",
            "Subcutaneous",
            "2020-05-01",
        ),
        ("Idacio", "adalimumab-aacf", "Subcutaneous", "2022-12-13"),
        ("Hulio", "adalimumab-fkjp", "Subcutaneous", "2020-07-06"),
        ("Botox", "onabotulinumtoxinA", "Intramuscular", "1991-12-09"),
        ("Vitrase", "hyaluronidase", "Subcutaneous", "2004-05-05"),
        ("Hylenex", "hyaluronidase-human", "Subcutaneous", "2005-12-02"),
        ("Keytruda", "pembrolizumab", "Intravenous", "2014-09-04"),
        ("Briumvi", "ublituximab-xiiy", "Intravenous", "2022-12-28"),
        ("Luxturna", "voretigene neparvovec", "Intraocular", "2017-12-19"),
        (
            "Vivaglobin",
            "immune globulin subcutaneous (human)",
            "Subcutaneous",
            "2006-01-09",
        ),
        (
            "Hizentra",
            "immune globulin subcutaneous (human), 20% liquid",
            "Subcutaneous",
            "2010-03-04",
        ),
        (
            "Asceniv",
            "immune globulin intravenous, human-slra",
            "Intravenous",
            "2019-04-01",
        ),
        (
            "Gammagard S/D",
            "immune globulin intravenous (human)",
            "Intravenous",
            "1994-02-25",
        ),
    ],
};

/// Brand, proper name, NDC, route and maker between bars; the day the drug was first seen; the codes that are confirmed, and
/// those that are asked about among others.
type Line<'l> = (&'l str, &'l str, &'l str, &'l str);

fn assert_lines(lines: &[Line<'_>]) {
    for (written, first_seen, same, asked) in lines {
        let mut cells = written.split('|');
        let mut next = || cells.next().unwrap_or_default();
        let entry = drug(next(), next(), next(), next());
        let entry = DrugEntry {
            manufacturer: Some(next().to_owned()),
            ..entry
        };
        let outcome = FILES.outcome(&entry, first_seen);
        let codes = |list: &[super::Weighed]| -> Vec<String> {
            list.iter()
                .map(|one| one.published.period.code.to_string())
                .collect()
        };
        let line = format!("{written}: {outcome:#?}");
        assert_eq!(codes(&outcome.same).join(" "), *same, "{line}");
        let open = codes(&outcome.unsure);
        let is_open = |code: &str| open.iter().any(|one| one == code);
        assert!(
            asked.split_whitespace().all(is_open),
            "{asked} of {open:?}, {line}"
        );
    }
}

#[test]
fn a_route_for_which_the_brand_is_not_licensed_is_asked_about() {
    assert_lines(&[
        ("Darzalex|||intravenous", "2016-12-01", "J9145", ""),
        ("Darzalex SC", "2020-09-01", "", "J9144 J9145"),
        (
            "Darzalex|daratumumab||subcutaneous",
            "2020-09-01",
            "",
            "J9144 J9145",
        ),
    ]);
}

#[test]
fn a_bare_name_is_not_the_product_of_a_brand_that_the_list_does_not_name() {
    assert_lines(&[
        ("|glucagon", "2024-12-01", "", "J1612"),
        ("Gvoke|glucagon", "2024-12-01", "J1612", ""),
        ("|infliximab|||Janssen", "2016-01-01", "", "J1745 Q5102"),
    ]);
}

#[test]
fn a_code_for_versions_without_a_code_of_their_own_is_found_by_ndc_and_asked_about_by_name() {
    assert_lines(&[
        ("||00002-7640-01", "2020-01-01", "J9305", ""),
        ("|pemetrexed|16729-0229-03||Accord", "2023-01-01", "J9305", ""),
        ("|pemetrexed", "2020-01-01", "", "J9305"),
    ]);
}

#[test]
fn an_ndc_that_the_crosswalk_lists_under_another_code_speaks_against_a_match() {
    assert_lines(&[
        (
            "Briumvi|ublituximab-xiiy|73150-0150-06",
            "2023-01-01",
            "J2329",
            "",
        ),
        (
            "Keytruda|pembrolizumab|73150-0150-06",
            "2015-12-01",
            "",
            "J2329 J9271",
        ),
        ("|daptomycin|70594-0060-01||Xellia", "2023-12-01", "J0872", ""),
    ]);
}

#[test]
fn the_name_of_one_brand_under_another_is_asked_about() {
    assert_lines(&[
        ("Idacio|adalimumab-aacf", "2024-01-01", "Q5144", ""),
        ("Idacio|adalimumab-fkjp", "2024-01-01", "", "Q5140 Q5144"),
    ]);
}

#[test]
fn a_word_of_the_name_in_parentheses_is_no_brand() {
    assert_lines(&[("Bendamustine||||Accord", "2021-01-01", "", "")]);
}

#[test]
fn how_many_cells_or_genomes_a_treatment_holds_is_no_part_of_its_name() {
    assert_lines(&[
        (
            "Zolgensma|onasemnogene abeparvovec-xioi",
            "2019-06-01",
            "J3399",
            "",
        ),
        ("|ciltacabtagene autoleucel", "2022-05-01", "Q2056", ""),
        ("Aucatzyl|obecabtagene autoleucel", "2025-01-01", "Q2058", ""),
        ("Rebyota|fecal microbiota, live-jslm", "2023-02-01", "J1440", ""),
    ]);
}

#[test]
fn a_brand_that_the_files_know_is_found_whatever_the_name_says() {
    assert_lines(&[
        ("Botox", "2024-01-01", "J0585", ""),
        ("Botox|botulinum toxin", "2024-01-01", "", "J0585"),
        ("Cinryze|C1 Esterase Inhibitor (Human)", "2024-01-01", "", "J0598"),
        ("Gammagard S/D", "2024-01-01", "", "J1566"),
    ]);
}

#[test]
fn a_recombinant_product_is_not_confirmed_for_a_name_without_origin() {
    assert_lines(&[
        ("Vitrase", "2024-01-01", "", "J3473"),
        ("|hyaluronidase", "2006-01-01", "", "J3473"),
    ]);
}

#[test]
fn strengths_forms_and_swapped_columns_do_not_hide_a_drug() {
    assert_lines(&[
        ("|Injection, ublituximab-xiiy, 1 mg", "2023-01-01", "J2329", ""),
        ("|ublituximab-xiiy 150 mg", "2023-01-01", "J2329", ""),
        ("|ublituximab-xiiy (Briumvi)", "2023-01-01", "J2329", ""),
        ("Briumvi 150 mg/6 mL", "2023-01-01", "J2329", ""),
        ("|Briumvi", "2023-01-01", "J2329", ""),
        ("ublituximab-xiiy|Briumvi®", "2023-01-01", "J2329", ""),
        ("N/A|ublituximab-xiiy", "2023-01-01", "J2329", ""),
        ("|pembrolizumab 100 mg", "2015-12-01", "J9271", ""),
    ]);
}

#[test]
fn a_strength_never_cuts_off_a_partner_or_makes_another_name() {
    assert_lines(&[
        (
            "|efgartigimod alfa-fcab 1008 mg / hyaluronidase-qvfc 11200 units",
            "2023-06-25",
            "",
            "",
        ),
        (
            "|efgartigimod alfa 1008 mg and hyaluronidase-qvfc",
            "2023-06-25",
            "J9334",
            "",
        ),
        ("|efgartigimod alfa-fcab 400 mg/20 mL", "2022-01-25", "J9332", ""),
        (
            "|Immune Globulin Subcutaneous (Human), 20% Liquid",
            "2024-01-01",
            "J1559",
            "",
        ),
        (
            "Foozentra|Immune Globulin Subcutaneous (Human)",
            "2024-01-01",
            "",
            "",
        ),
        ("Prolia 60 mg / Briumvi 150 mg", "2023-01-01", "J2329", ""),
        ("Briumvi (ublituximab-xiiy)", "2023-01-01", "J2329", ""),
    ]);
}

#[test]
fn a_fragment_of_an_antibody_is_no_brand() {
    assert_lines(&[
        (
            "|Centruroides (Scorpion) Immune F(ab')2 (Equine) Injection",
            "2024-01-01",
            "",
            "",
        ),
        ("|Crotalidae Immune F(ab')2 (Equine)", "2018-12-01", "J0841", ""),
    ]);
}

#[test]
fn a_suffix_that_the_purple_book_does_not_have_yet_stays() {
    assert_lines(&[("Luxturna|voretigene neparvovec-rzyl", "2018-10-01", "J3398", "")]);
}

#[test]
fn a_brand_whose_name_is_another_products_is_asked_about_and_so_is_a_makers_version() {
    assert_lines(&[
        (
            "Asceniv|immune globulin intravenous, human-stwk",
            "2021-01-01",
            "",
            "J1554",
        ),
        ("|pemetrexed|||Accord", "2023-01-01", "", "J9296 J9305"),
    ]);
}
