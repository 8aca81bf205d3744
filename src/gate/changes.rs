//! What changed between two graphs, in words.

use super::{Cause, Lines, Renames};
use crate::facts::{Criticality, Interaction, Plane};
use crate::graph::{Class, Component, ComponentId, Dependency, Evidence, Graph, Labels, Retry};
use crate::rules::words::{count, duration, number};
use crate::rules::{Finding, stable_name};
use crate::source::Location;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A side, with what is needed to speak of it.
#[derive(Clone, Copy, Debug)]
pub struct View<'g> {
    /// Its graph.
    pub graph: &'g Graph,
    /// What to call its components.
    pub labels: &'g Labels,
}

/// A change of a component or a dependency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Changed {
    /// What changed, and where.
    pub cause: Cause,
    /// The component, or both ends of the dependency, by the names that are the same on both sides.
    pub about: Vec<String>,
    /// The component has one instance, and had several.
    pub alone: bool,
}

/// Everything that changed from base to head, by place. `renames` says who is called otherwise now, `lines` are those that differ, so that a change of a component
/// can be placed on its own line.
pub fn changes(base: View<'_>, head: View<'_>, renames: &Renames, lines: &[Lines]) -> Vec<Changed> {
    let (old, new) = (Names::new(base.graph, renames), Names::new(head.graph, &Renames::default()));
    let places = Places { starts: starts(head.graph), lines };
    let mut found = Found { base, head, places, changes: Vec::new() };
    for (name, &id) in &new.by_name {
        match old.by_name.get(name) {
            Some(&was) => {
                if renames.has(was) {
                    found.renamed(name, was, id);
                }
                found.component(name, was, id);
            }
            None => found.appeared(name, id, false),
        }
    }
    for (name, &id) in old.by_name.iter().filter(|(name, _)| !new.by_name.contains_key(*name)) {
        found.appeared(name, id, true);
    }
    let (was, is) = (edges(base.graph, &old), edges(head.graph, &new));
    for (key, &d) in &is {
        match was.get(key) {
            Some(&before) => found.dependency(key, before, d),
            None => found.edge(key, d, false),
        }
    }
    for (key, &d) in was.iter().filter(|(key, _)| !is.contains_key(*key)) {
        found.edge(key, d, true);
    }
    let mut changes = found.changes;
    changes.sort();
    changes.dedup();
    changes
}

/// Changes by the components that they are about.
#[derive(Debug)]
pub struct Index<'c> {
    changes: &'c [Changed],
    by_name: FxHashMap<&'c str, Vec<usize>>,
}

impl<'c> Index<'c> {
    /// An index of changes.
    pub fn new(changes: &'c [Changed]) -> Self {
        let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
        for (i, changed) in changes.iter().enumerate() {
            changed.about.first().into_iter().for_each(|name| by_name.entry(name).or_default().push(i));
        }
        Self { changes, by_name }
    }

    /// All of them.
    pub fn all(&self) -> &'c [Changed] {
        self.changes
    }

    /// The changes that a finding of the head rests on, the nearest to its subjects first: those of its subjects and of the components and dependencies
    /// along its path.
    pub fn of(&self, graph: &Graph, finding: &Finding) -> Vec<&'c Changed> {
        if self.changes.is_empty() {
            return Vec::new();
        }
        let name = |id: &ComponentId| stable_name(graph, *id);
        let subjects: BTreeSet<String> = finding.subjects.iter().map(name).collect();
        let along: BTreeSet<String> = subjects.iter().cloned().chain(finding.path.iter().map(name)).collect();
        let rests = |changed: &&Changed| match &changed.about[..] {
            [_] => true,
            // What somebody along the way no longer has may have been what took over.
            [from, to] => along.contains(to) || changed.cause.removed || subjects.contains(from),
            _ => false,
        };
        let of_names = along.iter().filter_map(|name| self.by_name.get(name.as_str())).flatten();
        let mut found: Vec<usize> = of_names.copied().collect();
        found.sort_unstable();
        let mut found: Vec<&Changed> = found.into_iter().filter_map(|i| self.changes.get(i)).filter(rests).collect();
        // What is nearest to the subject comes first: reviewers are shown its line.
        found.sort_by_key(|changed| match &changed.about[..] {
            [own] if subjects.contains(own) => {
                if changed.alone {
                    0
                } else {
                    2
                }
            }
            [from, to] if subjects.contains(from) || subjects.contains(to) => 1,
            _ => 3,
        });
        found
    }
}

