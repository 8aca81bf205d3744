//! A stack: resources that are deployed together and know each other by their ids.

use super::kinds::Sort;
use super::resource::Resource;
use crate::facts::{Class, Evidence, Key};
use crate::parse::Node;
use crate::source::folder_of;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A value that comes from outside, as a template declares it.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// It is the name of a setting in the parameter store, not the value itself.
    pub stored: bool,
    /// What it is unless somebody says otherwise.
    pub default: Option<Node>,
}

/// What a stack tells others.
#[derive(Clone, Debug)]
pub(super) struct Output {
    /// The value.
    pub value: Node,
    /// The name under which other stacks may import it.
    pub export: Option<Node>,
}

/// Which tool's rules hold where a file says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// CloudFormation, SAM.
    CloudFormation,
    /// The Serverless Framework.
    Serverless,
    /// Terraform.
    Terraform,
}

/// A stack.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    /// What it is called.
    pub name: Arc<str>,
    /// Its scope, unique in the input unless it is the same stack again.
    pub scope: Arc<str>,
    /// The file that declares it.
    pub file: Arc<str>,
    /// Which tool reads that file.
    pub tool: Tool,
    /// Its region, if the file says so.
    pub region: Option<(Arc<str>, Evidence)>,
    /// Its resources by id.
    pub resources: BTreeMap<Arc<str>, Resource>,
    /// Other ids of resources: those that a tool generates.
    pub ids: BTreeMap<Arc<str>, Arc<str>>,
    /// Values from outside.
    pub parameters: BTreeMap<Arc<str>, Parameter>,
    /// Tables of constants.
    pub mappings: Option<Node>,
    /// Conditions by name.
    pub conditions: Option<Node>,
    /// What it tells others, by name.
    pub outputs: BTreeMap<Arc<str>, Output>,
    /// The stack that deploys this one, and what it passes.
    pub parent: Option<(usize, Option<Node>)>,
}

impl Stack {
    /// A stack of which nothing is known but where it is.
    pub fn new(name: &str, file: &Arc<str>, tool: Tool) -> Self {
        Self {
            name: name.into(),
            scope: format!("stack:{name}").into(),
            file: file.clone(),
            tool,
            region: None,
            resources: BTreeMap::new(),
            ids: BTreeMap::new(),
            parameters: BTreeMap::new(),
            mappings: None,
            conditions: None,
            outputs: BTreeMap::new(),
            parent: None,
        }
    }

    /// Adds a resource; one of the same id that was written before stays.
    pub fn add(&mut self, resource: Resource) {
        self.resources.entry(resource.id.clone()).or_insert(resource);
    }

    /// The resource that an id means.
    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources.get(id).or_else(|| self.resources.get(self.ids.get(id)?))
    }

    /// The folder that the file lies in, by its last part.
    pub fn folder(&self) -> Option<&str> {
        self.file.rsplit('/').nth(1).filter(|folder| !folder.is_empty() && !folder.starts_with('.'))
    }

    /// The key of something that belongs to the stack.
    pub fn key(&self, class: Class, name: &str) -> Key {
        Key::new(&self.scope, class, &self.name, name)
    }

    /// Gives components of one class different names: one whose name is taken (by a function first, then in order of
    /// ids) gets its kind after it.
    pub fn settle_names(&mut self) {
        let mut taken: BTreeSet<(Class, Arc<str>)> = BTreeSet::new();
        let mut order: Vec<(bool, Arc<str>)> = self
            .resources
            .values()
            .filter(|r| r.sort().is_some())
            .map(|r| (r.sort() != Some(Sort::Function), r.id.clone()))
            .collect();
        order.sort();
        for (_, id) in order {
            let Some(resource) = self.resources.get_mut(&id) else { continue };
            let Some(sort) = resource.sort() else { continue };
            let class = sort.kind().class();
            if !taken.insert((class, resource.name.clone())) {
                resource.name = format!("{}-{}", resource.name, sort.kind()).into();
                taken.insert((class, resource.name.clone()));
            }
        }
    }
}

/// The name of a stack whose file does not say it: the file's, or that of the nearest folder if the file's says only
/// what sort of file it is.
pub(super) fn name_by_file(file: &str) -> String {
    const SORTS: &[&str] = &[
        "template",
        "templates",
        "cloudformation",
        "cfn",
        "stack",
        "sam",
        "serverless",
        "main",
        "index",
        "packaged",
        "output",
        "outputs",
        "infra",
        "infrastructure",
        "deploy",
        "deployment",
        "aws",
        "iac",
        "plan",
        "tfplan",
        "state",
        "terraform",
        "default",
        "src",
        "statemachine",
        "state-machine",
        "definition",
        "asl",
        "taskdef",
        "task-definition",
        "task_definition",
        "service",
    ];
    let says = |word: &&str| !word.is_empty() && *word != "." && *word != ".." && !SORTS.contains(word);
    let name = file.rsplit('/').next().unwrap_or(file);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut stem = stem;
    for suffix in [".asl", ".template", "-cloudformation-template", "-template", "_template", ".cfn", ".tfplan"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    let lower = stem.to_ascii_lowercase();
    if says(&lower.as_str()) {
        return stem.to_owned();
    }
    file.rsplit('/').skip(1).find(|folder| says(folder)).unwrap_or(stem).to_owned()
}

/// Gives stacks of one name that are not the same stack different scopes. Several files of one service in one folder
/// are one stack again.
pub(super) fn settle_scopes(stacks: &mut [Stack]) {
    let folder = |stack: &Stack| folder_of(&stack.file).to_owned();
    let mut places: BTreeMap<Arc<str>, BTreeSet<String>> = BTreeMap::new();
    let place = |stack: &Stack| match stack.tool {
        Tool::Serverless => folder(stack),
        _ => stack.file.to_string(),
    };
    for stack in stacks.iter() {
        places.entry(stack.name.clone()).or_default().insert(place(stack));
    }
    for stack in stacks {
        if let Some(places) = places.get(&stack.name).filter(|places| places.len() > 1) {
            let tail = shortest_tail(&place(stack), places);
            stack.scope = format!("stack:{tail}/{}", stack.name).into();
        }
    }
}

/// The end of a path that tells it from the others.
fn shortest_tail(path: &str, all: &BTreeSet<String>) -> String {
    let tail = |path: &str, n: usize| {
        let parts: Vec<&str> = path.split('/').collect();
        parts.get(parts.len().saturating_sub(n)..).unwrap_or_default().join("/")
    };
    let mut n = 1;
    while n < 64 && all.iter().any(|other| other != path && tail(other, n) == tail(path, n)) {
        n += 1;
    }
    tail(path, n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stack is called after what its file is about, not after what sort of file it is.
    #[test]
    fn stacks_are_named_by_their_files() {
        for (file, expected) in [
            ("src/backend/booking/template.yaml", "booking"),
            ("cdk.out/OrdersStack.template.json", "OrdersStack"),
            ("auth/users-cloudformation-template.yml", "users"),
            ("template.yaml", "template"),
            ("shop/infra/template.yaml", "shop"),
            ("checkout.asl.json", "checkout"),
        ] {
            assert_eq!(name_by_file(file), expected, "{file}");
        }
    }
}
