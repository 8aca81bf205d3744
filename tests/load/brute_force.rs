//! Retries and worst paths beside brute force on small random systems.

use super::system::System;
use super::{close, edge, layer, retry, row, rows};
use linchpin::analysis::amplification::{Fault, Load, amplification};
use linchpin::analysis::paths::{Asked, By, worst_paths};
use linchpin::facts::{Criticality, Interaction, Layer, RetryLayer};
use linchpin::graph::{ComponentId, Dependency, DependencyId, Graph};
use proptest::prelude::*;

const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Random calls: from, to, calls in quarters, tries, budget.
fn calls_between() -> impl Strategy<Value = Vec<(usize, usize, u32, u32, bool)>> {
    prop::collection::vec((0..6usize, 0..6usize, 1..9u32, 1..4u32, prop::bool::weighted(0.3)), 1..10)
}

fn random(calls: &[(usize, usize, u32, u32, bool)], whole: bool, budgets: bool) -> Graph {
    let mut system = System::default().entry("a", 1.0);
    let mut seen = std::collections::BTreeSet::new();
    let calls: Vec<_> = calls.iter().filter(|c| seen.insert((c.0, c.1))).collect();
    for c in &calls {
        system = system.needs(NAMES[c.0], &[NAMES[c.1]]);
    }
    let mut graph = system.build();
    for &&(from, to, quarters, n, budget) in &calls {
        let budget = (budget && budgets).then_some(0.25);
        let d = edge(&mut graph, NAMES[from], NAMES[to]);
        d.calls_per_request = Some(if whole { f64::from(quarters) } else { f64::from(quarters) / 16.0 });
        retry(d, vec![RetryLayer { budget, ..layer(Layer::Library, n) }]);
    }
    graph
}

fn gain(d: &Dependency) -> f64 {
    let layer = &d.retry.as_ref().expect("a layer").layers[0];
    let tries = f64::from(layer.tries.expect("bounded"));
    d.calls_per_request.unwrap_or(1.0) * layer.budget.map_or(tries, |b| tries.min(1.0 + b))
}

/// The matrix of gains, by component.
fn matrix(graph: &Graph) -> Vec<Vec<f64>> {
    let n = graph.components.len();
    let mut g = vec![vec![0.0; n]; n];
    graph.dependencies.iter().for_each(|d| g[d.from.0 as usize][d.to.0 as usize] += gain(d));
    g
}

