//! Which source module a configuration file belongs to, and which program is built from it.

use super::document::Document;
use crate::facts::Program;
use crate::source::{Files, folder_of, join};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Build files of a module.
const BUILD_FILES: [&str; 3] = ["pom.xml", "build.gradle", "build.gradle.kts"];

/// A source module: a folder with its configuration.
#[derive(Debug)]
pub(super) struct Module {
    /// Its folder; empty for the root of the tree.
    pub folder: Arc<str>,
    /// Its documents, in ascending order of precedence.
    pub documents: Vec<Document>,
}

impl Module {
    /// The name that the application gives itself.
    pub(super) fn name(&self) -> Option<&str> {
        let stated = self.documents.iter().rev().filter_map(|d| d.get("spring.application.name"));
        stated.map(|p| plain(&p.value)).find(|name| !name.is_empty())
    }

    /// Whether it says something below a key.
    pub(super) fn speaks_of(&self, prefix: &str) -> bool {
        self.documents.iter().any(|d| d.speaks_of(prefix))
    }

    /// The text of its build file, if it is in the tree.
    pub(super) fn build_file(&self, files: &dyn Files) -> Option<Arc<str>> {
        BUILD_FILES.iter().find_map(|name| files.read(&join(&self.folder, name)))
    }

    fn last(&self) -> &str {
        self.folder.rsplit('/').next().unwrap_or(&self.folder)
    }
}

/// The default of `${NAME:default}`, or the text itself.
fn plain(value: &str) -> &str {
    match value.strip_prefix("${").and_then(|v| v.strip_suffix('}')) {
        Some(inner) => inner.split_once(':').map_or("", |(_, default)| default),
        None => value,
    }
}

/// The modules that documents belong to. What is only for tests, and what a build copied, is left out.
pub(super) fn modules(documents: Vec<Document>) -> Vec<Module> {
    let mut modules: BTreeMap<Arc<str>, Vec<Document>> = BTreeMap::new();
    for document in documents {
        if let Some(folder) = folder(&document.file) {
            modules.entry(folder.into()).or_default().push(document);
        }
    }
    let module = |(folder, mut documents): (Arc<str>, Vec<Document>)| {
        // Files for a profile after the general ones, `bootstrap` before everything; documents of a file in theirs.
        documents.sort_by_key(|d| (!d.is_bootstrap(), d.file.contains("application-"), d.file.clone()));
        Module { folder, documents }
    };
    modules.into_iter().map(module).collect()
}

/// The folder of the module that a file belongs to: what stands before `src/main/resources`, or else the file's own
/// folder, without a last `config` or `resources`.
fn folder(file: &str) -> Option<&str> {
    let inside = |part: &str| format!("/{file}").contains(&format!("/{part}/"));
    if ["src/test", "src/integrationTest", "src/it", "target", "build/resources", "bin/main"].iter().any(|p| inside(p))
    {
        return None;
    }
    if let Some(at) = file.find("src/main/") {
        return Some(file.get(..at)?.trim_end_matches('/'));
    }
    let folder = folder_of(file);
    let trimmed = ["/config", "/resources"].iter().find_map(|suffix| folder.strip_suffix(suffix)).unwrap_or(folder);
    Some(if matches!(trimmed, "config" | "resources") { "" } else { trimmed })
}

/// The programs of one scope that are built from a module: by the folder of the build, by the application's name, by
/// the module's name; the first rule that finds any decides.
pub(super) fn programs<'p>(module: &Module, all: &BTreeSet<&str>, scope: &[&'p Program]) -> Vec<&'p Program> {
    let found =
        |fits: &dyn Fn(&Program) -> bool| -> Vec<&'p Program> { scope.iter().copied().filter(|p| fits(p)).collect() };
    // A build of a folder that holds one module only is a build of that module.
    let alone = |context: &str| {
        context != &*module.folder
            && all.iter().filter(|m| is_inside(m, context)).count() == 1
            && is_inside(&module.folder, context)
    };
    let built = |p: &Program| p.contexts.iter().any(|c| **c == *module.folder || is_inside(c, &module.folder));
    let around = |p: &Program| p.contexts.iter().any(|c| !c.is_empty() && alone(c));
    let named = |p: &Program| module.name().is_some_and(|name| p.is_called(name));
    let called = |p: &Program| p.is_called(module.last());
    let alike = |p: &Program| {
        let names = module.name().into_iter().chain([module.last()]).map(normalised);
        let own = [&p.key.name].into_iter().chain(&p.image).map(|n| normalised(n)).collect::<BTreeSet<_>>();
        names.into_iter().any(|name| !name.is_empty() && own.contains(&name))
    };
    let rules: [&dyn Fn(&Program) -> bool; 5] = [&built, &named, &called, &around, &alike];
    rules.iter().map(|rule| found(rule)).find(|programs| !programs.is_empty()).unwrap_or_default()
}

/// Whether a path is below a folder.
fn is_inside(path: &str, folder: &str) -> bool {
    folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// A name but for case, separators and the word "service".
fn normalised(name: &str) -> String {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    plain.strip_suffix("service").filter(|rest| !rest.is_empty()).map_or(plain.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::folder;

    /// Files belong to the folder that is built; tests and copies to nobody.
    #[test]
    fn folders() {
        for (file, expected) in [
            ("orders/src/main/resources/application.yml", Some("orders")),
            ("a/orders/src/main/resources/config/application.yml", Some("a/orders")),
            ("src/main/resources/application.yml", Some("")),
            ("orders/config/application.yml", Some("orders")),
            ("application.yml", Some("")),
            ("orders/src/test/resources/application.yml", None),
            ("orders/target/classes/application.yml", None),
        ] {
            assert_eq!(folder(file), expected, "{file}");
        }
    }
}
