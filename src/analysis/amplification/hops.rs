use super::{Fault, Load};
use crate::analysis::call::{LayerTries, Symptom};
use crate::facts::Layer;
use crate::graph::{ComponentId, DependencyId};
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// One call on the way from an entry to a target, with what multiplies there.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The dependency.
    pub dependency: DependencyId,
    /// Who sends.
    pub from: ComponentId,
    /// Who receives.
    pub to: ComponentId,
    /// Calls for each request.
    pub calls: f64,
    /// Tries of each call, by layer, the caller's own first.
    pub layers: Vec<LayerTries>,
}

impl Hop {
    /// What one request becomes here; infinite if nothing limits it.
    pub fn gain(&self) -> f64 {
        self.calls * self.layers.iter().map(|l| l.tries).product::<f64>()
    }

    /// The layers that multiply.
    pub fn multiplying(&self) -> impl Iterator<Item = (Layer, f64)> {
        self.layers.iter().filter(|l| l.tries > 1.0).map(|l| (l.layer, l.tries))
    }
}

/// Hops of many ways, each made once: they all lead over the same calls.
pub(super) struct Hops<'l> {
    load: &'l Load,
    /// By number of the call in `load.calls` and what its caller sees, if he sees anything.
    known: FxHashMap<(u32, Option<Symptom>), Arc<Hop>>,
}

impl<'l> Hops<'l> {
    pub(super) fn new(load: &'l Load) -> Self {
        Self { load, known: FxHashMap::default() }
    }

    /// The arithmetic of a path of calls (numbers of `load.calls`) to a target that fails in a way.
    pub(super) fn along(&mut self, path: &[u32], fault: Fault) -> Vec<Arc<Hop>> {
        let last = path.len().saturating_sub(1);
        let sees = self.load.first_that_sees(path);
        let seen = |i| match i {
            _ if i < sees => None,
            _ if i == last => Some(fault.seen_by_caller()),
            _ => Some(fault.seen_further_up()),
        };
        path.iter().enumerate().map(|(i, &number)| self.hop(number, seen(i))).collect()
    }

    fn hop(&mut self, number: u32, seen: Option<Symptom>) -> Arc<Hop> {
        let make = || {
            let call = &self.load.calls[number as usize];
            Arc::new(Hop {
                dependency: call.dependency,
                from: call.from,
                to: call.to,
                calls: call.calls,
                layers: seen.map_or_else(Vec::new, |seen| call.layers(seen, true)),
            })
        };
        self.known.entry((number, seen)).or_insert_with(make).clone()
    }
}
