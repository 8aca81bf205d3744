//! The shape of the resources that are read.

mod autoscaling;
mod gateways;
mod meshes;
mod operators;
mod pods;

use super::object::Object;
use crate::facts::shape::{Shape, hold, shape};
use crate::source::{Problem, nearest, unknown};

/// Adds what is wrong with the shape of an object.
pub(super) fn check(object: &Object, problems: &mut Vec<Problem>) {
    let (group, kind) = (&*object.group, &*object.kind);
    let of = pods::shape(group, kind)
        .or_else(|| autoscaling::shape(group, kind))
        .or_else(|| gateways::shape(group, kind, &object.version))
        .or_else(|| meshes::shape(group, kind))
        .or_else(|| operators::shape(group, kind));
    if let Some(metadata) = object.node.get("metadata") {
        hold(metadata, &pods::METADATA, "metadata", problems);
    }
    let Some(shape) = of else { return };
    // Resources that say it all beside their metadata.
    if matches!(kind, "StorageClass" | "ConfigMap") {
        hold(&object.node, shape, kind, problems);
        return;
    }
    let known = ["spec"];
    match object.node.get("spec") {
        Some(spec) => hold(spec, shape, "spec", problems),
        None => {
            let slip = object.node.fields().find(|(key, ..)| nearest(key, known).is_some());
            problems.extend(slip.map(|(key, at, _)| unknown("field", key, &known, at.at())));
        }
    }
}
