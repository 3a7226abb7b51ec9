//! Tables for people: they fit the terminal, and without one 80 columns; nothing in a cell can steer a terminal.

use super::format::Look;
use super::terminal;
use comfy_table::{Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

/// A line under the heads and nothing else: rows are told apart by their first column.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('-').junction('-'));

/// The head of a column, and whether its cells may be broken over several lines to make the table fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Head {
    /// Short values that lose their meaning when broken: numbers, codes, dates.
    Kept(&'static str),
    /// Names and sentences.
    Folded(&'static str),
}

/// What a cell says beside its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    Plain,
    /// Somebody should look.
    Attention,
    /// Something is wrong.
    Wrong,
}

/// A table being filled.
pub(crate) struct Sheet<const WIDTH: usize> {
    table: Table,
    heads: [Head; WIDTH],
    look: Look,
}

impl<const WIDTH: usize> Sheet<WIDTH> {
    /// An empty table with these column heads.
    pub(crate) fn new(look: Look, heads: [Head; WIDTH]) -> Self {
        let mut table = Table::new();
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(look.width)
            .set_header(heads.map(|head| match head {
                Head::Kept(name) | Head::Folded(name) => name,
            }));
        if look.is_coloured {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        Self { table, heads, look }
    }

    /// Adds a row of texts, each with its tone.
    pub(crate) fn row(&mut self, cells: [(String, Tone); WIDTH]) {
        let is_coloured = self.look.is_coloured;
        self.table.add_row(cells.map(|(text, tone)| {
            let cell = Cell::new(terminal::visible_lines(&text));
            match tone {
                Tone::Attention if is_coloured => cell.fg(Color::Yellow),
                Tone::Wrong if is_coloured => cell.fg(Color::Red),
                Tone::Plain | Tone::Attention | Tone::Wrong => cell,
            }
        }));
    }

    /// The table as lines without blanks at their ends.
    pub(crate) fn finish(mut self) -> String {
        for (column, head) in self.table.column_iter_mut().zip(self.heads) {
            column.set_padding((0, 1));
            if let Head::Kept(_) = head {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        self.table
            .lines()
            .map(|line| line.trim_end().to_owned() + "\n")
            .collect()
    }
}

/// The text, or a dash where there is none.
pub(crate) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
