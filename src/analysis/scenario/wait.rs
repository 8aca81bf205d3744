//! What becomes of one component that waits for something late.

use super::came::came;
use super::latency::Run;
use super::little::{mean, within};
use super::normal::stands_on;
use super::pools::takes;
use super::spread::Step;
use super::{Brake, Link, State, Stop, What};
use crate::analysis::call::Call;
use crate::analysis::carries_outage;
use crate::analysis::rates::use_of;
use crate::facts::{Criticality, Kind};
use crate::graph::{ComponentId, DependencyId, Graph};
use std::collections::BTreeMap;

/// How long Kubernetes waits for a probe unless told otherwise.
const PROBE_MS: f64 = 1000.0;

/// What is known of a component while the fault lasts.
#[derive(Clone, Debug)]
pub(super) struct Now {
    /// How long a request that is hit takes; infinite if nothing ends it.
    pub(super) ms: f64,
    /// It answers with an error, or not at all.
    pub(super) fails: bool,
    pub(super) state: State,
    /// Share of its requests that fail or are late.
    pub(super) share: f64,
    /// Share of its requests that are late, and hold what they hold for that long.
    pub(super) late: f64,
    /// Share of its requests that go on without something.
    pub(super) without: f64,
    /// When the fault comes to it.
    pub(super) at_ms: f64,
    pub(super) step: Step,
    /// Calls that it has under way at once to what is late, if that is limited for each of them.
    pub(super) most_waiting: f64,
    /// Which exhausted pool it takes for the fault to come to it: 0 none, 1 the first.
    pub(super) round: u32,
    /// The how-manieth to be hit.
    pub(super) since: u32,
    /// What happens, each with the exhausted pool that it takes.
    pub(super) links: Vec<(u32, Link)>,
    pub(super) stops: Vec<Stop>,
}

impl Now {
    fn new(at_ms: f64) -> Self {
        Self {
            ms: 0.0,
            fails: false,
            state: State::Ok,
            share: 0.0,
            late: 0.0,
            without: 0.0,
            at_ms,
            step: Step { from: None, through: None, edges: Vec::new() },
            most_waiting: f64::INFINITY,
            round: u32::MAX,
            since: u32::MAX,
            links: Vec::new(),
            stops: Vec::new(),
        }
    }
}

/// A component, given what is known of its providers. Nothing if the fault does not come to it.
///
/// `distance` is how many steps each component is away from the fault: of a loop only what is nearer makes late what is
/// farther, or a request would go round it for ever.
pub(super) fn look(run: &Run<'_>, v: ComponentId, now: &[Option<Now>], distance: &[Option<u32>]) -> Option<Now> {
    let graph = run.normal.graph;
    let usual = run.normal.usual.ms(v);
    if run.late.contains(&v.0) {
        let ms = run.scenario.latency_ms.unwrap_or(f64::INFINITY);
        let link = Link {
            component: v,
            what: What::Late { ms, usual_ms: usual },
            at_ms: Some(0.0),
            edge: None,
            assumptions: Vec::new(),
        };
        return Some(Now {
            ms,
            state: State::Failed,
            share: 1.0,
            late: 1.0,
            round: 0,
            links: vec![(0, link)],
            ..Now::new(0.0)
        });
    }
    if graph.component(v).off {
        return None;
    }
    let mut seen = Seen {
        run,
        v,
        all: now,
        distance,
        came: None,
        now: Now::new(f64::INFINITY),
        spared: 1.0,
        prompt: 1.0,
        kept: 1.0,
        waiting: 0.0,
        failing: BTreeMap::new(),
    };
    seen.calls();
    seen.stands();
    seen.probed();
    seen.starved();
    seen.limits();
    seen.own_capacity();
    let mut found = seen.now;
    found.share = 1.0 - seen.spared;
    found.late = 1.0 - seen.prompt;
    found.without = 1.0 - seen.kept;
    (found.state != State::Ok || !found.stops.is_empty()).then_some(found)
}

