//! The failure of one node as a tree of gates without loops: what other tools read, and what cut sets are made from.

mod build;
mod modules;
mod simplify;
mod unroll;

pub use build::TreeTooLarge;

/// What a gate looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Input {
    /// An event: a node of the fault graph that is hit itself.
    Event(u32),
    /// Another gate, by its number.
    Gate(u32),
}

impl Input {
    /// The gate's number, if it is one.
    pub fn gate(&self) -> Option<u32> {
        if let Input::Gate(gate) = *self { Some(gate) } else { None }
    }

    /// The event, if it is one.
    pub fn event(&self) -> Option<u32> {
        if let Input::Event(event) = *self { Some(event) } else { None }
    }
}

/// Fails when at least `threshold` of its inputs have failed: an OR gate for 1, an AND gate for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Gate {
    /// At least 1, at most the number of inputs.
    pub threshold: u32,
    /// Sorted, each once.
    pub inputs: Vec<Input>,
}

/// A coherent fault tree: gates over events. Gates share inputs, so it is a directed graph, but it has no cycles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultTree {
    /// Every gate stands behind the gates that it looks at; the last one is the top. Without gates it never fails.
    pub gates: Vec<Gate>,
}

impl FaultTree {
    /// The events, each once, sorted.
    pub fn events(&self) -> Vec<u32> {
        let inputs = self.gates.iter().flat_map(|g| &g.inputs);
        let mut events: Vec<u32> = inputs.filter_map(Input::event).collect();
        events.sort_unstable();
        events.dedup();
        events
    }

    /// Whether the top fails when exactly the events fail for which `hit` holds. O(inputs).
    pub fn fails(&self, hit: impl Fn(u32) -> bool) -> bool {
        let mut failed = vec![false; self.gates.len()];
        for (at, gate) in self.gates.iter().enumerate() {
            let fails = |input: &&Input| match **input {
                Input::Event(event) => hit(event),
                Input::Gate(gate) => failed[gate as usize],
            };
            failed[at] = gate.inputs.iter().filter(fails).count() >= gate.threshold as usize;
        }
        failed.last().copied().unwrap_or(false)
    }
}
