use super::amplification::{Retries, retries};
use super::assumed::assumed;
use super::cut_set::cut_sets;
use super::cycle::cycles;
use super::drift::{Drift, drift};
use super::fatal_pair::fatal_pairs;
use super::illusion::illusions;
use super::overload::{Overload, overload};
use super::paths::{Asked, By, WorstPaths, worst_paths};
use super::pools::{PoolRow, pools};
use super::recovery::{RecoveryLoop, recovery_loops};
use super::shared::shared;
use super::spof::spofs;
use super::waits::{self, Timeouts};
use super::{Baseline, CutSets, Cycle, FatalPair, Illusion, Improvements, Shared, Single, Spof, Unreached};
use crate::graph::{Assumption, Graph};
use std::cmp::Reverse;

/// Bounds of [`analyse`]. Whatever a bound cut shows in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Look for pairs of failures only in graphs of at most so many components.
    pub pair_components: usize,
    /// List the pairs of the heaviest entries up to so many, and count the others.
    pub listed_pairs: u64,
    /// Keep so many rows of amplification, and of the three sorts of worst paths together.
    pub rows: usize,
    /// Look for the worst paths of all sources too.
    pub worst_paths: bool,
    /// List minimal cut sets. Findings do not rest on them.
    pub cut_sets: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { pair_components: 20_000, listed_pairs: 1_000_000, rows: 10_000, worst_paths: false, cut_sets: true }
    }
}

/// What the report says of a graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// What takes an entry down alone, the most telling first.
    pub spofs: Vec<Spof>,
    /// What takes others down that no entry needs, the likeliest first.
    pub unreached: Vec<Unreached>,
    /// Redundancy that is less than it claims, those of the heaviest entries first.
    pub illusions: Vec<Illusion>,
    /// Redundancy that two failures use up, that of the heaviest entries first.
    pub fatal_pairs: Vec<FatalPair>,
    /// What couples others, those of the heaviest entries first.
    pub shared: Vec<Shared>,
    /// Limited capacities beside what is asked of them, by id.
    pub pools: Vec<PoolRow>,
    /// Loops, by members.
    pub cycles: Vec<Cycle>,
    /// Minimal cut sets of every entry, by entry and size; nothing unless asked for.
    pub cut_sets: Vec<CutSets>,
    /// Nobody looked for pairs of failures: the graph is too large.
    pub without_pairs: bool,
    /// Calls that multiply.
    pub retries: Retries,
    /// Waits beside what is allowed for them.
    pub timeouts: Timeouts,
    /// What more load than can be served does.
    pub overload: Overload,
    /// What is needed to see or repair something and goes down with it, by dependency.
    pub recovery_loops: Vec<RecoveryLoop>,
    /// The worst ways of failures into entries; nothing unless asked for.
    pub worst_paths: Option<WorstPaths>,
    /// What would help against the top of `spofs`; nothing was tried unless [`improvements`](super::improvements) was
    /// asked.
    pub improvements: Improvements,
    /// Where manifests and traces disagree; nothing unless both were read.
    pub drift: Option<Drift>,
    /// What the measurements take for granted beside what the graph does, by id.
    pub assumptions: Vec<Assumption>,
}

/// Asks everything. The answer depends on the graph and the options alone, not on the number of threads.
pub fn analyse(graph: &Graph, options: &Options) -> Analysis {
    analyse_further(&Baseline::new(graph), options)
}

/// Asks everything else of a graph whose single failures are known.
pub fn analyse_further(baseline: &Baseline<'_>, options: &Options) -> Analysis {
    let Baseline { engine, singles } = baseline;
    let graph = engine.graph;
    let (spofs, unreached) = spofs(engine, singles);
    let overload = overload(graph);
    let mut assumptions = assumed(graph);
    assumptions.extend(overload.assumptions.iter().cloned());
    assumptions.sort();
    Analysis {
        spofs,
        unreached,
        illusions: illusions(engine, singles, options.pair_components),
        fatal_pairs: fatal_pairs(engine, singles, options.pair_components),
        shared: shared(engine, singles),
        pools: pools(graph),
        cycles: cycles(graph, &engine.model),
        without_pairs: engine.plan.len() as usize > options.pair_components,
        cut_sets: if options.cut_sets {
            cut_sets(engine, singles, options.pair_components, options.listed_pairs)
        } else {
            Vec::new()
        },
        retries: retries(graph, options.rows),
        timeouts: waits::measure(graph),
        overload,
        recovery_loops: recovery_loops(graph),
        worst_paths: options.worst_paths.then(|| worst_paths(graph, &asked(singles, options))),
        improvements: Improvements::default(),
        drift: drift(graph),
        assumptions,
    }
}

/// The worst paths of a report: those of the sources that take most entries down first, and no more of them than some
/// seconds allow.
fn asked(singles: &[Single], options: &Options) -> Asked {
    const WORK: u64 = 200_000_000;
    let mut order: Vec<&Single> = singles.iter().collect();
    order.sort_by_key(|s| (Reverse(s.entries.len()), Reverse(s.failed), s.component));
    let order = order.into_iter().map(|s| s.component).collect();
    Asked { limit: (options.rows / By::ALL.len()).max(1), order, work: WORK, ..Asked::default() }
}

/// What each component that can fail takes down alone, by id.
pub fn single_failures(graph: &Graph) -> Vec<Single> {
    Baseline::new(graph).singles
}

/// What couples components that look independent, as in [`Analysis::shared`].
pub fn shared_resources(graph: &Graph) -> Vec<Shared> {
    let Baseline { engine, singles } = Baseline::new(graph);
    shared(&engine, &singles)
}

/// Redundancy that is less than it claims, as in [`Analysis::illusions`], of a graph whose single failures are known.
pub fn redundancy_illusions(baseline: &Baseline<'_>) -> Vec<Illusion> {
    illusions(&baseline.engine, &baseline.singles, Options::default().pair_components)
}
