use super::Change;
use super::draft::Draft;
use crate::facts::{Criticality, Interaction, Kind, Plane, Settings};
use crate::graph::{Component, ComponentId, Dependency, Graph, Replicas, RequirementId};
use std::collections::BTreeSet;
use std::sync::Arc;
use thiserror::Error;

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// There is no such dependency.
    #[error("`{from}` does not depend on `{to}`; {}", on(.known))]
    NoDependency {
        /// The id of the component that was said to depend.
        from: Arc<str>,
        /// The id of the component that it was said to depend on.
        to: Arc<str>,
        /// The ids of what it does depend on.
        known: Vec<Arc<str>>,
    },
    /// A component cannot depend on itself, or fall back on what has failed.
    #[error("`{0}` cannot stand on both sides")]
    Itself(Arc<str>),
}

fn on(known: &[Arc<str>]) -> String {
    const SHOWN: usize = 8;
    let names: Vec<String> = known.iter().take(SHOWN).map(|id| format!("`{id}`")).collect();
    match known.len().saturating_sub(SHOWN) {
        _ if names.is_empty() => "it depends on nothing".to_owned(),
        0 => format!("it depends on {}", names.join(", ")),
        more => format!("it depends on {} and {more} more", names.join(", ")),
    }
}

/// The graph with one thing changed, which it then lists in [`Graph::changes`]. O(graph).
///
/// # Errors
/// If the change is about a dependency that is not there, or makes no sense.
pub fn apply(graph: &Graph, change: &Change) -> Result<Graph, ApplyError> {
    apply_all(graph, std::slice::from_ref(change))
}

/// The graph with several things changed, one after the other. O(graph) for each, and next to nothing for numbers of
/// instances.
///
/// # Errors
/// If one of the changes is about a dependency that the graph does not have, or makes no sense.
pub fn apply_all(graph: &Graph, changes: &[Change]) -> Result<Graph, ApplyError> {
    let mut draft = Draft::of(graph);
    for change in changes {
        make(&mut draft, graph, change)?;
    }
    Ok(draft.freeze(changes.iter().map(|change| change.text(graph).into())))
}

fn make(draft: &mut Draft<'_>, graph: &Graph, change: &Change) -> Result<(), ApplyError> {
    let between = |from: ComponentId, to: ComponentId| move |d: &Dependency| (d.from, d.to) == (from, to);
    match change {
        Change::Replicas(of, count) => instances(draft, *of, |r| r.count = *count),
        Change::Need(of, need) => instances(draft, *of, |r| {
            (r.need, r.count) = (*need, r.count.max(*need));
        }),
        Change::Spread(of, kind, domains) => spread(draft, *of, *kind, domains),
        Change::Add(from, to) => {
            distinct(graph, *from, *to)?;
            let interaction = match graph.component(*to).kind {
                Kind::Node | Kind::Zone | Kind::Region => Interaction::PlacedOn,
                Kind::Volume => Interaction::Mount,
                _ => Interaction::Sync,
            };
            draft.depend(Dependency::bare(*from, *to, interaction));
        }
        Change::Soft(from, to) | Change::Hard(from, to) => {
            let criticality = if matches!(change, Change::Soft(..)) { Criticality::Soft } else { Criticality::Hard };
            existing(graph, *from, *to)?;
            for i in draft.which(between(*from, *to)) {
                (draft.dependencies[i].criticality, draft.dependencies[i].assumed) = (criticality, false);
            }
        }
        Change::Fallback(from, to, by) => {
            existing(graph, *from, *to)?;
            distinct(graph, *from, *by)?;
            distinct(graph, *to, *by)?;
            for i in draft.which(between(*from, *to)) {
                (draft.dependencies[i].fallback, draft.dependencies[i].assumed) = (Some(*by), false);
            }
        }
        Change::Standby(of) => {
            let second = double(draft, *of, "standby", true);
            take_over(draft, *of, second);
        }
        Change::Split(of) => split(draft, *of),
        Change::Remove(of) => draft.remove(*of),
        Change::Cut(from, to) => {
            existing(graph, *from, *to)?;
            draft.cut(between(*from, *to));
        }
    }
    Ok(())
}

fn existing(graph: &Graph, from: ComponentId, to: ComponentId) -> Result<(), ApplyError> {
    let known: BTreeSet<ComponentId> = graph.providers(from).map(|(_, d)| d.to).collect();
    if known.contains(&to) {
        return Ok(());
    }
    let id = |c: ComponentId| graph.component(c).id.clone();
    Err(ApplyError::NoDependency { from: id(from), to: id(to), known: known.into_iter().map(id).collect() })
}

fn distinct(graph: &Graph, one: ComponentId, other: ComponentId) -> Result<(), ApplyError> {
    if one == other { Err(ApplyError::Itself(graph.component(one).id.clone())) } else { Ok(()) }
}

fn instances(draft: &mut Draft<'_>, of: ComponentId, edit: impl Fn(&mut Replicas)) {
    let component = &mut draft.components[of.0 as usize];
    let mut replicas = component.replicas.unwrap_or(Replicas { count: 1, need: 1, explicit: true, varies: false });
    edit(&mut replicas);
    component.replicas = Some(Replicas { explicit: true, varies: false, ..replicas });
    component.off = false;
}

