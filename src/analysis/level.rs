use super::Level;
use crate::facts::Kind;
use crate::graph::Component;

/// The smallest failure of a component itself that suffices to bring it down (DESIGN section 12, Levels).
///
/// Only what runs has instances; where their number is unknown, only the whole component is an event.
pub fn level(component: &Component) -> Level {
    match component.kind {
        Kind::Volume => Level::Volume,
        Kind::Node => Level::Node,
        Kind::Zone => Level::Zone,
        Kind::Region => Level::Region,
        Kind::External => Level::Provider,
        Kind::Entry | Kind::Config | Kind::Secret | Kind::Pool => Level::Component,
        Kind::Service
        | Kind::Function
        | Kind::Job
        | Kind::Datastore
        | Kind::Cache
        | Kind::Queue
        | Kind::Topic
        | Kind::ObjectStore => match component.replicas {
            Some(replicas) if replicas.count <= replicas.need => Level::Instance,
            _ => Level::Component,
        },
    }
}
