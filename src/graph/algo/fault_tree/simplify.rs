use super::build::Builder;
use super::{FaultTree, Input, TreeTooLarge};

impl FaultTree {
    /// The same tree where some events never happen. OR gates that only one OR gate looks at become part of it.
    ///
    /// What was different may become the same, and a gate that would look at it twice becomes several: hence a bound.
    pub(in super::super) fn without(
        &self,
        never: impl Fn(u32) -> bool,
        max_gates: usize,
    ) -> Result<FaultTree, TreeTooLarge> {
        let rest = self.rebuilt(|_| false, never, max_gates)?;
        let mut uses = vec![0u32; rest.gates.len()];
        for gate in rest.gates.iter().flat_map(|g| g.inputs.iter().filter_map(Input::gate)) {
            uses[gate as usize] += 1;
        }
        rest.rebuilt(|gate| uses[gate as usize] == 1, |_| false, max_gates)
    }

    /// Gate by gate, with those OR gates as part of their users for which `part` holds.
    fn rebuilt(
        &self,
        part: impl Fn(u32) -> bool,
        never: impl Fn(u32) -> bool,
        max_gates: usize,
    ) -> Result<FaultTree, TreeTooLarge> {
        let mut builder = Builder::new(max_gates);
        let mut formula: Vec<Option<Input>> = Vec::with_capacity(self.gates.len());
        for gate in &self.gates {
            let mut inputs = Vec::with_capacity(gate.inputs.len());
            for input in &gate.inputs {
                match *input {
                    Input::Event(event) if never(event) => {}
                    Input::Event(_) => inputs.push(*input),
                    Input::Gate(used) => match formula[used as usize] {
                        Some(Input::Gate(made))
                            if gate.threshold == 1 && part(used) && builder.made(made).threshold == 1 =>
                        {
                            inputs.extend_from_slice(&builder.made(made).inputs);
                        }
                        formula => inputs.extend(formula),
                    },
                }
            }
            formula.push(builder.at_least(gate.threshold, inputs)?);
        }
        Ok(builder.finish(formula.pop().flatten()))
    }
}