/// Whether a dependency is for work, at run time.
fn works(d: &Dependency) -> bool {
    d.plane == Plane::Runtime && !matches!(d.interaction, Interaction::Observe | Interaction::Recover)
}

/// Puts the instances of a component on some domains of a kind, and on no others.
fn spread(draft: &mut Draft<'_>, of: ComponentId, kind: Kind, domains: &[Arc<str>]) {
    let places: Vec<ComponentId> = domains.iter().map(|name| domain(draft, kind, name)).collect();
    let kinds: Vec<bool> = draft.components.iter().map(|c| c.kind == kind).collect();
    draft.cut(|d| d.from == of && d.interaction == Interaction::PlacedOn && kinds[d.to.0 as usize]);
    let requirement = (places.len() > 1).then(|| draft.require(of, &format!("{kind}s"), 1));
    for place in places {
        draft.depend(Dependency { requirement, ..Dependency::bare(of, place, Interaction::PlacedOn) });
    }
}

fn domain(draft: &mut Draft<'_>, kind: Kind, name: &Arc<str>) -> ComponentId {
    let id = format!("{kind}:{name}");
    let known = (0u32..).zip(&draft.components).find(|(_, c)| *c.id == *id).map(|(i, _)| ComponentId(i));
    known.unwrap_or_else(|| draft.add(Component::bare(id, kind, name.clone())))
}

/// Adds another one of a component: the same, with the same providers, and copies of the volumes that are its alone.
/// `elsewhere` is on other machines and in other zones, which nobody names.
fn double(draft: &mut Draft<'_>, of: ComponentId, role: &str, elsewhere: bool) -> ComponentId {
    let second = another(draft, of, role);
    for i in providers(draft, of, elsewhere) {
        let d = draft.dependencies[i].clone();
        let own = draft.components[d.to.0 as usize].kind == Kind::Volume
            && draft.which(|other| other.to == d.to).iter().all(|&i| draft.dependencies[i].from == of);
        let to = if own { double_volume(draft, d.to, role, elsewhere) } else { d.to };
        let requirement = d.requirement.map(|r| {
            let r = draft.requirements[r.0 as usize].clone();
            let known = draft.requirements.iter().position(|known| known.of == second && known.id == r.id);
            known
                .and_then(|i| u32::try_from(i).ok())
                .map_or_else(|| draft.require(second, &r.id, r.need), RequirementId)
        });
        draft.depend(Dependency { from: second, to, requirement, ..d });
    }
    second
}

fn double_volume(draft: &mut Draft<'_>, of: ComponentId, role: &str, elsewhere: bool) -> ComponentId {
    let second = another(draft, of, role);
    for i in providers(draft, of, elsewhere) {
        let d = draft.dependencies[i].clone();
        if d.requirement.is_none() {
            draft.depend(Dependency { from: second, ..d });
        }
    }
    second
}

/// A component like another one, that nobody needs yet.
fn another(draft: &mut Draft<'_>, of: ComponentId, role: &str) -> ComponentId {
    let original = draft.components[of.0 as usize].clone();
    draft.add(Component {
        id: draft.free(&format!("{}-{role}", original.id)),
        name: format!("{}-{role}", original.name).into(),
        aliases: Vec::new(),
        entry: None,
        // No more requests come in because there are two.
        seen_rps: None,
        settings: Settings { load_rps: None, ..original.settings.clone() },
        ..original
    })
}

/// The dependencies of a component, without the machines and zones that it is on if it goes elsewhere.
fn providers(draft: &Draft<'_>, of: ComponentId, elsewhere: bool) -> Vec<usize> {
    let region = |d: &Dependency| draft.components[d.to.0 as usize].kind == Kind::Region;
    draft.which(|d| d.from == of && !(elsewhere && d.interaction == Interaction::PlacedOn && !region(d)))
}

/// Whoever needs the first is content with the second. Where the first is one of several already, the second is its
/// fallback, because a requirement of requirements cannot be said.
fn take_over(draft: &mut Draft<'_>, first: ComponentId, second: ComponentId) {
    for i in draft.which(|d| d.to == first && d.from != second && works(d)) {
        let d = draft.dependencies[i].clone();
        if d.requirement.is_some() {
            draft.dependencies[i].fallback = d.fallback.or(Some(second));
            continue;
        }
        let id = format!("{} or its standby", draft.components[first.0 as usize].name);
        let requirement = Some(draft.require(d.from, &id, 1));
        draft.dependencies[i].requirement = requirement;
        draft.depend(Dependency { to: second, requirement, ..d });
    }
}

fn split(draft: &mut Draft<'_>, of: ComponentId) {
    let users = draft.which(|d| d.to == of && d.from != of && works(d));
    let users: BTreeSet<ComponentId> = users.into_iter().map(|i| draft.dependencies[i].from).collect();
    // The first one keeps the original.
    for user in users.into_iter().skip(1) {
        let role = format!("of-{}", draft.components[user.0 as usize].name);
        let own = double(draft, of, &role, false);
        for i in draft.which(|d| (d.from, d.to) == (user, of)) {
            draft.dependencies[i].to = own;
        }
    }
}
