use super::Walks;

/// Rounds after which a loop that has not come to rest is left as it is.
const ROUNDS: u32 = 1_000;

/// What arrives at every node when `sources` enters and each edge passes on its gain times what leaves its tail, which
/// is at most `cap` of the tail. It is never more than what arrives in truth: a loop is filled from below, and left
/// after a thousand rounds.
///
/// O(nodes + edges) over the condensation, and for each loop as many rounds as it takes.
pub fn capped_flow(walks: &Walks, gain: impl Fn(u32) -> f64, sources: &[f64], cap: impl Fn(u32) -> f64) -> Vec<f64> {
    let gains: Vec<f64> = walks.edge.iter().map(|&e| gain(e)).collect();
    let mut value: Vec<f64> = walks.node.iter().map(|&v| sources[v as usize]).collect();
    let leaves = |value: &[f64], at: u32| value[at as usize].min(cap(walks.node[at as usize]));
    let mut at = 0u32;
    while (at as usize) < walks.len() {
        let round = walks.round[at as usize].clone();
        if walks.loops_at(at) {
            let order = walks.sweep(&round);
            let entered: Vec<f64> = order.iter().map(|&at| value[at as usize]).collect();
            for _ in 0..ROUNDS {
                let mut moving = false;
                for (&v, base) in order.iter().zip(&entered) {
                    let inside = walks.callers_in_loop(v).map(|(from, slot)| leaves(&value, from) * gains[slot]);
                    let sum = base + inside.sum::<f64>();
                    moving |= sum > value[v as usize];
                    value[v as usize] = sum;
                }
                if !moving {
                    break;
                }
            }
        }
        for u in round.clone() {
            let leaving = leaves(&value, u);
            if leaving > 0.0 {
                for (to, slot) in walks.leaving(u) {
                    value[to as usize] += leaving * gains[slot];
                }
            }
        }
        at = round.end;
    }
    let mut by_node = vec![0.0; walks.len()];
    walks.node.iter().zip(value).for_each(|(&v, value)| by_node[v as usize] = value);
    by_node
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cap holds back what leaves, not what arrives; in a loop too, which comes to rest because of it.
    #[test]
    fn caps_hold_back() {
        let walks = Walks::new(3, &[(0, 1), (1, 2), (2, 1)]);
        let gains = [2.0, 3.0, 1.0];
        let cap = |v: u32| if v == 1 { 300.0 } else { f64::INFINITY };
        let of = |source: f64| capped_flow(&walks, |e| gains[e as usize], &[source, 0.0, 0.0], cap);
        assert_eq!(of(100.0), [100.0, 200.0 + 900.0, 900.0]);
        assert_eq!(of(0.0), [0.0; 3]);
    }
}
