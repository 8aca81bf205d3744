//! `include`: other Compose files as parts of this one, each with its own folder and variables.

use super::load::{Context, Loader, is_remote};
use super::model::Model;
use super::shape::shown;
use super::variables::Variables;
use crate::parse::{Node, Value};
use crate::source::{Problem, folder_of, join};
use std::sync::Arc;

/// How deep files may include files.
const DEPTH_LIMIT: usize = 32;

/// How many inclusions a project may have.
const COUNT_LIMIT: usize = 1_000;

impl Loader<'_> {
    /// Everything that an `include` section draws in.
    pub(super) fn include(&mut self, section: &Node, context: &Context, trail: &mut Vec<Arc<str>>) -> Model {
        let items = if section.items().is_empty() { std::slice::from_ref(section) } else { section.items() };
        items.iter().fold(Model::default(), |model, item| model.merged(self.included(item, context, trail)))
    }

    fn included(&mut self, item: &Node, outer: &Context, trail: &mut Vec<Arc<str>>) -> Model {
        let paths = paths(item);
        if paths.is_empty() {
            self.problems.push(Problem::new(item.at(), "an `include` without a path"));
        }
        let Some(first) = paths.first().and_then(|node| node.text()) else {
            return Model::default();
        };
        let home = match item.str("project_directory") {
            Some(folder) => join(&outer.folder, folder),
            None => folder_of(&join(&outer.folder, first)).to_owned(),
        };
        let context = Context { variables: Arc::new(self.variables(item, &home, outer)), folder: home.into() };
        let mut model = Model::default();
        for node in paths {
            let Some(relative) = node.text() else { continue };
            if is_remote(relative) {
                let reason = "an `include` of another place is not read";
                self.problems.push(Problem::new(node.at(), reason).remedy("render the project: docker compose config"));
                continue;
            }
            let path: Arc<str> = join(&outer.folder, relative).into();
            self.included += 1;
            if trail.contains(&path) || trail.len() > DEPTH_LIMIT || self.included > COUNT_LIMIT {
                let reason = format!("including `{}` never ends, or nearly so; left out", shown(&path));
                self.problems.push(Problem::new(node.at(), reason).remedy("break the cycle of includes"));
                continue;
            }
            match self.file(&path, &context, trail) {
                Some(part) => model = model.merged(part),
                None => {
                    let reason = format!("`include` names `{}`, which is not there", shown(&path));
                    self.problems.push(Problem::new(node.at(), reason));
                }
            }
        }
        // The name of an included project is not the name of this one.
        model.name = None;
        model
    }

    /// The variables of an included project: its own, below those of the project that includes it.
    fn variables(&mut self, item: &Node, home: &str, context: &Context) -> Variables {
        let Some(listed) = item.get("env_file") else {
            return Variables::of_folder(home, &context.variables, &mut self.reading());
        };
        let mut variables = Variables::clone(&context.variables);
        let files = if listed.items().is_empty() { std::slice::from_ref(listed) } else { listed.items() };
        for file in files {
            let Some(relative) = file.text().or_else(|| file.str("path")) else { continue };
            let path = join(&context.folder, relative);
            if !variables.add(&path, &context.variables, &mut self.reading()) {
                let reason = format!("`env_file` names `{}`, which is not there", shown(&path));
                self.problems.push(Problem::new(file.at(), reason));
            }
        }
        variables
    }
}

/// The paths of one item: a string, a mapping with `path`, or a mapping with a list of paths.
pub(super) fn paths(item: &Node) -> Vec<&Node> {
    match (item.value(), item.get("path")) {
        (Value::Scalar(..), _) => vec![item],
        (_, Some(path)) if path.text().is_some() => vec![path],
        (_, Some(path)) => path.items().iter().filter(|p| p.text().is_some()).collect(),
        _ => Vec::new(),
    }
}
