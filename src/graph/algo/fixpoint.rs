use super::FaultGraph;

/// Solves one scenario after another by counting: the reference that everything faster must equal.
///
/// O(Σ members) for what fails, and nothing for what does not: all marks are taken back after use.
pub struct Worklist<'g> {
    graph: &'g FaultGraph,
    failed: Vec<bool>,
    count: Vec<u32>,
    reached: Vec<u32>,
}

impl<'g> Worklist<'g> {
    /// Room for scenarios over a graph.
    pub fn new(graph: &'g FaultGraph) -> Self {
        Self {
            graph,
            failed: vec![false; graph.nodes() as usize],
            count: vec![0; graph.groups().len()],
            reached: Vec::new(),
        }
    }

    /// The least fixpoint when these nodes are hit: who fails, in the order found, the nodes themselves first.
    pub fn run(&mut self, hit: &[u32]) -> &[u32] {
        self.clear();
        for &v in hit {
            self.fail(v);
        }
        let mut next = 0;
        while let Some(&u) = self.reached.get(next) {
            next += 1;
            for &group in self.graph.used_by(u) {
                let count = &mut self.count[group as usize];
                *count += 1;
                if *count == self.graph.threshold(group) {
                    self.fail(self.graph.owner(group));
                }
            }
        }
        &self.reached
    }

    /// Whether a node failed in the last run.
    pub fn failed(&self, node: u32) -> bool {
        self.failed[node as usize]
    }

    fn fail(&mut self, node: u32) {
        if !std::mem::replace(&mut self.failed[node as usize], true) {
            self.reached.push(node);
        }
    }

    fn clear(&mut self) {
        for u in self.reached.drain(..) {
            self.failed[u as usize] = false;
            for &group in self.graph.used_by(u) {
                self.count[group as usize] = 0;
            }
        }
    }
}

/// Who cannot come up from nothing: the complement of the least fixpoint of *up*, where a node comes up once none of
/// its groups has too many members that are still down. Sorted.
///
/// A running system with `a ↔ b` stays up; from nothing, each waits for the other (THEORY 2.0).
pub fn cold_start(graph: &FaultGraph) -> Vec<u32> {
    // A group stops blocking its owner once fewer than `threshold` members are down.
    let mut missing: Vec<u32> = graph
        .groups()
        .map(|g| u32::try_from(graph.members(g).len()).unwrap_or(u32::MAX) - (graph.threshold(g) - 1))
        .collect();
    let mut blocked: Vec<usize> = (0..graph.nodes()).map(|v| graph.groups_of(v).len()).collect();
    let mut up: Vec<u32> = (0..graph.nodes()).filter(|&v| blocked[v as usize] == 0).collect();
    let mut next = 0;
    while let Some(&u) = up.get(next) {
        next += 1;
        for &group in graph.used_by(u) {
            let missing = &mut missing[group as usize];
            if *missing == 0 {
                continue;
            }
            *missing -= 1;
            if *missing == 0 {
                let owner = graph.owner(group);
                blocked[owner as usize] -= 1;
                if blocked[owner as usize] == 0 {
                    up.push(owner);
                }
            }
        }
    }
    (0..graph.nodes()).filter(|&v| blocked[v as usize] > 0).collect()
}
