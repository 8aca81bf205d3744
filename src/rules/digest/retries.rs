//! Retries that multiply, with what makes them worse.

use super::Story;
use crate::graph::{DependencyId, Labels};
use crate::rules::Finding;
use crate::rules::words::{count, list};
use std::collections::BTreeSet;

/// The worst product of retries on the way from an entry. The layers that make it, tries without a pause on the way, and
/// retried calls that nothing brakes are parts of the same story. Takes what it tells.
pub(super) fn multiplied<'a>(labels: &Labels, left: &mut Vec<&'a Finding>) -> Option<Story<'a>> {
    let storms: Vec<&Finding> = left.iter().copied().filter(|f| f.rule.code == "LP020").collect();
    let worst = *storms.first()?;
    let ways: BTreeSet<DependencyId> = storms.iter().flat_map(|f| f.edges.iter().copied()).collect();
    let on_the_way = |f: &Finding| f.edges.iter().any(|edge| ways.contains(edge));
    let belongs = |f: &Finding| match f.rule.code {
        "LP020" | "LP024" => true,
        "LP022" | "LP023" => on_the_way(f),
        _ => false,
    };
    let (mut findings, others): (Vec<_>, Vec<_>) = left.drain(..).partition(|f| belongs(f));
    *left = others;
    findings.sort_by_key(|f| f.rule.code);
    let of = |code: &'static str| findings.iter().filter(move |f| f.rule.code == code);
    let mut text = worst.message.clone();
    if let more @ 1.. = storms.len() - 1 {
        text.push_str(&format!("; so do {}", count(more, "other way", "other ways")));
    }
    let calls = of("LP023").filter_map(|f| match f.subjects[..] {
        [from, to] => Some(format!("{} → {}", labels.of(from), labels.of(to))),
        _ => None,
    });
    let unpaused = list(calls, 2);
    let unbraked = of("LP024").count();
    let beside: Vec<String> = [
        (!unpaused.is_empty()).then(|| format!("no pause on {unpaused}")),
        (unbraked > 0).then(|| format!("no brake on {}", count(unbraked, "call", "calls"))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !beside.is_empty() {
        text.push_str(&format!("; {}", beside.join(", ")));
    }
    Some(Story::new(worst.rule.heading, text, findings))
}
