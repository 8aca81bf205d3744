use super::gains::Growth;
use super::{Gains, Scalar, Walks};
use std::ops::Range;

/// Values of `N` sources at once, one lane each.
pub type Lane<T, const N: usize> = [T; N];

/// A workspace for passes over one graph.
pub struct Pass<'w, T, const N: usize> {
    walks: &'w Walks,
    /// By place; 0 where no walk leads.
    value: Vec<Lane<T, N>>,
    /// The first place that a source stands at: nothing is reached before it.
    from: u32,
}

impl<'w, T: Scalar, const N: usize> Pass<'w, T, N> {
    /// Room for passes.
    pub fn new(walks: &'w Walks) -> Self {
        Self { walks, value: vec![[T::ZERO; N]; walks.len()], from: 0 }
    }

    /// What every place has, from the first one that has anything.
    pub fn values(&self) -> impl Iterator<Item = (u32, &Lane<T, N>)> {
        (self.from..).zip(&self.value[self.from as usize..])
    }

    /// The lanes of a place.
    pub fn at(&self, place: u32) -> &Lane<T, N> {
        &self.value[place as usize]
    }

    /// The sums over all walks of the products along them. Lane `i` starts at the `i`-th of the `(place, value)`
    /// sources.
    pub fn sums(&mut self, gains: &Gains<T>, sources: &[(u32, T)]) {
        self.start(sources);
        self.pass(gains, |a, b| a + b, |g| g.sum, Self::settle_sum);
    }

    /// [`Self::sums`] where so much starts at each of the places.
    pub fn sums_of(&mut self, gains: &Gains<T>, sources: &[(u32, Lane<T, N>)]) {
        self.start_lanes(sources);
        self.pass(gains, |a, b| a + b, |g| g.sum, Self::settle_sum);
    }

    /// [`Self::maxima`] where so much starts at each of the places.
    pub fn maxima_of(&mut self, gains: &Gains<T>, sources: &[(u32, Lane<T, N>)]) {
        self.start_lanes(sources);
        self.pass(gains, |a, b| if b > a { b } else { a }, |g| g.most, Self::settle_most);
    }

    /// The greatest product along any walk.
    pub fn maxima(&mut self, gains: &Gains<T>, sources: &[(u32, T)]) {
        self.start(sources);
        self.pass(gains, |a, b| if b > a { b } else { a }, |g| g.most, Self::settle_most);
    }

    /// For each place the best over its callers of what they have times the gain of the edge between them: where the
    /// last call of a walk counts differently from those before it. Adds up, or takes the greatest.
    pub fn last(&self, gains: &Gains<T>, greatest: bool, into: &mut Pass<'w, T, N>) {
        into.start(&[]);
        into.from = self.from;
        for (at, value) in self.values() {
            if value.iter().all(|v| *v == T::ZERO) {
                continue;
            }
            for (&to, slot) in self.walks.out.row(at).iter().zip(self.walks.out.range(at)) {
                let gain = gains.of[slot];
                for (sum, &v) in into.value[to as usize].iter_mut().zip(value) {
                    let here = v * gain;
                    *sum = if !greatest {
                        *sum + here
                    } else if here > *sum {
                        here
                    } else {
                        *sum
                    };
                }
            }
        }
    }

    /// [`Self::sums`] of lane 0 alone, from any number of sources.
    pub fn sums_from(&mut self, gains: &Gains<T>, sources: impl Iterator<Item = (u32, T)>) {
        self.start_together(sources);
        self.pass(gains, |a, b| a + b, |g| g.sum, Self::settle_sum);
    }

    /// [`Self::maxima`] of lane 0 alone, from any number of sources.
    pub fn maxima_from(&mut self, gains: &Gains<T>, sources: impl Iterator<Item = (u32, T)>) {
        self.start_together(sources);
        self.pass(gains, |a, b| if b > a { b } else { a }, |g| g.most, Self::settle_most);
    }

    fn start_together(&mut self, sources: impl Iterator<Item = (u32, T)>) {
        self.start(&[]);
        self.from = u32::MAX;
        for (at, value) in sources {
            self.from = self.from.min(at);
            self.value[at as usize][0] = value;
        }
        self.from = self.from.min(u32::try_from(self.walks.len()).unwrap_or(u32::MAX));
    }

