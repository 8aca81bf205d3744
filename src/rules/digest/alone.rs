//! What takes an entry down alone.

use super::scopes::{Anywhere, anywhere, names};
use crate::analysis::{Analysis, Illusion, Level, Spof, alike};
use crate::graph::{ComponentId, Graph, Kind, Labels};
use crate::rules::words::{count, list, number, percent};
use crate::rules::{for_several, for_spof};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::collections::hash_map::Entry;

/// All that takes an entry down alone.
#[derive(Clone, Debug, Default)]
pub struct Alone {
    /// How many things do.
    pub count: usize,
    /// The ranked rows; what is alike in several scopes is one.
    pub rows: Vec<Row>,
    /// How many are not in the rows: they stand on the same ways and have the same victims.
    pub folded: usize,
    /// How many components do only as a whole.
    pub whole: usize,
}

/// A single point of failure, or several that are alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which components.
    pub components: Vec<ComponentId>,
    /// What to call them.
    pub name: String,
    /// How much of it has to fail: `one instance`, `any of 3 instances`. Empty where the name says it.
    pub fails: String,
    /// Whom it takes down, and in which other scopes it is the same.
    pub victims: String,
    /// The way from the entry to it; empty where several have several ways.
    pub way: Vec<ComponentId>,
    /// Where it stands, as a list of places.
    pub places: String,
    /// What to do, in a sentence without a full stop.
    pub fix: String,
}

/// Whether less than the whole component, or something of its own, has to fail.
fn alone(spof: &Spof) -> bool {
    !matches!(spof.level, Level::Provider | Level::Region | Level::Component)
}

impl Alone {
    /// What is alike in several scopes is one row.
    pub(super) fn folded(graph: &Graph, labels: &Labels, analysis: &Analysis) -> Self {
        let mut folded: Vec<(Vec<&Spof>, Vec<Vec<&Spof>>)> = Vec::new();
        let mut known: FxHashMap<BTreeSet<(Anywhere<'_>, Level)>, usize> = FxHashMap::default();
        for group in groups(graph, analysis) {
            match known.entry(sort(graph, &group)) {
                Entry::Occupied(at) => folded[*at.get()].1.push(group),
                Entry::Vacant(at) => {
                    at.insert(folded.len());
                    folded.push((group, Vec::new()));
                }
            }
        }
        Self::of(analysis, folded.iter().map(|(first, more)| several(graph, labels, analysis, first, more)).collect())
    }

    /// Every group of every scope is a row.
    pub(super) fn one_by_one(graph: &Graph, labels: &Labels, analysis: &Analysis) -> Self {
        Self::of(analysis, groups(graph, analysis).iter().map(|group| row(graph, labels, analysis, group)).collect())
    }

    fn of(analysis: &Analysis, rows: Vec<Row>) -> Self {
        let count = analysis.spofs.iter().filter(|s| alone(s)).count();
        let told: usize = rows.iter().map(|row| row.components.len()).sum();
        let whole = analysis.spofs.iter().filter(|s| s.level == Level::Component).count();
        Self { count, rows, folded: count.saturating_sub(told), whole }
    }
}

fn groups<'s>(graph: &Graph, analysis: &'s Analysis) -> Vec<Vec<&'s Spof>> {
    alike(graph, &analysis.spofs).into_iter().filter(|group| group.iter().all(|s| alone(s))).collect()
}

/// What a group is made of, whatever its scope.
fn sort<'g>(graph: &'g Graph, group: &[&Spof]) -> BTreeSet<(Anywhere<'g>, Level)> {
    group.iter().map(|s| (anywhere(graph, s.component), s.level)).collect()
}

/// A group that is alike in several scopes.
fn several(graph: &Graph, labels: &Labels, analysis: &Analysis, first: &[&Spof], more: &[Vec<&Spof>]) -> Row {
    let mut row = row(graph, labels, analysis, first);
    if !more.is_empty() {
        row.victims.push_str(&format!("; alike in {}", count(more.len(), "more scope", "more scopes")));
        row.components.extend(more.iter().flatten().map(|s| s.component));
    }
    row
}

/// What there is to say of some single points of failure that are alike ([`alike`]).
pub fn row(graph: &Graph, labels: &Labels, analysis: &Analysis, group: &[&Spof]) -> Row {
    let at = |spof: &Spof| {
        let own = graph.component(spof.component).evidence.first();
        let along = || spof.edges.iter().find_map(|&id| graph.dependency(id).evidence.first());
        own.or_else(along).map_or_else(String::new, |e| e.at.to_string())
    };
    let first = group.first().copied();
    let (way, places) = match of_one_sort(group) {
        [spof] if spof.path.len() > 1 => (spof.path.iter().rev().copied().collect(), at(spof)),
        _ => (Vec::new(), list(group.iter().map(|s| at(s)), 3)),
    };
    let weakest = |s: &Spof| {
        let component = graph.component(s.component);
        component.replicas.is_some_and(|r| r.varies).then_some(component.variants.len())
    };
    let variants = match of_one_sort(group) {
        [one] => weakest(one).map_or_else(String::new, |n| format!(" in the weakest of {n} variants")),
        _ => String::new(),
    };
    Row {
        components: group.iter().map(|s| s.component).collect(),
        name: match of_one_sort(group) {
            [one] => labels.of(one.component).to_owned(),
            several => {
                let components: Vec<ComponentId> = several.iter().map(|s| s.component).collect();
                names(graph, labels, &components, 3)
            }
        },
        fails: what_fails(graph, labels, analysis, group) + &variants,
        victims: first.map_or_else(String::new, |s| victims(graph, labels, s)),
        way,
        places,
        fix: fix(graph, labels, analysis, group),
    }
}

