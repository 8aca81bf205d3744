//! Entity references: `[kind:][namespace/]name`, or the same as a mapping. They do not tell upper from lower case.

use crate::parse::Node;
use std::fmt;

/// Parts longer than this are nobody's.
const LONGEST: usize = 253;

/// An entity by its full name, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Reference {
    /// `component`, `resource`, `api`, …; empty if neither the text nor the field says.
    pub kind: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl Reference {
    /// Reads a reference of a field with a default kind (empty for none) in an entity of a namespace.
    pub(super) fn read(node: &Node, kind: &str, namespace: &str) -> Option<Self> {
        let reference = match node.text() {
            Some(text) => Self::parse(text, kind, namespace),
            None => Self {
                kind: node.str("kind").unwrap_or(kind).to_lowercase(),
                namespace: node.str("namespace").unwrap_or(namespace).to_lowercase(),
                name: node.str("name")?.to_lowercase(),
            },
        };
        let whole = [&reference.kind, &reference.namespace, &reference.name];
        (!reference.name.is_empty() && whole.iter().all(|part| part.len() <= LONGEST)).then_some(reference)
    }

    fn parse(text: &str, kind: &str, namespace: &str) -> Self {
        let text = text.trim();
        let (kind, rest) = text.split_once(':').unwrap_or((kind, text));
        let (namespace, name) = rest.split_once('/').unwrap_or((namespace, rest));
        let [kind, namespace, name] = [kind, namespace, name].map(str::to_lowercase);
        Self { kind, namespace, name }
    }

    /// The same entity if it is of another kind.
    pub(super) fn of_kind(&self, kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..self.clone() }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.kind.is_empty() {
            write!(f, "{}:", self.kind)?;
        }
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::Reference;

    /// What a reference leaves out comes from its field and its entity.
    #[test]
    fn references() {
        for (text, expected) in [
            ("cart", "component:shop/cart"),
            ("Resource:Orders-DB", "resource:shop/orders-db"),
            ("other/cart", "component:other/cart"),
            ("api:other/Cart", "api:other/cart"),
            ("user:guest", "user:shop/guest"),
        ] {
            assert_eq!(Reference::parse(text, "component", "shop").to_string(), expected, "{text}");
        }
        assert_eq!(Reference::parse("cart", "", "shop").to_string(), "shop/cart");
    }
}
