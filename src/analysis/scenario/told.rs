use crate::graph::{ComponentId, DependencyId};

/// One thing that happens. Times in milliseconds; infinite where nothing ends or limits it.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// To whom.
    pub component: ComponentId,
    /// What.
    pub what: What,
    /// When, after the fault began, if that is known.
    pub at_ms: Option<f64>,
    /// The dependency over which it happens, if it is over one.
    pub edge: Option<DependencyId>,
    /// What it takes for granted: ids of assumptions, sorted.
    pub assumptions: Vec<&'static str>,
}

/// What happens to a component.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It answers after so long, and usually after so long.
    Late {
        /// How long, in milliseconds; infinite without end.
        ms: f64,
        /// How long when all is well, if that is known.
        usual_ms: Option<f64>,
    },
    /// It waits for a provider, for so many tries together.
    Waits {
        /// Who is called or needed.
        provider: ComponentId,
        /// How long, in milliseconds; infinite without end.
        ms: f64,
        /// How long when all is well, if that is known.
        usual_ms: Option<f64>,
        /// Tries of each call, the first included.
        tries: f64,
    },
    /// Its calls to a provider come to nothing after so long, and it needs them, or goes on without.
    GivesUp {
        /// Who is called or needed.
        provider: ComponentId,
        /// After so long, in milliseconds.
        after_ms: f64,
        /// It needs the provider, so it fails.
        hard: bool,
        /// Tries of each call, the first included.
        tries: f64,
    },
    /// It waits longer than it, or whoever lets users in, allows.
    OutOfTime {
        /// How long, in milliseconds; infinite without end.
        ms: f64,
        /// What is allowed, in milliseconds.
        limit_ms: f64,
    },
    /// It tries a provider again: so much load where there was one time as much.
    Retries {
        /// Who is called or needed.
        provider: ComponentId,
        /// Tries of each call, the first included.
        tries: f64,
        /// Requests per second, if known.
        rps: Option<f64>,
    },
    /// What it can do at once is used up by requests that wait: by its own nature, or by what it may hold of a pool.
    Fills {
        /// The pool, if it is what it may hold of one.
        pool: Option<ComponentId>,
        /// What would be held at once; not a number if the load is not known.
        held: f64,
        /// What there is.
        capacity: f64,
        /// Requests per second, if known.
        rps: Option<f64>,
        /// Part of them that waits.
        hit: f64,
        /// Requests per second that are enough to use it up.
        enough_rps: f64,
        /// It is certain to be used up.
        full: bool,
    },
    /// Those who wait hold all of a pool. `component` is the pool.
    Drains {
        /// Who waits and holds it, by id.
        holders: Vec<ComponentId>,
        /// What would be held at once, by others too; infinite if nothing limits it.
        held: f64,
        /// What others usually hold of it, as far as is known.
        others: f64,
        /// What there is.
        capacity: f64,
        /// Requests per second of the holders, if known.
        rps: Option<f64>,
        /// Those of them that wait, if known.
        waiting_rps: Option<f64>,
        /// Requests per second that are enough to use it up.
        enough_rps: f64,
    },
    /// It finds nothing left in a pool, though it may never call what is late. `served` is the part of its requests that
    /// still get something, if that is known.
    Starved {
        /// Which pool.
        pool: ComponentId,
        /// Part of its requests that still get something, if known.
        served: Option<f64>,
    },
    /// A provider fails that it needs.
    Fails {
        /// Who is called or needed.
        provider: ComponentId,
    },
    /// A deploy now kills what is under way: it takes longer than it is given to stop.
    Killed {
        /// How long what is under way takes.
        needs_ms: f64,
        /// How long it is given to stop.
        drain_ms: f64,
    },
    /// More load comes than it can take, or than it used to and nobody knows what it can take.
    Overloaded {
        /// From whom.
        from: Option<ComponentId>,
        /// How much more than usual; not a number if nobody knows.
        times: f64,
        /// Requests per second, if known.
        rps: Option<f64>,
        /// What it can take, if known.
        capacity: Option<f64>,
    },
    /// It takes over the load of what fell beside it: so many serve what so many did.
    TakesOver {
        /// How many there are.
        members: u64,
        /// How many of them serve.
        left: u64,
    },
    /// Its own probes ask a provider, so that all its instances are started again.
    Restarts {
        /// Who is asked.
        provider: ComponentId,
        /// How many instances there are, if known.
        instances: Option<u32>,
    },
    /// While it is rolled out, old and new instances serve side by side.
    Mixes {
        /// How many instances there are.
        instances: u32,
    },
    /// Messages wait in it while a consumer takes none.
    Piles {
        /// Who takes none.
        consumer: ComponentId,
        /// Messages that come, per second.
        rps: f64,
        /// For how long, in milliseconds.
        lasts_ms: f64,
        /// Messages that wait then.
        waiting: f64,
        /// How long it takes the consumer to work them off, in milliseconds, if known; infinite if it never does.
        drain_ms: Option<f64>,
        /// Messages that are lost by then, if some are.
        lost: Option<f64>,
    },
    /// A cache that is empty or gone answers nothing, so that all goes to what is behind it.
    Cold {
        /// Which cache.
        cache: ComponentId,
        /// How much more than usual; not a number if nobody knows.
        times: f64,
    },
    /// It stores or passes on what is wrong.
    Stores {
        /// From whom.
        from: ComponentId,
    },
    /// It reads what is wrong.
    Reads {
        /// From whom.
        from: ComponentId,
    },
    /// A message that it cannot handle comes again and again: so often, for so long.
    Poisoned {
        /// Which queue.
        queue: ComponentId,
        /// How often a message is delivered, if known.
        deliveries: Option<f64>,
        /// How long that takes, if known.
        blocked_ms: Option<f64>,
    },
    /// It takes a change at once. `instances` of it do, a rollout notwithstanding.
    Takes {
        /// What changed.
        changed: ComponentId,
        /// How many instances take it, if known.
        instances: Option<u32>,
    },
    /// Its own rollout takes it so much at a time.
    RollsOut {
        /// What part of its instances.
        share: f64,
    },
}

