use super::brake::{Brakes, brakes};
use super::fixpoint::{End, exceeds};
use super::traffic::{Brake, Herd, Room, Situation, Traffic};
use crate::graph::ComponentId;
use crate::graph::algo::in_parallel;

/// In which of three ways a component lives with its load (THEORY 2.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Regime {
    /// It recovers from whatever is gone again.
    Stable,
    /// It serves its load, but once overloaded it gets more than it can serve, and stays so.
    Vulnerable,
    /// Its normal load alone is more than it can serve.
    Overloaded,
}

impl Regime {
    /// The word of the output contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Stable => "stable",
            Self::Vulnerable => "vulnerable",
            Self::Overloaded => "overloaded",
        }
    }
}

/// A component whose capacity and load are known.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which component.
    pub component: ComponentId,
    /// Requests per second that it can serve.
    pub capacity: f64,
    /// `capacity` follows from how many requests it holds at once.
    pub by_little: bool,
    /// Requests per second that it gets when all is well.
    pub load: f64,
    /// What its load is multiplied by once it is overloaded: by retries, and by what caches no longer answer. Infinite
    /// without bound.
    pub amplification: f64,
    /// `amplification`, if nobody passes on more than he can serve.
    pub amplification_capped: f64,
    /// How it lives with its load if overloaded components pass everything on: the worst that is possible.
    pub regime: Regime,
    /// The same if they pass on what they can serve and no more: what is certain.
    pub certain: Regime,
    /// Requests that come back when it recovers, if anybody tries again and it is known for how long.
    pub herd: Option<Herd>,
    /// What would get it out of a state that sustains itself; nothing unless it is vulnerable.
    pub brakes: Option<Brakes>,
}

impl Row {
    /// The load up to which it recovers by itself.
    pub fn hidden_capacity(&self) -> f64 {
        self.capacity / self.amplification
    }
}

/// Calls that are followed for the amplification of all components together, and for what brakes them: some seconds.
const WORK: usize = 10_000_000;
/// Passes over all calls that looking for the brakes of one component takes.
const PASSES: usize = 100;
/// Components of which brakes are looked for at most.
const BRAKED: usize = 50;

/// The regime of every component whose capacity and load are known, by id. O(calls) for each that can get more than its
/// normal load.
pub(super) fn regimes(traffic: &Traffic<'_>) -> Vec<Row> {
    let room = Room::new(&traffic.model);
    let everything = traffic.everything();
    if everything.over.is_empty() {
        return Vec::new();
    }
    let all = traffic.loads(&everything, &room, Brake::Off, false);
    let worst = traffic.sustained(&everything, &room, Brake::Off, false);
    let certain = traffic.sustained(&everything, &room, Brake::Off, true);
    let calls = traffic.edges.len() + traffic.graph.components.len();
    let alone = asked_alone(traffic);
    let mut rows = in_parallel(
        everything.over.len(),
        || Room::new(&traffic.model),
        |room, i| {
            let room = Some(room).filter(|_| i < alone);
            row(traffic, everything.over[i], &all, [&worst, &certain], room.map(|room| &*room))
        },
    );
    let vulnerable: Vec<usize> = (0..rows.len())
        .filter(|&i| rows[i].regime == Regime::Vulnerable)
        .take(BRAKED.min(WORK / (calls * PASSES).max(1)))
        .collect();
    let found = in_parallel(
        vulnerable.len(),
        || Room::new(&traffic.model),
        |room, i| brakes(traffic, &rows[vulnerable[i]], room),
    );
    let herds = traffic.herds();
    rows.iter_mut().for_each(|row| row.herd = herds[row.component.0 as usize]);
    for (i, brakes) in vulnerable.into_iter().zip(found) {
        rows[i].brakes = Some(brakes);
    }
    rows
}

/// How many components, by id, are asked about one by one; of the others the amplification is an upper bound.
pub(super) fn asked_alone(traffic: &Traffic<'_>) -> usize {
    WORK / (traffic.edges.len() + traffic.graph.components.len()).max(1)
}

fn row(traffic: &Traffic<'_>, v: u32, all: &[f64], [worst, certain]: [&End; 2], room: Option<&Room<'_>>) -> Row {
    let (capacity, load) = traffic.judged(v).unwrap_or((f64::INFINITY, 0.0));
    let of = |end: &End, capped: bool| {
        let sustained = end.at.over.binary_search(&v).is_ok();
        let then = match sustained {
            true => end.loads[v as usize],
            // Nothing multiplies what comes here even if everything is overloaded.
            false if all[v as usize] <= load => load,
            false => match room {
                Some(room) => alone(traffic, v, room, capped),
                // In a graph too large for asking about each of them: not more than when everything is overloaded, nor
                // so much that it would not recover.
                None => all[v as usize].min(capacity.max(load)),
            },
        };
        let regime = match () {
            () if exceeds(load, capacity) => Regime::Overloaded,
            () if sustained => Regime::Vulnerable,
            () => Regime::Stable,
        };
        ((then / load).max(1.0), regime)
    };
    let ((amplification, regime), (amplification_capped, certain)) = (of(worst, false), of(certain, true));
    Row {
        component: ComponentId(v),
        capacity,
        by_little: traffic.capacities.by_little(v),
        load,
        amplification,
        amplification_capped,
        regime,
        certain,
        herd: None,
        brakes: None,
    }
}

/// What arrives at a component when it alone is overloaded.
pub(super) fn alone(traffic: &Traffic<'_>, v: u32, room: &Room<'_>, capped: bool) -> f64 {
    let over = vec![v];
    let now = Situation { cold: traffic.empty(&over, &[]), over };
    traffic.loads(&now, room, Brake::Off, capped)[v as usize]
}
