use super::FaultGraph;
use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

/// When each node feels a failure of others, in milliseconds; infinite if it never does.
///
/// A dependent goes on for `buffer(label)` after a member of its group failed, and a group falls when the
/// threshold-th member is missed: TTI(v) = min over groups of the t-th smallest TTI(u) + buffer (THEORY 2.0). The
/// function is superior, so Knuth's generalisation of Dijkstra solves it, cycles included, in O(m log m). Buffers
/// that are negative or not a number count as 0.
pub fn time_to_impact(graph: &FaultGraph, hit: &[u32], buffer: impl Fn(u32) -> f64) -> Vec<f64> {
    let mut time = vec![f64::INFINITY; graph.nodes() as usize];
    let mut missed = vec![0u32; graph.groups().len()];
    let mut heap = BinaryHeap::new();
    let fail = |node: u32, at: f64, time: &mut Vec<f64>, heap: &mut BinaryHeap<Reverse<Missed>>| {
        if time[node as usize].is_finite() {
            return;
        }
        time[node as usize] = at;
        for (group, label) in graph.uses(node) {
            let at = at + buffer(label).max(0.0);
            if at.is_finite() {
                heap.push(Reverse(Missed { at, group }));
            }
        }
    };
    for &v in hit {
        fail(v, 0.0, &mut time, &mut heap);
    }
    while let Some(Reverse(Missed { at, group })) = heap.pop() {
        let count = &mut missed[group as usize];
        *count += 1;
        if *count == graph.threshold(group) {
            fail(graph.owner(group), at, &mut time, &mut heap);
        }
    }
    time
}

/// A group misses one more member.
#[derive(PartialEq)]
struct Missed {
    at: f64,
    group: u32,
}

impl Eq for Missed {}

impl Ord for Missed {
    fn cmp(&self, other: &Self) -> Ordering {
        self.at.total_cmp(&other.at).then(self.group.cmp(&other.group))
    }
}

impl PartialOrd for Missed {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
