//! The shape of a native document. The JSON Schema is derived from these types, `reading` fills them.

use super::fields::Placed;
use super::value::{Amount, AtLeastOne, Backoff, Count, Flag, Limit, LimitOrNone, Name, Positive, Share, Span, Tries};
use super::word::{OneOf, Version1, Yes};
use crate::facts::{Criticality, Interaction, Kind};
use schemars::JsonSchema;

/// What no platform can say about a component: a linchpin native manifest.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Manifest {
    /// The version of this format.
    pub(super) api_version: OneOf<Version1>,
    /// What sort of thing the component is. It wins over the kind that is discovered.
    pub(super) kind: OneOf<Kind>,
    /// Who it is. The same name as a discovered component extends that one.
    pub(super) metadata: Metadata,
    /// What is known of it.
    pub(super) spec: Option<Spec>,
}

/// Who a component is.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Metadata {
    /// Its name.
    pub(super) name: Placed<Name>,
    /// Its namespace; `default` if absent. Nodes, zones, regions and externals have none.
    pub(super) namespace: Option<Name>,
}

/// What is known of a component. Whatever is left out stays as discovered, or unknown.
#[derive(Debug, Default, JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Spec {
    /// Users come in here: `true`, or with a weight.
    pub(super) entry: Option<Placed<Entry>>,
    /// Number of interchangeable instances; 0 means off. If absent, one in each place that is named.
    pub(super) replicas: Option<Placed<Count>>,
    /// Instances that must work, default 1.
    pub(super) need: Option<Placed<AtLeastOne>>,
    /// Zones over which the instances are spread as evenly as possible. They need not be declared.
    #[schemars(default)]
    pub(super) zones: Vec<Placed<Name>>,
    /// Where it runs: nodes by name, or any of `node:NAME`, `zone:NAME` and `region:NAME`.
    #[schemars(default)]
    pub(super) placed_on: Vec<Placed<Name>>,
    /// Of a Node: the zone that it stands in.
    pub(super) zone: Option<Placed<Name>>,
    /// Of a Zone: the region that it belongs to.
    pub(super) region: Option<Placed<Name>>,
    /// What all instances together can serve; of a Pool its size.
    pub(super) capacity: Option<Capacity>,
    /// What users offer here.
    pub(super) load: Option<Load>,
    /// Its own work, without its dependencies.
    pub(super) latency: Option<Latency>,
    /// What it allows itself for a request.
    pub(super) timeout: Option<Limit>,
    /// How long it has to finish requests when told to stop.
    pub(super) drain: Option<Span>,
    /// Of a Cache: the share of reads that it answers.
    pub(super) hit_ratio: Option<Placed<Share>>,
    /// Of a Queue or Topic: how long it keeps a message that nobody takes.
    pub(super) retention: Option<Placed<Span>>,
    /// Of a Queue: how long a delivered message is hidden from other consumers.
    pub(super) visibility: Option<Placed<Span>>,
    /// Of a Queue or Topic: how often it delivers a message, the first time included, or `unlimited`.
    pub(super) deliveries: Option<Placed<Tries>>,
    /// Of a Queue or Topic: messages that it gives up on are kept elsewhere.
    pub(super) dead_letter: Option<Placed<Flag>>,
    /// What it needs.
    #[schemars(default)]
    pub(super) depends_on: Vec<DependsOn>,
    /// The limited capacities that it takes from.
    #[schemars(default)]
    pub(super) pools: Vec<PoolUse>,
    /// Who owns it.
    pub(super) owner: Option<Name>,
    /// Other names that people or traces know it by.
    #[schemars(default)]
    pub(super) aliases: Vec<Name>,
}

/// Whether users come in, and how much that counts.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Entry {
    /// They do.
    Plain(Yes),
    /// They do, with a weight.
    Weighted(EntryWeight),
}

/// How much an entry counts beside others.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct EntryWeight {
    /// Its weight beside other entries, default 1.
    pub(super) weight: Option<Amount>,
}

/// What all instances together can serve.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Capacity {
    /// Requests per second.
    pub(super) rps: Option<Positive>,
    /// Requests at once.
    pub(super) concurrency: Option<Positive>,
}

/// What users offer.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Load {
    /// Requests per second.
    pub(super) rps: Option<Amount>,
    /// Requests per second above which they are turned away at once.
    pub(super) limit: Option<Positive>,
}

/// How long its own work takes.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct Latency {
    /// The median.
    pub(super) p50: Option<Span>,
    /// The 99th percentile.
    pub(super) p99: Option<Span>,
}

/// A dependency: the provider's name alone, or with what is known of it.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum DependsOn {
    /// `name`, `namespace/name` or an id.
    Name(Placed<Name>),
    /// The provider or providers, and what is known.
    Detailed(Box<Dependency>),
}

/// What a component needs, and how.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["name"]}, {"required": ["of"]}]))]
pub(super) struct Dependency {
    /// The provider: `name`, `namespace/name` or an id.
    pub(super) name: Option<Placed<Name>>,
    /// Several providers of which `need` must work.
    #[schemars(default)]
    pub(super) of: Vec<Placed<Name>>,
    /// How many of `of` must work, default 1.
    pub(super) need: Option<AtLeastOne>,
    /// What passes, default `sync`.
    pub(super) interaction: Option<OneOf<Interaction>>,
    /// Part of this component's requests that use it, default 1.
    pub(super) share: Option<Share>,
    /// `hard`: its failure is ours. `soft`: we go on, degraded.
    pub(super) criticality: Option<OneOf<Criticality>>,
    /// Calls for each request that uses it, default 1.
    pub(super) calls_per_request: Option<Amount>,
    /// Retries of the calling library.
    pub(super) retry: Option<Placed<Retry>>,
    /// Limit of a call with all its tries, or `none`.
    pub(super) timeout: Option<LimitOrNone>,
    /// A circuit breaker stands on it.
    pub(super) circuit_breaker: Option<Flag>,
    /// What takes over when it fails: `name`, `namespace/name` or an id.
    pub(super) fallback: Option<Name>,
    /// How long this component goes on without it.
    pub(super) buffer: Option<Span>,
    /// Probability that a failure of it becomes a failure of this.
    pub(super) probability: Option<Share>,
    /// Dependencies of one stage are called in parallel; stages one after the other.
    pub(super) stage: Option<Name>,
}

/// Retries of a library. Tries include the first one.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Retry {
    /// Total tries, the first one included, or `unlimited`.
    pub(super) tries: Tries,
    /// Limit of one try.
    pub(super) per_try_timeout: Option<Limit>,
    /// Limit of all tries together.
    pub(super) timeout: Option<Limit>,
    /// Pauses between tries; the last one repeats.
    pub(super) backoff: Option<Backoff>,
    /// Whether the pauses are random, up to what `backoff` says.
    pub(super) jitter: Option<Flag>,
    /// Retries as a share of requests, at most.
    pub(super) budget: Option<Share>,
    /// What is retried: `refused`, `error`, `late`, status codes, conditions of Envoy, statuses of gRPC. Another word
    /// counts as all, and so does none.
    #[schemars(default)]
    pub(super) conditions: Vec<Name>,
}

/// What a component takes from a pool.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PoolUse {
    /// The pool: `name`, `namespace/name` or an id.
    pub(super) name: Placed<Name>,
    /// The most that the whole component, all instances together, may hold at once.
    pub(super) uses: Option<Amount>,
    /// What is set aside for it: its cap and its carve-out.
    pub(super) reserved: Option<Amount>,
}