/// The greatest product over all walks, and whether ever longer ones are ever greater: powers of the matrix with
/// (max, ×) for (+, ×), squared until they speak of walks of 2^60 calls.
fn brute_max(g: &[Vec<f64>], from: usize) -> (Vec<f64>, Vec<bool>) {
    const HUGE: f64 = 1e100;
    let n = g.len();
    let mut best = g.to_vec();
    (0..n).for_each(|v| best[v][v] = best[v][v].max(1.0));
    for _ in 0..60 {
        let half = best.clone();
        for u in 0..n {
            for v in 0..n {
                best[u][v] = (0..n).map(|w| half[u][w] * half[w][v]).fold(0.0, f64::max).min(HUGE);
            }
        }
    }
    let grows = best[from].iter().map(|&product| product > HUGE / 1e50).collect();
    (best.swap_remove(from), grows)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Maxima equal brute force over walks; they are infinite exactly where longer walks go on growing.
    #[test]
    fn maxima_equal_brute_force(calls in calls_between(), whole: bool) {
        let graph = random(&calls, whole, true);
        let Some(a) = graph.find("service:a") else { return Ok(()) };
        let (best, grows) = brute_max(&matrix(&graph), a.0 as usize);
        for row in rows(&graph) {
            let t = row.target.0 as usize;
            prop_assert_eq!(row.max.is_infinite(), grows[t], "{:?} {:?}", row, best);
            if row.max.is_finite() {
                prop_assert!(close(row.max, best[t]), "{:?} {:?}", row, best);
                let along: f64 = row.hops.iter().map(|h| h.gain()).product();
                prop_assert!(close(along, row.max), "{:?}", row);
            }
            let mut at = row.entry;
            for hop in &row.hops {
                prop_assert_eq!(hop.from, at);
                at = hop.to;
            }
            prop_assert_eq!(at, row.target);
        }
    }

    /// What is only sent cuts a walk in two: before the last of such calls, unless it is to the target itself, nobody sees
    /// a failure and tries again. Sums and maxima equal brute force over walks, and the arithmetic is that of the worst.
    #[test]
    fn walks_through_queues_equal_brute_force(calls in calls_between(), sent in prop::collection::vec(any::<bool>(), 10)) {
        let calls: Vec<_> = calls.into_iter().filter(|c| c.0 < c.1).collect();
        let mut graph = random(&calls, true, false);
        let Some(a) = graph.find("service:a") else { return Ok(()) };
        for (d, _) in graph.dependencies.iter_mut().zip(sent).filter(|(_, sent)| *sent) {
            d.interaction = Interaction::AsyncPublish;
        }
        let (mut sums, mut maxima) = (vec![0.0; 6], vec![0.0f64; 6]);
        let mut walks: Vec<Vec<&Dependency>> = graph.providers(a).map(|(_, d)| vec![d]).collect();
        while let Some(walk) = walks.pop() {
            let last = walk.len() - 1;
            let sees = walk[..last].iter().rposition(|d| d.interaction == Interaction::AsyncPublish).map_or(0, |i| i + 1);
            let of = |(i, d): (usize, &&Dependency)| if i < sees { d.calls_per_request.unwrap_or(1.0) } else { gain(d) };
            let product: f64 = walk.iter().enumerate().map(of).product();
            let to = walk[last].to;
            sums[to.0 as usize] += product;
            maxima[to.0 as usize] = maxima[to.0 as usize].max(product);
            walks.extend(graph.providers(to).map(|(_, d)| walk.iter().copied().chain([d]).collect()));
        }
        for row in rows(&graph).iter().filter(|r| r.fault == Fault::Outage) {
            let t = row.target.0 as usize;
            let along: f64 = row.hops.iter().map(|h| h.gain()).product();
            prop_assert!(close(row.sum, sums[t]) && close(row.max, maxima[t]) && close(along, row.max), "{:?}", row);
        }
    }

    /// Sums equal the series of walks: where it converges to the same number, where it does not to nothing finite.
    #[test]
    fn sums_equal_the_series(calls in calls_between(), whole: bool) {
        let graph = random(&calls, whole, true);
        let Some(a) = graph.find("service:a") else { return Ok(()) };
        let g = matrix(&graph);
        let n = g.len();
        let mut term = vec![0.0; n];
        term[a.0 as usize] = 1.0;
        let mut sum = term.clone();
        let mut last = vec![0.0; n];
        for _ in 0..3_000 {
            term = (0..n).map(|v| (0..n).map(|u| term[u] * g[u][v]).sum::<f64>().min(1e200)).collect();
            (0..n).for_each(|v| sum[v] += term[v]);
            last.clone_from(&term);
        }
        for row in rows(&graph) {
            let t = row.target.0 as usize;
            let diverges = last[t] > 1e-9 || (0..n).any(|u| last[u] > 1e-9 && sum[u] > 1e9 && g[u][t] > 0.0);
            if row.sum.is_finite() {
                prop_assert!((row.sum - sum[t]).abs() <= 1e-6 * sum[t], "{:?} {}", row, sum[t]);
            } else {
                prop_assert!(diverges || sum[t] > 1e5, "{:?} {}", row, sum[t]);
            }
        }
    }

    /// With whole calls the sum is at least the maximum and that at least 1; a budget never raises either.
    #[test]
    fn sum_max_one(calls in calls_between()) {
        let (free, budgeted) = (rows(&random(&calls, true, false)), rows(&random(&calls, true, true)));
        prop_assert_eq!(free.len(), budgeted.len());
        for (free, budgeted) in free.iter().zip(&budgeted) {
            for row in [free, budgeted] {
                prop_assert!(row.sum >= row.max && row.max >= 1.0 && row.max_unbudgeted >= row.max, "{:?}", row);
            }
            prop_assert!(budgeted.max <= free.max && budgeted.sum <= free.sum);
        }
    }

    /// Nested identical layers telescope (SEMANTICS G.3): with a chance p that a try fails, N tries on each of L layers
    /// are expected to be (1 − p^(N^L)) / (1 − p); at p = 1 that is the product of the layers.
    #[test]
    fn nested_layers_telescope(n in 1..5u32, depth in 1..4usize, p in 0.01f64..0.99) {
        let mut expected = 1.0;
        let mut failing = p;
        for _ in 0..depth {
            expected *= (0..n).map(|k| failing.powi(k.cast_signed())).sum::<f64>();
            failing = failing.powi(n.cast_signed());
        }
        let product = f64::from(n.pow(u32::try_from(depth).expect("small")));
        prop_assert!(close(expected, (1.0 - p.powf(product)) / (1.0 - p)));
        let all = [Layer::Library, Layer::ClientMesh, Layer::Gateway];
        let mut graph = System::default().entry("a", 1.0).needs("a", &["b"]).build();
        retry(edge(&mut graph, "a", "b"), all.iter().take(depth).map(|&l| layer(l, n)).collect());
        prop_assert_eq!(row(&graph, "a", "b", Fault::Outage).expect("a row").max, product);
        prop_assert!(expected <= product);
    }

    /// The spectral radius agrees with the growth of a dense matrix's powers, computed by repeated squaring.
    #[test]
    fn radius_equals_dense_powers(weights in prop::collection::vec(0.0f64..2.0, 25), ring in 0.1f64..2.0) {
        let n = 5usize;
        let mut a = vec![vec![0.0; n]; n];
        for i in 0..n {
            for j in 0..n {
                let w = weights[i * n + j];
                a[i][j] = if w < 1.2 { 0.0 } else { w - 1.2 };
            }
            // Keeps it strongly connected.
            a[i][(i + 1) % n] += ring;
        }
        let edges: Vec<(u32, u32, f64)> = (0..n as u32)
            .flat_map(|i| (0..n as u32).map(move |j| (i, j)))
            .map(|(i, j)| (i, j, a[i as usize][j as usize]))
            .filter(|e| e.2 > 0.0)
            .collect();
        let found = linchpin::graph::algo::spectral_radius(n, &edges);
        prop_assert!(found.exact());
        // ρ = lim ‖A^(2^k)‖^(1/2^k), with norms kept apart.
        let (mut power, mut log) = (a, 0.0f64);
        for k in 0..40 {
            let square: Vec<Vec<f64>> =
                (0..n).map(|i| (0..n).map(|j| (0..n).map(|l| power[i][l] * power[l][j]).sum()).collect()).collect();
            let norm = square.iter().flatten().copied().fold(0.0, f64::max);
            log += norm.ln() / 2f64.powi(k + 1);
            power = square.into_iter().map(|row| row.into_iter().map(|x| x / norm).collect()).collect();
        }
        prop_assert!((found.at_most - log.exp()).abs() < 1e-6 * found.at_most, "{:?} {}", found, log.exp());
    }

    /// Likeliest ways equal the greatest product over simple paths by brute force, loops included; longest ones are
    /// not shorter than any simple path, and equal to the longest where no loop is on the way.
    #[test]
    fn ways_equal_brute_force(calls in calls_between()) {
        let mut graph = random(&calls, true, false);
        for (i, d) in graph.dependencies.iter_mut().enumerate() {
            d.probability = Some([1.0, 0.5, 0.9, 0.3][i % 4]);
            if i % 7 == 6 {
                d.criticality = Criticality::Soft;
            }
        }
        let Some(entry) = graph.find("service:a") else { return Ok(()) };
        let found = worst_paths(&graph, &Asked::default());
        for source in graph.ids().filter(|&s| s != entry) {
            let mut best: Option<(f64, usize)> = None;
            simple_paths(&graph, source, entry, 1.0, &mut vec![source], &mut |p, hops| {
                let (b, h) = best.unwrap_or((0.0, 0));
                best = Some((b.max(p), h.max(hops)));
            });
            let of = |by| found.rows.iter().find(|r| (r.by, r.source, r.entry) == (by, source, entry));
            match best {
                None => prop_assert!(of(By::Probability).is_none() && of(By::Length).is_none()),
                Some((p, hops)) => {
                    let likely = of(By::Probability).expect("reached");
                    prop_assert!(close(likely.value, p), "{:?} {}", likely, p);
                    let long = of(By::Length).expect("reached");
                    prop_assert!(long.value >= hops as f64 && (long.bound || long.value == hops as f64), "{:?} {}", long, hops);
                    prop_assert!(long.path.first() == Some(&source) && long.path.last() == Some(&entry));
                }
            }
        }
    }

    /// Kept rows are the worst ones, and the total counts all.
    #[test]
    fn limits_keep_the_worst(calls in calls_between(), limit in 0..4usize) {
        let graph = random(&calls, true, true);
        let entries: Vec<ComponentId> = graph.entries().map(|(id, _)| id).collect();
        let load = Load::new(&graph);
        let all = amplification(&graph, &load, &entries, usize::MAX, |_, _, _| true);
        let some = amplification(&graph, &load, &entries, limit, |_, _, _| true);
        prop_assert_eq!((some.total, some.rows.len()), (all.total, limit.min(all.rows.len())));
        let least = some.rows.iter().map(|r| r.max).fold(f64::INFINITY, f64::min);
        for row in all.rows.iter().filter(|r| !some.rows.contains(r)) {
            prop_assert!(row.max <= least);
        }
    }
}

/// Calls `found` with the probability and length of every simple path of hard dependencies from a source to an entry.
fn simple_paths(
    graph: &Graph,
    at: ComponentId,
    entry: ComponentId,
    p: f64,
    path: &mut Vec<ComponentId>,
    found: &mut dyn FnMut(f64, usize),
) {
    if at == entry {
        return found(p, path.len() - 1);
    }
    let next: Vec<(DependencyId, ComponentId, f64)> = graph
        .dependents(at)
        .filter(|(_, d)| d.criticality == Criticality::Hard)
        .map(|(id, d)| (id, d.from, d.probability.unwrap_or(1.0)))
        .collect();
    for (_, dependent, q) in next {
        if !path.contains(&dependent) {
            path.push(dependent);
            simple_paths(graph, dependent, entry, p * q, path, found);
            path.pop();
        }
    }
}
