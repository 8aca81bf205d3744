//! Whether a loop of calls dies out: the spectral radius of a non-negative matrix.

/// Bounds of a spectral radius. They are certain (Collatz and Wielandt), and for all but very large rings equal but for
/// rounding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Radius {
    /// It is not smaller.
    pub at_least: f64,
    /// It is not larger.
    pub at_most: f64,
}

impl Radius {
    /// Whether the bounds agree.
    pub fn exact(self) -> bool {
        self.at_most - self.at_least <= PRECISION * self.at_most
    }
}

/// Relative width at which the bounds count as one.
const PRECISION: f64 = 1e-12;
/// Rounds of power iteration before a dense solver, or the end.
const ROUNDS: u32 = 300;
/// Most nodes that the dense solver is asked about: a few milliseconds.
const DENSE: usize = 256;
/// Rounds of power iteration for what is larger.
const LONG: u32 = 20_000;

/// The spectral radius of a strongly connected graph of `nodes` nodes with `(from, to, weight)` edges, weights above 0;
/// several edges between two nodes add up. O(edges) a round, a hundred rounds for most.
///
/// Power iteration on A + I, which converges whatever the periods of A are. On rings it is slow: there Noda's inverse
/// iteration takes over, with a dense elimination a step (Numer. Math. 17, 1971).
pub fn spectral_radius(nodes: usize, edges: &[(u32, u32, f64)]) -> Radius {
    bounds(nodes, edges, |radius| radius.exact())
}

/// Whether the upper bound of [`spectral_radius`] is at least `limit`. Stops as soon as that is certain, which for most
/// loops is long before the radius is known to the last digit.
pub fn radius_reaches(nodes: usize, edges: &[(u32, u32, f64)], limit: f64) -> bool {
    bounds(nodes, edges, |radius| radius.exact() || radius.at_most < limit || radius.at_least >= limit).at_most >= limit
}

/// Bounds that are narrowed until they are good enough.
fn bounds(nodes: usize, edges: &[(u32, u32, f64)], enough: impl Fn(Radius) -> bool) -> Radius {
    let mut x = vec![1.0; nodes];
    if nodes == 0 || edges.iter().any(|e| !e.2.is_finite()) {
        let radius = if nodes == 0 { 0.0 } else { f64::INFINITY };
        return Radius { at_least: radius, at_most: radius };
    }
    let mut best = Radius { at_least: 0.0, at_most: f64::INFINITY };
    let dense = nodes <= DENSE;
    for _ in 0..if dense { ROUNDS } else { LONG } {
        let next = times(edges, &x);
        narrow(&mut best, &next, &x);
        if enough(best) {
            return best;
        }
        // The shift is half of the radius: enough against periods, and it costs little speed.
        let shift = best.at_least.max(best.at_most.min(f64::MAX) * 1e-9) / 2.0;
        x.iter_mut().zip(next).for_each(|(x, y)| *x = shift * *x + y);
        normalise(&mut x);
    }
    if dense {
        noda(nodes, edges, x, &mut best);
    }
    best
}

fn times(edges: &[(u32, u32, f64)], x: &[f64]) -> Vec<f64> {
    let mut y = vec![0.0; x.len()];
    for &(from, to, weight) in edges {
        y[from as usize] += weight * x[to as usize];
    }
    y
}

/// The least and greatest ratio of (A x) to x enclose the radius for every positive x.
fn narrow(best: &mut Radius, product: &[f64], x: &[f64]) {
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for (y, x) in product.iter().zip(x) {
        let ratio = y / x;
        least = least.min(ratio);
        most = most.max(ratio);
    }
    best.at_least = best.at_least.max(least);
    best.at_most = best.at_most.min(most);
}

fn normalise(x: &mut [f64]) {
    let most = x.iter().copied().fold(0.0, f64::max);
    // A component that underflows would no longer be positive, and the bounds no longer certain.
    x.iter_mut().for_each(|x| *x = (*x / most).max(1e-280));
}

