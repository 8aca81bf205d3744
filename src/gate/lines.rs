//! Which lines of a file changed, and what it would be without some of the changes.

use super::{LineRange, Lines};
use std::ops::Range;
use std::sync::Arc;

/// Middles with more pairs of lines than this are one change.
const CELLS: usize = 4_000_000;

/// The lines that differ between two texts of a file, in order. What ends a line makes no difference.
pub fn differences(file: &Arc<str>, base: &str, head: &str) -> Vec<Lines> {
    let (a, b): (Vec<&str>, Vec<&str>) = (base.lines().collect(), head.lines().collect());
    let prefix = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let rest = a.len().min(b.len()) - prefix;
    let suffix = a.iter().rev().zip(b.iter().rev()).take(rest).take_while(|(x, y)| x == y).count();
    let (a, b) =
        (a.get(prefix..a.len() - suffix).unwrap_or_default(), b.get(prefix..b.len() - suffix).unwrap_or_default());
    let line = |n: usize| u32::try_from(prefix + n + 1).unwrap_or(u32::MAX);
    let lines = |(x, y): (Range<usize>, Range<usize>)| Lines {
        file: file.clone(),
        base: LineRange { start: line(x.start), end: line(x.end) },
        head: LineRange { start: line(y.start), end: line(y.end) },
    };
    middle(a, b).into_iter().map(lines).collect()
}

/// The differing ranges of two lists that have neither their first nor their last lines in common, by a longest common
/// subsequence. O(lines²) up to [`CELLS`].
fn middle(a: &[&str], b: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    if a.is_empty() && b.is_empty() {
        return Vec::new();
    }
    let width = b.len() + 1;
    let cells = (a.len() + 1).saturating_mul(width);
    if cells > CELLS {
        return vec![(0..a.len(), 0..b.len())];
    }
    // The longest common subsequence of what follows each pair of places.
    let mut longest = vec![0u32; cells];
    let at = |i: usize, j: usize| i * width + j;
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let best =
                if x == y { longest[at(i + 1, j + 1)] + 1 } else { longest[at(i + 1, j)].max(longest[at(i, j + 1)]) };
            longest[at(i, j)] = best;
        }
    }
    let (mut found, mut start) = (Vec::new(), (0, 0));
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            if start != (i, j) {
                found.push((start.0..i, start.1..j));
            }
            (i, j) = (i + 1, j + 1);
            start = (i, j);
        } else if j >= b.len() || (i < a.len() && longest[at(i + 1, j)] >= longest[at(i, j + 1)]) {
            i += 1;
        } else {
            j += 1;
        }
    }
    if start != (i, j) {
        found.push((start.0..i, start.1..j));
    }
    found
}

/// The head's text with some changes taken back. `taken` are in order and of this file.
pub fn taken_back(base: &str, head: &str, taken: &[&Lines]) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (base.split_inclusive('\n').collect(), head.split_inclusive('\n').collect());
    let index = |line: u32| (line as usize).saturating_sub(1);
    let (mut text, mut next) = (String::with_capacity(head.len()), 0);
    let mut add = |lines: Option<&[&str]>| {
        for line in lines.unwrap_or_default() {
            text.push_str(line);
            // The last line of a file may have no end, and is not the last any more.
            if !line.ends_with('\n') {
                text.push('\n');
            }
        }
    };
    for lines in taken {
        add(b.get(next..index(lines.head.start)));
        add(a.get(index(lines.base.start)..index(lines.base.end)));
        next = index(lines.head.end);
    }
    add(b.get(next..));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(base: &str, head: &str) -> Vec<(u32, u32, u32, u32)> {
        let found = differences(&"f".into(), base, head);
        found.iter().map(|l| (l.base.start, l.base.end, l.head.start, l.head.end)).collect()
    }

    /// Changed, inserted and removed lines are told apart; line endings are none.
    #[test]
    fn lines_that_differ() {
        for (base, head, expected) in [
            ("a\nb\nc\n", "a\nb\nc\n", vec![]),
            ("a\nb\nc\n", "a\r\nb\r\nc", vec![]),
            ("a\nb\nc\n", "a\nx\nc\n", vec![(2, 3, 2, 3)]),
            ("a\nb\nc\n", "a\nc\n", vec![(2, 3, 2, 2)]),
            ("a\nc\n", "a\nb\nc\n", vec![(2, 2, 2, 3)]),
            ("a\nb\nc\nd\ne\n", "a\nx\nc\nd\n", vec![(2, 3, 2, 3), (5, 6, 5, 5)]),
            ("", "a\n", vec![(1, 1, 1, 2)]),
            ("a\n", "", vec![(1, 2, 1, 1)]),
        ] {
            assert_eq!(ranges(base, head), expected, "{base:?} {head:?}");
        }
    }

    /// All changes taken back make the base, none the head, and each its own part.
    #[test]
    fn changes_are_taken_back() {
        let (base, head) = ("a\nb\nc\nd\ne\n", "x\na\nb\nd\nE\nf");
        let all = differences(&"f".into(), base, head);
        assert_eq!(taken_back(base, head, &all.iter().collect::<Vec<_>>()), base);
        assert_eq!(taken_back(base, head, &[]), "x\na\nb\nd\nE\nf\n");
        assert_eq!(all.len(), 3);
        assert_eq!(taken_back(base, head, &[&all[1]]), "x\na\nb\nc\nd\nE\nf\n");
    }
}
