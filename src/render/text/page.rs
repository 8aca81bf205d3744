use crate::graph::Evidence;
use crate::render::visible;
use crate::rules::words::number;
pub(super) use crate::rules::words::{arrows, percent};
use anstyle::{AnsiColor, Style};
use std::fmt::Write as _;

/// What a piece of text is, from which its looks follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// Ordinary text.
    Plain,
    /// What the line is about.
    Strong,
    /// Broken.
    Bad,
    /// Not quite right.
    Weak,
    /// All is well.
    Good,
    /// Places and other small print.
    Dim,
}

impl Ink {
    fn style(self) -> Style {
        let colour = |c: AnsiColor| Style::new().fg_color(Some(c.into()));
        match self {
            Ink::Plain => Style::new(),
            Ink::Strong => Style::new().bold(),
            Ink::Bad => colour(AnsiColor::Red).bold(),
            Ink::Weak => colour(AnsiColor::Yellow),
            Ink::Good => colour(AnsiColor::Green),
            Ink::Dim => Style::new().dimmed(),
        }
    }
}

/// One line made of pieces. Every piece is made harmless when it is added, so nothing from an input can reach a
/// terminal as anything but text.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pieces: Vec<(Ink, String)>,
}

impl Line {
    /// A line that starts with ordinary text.
    pub(super) fn of(text: impl AsRef<str>) -> Self {
        Self::default().add(Ink::Plain, text)
    }

    /// Adds a piece.
    pub(super) fn add(mut self, ink: Ink, text: impl AsRef<str>) -> Self {
        self.pieces.push((ink, visible(text.as_ref()).into_owned()));
        self
    }

    /// Width in characters.
    pub(super) fn width(&self) -> usize {
        self.pieces.iter().map(|(_, text)| text.chars().count()).sum()
    }
}

/// Lines one below the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Page {
    text: String,
}

impl Page {
    /// Adds a line.
    pub(super) fn line(&mut self, line: Line) {
        for (ink, text) in &line.pieces {
            let style = ink.style();
            // Writing to a string cannot fail.
            let _ = write!(self.text, "{style}{text}{style:#}");
        }
        self.text.push('\n');
    }

    /// Adds an empty line, unless the page is empty or ends in one.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds rows whose cells stand below each other, indented, two spaces apart. The last cell of a row is not padded.
    pub(super) fn table(&mut self, indent: &str, rows: Vec<Vec<Line>>) {
        let widths = widths(&rows);
        for row in rows {
            self.row(indent, row, &widths);
        }
    }

    /// Adds one row with columns of known widths.
    pub(super) fn row(&mut self, indent: &str, cells: Vec<Line>, widths: &[usize]) {
        let last = cells.iter().rposition(|cell| cell.width() > 0);
        let mut line = Line::of(indent);
        for (i, cell) in cells.into_iter().enumerate().take(last.map_or(0, |i| i + 1)) {
            let padding = widths.get(i).copied().unwrap_or(0).saturating_sub(cell.width()) + 2;
            line.pieces.extend(cell.pieces);
            if Some(i) != last {
                line.pieces.push((Ink::Plain, " ".repeat(padding)));
            }
        }
        self.line(line);
    }

    /// Says how many rows of `total` were left out, and how to see them.
    pub(super) fn more(&mut self, indent: &str, total: usize, shown: usize) {
        if let Some(more @ 1..) = total.checked_sub(shown) {
            let more = number(more as u64);
            self.line(Line::of(format!("{indent}and {more} more (--limit {total} shows all)")));
        }
    }

    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    /// The finished text, without empty lines at its end.
    pub(super) fn finish(mut self) -> String {
        while self.text.ends_with("\n\n") {
            self.text.pop();
        }
        self.text
    }
}

/// How wide the columns of a table have to be: as its widest cell, but one very long name does not push all others out.
pub(super) fn widths(rows: &[Vec<Line>]) -> Vec<usize> {
    const WIDEST: usize = 48;
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(Line::width).filter(|&w| w <= WIDEST).max();
    (0..columns).map(|i| width(i).unwrap_or(0)).collect()
}

/// How many of `total` rows to show where `limit` fit: a line that says "1 more" could as well be that one.
pub(super) fn shown(total: usize, limit: usize) -> usize {
    if total == limit.saturating_add(1) { total } else { limit.min(total) }
}

/// Text in lines of at most `width` characters, broken between words.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if used == 0 || used + 1 + length <= width => {
                if !line.is_empty() {
                    line.push(' ');
                    used += 1;
                }
                line.push_str(word);
                used += length;
            }
            _ => {
                lines.push(word.to_owned());
                used = length;
            }
        }
    }
    lines
}

/// Text without its colours.
pub fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// `k8s/cart.yaml:12`, or nothing.
pub(super) fn place(evidence: Option<&Evidence>) -> String {
    evidence.map_or_else(String::new, |e| e.at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines break between words; a word that is too long stands alone.
    #[test]
    fn text_is_wrapped_between_words() {
        for (text, lines) in [
            ("", vec![""]),
            ("one two", vec!["one two"]),
            ("one two three", vec!["one two", "three"]),
            ("incomprehensible x", vec!["incomprehensible", "x"]),
        ] {
            assert_eq!(wrapped(text, 8), lines);
        }
    }

    /// Escapes in a piece are text, colours of the page are not.
    #[test]
    fn pieces_cannot_smuggle_escapes() {
        let mut page = Page::default();
        page.line(Line::default().add(Ink::Bad, "a\x1b[0mb\n"));
        assert_eq!(plain(&page.finish()), "a\\u{1b}[0mb\\n\n");
    }
}