struct Seen<'s, 'r> {
    run: &'s Run<'r>,
    v: ComponentId,
    all: &'s [Option<Now>],
    distance: &'s [Option<u32>],
    /// How the step that is told came: over how many exhausted pools, how bad, and when.
    came: Option<((u32, std::cmp::Reverse<State>), f64)>,
    now: Now,
    /// Share of requests that are not hit, that do not wait, and that miss nothing.
    spared: f64,
    prompt: f64,
    kept: f64,
    /// Calls under way at once, as far as bulkheads limit them.
    waiting: f64,
    /// Failing members of each requirement, by number.
    failing: BTreeMap<u32, u32>,
}

impl Seen<'_, '_> {
    fn graph(&self) -> &Graph {
        self.run.normal.graph
    }

    /// Something that happens so long after the fault came to it, because of a provider or of all of them.
    fn link(
        &mut self,
        (what, after_ms): (What, f64),
        of: Option<&Now>,
        edge: Option<DependencyId>,
        assumptions: Vec<&'static str>,
    ) {
        let at_ms = of.map_or(self.now.at_ms, |p| p.at_ms) + after_ms;
        let round = of.map_or(self.now.round, |p| p.round);
        let at_ms = at_ms.is_finite().then_some(at_ms);
        self.now.links.push((round, Link { component: self.v, what, at_ms, edge, assumptions }));
    }

    /// What came, came from there: over as few exhausted pools as possible, then what is worst, then what comes first.
    /// Only who was hit before leads back to the fault; around a loop the others lead back here.
    fn came_from(&mut self, (provider, of): (ComponentId, &Now), edge: DependencyId, at_ms: f64, state: State) {
        let before = self.all.get(self.v.0 as usize).and_then(Option::as_ref).map_or(u32::MAX, |own| own.since);
        let key = (of.round, std::cmp::Reverse(state));
        let better = match self.came {
            None => true,
            Some((known, known_at)) => key < known || (key == known && at_ms < known_at),
        };
        if of.since < before && better {
            self.came = Some((key, at_ms));
            self.now.step = Step { from: Some(provider), through: None, edges: vec![edge] };
        }
        self.now.round = self.now.round.min(of.round);
        self.now.at_ms = self.now.at_ms.min(at_ms);
        self.now.state = self.now.state.max(state);
    }

    /// The calls, stage by stage: those to what is late take longer, the others as long as usual.
    fn calls(&mut self) {
        let (run, v, now) = (self.run, self.v, self.all);
        let normal = run.normal;
        let mut total = normal.usual.own[v.0 as usize].unwrap_or(0.0);
        for stage in normal.usual.stages(normal.graph, v) {
            let mut longest = 0.0f64;
            for i in stage {
                let call = &normal.usual.calls[i as usize];
                let usual =
                    normal.usual.time[call.to.0 as usize].0 * call.calls * use_of(normal.graph, call.dependency);
                let provider = now.get(call.to.0 as usize).and_then(Option::as_ref);
                longest = longest.max(provider.and_then(|p| self.call(call, p)).unwrap_or(usual));
            }
            total += longest;
        }
        self.now.ms = total;
    }

