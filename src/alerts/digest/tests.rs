//! What people read, kept as snapshots, and what nobody may be able to break.

mod past;
mod samples;
mod unseen;

use super::*;
use crate::domain::alert::{AlertKind, DigestItem};
use crate::domain::payer::{NewPayerRule, PayerRule, PayerRuleId, PayerTerms};
use proptest::prelude::*;
use samples::{Sample, digest, sample};

fn render(items: Vec<DigestItem>) -> Rendered {
    render_digest(&digest(items)).unwrap()
}

/// Snapshots subject and text, and the HTML beside them.
fn snapshot(name: &str, items: Vec<DigestItem>) {
    let rendered = render(items);
    insta::assert_snapshot!(
        format!("{name}.txt"),
        format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
    );
    insta::assert_snapshot!(format!("{name}.html"), rendered.html.unwrap());
    for line in rendered.text.lines() {
        assert!(line.chars().count() <= 78, "{line}");
    }
}

#[test]
fn an_announced_code() {
    snapshot("announced", vec![sample(Sample::Briumvi)]);
}

#[test]
fn a_code_that_starts_today() {
    let mut item = sample(Sample::Briumvi);
    item.alert.finding.kind = AlertKind::PermanentCodeEffective;
    item.alert.finding.effective_date = "2023-06-20".parse().ok();
    snapshot("effective-today", vec![item]);
}

#[test]
fn an_announced_code_whose_date_is_past() {
    let mut item = sample(Sample::Briumvi);
    item.alert.finding.effective_date = "2023-06-10".parse().ok();
    snapshot("announced-past", vec![item]);
}

#[test]
fn a_retroactive_code() {
    snapshot("retroactive", vec![sample(Sample::Hemgenix)]);
}

#[test]
fn a_changed_code() {
    let mut item = sample(Sample::Briumvi);
    item.alert.finding.kind = AlertKind::PermanentCodeChanged;
    item.alert.finding.effective_date = "2023-10-01".parse().ok();
    item.alert.finding.reason =
        "J2329 was told with first day 2023-07-01; the newer posting says 2023-10-01.".to_owned();
    snapshot("changed", vec![item]);
}

#[test]
fn a_withdrawn_code() {
    let mut item = sample(Sample::Briumvi);
    item.alert.finding.kind = AlertKind::PermanentCodeWithdrawn;
    item.alert.finding.reason =
        "J2329 stood in posting 1 of 2023Q3 and is missing from posting 2.".to_owned();
    snapshot("withdrawn", vec![item]);
}

/// Briumvi's code told and then rejected by a person.
fn retracted() -> DigestItem {
    let mut item = sample(Sample::Briumvi);
    let finding = &mut item.alert.finding;
    finding.kind = AlertKind::PermanentCodeChanged;
    finding.from_code = "J2329".parse().unwrap();
    finding.to_code = None;
    finding.match_kind = None;
    finding.descriptor = None;
    finding.billing_unit = None;
    finding.reason = "J2329 was told for this drug, but Ann rejected it on 2023-06-20.".to_owned();
    item.sequence = 1;
    item
}

