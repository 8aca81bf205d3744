//! The engine beside brute force on thousands of small random systems: k-of-n, cycles, soft edges, fallbacks,
//! switched-off components.

mod system;

use linchpin::analysis::scenario::{Fault, Outcome, Scenario, outcome};
use linchpin::analysis::{
    Analysis, CutOptions, Event, Options, State, analyse, blast, cut_sets, entries_calling, level, single_failures,
};
use linchpin::facts::{Criticality, Interaction, Kind, Layer, Origin, Plane, RetryLayer};
use linchpin::graph::algo::{FaultGraph, Group, Groups, LANES, Member, Plan, Solver, Way, Ways, Witness, Worklist};
use linchpin::graph::{ComponentId, Dependency, Evidence, Graph, Retry};
use linchpin::source::Location;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use system::{Edit, System, failed, minimal_cuts};

const NAMES: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "zone:h", "volume:i"];

prop_compose! {
    fn requirement()(
        owner in 0..7usize,
        of in prop::collection::vec(0..9usize, 1..4),
        need in 1..3u32,
        soft in prop::bool::weighted(0.15),
        fallback in prop::option::weighted(0.15, 0..7usize),
    ) -> (usize, u32, Vec<usize>, Edit) {
        let fallback = fallback.map(|f| NAMES[f].to_owned());
        (owner, need, of, Edit { soft, fallback, ..Edit::default() })
    }
}

prop_compose! {
    fn graph()(
        requirements in prop::collection::vec(requirement(), 0..12),
        entries in prop::collection::btree_map(0..7usize, 1..4u8, 1..4),
        replicas in prop::collection::btree_map(0..7usize, (1..4u32, 1..3u32), 0..4),
        off in prop::option::weighted(0.2, 0..9usize),
    ) -> Graph {
        let mut system = System::default();
        for (owner, need, of, edit) in requirements {
            let of: Vec<&str> = of.into_iter().map(|i| NAMES[i]).collect();
            system = system.of(NAMES[owner], need, &of, edit);
        }
        for (at, weight) in entries {
            system = system.entry(NAMES[at], f64::from(weight));
        }
        for (at, (count, need)) in replicas {
            // Placed on several zones a component would lose instances by share, which has its own test.
            system = system.replicas(NAMES[at], count.max(need), need);
        }
        if let Some(at) = off {
            system = system.off(NAMES[at]);
        }
        system.build()
    }
}

const POOLS: [&str; 2] = ["pool:p", "pool:q"];

prop_compose! {
    /// A system whose components take from pools of a known size, at loads that nobody knows.
    fn pooled()(
        requirements in prop::collection::vec(requirement(), 0..10),
        users in prop::collection::btree_set((0..7usize, 0..2usize), 0..6),
    ) -> Graph {
        let mut system = System::default();
        for (owner, need, of, edit) in requirements {
            let of: Vec<&str> = of.into_iter().map(|i| NAMES[i]).collect();
            system = system.of(NAMES[owner], need, &of, edit);
        }
        for (user, pool) in users {
            let edit = Edit { interaction: Some(Interaction::UsesPool), ..Edit::default() };
            system = system.with(NAMES[user], POOLS[pool], edit);
        }
        let mut graph = system.build();
        for component in graph.components.iter_mut().filter(|c| c.kind == Kind::Pool) {
            component.settings.capacity_concurrency = Some(10.0);
        }
        graph
    }
}

/// All that is reached from some components by the definition, applied until nothing is added.
fn closure(
    graph: &Graph,
    first: &BTreeSet<ComponentId>,
    reaches: impl Fn(&Dependency, &BTreeSet<ComponentId>) -> Option<ComponentId>,
) -> BTreeSet<ComponentId> {
    let mut all = first.clone();
    loop {
        let more: Vec<ComponentId> = graph.dependencies.iter().filter_map(|d| reaches(d, &all)).collect();
        let before = all.len();
        all.extend(more);
        if all.len() == before {
            return all;
        }
    }
}

fn outcome_of(graph: &Graph, fault: Fault, hit: &BTreeSet<ComponentId>) -> (BTreeSet<ComponentId>, Outcome) {
    let found = outcome(graph, &Scenario::new(fault, hit.iter().map(|&c| whole(c)).collect()));
    let failed = found.affected.iter().filter(|a| a.state == State::Failed).map(|a| a.component).collect();
    (failed, found)
}

