use super::basis::{Bases, Basis};
use crate::analysis::call::{Call, Limit, waits};
use crate::graph::algo::{Csr, components, settle};
use crate::graph::{ComponentId, Graph};
use std::sync::Arc;

/// How long something may take in the worst case, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait {
    /// Not longer than this; infinite if nothing limits it.
    pub ms: f64,
    /// As long as this for certain, if everybody that may be slow is: less than `ms` only where that is infinite because
    /// nothing is known.
    pub at_least: f64,
    /// What it rests on.
    pub bases: Bases,
}

impl Wait {
    /// Nothing is known.
    const UNKNOWN: Self = Self { ms: f64::INFINITY, at_least: 0.0, bases: Bases(0) };

    /// One after the other.
    fn then(self, next: Self) -> Self {
        Self { ms: self.ms + next.ms, at_least: self.at_least + next.at_least, bases: self.bases.and(next.bases) }
    }

    /// At the same time.
    fn beside(self, other: Self) -> Self {
        Self {
            ms: self.ms.max(other.ms),
            at_least: self.at_least.max(other.at_least),
            bases: self.bases.and(other.bases),
        }
    }

    /// Cut off. What nobody knows may take until then.
    fn within(self, limit: f64) -> Self {
        let unknown = self.bases.has(Basis::OwnWork) && limit.is_finite();
        if self.ms > limit || unknown { Self { ms: limit, at_least: limit, bases: Bases::default() } } else { self }
    }

    /// Whether nothing at all is known of it.
    pub fn unknown(self) -> bool {
        self.ms.is_infinite() && !self.endless() && !self.bases.has(Basis::NoLimitKnown)
    }

    /// Whether there is no limit to it for certain, not only as far as anybody knows.
    pub fn endless(self) -> bool {
        self.at_least.is_infinite()
    }
}

/// The worst waits of a graph.
pub struct Waits {
    /// The calls that somebody waits for, by dependency.
    pub calls: Vec<Call>,
    /// Component → numbers of its calls, in order.
    pub of: Csr,
    /// Component → how long one request takes it: its own work and what it waits for. Not cut by what it allows itself.
    pub need: Vec<Wait>,
    /// The same, cut by what it allows itself.
    pub answer: Vec<Wait>,
    /// Component → how long it may keep a caller waiting, in milliseconds, by those of its waits alone that have a limit:
    /// less than `answer` only where that has no end.
    pub limited: Vec<f64>,
}

/// The worst wait for every component, callees before callers, over the condensation (THEORY 2.5).
///
/// W(v) = own work + over the stages of its calls, one after the other, the longest wait of a stage. A wait for a call is
/// that for all its tries, each cut where a layer cuts it. A callee whose own work is unknown may take any time: what is
/// waited for it is what limits allow. A loop of calls takes what its limits allow.
pub fn worst_waits(graph: &Graph) -> Waits {
    let calls: Vec<Call> = Call::all(graph).into_iter().filter(|c| waits(graph.dependency(c.dependency))).collect();
    let pairs = (0u32..).zip(&calls).map(|(i, c)| (c.from.0, i));
    let of = Csr::from_pairs(graph.components.len(), pairs);
    let edges = Csr::from_pairs(graph.components.len(), calls.iter().map(|c| (c.from.0, c.to.0)));
    let allowed = |v: ComponentId| graph.component(v).settings.timeout_ms.unwrap_or(f64::INFINITY);
    let mut waits = Waits { calls, of, need: Vec::new(), answer: Vec::new(), limited: Vec::new() };
    let endless = Wait { ms: f64::INFINITY, at_least: f64::INFINITY, bases: Bases::default() };
    waits.answer = settle(&edges, &endless, |v, answers| {
        let v = ComponentId(v);
        waits.needs(graph, v, answers).within(allowed(v))
    });
    waits.need = graph.ids().map(|v| waits.needs(graph, v, &waits.answer)).collect();
    let loops = components(&edges).of;
    waits.limited = settle(&edges, &0.0, |v, limited| {
        let known = waits.answer[v as usize];
        match known.endless() {
            // What comes round a loop is not counted again.
            true => waits
                .limited_part(graph, ComponentId(v), |w| if loops[w] == loops[v as usize] { 0.0 } else { limited[w] }),
            false => known.at_least,
        }
    });
    waits
}

impl Waits {
    /// What one request takes a component, given what answers take.
    fn needs(&self, graph: &Graph, v: ComponentId, answers: &[Wait]) -> Wait {
        let calls = self.of.row(v.0);
        let own = own_work(graph, v);
        if calls.is_empty() {
            return own.unwrap_or(Wait::UNKNOWN);
        }
        let unknown = Wait { ms: 0.0, at_least: 0.0, bases: Bases::default().with(Basis::OwnWork) };
        let mut total = own.unwrap_or(unknown);
        for stage in self.stages(graph, v) {
            let longest = stage.iter().map(|&call| self.wait_for(call, answers)).reduce(Wait::beside);
            total = longest.map_or(total, |longest| total.then(longest));
        }
        total
    }

