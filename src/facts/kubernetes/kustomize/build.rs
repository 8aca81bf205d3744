//! From a kustomization to the objects that it deploys: what it includes, patched, generated and transformed in
//! kustomize's own order.

use super::kustomization::{FILE_NAMES, Kustomization};
use super::target::Target;
use super::{generate, json_patch, merge, rename, transform};
use crate::facts::Facts;
use crate::facts::kubernetes::object::{self, Object, Reading};
use crate::parse::{Node, Outcome, Value, documents};
use crate::source::{Files, Location, Problem};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Longest chain of inclusions.
const DEPTH: usize = 64;

/// Most inclusions that one run follows: a base that includes another one twice, and so on, doubles at every step.
const INCLUSIONS: usize = 20_000;

/// Kustomize's features that change objects in ways that are not followed here.
pub(super) const NOT_APPLIED: [&str; 6] =
    ["replacements", "vars", "transformers", "generators", "helmCharts", "helmChartInflationGenerator"];

/// An object on its way, with the names that it had before: patches may use any of them.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    pub object: Object,
    pub former: Vec<Arc<str>>,
}

impl Resource {
    pub(super) fn new(object: Object) -> Self {
        Self { object, former: Vec::new() }
    }

    /// Whether it has or had a name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        &*self.object.name == name || self.former.iter().any(|former| &**former == name)
    }
}

/// Builds kustomizations and keeps account of the files that they use.
pub(super) struct Builder<'a> {
    by_folder: &'a BTreeMap<Arc<str>, Kustomization>,
    by_file: &'a BTreeMap<Arc<str>, Vec<Object>>,
    files: &'a dyn Files,
    reached_folders: BTreeSet<Arc<str>>,
    reached_files: BTreeSet<Arc<str>>,
    files_used: BTreeSet<Arc<str>>,
    problems: Vec<Problem>,
    inclusions: usize,
}

impl<'a> Builder<'a> {
    pub(super) fn new(
        by_folder: &'a BTreeMap<Arc<str>, Kustomization>,
        by_file: &'a BTreeMap<Arc<str>, Vec<Object>>,
        files: &'a dyn Files,
    ) -> Self {
        Self {
            by_folder,
            by_file,
            files,
            reached_folders: BTreeSet::new(),
            reached_files: BTreeSet::new(),
            files_used: BTreeSet::new(),
            problems: Vec::new(),
            inclusions: 0,
        }
    }

    /// Whether a kustomization was built, as a root or as a part of one.
    pub(super) fn is_reached(&self, folder: &str) -> bool {
        self.reached_folders.contains(folder)
    }

    /// The objects of a root.
    pub(super) fn build(&mut self, root: &Kustomization) -> Vec<Object> {
        let mut resources = Vec::new();
        let problems = self.problems.len();
        self.add(root, &mut Vec::new(), &mut resources);
        if let Some(objects) = &root.rendered {
            // What is not followed here was followed there.
            self.problems.truncate(problems);
            return objects.clone();
        }
        resources.into_iter().map(|r| r.object).collect()
    }

    /// Hands over problems and files; gives the files that are part of some kustomization.
    pub(super) fn finish(self, facts: &mut Facts) -> BTreeSet<Arc<str>> {
        facts.problems.extend(self.problems);
        facts.files_used.extend(self.files_used);
        self.reached_files
    }

    /// Adds what a kustomization deploys to `resources`. A component works on all that is there, any other
    /// kustomization on its own objects only.
    fn add(&mut self, kustomization: &Kustomization, chain: &mut Vec<Arc<str>>, resources: &mut Vec<Resource>) {
        let folder = &kustomization.folder;
        self.inclusions += 1;
        if chain.contains(folder) || chain.len() >= DEPTH || self.inclusions > INCLUSIONS {
            let reason =
                if chain.contains(folder) { "kustomizations include each other" } else { "too many inclusions" };
            self.problem(kustomization.node.at(), reason, "break the circle");
            return;
        }
        self.reached_folders.insert(folder.clone());
        self.reached_files.insert(kustomization.node.file().clone());
        self.reached_files.extend(kustomization.parts().into_iter().map(Into::into));
        chain.push(folder.clone());
        if kustomization.is_component() {
            self.layer(kustomization, chain, resources);
        } else {
            let mut own = Vec::new();
            self.layer(kustomization, chain, &mut own);
            append(resources, own);
        }
        chain.pop();
    }

