use super::*;

/// (descriptor, name, brands, routes, unit)
/// Descriptor, name, brands, routes, unit.
type Example = (
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static [Route],
    &'static str,
);

const EXAMPLES: [Example; 24] = [
    (
        "Injection, ublituximab-xiiy, 1mg",
        "ublituximab -xiiy",
        &[],
        &[],
        "1 mg",
    ),
    (
        "Injection, denosumab-bbdz (jubbonti/wyost), biosimilar, 1 mg",
        "denosumab -bbdz",
        &["jubbonti", "wyost"],
        &[],
        "1 mg",
    ),
    (
        "Injection, daratumumab, 10 mg and hyaluronidase-fihj",
        "daratumumab hyaluronidase -fihj",
        &[],
        &[],
        "10 mg",
    ),
    (
        "Injection, daratumumab 10 mg and hyaluronidase-fihj",
        "daratumumab hyaluronidase -fihj",
        &[],
        &[],
        "10 mg",
    ),
    (
        "Injection, nivolumab and relatlimab-rmbw, 3 mg/1 mg",
        "nivolumab relatlimab -rmbw",
        &[],
        &[],
        "per 3 mg/1 mg",
    ),
    (
        "Injection, pertuzumab, trastuzumab, and hyaluronidase-zzxf, per 10 mg",
        "hyaluronidase pertuzumab trastuzumab -zzxf",
        &[],
        &[],
        "10 mg",
    ),
    (
        "Beremagene geperpavec-svdt for topical administration, containing nominal 5 x 10^9 pfu/ml vector genomes, per 0.1 ml",
        "beremagene geperpavec -svdt",
        &[],
        &[Route::Topical],
        "0.1 ml",
    ),
    (
        "Injection, factor viii/von willebrand factor complex, recombinant (altuviiio), per factor viii i.u.",
        "complex factor viii von willebrand",
        &["altuviiio"],
        &[],
        "1 i.u.",
    ),
    (
        "Injection, burosumab-twza 1 mg",
        "burosumab -twza",
        &[],
        &[],
        "1 mg",
    ),
    (
        "Injection, c-1 esterase inhibitor (human), (haegarda), 10 units",
        "c-1 esterase inhibitor",
        &["haegarda"],
        &[],
        "10 units",
    ),
    (
        "Injection, ranibizumab, via intravitreal implant (susvimo), 0.1 mg",
        "ranibizumab",
        &["susvimo"],
        &[Route::Intravitreal],
        "0.1 mg",
    ),
    (
        "Ustekinumab, for intravenous injection, 1 mg",
        "ustekinumab",
        &[],
        &[Route::Intravenous],
        "1 mg",
    ),
    (
        "Injection, ustekinumab-auub (wezlana), biosimilar, intravenous, 1 mg",
        "ustekinumab -auub",
        &["wezlana"],
        &[Route::Intravenous],
        "1 mg",
    ),
    (
        "Injection, etranacogene dezaparvovec-drlb, per therapeutic dose",
        "dezaparvovec etranacogene -drlb",
        &[],
        &[],
        "per therapeutic dose",
    ),
    (
        "Injection, voretigene neparvovec-rzyl, 1 billion vector genomes",
        "neparvovec voretigene -rzyl",
        &[],
        &[],
        "per 1 billion vector genomes",
    ),
    (
        "Injection, asparaginase (erwinaze), 1,000 iu",
        "asparaginase",
        &["erwinaze"],
        &[],
        "1000 i.u.",
    ),
    (
        "Injection, aflibercept hd, 1 mg",
        "aflibercept hd",
        &[],
        &[],
        "1 mg",
    ),
    (
        "Injection, epoetin beta, 1 microgram, (for esrd on dialysis)",
        "beta epoetin",
        &[],
        &[],
        "1 mcg",
    ),
    (
        "Injection, phenylephrine and ketorolac, 4 ml vial",
        "ketorolac phenylephrine",
        &[],
        &[],
        "4 ml",
    ),
    (
        "Injection, levorphanol tartrate, up to 2 mg",
        "levorphanol tartrate",
        &[],
        &[],
        "2 mg",
    ),
    (
        "Injection, nogapendekin alfa inbakicept-pmln, for intravesical use, 1 microgram",
        "alfa inbakicept nogapendekin -pmln",
        &[],
        &[Route::Intravesical],
        "1 mcg",
    ),
    (
        "Injection, daptomycin (xellia), not therapeutically equivalent to j0878, 1 mg",
        "daptomycin",
        &["xellia"],
        &[],
        "1 mg",
    ),
    (
        "Injection, prothrombin complex concentrate, human-lans, per i.u. of factor ix activity",
        "complex concentrate prothrombin -lans",
        &[],
        &[],
        "1 i.u.",
    ),
    (
        "Injection, pegfilgrastim, excludes biosimilar, 0.5 mg",
        "pegfilgrastim",
        &[],
        &[],
        "0.5 mg",
    ),
];

#[test]
fn descriptors_come_apart_into_name_brand_route_and_unit() {
    for (text, name, brands, routes, unit) in EXAMPLES {
        let parsed = Descriptor::parse(text);
        assert_eq!(parsed.name.to_string(), name, "{text}");
        assert_eq!(parsed.brands, brands, "{text}");
        assert_eq!(parsed.routes, routes, "{text}");
        assert_eq!(
            parsed.unit.map(|unit| unit.to_string()).as_deref(),
            Some(unit),
            "{text}"
        );
        assert_eq!(parsed.rest, Vec::<String>::new(), "{text}");
    }
}

#[test]
fn catch_alls_and_biosimilars_are_marked() {
    assert!(Descriptor::parse("Unclassified biologics").catch_all);
    let rest = Descriptor::parse("Injection, calcium gluconate, not otherwise specified, 10 mg");
    assert!(rest.for_other_versions && !rest.catch_all);
    assert_eq!(rest.name.to_string(), "calcium gluconate");
    assert!(Descriptor::parse("Injection, adalimumab-fkjp, biosimilar, 1 mg").biosimilar);
    assert_eq!(
        Descriptor::parse("Injection, pegfilgrastim, excludes biosimilar, 0.5 mg").exclusions,
        ["excludes biosimilar"]
    );
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = Descriptor::parse(&text);
    }

    #[test]
    fn no_likely_text_makes_the_parser_panic(text in "([a-z0-9,.;()/ -]|mg|per|1 |iu){0,60}") {
        let _ = Descriptor::parse(&text);
    }
}

#[test]
fn partners_without_end_are_left_as_not_understood() {
    let descriptor = Descriptor::parse(&format!("Injection, x, {}", "1 mg and ".repeat(1000)));
    assert_eq!(descriptor.unit, BillingUnit::amount(1.into(), "mg"));
    assert_eq!(descriptor.rest.len(), 1);
    assert!(!descriptor.is_understood());
}
