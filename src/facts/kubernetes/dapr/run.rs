//! Run files (`dapr.yaml`): applications that Dapr starts on one machine, each with the resources of its own folders.

use super::super::cluster::{Cluster, World};
use super::super::object::Object;
use super::super::role::Role;
use super::apps::{App, Apps};
use super::{component, resiliency};
use crate::facts::address::{Address, Setting, in_settings};
use crate::facts::block::Block;
use crate::facts::{
    Assumable, Class, ComponentFact, Confidence, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Program,
    Target, Variable,
};
use crate::parse::Node;
use crate::source::{Location, Problem, folder_of, join, unknown};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Namespaces mean nothing on one machine.
const NAMESPACE: &str = "default";

/// What may stand in `common` and in every application.
#[rustfmt::skip]
const SHARED: [&str; 24] = [
    "configFilePath", "appProtocol", "apiListenAddresses", "enableProfiling", "logLevel", "appMaxConcurrency",
    "placementHostAddress", "resourcesPath", "resourcesPaths", "appSSL", "maxBodySize", "readBufferSize",
    "enableAppHealthCheck", "appHealthCheckPath", "appHealthProbeInterval", "appHealthProbeTimeout",
    "appHealthThreshold", "enableApiLogging", "runtimePath", "env", "envFile", "daprdLogDestination",
    "appLogDestination", "schedulerHostAddress",
];
/// What may stand in an application besides.
#[rustfmt::skip]
const OWN: [&str; 14] = [
    "appID", "appDirPath", "appChannelAddress", "appPort", "daprHTTPPort", "daprGRPCPort", "daprInternalGRPCPort",
    "profilePort", "metricsPort", "unixDomainSocket", "command", "containerImage", "containerImagePullPolicy",
    "createService",
];

/// A run file.
#[derive(Clone, Debug)]
pub struct RunFile(Node);

impl RunFile {
    /// A document as a run file, if it has the shape of one.
    pub fn of(node: &Node) -> Option<Self> {
        let apps = node.get("apps").map(Node::items).unwrap_or_default();
        let is_app = |app: &Node| ["appDirPath", "appID"].iter().any(|key| app.get(key).is_some());
        (node.get("apiVersion").is_none() && apps.iter().any(is_app)).then(|| Self(node.clone()))
    }
}

/// An application as a run file writes it.
struct Application<'n> {
    id: String,
    node: &'n Node,
    /// Where its code is.
    folder: Option<String>,
    /// Folders whose resources its sidecar loads.
    resources: BTreeSet<String>,
}

/// What run files mean, each a world of its own, and which objects act in one of them. `objects` are all of the input.
pub fn link(files: &[RunFile], objects: &[Object]) -> (Facts, BTreeSet<Location>) {
    let (mut facts, mut acting) = (Facts::default(), BTreeSet::new());
    let resources: Vec<&Object> = objects
        .iter()
        .filter(|o| matches!(o.role, Role::DaprComponent | Role::DaprSubscription | Role::DaprResiliency))
        .collect();
    for RunFile(root) in files {
        let (own, acts) = of_file(root, &resources);
        facts.merge(own);
        acting.extend(acts);
    }
    (facts, acting)
}

fn of_file(root: &Node, resources: &[&Object]) -> (Facts, BTreeSet<Location>) {
    let mut facts = Facts::default();
    let file = root.file().clone();
    let base = folder_of(&file);
    check(root, &mut facts.problems);
    let entries = entries(root, base, resources, &mut facts.problems);
    let scope: Arc<str> = format!("dapr:{}", if base.is_empty() { "." } else { base }).into();
    let mut apps = Apps::default();
    for entry in &entries {
        let key = Key::new(&scope, Class::Workload, NAMESPACE, &entry.id);
        let at = entry.node.get("appID").or(entry.node.get("appDirPath")).unwrap_or(entry.node).at();
        let evidence = Evidence::new(at, "apps.appID");
        facts.programs.push(program(root, entry, key.clone(), evidence.clone()));
        let count = Some(Assumable::default(1));
        facts
            .components
            .push(ComponentFact { replicas: count, ..ComponentFact::new(key.clone(), Kind::Service, evidence) });
        apps.add(&entry.id, App { key, file: file.clone(), folders: Some(entry.resources.clone()) });
    }
    let loaded = |o: &&&Object| entries.iter().any(|entry| entry.resources.contains(folder_of(o.file())));
    let objects: Vec<Object> = resources.iter().filter(loaded).map(|o| (*o).clone()).collect();
    // Whoever adds the missing application to the file makes its resources act: nothing is wrong with them by themselves.
    let world = World { scope, partial: true, objects };
    let cluster = Cluster::new(&world);
    calls(&entries, &apps, &mut facts);
    let invoked = apps.invocations(&mut facts);
    let components = component::link(&cluster, &apps, &mut facts);
    let acting = resiliency::link(&cluster, &apps, &invoked, &components, &mut facts);
    (facts, acting)
}

fn check(root: &Node, problems: &mut Vec<Problem>) {
    match root.get("version") {
        None => {
            let problem = Problem::new(root.at(), "a run file without `version`, which Dapr refuses");
            problems.push(problem.remedy("write `version: 1`"));
        }
        Some(node) if node.int() != Some(1) => {
            let what = "version of Dapr's run file, which is read as if it were 1:";
            problems.push(unknown(what, node.text().unwrap_or(node.sort()), &["1"], node.at()));
        }
        Some(_) => {}
    }
    let _ = Block::of(root, "run file", &["version", "name", "common", "apps"], problems);
    let _ = Block::under(root, "common", &SHARED, problems);
}

