//! The same settings as annotations of Kubernetes objects and labels of Compose services: `linchpin.dev/<key>`.
//!
//! | Key | Value |
//! |---|---|
//! | `entry` | `true`, or a weight: `"0.7"` |
//! | `kind` | as in a manifest: `Cache` |
//! | `need`, `hit-ratio` | a number |
//! | `zones`, `placed-on`, `aliases` | names: `"a, b, c"` |
//! | `owner` | a name |
//! | `capacity-rps`, `capacity-concurrency`, `load-rps` | a number |
//! | `latency-p50`, `latency-p99`, `timeout`, `drain` | a duration: `200ms` |
//! | `depends-on` | dependencies: `"cart, db-1\|db-2, publish events, payments?"` |
//! | `pools` | pools, with the most that is held at once: `"db-connections=20, account-concurrency"` |
//!
//! A dependency is a name (`name`, `namespace/name` or an id). A word of `spec.dependsOn[].interaction` may stand before
//! it, several names with `|` between them are a requirement of which one must work, and a `?` at the end makes it soft.
//! Keys may also be written as in a manifest: `dependsOn`, `capacity.rps`.

use super::fields::{Placed, Read, expected, unknown};
use super::manifest::{
    Capacity, Dependency, DependsOn, Entry, EntryWeight, Latency, Load, PoolUse, Spec,
};
use super::value::{Amount, Name};
use super::word::OneOf;
use super::{check, component, dependency, placement};
use crate::facts::{ComponentFact, Criticality, Facts, Interaction, Kind};
use crate::parse::{Node, Style, Value};
use crate::source::Problem;

/// What stands before the keys.
pub const PREFIX: &str = "linchpin.dev/";

/// The keys, without their prefix.
const KEYS: [&str; 18] = [
    "entry", "kind", "need", "hit-ratio", "zones", "placed-on", "aliases", "owner", "capacity-rps",
    "capacity-concurrency", "load-rps", "latency-p50", "latency-p99", "timeout", "drain", "depends-on", "pools",
    "ignore",
];
