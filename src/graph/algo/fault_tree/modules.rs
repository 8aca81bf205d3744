use super::{FaultTree, Input};

impl FaultTree {
    /// For each gate whether it is a module: whatever is below it is looked at from below it only, so that it can be
    /// solved alone. The linear algorithm of Dutuit and Rauzy (1996): a search from the top notes when each gate and
    /// event is met first and last; a gate is a module if all of that, for everything below it, happens between its
    /// own first visit and the return from it.
    pub(in super::super) fn modules(&self) -> Vec<bool> {
        let events = self.events();
        let place = |input: &Input| match *input {
            Input::Gate(gate) => gate as usize,
            Input::Event(event) => self.gates.len() + events.partition_point(|&e| e < event),
        };
        let mut first = vec![0u32; self.gates.len() + events.len()];
        let mut last = first.clone();
        let mut left = vec![0u32; self.gates.len()];
        let mut clock = 1;
        let mut path: Vec<(usize, usize)> = Vec::new();
        if let Some(top) = self.gates.len().checked_sub(1) {
            (first[top], last[top]) = (clock, clock);
            path.push((top, 0));
        }
        while let Some((gate, next)) = path.last_mut() {
            clock += 1;
            let Some(input) = self.gates[*gate].inputs.get(*next) else {
                left[*gate] = clock;
                path.pop();
                continue;
            };
            *next += 1;
            let at = place(input);
            last[at] = clock;
            if first[at] == 0 {
                first[at] = clock;
                if input.gate().is_some() {
                    path.push((at, 0));
                }
            }
        }
        // Of everything below a gate, the first and the last visit.
        let mut visits: Vec<(u32, u32)> = Vec::with_capacity(self.gates.len());
        for gate in &self.gates {
            visits.push(gate.inputs.iter().fold((u32::MAX, 0), |(earliest, latest), input| {
                let at = place(input);
                let (below_first, below_last) = visits.get(at).copied().unwrap_or((u32::MAX, 0));
                (earliest.min(first[at]).min(below_first), latest.max(last[at]).max(below_last))
            }));
        }
        visits.iter().enumerate().map(|(at, &(earliest, latest))| earliest > first[at] && latest < left[at]).collect()
    }
}
