use super::{Gains, Scalar as _, Walks};

/// The best walk to a place from one source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// The product along it; infinite if it can go round a loop that grows.
    pub value: f64,
    /// How many edges it has.
    pub hops: u32,
    /// The slot of its last edge.
    slot: u32,
}

/// The best walks from one node to all places: greatest product, of equal ones the fewest edges, then the first callers.
/// Nothing where no walk leads. Walks through loops that grow are shortest ones.
pub fn best_walks(walks: &Walks, gains: &Gains<f64>, source: u32) -> Vec<Option<Best>> {
    best_walks_of(walks, gains, &[(source, 1.0, 0)])
}

/// The same from several nodes, each with the value and the number of edges that it starts with.
pub fn best_walks_of(walks: &Walks, gains: &Gains<f64>, sources: &[(u32, f64, u32)]) -> Vec<Option<Best>> {
    let mut best: Vec<Option<Best>> = vec![None; walks.len()];
    let mut at = u32::try_from(walks.len()).unwrap_or(u32::MAX);
    for &(source, value, hops) in sources {
        let start = walks.place[source as usize];
        best[start as usize] = Some(Best { value, hops, slot: u32::MAX });
        at = at.min(walks.round[start as usize].start);
    }
    while (at as usize) < walks.len() {
        let round = walks.round[at as usize].clone();
        if walks.loops_at(at) {
            let endless = gains.growth[at as usize].most;
            if endless {
                let inside = &mut best[round.start as usize..round.end as usize];
                inside.iter_mut().flatten().for_each(|b| b.value = f64::INFINITY);
            }
            let mut moving = true;
            while moving {
                moving = false;
                for to in round.clone() {
                    for (from, slot) in walks.callers_in_loop(to) {
                        moving |= improve(&mut best, from, to, slot, gains.of[slot]);
                    }
                }
            }
        }
        for from in round.clone().filter(|&v| best[v as usize].is_some()).collect::<Vec<_>>() {
            for (to, slot) in walks.leaving(from) {
                improve(&mut best, from, to, slot, gains.of[slot]);
            }
        }
        at = round.end;
    }
    best
}

fn improve(best: &mut [Option<Best>], from: u32, to: u32, slot: usize, gain: f64) -> bool {
    // What is not called gets nothing, even of what has no end.
    let Some(before) = best[from as usize].filter(|_| gain > 0.0) else { return false };
    let slot = u32::try_from(slot).unwrap_or(u32::MAX);
    let here = Best { value: before.value * gain, hops: before.hops + 1, slot };
    let better = best[to as usize]
        .is_none_or(|old| here.value > old.value * f64::SLACK || (here.value >= old.value && here.hops < old.hops));
    if better {
        best[to as usize] = Some(here);
    }
    better
}

/// The edges of the best walk to a node, from the source on; empty at the source and where no walk leads.
pub fn edges_to(walks: &Walks, best: &[Option<Best>], node: u32) -> Vec<u32> {
    let mut edges = Vec::new();
    let mut at = walks.place[node as usize];
    // A best walk is simple, so it has fewer edges than there are nodes.
    while let Some(step) = best[at as usize].filter(|b| b.slot != u32::MAX && edges.len() < best.len()) {
        edges.push(walks.edge[step.slot as usize]);
        at = walks.tail[step.slot as usize];
    }
    edges.reverse();
    edges
}