    /// One call to somebody whom the fault came to: how long it is waited for, if it is felt at all.
    fn call(&mut self, call: &Call, provider: &Now) -> Option<f64> {
        let normal = self.run.normal;
        let graph = normal.graph;
        let id = call.dependency;
        let d = graph.dependency(id);
        let usual = normal.usual.time[call.to.0 as usize].0;
        let nearer = self.nearer(call.to);
        let ms = if nearer { provider.ms } else { usual };
        let late = ms > usual + 1e-9;
        if provider.state == State::Ok || !(late || provider.fails) {
            return None;
        }
        let mut at_ms = provider.at_ms;
        if let Some(ms) = d.buffer_ms.filter(|ms| *ms > 0.0) {
            at_ms += ms;
            if !self.run.scenario.in_time(at_ms) {
                self.stop(Brake::Buffer { provider: call.to, ms }, Some(id), Vec::new());
                return None;
            }
        }
        let came = came(call, d.circuit_breaker, ms, provider.fails);
        let share = use_of(graph, id);
        let usual_wait = usual * call.in_a_row();
        let waits = came.wait > usual_wait + 1e-9;
        let hard = d.criticality == Criticality::Hard;
        let own_limit = graph.component(self.v).settings.timeout_ms.unwrap_or(f64::INFINITY);
        let standby = d.fallback.filter(|&f| f != call.to && f != call.from && self.takes_over(f));
        let fatal = came.fails && standby.is_none() && self.falls(id);
        let state = if fatal { State::Failed } else { State::Degraded };
        self.came_from((call.to, provider), id, at_ms, state);
        if came.fails && !fatal {
            self.kept *= 1.0 - share * provider.share;
        }
        if fatal || (waits && nearer) {
            self.spared *= 1.0 - share * provider.share;
        }
        self.now.fails |= fatal;
        if waits && nearer {
            self.prompt *= 1.0 - share * provider.late;
        }
        if waits {
            self.waiting += d.max_concurrent.unwrap_or(f64::INFINITY);
            if let Some(most) = d.max_concurrent {
                self.stop(Brake::Bulkhead { provider: call.to, most }, Some(id), Vec::new());
            }
            let usual_ms = normal.usual.ms(call.to).map(|ms| ms * call.in_a_row());
            // Whatever it waits for, it waits no longer than it allows itself.
            let ms = came.wait.min(own_limit);
            let what = What::Waits { provider: call.to, ms, usual_ms, tries: came.tries };
            self.link((what, 0.0), Some(provider), Some(id), came.assumptions.clone());
        }
        if fatal && !(waits && late) {
            self.link((What::Fails { provider: call.to }, 0.0), Some(provider), Some(id), Vec::new());
        }
        for brake in came.stops {
            self.stop(brake, Some(id), came.assumptions.clone());
        }
        if came.tries > 1.0 {
            let what = What::Retries { provider: call.to, tries: came.tries, rps: None };
            self.link((what, 0.0), Some(provider), Some(id), came.assumptions.clone());
        }
        if came.fails && waits && came.wait.is_finite() && came.wait <= own_limit && late {
            let what = What::GivesUp { provider: call.to, after_ms: came.wait, hard: fatal, tries: came.tries };
            self.link((what, came.wait), Some(provider), Some(id), Vec::new());
        }
        if came.fails && !fatal {
            match standby.filter(|_| hard) {
                Some(standby) => self.stop(Brake::Fallback { provider: call.to, standby }, Some(id), Vec::new()),
                None if !hard => self.stop(Brake::Soft { provider: call.to }, Some(id), Vec::new()),
                None => {}
            }
        }
        Some(came.wait)
    }

    /// Whether a provider is nearer to the fault, or in no loop with this component.
    fn nearer(&self, provider: ComponentId) -> bool {
        let loop_of = |c: ComponentId| self.run.normal.order.of.get(c.0 as usize);
        let away = |c: ComponentId| self.distance.get(c.0 as usize).copied().flatten();
        loop_of(provider) != loop_of(self.v) || away(provider) < away(self.v)
    }

    /// Whether a fallback works.
    fn takes_over(&self, standby: ComponentId) -> bool {
        let failed =
            self.all.get(standby.0 as usize).and_then(Option::as_ref).is_some_and(|n| n.state == State::Failed);
        !failed && !self.graph().component(standby).off
    }

    /// Whether too many members of a dependency's requirement fail now that this one does, and one of them is needed.
    fn falls(&mut self, id: DependencyId) -> bool {
        let graph = self.run.normal.graph;
        let hard = |id: DependencyId| graph.dependency(id).criticality == Criticality::Hard;
        let Some(of) = graph.dependency(id).requirement else { return hard(id) };
        let requirement = graph.requirement(of);
        let works = |id: &DependencyId| carries_outage(graph, graph.dependency(*id));
        let members: Vec<DependencyId> = requirement.members.iter().copied().filter(works).collect();
        let count = u32::try_from(members.len()).unwrap_or(u32::MAX).max(1);
        let failing = self.failing.entry(of.0).or_default();
        *failing += 1;
        *failing > count - requirement.need.clamp(1, count) && members.into_iter().any(hard)
    }

    fn stop(&mut self, by: Brake, edge: Option<DependencyId>, assumptions: Vec<&'static str>) {
        self.now.stops.push(Stop { component: self.v, by, edge, assumptions });
    }

