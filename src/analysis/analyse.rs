use super::cut_set::cut_sets;
use super::cycle::cycles;
use super::drift::{Drift, drift};
use super::engine::{Engine, Single};
use super::fatal_pair::fatal_pairs;
use super::illusion::illusions;
use super::shared::shared;
use super::spof::spofs;
use super::{CutSets, Cycle, FatalPair, Illusion, Shared, Spof, Unreached};
use crate::graph::Graph;

/// Bounds of [`analyse`]. Whatever a bound cut shows in the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Look for cut sets of size 2 only in graphs of at most so many components.
    pub pair_components: usize,
    /// List the pairs of the heaviest entries up to so many, and count the others.
    pub listed_pairs: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { pair_components: 20_000, listed_pairs: 1_000_000 }
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
    /// Loops, by members.
    pub cycles: Vec<Cycle>,
    /// Minimal cut sets of every entry, by entry and size.
    pub cut_sets: Vec<CutSets>,
    /// Where manifests and traces disagree; nothing unless both were read.
    pub drift: Option<Drift>,
}

/// Asks everything. The answer depends on the graph and the options alone, not on the number of threads.
pub fn analyse(graph: &Graph, options: &Options) -> Analysis {
    let engine = Engine::new(graph);
    let singles = engine.singles();
    let (spofs, unreached) = spofs(&engine, &singles);
    Analysis {
        spofs,
        unreached,
        illusions: illusions(&engine, &singles),
        fatal_pairs: fatal_pairs(&engine, &singles, options.pair_components),
        shared: shared(&engine, &singles),
        cycles: cycles(graph, &engine.model),
        cut_sets: cut_sets(&engine, &singles, options.pair_components, options.listed_pairs),
        drift: drift(graph),
    }
}

/// What each component that can fail takes down alone, by id.
pub fn single_failures(graph: &Graph) -> Vec<Single> {
    Engine::new(graph).singles()
}