    /// What one request takes a component, of its waits only those that have a limit.
    fn limited_part(&self, graph: &Graph, v: ComponentId, callee: impl Fn(usize) -> f64) -> f64 {
        let of = |&call: &u32| {
            let wait = self.of_call(call);
            let call = &self.calls[call as usize];
            if wait.endless() { callee(call.to.0 as usize) * call.in_a_row() } else { wait.at_least }
        };
        let own = own_work(graph, v).map_or(0.0, |own| own.at_least);
        let stages = self.stages(graph, v);
        own + stages.iter().map(|stage| stage.iter().map(of).fold(0.0, f64::max)).sum::<f64>()
    }

    /// The calls of a component, in the order in which it makes them: those of one stage together.
    pub fn stages(&self, graph: &Graph, v: ComponentId) -> Vec<Vec<u32>> {
        let mut stages: Vec<(Option<Arc<str>>, Vec<u32>)> = Vec::new();
        for &call in self.of.row(v.0) {
            let name = graph.dependency(self.calls[call as usize].dependency).stage.clone();
            match stages.iter_mut().find(|(known, _)| name.is_some() && *known == name) {
                Some((_, calls)) => calls.push(call),
                None => stages.push((name, vec![call])),
            }
        }
        stages.into_iter().map(|(_, calls)| calls).collect()
    }

    /// How long the caller may wait for a call, all its tries together and for each time that a request makes it.
    pub fn wait_for(&self, call: u32, answers: &[Wait]) -> Wait {
        let call = &self.calls[call as usize];
        let callee = answers[call.to.0 as usize];
        let times = call.in_a_row();
        let counted = self.counted(callee);
        let sure = counted.is_finite();
        let longest = call.wait(counted);
        if longest.is_finite() {
            let bases = if sure { callee.bases } else { Bases::default() };
            return Wait { ms: longest * times, at_least: longest * times, bases };
        }
        let known = callee.ms.is_finite();
        let ms = if known { call.wait(callee.ms) * times } else { f64::INFINITY };
        if ms.is_finite() {
            return Wait { ms, at_least: ms, bases: callee.bases };
        }
        match call.limit {
            Limit::Unknown => {
                // In a loop nothing is certain that rests on this.
                let at_least = if callee.endless() { 0.0 } else { callee.at_least * times };
                Wait { ms, at_least, bases: callee.bases.with(Basis::NoLimitKnown) }
            }
            Limit::Disabled | Limit::Stated => Wait { ms, at_least: ms, bases: callee.bases },
        }
    }

    /// How long a try waits for an answer if nothing cuts it: whoever does work that nobody knows may take any time.
    pub fn counted(&self, answer: Wait) -> f64 {
        if answer.bases.has(Basis::OwnWork) { f64::INFINITY } else { answer.ms }
    }

    /// How long the caller may wait for a call in the end.
    pub fn of_call(&self, call: u32) -> Wait {
        self.wait_for(call, &self.answer)
    }

    /// The calls along the longest wait of a component that is certain, its own first.
    pub fn surest_chain(&self, from: ComponentId) -> Vec<u32> {
        let length = |wait: Wait| (wait.at_least, wait.ms);
        let mut chain: Vec<u32> = Vec::new();
        let mut at = from;
        let by_length = |a: &((f64, f64), u32), b: &((f64, f64), u32)| {
            a.0.0.total_cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)).then(b.1.cmp(&a.1))
        };
        loop {
            let calls = self.of.row(at.0).iter().map(|&call| (length(self.of_call(call)), call));
            let Some((_, longest)) = calls.max_by(by_length) else { return chain };
            at = self.calls[longest as usize].to;
            if at == from || chain.iter().any(|&c| self.calls[c as usize].to == at) {
                return chain;
            }
            chain.push(longest);
        }
    }
}

/// A component's own work, as declared; of one that calls nobody also as its callers saw it.
fn own_work(graph: &Graph, v: ComponentId) -> Option<Wait> {
    let settings = &graph.component(v).settings;
    let known = |ms: f64, bases| Wait { ms, at_least: ms, bases };
    let median = Bases::default().with(Basis::Median);
    if let Some(ms) = settings.p99_ms {
        return Some(known(ms, Bases::default()));
    }
    if let Some(ms) = settings.p50_ms {
        return Some(known(ms, median));
    }
    let alone = !graph.providers(v).any(|(_, d)| waits(d));
    let seen = graph.dependents(v).filter(|(_, d)| waits(d)).filter_map(|(_, d)| d.observed.as_ref()?.p99_ms);
    seen.filter(|_| alone).reduce(f64::max).map(|ms| known(ms, Bases::default()))
}