fn entries<'n>(root: &'n Node, base: &str, resources: &[&Object], problems: &mut Vec<Problem>) -> Vec<Application<'n>> {
    let common: BTreeSet<String> = root.get("common").map(|c| paths(c, base)).unwrap_or_default();
    let known: Vec<&str> = SHARED.iter().chain(&OWN).copied().collect();
    let mut entries = Vec::new();
    for node in root.get("apps").map(Node::items).unwrap_or_default() {
        let Ok(block) = Block::of(node, "apps", &known, problems) else { continue };
        let (Ok(id), Ok(path)) = (block.text("appID", problems), block.text("appDirPath", problems)) else { continue };
        if path.is_none() {
            let problem = Problem::new(node.at(), "an application without `appDirPath`, which Dapr refuses");
            problems.push(problem.remedy("say where its code is"));
        }
        let folder = path.and_then(|path| below(base, path));
        let named = || folder.as_deref().map(|f| f.rsplit('/').next().unwrap_or(f)).filter(|name| !name.is_empty());
        let Some(id) = id.or_else(named) else { continue };
        let own = folder.as_ref().map(|folder| paths(node, folder)).unwrap_or_default();
        let conventional = folder.as_ref().and_then(|folder| below(folder, ".dapr/resources"));
        let exists = |folder: &String| resources.iter().any(|o| folder_of(o.file()) == folder);
        let resources = match (own.is_empty(), conventional.filter(exists)) {
            (false, _) => own,
            (true, Some(folder)) => BTreeSet::from([folder]),
            (true, None) => common.clone(),
        };
        entries.push(Application { id: id.to_owned(), node, folder, resources });
    }
    entries
}

/// The folders of resources that a block names; absolute ones and those at home are no part of the input.
fn paths(node: &Node, base: &str) -> BTreeSet<String> {
    let several = node.get("resourcesPaths");
    let list = several.into_iter().flat_map(|node| node.items().iter().chain(node.text().map(|_| node)));
    let texts = list.chain(node.get("resourcesPath")).filter_map(Node::text);
    texts.flat_map(|text| text.split(',')).filter_map(|text| below(base, text.trim())).collect()
}

/// A path that is relative to a folder of the input.
fn below(base: &str, path: &str) -> Option<String> {
    (!path.is_empty() && !path.starts_with(['/', '~', '$'])).then(|| join(base, path))
}

fn program(root: &Node, entry: &Application<'_>, key: Key, evidence: Evidence) -> Program {
    let mut environment: BTreeMap<&str, Variable> = BTreeMap::new();
    for holder in root.get("common").into_iter().chain([entry.node]) {
        for (name, _, value) in holder.get("env").into_iter().flat_map(Node::fields) {
            let evidence = Evidence::new(value.at(), format!("env.{name}"));
            let value = value.text().unwrap_or_default().into();
            environment.insert(name, Variable { name: name.into(), value, evidence });
        }
    }
    let words = entry.node.get("command").map(Node::items).unwrap_or_default();
    Program {
        contexts: entry.folder.iter().map(|folder| folder.as_str().into()).collect(),
        most: Some(1),
        environment: environment.into_values().collect(),
        arguments: words.iter().filter_map(Node::text).map(Into::into).collect(),
        ..Program::new(key, evidence)
    }
}

/// Adds whom the environments name: another application by its id or by the port that it listens on, and addresses
/// elsewhere.
fn calls(entries: &[Application<'_>], apps: &Apps, facts: &mut Facts) {
    let port =
        |entry: &Application<'_>| entry.node.get("appPort").and_then(Node::int).and_then(|n| u16::try_from(n).ok());
    let by_port: BTreeMap<u16, &str> = entries.iter().filter_map(|e| Some((port(e)?, e.id.as_str()))).collect();
    let here = |host: &str| matches!(host, "localhost" | "127.0.0.1" | "::1");
    let key_of = |id: &str| apps.find(NAMESPACE, id).cloned();
    let mut found = Vec::new();
    for program in &facts.programs {
        let mut add = |target: Target, evidence: &Evidence| {
            if target != Target::Component(program.key.clone()) {
                let fact = DependencyFact::new(program.key.clone(), target, Interaction::Sync, evidence.clone());
                found.push(fact.confidence(Confidence::Inferred));
            }
        };
        for variable in program.environment.iter().filter(|v| !v.value.contains(super::apps::INVOKE)) {
            let local = variable.value.split_once("://").map_or(&*variable.value, |(_, rest)| rest);
            let local = local.split(['/', '?']).next().unwrap_or_default().rsplit_once(':');
            let listening = local.filter(|(host, _)| here(host)).and_then(|(_, port)| port.parse().ok());
            let id = listening.and_then(|port: u16| by_port.get(&port).copied()).unwrap_or(&variable.value);
            match key_of(id) {
                Some(key) => add(Target::Component(key), &variable.evidence),
                None => {
                    let setting = Setting { key: &variable.name, value: &variable.value };
                    for (_, one) in in_settings(&[setting]) {
                        let away = |a: &Address| !here(a.name());
                        if one.addresses.iter().all(away) {
                            add(
                                Target::Addresses { addresses: one.addresses, certain: one.certain },
                                &variable.evidence,
                            );
                        }
                    }
                }
            }
        }
    }
    facts.dependencies.extend(found);
}