/// Components by the names that are the same on both sides; those that even so are equal are numbered.
struct Names {
    by_name: BTreeMap<String, ComponentId>,
    of: Vec<String>,
}

impl Names {
    fn new(graph: &Graph, renames: &Renames) -> Self {
        let mut seen: FxHashMap<String, u32> = FxHashMap::default();
        let mut names = Self { by_name: BTreeMap::new(), of: Vec::with_capacity(graph.components.len()) };
        for id in graph.ids() {
            let mut name = renames.name(graph, id);
            let nth = seen.entry(name.clone()).or_default();
            *nth += 1;
            if *nth > 1 {
                name = format!("{name}#{nth}");
            }
            names.by_name.insert(name.clone(), id);
            names.of.push(name);
        }
        names
    }
}

/// From, to, interaction and plane; and which of several.
type Key = (String, String, Interaction, Plane, u32);

fn edges<'g>(graph: &'g Graph, names: &Names) -> BTreeMap<Key, &'g Dependency> {
    let mut all = BTreeMap::new();
    let mut seen: FxHashMap<_, u32> = FxHashMap::default();
    for d in &graph.dependencies {
        let name = |id: ComponentId| names.of.get(id.0 as usize).cloned().unwrap_or_default();
        let nth = seen.entry((d.from, d.to, d.interaction, d.plane)).or_default();
        all.insert((name(d.from), name(d.to), d.interaction, d.plane, *nth), d);
        *nth += 1;
    }
    all
}

/// The lines on which components begin, by file.
fn starts(graph: &Graph) -> BTreeMap<Arc<str>, BTreeSet<u32>> {
    let mut starts: BTreeMap<Arc<str>, BTreeSet<u32>> = BTreeMap::new();
    for e in graph.components.iter().flat_map(|c| &c.evidence) {
        starts.entry(e.at.file.clone()).or_default().insert(e.at.line);
    }
    starts
}

struct Places<'l> {
    starts: BTreeMap<Arc<str>, BTreeSet<u32>>,
    lines: &'l [Lines],
}

impl Places<'_> {
    /// The first changed line between where a component of the head begins, in any of the files that speak of it, and where
    /// the next one does; else where it begins.
    fn of(&self, evidence: &[Evidence]) -> Option<Location> {
        let own = evidence.iter().find_map(|e| self.changed(&e.at));
        own.or_else(|| evidence.first().map(|e| e.at.clone()))
    }

    fn changed(&self, at: &Location) -> Option<Location> {
        let next = self.starts.get(&at.file).and_then(|lines| lines.range(at.line + 1..).next()).copied();
        let own = self.lines.iter().filter(|l| l.file == at.file).map(|l| l.head.start);
        let first = own.filter(|&line| line >= at.line && next.is_none_or(|next| line < next)).min()?;
        Some(Location::new(at.file.clone(), first, 1))
    }
}

struct Found<'g> {
    base: View<'g>,
    head: View<'g>,
    places: Places<'g>,
    changes: Vec<Changed>,
}