fn fix(graph: &Graph, labels: &Labels, analysis: &Analysis, group: &[&Spof]) -> String {
    let Some(first) = group.first() else { return String::new() };
    let tried = analysis.improvements.against(first.component);
    match of_one_sort(group) {
        [spof] => for_spof(graph, labels, spof, tried).fix,
        _ => for_several(graph, group, tried),
    }
}

/// How much has to fail: `one instance`, `any of 3 instances`, `volume`; of a machine or zone, what rests on it.
fn what_fails(graph: &Graph, labels: &Labels, analysis: &Analysis, group: &[&Spof]) -> String {
    let [spof] = of_one_sort(group) else { return "single instances".to_owned() };
    let component = graph.component(spof.component);
    let volumes = group.get(1..).unwrap_or_default().iter().map(|s| labels.of(s.component));
    let or = if group.len() > 1 { format!(", or {}", list(volumes, 2)) } else { String::new() };
    let fails = match (spof.level, component.replicas) {
        (Level::Instance, Some(r)) if r.count > 1 => {
            format!("any one of {} instances", r.count) + &under(labels, analysis, spof)
        }
        (Level::Instance, _) => "one instance".to_owned() + &under(labels, analysis, spof),
        // The name says it already: `volume data`, `zone eu-1a`.
        (Level::Volume, _) if component.kind == Kind::Volume => illusion(labels, analysis, spof),
        (Level::Node, _) if component.kind == Kind::Node => illusion(labels, analysis, spof),
        (Level::Zone, _) if component.kind == Kind::Zone => illusion(labels, analysis, spof),
        (level, _) => level.word().to_owned(),
    };
    fails + &or
}

/// Whose redundancy rests on it, though it promises to survive failures: `all of payments (claims to survive 1 failure)`.
fn illusion(labels: &Labels, analysis: &Analysis, spof: &Spof) -> String {
    let resting: Vec<&Illusion> = analysis.illusions.iter().filter(|i| i.shared[..] == [spof.component]).collect();
    let claim = match resting[..] {
        [] => return String::new(),
        [one] => {
            let claimed = count(one.claimed as usize, "failure", "failures");
            let owner = if one.group == [one.owner] { String::new() } else { format!("{} ", labels.of(one.owner)) };
            format!("{owner}claims to survive {claimed}")
        }
        _ => "claim to survive failures".to_owned(),
    };
    format!("all of {} ({claim})", members(labels, &resting))
}

/// What a group of several rests on: `, under all of a and b`.
fn under(labels: &Labels, analysis: &Analysis, spof: &Spof) -> String {
    let of_several = |i: &&Illusion| i.shared[..] == [spof.component] && i.group.len() > 1;
    let resting: Vec<&Illusion> = analysis.illusions.iter().filter(of_several).collect();
    if resting.is_empty() { String::new() } else { format!(", under all of {}", members(labels, &resting)) }
}

/// Who falls: `payments`, `a and b`, `a and 3 more`.
fn members(labels: &Labels, resting: &[&Illusion]) -> String {
    let members: BTreeSet<ComponentId> = resting.iter().flat_map(|i| i.group.iter().copied()).collect();
    let mut names = members.iter().map(|&id| labels.of(id));
    match members.len() {
        0..=2 => list(names, 2),
        n => format!("{} and {} more", names.next().unwrap_or_default(), n - 1),
    }
}

/// The rows of a group without volumes that are told with their owner.
fn of_one_sort<'g, 's>(group: &'g [&'s Spof]) -> &'g [&'s Spof] {
    match group {
        [_, volume, ..] if volume.level == Level::Volume => &group[..1],
        _ => group,
    }
}

/// `frontend 38 %, checkout 100 % of requests`; where all of the requests are hit as far as anybody knows, the part that
/// the entries have of all weight: `frontend (70 % of entry weight)`.
fn victims(graph: &Graph, labels: &Labels, spof: &Spof) -> String {
    let all: Vec<_> = graph.entries().map(|(_, entry)| entry).collect();
    let entries = all.len();
    let total: f64 = all.iter().map(|entry| entry.weight).sum();
    let weight = match all.iter().any(|entry| entry.weighted) && total > 0.0 {
        true => format!(" ({} of entry weight)", percent(spof.weight / total)),
        false => String::new(),
    };
    let partial = spof.shares.iter().any(|&share| share < 1.0);
    if entries > 2 && spof.entries.len() == entries {
        let all = format!("all {} entries", number(entries as u64));
        let (least, most) = spof.shares.iter().fold((1.0f64, 0.0f64), |(a, b), &s| (a.min(s), b.max(s)));
        return match partial {
            false => all + &weight,
            true if least == most => format!("{all}, {} of requests", percent(least)),
            true => format!("{all}, {} to {} of requests", percent(least), percent(most)),
        };
    }
    let named = spof.entries.iter().enumerate().map(|(i, &e)| {
        let name = labels.of(e);
        let share = spof.shares.get(i).filter(|_| partial);
        share.map_or_else(|| name.to_owned(), |&share| format!("{name} {}", percent(share)))
    });
    list(named, 3) + if partial { " of requests" } else { &weight }
}