#[test]
fn payers_kept_on_record_that_differ_stand_beside_the_date() {
    let rule = |payer: &str, terms, review: Option<&str>| PayerRule {
        id: PayerRuleId(1),
        written: NewPayerRule {
            payer: payer.parse().unwrap(),
            drug: None,
            terms,
            review_on: review.map(|day| day.parse().unwrap()),
            reason: "its own schedule".to_owned(),
            source: "bulletin 612".to_owned(),
            by: "Pat".to_owned(),
        },
        at: "2023-02-01T09:00:00Z".parse().unwrap(),
        ended: None,
    };
    let from = |day: &str| PayerTerms::CodeFrom(day.parse().unwrap());
    let mut item = sample(Sample::Briumvi);
    item.payer_rules = vec![
        rule("Medi-Cal", from("2023-11-01"), None),
        rule("Texas Medicaid", from("2023-07-01"), None),
        rule("Aetna", from("2031-01-01"), None),
        rule(
            "BCBS of Michigan",
            PayerTerms::Pin("J3590".parse().unwrap()),
            Some("2023-06-01"),
        ),
        rule("Cigna", PayerTerms::Pin("J2329".parse().unwrap()), None),
    ];
    let text = render(vec![item]).text;
    let shown: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.starts_with("  Payers"))
        .take_while(|line| !line.starts_with("  NDC"))
        .map(str::trim)
        .collect();
    assert_eq!(
        shown.join(" "),
        "Payers          Medi-Cal takes it from November 1, 2023 on (bulletin 612); BCBS of Michigan stays on J3590 (bulletin 612, review overdue)"
    );
}

#[test]
fn a_code_that_is_not_the_drugs_after_all_names_no_new_code() {
    snapshot("retracted", vec![retracted()]);
    let text = render(vec![retracted()]).text;
    assert!(!text.contains("a new code"), "{text}");
}

#[test]
fn an_ended_code_and_its_successors_unit_are_one_item() {
    snapshot(
        "ended-with-successor",
        vec![sample(Sample::BkemvEnded), sample(Sample::BkemvUnit)],
    );
    let rendered = render(vec![sample(Sample::BkemvUnit), sample(Sample::BkemvEnded)]);
    assert_eq!(rendered.text.matches("What to do").count(), 1);
}

#[test]
fn an_ended_code_without_successor() {
    let mut item = sample(Sample::BkemvEnded);
    item.alert.finding.to_code = None;
    item.alert.finding.effective_date = None;
    item.alert.finding.billing_unit = None;
    item.alert.finding.descriptor = Some("Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg".to_owned());
    item.alert.finding.reason = "Q5139 ends on 2023-06-30; no other code names eculizumab-aeeb.".to_owned();
    item.limit = None;
    snapshot("ended", vec![item]);
}

#[test]
fn another_unit_of_the_same_code() {
    let mut item = sample(Sample::BkemvUnit);
    item.alert.finding.to_code = Some(item.alert.finding.from_code);
    item.alert.finding.reason = "The descriptor of Q5139 said 10 mg, it says 2 mg now.".to_owned();
    snapshot("unit", vec![item]);
}

#[test]
fn an_interim_code() {
    snapshot("interim", vec![sample(Sample::EyleaHd)]);
}

#[test]
fn an_interim_code_for_a_drug_billed_by_a_hospital() {
    let mut item = sample(Sample::EyleaHd);
    item.alert.finding.drug.entry.setting = Some(crate::domain::drug::Setting::Opps);
    snapshot("interim-outpatient", vec![item]);
}

#[test]
fn a_match_to_review() {
    snapshot("review", vec![sample(Sample::Zymfentra)]);
}

#[test]
fn several_drugs() {
    let items = [
        Sample::Hemgenix,
        Sample::Briumvi,
        Sample::BkemvEnded,
        Sample::BkemvUnit,
        Sample::EyleaHd,
        Sample::Zymfentra,
    ];
    snapshot("several", items.into_iter().map(sample).collect());
}

/// The digest of a later day on which `open` is still open.
fn later(open: Vec<DigestItem>, items: Vec<DigestItem>) -> Digest {
    let mut digest = digest(items);
    digest.today = "2023-07-15".parse().unwrap();
    digest.still_open = open;
    digest
}

fn snapshot_digest(name: &str, digest: &Digest) {
    let rendered = render_digest(digest).unwrap();
    insta::assert_snapshot!(
        format!("{name}.txt"),
        format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
    );
    insta::assert_snapshot!(format!("{name}.html"), rendered.html.unwrap());
}