    /// What it stands on.
    fn stands(&mut self) {
        let now = self.all;
        let graph = self.run.normal.graph;
        for (id, d) in graph.providers(self.v) {
            let Some(under) = now.get(d.to.0 as usize).and_then(Option::as_ref) else { continue };
            if !stands_on(graph, id) || under.state == State::Ok {
                continue;
            }
            let fatal = (under.fails || under.ms.is_infinite()) && self.falls(id);
            self.came_from((d.to, under), id, under.at_ms, if fatal { State::Failed } else { State::Degraded });
            self.spared *= 1.0 - use_of(graph, id) * under.share;
            self.prompt *= 1.0 - use_of(graph, id) * under.late;
            self.now.ms += under.ms;
            self.waiting = f64::INFINITY;
            self.now.fails |= fatal;
            let what = What::Waits { provider: d.to, ms: under.ms, usual_ms: None, tries: 1.0 };
            self.link((what, 0.0), Some(under), Some(id), Vec::new());
        }
    }

    /// A probe that asks who is late or fails starts all instances again, whatever they could do without him.
    fn probed(&mut self) {
        let (now, v) = (self.all, self.v);
        let (normal, graph) = (self.run.normal, self.run.normal.graph);
        for probe in normal.probes.iter().filter(|p| p.of == v) {
            let Some(asked) = probe.asked else { continue };
            let Some(under) = now.get(asked.0 as usize).and_then(Option::as_ref) else { continue };
            let edge = graph.providers(v).find(|(_, d)| d.to == asked).map(|(id, _)| id);
            let unanswered = under.state != State::Ok && (under.fails || under.ms > PROBE_MS);
            let (true, Some(edge)) = (unanswered && self.nearer(asked), edge) else { continue };
            self.came_from((asked, under), edge, under.at_ms, State::Failed);
            self.spared = 0.0;
            self.now.fails = true;
            let instances = graph.component(v).replicas.map(|r| r.count);
            let what = What::Restarts { provider: asked, instances };
            self.link((what, 0.0), Some(under), Some(edge), Vec::new());
        }
    }

    /// It finds nothing in a pool: it fails at once, whatever it calls.
    fn starved(&mut self) {
        let now = self.all;
        let Some((pool, edge)) = self.run.starved(self.v) else { return };
        let holder = pool.holders.iter().find(|&&h| h != self.v).or(pool.holders.first()).copied();
        let at = pool.at_ms.or_else(|| now.get(holder?.0 as usize)?.as_ref().map(|h| h.at_ms)).unwrap_or(0.0);
        self.spared *= pool.served.unwrap_or(0.0).clamp(0.0, 1.0);
        let waits_itself = pool.holders.contains(&self.v);
        if !waits_itself || self.now.step.from.is_none() {
            let over = holder.and_then(|h| pool.edge_of(self.graph(), h));
            let edges = over.into_iter().chain([edge]).collect();
            self.now.step = Step { from: holder, through: Some(pool.pool), edges };
            self.now.at_ms = at;
        }
        self.now.at_ms = self.now.at_ms.min(at);
        self.now.state = State::Failed;
        self.now.fails = true;
        let link = Link {
            component: self.v,
            what: What::Starved { pool: pool.pool, served: pool.served },
            at_ms: pool.at_ms,
            edge: Some(edge),
            assumptions: pool.assumptions.clone(),
        };
        self.now.round = self.now.round.min(pool.round);
        self.now.links.push((pool.round, link));
    }

