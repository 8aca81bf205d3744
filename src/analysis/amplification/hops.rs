use super::{Fault, Load};
use crate::analysis::call::LayerTries;
use crate::facts::Layer;
use crate::graph::{ComponentId, DependencyId};

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

/// The arithmetic of a path of calls (numbers of `load.calls`) to a target that fails in a way.
pub fn hops(load: &Load, path: &[u32], fault: Fault) -> Vec<Hop> {
    let last = path.len().saturating_sub(1);
    // Nobody before the last queue on the way sees a failure.
    let sees = path.iter().take(last).rposition(|&number| load.calls[number as usize].sent).map_or(0, |i| i + 1);
    let hop = |(i, &number): (usize, &u32)| {
        let call = &load.calls[number as usize];
        let layers = match i {
            _ if i < sees => Vec::new(),
            _ if i == last => call.layers(fault.seen_by_caller(), true),
            _ => call.layers(fault.seen_further_up(), true),
        };
        Hop { dependency: call.dependency, from: call.from, to: call.to, calls: call.calls, layers }
    };
    path.iter().enumerate().map(hop).collect()
}
