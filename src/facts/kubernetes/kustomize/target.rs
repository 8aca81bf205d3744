//! Which objects a kustomize patch is for.

use super::build::Resource;
use crate::parse::Node;
use crate::source::Problem;

/// What a patch is for.
pub(super) struct Target<'a> {
    group: Option<&'a str>,
    kind: Option<Pattern<'a>>,
    name: Option<Pattern<'a>>,
    namespace: Option<Pattern<'a>>,
    labels: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// What the `target` of a patch says.
    pub(super) fn of(node: &'a Node) -> Result<Self, Problem> {
        let pattern = |key| node.get(key).and_then(|n| Some((n, n.text().filter(|t| !t.is_empty())?)));
        let pattern = |key| pattern(key).map(|(n, text)| Pattern::of(n, text)).transpose();
        Ok(Self {
            group: node.str("group").filter(|g| !g.is_empty()),
            kind: pattern("kind")?,
            name: pattern("name")?,
            namespace: pattern("namespace")?,
            labels: node.str("labelSelector"),
        })
    }

    /// The target of a strategic merge patch: the object that it says it is.
    pub(super) fn named_in(patch: &'a Node) -> Self {
        let group = patch.str("apiVersion").and_then(|v| v.rsplit_once('/')).map(|(group, _)| group);
        let metadata = patch.get("metadata");
        let exact = |text: Option<&'a str>| text.map(|t| Pattern(vec![vec![t]]));
        Self {
            group,
            kind: exact(patch.str("kind")),
            // Without a name it is for nothing, rather than for everything.
            name: exact(Some(metadata.and_then(|m| m.str("name")).unwrap_or_default())),
            namespace: exact(metadata.and_then(|m| m.str("namespace"))),
            labels: None,
        }
    }

    /// Whether a resource is meant.
    pub(super) fn selects(&self, resource: &Resource) -> bool {
        let object = &resource.object;
        let labels = |selector: &str| {
            let labels = object.node.path(&["metadata", "labels"]);
            selector.split(',').all(|pair| match pair.split_once('=') {
                Some((key, value)) => {
                    let value = value.trim_start_matches('=').trim();
                    labels.and_then(|l| l.str(key.trim())) == Some(value)
                }
                None => labels.and_then(|l| l.get(pair.trim())).is_some(),
            })
        };
        self.group.is_none_or(|group| *object.group == *group)
            && self.kind.as_ref().is_none_or(|p| p.matches(&object.kind))
            && self.namespace.as_ref().is_none_or(|p| p.matches(object.namespace()))
            && self
                .name
                .as_ref()
                .is_none_or(|p| p.matches(&object.name) || resource.former.iter().any(|former| p.matches(former)))
            && self.labels.is_none_or(labels)
    }
}

/// An anchored pattern of a patch target: alternatives of literals with `.*` between them. That is what people write of
/// regular expressions here.
struct Pattern<'a>(Vec<Vec<&'a str>>);

impl<'a> Pattern<'a> {
    fn of(node: &Node, text: &'a str) -> Result<Self, Problem> {
        let body = text.trim_start_matches('^').trim_end_matches('$');
        let body = body.strip_prefix('(').and_then(|b| b.strip_suffix(')')).unwrap_or(body);
        let alternatives: Vec<Vec<&str>> = body.split('|').map(|a| a.split(".*").collect()).collect();
        let special = |c: char| "[](){}*+?^$\\|".contains(c);
        if alternatives.iter().flatten().any(|literal| literal.contains(special)) {
            return Err(Problem::new(node.at(), "the pattern of this patch target is not understood")
                .remedy("only names, `.*` and `|` are; or scan the output of kustomize build"));
        }
        Ok(Self(alternatives))
    }

    fn matches(&self, text: &str) -> bool {
        self.0.iter().any(|literals| {
            let [first, .., last] = literals.as_slice() else { return literals.first() == Some(&text) };
            let Some(inner) = text.strip_prefix(first).and_then(|t| t.strip_suffix(last)) else { return false };
            let mut rest = inner;
            literals[1..literals.len() - 1].iter().all(|literal| match rest.find(literal) {
                Some(i) => {
                    rest = &rest[i + literal.len()..];
                    true
                }
                None => false,
            })
        })
    }
}