impl Found<'_> {
    fn add(&mut self, about: Vec<String>, at: Location, removed: bool, what: String) {
        self.changes.push(Changed { cause: Cause { at, removed, what }, about, alone: false });
    }

    fn appeared(&mut self, name: &str, id: ComponentId, removed: bool) {
        let side = if removed { self.base } else { self.head };
        let c = side.graph.component(id);
        // What others refer to, but nothing declares, comes and goes with the reference.
        let Some(evidence) = c.evidence.first().filter(|_| c.kind.class() != Class::Config) else { return };
        let label = side.labels.of(id);
        let what = if removed { format!("{label} is gone") } else { format!("{label} is new") };
        self.add(vec![name.to_owned()], evidence.at.clone(), removed, what);
    }

    fn renamed(&mut self, name: &str, was: ComponentId, is: ComponentId) {
        let (a, b) = (self.base.graph.component(was), self.head.graph.component(is));
        let Some(at) = self.places.of(&b.evidence) else { return };
        self.add(vec![name.to_owned()], at, false, format!("{} is what {} was", b.id, a.id));
    }

    fn component(&mut self, name: &str, was: ComponentId, is: ComponentId) {
        let label = self.head.labels.of(is).to_owned();
        let (a, b) = (self.base.graph.component(was), self.head.graph.component(is));
        let said = component(a, b);
        if said.is_empty() {
            return;
        }
        let Some(at) = self.places.of(&b.evidence) else { return };
        let of = |c: &Component| c.replicas.map_or(0, |r| r.count);
        let first = self.changes.len();
        for what in said {
            self.add(vec![name.to_owned()], at.clone(), false, format!("{label} {what}"));
        }
        let alone = of(a) > 1 && of(b) == 1;
        self.changes.iter_mut().skip(first).for_each(|changed| changed.alone = alone);
    }

    fn edge(&mut self, key: &Key, d: &Dependency, removed: bool) {
        if !matches!(d.plane, Plane::Runtime) && d.interaction != Interaction::Mount {
            return;
        }
        let side = if removed { self.base } else { self.head };
        let (from, to) = (side.labels.of(d.from), side.labels.of(d.to));
        let what = match (d.interaction, removed) {
            (Interaction::PlacedOn, false) => format!("{from} runs on {to}"),
            (Interaction::PlacedOn, true) => format!("{from} runs on {to} no more"),
            (_, false) => {
                format!("{from} needs {to}{}", if d.criticality == Criticality::Soft { " (soft)" } else { "" })
            }
            (_, true) => format!("{from} needs {to} no more"),
        };
        let Some(at) = d.evidence.first().map(|e| e.at.clone()) else { return };
        self.add(vec![key.0.clone(), key.1.clone()], at, removed, what);
    }

    fn dependency(&mut self, key: &Key, was: &Dependency, is: &Dependency) {
        let label = format!("{} → {}", self.head.labels.of(is.from), self.head.labels.of(is.to));
        for (what, place) in dependency(was, is, (self.base.graph, self.head.graph)) {
            let (at, removed) = match place.or_else(|| is.evidence.first().map(|e| (e.at.clone(), false))) {
                Some(place) => place,
                None => continue,
            };
            self.add(vec![key.0.clone(), key.1.clone()], at, removed, format!("{label} {what}"));
        }
    }
}

/// What is different about a component, each as the end of a sentence.
fn component(was: &Component, is: &Component) -> Vec<String> {
    let mut said = Vec::new();
    match (was.replicas, is.replicas) {
        _ if was.off != is.off => said.push(if is.off { "is switched off" } else { "is switched on" }.to_owned()),
        (Some(a), Some(b)) => {
            if a.count != b.count {
                let runs = count(b.count as usize, "instance", "instances");
                said.push(format!("runs {runs} instead of {}", number(a.count.into())));
            }
            if a.need != b.need {
                said.push(format!("needs {} of them instead of {}", b.need, a.need));
            }
        }
        _ => {}
    }
    match (was.entry.is_some(), is.entry.is_some()) {
        (false, true) => said.push("is an entry".to_owned()),
        (true, false) => said.push("is no entry any more".to_owned()),
        _ => {}
    }
    let several = |c: &Component| c.replicas.is_some_and(|r| r.count > 1);
    let spread = |c: &Component| c.spread.clone().unwrap_or_default();
    let (a, b) = (spread(was), spread(is));
    // One alone has nobody to be kept apart from.
    for (a, b, places) in [(a.machines, b.machines, "machines"), (a.zones, b.zones, "zones")] {
        match a.cmp(&b) {
            _ if !several(was) || !several(is) => {}
            Ordering::Greater => said.push(format!("has less that keeps its replicas on different {places}")),
            Ordering::Less => said.push(format!("has more that keeps its replicas on different {places}")),
            Ordering::Equal => {}
        }
    }
    let (a, b) = (&was.settings, &is.settings);
    for (what, a, b) in [
        ("allows itself", a.timeout_ms, b.timeout_ms),
        ("has to finish when it is stopped", a.drain_ms, b.drain_ms),
        ("hides delivered messages for", a.visibility_ms, b.visibility_ms),
    ] {
        said.extend((a != b).then(|| format!("{what} {} instead of {}", time(b), time(a))));
    }
    for (what, a, b) in [
        ("can hold at once", a.capacity_concurrency, b.capacity_concurrency),
        ("can serve a second", a.capacity_rps, b.capacity_rps),
        ("turns away more requests than (a second)", a.shed_rps, b.shed_rps),
        ("delivers a message at most (times)", a.deliveries, b.deliveries),
    ] {
        let shown = |n: Option<f64>| match n {
            Some(n) if n.is_infinite() => "any number".to_owned(),
            n => n.map_or_else(|| "unknown".to_owned(), |n| n.to_string()),
        };
        said.extend((a != b).then(|| format!("{what} {} instead of {}", shown(b), shown(a))));
    }
    if was.kind != is.kind {
        said.push(format!("is a {} instead of a {}", is.kind, was.kind));
    }
    said
}