/// A place at which a fault stops or is weakened.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Who is spared, or whose calls stop waiting.
    pub component: ComponentId,
    /// By what.
    pub by: Brake,
    /// The dependency on which it stands.
    pub edge: Option<DependencyId>,
    /// What it takes for granted: ids of assumptions, sorted.
    pub assumptions: Vec<&'static str>,
}

/// What stops or weakens a fault.
#[derive(Clone, Debug, PartialEq)]
pub enum Brake {
    /// Nobody waits for an answer.
    Asynchronous {
        /// Who is called or needed.
        provider: ComponentId,
    },
    /// A queue lies between it and who is late.
    Queued {
        /// Which queue.
        queue: ComponentId,
        /// Who takes from it.
        consumer: ComponentId,
    },
    /// A circuit breaker fails calls at once instead of letting them wait.
    Breaker {
        /// Who is called or needed.
        provider: ComponentId,
    },
    /// At most so many calls to a provider are under way at once.
    Bulkhead {
        /// Who is called or needed.
        provider: ComponentId,
        /// At most so many.
        most: f64,
    },
    /// So much of a pool is kept for it, or it may not hold more.
    Reserved {
        /// Which pool.
        pool: ComponentId,
        /// How much.
        amount: f64,
        /// It does not wait itself, and is spared.
        spared: bool,
    },
    /// A pool holds, because calls end after so long, or no more requests are let in: so much of it is used.
    Timeout {
        /// Which pool.
        pool: ComponentId,
        /// Requests per second that are let in at most, where that is all that is known of them.
        let_in: Option<f64>,
        /// What would be held at once; not a number if the load is not known.
        held: f64,
        /// What there is.
        capacity: f64,
    },
    /// It goes on without the provider.
    Soft {
        /// Who is called or needed.
        provider: ComponentId,
    },
    /// Somebody else takes over.
    Fallback {
        /// Who is called or needed.
        provider: ComponentId,
        /// Who takes over.
        standby: ComponentId,
    },
    /// Retries stay within a part of the requests: so many tries instead of so many.
    Budget {
        /// Who is called or needed.
        provider: ComponentId,
        /// Tries of each call, the first included.
        tries: f64,
        /// Tries as configured.
        configured: f64,
    },
    /// It goes on for so long, and the fault is over before.
    Buffer {
        /// Who is called or needed.
        provider: ComponentId,
        /// How long, in milliseconds; infinite without end.
        ms: f64,
    },
    /// Messages that cannot be handled are put aside after so many deliveries.
    DeadLetters {
        /// Which queue.
        queue: ComponentId,
        /// How often a message is delivered, if known.
        deliveries: Option<f64>,
        /// How long that takes, if known.
        blocked_ms: Option<f64>,
    },
    /// It does not need the thing to start.
    Optional {
        /// Who is called or needed.
        provider: ComponentId,
    },
    /// It has room for the load.
    Headroom {
        /// Requests per second.
        rps: f64,
        /// What there is.
        capacity: f64,
    },
}
