//! The worst ways of failures into entries: the oracles of THEORY 2.6.

use super::system::{System, id, names};
use super::{close, edge};
use linchpin::analysis::paths::{Asked, By, worst_paths};

/// THEORY 2.6: the likeliest way has .48, not .45; the longest has three dependencies.
#[test]
fn worst_ways() {
    let system = System::default().entry("e", 1.0).needs("e", &["x", "y"]).needs("x", &["s"]);
    let mut graph = system.needs("y", &["s", "x"]).build();
    for (from, to, p) in [("x", "s", 0.9), ("e", "x", 0.5), ("y", "s", 0.6), ("e", "y", 0.8), ("y", "x", 0.1)] {
        edge(&mut graph, from, to).probability = Some(p);
    }
    let s = id(&graph, "s");
    let found = worst_paths(&graph, &Asked { from: Some(s), ..Asked::default() });
    let of = |by: By| found.rows.iter().find(|r| r.by == by).expect("a row");
    assert!(close(of(By::Probability).value, 0.48));
    assert_eq!(names(&graph, &of(By::Probability).path), ["s", "y", "e"]);
    assert_eq!((of(By::Length).value, of(By::Length).bound), (3.0, false));
    assert_eq!(names(&graph, &of(By::Length).path), ["s", "x", "y", "e"]);
    assert_eq!(of(By::Amplification).value, 1.0);
    assert_eq!(found.total[&By::Probability], 1);
}

/// A failure comes through a group only if enough of its members fail, as probably as the one that is too many.
#[test]
fn ways_through_redundancy() {
    let system = System::default().entry("e", 1.0).group("e", 1, &["r1", "r2"]).needs("r1", &["z"]);
    let mut graph = system.needs("r2", &["z"]).build();
    edge(&mut graph, "r1", "z").probability = Some(0.9);
    edge(&mut graph, "r2", "z").probability = Some(0.4);
    let found = worst_paths(&graph, &Asked { by: vec![By::Probability], ..Asked::default() });
    let [row] = &found.rows[..] else { panic!("one replica alone reaches nobody: {:?}", found.rows) };
    assert!(close(row.value, 0.4));
    assert_eq!(names(&graph, &row.path), ["z", "r2", "e"]);
}

/// A source for which no time is left is given with the entry that it reaches most probably, as the whole search has it.
#[test]
fn what_is_left_out_has_its_worst_entry() {
    let system = System::default().entry("e1", 1.0).entry("e2", 1.0).needs("e1", &["x"]).needs("e2", &["y"]);
    let mut graph = system.needs("x", &["s"]).needs("y", &["s"]).build();
    edge(&mut graph, "x", "s").probability = Some(0.5);
    edge(&mut graph, "y", "s").probability = Some(0.7);
    let order = ["x", "y", "s"].iter().map(|name| id(&graph, name)).collect();
    let asked = Asked { by: vec![By::Probability], order, ..Asked::default() };
    let all = worst_paths(&graph, &asked);
    let none = worst_paths(&graph, &Asked { work: 0, ..asked });
    assert_eq!((all.rows.len(), none.rows.len(), none.sources), (4, 3, (0, 3)));
    assert!(none.rows.iter().all(|row| all.rows.contains(row)));
    let row = none.rows.iter().find(|r| r.source == id(&graph, "s")).expect("a row");
    assert_eq!((names(&graph, &row.path), row.value), (vec!["s", "y", "e2"], 0.7));
}
