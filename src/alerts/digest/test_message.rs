//! The message that `mail test` sends.

use super::{RenderError, Rendered, layout, words};
use askama::Template;
use chrono::NaiveDate;

#[derive(Template)]
#[template(path = "test.txt")]
struct TestTemplate {
    practice: String,
    day: String,
}

/// A message that says it is a test; text only.
///
/// # Errors
///
/// Only where the template cannot be filled, which is a defect.
pub fn render_test_message(practice: &str, today: NaiveDate) -> Result<Rendered, RenderError> {
    let template = TestTemplate {
        practice: words::plain(practice),
        day: words::long_date(today),
    };
    let text = template.render().map_err(|source| RenderError {
        template: "test.txt",
        source,
    })?;
    Ok(Rendered {
        subject: "hcpcs-watch: test message".to_owned(),
        text: layout::tidy(&text),
        html: None,
    })
}
