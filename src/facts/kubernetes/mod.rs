//! Kubernetes: API objects to facts.
//!
//! [`read`] turns a document into objects or a kustomization. When all documents are read, [`link`] divides the objects
//! into worlds (one for each kustomization root, one for the rest) and follows the references between the objects of a
//! world: selectors, environments, mounts, routes, policies, owners. Names stay names, the graph resolves them.

mod audience;
mod autoscaler;
mod cluster;
mod config;
mod dapr;
mod disruption;
mod environment;
mod eventing;
mod fixed;
mod job;
mod keda;
mod kustomize;
mod lifecycle;
mod link;
mod mesh;
mod mount;
mod numbers;
mod object;
mod operator;
mod owner;
mod placement;
mod pod;
mod policy;
mod quota;
mod release;
mod repair;
mod role;
mod route;
mod selector;
mod service;
mod service_entry;
mod shape;
mod spread;
mod storage;
mod stray;
mod template;
mod version;
mod workload;

pub use dapr::{RunFile, link_run_files};
pub use kustomize::{Kustomization, to_render};
pub use link::link;
pub use object::{Object, Reading, read, recognises};

use super::Target;
use super::address::Address;

/// The hosts that a target names.
fn hosts(target: &Target) -> impl Iterator<Item = &str> {
    let addresses = match target {
        Target::Addresses { addresses, .. } => addresses.as_slice(),
        _ => &[],
    };
    addresses.iter().filter_map(|address| match address {
        Address::Host { host, .. } => Some(host.as_str()),
        Address::Resource { .. } => None,
    })
}
