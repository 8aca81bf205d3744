//! What if: a graph with some things changed is another graph.
//!
//! A change is written as `soft(frontend->ads)` ([`parse`]), names components of one graph ([`Change::resolve`]), and
//! makes another one of it ([`apply`]). Everything is then computed again, by the same code.

mod apply;
mod draft;
mod parse;

pub use apply::{ApplyError, apply, apply_all};
pub use parse::{GRAMMAR, ParseError, parse, parse_without};

use super::{ComponentId, Graph, Kind, LookupError, lookup};
use std::sync::Arc;
use thiserror::Error;

/// One change. `C` is how components are named: by text as somebody wrote it, or by their ids in a graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<C = ComponentId> {
    /// It runs so many instances.
    Replicas(C, u32),
    /// So many of its instances must work.
    Need(C, u32),
    /// Its instances are spread over these domains of a kind: nodes, zones or regions. They need not exist yet.
    Spread(C, Kind, Vec<Arc<str>>),
    /// One more dependency, hard, at run time.
    Add(C, C),
    /// The first goes on without the second.
    Soft(C, C),
    /// The first does not go on without the second.
    Hard(C, C),
    /// The third takes over for the first when the second fails.
    Fallback(C, C, C),
    /// A second one of it, on other machines and in other zones and with copies of the volumes that are its alone,
    /// takes over.
    Standby(C),
    /// Each of its dependents gets one of its own.
    Split(C),
    /// It is not there.
    Remove(C),
    /// The first does not depend on the second.
    Cut(C, C),
}

impl<C> Change<C> {
    /// The same change with its components named otherwise.
    fn try_map<D, E>(self, mut name: impl FnMut(C) -> Result<D, E>) -> Result<Change<D>, E> {
        Ok(match self {
            Change::Replicas(c, count) => Change::Replicas(name(c)?, count),
            Change::Need(c, need) => Change::Need(name(c)?, need),
            Change::Spread(c, kind, domains) => Change::Spread(name(c)?, kind, domains),
            Change::Add(a, b) => Change::Add(name(a)?, name(b)?),
            Change::Soft(a, b) => Change::Soft(name(a)?, name(b)?),
            Change::Hard(a, b) => Change::Hard(name(a)?, name(b)?),
            Change::Fallback(a, b, c) => Change::Fallback(name(a)?, name(b)?, name(c)?),
            Change::Standby(c) => Change::Standby(name(c)?),
            Change::Split(c) => Change::Split(name(c)?),
            Change::Remove(c) => Change::Remove(name(c)?),
            Change::Cut(a, b) => Change::Cut(name(a)?, name(b)?),
        })
    }
}

/// A component as a change names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// An id, a name, `namespace/name`, an alias or an unambiguous part of an id.
    pub text: String,
    /// The place of its first character in the change, from 1.
    pub at: usize,
}

/// A name in a change that means no component, or several.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("at character {at}: {error}")]
pub struct NameError {
    /// The place of the name in the change, from 1.
    at: usize,
    /// What is wrong with it.
    error: LookupError,
}

impl Change<Name> {
    /// The change in terms of a graph.
    ///
    /// # Errors
    /// If a name means no component of the graph, or several.
    pub fn resolve(self, graph: &Graph) -> Result<Change, NameError> {
        self.try_map(|name| lookup(graph, &name.text).map_err(|error| NameError { at: name.at, error }))
    }
}

impl Change {
    /// The change as it is written, with the ids of components: `replicas(service:shop/cart)=3`.
    pub fn text(&self, graph: &Graph) -> String {
        let id = |c: &ComponentId| graph.component(*c).id.clone();
        match self {
            Change::Replicas(c, count) => format!("replicas({})={count}", id(c)),
            Change::Need(c, need) => format!("need({})={need}", id(c)),
            Change::Spread(c, kind, domains) => format!("{kind}s({})={}", id(c), domains.join(",")),
            Change::Add(a, b) => format!("add({}->{})", id(a), id(b)),
            Change::Soft(a, b) => format!("soft({}->{})", id(a), id(b)),
            Change::Hard(a, b) => format!("hard({}->{})", id(a), id(b)),
            Change::Fallback(a, b, c) => format!("fallback({}->{})={}", id(a), id(b), id(c)),
            Change::Standby(c) => format!("standby({})", id(c)),
            Change::Split(c) => format!("split({})", id(c)),
            Change::Remove(c) => format!("without {}", id(c)),
            Change::Cut(a, b) => format!("without {}->{}", id(a), id(b)),
        }
    }
}
