use super::Single;
use super::engine::Engine;
use super::fault_model::FaultModel;
use super::share::used;
use crate::graph::algo::{Group, LANES, Lanes, Member, Part, Plan, Solver, in_parallel};
use crate::graph::{Component, ComponentId, Dependency, DependencyId, Graph};
use std::sync::Arc;

/// What each component takes down alone in a graph, kept so that the same for a slightly different graph costs only
/// what the difference reaches.
///
/// Why that is enough: let F be what fails from a component in the old graph. If every component that a requirement was
/// taken from has the same fate without it, F is also what fails in the old graph without all of these requirements, since
/// nothing else is said differently there. If none that came has fallen under F, F is a fixpoint of the new graph too, and
/// the least one. So only components of which one of the two does not hold are asked again; and those whose witness goes
/// along a requirement that went. Nor are those asked that bring the owner of what went down by requirements of a single
/// provider that stay: nothing has to be solved for that. With shares, the expected share of requests that is hit depends on
/// everything that has fallen, so there whatever brings down a requirement that went is asked too.
pub struct Baseline<'g> {
    pub(super) engine: Engine<'g>,
    pub(super) singles: Vec<Single>,
}

impl<'g> Baseline<'g> {
    /// Everything, from nothing.
    pub fn new(graph: &'g Graph) -> Self {
        let engine = Engine::new(graph);
        let singles = engine.singles();
        Self { engine, singles }
    }

