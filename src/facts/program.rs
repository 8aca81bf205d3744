use super::{Evidence, Key};
use crate::source::Location;
use std::fmt;
use std::sync::Arc;

/// What runs in a component, as far as the platform's manifest says it: what readers of application configuration
/// need to know to find the component that a file configures, and what overrules the file.
#[derive(Clone)]
pub struct Program {
    /// The component.
    pub key: Key,
    /// Other names of it.
    pub names: Vec<Arc<str>>,
    /// Its labels, as keys and values.
    pub labels: Vec<(Arc<str>, Arc<str>)>,
    /// Last part of the name of the image that it runs: `orders` of `registry.example.com/shop/orders:1.2`.
    pub image: Option<Arc<str>>,
    /// Folders that the image is built from, the most telling one first.
    pub contexts: Vec<Arc<str>>,
    /// The most instances that there will be without a rollout's surge, if that is known.
    pub most: Option<u32>,
    /// Its environment. Values may be secrets: they are read for settings that are known to be none.
    pub environment: Vec<Variable>,
    /// Words of its command line.
    pub arguments: Vec<Arc<str>>,
    /// Files that it mounts.
    pub files: Vec<MountedFile>,
    /// Where it stands.
    pub evidence: Evidence,
}

/// A variable of a program's environment.
#[derive(Clone)]
pub struct Variable {
    /// Its name.
    pub name: Arc<str>,
    /// Its value.
    pub value: Arc<str>,
    /// Where it is set.
    pub evidence: Evidence,
}

/// A configuration file that a program mounts.
#[derive(Clone)]
pub struct MountedFile {
    /// Its name.
    pub name: Arc<str>,
    /// Its text.
    pub text: Arc<str>,
    /// Place of its first line.
    pub at: Location,
}

impl Program {
    /// A program of which nothing is known but whose it is.
    pub fn new(key: Key, evidence: Evidence) -> Self {
        Self {
            key,
            names: Vec::new(),
            labels: Vec::new(),
            image: None,
            contexts: Vec::new(),
            most: None,
            environment: Vec::new(),
            arguments: Vec::new(),
            files: Vec::new(),
            evidence,
        }
    }

    /// A variable by its exact name.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().find(|v| &*v.name == name)
    }

    /// Whether it answers to a name: its component's, one of its others', or its image's.
    pub fn is_called(&self, name: &str) -> bool {
        let own = [&self.key.name].into_iter().chain(&self.names).chain(&self.image);
        own.into_iter().any(|known| known.eq_ignore_ascii_case(name))
    }
}

/// Values may be secrets, so only names are shown.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variables: Vec<&str> = self.environment.iter().map(|v| &*v.name).collect();
        f.debug_struct("Program").field("key", &self.key).field("environment", &variables).finish_non_exhaustive()
    }
}

impl fmt::Debug for MountedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MountedFile").field("name", &self.name).field("at", &self.at).finish_non_exhaustive()
    }
}
