//! Drugs that could not be looked up, and what is said of the drugs that a message does not name.

use super::samples::{Sample, sample};
use super::{digest, snapshot_digest};
use crate::alerts::digest::render_digest;
use crate::domain::alert::{Digest, NotLookedUp};
use crate::domain::drug::DrugId;

const WHY: &str = "the brand stands in no file held: give the proper name with its suffix";

/// A drug by its number; those of the samples are 1 to 5.
fn unseen(drug: i64, name: &str) -> NotLookedUp {
    NotLookedUp {
        drug: DrugId(drug),
        name: name.to_owned(),
        reason: WHY.to_owned(),
    }
}

/// The text of a message with its line breaks taken out.
fn text(digest: &Digest) -> String {
    let text = render_digest(digest).unwrap().text;
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_quarter_without_news_vouches_only_for_what_was_looked_up() {
    let mut digest = digest(Vec::new());
    digest.quiet = "2023Q3".parse().ok();
    digest.not_looked_up = vec![unseen(9, "Zeta")];
    snapshot_digest("quiet-unseen", &digest);
    let subject = |digest| render_digest(digest).unwrap().subject;
    assert_eq!(
        subject(&digest),
        "Nothing changes on July 1, 2023 for your 11 drugs, 1 not looked up"
    );
    digest.drugs_watched = 1;
    let rendered = render_digest(&digest).unwrap();
    assert_eq!(
        rendered.subject,
        "None of your drugs could be looked up for July 1, 2023"
    );
    assert!(!rendered.text.contains("nothing to do"), "{}", rendered.text);
    // However many there are, the message stays short.
    digest.drugs_watched = 200;
    digest.not_looked_up = (0..150).map(|one| unseen(one, &format!("Zeta {one}"))).collect();
    let text = text(&digest);
    assert!(
        text.contains("Zeta 19 ") && text.contains("130 more") && !text.contains("Zeta 20 "),
        "{text}"
    );
}

#[test]
fn news_names_the_first_drugs_that_could_not_be_looked_up() {
    for (count, words) in [
        (
            1,
            "nothing new for the other 198; 1 could not be looked up: Zeta 0 (",
        ),
        (
            5,
            "nothing new for the other 194; 5 could not be looked up: Zeta 0, Zeta 1, Zeta 2, Zeta 3, Zeta 4 (",
        ),
        (
            150,
            "nothing new for the other 49; 150 could not be looked up: Zeta 0, Zeta 1, Zeta 2, Zeta 3, Zeta 4 and 145 more \
             (`hcpcs-watch explain DRUG` says why). Checked",
        ),
    ] {
        let mut digest = digest(vec![sample(Sample::Briumvi)]);
        digest.drugs_watched = 200;
        digest.not_looked_up = (0..count)
            .map(|one| unseen(one + 8, &format!("Zeta {one}")))
            .collect();
        let text = text(&digest);
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn each_drug_watched_is_told_or_not_looked_up_or_unchanged() {
    let told = || vec![sample(Sample::Briumvi), sample(Sample::Hemgenix)];
    for (tells_all, not_looked_up, words) in [
        (
            true,
            vec![],
            "7 drugs watched; nothing new for the other 5. Checked",
        ),
        (
            true,
            vec![unseen(9, "Zeta")],
            "7 drugs watched; nothing new for the other 4; 1 could not be looked up: Zeta (",
        ),
        // Told of, and not looked up: Briumvi is not counted twice.
        (
            true,
            vec![unseen(1, "Briumvi")],
            "7 drugs watched; nothing new for the other 5. Checked",
        ),
        (
            true,
            vec![unseen(1, "Briumvi"), unseen(9, "Zeta")],
            "7 drugs watched; nothing new for the other 4; 1 could not be looked up: Zeta (",
        ),
        (false, vec![], "7 drugs watched. Checked"),
        (false, vec![unseen(9, "Zeta")], "7 drugs watched. Checked"),
    ] {
        for is_open in [false, true] {
            let mut digest = digest(if is_open { Vec::new() } else { told() });
            digest.still_open = if is_open { told() } else { Vec::new() };
            digest.drugs_watched = 7;
            digest.tells_all = tells_all;
            digest.not_looked_up.clone_from(&not_looked_up);
            let text = text(&digest);
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}