    /// The graph.
    pub fn graph(&self) -> &'g Graph {
        self.engine.graph
    }

    /// What each component that can fail takes down alone, by id.
    pub fn singles(&self) -> &[Single] {
        &self.singles
    }

    /// Equal to [`Baseline::new`] of the other graph, at the cost of reading both graphs once and solving what the
    /// difference reaches. Components are the same if their ids are.
    pub fn update<'n>(&self, graph: &'n Graph) -> Baseline<'n> {
        let engine = Engine::new(graph);
        let same = Same::new(&self.engine, &engine);
        let known = if engine.shares == self.engine.shares { self.unaffected(&engine, &same) } else { Vec::new() };
        let mut answered = known.iter().map(|s| s.component).peekable();
        let unknown = |c: &ComponentId| answered.next_if_eq(c).is_none();
        let asked: Vec<ComponentId> = graph.ids().filter(|c| engine.event(c.0).is_some()).filter(unknown).collect();
        let mut singles = known;
        singles.extend(engine.singles_of(&asked));
        // Two sorted runs.
        singles.sort_by_key(|s| s.component);
        Baseline { engine, singles }
    }

    /// The answers that hold in the other graph too, in its terms, by id.
    fn unaffected(&self, new: &Engine<'_>, same: &Same) -> Vec<Single> {
        let Differences { went, came } = same.differences(&self.engine, new);
        let affected = self.affected(&went, came);
        let gone = self.labels(&went);
        // Where an entry stands in the new list, if it weighs the same there.
        let weighs = |&(old, weight): &(ComponentId, f64)| {
            let entry = same.component(old)?;
            let at = new.entries.binary_search_by_key(&entry, |(id, _)| *id).ok()?;
            u32::try_from(at).ok().filter(|_| new.entries.get(at).is_some_and(|(_, w)| *w == weight))
        };
        let entries: Vec<Option<u32>> = self.engine.entries.iter().map(weighs).collect();
        let as_before = entries.iter().zip(0u32..).all(|(now, old)| *now == Some(old));
        let list = |old: &Arc<[u32]>| match as_before {
            true => Some(old.clone()),
            false => old.iter().map(|&e| entries.get(e as usize).copied().flatten()).collect(),
        };
        let carried = |single: &Single| {
            let component = same.component(single.component).filter(|c| new.event(c.0).is_some())?;
            Some(Single {
                component,
                failed: single.failed,
                entries: list(&single.entries)?,
                shares: single.shares.clone(),
                path: translated(&single.path, |c| same.component(c))?,
                edges: translated(&single.edges, |d| same.dependency(d))?,
            })
        };
        let holds = |s: &&Single| {
            affected.binary_search(&s.component).is_err() && !s.edges.iter().any(|d| gone.binary_search(d).is_ok())
        };
        self.singles.iter().filter(holds).filter_map(carried).collect()
    }

    /// The components that may bring down something else when groups went and came, by id.
    fn affected(&self, went: &[u32], mut came: Vec<Group>) -> Vec<ComponentId> {
        let hard = self.engine.model.hard();
        let gone: Vec<Group> = went.iter().map(|&g| hard.group(g)).collect();
        let mut affected = Vec::new();
        if self.engine.shares {
            came.extend(gone);
        } else {
            let stays = |g: u32, _| hard.threshold(g) == 1 && went.binary_search(&g).is_err();
            let doomed = |group: &Group| hard.upstream(std::iter::once(group.owner), stays);
            affected = self.reprieved(went, &self.suspects(&gone, doomed));
        }
        affected.extend(self.fatal(&came, &self.suspects(&came, |_| Vec::new())));
        affected.sort_unstable();
        affected
    }

    /// The components that may bring one of some groups down alone, as far as that shows: its members can be reached from
    /// them, and what brings a member down brings down whatever this one brings down. Of each group without its `spared`
    /// nodes, and without what brings one of these down.
    fn suspects(&self, groups: &[Group], spared: impl Fn(&Group) -> Vec<bool>) -> Vec<u32> {
        /// For more groups it is quicker to try all.
        const FEW: usize = 64;
        let known = &self.singles;
        if groups.len() > FEW {
            return known.iter().map(|s| s.component.0).collect();
        }
        let single = |v: u32| known.binary_search_by_key(&v, |s| s.component.0).ok().and_then(|at| known.get(at));
        let mut suspects = Vec::new();
        for group in groups {
            let (members, spared) = (|| group.members.iter().map(|m| m.node), spared(group));
            let is_spared = |v: u32| spared.get(v as usize).copied().unwrap_or(false);
            if members().filter(|&m| is_spared(m)).count() + group.threshold as usize > group.members.len() {
                continue;
            }
            let near = self.engine.model.hard().upstream(members(), |_, _| true);
            let members: Vec<_> = members().map(single).collect();
            let suspected = |suspect: &Single| {
                let may_fail = |member: &&Option<&Single>| member.is_none_or(|member| covers(suspect, member));
                members.iter().filter(may_fail).count() >= group.threshold as usize
            };
            let candidates = known.iter().filter(|s| near[s.component.0 as usize] && !is_spared(s.component.0));
            suspects.extend(candidates.filter(|s| suspected(s)).map(|s| s.component.0));
        }
        suspects.sort_unstable();
        suspects.dedup();
        suspects
    }

    /// Of some components those that bring one of some groups down alone.
    fn fatal(&self, groups: &[Group], suspects: &[u32]) -> Vec<ComponentId> {
        if suspects.is_empty() {
            return Vec::new();
        }
        let (part, watch) = Part::between(self.engine.model.hard(), suspects, groups);
        let plan = Plan::new(&part.graph);
        let watch = plan.at(watch);
        self.alone(&part, suspects, || {
            let mut solver = Solver::new(&plan);
            let plan = &plan;
            move |hits: &[(u32, usize)]| {
                solver.solve(hits.iter().map(|&(v, lane)| (plan.at(v), lane)));
                solver.failed(watch)
            }
        })
    }

    /// Of some components those that bring the owner of one of some groups down alone, but not without what went.
    fn reprieved(&self, went: &[u32], suspects: &[u32]) -> Vec<ComponentId> {
        if suspects.is_empty() {
            return Vec::new();
        }
        let hard = self.engine.model.hard();
        let mut owners: Vec<u32> = went.iter().map(|&g| hard.owner(g)).collect();
        owners.dedup();
        let (before, after) = Part::with_and_without(hard, suspects, &owners, went);
        let (before_plan, after_plan) = (Plan::new(&before.graph), Plan::new(&after.graph));
        let owners: Vec<u32> = owners.iter().filter_map(|&v| before.local(v)).collect();
        let (before_plan, after_plan, owners) = (&before_plan, &after_plan, &owners);
        self.alone(&before, suspects, || {
            let (mut with, mut without) = (Solver::new(before_plan), Solver::new(after_plan));
            move |hits: &[(u32, usize)]| {
                with.solve(hits.iter().map(|&(v, lane)| (before_plan.at(v), lane)));
                without.solve(hits.iter().map(|&(v, lane)| (after_plan.at(v), lane)));
                let lanes = |v| with.failed(before_plan.at(v)).without(&without.failed(after_plan.at(v)));
                owners.iter().fold(Lanes::NONE, |all, &v| all | lanes(v))
            }
        })
    }

    /// Of some components those for which something holds in a part when they fail alone: `holds`, made once for each thread,
    /// is given nodes with their lanes and says for which lanes.
    fn alone<H: FnMut(&[(u32, usize)]) -> Lanes>(
        &self,
        part: &Part,
        components: &[u32],
        holds: impl Fn() -> H + Sync,
    ) -> Vec<ComponentId> {
        let nodes: Vec<u32> = components.iter().filter_map(|&v| part.local(v)).collect();
        let blocks: Vec<&[u32]> = nodes.chunks(LANES).collect();
        let found = in_parallel(blocks.len(), holds, |holds, block| {
            let hits: Vec<(u32, usize)> = blocks[block].iter().copied().zip(0..).collect();
            let held = holds(&hits);
            let nodes = hits.into_iter().filter(|(_, lane)| held.contains(*lane)).filter_map(|(v, _)| part.global(v));
            nodes.map(ComponentId).collect::<Vec<_>>()
        });
        found.into_iter().flatten().collect()
    }

    /// The dependencies that some groups stand for, sorted: for a provider with a fallback its own.
    fn labels(&self, groups: &[u32]) -> Vec<DependencyId> {
        let hard = self.engine.model.hard();
        let inner = |node| hard.groups_of(node).flat_map(|g| hard.labelled(g)).map(|m| m.label);
        let members = groups.iter().flat_map(|&g| hard.labelled(g));
        let labels = members.flat_map(|m| match FaultModel::dependency(m.label) {
            Some(dependency) => vec![dependency],
            None => inner(m.node).filter_map(FaultModel::dependency).collect(),
        });
        let mut labels: Vec<DependencyId> = labels.collect();
        labels.sort_unstable();
        labels
    }
}

