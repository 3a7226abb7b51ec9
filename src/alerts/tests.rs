use super::*;
use crate::domain::alert::{AlertId, AlertKind, Decision, Finding};
use crate::domain::drug::{DrugEntry, DrugId, Setting};
use crate::domain::period::Standing;
use crate::matching::Verdict;
use crate::matching::samples::{date, published, same, weighed};

fn found(lines: &[&str]) -> Outcome {
    Outcome {
        same: lines.iter().map(|line| same(line)).collect(),
        ..Outcome::default()
    }
}

fn drug() -> Drug {
    Drug {
        id: DrugId(1),
        entry: DrugEntry {
            brand: Some("Briumvi".to_owned()),
            proper_name: Some("ublituximab-xiiy".to_owned()),
            ..DrugEntry::default()
        },
        retired_on: None,
    }
}

/// The practice's memory over several runs.
struct Story {
    setting: Setting,
    told: Vec<Alert>,
    withdrawn: Vec<PublishedPeriod>,
}

impl Default for Story {
    fn default() -> Self {
        Self {
            setting: Setting::Office,
            told: Vec::new(),
            withdrawn: Vec::new(),
        }
    }
}

impl Story {
    /// One run; what it tells as "kind from>to effective..end unit".
    fn run(&mut self, today: &str, outcome: &Outcome) -> Vec<String> {
        let drug = drug();
        let mut periods: Vec<PublishedPeriod> =
            outcome.same.iter().map(|one| one.published.clone()).collect();
        periods.extend(self.withdrawn.iter().cloned());
        let watch = Watch {
            drug: &drug,
            outcome,
            told: &self.told,
            periods: &periods,
            setting: self.setting,
            today: date(today),
        };
        let new = findings(&watch);
        let lines = new.iter().map(line).collect();
        for finding in new {
            assert!(!finding.evidence.is_empty(), "{finding:?}");
            let id = AlertId(i64::try_from(self.told.len()).unwrap() + 1);
            let raised_on = date(today);
            self.told.push(Alert {
                id,
                finding,
                raised_on,
                deliveries: Vec::new(),
                acknowledged: None,
            });
        }
        lines
    }
}

fn line(finding: &Finding) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {}>{} {}..{} {}",
        finding.kind,
        finding.from_code,
        text(finding.to_code.map(|code| code.to_string())),
        text(finding.effective_date.map(|date| date.to_string())),
        text(finding.end_date.map(|date| date.to_string())),
        text(finding.billing_unit.clone())
    )
}

const BRIUMVI: &str = "J2329 2023-07-01 - Injection, ublituximab-xiiy, 1mg";
const NOTHING: [&str; 0] = [];

#[test]
fn a_code_is_announced_once_and_told_again_when_its_day_comes() {
    let mut story = Story::default();
    let outcome = found(&[BRIUMVI]);
    assert_eq!(
        story.run("2023-06-20", &outcome),
        ["permanent-code-announced J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-06-20", &outcome), NOTHING);
    assert_eq!(story.run("2023-06-30", &outcome), NOTHING);
    assert_eq!(
        story.run("2023-07-05", &outcome),
        ["permanent-code-effective J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-10-01", &outcome), NOTHING);
}

#[test]
fn a_code_first_seen_on_its_day_is_effective_and_later_is_retroactive() {
    let outcome = found(&[BRIUMVI]);
    let mut story = Story::default();
    assert_eq!(
        story.run("2023-07-01", &outcome),
        ["permanent-code-effective J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-07-02", &outcome), NOTHING);
    let mut story = Story::default();
    assert_eq!(
        story.run("2023-07-02", &outcome),
        ["permanent-code-retroactive J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-07-03", &outcome), NOTHING);
}

#[test]
fn a_changed_date_is_told_as_a_change_and_then_takes_effect() {
    let mut story = Story::default();
    story.run("2023-06-20", &found(&[BRIUMVI]));
    let moved = found(&["J2329 2023-10-01 - Injection, ublituximab-xiiy, 1mg"]);
    assert_eq!(
        story.run("2023-06-27", &moved),
        ["permanent-code-changed J3590>J2329 2023-10-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-07-05", &moved), NOTHING);
    assert_eq!(
        story.run("2023-10-01", &moved),
        ["permanent-code-effective J3590>J2329 2023-10-01..- 1 mg"]
    );
}