/// Inverse iteration with the upper bound as its shift: it converges quadratically from above.
fn noda(nodes: usize, edges: &[(u32, u32, f64)], mut x: Vec<f64>, best: &mut Radius) {
    for _ in 0..20 {
        let shift = best.at_most * (1.0 + 1e-14);
        let mut matrix = vec![0.0; nodes * nodes];
        (0..nodes).for_each(|i| matrix[i * nodes + i] = shift);
        edges.iter().for_each(|&(from, to, weight)| matrix[from as usize * nodes + to as usize] -= weight);
        if !eliminate(nodes, &mut matrix, &mut x) {
            return;
        }
        normalise(&mut x);
        let before = *best;
        narrow(best, &times(edges, &x), &x);
        if best.exact() || *best == before {
            return;
        }
    }
}

/// Solves a system in place. The matrix is an M-matrix, for which no pivots need to be exchanged; false if it is
/// singular to working precision.
fn eliminate(n: usize, matrix: &mut [f64], x: &mut [f64]) -> bool {
    for k in 0..n {
        let (above, below) = matrix.split_at_mut((k + 1) * n);
        let pivot_row = &above[k * n..];
        let pivot = pivot_row[k];
        if pivot.is_nan() || pivot <= 0.0 {
            return false;
        }
        let (solved, open) = x.split_at_mut(k + 1);
        for (row, value) in below.chunks_exact_mut(n).zip(open) {
            let factor = row[k] / pivot;
            if factor != 0.0 {
                row[k..].iter_mut().zip(&pivot_row[k..]).for_each(|(a, p)| *a -= factor * p);
                *value -= factor * solved[k];
            }
        }
    }
    for k in (0..n).rev() {
        let row = &matrix[k * n..(k + 1) * n];
        let rest: f64 = row[k + 1..].iter().zip(&x[k + 1..]).map(|(a, x)| a * x).sum();
        x[k] = (x[k] - rest) / row[k];
    }
    x.iter().all(|x| x.is_finite() && *x > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn radius(nodes: usize, edges: &[(u32, u32, f64)]) -> f64 {
        let found = spectral_radius(nodes, edges);
        assert!(found.exact(), "{found:?}");
        found.at_most
    }

    /// The oracles of the theory: one loop, and two loops that are each below 1 and together above it.
    #[test]
    fn oracles() {
        assert!((radius(2, &[(0, 1, 2.0), (1, 0, 0.6)]) - 1.2f64.sqrt()).abs() < 1e-12);
        let trap = [(0, 1, 0.6), (1, 0, 1.0), (0, 2, 0.6), (2, 0, 1.0)];
        assert!((radius(3, &trap) - 1.2f64.sqrt()).abs() < 1e-12);
        assert_eq!(radius(1, &[(0, 0, 3.0)]), 3.0);
    }

    /// Long rings of unequal weights, on which power iteration alone would take a hundred thousand rounds.
    #[test]
    fn rings_converge() {
        for n in [2u32, 3, 40, 126, 256] {
            let edges: Vec<_> = (0..n).map(|i| (i, (i + 1) % n, if i == 0 { 3.0 } else { 1.0 })).collect();
            assert!((radius(n as usize, &edges) - 3f64.powf(1.0 / f64::from(n))).abs() < 1e-10, "{n}");
        }
    }

    /// Stopping early gives the answer that the whole calculation gives, on either side of the limit.
    #[test]
    fn stopping_early_changes_no_answer() {
        for n in [1u32, 2, 7, 40, 300] {
            for weight in [0.1, 0.9, 0.999_999, 1.0, 1.000_001, 5.0] {
                let edges: Vec<_> =
                    (0..n).flat_map(|i| [(i, (i + 1) % n, weight), (i, (i * 7 + 3) % n, weight / 3.0)]).collect();
                for limit in [0.5, 1.0 - 1e-6, weight * 1.33, weight * 1.34] {
                    let whole = spectral_radius(n as usize, &edges).at_most >= limit;
                    assert_eq!(radius_reaches(n as usize, &edges, limit), whole, "{n} {weight} {limit}");
                }
            }
        }
    }

    /// Weights that cannot be multiplied any more are unbounded, not a crash.
    #[test]
    fn infinite_weights_are_unbounded() {
        assert_eq!(radius_of_infinite(), f64::INFINITY);
        fn radius_of_infinite() -> f64 {
            spectral_radius(2, &[(0, 1, f64::INFINITY), (1, 0, 1.0)]).at_most
        }
    }
}