/// Briumvi as announced and, once more, as in force.
fn briumvi_twice() -> Vec<DigestItem> {
    let announced = sample(Sample::Briumvi);
    let mut effective = announced.clone();
    effective.alert.id = crate::domain::alert::AlertId(9);
    effective.alert.finding.kind = AlertKind::PermanentCodeEffective;
    effective.alert.raised_on = "2023-07-01".parse().unwrap();
    vec![announced, effective]
}

#[test]
fn what_is_still_open_is_told_again() {
    let digest = later(briumvi_twice(), Vec::new());
    snapshot_digest("still-open", &digest);
    let rendered = render_digest(&digest).unwrap();
    assert_eq!(
        rendered.subject,
        "Still open: Briumvi left J3590 for J2329 on July 1, 2023"
    );
    assert!(
        rendered.text.contains("alerts ack 7 9 --by NAME"),
        "{}",
        rendered.text
    );
    let several = later(
        vec![sample(Sample::Briumvi), sample(Sample::Hemgenix)],
        Vec::new(),
    );
    assert_eq!(
        render_digest(&several).unwrap().subject,
        "2 changes still open: Briumvi since July 1, 2023, Hemgenix since April 1, 2023"
    );
}

#[test]
fn news_comes_before_what_is_still_open() {
    let digest = later(briumvi_twice(), vec![sample(Sample::EyleaHd)]);
    snapshot_digest("news-and-still-open", &digest);
    let rendered = render_digest(&digest).unwrap();
    assert!(
        rendered.subject.ends_with(" (and 1 still open)"),
        "{}",
        rendered.subject
    );
    let (news, open) = rendered.text.split_once("STILL OPEN FROM BEFORE").unwrap();
    assert!(news.contains("Eylea HD") && !news.contains("J2329") && open.contains("J2329"));
}

#[test]
fn a_quarter_without_news_says_so() {
    let mut digest = digest(Vec::new());
    digest.quiet = "2023Q3".parse().ok();
    snapshot_digest("quiet", &digest);
    assert_eq!(
        render_digest(&digest).unwrap().subject,
        "Nothing changes on July 1, 2023 for your 12 drugs"
    );
    digest.today = "2023-07-03".parse().unwrap();
    digest.drugs_watched = 1;
    let rendered = render_digest(&digest).unwrap();
    assert_eq!(
        rendered.subject,
        "Nothing changed on July 1, 2023 for your 1 drug"
    );
    digest.still_open = briumvi_twice();
    let rendered = render_digest(&digest).unwrap();
    assert_eq!(
        rendered.subject,
        "Nothing changed on July 1, 2023 for your 1 drug (and 1 still open)"
    );
}

#[test]
fn a_test_message_says_that_it_is_one() {
    let rendered = render_test_message("Example Infusion Center", "2023-06-20".parse().unwrap()).unwrap();
    insta::assert_snapshot!(
        "test-message",
        format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
    );
}

/// The files of a digest by name, as text.
fn files(items: Vec<DigestItem>) -> std::collections::BTreeMap<String, String> {
    let origin = Origin {
        installation: "0123456789abcdef",
        sender: "alerts@example.org",
        now: "2023-06-20T06:00:00Z".parse().unwrap(),
    };
    attachments(&digest(items), origin)
        .unwrap()
        .into_iter()
        .map(|file| {
            (
                file.file_name,
                String::from_utf8_lossy(&file.content).into_owned(),
            )
        })
        .collect()
}

/// The values of a property in a calendar.
fn property(calendar: &str, name: &str) -> Vec<String> {
    let lines = calendar.lines().filter_map(|line| line.strip_prefix(name));
    lines.map(str::to_owned).collect()
}

