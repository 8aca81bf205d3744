//! Whose configuration a file is, and what it says of them.

use super::addresses::{self, FAMILIES, is_below};
use super::document::{self, Document};
use super::module::{self, Module};
use super::registry::Registry;
use super::repository::{self, Repositories};
use super::spelling;
use super::view::View;
use super::{calls, resilience};
use crate::facts::Program;
use crate::facts::address::{Setting, in_settings};
use crate::facts::pools::{self, Connections};
use crate::facts::{ComponentFact, Evidence, Facts, Key};
use crate::source::{Files, Location, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A program with everything that configures it.
struct Configured<'a> {
    program: &'a Program,
    module: Option<&'a Module>,
    /// In ascending order of precedence, each with whether it is for several applications.
    documents: Vec<(Document, bool)>,
}

/// Adds what application configuration says of the programs that carry it. `listing` are all files of the tree.
///
/// A document that configures no program of the input says nothing: there is nobody whom it could be about.
pub fn link(documents: Vec<Document>, listing: &BTreeSet<Arc<str>>, files: &dyn Files, facts: &mut Facts) {
    let programs = std::mem::take(&mut facts.programs);
    let mut scopes: BTreeMap<&str, Vec<&Program>> = BTreeMap::new();
    for program in &programs {
        scopes.entry(&program.key.scope).or_default().push(program);
    }
    let modules = module::modules(documents);
    let named = |m: &Module| m.name().map(str::to_owned);
    let names: BTreeSet<String> =
        modules.iter().filter_map(named).chain(programs.iter().map(|p| p.key.name.to_string())).collect();
    let repositories = Repositories::of(&modules, &names, listing);
    let mut found = Facts::default();
    for scope in scopes.values() {
        let configured = configured(scope, &modules, &repositories, files);
        found.merge(read(&configured, &programs, facts, files));
    }
    found.problems.sort();
    found.problems.dedup();
    facts.merge(found);
    facts.programs = programs;
}

/// The programs of a scope that something configures.
fn configured<'a>(
    scope: &[&'a Program],
    modules: &'a [Module],
    repositories: &Repositories,
    files: &dyn Files,
) -> Vec<Configured<'a>> {
    let folders: BTreeSet<&str> = modules.iter().map(|m| &*m.folder).collect();
    let own = |m: &&Module| m.documents.iter().all(|d| !repositories.hold(&d.file));
    let mut module_of: BTreeMap<usize, &Module> = BTreeMap::new();
    for module in modules.iter().filter(own) {
        for program in module::programs(module, &folders, scope) {
            if let Some(i) = scope.iter().position(|p| std::ptr::eq(*p, program)) {
                module_of.entry(i).or_insert(module);
            }
        }
    }
    let mut all = Vec::new();
    for (i, &program) in scope.iter().enumerate() {
        let module = module_of.get(&i).copied();
        let mut documents: Vec<(Document, bool)> =
            module.into_iter().flat_map(|m| m.documents.iter().map(|d| (d.clone(), false))).collect();
        let names: Vec<&str> = module.and_then(Module::name).into_iter().chain([&*program.key.name]).collect();
        let is_client = repository::is_client(documents.iter().map(|(d, _)| d));
        documents.extend(repositories.documents(&names, is_client, files));
        let mounted = program.files.iter().filter(|f| document::recognises(&f.name));
        documents.extend(mounted.flat_map(mounted_documents).map(|d| (d, false)));
        let by_environment = program.environment.iter().any(|v| v.name.starts_with("SPRING_"));
        if !documents.is_empty() || by_environment {
            all.push(Configured { program, module, documents });
        }
    }
    all
}

/// The documents of a file that a platform mounts, which stands inside another file.
fn mounted_documents(file: &crate::facts::MountedFile) -> Vec<Document> {
    let mut documents = document::of_text(&file.name, &file.text);
    for document in &mut documents {
        for property in &mut document.properties {
            let line = file.at.line.saturating_add(property.at.line).saturating_sub(1);
            property.at = Location::new(file.at.file.clone(), line, 1);
        }
        document.file = file.at.file.clone();
    }
    documents
}

