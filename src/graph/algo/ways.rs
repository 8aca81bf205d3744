use super::{FaultGraph, Lanes, at_least};

/// A question to [`Ways`]: how what was hit in a scenario came to a node that failed in it. All questions of one lane
/// have one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// The scenario.
    pub lane: usize,
    /// What was hit.
    pub from: u32,
    /// What failed.
    pub to: u32,
}

/// Shortest ways of 512 failure scenarios at once: those that [`Witness`](super::Witness) finds one by one.
///
/// Breadth-first from the targets back to what was hit, along groups that fell, so that one pass tells for all lanes how
/// far each node is from its target. Of all shortest ways the one is taken whose nodes are the smallest, the first ones
/// first. O(levels · members) of what failed, and the length of each way.
pub struct Ways<'g> {
    graph: &'g FaultGraph,
    /// In which scenarios a node was met, and is met now.
    met: Vec<Lanes>,
    next: Vec<Lanes>,
    /// Nodes, ascending, with the scenarios in which they are so many steps from the target.
    levels: Vec<Vec<(u32, Lanes)>>,
}

impl<'g> Ways<'g> {
    /// Room for 128 bytes a node.
    pub fn new(graph: &'g FaultGraph) -> Self {
        let none = || vec![Lanes::NONE; graph.nodes() as usize];
        Self { graph, met: none(), next: none(), levels: Vec::new() }
    }

    /// Nodes and labels of the way that each question asks for, as [`Witness::path`](super::Witness::path) gives them;
    /// `failed` says in which scenarios a node failed.
    pub fn find(&mut self, asked: &[Way], failed: impl Fn(u32) -> Lanes) -> Vec<(Vec<u32>, Vec<u32>)> {
        for (node, _) in self.levels.drain(..).flatten() {
            self.met[node as usize] = Lanes::NONE;
        }
        for way in asked {
            self.next[way.to as usize].insert(way.lane);
        }
        let mut reached: Vec<u32> = asked.iter().map(|way| way.to).collect();
        let mut open = asked.to_vec();
        while !reached.is_empty() {
            reached.sort_unstable();
            reached.dedup();
            let level: Vec<(u32, Lanes)> =
                reached.drain(..).map(|node| (node, std::mem::take(&mut self.next[node as usize]))).collect();
            level.iter().for_each(|&(node, lanes)| self.met[node as usize] |= lanes);
            open.retain(|way| !self.met[way.from as usize].contains(way.lane));
            let mut lanes = Lanes::NONE;
            open.iter().for_each(|way| lanes.insert(way.lane));
            for &(node, here) in &level {
                self.spread(node, here & lanes, &failed, &mut reached);
            }
            self.levels.push(level);
        }
        asked.iter().map(|way| self.follow(way, &failed)).collect()
    }

    /// Meets the members through which a node failed.
    fn spread(&mut self, node: u32, lanes: Lanes, failed: impl Fn(u32) -> Lanes, reached: &mut Vec<u32>) {
        let graph = self.graph;
        for group in graph.groups_of(node).filter(|_| !lanes.is_none()) {
            let members = graph.members(group);
            let fell = match graph.threshold(group) {
                1 => lanes,
                threshold => lanes & at_least(threshold, members.iter().map(|&m| failed(m))),
            };
            for &member in members.iter().filter(|_| !fell.is_none()) {
                let new = (fell & failed(member)).without(&self.met[member as usize]);
                if !new.is_none() {
                    self.next[member as usize] |= new;
                    reached.push(member);
                }
            }
        }
    }

    /// From what was hit, one step nearer to the target after the other.
    fn follow(&self, way: &Way, failed: impl Fn(u32) -> Lanes) -> (Vec<u32>, Vec<u32>) {
        let stands = |node: u32, level: usize| {
            let level = &self.levels[level];
            let at = level.binary_search_by_key(&node, |(node, _)| *node);
            at.is_ok_and(|at| level[at].1.contains(way.lane))
        };
        let Some(distance) = (0..self.levels.len()).find(|&level| stands(way.from, level)) else {
            return (Vec::new(), Vec::new());
        };
        let (mut nodes, mut labels) = (vec![way.from], Vec::new());
        let mut at = way.from;
        for level in (0..distance).rev() {
            let fell = |group| self.graph.violated(group, |m| failed(m).contains(way.lane));
            let mut steps = self.graph.uses(at);
            let nearer = steps.find(|&(group, _)| stands(self.graph.owner(group), level) && fell(group));
            let Some((group, label)) = nearer else { break };
            at = self.graph.owner(group);
            nodes.push(at);
            labels.push(label);
        }
        (nodes, labels)
    }
}
