//! What each format means: documents to facts with their evidence.
//!
//! A reader knows one platform. It turns documents into [`Facts`] and never looks at the graph: names stay names here,
//! the graph resolves them. Everything a reader learnt carries [`Evidence`].

pub mod address;
mod audience;
pub mod backstage;
mod block;
mod call_policy;
pub mod cloud;
mod component;
pub mod compose;
mod dependency;
pub mod grpc;
mod key;
mod kong;
pub mod kubernetes;
mod name;
pub mod native;
mod policy;
pub mod pools;
mod program;
mod proxy;
pub mod read;
mod shape;
pub mod spring;
pub mod statements;
pub mod traces;

pub use call_policy::{CallPolicy, Callers, Calls, PlatformAssumption, Providers, Rank};
pub use component::{Apart, Assumable, Bond, ComponentFact, EntryFact, EntryOrigin, Scheduler, Settings, Spread};
pub use dependency::{Confidence, Criticality, DependencyFact, Group, Interaction, Plane, Target};
pub use key::{Class, Key, Kind, NATIVE};
pub use name::{Answer, NameFact};
pub use policy::{Layer, Origin, Retried, RetryLayer, TimeoutOrigin};
pub use program::{MountedFile, Program, Variable};

use crate::source::{Location, Problem};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Where something was learnt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// Place of the value itself, as exact as the reader can.
    pub at: Location,
    /// The field that said it: `env.CART_ADDR`, `spec.replicas`, `depends_on`. Never a value that could be a secret.
    pub field: Arc<str>,
}

impl Evidence {
    /// Evidence at a place.
    pub fn new(at: Location, field: impl Into<Arc<str>>) -> Self {
        Self { at, field: field.into() }
    }
}

/// Something that a reader noticed and that is no component and no dependency, but a rule will want to know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Note {
    /// A selector that matches no workload (LP081).
    SelectorMatchesNothing {
        /// The world that it belongs to.
        scope: Arc<str>,
        /// What it belongs to: `Service shop/cart`.
        owner: String,
        /// The selector as text: `app=cart`.
        selector: String,
        /// Where it stands.
        evidence: Evidence,
    },
    /// A reference to something that the input would have to hold and does not (LP080).
    Dangling {
        /// Who refers.
        from: Option<Key>,
        /// To what, in words: `ConfigMap shop/settings`.
        target: String,
        /// Where it stands.
        evidence: Evidence,
    },
    /// A probe of a component asks another one: what is slow or down there restarts or hides what is healthy here
    /// (LP034).
    ProbeAsks {
        /// Whose probe.
        from: Key,
        /// Which one: `livenessProbe`, `readinessProbe`, `startupProbe`.
        probe: Arc<str>,
        /// The host that it asks.
        host: Arc<str>,
        /// Where it stands.
        evidence: Evidence,
    },
    /// A Compose service refers to another with which it shares no network.
    Unreachable {
        /// Who refers.
        from: Key,
        /// To whom.
        to: Key,
        /// Where it stands.
        evidence: Evidence,
    },
}

/// All that the readers learnt from manifests.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Things that can fail.
    pub components: Vec<ComponentFact>,
    /// Who needs whom, targets not resolved yet.
    pub dependencies: Vec<DependencyFact>,
    /// What platforms and libraries do with calls.
    pub policies: Vec<CallPolicy>,
    /// What readers take for granted of platforms beside policies, and where it matters.
    pub assumptions: Vec<(Arc<PlatformAssumption>, Evidence)>,
    /// What runs in components, for readers of the configuration that it carries.
    pub programs: Vec<Program>,
    /// Host names and who answers to them.
    pub names: Vec<NameFact>,
    /// Namespaces that the input holds, as (scope, namespace): an address in one of these must resolve.
    pub namespaces: BTreeSet<(Arc<str>, Arc<str>)>,
    /// What rules will want to know beside the graph.
    pub notes: Vec<Note>,
    /// What was wrong with the inputs.
    pub problems: Vec<Problem>,
    /// Files that were read because another file named them (`.env`, mounted configuration).
    pub files_used: BTreeSet<Arc<str>>,
    /// What traces saw.
    pub traces: Option<traces::Summary>,
}

impl Facts {
    /// Moves everything into another scope.
    pub fn rescope(&mut self, scope: &Arc<str>) {
        let rekey = |key: &mut Key| {
            if !key.scope.is_empty() {
                key.scope = scope.clone();
            }
        };
        for component in &mut self.components {
            rekey(&mut component.key);
        }
        for dependency in &mut self.dependencies {
            rekey(&mut dependency.from);
            if let Target::Component(key) = &mut dependency.to {
                rekey(key);
            }
        }
        for policy in &mut self.policies {
            policy.rescope(scope, &rekey);
        }
        for program in &mut self.programs {
            rekey(&mut program.key);
        }
        for name in &mut self.names {
            name.scope = scope.clone();
            if let Answer::Components(keys) = &mut name.answer {
                keys.iter_mut().for_each(rekey);
            }
        }
        self.namespaces = self.namespaces.iter().map(|(_, namespace)| (scope.clone(), namespace.clone())).collect();
        for note in &mut self.notes {
            match note {
                Note::Dangling { from: Some(key), .. } | Note::ProbeAsks { from: key, .. } => rekey(key),
                Note::Unreachable { from, to, .. } => [from, to].into_iter().for_each(rekey),
                Note::SelectorMatchesNothing { scope: of, .. } => *of = scope.clone(),
                Note::Dangling { from: None, .. } => {}
            }
        }
    }

    /// Adds what another reader learnt.
    pub fn merge(&mut self, other: Facts) {
        self.components.extend(other.components);
        self.dependencies.extend(other.dependencies);
        self.policies.extend(other.policies);
        self.assumptions.extend(other.assumptions);
        self.programs.extend(other.programs);
        self.names.extend(other.names);
        self.namespaces.extend(other.namespaces);
        self.notes.extend(other.notes);
        self.problems.extend(other.problems);
        self.files_used.extend(other.files_used);
        if let Some(summary) = other.traces {
            self.traces.get_or_insert_default().merge(summary);
        }
    }
}