/// What is different about a dependency, each as the end of a sentence, with its place and whether that is in the base.
fn dependency(
    was: &Dependency,
    is: &Dependency,
    (base, head): (&Graph, &Graph),
) -> Vec<(String, Option<(Location, bool)>)> {
    let mut said = Vec::new();
    let here = |e: Option<&Evidence>| e.map(|e| (e.at.clone(), false));
    let there = |e: Option<&Evidence>| e.map(|e| (e.at.clone(), true));
    if was.criticality != is.criticality {
        said.push((format!("is {} instead of {}", is.criticality.word(), was.criticality.word()), None));
    }
    let group = |graph: &Graph, d: &Dependency| {
        d.requirement.map(|id| (graph.requirement(id).need, graph.requirement(id).members.len()))
    };
    if group(base, was) != group(head, is) {
        let words = match (group(base, was), group(head, is)) {
            (_, None) => "is needed by itself, not as one of a group".to_owned(),
            (None, Some((need, of))) => format!("is one of a group now, of which {need} of {of} is needed"),
            (Some((before, among)), Some((need, of))) => {
                format!("is one of a group of which {need} of {of} is needed instead of {before} of {among}")
            }
        };
        said.push((words, None));
    }
    let tries = |r: &Option<Retry>| r.as_ref().map_or(Some(1), |r| r.tries);
    if tries(&was.retry) != tries(&is.retry) {
        let shown = |n: Option<u64>| {
            n.map_or_else(
                || "without end".to_owned(),
                |n| count(usize::try_from(n).unwrap_or(usize::MAX), "time", "times"),
            )
        };
        let place = |d: &Dependency, other: &Dependency| {
            let layers = d.retry.iter().flat_map(|r| &r.layers);
            let same = |l: &crate::graph::RetryLayer| {
                other
                    .retry
                    .as_ref()
                    .and_then(|r| r.layer(l.layer))
                    .is_some_and(|o| o.tries == l.tries && o.unlimited == l.unlimited)
            };
            layers.filter(|l| !same(l)).find_map(|l| l.evidence.clone())
        };
        let at = here(place(is, was).as_ref()).or_else(|| there(place(was, is).as_ref()));
        said.push((format!("is tried {} instead of {}", shown(tries(&is.retry)), shown(tries(&was.retry))), at));
    }
    let per_try = |d: &Dependency| -> Vec<Option<u64>> {
        d.retry.iter().flat_map(|r| &r.layers).map(|l| l.per_try_timeout_ms.map(f64::to_bits)).collect()
    };
    if tries(&was.retry) == tries(&is.retry) && per_try(was) != per_try(is) {
        let layers = is.retry.iter().flat_map(|r| &r.layers);
        let place = layers.filter(|l| l.per_try_timeout_ms.is_some()).find_map(|l| l.evidence.as_ref());
        said.push(("has another limit for a try".to_owned(), here(place)));
    }
    if was.timeout.ms != is.timeout.ms {
        let place =
            here(is.timeouts.first().map(|t| &t.evidence)).or_else(|| there(was.timeouts.first().map(|t| &t.evidence)));
        said.push((format!("is limited to {} instead of {}", time(is.timeout.ms), time(was.timeout.ms)), place));
    }
    match (was.circuit_breaker, is.circuit_breaker) {
        (true, false) => said.push(("has no circuit breaker any more".to_owned(), None)),
        (false, true) => said.push(("has a circuit breaker".to_owned(), None)),
        _ => {}
    }
    match (was.fallback.is_some(), is.fallback.is_some()) {
        (true, false) => said.push(("has no fallback any more".to_owned(), None)),
        (false, true) => said.push(("has a fallback".to_owned(), None)),
        _ => {}
    }
    if was.max_concurrent != is.max_concurrent {
        said.push(("has another limit of calls at once".to_owned(), None));
    }
    said
}

fn time(ms: Option<f64>) -> String {
    match ms {
        Some(ms) if ms.is_finite() => duration(ms),
        _ => "no known limit".to_owned(),
    }
}
