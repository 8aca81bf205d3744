use super::traffic::{Brake, Room, Situation, Traffic};

/// What a trigger does while it lasts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Hit {
    /// Who is down; sorted.
    pub(super) down: Vec<u32>,
    /// Caches that are empty; sorted.
    pub(super) cold: Vec<u32>,
    /// Who can serve only so much of his capacity; by id.
    pub(super) part: Vec<(u32, f64)>,
}

/// Where a trigger leads, with what arrives there.
pub(super) struct End {
    pub(super) at: Situation,
    pub(super) loads: Vec<f64>,
}

impl Traffic<'_> {
    /// The least fixpoint: who gets more than he can serve while a trigger lasts, because he gets it or because others
    /// do. At most a round for each of them; loads only grow with them.
    pub(super) fn cascade(&self, hit: &Hit, room: &Room<'_>) -> End {
        let mut over = hit.down.clone();
        loop {
            let at = Situation { cold: self.empty(&over, &hit.cold), over };
            let loads = self.loads(&at, room, Brake::Off, false);
            let part = |v: u32| hit.part.binary_search_by_key(&v, |p| p.0).map_or(1.0, |i| hit.part[i].1);
            let mut more = at.over.clone();
            let exceeded =
                |v: &u32| self.judged(*v).is_some_and(|(capacity, _)| exceeds(loads[*v as usize], capacity * part(*v)));
            more.extend(self.graph.ids().map(|id| id.0).filter(exceeded));
            more.sort_unstable();
            more.dedup();
            if more == at.over {
                return End { at, loads };
            }
            over = more;
        }
    }

    /// The greatest fixpoint within a situation: who still gets more than he can serve when nothing but that is wrong
    /// any more. Loads only shrink with those who recover.
    pub(super) fn sustained(&self, from: &Situation, room: &Room<'_>, brake: Brake, capped: bool) -> End {
        let mut at = from.clone();
        at.over.retain(|&v| self.judged(v).is_some());
        loop {
            at.cold = {
                let mut cold = self.empty(&at.over, &[]);
                cold.retain(|c| at.cold.contains(c));
                cold
            };
            let loads = self.loads(&at, room, brake, capped);
            let before = at.over.len();
            at.over.retain(|&v| self.judged(v).is_some_and(|(capacity, _)| exceeds(loads[v as usize], capacity)));
            if at.over.len() == before {
                return End { at, loads };
            }
        }
    }

    /// Everything that can be overloaded at once, the start of the greatest fixpoint.
    pub(super) fn everything(&self) -> Situation {
        let over = self.all_judged();
        Situation { cold: self.caches.iter().map(|(c, ..)| *c).collect(), over }
    }
}

/// More than can be served, and not by rounding alone.
pub(in crate::analysis) fn exceeds(load: f64, capacity: f64) -> bool {
    load > capacity * (1.0 + 1e-9)
}
