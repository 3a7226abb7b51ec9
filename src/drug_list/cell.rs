//! One cell of a list: what a spreadsheet knows of it, and its text made fit for comparing.

use crate::blanks::fold_blanks;
use crate::report::terminal;
use chrono::NaiveDate;
use std::borrow::Cow;

/// The most characters a cell holds.
pub(super) const CELL_LIMIT: usize = 2_000;

/// A cell as the file gives it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Blank,
    /// A text.
    Text(String),
    /// A number of a workbook, in its shortest decimal form.
    Number(String),
    /// A date of a workbook.
    Date(NaiveDate),
    /// A formula of a workbook that gave an error, such as `#REF!`.
    Error(String),
}

impl Cell {
    /// Whether nothing stands in the cell.
    pub(super) fn is_blank(&self) -> bool {
        match self {
            Self::Blank => true,
            Self::Text(text) => text.trim().is_empty(),
            Self::Number(_) | Self::Date(_) | Self::Error(_) => false,
        }
    }

    /// What stands in the cell, as it is shown in a problem.
    pub(super) fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Blank => Cow::Borrowed(""),
            Self::Text(text) | Self::Number(text) | Self::Error(text) => Cow::Borrowed(text),
            Self::Date(date) => Cow::Owned(date.to_string()),
        }
    }

    /// The text of the cell: blanks of every kind folded into one, the guard of [`guarded`] taken off; none where
    /// it is blank. Control and invisible characters are refused: a name that looks right but holds one would
    /// never match.
    pub(super) fn text(&self) -> Result<Option<String>, String> {
        if let Self::Error(error) = self {
            return Err(format!(
                "the cell holds the spreadsheet error {error}; correct its formula"
            ));
        }
        let written = self.shown();
        if written.chars().nth(CELL_LIMIT).is_some() {
            return Err(format!(
                "the cell is longer than {CELL_LIMIT} characters; is a quotation mark not closed?"
            ));
        }
        let folded = fold_blanks(&written);
        if let Some(hidden) = folded
            .chars()
            .find(|character| terminal::is_unprintable(*character))
        {
            return Err(format!(
                "the cell holds the invisible character U+{:04X}; delete the cell and type it again",
                u32::from(hidden)
            ));
        }
        let text = unguarded(&folded);
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

/// Whether a spreadsheet could take a text for a formula, or whether it begins with a guard that must survive.
fn needs_guard(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@']) || text.strip_prefix('\'').is_some_and(begins_guarded)
}

fn begins_guarded(rest: &str) -> bool {
    rest.starts_with(['=', '+', '-', '@', '\''])
}

/// `text` with an apostrophe before it where a spreadsheet would run it as a formula (it begins with `=`, `+`, `-`
/// or `@`), or where it already looks guarded. Reading takes exactly one apostrophe off again.
pub(crate) fn guarded(text: &str) -> String {
    if needs_guard(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// `text` without the guard that [`guarded`] sets.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'')
        .filter(|rest| begins_guarded(rest))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn formulas_are_guarded_and_come_back() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("-5", "'-5"),
            ("@x", "'@x"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("'s notes", "'s notes"),
            ("a=b", "a=b"),
            ("", ""),
        ] {
            assert_eq!(guarded(text), safe);
            assert_eq!(unguarded(safe), text);
        }
    }

    proptest! {
        #[test]
        fn guarding_can_be_undone_and_leaves_no_formula(text in "['=+@-]{0,4}[a-z]{0,3}") {
            let safe = guarded(&text);
            prop_assert!(!safe.starts_with(['=', '+', '-', '@']));
            prop_assert_eq!(unguarded(&safe), text);
        }
    }
}
