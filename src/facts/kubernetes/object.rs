//! One API object, and which documents hold some.

use super::kustomize::{self, Kustomization};
use super::role::{self, Role};
use super::template;
use crate::parse::Node;
use crate::source::Problem;
use std::sync::Arc;

/// One API object that linchpin reads; keeps its tree (cheap: trees are shared).
#[derive(Clone, Debug)]
pub struct Object {
    /// API group; empty for the core group.
    pub group: Arc<str>,
    /// API version within the group.
    pub version: Arc<str>,
    /// Kind.
    pub kind: Arc<str>,
    /// Namespace as written; see [`Object::namespace`].
    pub namespace: Option<Arc<str>>,
    /// Name; empty in patches that need none, which are never linked.
    pub name: Arc<str>,
    /// The whole object.
    pub node: Node,
    /// What the object is to us.
    pub(super) role: Role,
}

impl Object {
    /// The file that the object stands in.
    pub fn file(&self) -> &Arc<str> {
        self.node.file()
    }

    /// The namespace that the object lives in: `default` unless it says otherwise.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or("default")
    }

    /// The node of the name, for its place; the object itself if it has none.
    pub(super) fn name_node(&self) -> &Node {
        self.node.path(&["metadata", "name"]).unwrap_or(&self.node)
    }

    /// `Kind namespace/name`, for messages.
    pub(super) fn title(&self) -> String {
        format!("{} {}/{}", self.kind, self.namespace(), self.name)
    }

    /// An object of a tree whose apiVersion and kind are known.
    fn new(api_version: &str, kind: &str, node: &Node, role: Role) -> Result<Self, Problem> {
        let metadata = node.get("metadata");
        if let Some(metadata) = metadata.filter(|m| !m.is_null() && m.entries().is_empty()) {
            let reason = format!("metadata of {kind} is {}, not a mapping", metadata.sort());
            return Err(Problem::new(metadata.at(), reason).remedy("give it a name under metadata"));
        }
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
        let text = |key| metadata.and_then(|m| m.str(key)).filter(|t| !t.is_empty());
        // A generated name is a prefix to which the cluster adds random letters.
        let name = text("name").or_else(|| text("generateName").map(|n| n.trim_end_matches('-')));
        Ok(Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            namespace: text("namespace").map(Into::into),
            name: name.unwrap_or_default().into(),
            node: node.clone(),
            role,
        })
    }
}

/// What a document with apiVersion and kind is to us.
#[derive(Debug)]
pub enum Reading {
    /// Objects: one, or those of a list or dump, with what was wrong with other items of that list.
    Objects(Vec<Object>, Vec<Problem>),
    /// A kustomization, or a component of one.
    Kustomization(Kustomization),
    /// Nothing that bears on dependencies; the reason has a stable wording, so that it can be counted.
    Ignored(String),
    /// It has the shape of an object and is none.
    Failed(Problem),
}

/// Whether a document is Kubernetes': it has an apiVersion and kind of Kubernetes' shape, or is a kustomization.
pub fn recognises(node: &Node) -> bool {
    kustomize::is_kustomization(node) || identity(node).is_some()
}

/// Reads a document that [`recognises`] accepts. `kind: List`, typed lists, `kubectl` dumps and
/// OpenShift's templates give all their items.
pub fn read(node: &Node) -> Reading {
    if kustomize::is_kustomization(node) {
        return Reading::Kustomization(Kustomization::new(node.clone()));
    }
    let Some((api_version, kind)) = identity(node) else {
        return Reading::Ignored("no Kubernetes object".to_owned());
    };
    if let Some(element) = kind.strip_suffix("List")
        && (element.is_empty() || node.get("items").is_some())
    {
        let items = node.get("items").map(Node::items).unwrap_or_default();
        return read_items(items, api_version, element, Vec::new());
    }
    if template::is_template(group(api_version), kind) {
        let (objects, problems) = template::process(node);
        return read_items(&objects, "", "", problems);
    }
    match role::of(group(api_version), kind) {
        Err(reason) => Reading::Ignored(reason),
        Ok(role) => match Object::new(api_version, kind, node, role) {
            Ok(object) => Reading::Objects(vec![object], Vec::new()),
            Err(problem) => Reading::Failed(problem),
        },
    }
}

/// The items of a list; those of a typed list need not repeat the list's apiVersion and kind.
fn read_items(items: &[Node], api_version: &str, element: &str, mut problems: Vec<Problem>) -> Reading {
    let mut objects = Vec::new();
    for item in items {
        match identity(item).or((!element.is_empty()).then_some((api_version, element))) {
            Some((_, kind)) if kind.ends_with("List") && item.get("items").is_some() => match read(item) {
                Reading::Objects(more, wrong) => {
                    objects.extend(more);
                    problems.extend(wrong);
                }
                Reading::Failed(problem) => problems.push(problem),
                Reading::Kustomization(_) | Reading::Ignored(_) => {}
            },
            Some((api_version, kind)) => {
                if let Ok(role) = role::of(group(api_version), kind) {
                    match Object::new(api_version, kind, item, role) {
                        Ok(object) => objects.push(object),
                        Err(problem) => problems.push(problem),
                    }
                }
            }
            None => problems.push(
                Problem::new(item.at(), "a list item is no Kubernetes object")
                    .remedy("give it an apiVersion and a kind"),
            ),
        }
    }
    if objects.is_empty() && problems.is_empty() {
        return Reading::Ignored("List: nothing in it carries a dependency".to_owned());
    }
    Reading::Objects(objects, problems)
}

fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

/// apiVersion and kind, if they have Kubernetes' shape and are no other tool's.
fn identity(node: &Node) -> Option<(&str, &str)> {
    let (api_version, kind) = (node.str("apiVersion")?, node.str("kind")?);
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let shaped = version.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    // Kinds begin with a capital letter, but for one operator's.
    let named = kind.starts_with(|c: char| c.is_ascii_uppercase()) || super::operator::reads(group, kind);
    (shaped && !matches!(group, "linchpin" | "backstage.io") && named).then_some((api_version, kind))
}