const NONE: u32 = u32::MAX;

/// Whether a component may bring down another one, as far as what both bring down shows.
fn covers(one: &Single, other: &Single) -> bool {
    let (many, few) = (&one.entries, &other.entries);
    let ends = || few.first().into_iter().chain(few.last()).all(|e| many.binary_search(e).is_ok());
    let all = || {
        let mut rest = many.iter();
        few.iter().all(|e| rest.by_ref().find(|m| *m >= e) == Some(e))
    };
    one.component == other.component || (one.failed >= other.failed && many.len() >= few.len() && ends() && all())
}

/// What another graph requires that this one does not, and the other way round.
struct Differences {
    /// Groups of the old graph, by owner.
    went: Vec<u32>,
    /// Groups of the new graph, with the members that the old graph has, in its terms.
    came: Vec<Group>,
}

/// Which component, dependency and node of an old graph is which of a new one. Order is kept, so that whatever is
/// sorted in the one is sorted in the other.
struct Same {
    /// By node; components come first.
    nodes: Vec<u32>,
    dependencies: Vec<u32>,
}

impl Same {
    fn new(old: &Engine<'_>, new: &Engine<'_>) -> Self {
        let mut same = Self { nodes: components(old.graph, new.graph), dependencies: Vec::new() };
        same.dependencies = same.pair_dependencies(old.graph, new.graph);
        // A node for a provider with its fallback is known by the dependency that it stands for.
        let slots = |engine: &Engine<'_>| -> Vec<(u32, u32)> {
            let hard = engine.model.hard();
            let first = u32::try_from(engine.graph.components.len()).unwrap_or(u32::MAX);
            let label = |v| hard.groups_of(v).flat_map(|g| hard.labelled(g)).map(|m| m.label).next();
            (first..hard.nodes()).filter_map(|v| Some((label(v)?, v))).collect()
        };
        let mut known = slots(new);
        known.sort_unstable();
        for (label, _) in slots(old) {
            let new = FaultModel::dependency(label).and_then(|d| same.dependency(d));
            let slot = new.and_then(|d| known.binary_search_by_key(&d.0, |(label, _)| *label).ok());
            same.nodes.push(slot.map_or(NONE, |at| known[at].1));
        }
        same
    }

    fn component(&self, old: ComponentId) -> Option<ComponentId> {
        self.node(old.0).map(ComponentId)
    }

    fn dependency(&self, old: DependencyId) -> Option<DependencyId> {
        self.dependencies.get(old.0 as usize).copied().filter(|&d| d != NONE).map(DependencyId)
    }

    fn node(&self, old: u32) -> Option<u32> {
        self.nodes.get(old as usize).copied().filter(|&v| v != NONE)
    }

    /// Dependencies are the same if their ends, plane, interaction and the name of their requirement are.
    fn pair_dependencies(&self, old: &Graph, new: &Graph) -> Vec<u32> {
        let mut pairs = vec![NONE; old.dependencies.len()];
        for from in old.ids() {
            let Some(now) = self.component(from) else { continue };
            let mut candidates = new.providers(now).peekable();
            for (id, d) in old.providers(from) {
                let Some(to) = self.component(d.to) else { continue };
                // What stands before it in the new order has no counterpart.
                while candidates.next_if(|(_, c)| (c.to, c.plane) < (to, d.plane)).is_some() {}
                let alike = |c: &Dependency| {
                    (c.to, c.plane, c.interaction) == (to, d.plane, d.interaction) && name(new, c) == name(old, d)
                };
                if let Some((other, _)) = candidates.next_if(|(_, c)| alike(c)) {
                    pairs[id.0 as usize] = other.0;
                }
            }
        }
        pairs
    }

    /// The groups that are in one of the graphs only, or whose members' shares differ.
    fn differences(&self, old: &Engine<'_>, new: &Engine<'_>) -> Differences {
        let (before, after) = (old.model.hard(), new.model.hard());
        let mut back = vec![NONE; after.nodes() as usize];
        for (v, &now) in (0u32..).zip(&self.nodes).filter(|&(_, &now)| now != NONE) {
            back[now as usize] = v;
        }
        let (mut went, mut came) = (Vec::new(), Vec::new());
        for (v, &now) in (0u32..).zip(&self.nodes) {
            let now = if now == NONE { 0..0 } else { after.groups_of(now) };
            let then = before.groups_of(v);
            if then.len() == now.len() && then.clone().zip(now.clone()).all(|(g, h)| self.equal(old, new, g, h)) {
                continue;
            }
            went.extend(then.clone().filter(|&g| !now.clone().any(|h| self.equal(old, new, g, h))));
            came.extend(now.filter(|&h| !then.clone().any(|g| self.equal(old, new, g, h))));
        }
        let fresh = (0..after.nodes()).filter(|&v| back[v as usize] == NONE);
        came.extend(fresh.flat_map(|v| after.groups_of(v)));
        let mut came: Vec<Group> = came.into_iter().map(|h| put_back(after.group(h), &back)).collect();
        // Where users come in only now is news for whatever takes it down.
        let entries = new.entries.iter().filter_map(|(now, _)| back.get(now.0 as usize)).filter(|&&v| v != NONE);
        let doors = entries.filter(|&&v| old.entries.binary_search_by_key(&v, |(id, _)| id.0).is_err());
        came.extend(doors.map(|&v| Group { owner: v, threshold: 1, members: vec![Member { node: v, label: 0 }] }));
        Differences { went, came }
    }

    /// Whether two groups say the same of the same members.
    fn equal(&self, old: &Engine<'_>, new: &Engine<'_>, g: u32, h: u32) -> bool {
        let (before, after) = (old.model.hard(), new.model.hard());
        let shares = old.shares || new.shares;
        let alike = |(a, b): (Member, Member)| {
            let (from, to) = (FaultModel::dependency(a.label), FaultModel::dependency(b.label));
            let share = |graph: &Graph, d: Option<DependencyId>| d.map(|d| used(graph.dependency(d).share));
            self.node(a.node) == Some(b.node)
                && from.map(|d| self.dependency(d)) == to.map(Some)
                && (!shares || share(old.graph, from) == share(new.graph, to))
        };
        before.threshold(g) == after.threshold(h)
            && before.members(g).len() == after.members(h).len()
            && before.labelled(g).zip(after.labelled(h)).all(alike)
    }
}

