use super::{FaultTree, Gate, Input};
use rustc_hash::FxHashMap;

/// A tree would have more gates than allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeTooLarge;

/// Makes gates, equal ones once, and simplifies where that costs nothing. A formula is its input, or nothing if it
/// never fails.
pub(super) struct Builder {
    gates: Vec<Gate>,
    known: FxHashMap<Gate, u32>,
    max_gates: usize,
}

impl Builder {
    pub(super) fn new(max_gates: usize) -> Self {
        Self { gates: Vec::new(), known: FxHashMap::default(), max_gates }
    }

    /// A gate that was made.
    pub(super) fn made(&self, gate: u32) -> &Gate {
        &self.gates[gate as usize]
    }

    /// Fails when any of these does.
    pub(super) fn any(&mut self, mut inputs: Vec<Input>) -> Result<Option<Input>, TreeTooLarge> {
        inputs.sort_unstable();
        inputs.dedup();
        self.gate(1, inputs)
    }

    /// Fails when at least `threshold` of these do. Who is listed several times counts several times.
    pub(super) fn at_least(&mut self, threshold: u32, mut of: Vec<Input>) -> Result<Option<Input>, TreeTooLarge> {
        if threshold <= 1 {
            return self.any(of);
        }
        of.sort_unstable();
        let mut plain = Vec::with_capacity(of.len());
        let mut repeated = Vec::new();
        for same in of.chunk_by(|a, b| a == b) {
            match same {
                [input] => plain.push(*input),
                [input, ..] => repeated.push((*input, same.len())),
                [] => {}
            }
        }
        if repeated.is_empty() {
            return self.gate(threshold, plain);
        }
        // No gate may look at the same input twice. So the repeated ones are added one by one: `fails[n - 1]` is that
        // those seen so far, counted as often as they are listed, come to at least n.
        let mut fails = (1..=threshold).map(|n| self.gate(n, plain.clone())).collect::<Result<Vec<_>, _>>()?;
        for (input, times) in repeated {
            for n in (1..=fails.len()).rev() {
                let rest = if n <= times { Some(input) } else { fails[n - times - 1] };
                let with = match rest {
                    // What is left to fail may come to the input itself.
                    Some(rest) if rest != input => self.gate(2, vec![input.min(rest), input.max(rest)])?,
                    same => same,
                };
                fails[n - 1] = self.any(fails[n - 1].into_iter().chain(with).collect())?;
            }
        }
        Ok(fails.pop().flatten())
    }

    /// A gate over sorted inputs, each once.
    fn gate(&mut self, threshold: u32, inputs: Vec<Input>) -> Result<Option<Input>, TreeTooLarge> {
        if threshold as usize > inputs.len() || inputs.is_empty() {
            return Ok(None);
        }
        if let [input] = inputs[..] {
            return Ok(Some(input));
        }
        let gate = Gate { threshold, inputs };
        if let Some(&known) = self.known.get(&gate) {
            return Ok(Some(Input::Gate(known)));
        }
        if self.gates.len() >= self.max_gates {
            return Err(TreeTooLarge);
        }
        let number = u32::try_from(self.gates.len()).map_err(|_| TreeTooLarge)?;
        self.known.insert(gate.clone(), number);
        self.gates.push(gate);
        Ok(Some(Input::Gate(number)))
    }

    /// The tree whose top is a formula, with nothing that the top does not look at.
    pub(super) fn finish(self, top: Option<Input>) -> FaultTree {
        let top = match top {
            None => return FaultTree::default(),
            Some(event @ Input::Event(_)) => {
                return FaultTree { gates: vec![Gate { threshold: 1, inputs: vec![event] }] };
            }
            Some(Input::Gate(gate)) => gate,
        };
        let mut used = vec![false; self.gates.len()];
        let mut open = vec![top];
        while let Some(gate) = open.pop() {
            if !std::mem::replace(&mut used[gate as usize], true) {
                open.extend(self.gates[gate as usize].inputs.iter().filter_map(Input::gate));
            }
        }
        let mut number = vec![0u32; self.gates.len()];
        let mut gates: Vec<Gate> = Vec::new();
        for ((gate, used), number_of) in self.gates.into_iter().zip(used).zip(0..) {
            if used {
                number[number_of] = u32::try_from(gates.len()).unwrap_or(u32::MAX);
                let renumbered = |input| match input {
                    Input::Gate(gate) => Input::Gate(number[gate as usize]),
                    event @ Input::Event(_) => event,
                };
                gates.push(Gate {
                    threshold: gate.threshold,
                    inputs: gate.inputs.into_iter().map(renumbered).collect(),
                });
            }
        }
        FaultTree { gates }
    }
}
