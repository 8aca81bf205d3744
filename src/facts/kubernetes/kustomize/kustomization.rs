//! A kustomization file, and which documents are one.

use crate::facts::kubernetes::object::Object;
use crate::parse::Node;
use crate::source::{folder_of, join};
use std::sync::Arc;

/// Names that kustomize looks for in a folder.
pub(super) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// A kustomization, or a component: a part of one that works on what it is included into.
#[derive(Clone, Debug)]
pub struct Kustomization {
    /// The folder of its file, as reported; empty for the working directory.
    pub folder: Arc<str>,
    /// The whole document.
    pub node: Node,
    /// What kustomize itself makes of it, if it was asked.
    pub rendered: Option<Vec<Object>>,
}

impl Kustomization {
    pub(in crate::facts::kubernetes) fn new(node: Node) -> Self {
        Self { folder: join(folder_of(node.file()), ".").into(), node, rendered: None }
    }

    /// Whether it is a component.
    pub(super) fn is_component(&self) -> bool {
        self.node.str("kind") == Some("Component")
    }

    /// A path that it names, as reported.
    pub(super) fn path(&self, relative: &str) -> String {
        join(&self.folder, relative)
    }

    /// The items of one of its lists.
    pub(super) fn list(&self, key: &str) -> &[Node] {
        self.node.get(key).map(Node::items).unwrap_or_default()
    }

    /// Everything that it includes, with whether it works on what is there already.
    pub(super) fn includes(&self) -> impl Iterator<Item = (&Node, bool)> {
        let resources = self.list("resources").iter().chain(self.list("bases")).map(|node| (node, false));
        resources.chain(self.list("components").iter().map(|node| (node, true)))
    }

    /// Files that it uses for something other than whole objects: they are no manifests of their own.
    pub(super) fn parts(&self) -> Vec<String> {
        let mut parts: Vec<&str> = Vec::new();
        for key in ["patchesStrategicMerge", "transformers", "generators", "configurations", "crds"] {
            parts.extend(self.list(key).iter().filter_map(Node::text).filter(|text| !text.contains('\n')));
        }
        for key in ["patches", "patchesJson6902", "replacements"] {
            parts.extend(self.list(key).iter().filter_map(|patch| patch.str("path")));
        }
        for key in ["configMapGenerator", "secretGenerator"] {
            for generator in self.list(key) {
                let files = generator.get("files").map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
                parts.extend(files.map(|file| file.split_once('=').map_or(file, |(_, path)| path)));
            }
        }
        parts.into_iter().map(|part| self.path(part)).collect()
    }
}

/// Whether a document is a kustomization: by its group, or by the name of its file where it states no kind. Flux's
/// resource of the same kind is none.
pub(in crate::facts::kubernetes) fn is_kustomization(node: &Node) -> bool {
    if node.entries().is_empty() {
        return false;
    }
    match (node.str("apiVersion"), node.str("kind")) {
        (Some(api_version), kind) if api_version.starts_with("kustomize.config.k8s.io/") => {
            matches!(kind, None | Some("Kustomization" | "Component"))
        }
        (None, None | Some("Kustomization")) => {
            FILE_NAMES.contains(&node.file().rsplit_once('/').map_or(&**node.file(), |(_, name)| name))
        }
        _ => false,
    }
}
