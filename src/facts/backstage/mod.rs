//! Backstage's software catalog (`catalog-info.yaml`): entities, what they depend on, and who owns them.
//!
//! `entity` reads a document, `reference` an entity reference, `identity` finds the workloads that an entity describes,
//! so that one service is not two, and `link` turns the catalog into facts.
//!
//! A System is a scope: what belongs to one and is deployed by nothing in the input lives in `backstage:<system>`, and
//! can be selected by it. References name whom they mean, so they cross systems.

mod entity;
mod identity;
mod link;
mod reference;

pub use entity::{Entity, Reading, read, recognises};
pub use link::link;
