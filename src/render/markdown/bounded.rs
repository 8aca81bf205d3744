use super::more;

/// GitHub takes comments of at most 65,536 characters. Bytes are never fewer, and a little is left for whoever adds a line.
const LIMIT: usize = 65_000;
/// What the sentence about what is left out may take.
const RESERVE: usize = 80;

/// Markdown that stays within a limit: what has no room is counted instead.
pub(super) struct Bounded {
    text: String,
}

impl Bounded {
    pub(super) fn new() -> Self {
        Self { text: String::new() }
    }

    fn has_room(&self, length: usize) -> bool {
        self.text.len() + length + RESERVE <= LIMIT
    }

    /// Adds a piece whole or not at all.
    pub(super) fn add(&mut self, piece: &str) {
        self.try_add(piece);
    }

    /// The same; gives whether it had room.
    fn try_add(&mut self, piece: &str) -> bool {
        let fits = self.has_room(piece.len());
        if fits {
            self.text.push_str(piece);
        }
        fits
    }

    /// Adds items one after the other as long as there is room, and says how many were left out. `after` is what has to
    /// follow them.
    fn items(&mut self, items: impl Iterator<Item = String>, after: usize) -> usize {
        let mut left = 0;
        for item in items {
            if left > 0 || !self.has_room(item.len() + after) {
                left += 1;
            } else {
                self.text.push_str(&item);
            }
        }
        left
    }

    /// A table. `total` counts the rows that there are, with those that are not among `rows`.
    pub(super) fn table(&mut self, head: &[&str], rows: impl ExactSizeIterator<Item = Vec<String>>, total: usize) {
        let head = format!("| {} |\n|{}\n", head.join(" | "), "---|".repeat(head.len()));
        if !self.try_add(&head) {
            return;
        }
        let given = rows.len();
        let left = self.items(rows.map(|cells| format!("| {} |\n", cells.join(" | "))), 0);
        self.text.push('\n');
        if let n @ 1.. = left + total.saturating_sub(given) {
            self.text.push_str(&more(n));
            self.text.push('\n');
        }
    }

    /// A list below a line that opens it.
    pub(super) fn details(&mut self, summary: &str, items: impl Iterator<Item = String>) {
        const END: &str = "\n</details>\n\n";
        if !self.try_add(&format!("<details><summary>{summary}</summary>\n\n")) {
            return;
        }
        if let left @ 1.. = self.items(items, END.len()) {
            self.text.push_str(&more(left));
        }
        self.text.push_str(END);
    }

    pub(super) fn finish(mut self) -> String {
        let end = self.text.trim_end().len();
        self.text.truncate(end);
        self.text.push('\n');
        self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is added, the limit holds, what is open is closed, and what is left out is counted.
    #[test]
    fn the_limit_holds() {
        let mut page = Bounded::new();
        for _ in 0..3 {
            page.details("all", (0..2_000).map(|i| format!("- number {i:>40}\n")));
            page.table(&["a"], vec![vec!["x".repeat(30_000)]; 3].into_iter(), 5);
        }
        let text = page.finish();
        assert!(text.len() <= LIMIT, "{}", text.len());
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
        assert!(text.contains("… and "), "{text}");
    }
}