    fn start_lanes(&mut self, sources: &[(u32, Lane<T, N>)]) {
        self.start(&[]);
        self.from = sources.iter().map(|s| s.0).min().unwrap_or(0);
        sources.iter().for_each(|&(at, lane)| self.value[at as usize] = lane);
    }

    fn start(&mut self, sources: &[(u32, T)]) {
        self.value[self.from as usize..].iter_mut().for_each(|lane| *lane = [T::ZERO; N]);
        self.from = sources.iter().map(|s| s.0).min().unwrap_or(0);
        for (lane, &(at, value)) in sources.iter().enumerate().take(N) {
            self.value[at as usize][lane] = value;
        }
    }

    fn pass(
        &mut self,
        gains: &Gains<T>,
        combine: impl Fn(T, T) -> T,
        diverges: impl Fn(&Growth) -> bool,
        settle: impl Fn(&mut Self, &Gains<T>, Range<u32>),
    ) {
        let mut at = self.from;
        // A source inside a loop reaches what stands before it there.
        if let Some(round) = self.walks.round.get(at as usize) {
            (at, self.from) = (round.start, round.start);
        }
        while (at as usize) < self.walks.len() {
            let round = self.walks.round[at as usize].clone();
            if self.walks.loops_at(at) {
                if diverges(&gains.growth[at as usize]) {
                    self.explode(round.clone());
                } else {
                    settle(self, gains, round.clone());
                }
            }
            for u in round.clone() {
                let value = self.value[u as usize];
                if value.iter().all(|v| *v == T::ZERO) {
                    continue;
                }
                for (to, slot) in self.walks.leaving(u) {
                    let gain = gains.of[slot];
                    // What is not called gets nothing, even of what has no end.
                    if gain == T::ZERO {
                        continue;
                    }
                    for (sum, v) in self.value[to as usize].iter_mut().zip(value) {
                        *sum = combine(*sum, v * gain);
                    }
                }
            }
            at = round.end;
        }
    }

    /// Whatever enters a loop that grows is everywhere in it without bound.
    fn explode(&mut self, round: Range<u32>) {
        let mut entered = [T::ZERO; N];
        for at in round.clone() {
            for (e, v) in entered.iter_mut().zip(self.value[at as usize]) {
                if v > T::ZERO {
                    *e = T::INFINITY;
                }
            }
        }
        round.for_each(|at| self.value[at as usize] = entered);
    }

    /// x = b + Gᵀx by Gauss and Seidel: from below, so it comes to rest where rounding does.
    fn settle_sum(&mut self, gains: &Gains<T>, round: Range<u32>) {
        let order = self.walks.sweep(&round);
        let entered: Vec<Lane<T, N>> = order.iter().map(|&at| self.value[at as usize]).collect();
        if entered.iter().flatten().all(|v| *v == T::ZERO) {
            return;
        }
        let mut moving = true;
        while moving {
            moving = false;
            for (&at, base) in order.iter().zip(&entered) {
                let mut sum = *base;
                for (from, slot) in self.walks.callers_in_loop(at) {
                    let gain = gains.of[slot];
                    if gain == T::ZERO {
                        continue;
                    }
                    sum.iter_mut().zip(self.value[from as usize]).for_each(|(s, v)| *s = *s + v * gain);
                }
                let old = &mut self.value[at as usize];
                moving |= sum.iter().zip(old.iter()).any(|(new, old)| new > old);
                *old = sum;
            }
        }
    }

    fn settle_most(&mut self, gains: &Gains<T>, round: Range<u32>) {
        let mut moving = true;
        while moving {
            moving = false;
            for &at in self.walks.sweep(&round) {
                let mut best = self.value[at as usize];
                for (from, slot) in self.walks.callers_in_loop(at) {
                    let gain = gains.of[slot];
                    if gain == T::ZERO {
                        continue;
                    }
                    for (b, v) in best.iter_mut().zip(self.value[from as usize]) {
                        let here = v * gain;
                        if here > *b * T::SLACK {
                            (*b, moving) = (here, true);
                        }
                    }
                }
                self.value[at as usize] = best;
            }
        }
    }
}
