//! A Compose file with everything that it draws in: variables, `extends`, `include`.

use super::interpolate;
use super::model::Model;
use super::variables::{Reading, Variables};
use crate::parse::{Node, Outcome, documents};
use crate::source::{Files, Problem, beside, join};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// In which project a file is read: the same file included twice can mean two things.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// What its variables are.
    pub(super) variables: Arc<Variables>,
    /// What its relative paths are relative to.
    pub(super) folder: Arc<str>,
}

/// For each file, the project that it is read in.
pub(super) type Homes = BTreeMap<Arc<str>, Context>;

/// Reads files of one project.
pub(super) struct Loader<'a> {
    given: &'a BTreeMap<Arc<str>, Vec<Node>>,
    /// Where files beside the given ones come from.
    pub(super) source: &'a dyn Files,
    /// What was wrong.
    pub(super) problems: Vec<Problem>,
    /// Files that were read because another one names them.
    pub(super) files_used: BTreeSet<Arc<str>>,
    /// For each file, the project that it is read in.
    pub(super) homes: Homes,
    /// How many files were included, so that files that include each other twice cannot multiply without end.
    pub(super) included: usize,
    plain: FxHashMap<(Arc<str>, Arc<Variables>), Option<Model>>,
}

impl<'a> Loader<'a> {
    /// A reader of these files.
    pub(super) fn new(given: &'a BTreeMap<Arc<str>, Vec<Node>>, source: &'a dyn Files) -> Self {
        Self {
            given,
            source,
            problems: Vec::new(),
            files_used: BTreeSet::new(),
            homes: Homes::new(),
            included: 0,
            plain: FxHashMap::default(),
        }
    }

    /// For reading what stands beside the Compose files.
    pub(super) fn reading(&mut self) -> Reading<'_> {
        Reading { source: self.source, problems: &mut self.problems, files_used: &mut self.files_used }
    }

    /// A file with its extensions and inclusions. `trail` are the files that led here. `None` if there is no such file.
    pub(super) fn file(&mut self, path: &Arc<str>, context: &Context, trail: &mut Vec<Arc<str>>) -> Option<Model> {
        self.homes.entry(path.clone()).or_insert_with(|| context.clone());
        let mut model = self.plain(path, context)?;
        self.extend_services(path, &mut model, context);
        let Some(include) = model.include.take() else {
            return Some(model);
        };
        trail.push(path.clone());
        let included = self.include(&include, context, trail);
        trail.pop();
        Some(included.merged(model))
    }

    /// A file as it is written, with its variables replaced.
    pub(super) fn plain(&mut self, path: &Arc<str>, context: &Context) -> Option<Model> {
        let key = (path.clone(), context.variables.clone());
        if let Some(model) = self.plain.get(&key) {
            return model.clone();
        }
        let model = self.documents(path).map(|documents| {
            documents.iter().fold(Model::default(), |model, node| {
                let node = interpolate::tree(node, &context.variables, &mut self.problems);
                model.merged(Model::of(&node, &mut self.problems))
            })
        });
        self.plain.insert(key, model.clone());
        model
    }

    fn documents(&mut self, path: &Arc<str>) -> Option<Vec<Node>> {
        if let Some(nodes) = self.given.get(path) {
            return Some(nodes.clone());
        }
        let text = self.source.read(path)?;
        self.files_used.insert(path.clone());
        let mut nodes = Vec::new();
        for document in documents(path, &text) {
            match document.outcome {
                Outcome::Tree(node) => nodes.push(node),
                Outcome::Failed(problem) => self.problems.push(problem),
                Outcome::Empty | Outcome::Template(..) => {}
            }
            self.problems.extend(document.problems);
        }
        Some(nodes)
    }

    /// The path that a value names, relative to what its file's paths are relative to.
    pub(super) fn path(&self, node: &Node, relative: &str) -> Arc<str> {
        resolve(&self.homes, node, relative).into()
    }
}

/// The path that a value of a file names.
pub(super) fn resolve(homes: &Homes, node: &Node, relative: &str) -> String {
    match homes.get(node.file()) {
        Some(home) => join(&home.folder, relative),
        None => beside(node.file(), relative),
    }
}

/// Whether a path leads out of the tree: another host or a registry.
pub(super) fn is_remote(path: &str) -> bool {
    path.contains("://") || path.starts_with("git@") || path.starts_with("oci:")
}