/// Which component of the new graph has the id of each of the old one.
fn components(old: &Graph, new: &Graph) -> Vec<u32> {
    let mut candidates = (0u32..).zip(&new.components).peekable();
    let same = |c: &Component| {
        // Most are the same, and most of these share their text, which then is not read.
        while candidates.next_if(|(_, n)| n.id != c.id && n.id < c.id).is_some() {}
        candidates.next_if(|(_, n)| n.id == c.id).map_or(NONE, |(at, _)| at)
    };
    old.components.iter().map(same).collect()
}

fn name<'g>(graph: &'g Graph, d: &Dependency) -> Option<&'g Arc<str>> {
    d.requirement.map(|r| &graph.requirement(r).id)
}

/// A list in other terms, if all of it can be said; the list itself where nothing changes.
fn translated<T: Copy + PartialEq>(list: &Arc<[T]>, say: impl Fn(T) -> Option<T>) -> Option<Arc<[T]>> {
    if list.iter().all(|&one| say(one) == Some(one)) {
        Some(list.clone())
    } else {
        list.iter().map(|&one| say(one)).collect()
    }
}

/// A group with the numbers of its members put back; those that were not there never failed.
fn put_back(group: Group, back: &[u32]) -> Group {
    let known = group.members.into_iter().map(|m| Member { node: back[m.node as usize], ..m });
    Group { members: known.filter(|m| m.node != NONE).collect(), ..group }
}
