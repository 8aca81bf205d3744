use super::{Walks, radius_reaches};

/// A loop counts as one that never ends from here on: it multiplies by a million before it does.
pub const UNSTABLE: f64 = 1.0 - 1e-6;

/// What becomes of a value that goes round a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Growth {
    /// The sum over all walks is infinite: the spectral radius is 1 or more.
    pub sum: bool,
    /// Some cycle multiplies by more than 1, so walks have no worst one.
    pub most: bool,
}

/// Factors of the edges of a [`Walks`], all above 0.
pub struct Gains<T> {
    /// By slot.
    pub(super) of: Vec<T>,
    /// By place.
    pub(super) growth: Vec<Growth>,
}

/// A number that gains are made of.
pub trait Scalar:
    Copy + PartialOrd + std::ops::Mul<Output = Self> + std::ops::Add<Output = Self> + Send + Sync
{
    /// Nothing.
    const ZERO: Self;
    /// Neutral in products.
    const ONE: Self;
    /// Without bound.
    const INFINITY: Self;
    /// What is larger by rounding alone is not larger.
    const SLACK: Self;
    /// The nearest.
    fn of(value: f64) -> Self;
}

impl Scalar for f64 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const INFINITY: Self = f64::INFINITY;
    const SLACK: Self = 1.0 + 1e-12;
    fn of(value: f64) -> Self {
        value
    }
}

impl Scalar for f32 {
    const ZERO: Self = 0.0;
    const ONE: Self = 1.0;
    const INFINITY: Self = f32::INFINITY;
    const SLACK: Self = 1.0 + 1e-6;
    #[expect(clippy::cast_possible_truncation, reason = "the nearest is what is asked for")]
    fn of(value: f64) -> Self {
        value as f32
    }
}

impl<T: Scalar> Gains<T> {
    /// The factors by edge number. O(edges), and for each loop the search for its growth.
    pub fn new(walks: &Walks, gain: impl Fn(u32) -> f64) -> Self {
        Self::of(walks, gain, true)
    }

    /// The same for sums alone: maxima over them would be those of walks that go round no loop.
    pub fn for_sums(walks: &Walks, gain: impl Fn(u32) -> f64) -> Self {
        Self::of(walks, gain, false)
    }

    fn of(walks: &Walks, gain: impl Fn(u32) -> f64, maxima: bool) -> Self {
        let mut growth = vec![Growth::default(); walks.len()];
        for round in walks.loops() {
            let edges = walks.edges_of(round.clone()).map(|(u, v, e)| (u, v, gain(e)));
            let edges: Vec<(u32, u32, f64)> = edges.filter(|e| e.2 > 0.0).collect();
            let sum = radius_reaches(round.len(), &edges, UNSTABLE);
            // No cycle multiplies by more than the radius to the power of its length.
            let found = Growth { sum, most: maxima && sum && some_cycle_grows(round.len(), &edges) };
            round.for_each(|at| growth[at as usize] = found);
        }
        Self { of: walks.edge.iter().map(|&e| T::of(gain(e))).collect(), growth }
    }
}

/// Whether the product along some cycle is above 1: relaxation that has not come to rest after as many rounds as there
/// are nodes, or an edge above 1 where none is below.
fn some_cycle_grows(nodes: usize, edges: &[(u32, u32, f64)]) -> bool {
    if edges.iter().all(|e| e.2 >= 1.0) {
        return edges.iter().any(|e| e.2 > 1.0);
    }
    let mut best = vec![1.0f64; nodes];
    (0..=nodes).all(|_| {
        let mut better = false;
        for &(u, v, gain) in edges {
            let here = best[u as usize] * gain;
            if here > best[v as usize] * (1.0 + 1e-9) {
                (best[v as usize], better) = (here, true);
            }
        }
        better
    })
}