    /// What it allows itself, and what whoever lets users in allows it.
    fn limits(&mut self) {
        let (graph, v) = (self.run.normal.graph, self.v);
        if self.now.state == State::Ok {
            return;
        }
        let own = graph.component(v).settings.timeout_ms.unwrap_or(f64::INFINITY);
        let entries = graph.dependents(v).filter(|(_, d)| graph.component(d.from).kind == Kind::Entry);
        let of_entry = entries.map(|(_, d)| {
            let limit = d.timeout.ms.unwrap_or(f64::INFINITY);
            limit.min(graph.component(d.from).settings.timeout_ms.unwrap_or(f64::INFINITY))
        });
        let limit_ms = of_entry.fold(own, f64::min);
        let ms = self.now.ms;
        if ms > limit_ms {
            // What ends by itself after its caller's limit needs as long as it allows itself.
            let needed = if own > limit_ms { ms.min(own) } else { ms };
            self.link((What::OutOfTime { ms: needed, limit_ms }, limit_ms), None, None, Vec::new());
            self.now.fails = true;
            self.now.state = State::Failed;
        }
        self.now.ms = ms.min(own);
        if ms.is_infinite() {
            self.now.fails = true;
            self.now.state = State::Failed;
        }
        self.now.most_waiting = self.waiting;
        let settings = &graph.component(v).settings;
        let usual = self.run.normal.usual.time[v.0 as usize].0;
        // That what never ends does not end in time need not be said.
        let longer = |drain_ms: &f64| self.now.ms.is_finite() && self.now.ms > *drain_ms && self.now.ms > usual + 1e-9;
        if let Some(drain_ms) = settings.drain_ms.filter(longer) {
            let what = What::Killed { needs_ms: self.now.ms, drain_ms };
            self.link((what, 0.0), None, None, Vec::new());
        }
    }

    /// Requests that wait use up what it can do at once, also for those that wait for nothing (Little): all that it can,
    /// or all that it may hold of a pool that others have something left of, whichever is less.
    fn own_capacity(&mut self) {
        let run = self.run;
        let graph = run.normal.graph;
        let itself = graph.component(self.v).settings.capacity_concurrency.map(|capacity| (capacity, None));
        let of_pools = graph.providers(self.v).filter(|(_, d)| takes(d)).filter_map(|(id, d)| {
            let (uses, reserved) = d.pool.unwrap_or_default();
            // Where nothing is left for anybody, how much it may hold does not matter.
            let uses = uses.filter(|_| !run.pools.contains_key(&d.to));
            let most = reserved.filter(|r| *r > 0.0).or(uses)?;
            Some((most, Some((id, d.to, reserved.is_none()))))
        });
        let least = itself.into_iter().chain(of_pools).min_by(|(a, _), (b, _)| a.total_cmp(b));
        if let Some((capacity, pool)) = least {
            self.fills(capacity, pool);
        }
    }

    /// Requests, a part of which waits, use up something of which there is so much at once. A pool comes with the
    /// dependency on it, and whether that it is held while waiting is only assumed.
    fn fills(&mut self, capacity: f64, pool: Option<(DependencyId, ComponentId, bool)>) {
        let normal = self.run.normal;
        let (usual, known) = normal.usual.time[self.v.0 as usize];
        let hit = 1.0 - self.prompt;
        if self.now.ms <= usual + 1e-9 || hit <= 0.0 || self.now.state == State::Ok {
            return;
        }
        let mean = mean(hit, self.now.ms, usual);
        let rps = normal.rates.of(self.v);
        let held = rps.map_or(f64::INFINITY, |rps| within(rps, hit, self.now.ms, usual, self.now.most_waiting));
        // Those that wait take what is not in use before.
        let free = |rps: f64| (capacity - rps * usual / 1000.0).max(0.0);
        let after_ms = rps.filter(|_| held >= capacity).map(|rps| free(rps) / (rps * hit) * 1000.0);
        if after_ms.is_some_and(|ms| !self.run.scenario.in_time(self.now.at_ms + ms)) {
            return;
        }
        let mut rests = Vec::new();
        rests.extend(pool.filter(|(.., assumed)| *assumed).map(|_| "held-while-waiting"));
        rests.extend((!known).then_some("usual-time-unknown"));
        rests.extend(normal.rates.rests_on(self.v));
        rests.sort_unstable();
        let what = What::Fills {
            pool: pool.map(|(_, pool, _)| pool),
            held: rps.map_or(f64::NAN, |_| held),
            capacity,
            rps,
            hit,
            enough_rps: capacity / mean * 1000.0,
            full: after_ms.is_some(),
        };
        self.link((what, after_ms.unwrap_or(0.0)), None, pool.map(|(id, ..)| id), rests);
        if after_ms.is_some() {
            // Whoever gets a place counts as served (SEMANTICS G.2).
            self.spared = self.spared.min(if held.is_finite() { capacity / held } else { 0.0 });
            self.now.fails = true;
            self.now.state = State::Failed;
        }
    }
}
