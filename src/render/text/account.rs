use super::inputs::{inputs, problems, reasons};
use super::page::{Ink, Line, Page};
use crate::rules::words::count_of;
use crate::source::Inventory;
use std::collections::BTreeMap;

/// What became of the inputs of an ingestion: how much was read, what was left aside and why, what is odd about spans
/// that were used, and every problem.
pub fn account(inventory: &Inventory, odd: &BTreeMap<String, u64>) -> String {
    let mut page = Page::default();
    page.line(Line::of(inputs(inventory)));
    reasons(&mut page, inventory);
    for (what, &n) in odd {
        let spans = count_of(n, "span", "spans");
        let meaning = match what.as_str() {
            "orphan" => "whose parent is not there",
            "cycle" => "in a circle of parents",
            "no-time" => "without times",
            "unlinked" => "handling a message whose sender is not there",
            "unlisted" => "sending messages that links from other summaries are not followed to",
            "no-peer" => "calling nobody knows whom",
            "sampled" => "standing for several requests",
            other => other,
        };
        page.line(Line::default().add(Ink::Dim, format!("  {spans} {meaning}")));
    }
    problems(&mut page, &inventory.problems, usize::MAX);
    page.finish()
}
