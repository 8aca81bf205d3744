use super::{Evidence, Key};
use std::sync::Arc;

/// Who answers to a host name.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// These components; of several, any one will do.
    Components(Vec<Key>),
    /// Another host (a Kubernetes ExternalName, a mesh's ServiceEntry endpoint).
    Host(Arc<str>),
    /// Nobody: the name is there, but its selector matches nothing.
    Nobody,
}

/// A host name that components of a scope can use.
#[derive(Clone, Debug, PartialEq)]
pub struct NameFact {
    /// The scope in which it is known.
    pub scope: Arc<str>,
    /// The namespace whose members may use the bare name; `None` if the whole scope may (whole host names).
    pub namespace: Option<Arc<str>>,
    /// The name in lower case: `cart`, or a whole host such as `cart.example.com`.
    pub name: Arc<str>,
    /// Who answers.
    pub answer: Answer,
    /// Where it is said.
    pub evidence: Evidence,
}