#[test]
fn a_code_taken_back_is_withdrawn_once_and_told_again_if_it_returns() {
    let mut story = Story::default();
    story.run("2023-06-20", &found(&[BRIUMVI]));
    story.withdrawn = vec![PublishedPeriod {
        standing: Standing::Withdrawn,
        ..published(BRIUMVI)
    }];
    let gone = Outcome::default();
    assert_eq!(
        story.run("2023-06-27", &gone),
        ["permanent-code-withdrawn J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-06-28", &gone), NOTHING);
    story.withdrawn.clear();
    let back = found(&[BRIUMVI]);
    assert_eq!(
        story.run("2023-06-29", &back),
        ["permanent-code-changed J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(
        story.run("2023-07-01", &back),
        ["permanent-code-effective J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2023-07-02", &back), NOTHING);
}

#[test]
fn an_ended_code_with_a_successor_of_another_unit_is_told_as_both() {
    let mut story = Story::default();
    story.run(
        "2025-01-10",
        &found(&["Q5139 2025-01-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg"]),
    );
    let outcome = found(&[
        "Q5139 2025-01-01 2025-03-31 Injection, eculizumab-aeeb (bkemv), biosimilar, 10 mg",
        "Q5152 2025-04-01 - Injection, eculizumab-aeeb (bkemv), biosimilar, 2 mg",
    ]);
    assert_eq!(
        story.run("2025-03-17", &outcome),
        [
            "code-ended Q5139>Q5152 2025-04-01..2025-03-31 2 mg",
            "permanent-code-announced Q5139>Q5152 2025-04-01..- 2 mg",
            "billing-unit-changed Q5139>Q5152 2025-04-01..- 2 mg",
        ]
    );
    assert_eq!(story.run("2025-03-18", &outcome), NOTHING);
    assert_eq!(
        story.run("2025-04-01", &outcome),
        ["permanent-code-effective Q5139>Q5152 2025-04-01..- 2 mg"]
    );
    assert_eq!(story.run("2025-04-02", &outcome), NOTHING);
}

#[test]
fn an_ended_code_without_successor_says_so_and_an_end_taken_back_is_a_change() {
    let mut story = Story::default();
    story.run("2023-07-01", &found(&[BRIUMVI]));
    let ended = found(&["J2329 2023-07-01 2024-12-31 Injection, ublituximab-xiiy, 1mg"]);
    assert_eq!(
        story.run("2024-12-10", &ended),
        ["code-ended J2329>- 2025-01-01..2024-12-31 -"]
    );
    assert_eq!(story.run("2024-12-11", &ended), NOTHING);
    assert_eq!(
        story.run("2024-12-20", &found(&[BRIUMVI])),
        ["permanent-code-changed J3590>J2329 2023-07-01..- 1 mg"]
    );
    assert_eq!(story.run("2024-12-21", &found(&[BRIUMVI])), NOTHING);
}

#[test]
fn a_unit_that_changes_under_one_code_is_told() {
    let mut story = Story::default();
    story.run("2023-07-01", &found(&[BRIUMVI]));
    let changed = found(&["J2329 2023-07-01 - Injection, ublituximab-xiiy, 2 mg"]);
    assert_eq!(
        story.run("2024-01-01", &changed),
        ["billing-unit-changed J2329>J2329 2023-07-01..- 2 mg"]
    );
    assert_eq!(story.run("2024-01-02", &changed), NOTHING);
}

#[test]
fn an_interim_code_is_news_and_never_a_switch() {
    let mut story = Story::default();
    let mut outcome = Outcome::default();
    outcome.interim.push(same(
        "C9161 2024-01-01 2024-03-31 Injection, aflibercept hd, 1 mg",
    ));
    assert_eq!(
        story.run("2024-01-05", &outcome),
        ["interim-code J3590>C9161 2024-01-01..2024-03-31 1 mg"]
    );
    assert_eq!(story.run("2024-01-06", &outcome), NOTHING);
}

#[test]
fn a_review_is_asked_once_and_again_only_for_a_new_candidate() {
    let mut story = Story::default();
    let unsure = |lines: &[&str]| Outcome {
        unsure: lines
            .iter()
            .map(|line| weighed(line, Verdict::Unsure("give the suffix".to_owned())))
            .collect(),
        ..Outcome::default()
    };
    let one = unsure(&["J9312 2019-01-01 - Injection, rituximab, 10 mg"]);
    assert_eq!(
        story.run("2024-01-05", &one),
        ["match-needs-review J3590>- -..- -"]
    );
    assert_eq!(story.told[0].finding.decision, Decision::Review);
    assert_eq!(story.run("2024-01-06", &one), NOTHING);
    let two = unsure(&[
        "J9312 2019-01-01 - Injection, rituximab, 10 mg",
        "Q5123 2024-04-01 - Injection, rituximab-arrx, biosimilar, (riabni), 10 mg",
    ]);
    assert_eq!(
        story.run("2024-04-05", &two),
        ["match-needs-review J3590>- -..- -"]
    );
    assert_eq!(story.told[1].finding.candidates.len(), 2);
    assert_eq!(story.run("2024-04-06", &one), NOTHING);
}

#[test]
fn a_code_no_longer_recognised_is_told_as_a_change() {
    let mut story = Story::default();
    story.run("2023-07-01", &found(&[BRIUMVI]));
    story.withdrawn = vec![published(BRIUMVI)];
    let told = story.run("2023-10-01", &Outcome::default());
    assert_eq!(told, ["permanent-code-changed J2329>- 2023-07-01..- -"]);
    assert_eq!(story.run("2023-10-02", &Outcome::default()), NOTHING);
    assert_eq!(story.told[1].finding.kind, AlertKind::PermanentCodeChanged);
}

#[test]
fn a_code_that_ended_before_does_not_take_the_place_of_one_no_longer_recognised() {
    let before = "J2327 2022-01-01 2022-12-31 Injection, ublituximab-xiiy, 1mg";
    let mut story = Story::default();
    story.run("2023-07-01", &found(&[before, BRIUMVI]));
    story.withdrawn = vec![published(BRIUMVI)];
    let told = story.run("2023-10-01", &found(&[before]));
    assert_eq!(told, ["permanent-code-changed J2329>- 2023-07-01..- -"]);
    let after = "J2330 2023-07-01 - Injection, ublituximab-xiiy, 1mg";
    let told = story.run("2023-10-02", &found(&[before, after]));
    assert_eq!(
        told,
        ["permanent-code-retroactive J3590>J2330 2023-07-01..- 1 mg"]
    );
}

#[test]
fn a_hospital_outpatient_department_leaves_the_interim_code_and_an_office_the_catch_all() {
    let mut outcome = found(&["J0177 2024-04-01 - Injection, aflibercept hd, 1 mg"]);
    outcome.interim.push(same(
        "C9161 2024-01-01 2024-03-31 Injection, aflibercept hd, 1 mg",
    ));
    for (setting, from) in [(Setting::Opps, "C9161"), (Setting::Office, "J3590")] {
        let mut story = Story {
            setting,
            ..Story::default()
        };
        let told = story.run("2024-03-20", &outcome);
        let announced = format!("permanent-code-announced {from}>J0177 2024-04-01..- 1 mg");
        assert!(told.contains(&announced), "{told:?}");
    }
}

#[test]
fn a_hospital_outpatient_department_hears_of_the_end_and_the_withdrawal_of_an_interim_code() {
    let interim = |line: &str| Outcome {
        interim: vec![same(line)],
        ..Outcome::default()
    };
    let mut story = Story {
        setting: Setting::Opps,
        ..Story::default()
    };
    story.run(
        "2024-01-02",
        &interim("C9161 2024-01-01 - Injection, aflibercept hd, 1 mg"),
    );
    let ended = interim("C9161 2024-01-01 2024-03-31 Injection, aflibercept hd, 1 mg");
    assert_eq!(
        story.run("2024-03-20", &ended),
        ["code-ended C9161>- 2024-04-01..2024-03-31 -"]
    );
    assert_eq!(story.run("2024-03-21", &ended), NOTHING);
    let told = story.run("2024-03-22", &Outcome::default());
    assert_eq!(told, ["permanent-code-withdrawn J3590>C9161 2024-01-01..- 1 mg"]);
}

#[test]
fn a_date_that_comes_back_is_told_again() {
    let mut story = Story::default();
    let on = |date: &str| found(&[&format!("J2329 {date} - Injection, ublituximab-xiiy, 1mg")]);
    story.run("2023-08-01", &on("2023-07-01"));
    let moved = story.run("2023-08-10", &on("2023-10-01"));
    assert_eq!(moved, ["permanent-code-changed J3590>J2329 2023-10-01..- 1 mg"]);
    let back = story.run("2023-08-20", &on("2023-07-01"));
    assert_eq!(back, ["permanent-code-changed J3590>J2329 2023-07-01..- 1 mg"]);
    assert_eq!(story.run("2023-08-21", &on("2023-07-01")), NOTHING);
}

#[test]
fn a_code_in_force_that_is_withdrawn_and_returns_twice_is_told_each_time() {
    let mut story = Story::default();
    let gone = vec![PublishedPeriod {
        standing: Standing::Withdrawn,
        ..published(BRIUMVI)
    }];
    story.run("2023-07-01", &found(&[BRIUMVI]));
    for day in ["2023-07-10", "2023-07-20"] {
        story.withdrawn.clone_from(&gone);
        let told = story.run(day, &Outcome::default());
        assert_eq!(told, ["permanent-code-withdrawn J3590>J2329 2023-07-01..- 1 mg"]);
        story.withdrawn.clear();
        let told = story.run(day, &found(&[BRIUMVI]));
        assert_eq!(told, ["permanent-code-changed J3590>J2329 2023-07-01..- 1 mg"]);
        assert_eq!(story.run(day, &found(&[BRIUMVI])), NOTHING);
    }
}

#[test]
fn a_unit_that_goes_and_comes_back_is_told_each_time() {
    let mut story = Story::default();
    let unit = |unit: &str| found(&[&format!("J2329 2023-07-01 - Injection, ublituximab-xiiy, {unit}")]);
    story.run("2023-07-01", &unit("1 mg"));
    for (day, is) in [
        ("2023-10-01", "2 mg"),
        ("2024-01-01", "1 mg"),
        ("2024-04-01", "2 mg"),
    ] {
        let told = story.run(day, &unit(is));
        assert_eq!(
            told,
            [format!("billing-unit-changed J2329>J2329 2023-07-01..- {is}")]
        );
        assert_eq!(story.run(day, &unit(is)), NOTHING);
    }
}

#[test]
fn an_end_taken_back_twice_is_told_twice() {
    let mut story = Story::default();
    story.run("2023-07-01", &found(&[BRIUMVI]));
    for _ in 0..2 {
        let ended = found(&["J2329 2023-07-01 2024-12-31 Injection, ublituximab-xiiy, 1mg"]);
        assert_eq!(
            story.run("2024-12-10", &ended),
            ["code-ended J2329>- 2025-01-01..2024-12-31 -"]
        );
        let open = found(&[BRIUMVI]);
        assert_eq!(
            story.run("2024-12-20", &open),
            ["permanent-code-changed J3590>J2329 2023-07-01..- 1 mg"]
        );
    }
}

#[test]
fn a_gap_between_two_codes_falls_back_to_the_catch_all_code() {
    let mut story = Story::default();
    let outcome = found(&[
        "J1111 2023-01-01 2023-12-31 Injection, foozumab-abcd, 1 mg",
        "J2222 2024-07-01 - Injection, foozumab-abcd, 1 mg",
    ]);
    let told = story.run("2023-12-20", &outcome);
    assert!(
        told.contains(&"code-ended J1111>- 2024-01-01..2023-12-31 -".to_owned()),
        "{told:?}"
    );
    assert!(
        told.contains(&"permanent-code-announced J3590>J2222 2024-07-01..- 1 mg".to_owned()),
        "{told:?}"
    );
    assert!(
        story.told[1]
            .finding
            .reason
            .contains("J2222 begins only on 2024-07-01")
    );
}