#[test]
fn files_hold_what_a_billing_system_and_a_calendar_load() {
    let every = [
        Sample::Hemgenix,
        Sample::Briumvi,
        Sample::BkemvEnded,
        Sample::BkemvUnit,
        Sample::EyleaHd,
        Sample::Zymfentra,
    ];
    let all = files(every.into_iter().map(sample).collect());
    let names: Vec<&String> = all.keys().collect();
    assert_eq!(names, ["crosswalk.csv", "crosswalk.xlsx", "effective-dates.ics"]);
    insta::assert_snapshot!(all["crosswalk.csv"].replace("\r\n", "\n"));
    let calendar = &all["effective-dates.ics"];
    assert_eq!(
        property(calendar, "DTSTART;VALUE=DATE:"),
        ["20230701", "20230701"]
    );
    assert_eq!(
        property(calendar, "UID:"),
        [
            "drug-1-J2329@0123456789abcdef.hcpcs-watch",
            "drug-3-Q5152@0123456789abcdef.hcpcs-watch"
        ]
    );
    assert!(files(vec![sample(Sample::EyleaHd), sample(Sample::Zymfentra)]).is_empty());
}

#[test]
fn an_event_keeps_its_uid_when_it_is_moved_and_taken_back() {
    let announced = sample(Sample::Briumvi);
    let mut moved = announced.clone();
    moved.alert.finding.kind = AlertKind::PermanentCodeChanged;
    moved.alert.finding.effective_date = "2023-10-01".parse().ok();
    moved.sequence = 1;
    let mut withdrawn = moved.clone();
    withdrawn.alert.finding.kind = AlertKind::PermanentCodeWithdrawn;
    withdrawn.sequence = 2;
    let first = files(vec![announced])["effective-dates.ics"].clone();
    let second = files(vec![moved])["effective-dates.ics"].clone();
    let third = files(vec![withdrawn]);
    assert!(!third.contains_key("effective-dates.ics") && !third.contains_key("crosswalk.csv"));
    let third = third["taken-back.ics"].clone();
    assert_eq!(property(&first, "UID:"), property(&second, "UID:"));
    assert_eq!(property(&first, "UID:"), property(&third, "UID:"));
    let sequences: Vec<String> = [&first, &second, &third]
        .iter()
        .flat_map(|calendar| property(calendar, "SEQUENCE:"))
        .collect();
    assert_eq!(sequences, ["0", "1", "2"]);
    assert_eq!(property(&third, "METHOD:"), ["CANCEL"]);
}

#[test]
fn a_code_that_is_not_the_drugs_is_taken_off_the_calendar() {
    let put_down = files(vec![sample(Sample::Briumvi)])["effective-dates.ics"].clone();
    let told = files(vec![retracted()]);
    assert_eq!(told.keys().collect::<Vec<_>>(), ["taken-back.ics"]);
    assert_eq!(
        property(&told["taken-back.ics"], "UID:"),
        property(&put_down, "UID:")
    );

    let mut another = retracted();
    another.alert.finding.to_code = "J1411".parse().ok();
    let told = files(vec![another]);
    assert_eq!(
        property(&told["taken-back.ics"], "UID:"),
        property(&put_down, "UID:")
    );
    assert_eq!(
        property(&told["effective-dates.ics"], "UID:"),
        ["drug-1-J1411@0123456789abcdef.hcpcs-watch"]
    );
}

#[test]
fn subjects_of_several_drugs_count_them_and_stay_short() {
    let drug = |id, name: &str| {
        let mut item = sample(Sample::Briumvi);
        item.alert.finding.drug.id = crate::domain::drug::DrugId(id);
        item.alert.finding.drug.entry.brand = Some(name.to_owned());
        item
    };
    let subject = |count: i64, name: &str| {
        render((0..count).map(|id| drug(id, &format!("{name}{id}"))).collect()).subject
    };
    assert_eq!(
        subject(2, "Brand"),
        "2 drugs leave J3590: Brand0 on July 1, 2023, Brand1 on July 1, 2023"
    );
    assert_eq!(
        subject(12, "Brand"),
        "12 drugs leave J3590: Brand0 on July 1, 2023, Brand1 on July 1, 2023, Brand2 on July 1, 2023 and 9 more"
    );
    for count in [1, 2, 3, 50] {
        assert!(subject(count, &"long name ".repeat(30)).chars().count() <= 120);
    }
}