fn read(configured: &[Configured<'_>], programs: &[Program], known: &Facts, files: &dyn Files) -> Facts {
    let mut found = Facts::default();
    let views: Vec<(View<'_>, &Configured<'_>)> = configured
        .iter()
        .map(|c| (View::new(c.program, &c.documents.iter().map(|(d, shared)| (d, *shared)).collect()), c))
        .collect();
    let mut registry = Registry::default();
    for (view, configured) in &views {
        if let Some((name, _)) = view.get("spring.application.name") {
            registry.add(&name, &configured.program.key);
        }
    }
    if let Some(first) = configured.first() {
        let scope = &first.program.key.scope;
        registry.hosts = known.names.iter().filter(|n| n.scope == *scope).map(|n| n.name.clone()).collect();
    }
    let mut connections = Vec::new();
    // Who reads what is written for all, and whether it is known that it uses it.
    let mut readers: BTreeMap<(&'static str, Location), BTreeMap<&Key, bool>> = BTreeMap::new();
    for (view, configured) in &views {
        let users = Users::of(configured, files);
        for (family, at) in shared_families(&configured.documents) {
            let known = users.uses(family) || users.build_file.is_some();
            readers.entry((family, at)).or_default().insert(&view.program().key, known);
        }
        found.dependencies.extend(addresses::dependencies(view, &registry, &|path| users.uses_path(path)));
        for call in calls::of(view, &registry, &mut found.problems) {
            found.policies.extend(call.clone().policy(view.program()));
            found.dependencies.push(call.dependency(view.program()));
        }
        found.policies.extend(resilience::policies(view, &mut found.problems));
        spelling::check(view, &mut found.problems);
        found.components.extend(threads(view, known, &mut found.problems));
        connections.extend(hikari(view, &registry, &mut found.problems));
        found.files_used.extend(configured.documents.iter().map(|(d, _)| d.file.clone()));
    }
    for ((family, at), readers) in readers {
        if readers.values().any(|known| !known) {
            // The same words for every deployment of these applications: one file is told once.
            let reason = format!(
                "`{family}` is set here for all who read this file; applications that say nowhere that they use it are left out"
            );
            let remedy = "keep their pom.xml or build.gradle in the scanned tree, or state the dependencies in a native manifest";
            found.problems.push(Problem::new(at, reason).remedy(remedy));
        }
    }
    found.merge(pools::link(connections, programs, known));
    found
}

/// What says that an application uses a library whose settings are written once for all.
struct Users<'a> {
    configured: &'a Configured<'a>,
    build_file: Option<Arc<str>>,
}

impl<'a> Users<'a> {
    fn of(configured: &'a Configured<'a>, files: &dyn Files) -> Self {
        Self { configured, build_file: configured.module.and_then(|m| m.build_file(files)) }
    }

    fn uses_path(&self, path: &str) -> bool {
        // OAuth clients and resource servers are told of in their own settings.
        let security = ["security.oauth2", "spring.security.oauth2"];
        let family = FAMILIES.iter().map(|(f, _)| *f).chain(security).find(|f| is_below(path, f));
        family.is_some_and(|f| self.uses(f))
    }

    fn uses(&self, family: &str) -> bool {
        let own = || self.configured.documents.iter().filter(|(_, shared)| !shared).map(|(d, _)| d);
        if own().any(|d| d.speaks_of(family)) {
            return true;
        }
        let words = FAMILIES.iter().find(|(f, _)| *f == family).map_or(&[][..], |(_, words)| words);
        if let Some(text) = &self.build_file
            && words.iter().any(|word| text.contains(word))
        {
            return true;
        }
        // Names that only a registry knows.
        family == "eureka"
            && own()
                .any(|d| d.properties.iter().any(|p| p.value.starts_with("lb:") || p.path().ends_with(".serviceid")))
    }
}

/// The families of settings that documents for several applications speak of, and where.
fn shared_families(documents: &[(Document, bool)]) -> Vec<(&'static str, Location)> {
    let shared = || documents.iter().filter(|(_, shared)| *shared).map(|(d, _)| d);
    let place = |family: &str| {
        let of = shared().flat_map(|d| &d.properties).filter(|p| is_below(&p.path(), family));
        of.map(|p| p.at.clone()).min()
    };
    FAMILIES.iter().filter_map(|(family, _)| Some((*family, place(family)?))).collect()
}

/// Requests that the fewest instances hold at once: the threads of the web server, if that says how many it has.
fn threads(view: &View<'_>, known: &Facts, problems: &mut Vec<Problem>) -> Option<ComponentFact> {
    const KEYS: [&str; 6] = [
        "server.tomcat.threads.max",
        "server.tomcat.max-threads",
        "server.jetty.threads.max",
        "server.jetty.max-threads",
        "server.undertow.threads.worker",
        "server.undertow.worker-threads",
    ];
    let (threads, evidence) = KEYS.iter().find_map(|key| view.number(key, problems))?;
    let deployed = known.components.iter().filter(|c| c.key == view.program().key);
    let fewest = deployed.clone().filter_map(|c| c.replicas.as_ref()).map(|r| r.value).min()?;
    let deployed = deployed.min_by(|a, b| a.evidence.cmp(&b.evidence))?;
    let mut fact = ComponentFact::new(deployed.key.clone(), deployed.kind, evidence);
    fact.variant = deployed.variant.clone();
    fact.settings.capacity_concurrency = Some(threads * f64::from(fewest));
    Some(fact)
}

/// Connections that Hikari, Spring's default pool, holds to the database: 10 from each instance unless told otherwise.
fn hikari(view: &View<'_>, registry: &Registry, problems: &mut Vec<Problem>) -> Option<Connections> {
    const POOL: f64 = 10.0;
    let (url, at) = view.get("spring.datasource.url")?;
    let other = view.get("spring.datasource.type").is_some_and(|(class, _)| !class.contains("Hikari"));
    if other || !url.starts_with("jdbc:") {
        return None;
    }
    let setting = Setting { key: "spring.datasource.url", value: &url };
    let (_, address) = in_settings(&[setting]).into_iter().next()?;
    let stated = view.number("spring.datasource.hikari.maximum-pool-size", problems);
    let (each, evidence) = stated.unwrap_or((POOL, Evidence::new(at.at, "spring.datasource.hikari")));
    Some(Connections {
        from: view.program().key.clone(),
        to: registry.target(address.addresses, true),
        each,
        instances: view.program().most,
        evidence,
    })
}
