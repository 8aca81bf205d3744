//! Calls that are waited for without a limit, with what follows from that.

use super::Story;
use super::scopes::names;
use crate::graph::{ComponentId, Graph, Labels};
use crate::rules::finding::Cause;
use crate::rules::words::{count, duration};
use crate::rules::{Confidence, Finding};
use std::collections::BTreeSet;

/// How many of a sort are named.
const NAMED: usize = 3;

/// All calls without a limit, and whose own limit or drain cannot be kept because of them. Takes what it tells.
pub(super) fn unlimited<'a>(graph: &Graph, labels: &Labels, left: &mut Vec<&'a Finding>) -> Option<Story<'a>> {
    // Where the input knows no limit at all, it is silent on limits.
    let silent = graph.dependencies.iter().all(|d| d.timeouts.is_empty());
    let quiet = |f: &Finding| silent && f.rule.code == "LP031" && f.confidence == Confidence::Low;
    left.retain(|f| !quiet(f));
    let (mut findings, others): (Vec<_>, Vec<_>) = left.drain(..).partition(|f| f.cause == Some(Cause::Unlimited));
    *left = others;
    findings.sort_by_key(|f| (f.rule.code, f.confidence == Confidence::Low));
    let of = |code: &'static str| findings.iter().copied().filter(move |f| f.rule.code == code);
    let known: Vec<&Finding> = of("LP031").filter(|f| f.confidence > Confidence::Low).collect();
    let unknown = of("LP031").count() - known.len();
    let mut parts: Vec<String> = Vec::new();
    if !known.is_empty() {
        parts.push(waiting(graph, labels, &known));
    }
    if unknown > 0 {
        let have = count(unknown, "call has", "calls have");
        parts.push(format!("{have} no limit that the input knows of (`linchpin timeouts` lists them)"));
    }
    let subjects = |code: &'static str| of(code).filter_map(|f| f.subjects.first().copied()).collect::<Vec<_>>();
    let cut_off = subjects("LP033");
    if !cut_off.is_empty() {
        parts.push(format!("stops may cut requests off in {}", names(graph, labels, &cut_off, NAMED)));
    }
    let late = subjects("LP032");
    if let [one] = late[..]
        && let Some(ms) = graph.component(one).settings.timeout_ms
    {
        parts.push(format!("{} cannot keep its {}", labels.of(one), duration(ms)));
    } else if !late.is_empty() {
        parts.push(format!("{} cannot keep what they allow themselves", names(graph, labels, &late, NAMED)));
    }
    let first = *findings.first()?;
    let several = known.len() > 1;
    let mut story = Story::new(heading(first), parts.join("; "), findings);
    if several {
        story.fix = "limit each of these waits, a little above what the callee needs at worst".to_owned();
    }
    Some(story)
}

fn heading(first: &Finding) -> &'static str {
    if first.rule.code == "LP031" { "No limit" } else { first.rule.heading }
}

/// `a, b and c wait without limit (client-mesh sets none)`.
fn waiting(graph: &Graph, labels: &Labels, findings: &[&Finding]) -> String {
    let layer = |f: &&Finding| {
        let off = f.edges.first().and_then(|&id| graph.dependency(id).timeouts.iter().find(|t| t.ms.is_none()));
        off.map(|t| t.layer.word())
    };
    let layers: BTreeSet<Option<&str>> = findings.iter().map(layer).collect();
    let who = match layers.first() {
        Some(Some(layer)) if layers.len() == 1 => format!(" ({layer} sets none)"),
        _ => String::new(),
    };
    let callers: BTreeSet<ComponentId> = findings.iter().filter_map(|f| f.subjects.first().copied()).collect();
    let callers: Vec<ComponentId> = callers.into_iter().collect();
    let waits = match (&callers[..], findings) {
        ([_], [only]) => return format!("{}{who}", only.message),
        ([_], several) => format!("waits without limit in {} calls", several.len()),
        _ => "wait without limit".to_owned(),
    };
    format!("{} {waits}{who}", names(graph, labels, &callers, NAMED))
}
