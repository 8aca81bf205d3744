//! Nodes to the types of `manifest`, field by field.

use super::fields::{Fields, Read, expected};
use super::manifest::{
    Capacity, Dependency, DependsOn, Entry, EntryWeight, Latency, Load, Manifest, Metadata, PoolUse, Retry, Spec,
};
use super::problems::Problems;
use super::value::{AtLeastOne, Span};
use super::word::Yes;
use crate::parse::Node;

impl Read for Manifest {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            let (api_version, kind) = (fields.required("apiVersion"), fields.required("kind"));
            let (metadata, spec) = (fields.required("metadata"), fields.optional("spec"));
            Some(Self { api_version: api_version?, kind: kind?, metadata: metadata?, spec })
        })
    }
}

impl Read for Metadata {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            let (name, namespace) = (fields.required("name"), fields.optional("namespace"));
            Some(Self { name: name?, namespace })
        })
    }
}

impl Read for Spec {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            Some(Self {
                entry: fields.optional("entry"),
                replicas: fields.optional("replicas"),
                need: fields.optional("need"),
                zones: fields.list("zones"),
                placed_on: fields.list("placedOn"),
                zone: fields.optional("zone"),
                region: fields.optional("region"),
                capacity: fields.optional("capacity"),
                load: fields.optional("load"),
                latency: fields.optional("latency"),
                timeout: fields.optional("timeout"),
                drain: fields.optional("drain"),
                hit_ratio: fields.optional("hitRatio"),
                retention: fields.optional("retention"),
                visibility: fields.optional("visibility"),
                deliveries: fields.optional("deliveries"),
                dead_letter: fields.optional("deadLetter"),
                depends_on: fields.list("dependsOn"),
                pools: fields.list("pools"),
                owner: fields.optional("owner"),
                aliases: fields.list("aliases"),
            })
        })
    }
}

impl Read for Entry {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        if node.bool() == Some(true) {
            return Some(Self::Plain(Yes));
        }
        if node.text().is_some() {
            problems.report(|| expected(node, field, "`true` or a mapping such as `{weight: 0.7}`"));
            return None;
        }
        Fields::read(node, field, problems, |fields| {
            Some(Self::Weighted(EntryWeight { weight: fields.optional("weight") }))
        })
    }
}

impl Read for Capacity {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            Some(Self { rps: fields.optional("rps"), concurrency: fields.optional("concurrency") })
        })
    }
}

impl Read for Load {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            Some(Self { rps: fields.optional("rps"), limit: fields.optional("limit") })
        })
    }
}

impl Read for Latency {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            let latency = Self { p50: fields.optional("p50"), p99: fields.optional("p99") };
            if let Self { p50: Some(Span(p50)), p99: Some(Span(p99)) } = &latency
                && p50 > p99
            {
                fields.problem("p50", "`p50` is longer than `p99`");
            }
            Some(latency)
        })
    }
}

impl Read for DependsOn {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        if node.text().is_some() {
            return Read::read(node, field, problems).map(Self::Name);
        }
        if node.is_null() {
            problems.report(|| expected(node, field, "a list of names or mappings"));
            return None;
        }
        Read::read(node, field, problems).map(|dependency| Self::Detailed(Box::new(dependency)))
    }
}

impl Read for Dependency {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            let dependency = Self {
                name: fields.optional("name"),
                of: fields.list("of"),
                need: fields.optional("need"),
                interaction: fields.optional("interaction"),
                share: fields.optional("share"),
                criticality: fields.optional("criticality"),
                calls_per_request: fields.optional("callsPerRequest"),
                retry: fields.optional("retry"),
                timeout: fields.optional("timeout"),
                circuit_breaker: fields.optional("circuitBreaker"),
                fallback: fields.optional("fallback"),
                buffer: fields.optional("buffer"),
                probability: fields.optional("probability"),
                stage: fields.optional("stage"),
            };
            let need = dependency.need.as_ref().map_or(1, |AtLeastOne(need)| *need);
            match (node.get("name"), node.get("of").map(|of| of.items().len())) {
                (None, None) => fields.problem("", "a dependency needs `name`, or `of` for several providers"),
                (Some(_), Some(_)) => fields.problem("of", "a dependency has `name` or `of`, not both"),
                (Some(_), None) if node.get("need").is_some() => fields.problem("need", "`need` belongs to `of`"),
                (None, Some(0)) => fields.problem("of", "`of` names nobody"),
                (None, Some(members)) if usize::try_from(need).is_ok_and(|need| need > members) => {
                    fields.problem("need", format!("`need` is {need}, but `of` has {members}"));
                }
                _ => {}
            }
            Some(dependency)
        })
    }
}

impl Read for Retry {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            let tries = fields.required("tries");
            let (per_try_timeout, timeout) = (fields.optional("perTryTimeout"), fields.optional("timeout"));
            let (backoff, budget) = (fields.optional("backoff"), fields.optional("budget"));
            let jitter = fields.optional("jitter");
            let conditions = fields.list("conditions");
            Some(Self { tries: tries?, per_try_timeout, timeout, backoff, jitter, budget, conditions })
        })
    }
}

impl Read for PoolUse {
    fn read(node: &Node, field: &str, problems: &mut Problems) -> Option<Self> {
        Fields::read(node, field, problems, |fields| {
            let (name, uses) = (fields.required("name"), fields.optional("uses"));
            let reserved = fields.optional("reserved");
            Some(Self { name: name?, uses, reserved })
        })
    }
}