    fn layer(&mut self, kustomization: &Kustomization, chain: &mut Vec<Arc<str>>, resources: &mut Vec<Resource>) {
        for (node, _) in kustomization.includes() {
            self.include(kustomization, node, chain, resources);
        }
        generate::apply(kustomization, self, resources);
        self.patches(kustomization, resources);
        transform::apply(kustomization, resources);
        rename::apply(kustomization, resources);
        transform::replicas(kustomization, resources);
        for key in NOT_APPLIED {
            if let Some(node) = kustomization.node.key(key) {
                let remedy = format!("kustomize build {} | linchpin scan -m -", kustomization.folder);
                self.problem(node.at(), &format!("kustomize's {key} are not applied"), &remedy);
            }
        }
    }

    fn include(
        &mut self,
        kustomization: &Kustomization,
        node: &Node,
        chain: &mut Vec<Arc<str>>,
        resources: &mut Vec<Resource>,
    ) {
        let Some(entry) = node.text() else {
            return self.problem(
                node.at(),
                &format!("a resource is {}, not a path", node.sort()),
                "name a file or folder",
            );
        };
        if is_remote(entry) {
            let remedy = format!("kustomize build {} | linchpin scan -m -", kustomization.folder);
            return self.problem(node.at(), "a remote base is not fetched", &remedy);
        }
        let path = kustomization.path(entry);
        let by_folder = self.by_folder;
        if let Some(included) = by_folder.get(&*path).cloned().or_else(|| self.undiscovered(&path)) {
            return self.add(&included, chain, resources);
        }
        match self.objects(&path) {
            Some(objects) => append(resources, objects.into_iter().map(Resource::new).collect()),
            None => self.problem(
                node.at(),
                &format!("{path} is not there"),
                "correct the path, or scan a folder that holds it",
            ),
        }
    }