#[test]
fn a_digest_without_news_says_so() {
    let rendered = render(Vec::new());
    assert_eq!(rendered.subject, "No HCPCS code changes for your drugs");
    assert!(rendered.text.contains("12 drugs watched"), "{}", rendered.text);
}

#[test]
fn units_that_cannot_be_computed_are_said_plainly() {
    for (dose, unit, words) in [
        (None, Some("1 mg"), "the drug list has no usual dose"),
        (Some("2 ml"), Some("1 mg"), "2 ml cannot be converted to 1 mg"),
        (
            Some("2 ml"),
            Some("per therapeutic dose"),
            "1 unit for each therapeutic dose",
        ),
        (Some("2 ml"), None, "read it there"),
        (Some("155 mg"), Some("10 mg"), "15.5, rounded up to 16 units"),
    ] {
        let mut item = sample(Sample::Briumvi);
        item.alert.finding.drug.entry.dose = dose.map(|dose| dose.parse().unwrap());
        item.alert.finding.billing_unit = unit.map(str::to_owned);
        let text = render(vec![item])
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn a_missing_limit_is_not_a_price() {
    for (limit, words) in [
        (None, "no Medicare ASP pricing file is loaded"),
        (
            Some(samples::limit("2023Q3", None)),
            "no limit published for 2023Q3",
        ),
        (
            Some(samples::limit("2023Q4", Some("57.904"))),
            "450 units x $57.904 = $26,056.80 allowed per dose",
        ),
    ] {
        let mut item = sample(Sample::Briumvi);
        item.limit = limit;
        let text = render(vec![item])
            .text
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn the_review_command_can_be_pasted_into_a_shell() {
    for (brand, argument) in [
        ("Briumvi", "explain Briumvi`"),
        ("Eylea HD", "explain \"Eylea HD\"`"),
        ("x; rm -rf $HOME", "explain 5`"),
        ("--help", "explain 5`"),
        ("a`b", "explain 5`"),
    ] {
        let mut item = sample(Sample::Zymfentra);
        item.alert.finding.drug.entry.brand = Some(brand.to_owned());
        assert!(render(vec![item]).text.contains(argument), "{brand}");
    }
}

#[test]
fn the_operator_hears_what_failed_and_what_was_mended() {
    let overdue = OperatorProblem::QuarterOverdue {
        source: crate::domain::source::Source::Hcpcs,
        quarter: "2023Q3".parse().unwrap(),
        expected_by: "2023-06-24".parse().unwrap(),
    };
    let failed = OperatorProblem::RunFailed {
        stage: "fetching the CMS files".to_owned(),
        error: "the site answered 403\ndownload the file by hand and run `hcpcs-watch releases import FILE`"
            .to_owned(),
    };
    let stuck = OperatorProblem::MailStuck {
        messages: 2,
        reason: "the mail server smtp.example.org refused the name or password".to_owned(),
    };
    let over = |problem: &OperatorProblem| vec![problem.once_over()];
    let notice = |problems, mended| OperatorNotice {
        practice: "Example Infusion Center".to_owned(),
        today: "2023-07-03".parse().unwrap(),
        problems,
        mended,
    };
    for (name, notice) in [
        ("operator-failed", notice(vec![failed.clone(), stuck], Vec::new())),
        ("operator-overdue", notice(vec![overdue.clone()], over(&failed))),
        ("operator-mended", notice(Vec::new(), over(&overdue))),
    ] {
        let rendered = render_operator_notice(&notice).unwrap();
        assert_eq!(rendered.html, None);
        insta::assert_snapshot!(
            name,
            format!("Subject: {}\n\n{}", rendered.subject, rendered.text)
        );
    }
}

#[test]
fn only_alerts_of_one_drug_about_one_change_are_taken_together() {
    let items = |items: Vec<DigestItem>| render(items).text.matches("What to do").count();
    let announced = sample(Sample::Briumvi);
    let mut effective = announced.clone();
    effective.alert.finding.kind = AlertKind::PermanentCodeEffective;
    assert_eq!(items(vec![announced.clone(), effective]), 1);
    let mut other_date = announced.clone();
    other_date.alert.finding.effective_date = "2023-10-01".parse().ok();
    assert_eq!(items(vec![announced.clone(), other_date]), 2);
    let mut other_drug = announced.clone();
    other_drug.alert.finding.drug.id = crate::domain::drug::DrugId(99);
    assert_eq!(items(vec![announced.clone(), other_drug]), 2);
    let mut withdrawn = announced.clone();
    withdrawn.alert.finding.kind = AlertKind::PermanentCodeWithdrawn;
    assert_eq!(items(vec![announced, withdrawn]), 2);
}

fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[\\PC\r\n\t\u{0}\u{2028}\u{202E}\u{FFFF}]{0,80}",
        Just("<script>alert(1)</script>\r\nBcc: x@example.org".to_owned()),
        Just("\" onload=\"x' {{ 7 }} &lt; --> ]]>".to_owned()),
    ]
}

/// The tags of a page, in order, text left out.
fn tags(html: &str) -> Vec<String> {
    html.split('<')
        .skip(1)
        .map(|part| part.split('>').next().unwrap_or_default().to_owned())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_from_outside_breaks_out_of_its_place(
        brand in hostile(), proper in hostile(), descriptor in hostile(), reason in hostile(),
        unit in hostile(), member in hostile(), practice in hostile(), question in hostile(),
        kind in proptest::sample::select(AlertKind::ALL.to_vec()),
    ) {
        let fill = |words: [&str; 8]| {
            let mut item = sample(Sample::Zymfentra);
            let finding = &mut item.alert.finding;
            finding.kind = kind;
            finding.to_code = "J1748".parse().ok();
            finding.effective_date = "2023-07-01".parse().ok();
            finding.drug.entry.brand = Some(words[0].to_owned());
            finding.drug.entry.proper_name = Some(words[1].to_owned());
            finding.descriptor = Some(words[2].to_owned());
            finding.reason = words[3].to_owned();
            finding.billing_unit = Some(words[4].to_owned());
            finding.evidence[0].member = words[5].into();
            finding.candidates[0].open_question = words[7].to_owned();
            let mut digest = digest(vec![item]);
            digest.practice = words[6].to_owned();
            render_digest(&digest).unwrap()
        };
        let bad = fill([&brand, &proper, &descriptor, &reason, &unit, &member, &practice, &question]);
        prop_assert!(!bad.subject.contains(char::is_control), "{:?}", bad.subject);
        prop_assert!(bad.subject.chars().count() <= 120);
        prop_assert!(!bad.text.contains(|c: char| c.is_control() && c != '\n'));
        let html = bad.html.unwrap();
        prop_assert!(!html.contains(|c: char| c.is_control() && c != '\n'));
        // The same words, harmless and present or absent in the same places, give the same tags.
        let harmless = |text: &str| if words::plain(text).is_empty() { String::new() } else { "x".to_owned() };
        let mut good: Vec<String> =
            [&brand, &proper, &descriptor, &reason, &unit, &member, &practice, &question].map(|t| harmless(t)).to_vec();
        if good[1] == "x" && words::plain(&brand) != words::plain(&proper) {
            good[1] = "y".to_owned();
        }
        let good: Vec<&str> = good.iter().map(String::as_str).collect();
        let good = fill(good.try_into().unwrap()).html.unwrap();
        let kinds = |html: &str| tags(html).into_iter().map(|tag| tag.split(' ').next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(kinds(&html), kinds(&good));
    }
}
