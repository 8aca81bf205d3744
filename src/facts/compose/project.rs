//! Projects: what Compose would run under one name, in each of the ways that the files allow.

use super::load::{Context, Homes, Loader};
use super::model::Model;
use super::plan::{self, Layers};
use super::variables::{Reading, Variables};
use crate::facts::Facts;
use crate::parse::Node;
use crate::source::{Files, folder_of};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Everything that runs under one name.
#[derive(Debug)]
pub(super) struct Project {
    /// The name, which is also the namespace of its components.
    pub(super) name: Arc<str>,
    /// The scope of its components.
    pub(super) scope: Arc<str>,
    /// The ways to run it.
    pub(super) variants: Vec<Variant>,
}

/// One way to run a project.
#[derive(Debug)]
pub(super) struct Variant {
    /// The file that makes it.
    pub(super) file: Arc<str>,
    /// All files of it merged.
    pub(super) model: Model,
    /// The services that this variant says something of; the others are said by another variant.
    pub(super) own: BTreeSet<String>,
    /// The base of these files is in the input, so that a service without an image is a mistake.
    pub(super) based: bool,
    /// For each file, the project that it was read in.
    pub(super) homes: Arc<Homes>,
}

/// What makes two sets of files one project: the name that they state, else their folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identity {
    Named(String),
    Folder(Arc<str>),
}

/// The projects that these files make. `here` is the name of the folder that relative paths start from.
pub(super) fn projects(
    given: &BTreeMap<Arc<str>, Vec<Node>>,
    source: &dyn Files,
    here: &str,
    facts: &mut Facts,
) -> Vec<Project> {
    let mut variables: BTreeMap<String, Arc<Variables>> = BTreeMap::new();
    for path in given.keys() {
        let folder = folder_of(path);
        if !variables.contains_key(folder) {
            let mut reading = Reading { source, problems: &mut facts.problems, files_used: &mut facts.files_used };
            let read = Variables::of_folder(folder, &Variables::default(), &mut reading);
            variables.insert(folder.to_owned(), Arc::new(read));
        }
    }
    let listed = |folder: &str| {
        let of = variables.get(folder)?;
        let files = of.get("COMPOSE_FILE").filter(|f| !f.is_empty())?;
        let separator =
            of.get("COMPOSE_PATH_SEPARATOR").unwrap_or_else(|| if files.contains(';') { ";" } else { ":" }.into());
        Some(files.split(separator.as_str()).map(|file| crate::source::join(folder, file)).collect())
    };
    let mut sets: BTreeMap<Arc<str>, Vec<Layers>> = BTreeMap::new();
    for set in plan::layers(given, &listed) {
        sets.entry(set.folder.clone()).or_default().push(set);
    }
    let mut found: BTreeMap<Identity, (Arc<str>, Vec<Variant>)> = BTreeMap::new();
    for (folder, sets) in sets {
        let context =
            Context { variables: variables.get(&*folder).cloned().unwrap_or_default(), folder: folder.clone() };
        for (identity, variant) in variants(given, source, &context, sets, facts) {
            found.entry(identity).or_insert_with(|| (folder.clone(), Vec::new())).1.push(variant);
        }
    }
    named(found, here)
}

/// The variants that the files of one folder make, each with what identifies its project.
fn variants(
    given: &BTreeMap<Arc<str>, Vec<Node>>,
    source: &dyn Files,
    context: &Context,
    sets: Vec<Layers>,
    facts: &mut Facts,
) -> Vec<(Identity, Variant)> {
    let mut loader = Loader::new(given, source);
    let mut variants = Vec::new();
    for set in sets {
        let (mut model, mut own) = (Model::default(), BTreeSet::new());
        let first_own = set.files.len().saturating_sub(set.own);
        for (i, file) in set.files.iter().enumerate() {
            let Some(layer) = loader.file(file, context, &mut Vec::new()) else { continue };
            if i >= first_own {
                own.extend(layer.services.keys().cloned());
            }
            model = model.merged(layer);
        }
        let Some(file) = set.files.get(first_own).cloned() else { continue };
        let model = model.settled();
        own.retain(|name| model.services.contains_key(name));
        let name = model.name.as_ref().and_then(Node::text).map(normalised).filter(|n| !n.is_empty());
        variants.push((name, Variant { file, model, own, based: first_own > 0, homes: Arc::default() }));
    }
    let homes = Arc::new(std::mem::take(&mut loader.homes));
    facts.problems.append(&mut loader.problems);
    facts.files_used.append(&mut loader.files_used);
    // Files of one folder that state no name go by the one that their neighbours state.
    let stated: BTreeSet<String> = variants.iter().filter_map(|(name, _)| name.clone()).collect();
    let of_env = context.variables.get("COMPOSE_PROJECT_NAME").map(|n| normalised(&n)).filter(|n| !n.is_empty());
    let common = if stated.len() == 1 { stated.into_iter().next() } else { of_env };
    let identity = |name: Option<String>| match name.or_else(|| common.clone()) {
        Some(name) => Identity::Named(name),
        None => Identity::Folder(context.folder.clone()),
    };
    variants.into_iter().map(|(name, v)| (identity(name), Variant { homes: homes.clone(), ..v })).collect()
}

/// Gives each project its name and a scope that no other project has.
fn named(found: BTreeMap<Identity, (Arc<str>, Vec<Variant>)>, here: &str) -> Vec<Project> {
    let name_of = |identity: &Identity| match identity {
        Identity::Named(name) => name.clone(),
        Identity::Folder(folder) => {
            let last = folder.rsplit('/').find(|part| !part.is_empty()).unwrap_or(here);
            Some(normalised(last)).filter(|n| !n.is_empty()).unwrap_or_else(|| "default".into())
        }
    };
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for identity in found.keys() {
        *times.entry(name_of(identity)).or_default() += 1;
    }
    let project = |(identity, (folder, variants)): (Identity, (Arc<str>, Vec<Variant>))| {
        let name = name_of(&identity);
        let unique = times.get(&name).is_none_or(|n| *n == 1);
        let place = if folder.is_empty() { "." } else { &*folder };
        let scope = if unique { format!("compose:{name}") } else { format!("compose:{name}:{place}") };
        Project { name: name.into(), scope: scope.into(), variants }
    };
    found.into_iter().map(project).collect()
}

/// A project name as Compose makes it of any text.
fn normalised(text: &str) -> String {
    let kept =
        text.to_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).collect::<String>();
    kept.trim_start_matches(['_', '-']).to_owned()
}