    /// A kustomization outside the scanned folders.
    fn undiscovered(&mut self, folder: &str) -> Option<Kustomization> {
        let paths = FILE_NAMES.map(|name| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
        let file = paths.into_iter().find(|path| self.files.is_file(path))?;
        let node = self.trees(&file)?.into_iter().find(super::is_kustomization)?;
        self.files_used.insert(file.into());
        Some(Kustomization::new(node))
    }

    /// The objects of a file; nothing if there is no such file.
    fn objects(&mut self, path: &str) -> Option<Vec<Object>> {
        self.reached_files.insert(path.into());
        if let Some(objects) = self.by_file.get(path) {
            return Some(objects.clone());
        }
        let mut objects = Vec::new();
        for node in self.trees(path)?.iter().filter(|node| object::recognises(node)) {
            match object::read(node) {
                Reading::Objects(more, problems) => {
                    objects.extend(more);
                    self.problems.extend(problems);
                }
                Reading::Failed(problem) => self.problems.push(problem),
                Reading::Kustomization(_) | Reading::Ignored(_) => {}
            }
        }
        if !objects.is_empty() {
            self.files_used.insert(path.into());
        }
        Some(objects)
    }

    /// The documents of a file. Those that cannot be read are the business of whoever discovered the file.
    fn trees(&self, path: &str) -> Option<Vec<Node>> {
        let text = self.files.read(path)?;
        Some(trees(&path.into(), &text))
    }

    /// The text of a file that a generator names.
    pub(super) fn text(
        &mut self,
        kustomization: &Kustomization,
        node: &Node,
        relative: &str,
    ) -> Option<(Arc<str>, Arc<str>)> {
        let path: Arc<str> = kustomization.path(relative).into();
        let text = self.files.read(&path);
        if text.is_none() {
            self.problem(
                node.at(),
                &format!("{path} is not there"),
                "correct the path, or scan a folder that holds it",
            );
        }
        self.files_used.extend(text.is_some().then(|| path.clone()));
        Some((path, text?))
    }

    fn patches(&mut self, kustomization: &Kustomization, resources: &mut Vec<Resource>) {
        for key in ["patchesStrategicMerge", "patches", "patchesJson6902"] {
            for patch in kustomization.list(key) {
                let (source, target) = match patch.text() {
                    // A bare path, or the patch itself in a block.
                    Some(text) if text.contains('\n') => (inline(patch, text), None),
                    Some(path) => (self.patch_file(kustomization, patch, path), None),
                    None => match (patch.get("patch"), patch.str("path")) {
                        (Some(block), _) => (inline(block, block.text().unwrap_or_default()), patch.get("target")),
                        (None, Some(path)) => (self.patch_file(kustomization, patch, path), patch.get("target")),
                        (None, None) => (Vec::new(), None),
                    },
                };
                for tree in source {
                    self.patch(&tree, target, resources);
                }
            }
        }
    }

    fn patch_file(&mut self, kustomization: &Kustomization, node: &Node, relative: &str) -> Vec<Node> {
        let path = kustomization.path(relative);
        self.reached_files.insert(path.as_str().into());
        let objects = self.by_file.get(&*path);
        let trees = self.trees(&path).or_else(|| Some(objects?.iter().map(|o| o.node.clone()).collect()));
        if trees.is_some() && objects.is_none() {
            self.files_used.insert(path.as_str().into());
        }
        trees.unwrap_or_else(|| {
            self.problem(
                node.at(),
                &format!("{path} is not there"),
                "correct the path, or scan a folder that holds it",
            );
            Vec::new()
        })
    }

    /// Applies one patch to everything that its target, or its own name, selects.
    fn patch(&mut self, patch: &Node, target: Option<&Node>, resources: &mut Vec<Resource>) {
        let operations = matches!(patch.value(), Value::Sequence(_));
        let target = match target.map(Target::of) {
            Some(Ok(target)) => target,
            Some(Err(problem)) => return self.problems.push(problem),
            None if operations => return,
            None => Target::named_in(patch),
        };
        let mut patched = Vec::with_capacity(resources.len());
        for mut resource in std::mem::take(resources) {
            if target.selects(&resource) {
                let node = &resource.object.node;
                let result = if operations {
                    json_patch::apply(node, patch).map(Some).unwrap_or_else(|problem| {
                        self.problems.push(problem);
                        Some(node.clone())
                    })
                } else {
                    merge::patch(&resource.object, patch)
                };
                let Some(node) = result else { continue };
                resource.object.node = node;
            }
            patched.push(resource);
        }
        *resources = patched;
    }

    fn problem(&mut self, at: Location, reason: &str, remedy: &str) {
        self.problems.push(Problem::new(at, reason).remedy(remedy));
    }
}

/// Adds resources; of two with one identity the later one wins, as kustomize would refuse them.
fn append(resources: &mut Vec<Resource>, more: Vec<Resource>) {
    if resources.is_empty() {
        *resources = more;
        return;
    }
    let new: FxHashSet<_> = more.iter().map(|r| identity(&r.object)).collect();
    resources.retain(|r| !new.contains(&identity(&r.object)));
    drop(new);
    resources.extend(more);
}

fn identity(object: &Object) -> (&str, &str, Option<&str>, &str) {
    (&object.group, &object.kind, object.namespace.as_deref(), &object.name)
}

pub(super) fn is_remote(entry: &str) -> bool {
    entry.contains("://") || entry.contains("?ref=") || entry.starts_with("git@") || entry.starts_with("github.com/")
}

fn trees(file: &Arc<str>, text: &str) -> Vec<Node> {
    let outcomes = documents(file, text).into_iter().map(|d| d.outcome);
    outcomes.filter_map(|o| if let Outcome::Tree(node) = o { Some(node) } else { None }).collect()
}

/// The documents inside a block, at the lines where they stand.
fn inline(block: &Node, text: &str) -> Vec<Node> {
    let offset = block.at_text_line(0).line.saturating_sub(1);
    trees(block.file(), text).into_iter().map(|tree| super::tree::moved_down(&tree, offset)).collect()
}
