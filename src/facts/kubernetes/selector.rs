//! Labels and the selectors that match them.

use crate::parse::Node;
use std::collections::BTreeMap;
use std::fmt;

/// Labels of an object or pod template.
pub(super) type Labels = BTreeMap<String, String>;

/// The labels of a mapping; what is no text is no label.
pub(super) fn labels(node: Option<&Node>) -> Labels {
    let fields = node.into_iter().flat_map(Node::fields);
    fields.filter_map(|(key, _, value)| Some((key.to_owned(), value.text()?.to_owned()))).collect()
}

/// A selector: all of its requirements must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Selector {
    requirements: Vec<Requirement>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Requirement {
    key: String,
    operator: Operator,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Operator {
    In(Vec<String>),
    NotIn(Vec<String>),
    Exists,
    DoesNotExist,
}

impl Selector {
    /// The plain form of Services and ReplicationControllers: a mapping of labels.
    pub(super) fn plain(node: &Node) -> Self {
        let requirements = labels(Some(node))
            .into_iter()
            .map(|(key, value)| Requirement { key, operator: Operator::In(vec![value]) })
            .collect();
        Self { requirements }
    }

    /// The form with `matchLabels` and `matchExpressions`.
    pub(super) fn full(node: &Node) -> Self {
        let mut selector = node.get("matchLabels").map(Self::plain).unwrap_or_default();
        for expression in node.get("matchExpressions").map(Node::items).unwrap_or_default() {
            let values = || {
                let items = expression.get("values").map(Node::items).unwrap_or_default();
                items.iter().filter_map(|v| v.text().map(str::to_owned)).collect()
            };
            let operator = match expression.str("operator") {
                Some("In") => Operator::In(values()),
                Some("NotIn") => Operator::NotIn(values()),
                Some("Exists") => Operator::Exists,
                Some("DoesNotExist") => Operator::DoesNotExist,
                _ => continue,
            };
            if let Some(key) = expression.str("key") {
                selector.requirements.push(Requirement { key: key.to_owned(), operator });
            }
        }
        selector
    }

    /// Whether labels satisfy it. An empty selector is satisfied by everything.
    pub(super) fn matches(&self, labels: &Labels) -> bool {
        self.requirements.iter().all(|r| match (&r.operator, labels.get(&r.key)) {
            (Operator::In(values), Some(value)) => values.contains(value),
            (Operator::NotIn(values), Some(value)) => !values.contains(value),
            (Operator::Exists, label) => label.is_some(),
            (Operator::DoesNotExist, label) => label.is_none(),
            (Operator::In(_), None) => false,
            (Operator::NotIn(_), None) => true,
        })
    }

    /// Whether it asks for nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.requirements.is_empty()
    }

    /// Whether it asks for a label to be there, rather than only for others to be absent.
    pub(super) fn is_specific(&self) -> bool {
        self.requirements.iter().any(|r| matches!(r.operator, Operator::In(_) | Operator::Exists))
    }

    /// Labels that must have exactly one value, to look candidates up by.
    pub(super) fn equalities(&self) -> impl Iterator<Item = (&str, &str)> {
        self.requirements.iter().filter_map(|r| match &r.operator {
            Operator::In(values) => match values.as_slice() {
                [value] => Some((r.key.as_str(), value.as_str())),
                _ => None,
            },
            _ => None,
        })
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, Requirement { key, operator }) in self.requirements.iter().enumerate() {
            if i > 0 {
                f.write_str(",")?;
            }
            match operator {
                Operator::In(values) if values.len() == 1 => write!(f, "{key}={}", values.concat())?,
                Operator::In(values) => write!(f, "{key} in ({})", values.join(","))?,
                Operator::NotIn(values) => write!(f, "{key} notin ({})", values.join(","))?,
                Operator::Exists => write!(f, "{key}")?,
                Operator::DoesNotExist => write!(f, "!{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::{Outcome, documents};

    fn node(text: &str) -> Node {
        match documents(&"f.yaml".into(), text).remove(0).outcome {
            Outcome::Tree(node) => node,
            other => panic!("{other:?}"),
        }
    }

    /// Every operator of the selector grammar, against labels that have the key, lack it, or differ.
    #[test]
    fn selectors_match_as_kubernetes_does() {
        let labels = labels(Some(&node("{app: cart, tier: backend}")));
        for (selector, text, matches) in [
            ("{matchLabels: {app: cart}}", "app=cart", true),
            ("{matchLabels: {app: cart, tier: frontend}}", "app=cart,tier=frontend", false),
            ("{matchExpressions: [{key: app, operator: In, values: [a, cart]}]}", "app in (a,cart)", true),
            ("{matchExpressions: [{key: app, operator: NotIn, values: [cart]}]}", "app notin (cart)", false),
            ("{matchExpressions: [{key: zone, operator: NotIn, values: [x]}]}", "zone notin (x)", true),
            ("{matchExpressions: [{key: tier, operator: Exists}]}", "tier", true),
            ("{matchExpressions: [{key: zone, operator: In, values: [x]}]}", "zone=x", false),
            ("{matchExpressions: [{key: zone, operator: DoesNotExist}]}", "!zone", true),
            ("{matchExpressions: [{key: app, operator: [], values: 1}, 7]}", "", true),
            ("{}", "", true),
        ] {
            let selector = Selector::full(&node(selector));
            assert_eq!((selector.to_string().as_str(), selector.matches(&labels)), (text, matches));
        }
    }
}
