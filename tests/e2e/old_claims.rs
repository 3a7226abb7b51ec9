//! What is said of claims of days gone by: of codes that came and went unheard of, and of drugs that cannot be looked up.

use crate::practice::{Practice, text};

/// The one message, its lines folded into one.
fn mail(practice: &Practice) -> String {
    let mails = practice.mails();
    let [mail] = &mails[..] else { panic!("{mails:?}") };
    mail.text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn switches(practice: &Practice) -> Vec<String> {
    let told = practice.alerts().into_iter().map(|alert| {
        format!(
            "{} {}>{} {}",
            text(&alert, "kind"),
            text(&alert, "from_code"),
            text(&alert, "to_code"),
            text(&alert, "effective_date")
        )
    });
    told.collect()
}

#[test]
fn claims_under_the_catch_all_code_are_corrected_to_each_code_of_a_chain_that_is_told_late() {
    let practice = Practice::new();
    practice.write(
        "drugs.csv",
        "brand,proper_name,started_on\nBkemv,eculizumab-aeeb,2024-07-01\n",
    );
    practice.post_quarters(&["july-2025"]);
    practice.run("2025-07-15").with(0);
    let told = switches(&practice);
    for expected in [
        "permanent-code-retroactive J3590>Q5139 2025-01-01",
        "permanent-code-retroactive J3590>Q5152 2025-04-01",
    ] {
        assert!(told.iter().any(|one| one == expected), "{told:?}");
    }
    let mail = mail(&practice);
    for step in [
        "went out under J3590 with a date of service from January 1, 2025 through March 31, 2025",
        "went out under J3590 with a date of service on or after April 1, 2025",
    ] {
        assert!(mail.contains(step), "{step}\n{mail}");
    }
    assert!(!mail.contains("through March 31, 2025 bill J3590"), "{mail}");
    insta::assert_snapshot!("chain_told_late", &practice.mails()[0].text);
}

#[test]
fn the_catch_all_code_is_called_right_only_for_days_the_files_can_tell_of() {
    for (listed, right) in [
        ("2023-02-01", true),
        // The practice had it from the first day on.
        ("2023-07-01", false),
    ] {
        let practice = Practice::new();
        practice.write(
            "drugs.csv",
            &format!("brand,proper_name,started_on\nBriumvi,ublituximab-xiiy,{listed}\n"),
        );
        practice.post_quarters(&["july-2023"]);
        practice.run("2023-07-05").with(0);
        let mail = mail(&practice);
        assert_eq!(
            mail.contains("through June 30, 2023 bill J3590"),
            right,
            "{listed}: {mail}"
        );
    }
}

#[test]
fn a_drug_that_cannot_be_looked_up_has_no_known_code_until_a_person_says_one() {
    let practice = Practice::new();
    practice.write("drugs.csv", "brand,started_on\nZetabrand,2023-02-01\n");
    practice.post_quarters(&["july-2023"]);
    practice.run("2023-07-05").with(0);
    let audit = |as_of: &str| {
        practice
            .call(&[
                "audit",
                "--format",
                "json",
                "--today",
                "2023-08-02",
                "--as-of",
                as_of,
            ])
            .with(0)
            .json()
    };
    let unseen = audit("2023-07-05");
    assert_eq!(unseen["drugs"][0]["state"], "out-of-sight");
    assert_eq!(unseen["drugs"][0]["codes"], serde_json::json!([]));
    assert_eq!(
        (
            &unseen["counts"]["out_of_sight"],
            &unseen["counts"]["unclassified"]
        ),
        (&1.into(), &0.into())
    );
    let is_said = |audit: &serde_json::Value| {
        audit["undetermined"]
            .to_string()
            .contains("Zetabrand: whether it has a code")
    };
    assert!(is_said(&unseen), "{}", unseen["undetermined"]);
    assert_eq!(practice.status("2023-07-05")["drugs"]["out_of_sight"], 1);
    assert_eq!(practice.run("2023-07-06").with(0).errors(), "");

    let word = [
        "review",
        "confirm",
        "Zetabrand",
        "J2329",
        "--by",
        "Pat",
        "--today",
        "2023-08-01",
    ];
    practice.call(&word).with(0);
    let spoken = audit("2023-08-02");
    let codes = spoken["drugs"][0]["codes"].as_array().unwrap();
    assert_eq!(codes.len(), 1, "{codes:?}");
    assert_eq!(codes[0]["code"], "J2329");
    assert_eq!(spoken["drugs"][0]["state"], "permanent");
    assert!(is_said(&spoken), "of other days nothing is known still");
    assert_eq!(practice.status("2023-08-02")["drugs"]["out_of_sight"], 0);
    practice.call(&["deliver", "--today", "2023-08-01"]).with(0);
    let told = practice
        .mails()
        .into_iter()
        .map(|mail| mail.text.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(
        !told
            .into_iter()
            .any(|text| text.contains("through June 30, 2023 bill J3590"))
    );
    // What was known on a day stays what was known on it.
    assert_eq!(audit("2023-07-05")["drugs"][0]["state"], "out-of-sight");
    practice.call(&["audit", "--verify"]).with(0);
}