prop_compose! {
    /// Calls between components of which each calls only later ones: from, to, calls for each request, tries.
    fn calls()(raw in prop::collection::vec((0..6usize, 0..6usize, 1..3u32, 1..4u32), 1..10)) -> Vec<(usize, usize, u32, u32)> {
        let mut calls: Vec<_> = raw.into_iter().filter(|c| c.0 != c.1).map(|(a, b, n, t)| (a.min(b), a.max(b), n, t)).collect();
        calls.sort_unstable();
        calls.dedup_by_key(|c| (c.0, c.1));
        calls
    }
}

fn whole(component: ComponentId) -> Event {
    Event { component, one_instance: false }
}

fn on(graph: &Graph) -> impl Iterator<Item = ComponentId> {
    graph.ids().filter(|&c| !graph.component(c).off)
}

/// Every cut set of the rows, expanded, and how many the rows claim.
fn expanded(analysis: &Analysis, entry: ComponentId) -> (BTreeSet<Vec<ComponentId>>, u64) {
    let mut cuts = BTreeSet::new();
    let mut claimed = 0;
    for row in analysis.cut_sets.iter().filter(|r| r.entry == entry) {
        claimed += row.count;
        match &row.sides[..] {
            [side] => cuts.extend(side.iter().map(|(c, _)| vec![*c])),
            [one, other] => {
                for (a, _) in one {
                    cuts.extend(other.iter().map(|(b, _)| vec![*a.min(b), *a.max(b)]));
                }
            }
            sides => panic!("{sides:?}"),
        }
    }
    (cuts, claimed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Blast radii of any two failures are the least fixpoint, degraded are the direct soft dependents, and every path
    /// is a chain of what was hit.
    #[test]
    fn radii_equal_brute_force(graph in graph(), a in 0..9usize, b in 0..9usize) {
        let ids: Vec<ComponentId> = graph.ids().collect();
        let hit: Vec<ComponentId> = [a, b].iter().filter_map(|&i| ids.get(i).copied()).collect();
        let expected = failed(&graph, &hit);
        let found = blast(&graph, &hit.iter().map(|&c| whole(c)).collect::<Vec<_>>());
        let of = |state| found.affected.iter().filter(|a| a.state == state).map(|a| a.component).collect::<BTreeSet<_>>();
        prop_assert_eq!(of(State::Failed), expected.iter().copied().filter(|c| !hit.contains(c)).collect());
        for affected in &found.affected {
            let (last, chain) = affected.path.split_last().unwrap();
            prop_assert!(hit.contains(&affected.path[0]) && *last == affected.component);
            prop_assert!(chain.iter().all(|c| expected.contains(c)));
            prop_assert!((0.0..=1.0).contains(&affected.share));
        }
        for component in of(State::Degraded) {
            prop_assert!(!expected.contains(&component));
            let soft = |d: &linchpin::graph::Dependency| d.criticality == Criticality::Soft || d.fallback.is_some();
            prop_assert!(graph.providers(component).any(|(_, d)| soft(d) && expected.contains(&d.to)));
        }
    }

    /// Without limits whoever waits for what is late waits for ever, everybody who takes from a pool that somebody late
    /// takes from is starved, and whoever needs somebody starved fails: nobody else, and all of them.
    #[test]
    fn lateness_equals_brute_force(graph in pooled(), a in 0..9usize) {
        let hit: BTreeSet<ComponentId> = graph.ids().nth(a).filter(|&c| graph.component(c).kind != Kind::Pool).into_iter().collect();
        let waits = |d: &Dependency, late: &BTreeSet<ComponentId>| {
            (d.interaction != Interaction::UsesPool && late.contains(&d.to)).then_some(d.from)
        };
        let late = closure(&graph, &hit, waits);
        let users = graph.dependencies.iter().filter(|d| d.interaction == Interaction::UsesPool);
        let drained: BTreeSet<ComponentId> = users.clone().filter(|d| late.contains(&d.from)).map(|d| d.to).collect();
        let starved = users.filter(|d| drained.contains(&d.to)).map(|d| d.from);
        let all: Vec<ComponentId> = late.iter().copied().chain(starved).collect();
        let expected: BTreeSet<ComponentId> = failed(&graph, &all).difference(&hit).copied().collect();
        let (found, outcome) = outcome_of(&graph, Fault::Latency, &hit);
        prop_assert_eq!(found, expected);
        for affected in &outcome.affected {
            prop_assert!(hit.contains(&affected.path[0]) && affected.path.last() == Some(&affected.component));
            prop_assert_eq!(affected.path.len(), affected.edges.len() + 1);
            prop_assert!((0.0..=1.0).contains(&affected.share) && (0.0..=1.0).contains(&affected.without));
        }
    }

    /// Bad data reaches whom the definition reaches, whatever the redundancy; a change takes all dependents and goes on
    /// as an outage.
    #[test]
    fn corruption_and_change_equal_brute_force(graph in graph(), a in 0..9usize) {
        let hit: BTreeSet<ComponentId> = on(&graph).nth(a).into_iter().collect();
        let off = |c: ComponentId| graph.component(c).off;
        let copies = |d: &Dependency, bad: &BTreeSet<ComponentId>| match d.interaction {
            _ if off(d.from) || off(d.to) => None,
            Interaction::Sync if bad.contains(&d.to) => Some(d.from),
            Interaction::Sync if bad.contains(&d.from) && graph.component(d.to).kind == Kind::Volume => Some(d.to),
            _ => None,
        };
        let expected: BTreeSet<ComponentId> = closure(&graph, &hit, copies).difference(&hit).copied().collect();
        prop_assert_eq!(outcome_of(&graph, Fault::Corruption, &hit).0, expected);

        let takers = graph.dependencies.iter().filter(|d| hit.contains(&d.to) && d.criticality == Criticality::Hard);
        let all: Vec<ComponentId> = takers.map(|d| d.from).chain(hit.iter().copied()).filter(|&c| !off(c)).collect();
        let expected: BTreeSet<ComponentId> = failed(&graph, &all).difference(&hit).copied().collect();
        prop_assert_eq!(outcome_of(&graph, Fault::Change, &hit).0, expected);
    }

    /// Who is overloaded is the least fixpoint: loads along all calls, tries where the callee is overloaded, or fails
    /// because somebody behind it is.
    #[test]
    fn overload_equals_brute_force(
        calls in calls(),
        capacity in prop::collection::vec(50..2_000u32, 6),
        times in 1..6u32,
        at in 0..6usize,
    ) {
        let system = calls.iter().fold(System::default().entry("a", 1.0), |s, c| s.needs(NAMES[c.0], &[NAMES[c.1]]));
        let mut graph = system.build();
        let place = |graph: &Graph, i: usize| graph.find(&format!("service:{}", NAMES[i]));
        for (i, &limit) in capacity.iter().enumerate() {
            if let Some(id) = place(&graph, i) {
                let settings = &mut graph.components[id.0 as usize].settings;
                settings.capacity_rps = Some(f64::from(limit));
                settings.load_rps = (i == 0).then_some(100.0);
            }
        }
        let numbered: Vec<(usize, usize, u32, u32)> = calls.clone();
        for (from, to, n, tries) in numbered {
            let (from, to) = (place(&graph, from).unwrap(), place(&graph, to).unwrap());
            let d = graph.dependencies.iter_mut().find(|d| (d.from, d.to) == (from, to)).unwrap();
            d.calls_per_request = Some(f64::from(n));
            let evidence = Evidence::new(Location::start("a.yaml".into()), "retry");
            d.retry = Retry::of(vec![RetryLayer::new(Layer::Library, tries, Origin::Explicit, evidence)]);
        }
        let Some(hit) = place(&graph, at) else { return Ok(()) };
        let mut over: BTreeSet<usize> = BTreeSet::new();
        let reached = |load: &[Option<f64>; 6]| load[at].is_some();
        let mut loads;
        loop {
            loads = [None; 6];
            let down = failed(&graph, &over.iter().filter_map(|&i| place(&graph, i)).collect::<Vec<_>>());
            let fails = |j: usize| place(&graph, j).is_some_and(|id| down.contains(&id));
            for j in 0..6 {
                let own = (j == 0).then_some(100.0);
                let brought = calls.iter().filter(|c| c.1 == j).filter_map(|c| {
                    let tries = if fails(j) { c.3 } else { 1 };
                    Some(loads[c.0]? * f64::from(c.2 * tries))
                });
                let sum = brought.chain(own).reduce(|a: f64, b| a + b);
                loads[j] = if j == at { sum.map(|l| l * f64::from(times)) } else { sum };
            }
            let more = (0..6).filter(|&j| loads[j].is_some_and(|l| l > f64::from(capacity[j])));
            let more: BTreeSet<usize> = more.chain(over.iter().copied()).collect();
            if more == over {
                break;
            }
            over = more;
        }
        if !reached(&loads) {
            return Ok(());
        }
        let calls_on = |d: &Dependency, above: &BTreeSet<ComponentId>| above.contains(&d.from).then_some(d.to);
        let below = closure(&graph, &BTreeSet::from([hit]), calls_on);
        let all: Vec<ComponentId> = over.iter().filter_map(|&i| place(&graph, i)).filter(|c| below.contains(c)).collect();
        let mut expected = failed(&graph, &all);
        expected.remove(&hit);
        let asked = Scenario { load: Some(f64::from(times)), ..Scenario::new(Fault::Overload, vec![whole(hit)]) };
        let found = outcome(&graph, &asked).affected;
        let found: BTreeSet<ComponentId> = found.iter().filter(|a| a.state == State::Failed).map(|a| a.component).collect();
        prop_assert_eq!(found, expected);
    }

    /// All single failures at once are what each is alone.
    #[test]
    fn singles_equal_brute_force(graph in graph()) {
        let entries: Vec<ComponentId> = graph.entries().map(|(id, _)| id).filter(|&e| !graph.component(e).off).collect();
        let singles = single_failures(&graph);
        prop_assert_eq!(singles.iter().map(|s| s.component).collect::<Vec<_>>(), on(&graph).collect::<Vec<_>>());
        for single in singles {
            let expected = failed(&graph, &[single.component]);
            prop_assert_eq!(single.failed as usize, expected.len() - 1);
            let hit: Vec<ComponentId> = single.entries.iter().map(|&e| entries[e as usize]).collect();
            prop_assert_eq!(hit, entries.iter().copied().filter(|e| expected.contains(e)).collect::<Vec<_>>());
        }
    }

    /// Single points of failure are the components that take an entry down alone; folding hides nothing: whoever is
    /// folded stands on a row that is shown, or is declared by the entry.
    #[test]
    fn spofs_equal_brute_force(graph in graph()) {
        let rows = analyse(&graph, &Options::default()).spofs;
        let told: BTreeMap<ComponentId, Vec<ComponentId>> = rows.iter().map(|r| (r.component, r.entries.clone())).collect();
        for c in on(&graph) {
            let victims = failed(&graph, &[c]);
            let entries: Vec<ComponentId> = graph.entries().map(|(e, _)| e).filter(|e| victims.contains(e)).collect();
            let own = entries.iter().all(|&e| e == c) && level(graph.component(c)) == linchpin::analysis::Level::Component;
            prop_assert_eq!(told.get(&c), (!entries.is_empty() && !own).then_some(&entries));
        }
        for row in &rows {
            prop_assert_eq!(row.path.first(), Some(&row.component));
            prop_assert!(row.path.last().is_some_and(|e| row.entries.contains(e)));
            let shown = |at: ComponentId| rows.iter().all(|r| r.component != at || r.folded_into.is_none());
            let Some(root) = row.folded_into else { continue };
            match rows.iter().find(|r| r.component == root && failed(&graph, &[root]).contains(&row.component)) {
                // Told by the root of its chain, which is shown or declared by an entry that is.
                Some(root) => {
                    prop_assert!(root.entries == row.entries && root.level <= row.level);
                    prop_assert!(root.folded_into.is_none_or(shown));
                }
                None => prop_assert!(row.entries.contains(&root) && shown(root)),
            }
        }
    }

    /// Minimal cut sets of size 1 and 2 are those that trying all pairs finds, each in one row.
    #[test]
    fn cut_sets_equal_brute_force(graph in graph()) {
        let analysis = analyse(&graph, &Options::default());
        for (entry, _) in graph.entries().filter(|(e, _)| !graph.component(*e).off) {
            let expected = minimal_cuts(&graph, entry, 2);
            let (cuts, claimed) = expanded(&analysis, entry);
            prop_assert_eq!(claimed as usize, cuts.len());
            prop_assert_eq!(cuts, expected);
        }
    }

    /// Cut sets up to size 3 of `linchpin cuts` are those that trying all finds, and the first two those of the report.
    #[test]
    fn larger_cut_sets_equal_brute_force(graph in graph()) {
        let entries: Vec<ComponentId> = graph.entries().map(|(e, _)| e).filter(|&e| !graph.component(e).off).collect();
        let rows = cut_sets(&graph, &entries, &CutOptions { max_size: 3, ..CutOptions::default() });
        for &entry in &entries {
            let mut cuts = BTreeSet::new();
            for row in rows.iter().filter(|r| r.entry == entry) {
                prop_assert_eq!((row.complete_to, row.sides.len()), (3, row.size as usize));
                let mut sets = vec![Vec::new()];
                for side in &row.sides {
                    sets = sets.iter().flat_map(|s: &Vec<_>| side.iter().map(|(c, _)| [&s[..], &[*c]].concat())).collect();
                }
                prop_assert_eq!(row.count as usize, sets.len());
                for mut set in sets {
                    set.sort();
                    prop_assert!(cuts.insert(set), "a cut set stands in two rows");
                }
            }
            // All sets of three of nine take a while: a third of the graphs will do.
            let size = if graph.dependencies.len() % 3 == 0 { 3 } else { 2 };
            cuts.retain(|cut| cut.len() <= size);
            prop_assert_eq!(cuts, minimal_cuts(&graph, entry, size));
        }
        let report = analyse(&graph, &Options::default()).cut_sets;
        for (mut small, reported) in rows.into_iter().filter(|r| r.size < 3).zip(&report) {
            small.complete_to = 2;
            prop_assert_eq!(&small, reported);
        }
    }

    /// Any two sides of a fatal pair take its entries down, one side alone does not, and a minimal pair of likely failures
    /// that takes one member each of a group, whose owner an entry needs, is in the row of that group.
    #[test]
    fn fatal_pairs_equal_brute_force(graph in graph()) {
        let analysis = analyse(&graph, &Options::default());
        for pair in &analysis.fatal_pairs {
            let together = |a: ComponentId, b: ComponentId| failed(&graph, &[a, b]);
            let minimal = |a, b, e: &ComponentId| {
                !failed(&graph, &[a]).contains(e) && !failed(&graph, &[b]).contains(e)
            };
            let mut pairs = Vec::new();
            for (i, one) in pair.sides.iter().enumerate() {
                for other in &pair.sides[i + 1..] {
                    pairs.extend(one.iter().flat_map(|(a, _)| other.iter().map(move |(b, _)| (*a, *b))));
                }
            }
            for entry in &pair.entries {
                prop_assert!(pairs.iter().all(|&(a, b)| together(a, b).contains(entry)));
                prop_assert!(pairs.iter().any(|&(a, b)| minimal(a, b, entry)));
            }
        }
        let likely = |c: &ComponentId| level(graph.component(*c)) != linchpin::analysis::Level::Component;
        for requirement in &graph.requirements {
            let members: Vec<_> = requirement.members.iter().map(|&m| graph.dependency(m)).collect();
            let plain = |d: &&linchpin::graph::Dependency| {
                d.criticality == Criticality::Hard && d.fallback.is_none() && !graph.component(d.to).off
            };
            let spare = members.len().saturating_sub(requirement.need.max(1) as usize);
            if spare != 1 || !members.iter().all(plain) || graph.component(requirement.of).off {
                continue;
            }
            let lost = |c: ComponentId| {
                let failed = failed(&graph, &[c]);
                members.iter().map(|d| d.to).filter(|m| failed.contains(m)).collect::<Vec<_>>()
            };
            for entry in failed(&graph, &[requirement.of]).into_iter().filter(|&e| graph.component(e).entry.is_some()) {
                for cut in minimal_cuts(&graph, entry, 2).iter().filter(|c| c.len() == 2 && c.iter().all(likely)) {
                    let (a, b) = (lost(cut[0]), lost(cut[1]));
                    if a.len() != 1 || b.len() != 1 || a == b {
                        continue;
                    }
                    let side = |sides: &[Vec<(ComponentId, _)>], c| sides.iter().position(|s| s.iter().any(|e| e.0 == c));
                    let told = analysis.fatal_pairs.iter().filter(|p| p.entries.contains(&entry)).any(|p| {
                        let (a, b) = (side(&p.sides, cut[0]), side(&p.sides, cut[1]));
                        p.owners.contains(&requirement.of) && a.is_some() && b.is_some() && a != b
                    });
                    prop_assert!(told, "{:?}", cut);
                }
            }
        }
    }

    /// A group is an illusion if, and only if, fewer failures than it claims bring it down; the named roots do.
    #[test]
    fn illusions_equal_brute_force(graph in graph()) {
        let found = analyse(&graph, &Options::default()).illusions;
        for requirement in &graph.requirements {
            let of = requirement.of;
            let members: Vec<_> = requirement.members.iter().map(|&m| graph.dependency(m)).collect();
            let plain = members.iter().all(|d| {
                d.criticality == Criticality::Hard && d.fallback.is_none() && !graph.component(d.to).off
            });
            let placed = members.iter().any(|d| d.interaction == linchpin::facts::Interaction::PlacedOn);
            let n = u32::try_from(members.len()).unwrap();
            let need = requirement.need.clamp(1, n);
            let distinct: BTreeSet<ComponentId> = members.iter().map(|d| d.to).collect();
            if !plain || placed || n == need || graph.component(of).off {
                continue;
            }
            let falls = |hit: &[ComponentId]| {
                let failed = failed(&graph, hit);
                members.iter().filter(|d| failed.contains(&d.to)).count() > (n - need) as usize
            };
            // What fails together with the owner on a loop is no reproach to the group, nor a fair question here.
            let loops = |c: ComponentId| failed(&graph, &[c]).contains(&of) && failed(&graph, &[of]).contains(&c);
            if on(&graph).any(|c| c != of && loops(c)) {
                continue;
            }
            // What the owner needs beside the group is shared by declaration.
            let declared = |c: ComponentId| {
                let beside = |d: &Dependency| d.to == c && d.requirement.is_none() && d.criticality == Criticality::Hard;
                graph.providers(of).any(|(_, d)| beside(d) && d.interaction != linchpin::facts::Interaction::PlacedOn)
            };
            let told = |c: ComponentId| c != of && !(declared(c) && falls(&[c]));
            let culprits: Vec<ComponentId> = on(&graph).filter(|&c| told(c)).collect();
            let alone: Vec<ComponentId> = culprits.iter().copied().filter(|&c| falls(&[c])).collect();
            let group: Vec<ComponentId> = distinct.into_iter().collect();
            let row = found.iter().find(|i| i.owner == of && i.group == group && i.claimed == n - need);
            if !alone.is_empty() {
                prop_assert!(row.is_some_and(|r| r.real == 0 && r.shared.iter().all(|c| falls(&[*c]))));
                let roots = &row.unwrap().shared;
                prop_assert!(alone.iter().all(|c| roots.iter().any(|r| failed(&graph, &[*r]).contains(c))));
                // No root stands on another one.
                let stands = |r: &ComponentId| roots.iter().any(|q| q != r && failed(&graph, &[*q]).contains(r));
                prop_assert!(!roots.iter().any(stands), "{:?}", roots);
            } else if n - need > 1 {
                let pair = |a: &ComponentId| culprits.iter().any(|b| falls(&[*a, *b]));
                prop_assert_eq!(row.is_some_and(|r| r.real == 1), culprits.iter().any(pair));
            }
        }
    }

    /// One thread and four say the same, byte for byte.
    #[test]
    fn threads_do_not_show(graph in graph()) {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            format!("{:?}", pool.install(|| analyse(&graph, &Options::default())))
        };
        prop_assert_eq!(run(1), run(4));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Larger graphs fill several blocks and make the solver change from queue to sweep: still what the worklist says.
    #[test]
    fn blocks_equal_the_worklist(seed in any::<u64>(), nodes in 1_500..4_000u32, near in 3..400u32) {
        solver_equals_worklist(&layered(seed, nodes, near))?;
    }

    /// What leads into one large loop and what hangs on it: whole blocks of scenarios bring the loop down, others in part.
    #[test]
    fn bow_ties_equal_the_worklist(seed in any::<u64>(), below in 300..900u32, above in 300..900u32) {
        solver_equals_worklist(&bow_tie(seed, below, 40, above))?;
    }
}

fn solver_equals_worklist(graph: &FaultGraph) -> Result<(), TestCaseError> {
    let plan = Plan::new(graph);
    let mut solver = Solver::new(&plan);
    let mut worklist = Worklist::new(graph);
    for start in (0..plan.len()).step_by(LANES).take(3) {
        let sources: Vec<u32> = (start..plan.len()).take(LANES).collect();
        solver.solve(sources.iter().copied().zip(0..));
        for (lane, &at) in sources.iter().enumerate().step_by(37) {
            worklist.run(plan.nodes.row(at));
            for v in 0..graph.nodes() {
                prop_assert_eq!(solver.failed(plan.at(v)).contains(lane), worklist.failed(v));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// The ways that are found for all scenarios at once are those that a search in each of them finds.
    #[test]
    fn ways_equal_searches_one_by_one(seed in any::<u64>(), nodes in 10..700u32, near in 3..100u32) {
        let graph = layered(seed, nodes, near);
        let plan = Plan::new(&graph);
        let mut solver = Solver::new(&plan);
        let (mut ways, mut witness) = (Ways::new(&graph), Witness::new(&graph));
        for start in (0..plan.len()).step_by(LANES) {
            let sources: Vec<u32> = (start..plan.len()).take(LANES).collect();
            solver.solve(sources.iter().copied().zip(0..));
            let failed = |v| solver.failed(plan.at(v));
            // Everybody's way to the last that fails with him.
            let last = |lane| (0..graph.nodes()).rev().find(|&v| failed(v).contains(lane)).unwrap();
            let ask = |(lane, &at): (usize, &u32)| {
                let to = last(lane);
                plan.nodes.row(at).iter().map(move |&from| Way { lane, from, to }).collect::<Vec<_>>()
            };
            let asked: Vec<Way> = sources.iter().enumerate().flat_map(ask).collect();
            for (way, found) in asked.iter().zip(ways.find(&asked, failed)) {
                witness.search(&[way.from], |v| failed(v).contains(way.lane), Some(way.to));
                prop_assert_eq!(found, witness.path(way.to), "{:?}", way);
            }
        }
    }

    /// The entries that call a component are those from which calls lead to it.
    #[test]
    fn callers_equal_the_closure(graph in graph()) {
        let sets: Vec<Vec<ComponentId>> = graph.ids().map(|a| graph.ids().filter(|b| b.0 % 3 == a.0 % 3).collect()).collect();
        let runtime = |id| graph.dependents(id).filter(|(_, d)| d.plane == Plane::Runtime).map(|(_, d)| d.from);
        for (set, found) in sets.iter().zip(entries_calling(&graph, &sets)) {
            let mut met: BTreeSet<ComponentId> = set.iter().copied().collect();
            while let Some(next) = met.iter().flat_map(|&id| runtime(id)).find(|c| !met.contains(c)) {
                met.insert(next);
            }
            met.retain(|&id| graph.component(id).entry.is_some());
            prop_assert_eq!(found, met.into_iter().collect::<Vec<_>>());
        }
    }
}

/// Numbers below a bound.
fn random_numbers(seed: u64) -> impl FnMut(u32) -> u32 {
    let mut state = seed | 1;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).expect("31 bits") % below.max(1)
    }
}

/// A loop that needs everything below it, or in every other system nearly everything, and above it what needs it or each
/// other.
fn bow_tie(seed: u64, below: u32, ring: u32, above: u32) -> FaultGraph {
    let mut random = random_numbers(seed);
    let spared = random(2);
    let mut groups = Groups::default();
    let member = |node| Member { node, label: 0 };
    for v in 0..ring {
        groups.push(below + v, 1, [member(below + (v + 1) % ring)]);
        for low in (v..below).step_by(ring as usize) {
            if random(60) < spared {
                groups.push(below + v, 2, [member(low), member(random(below))]);
            } else {
                groups.push(below + v, 1, [member(low)]);
            }
        }
    }
    for owner in below + ring..below + ring + above {
        let mut before = || member(random(owner));
        let (one, several) = (before(), [before(), before(), before()]);
        match random(3) {
            0 => groups.push(owner, 2, several),
            1 => groups.push(owner, 1, [one]),
            _ => {
                groups.push(owner, 1, [one]);
                groups.push(owner, 3, several);
            }
        }
    }
    FaultGraph::new(below + ring + above, groups)
}

/// A random fault graph whose members are near their owners, with back edges and groups up to 3 of 5.
fn layered(seed: u64, nodes: u32, near: u32) -> FaultGraph {
    let mut random = random_numbers(seed);
    let mut groups = Vec::new();
    for owner in 1..nodes {
        for _ in 0..random(3) {
            let size = [1, 1, 1, 2, 3, 5][random(6) as usize];
            let back = random(30) == 0;
            let member = |r: u32| if back { (owner + r) % nodes } else { owner.saturating_sub(1 + r) };
            let members = (0..size).map(|_| Member { node: member(random(near)), label: 0 }).collect();
            groups.push(Group { owner, threshold: 1 + random(size) / 2, members });
        }
    }
    FaultGraph::new(nodes, groups.into_iter().collect())
}
