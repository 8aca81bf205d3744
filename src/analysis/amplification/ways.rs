use super::Load;
use crate::graph::ComponentId;
use crate::graph::algo::{Best, Gains, best_walks, best_walks_of, edges_to};
use std::collections::BTreeMap;

/// The best walks from an entry: on which nobody sees a failure, and from there on those on which it is seen.
pub(super) struct Ways {
    /// Place → the best walk there if nobody sees a failure.
    unseen: Vec<Option<Best>>,
    /// Queue → the last call on the way to it, where failures are seen from there on.
    sent: BTreeMap<u32, u32>,
    /// Place → the best walk there, as far as failures are seen on it.
    pub(super) seen: Vec<Option<Best>>,
}

impl Ways {
    pub(super) fn new(load: &Load, unseen: &Gains<f64>, up: &Gains<f64>, entry: ComponentId) -> Self {
        if load.sent.is_empty() {
            let seen = best_walks(&load.walks, up, entry.0);
            return Self { unseen: Vec::new(), sent: BTreeMap::new(), seen };
        }
        let before = best_walks(&load.walks, unseen, entry.0);
        let mut best: BTreeMap<u32, (f64, u32, u32)> = BTreeMap::new();
        for &number in &load.sent {
            let (from, to) = load.ends(number);
            let Some(way) = before[load.walks.place[from as usize] as usize] else { continue };
            let here = (way.value * load.calls[number as usize].calls, way.hops + 1, number);
            let known = best.entry(to).or_insert(here);
            if here.0 > known.0 || (here.0 == known.0 && here.1 < known.1) {
                *known = here;
            }
        }
        let queues = best.iter().map(|(&queue, &(value, hops, _))| (queue, value, hops));
        let sources: Vec<(u32, f64, u32)> = queues.chain([(entry.0, 1.0, 0)]).collect();
        let seen = best_walks_of(&load.walks, up, &sources);
        let sent = best.into_iter().filter(|(queue, _)| *queue != entry.0).map(|(queue, (.., call))| (queue, call));
        Self { unseen: before, sent: sent.collect(), seen }
    }

    /// The calls of the best walk to a node.
    pub(super) fn to(&self, load: &Load, node: u32) -> Vec<u32> {
        let seen = edges_to(&load.walks, &self.seen, node);
        let first = seen.first().map_or(node, |&number| load.ends(number).0);
        let Some(&sent) = self.sent.get(&first) else { return seen };
        let mut calls = edges_to(&load.walks, &self.unseen, load.ends(sent).0);
        calls.push(sent);
        calls.extend(seen);
        calls
    }
}
