//! Drugs that could not be looked up, in a quarter without news.

use super::{digest, snapshot_digest};
use crate::alerts::digest::render_digest;

#[test]
fn a_quarter_without_news_vouches_only_for_what_was_looked_up() {
    let mut digest = digest(Vec::new());
    digest.quiet = "2023Q3".parse().ok();
    let why = "the brand stands in no file held: give the proper name with its suffix";
    digest.not_looked_up = vec![("Zeta".to_owned(), why.to_owned())];
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
    digest.not_looked_up = (0..150)
        .map(|one| (format!("Zeta {one}"), why.to_owned()))
        .collect();
    let text = render_digest(&digest).unwrap().text;
    assert!(text.contains("130 more") && !text.contains("Zeta 20 "), "{text}");
}
