//! A project's services, one after the other, to facts.

use super::hosts::{Hosts, Networks, networks};
use super::image::{self, Image};
use super::plan::is_complete;
use super::project::{Project, Variant};
use super::proxies;
use super::shape::shown;
use crate::facts::audience::Audience;
use crate::facts::{Answer, Class, ComponentFact, Evidence, Facts, Key, Kind, NameFact, Note};
use crate::parse::Node;
use crate::source::{Files, Location, Problem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known while the services of a project are read.
pub(super) struct Reader<'a> {
    /// The project.
    pub(super) project: &'a Project,
    /// Who answers to which name.
    pub(super) hosts: Hosts,
    /// Files beside the manifests.
    pub(super) source: &'a dyn Files,
    /// What was learnt so far.
    pub(super) facts: Facts,
    /// Services of which something says whom of the project they call.
    pub(super) callers: BTreeSet<&'a str>,
    /// Who waits for whom before it starts.
    pub(super) waits: Vec<Wait<'a>>,
    /// Services that only watch others.
    pub(super) telemetry: BTreeSet<&'a str>,
    /// Services that are stores, caches or brokers.
    pub(super) stored: BTreeSet<&'a str>,
    /// Services that a provider runs elsewhere: who waits for one is given its address.
    pub(super) provided: BTreeSet<&'a str>,
    /// The project is run by Swarm.
    pub(super) in_swarm: bool,
    /// Services that run a web server or proxy.
    fronts: BTreeSet<&'a str>,
    /// Volumes, configs and secrets that are used.
    pub(super) stores: BTreeMap<Key, ComponentFact>,
    /// Env files, and whom they speak to.
    pub(super) audiences: BTreeMap<String, Audience>,
    keys: BTreeMap<&'a str, Key>,
}

/// That a service waits for another one before it starts.
pub(super) struct Wait<'a> {
    /// Who waits.
    pub(super) from: &'a str,
    /// For whom.
    pub(super) to: &'a str,
    /// Until what.
    pub(super) until: Until,
    /// Where that is said.
    pub(super) evidence: Evidence,
}

/// What a service waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// The other one was started.
    Started,
    /// The other one works.
    Healthy,
    /// A port of the other one answers.
    Answers,
}

/// One service in one variant.
pub(super) struct Subject<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its key.
    pub(super) key: Key,
    /// The node of its name.
    pub(super) at: &'a Node,
    /// What is said of it.
    pub(super) node: &'a Node,
    /// The variant.
    pub(super) variant: &'a Variant,
    /// Its networks.
    pub(super) networks: Networks,
    /// What it runs.
    pub(super) image: Image,
    /// This variant says what it runs. If not, it only adds to what another one says.
    pub(super) complete: bool,
}

/// The facts of a project.
pub(super) fn read(project: &Project, source: &dyn Files) -> Facts {
    let mut reader = Reader {
        project,
        hosts: Hosts::of(project),
        source,
        facts: Facts::default(),
        callers: BTreeSet::new(),
        waits: Vec::new(),
        telemetry: BTreeSet::new(),
        stored: BTreeSet::new(),
        provided: BTreeSet::new(),
        in_swarm: super::spread::in_swarm(project),
        fronts: BTreeSet::new(),
        stores: BTreeMap::new(),
        audiences: BTreeMap::new(),
        keys: keys(project),
    };
    reader.facts.namespaces.insert((project.scope.clone(), project.name.clone()));
    let subjects = reader.subjects();
    let doors = super::ports::Doors::of(&subjects);
    for subject in &subjects {
        let environment = reader.environment(subject);
        if subject.complete {
            reader.component(subject, &environment, &doors);
        }
        reader.settings(subject, &environment);
        reader.commands(subject);
        reader.mounted_files(subject);
        reader.start_order(subject);
        reader.links(subject);
        reader.shared_fate(subject);
        reader.stores(subject);
    }
    reader.behind_proxies(&subjects);
    reader.calls_behind_waits();
    reader.names(&subjects);
    reader.facts.components.extend(std::mem::take(&mut reader.stores).into_values());
    reader.facts
}

/// The key of every service. One that others wait for to complete is a job.
fn keys(project: &Project) -> BTreeMap<&str, Key> {
    let services = || project.variants.iter().flat_map(|v| v.model.services.iter());
    let waited = services().flat_map(|(_, (_, node))| node.get("depends_on").into_iter().flat_map(Node::fields));
    let mut jobs: BTreeSet<&str> = waited
        .filter(|(_, _, how)| how.str("condition") == Some("service_completed_successfully"))
        .map(|(name, _, _)| name)
        .collect();
    let swarm_job =
        |node: &Node| node.path(&["deploy", "mode"]).and_then(Node::text).is_some_and(|m| m.ends_with("-job"));
    jobs.extend(services().filter(|(_, (_, node))| swarm_job(node)).map(|(name, _)| name.as_str()));
    let key = |name: &str| {
        let class = if jobs.contains(name) { Class::Job } else { Class::Workload };
        Key::new(&project.scope, class, &project.name, name)
    };
    services().map(|(name, _)| (name.as_str(), key(name))).collect()
}

impl<'a> Reader<'a> {
    /// The key of a service of the project.
    pub(super) fn key(&self, service: &str) -> Option<&Key> {
        self.keys.get(service)
    }

    /// The name of a service, as long as the project lives.
    pub(super) fn name(&self, service: &str) -> Option<&'a str> {
        self.keys.get_key_value(service).map(|(name, _)| *name)
    }

    /// Whether a service runs a web server or proxy.
    pub(super) fn is_front(&self, service: &str) -> bool {
        self.fronts.contains(service)
    }

    /// A key of something else in the project.
    pub(super) fn other_key(&self, class: Class, name: &str) -> Key {
        Key::new(&self.project.scope, class, &self.project.name, name)
    }

    /// A reference to something that no file of the project has.
    pub(super) fn dangling(&mut self, subject: &Subject<'_>, what: &str, name: &str, evidence: Evidence) {
        let target = format!("{what} {}/{}", self.project.name, shown(name));
        self.facts.notes.push(Note::Dangling { from: Some(subject.key.clone()), target, evidence });
    }

    fn subjects(&mut self) -> Vec<Subject<'a>> {
        let project = self.project;
        let of = |v: &'a Variant| v.own.iter().filter_map(move |name| Some((v, name, v.model.services.get(name)?)));
        let all: Vec<_> = project.variants.iter().flat_map(of).collect();
        let whole: BTreeSet<&str> =
            all.iter().filter(|(_, _, (_, node))| is_complete(node)).map(|(_, name, _)| name.as_str()).collect();
        let is_whole = |name: &String| whole.contains(name.as_str());
        let mut orphans: BTreeMap<&Arc<str>, Vec<String>> = BTreeMap::new();
        let mut subjects = Vec::new();
        for (variant, name, (at, node)) in all {
            // Compose would refuse these files together, so this is no way to run the project.
            if variant.based && !variant.own.iter().all(is_whole) {
                if !is_whole(name) {
                    let reason = format!(
                        "service `{}` has neither `image` nor `build`, nor has it in the base file; `{}` is left out",
                        shown(name),
                        variant.file
                    );
                    let remedy = "check the name, or add the base file that this file is for";
                    self.facts.problems.push(Problem::new(at.at(), reason).remedy(remedy));
                }
                continue;
            }
            let complete = is_complete(node) || !is_whole(name);
            if !is_whole(name) {
                orphans.entry(&variant.file).or_default().push(shown(name));
            }
            let Some(key) = self.keys.get(name.as_str()).cloned() else { continue };
            let services = &variant.model.services;
            let networks = networks(node, &|other| services.get(other).map(|(_, node)| node));
            let image = image::of(node, variant, self.source, &mut self.facts.files_used);
            if image.telemetry {
                self.telemetry.insert(name);
            }
            if proxies::is_web_server(&image.name) {
                self.fronts.insert(name);
            }
            if node.get("provider").is_some_and(|provider| !provider.is_null()) {
                self.provided.insert(name);
            }
            if image.kind != Kind::Service {
                self.stored.insert(name);
            }
            subjects.push(Subject { name, key, at, node, variant, networks, image, complete });
        }
        // What is left out is nobody that others could mean.
        let read: BTreeSet<&str> = subjects.iter().map(|s| s.name).collect();
        self.keys.retain(|name, _| read.contains(name));
        for (file, names) in orphans {
            let reason = format!("neither `image` nor `build`, and no base file in the input: {}", names.join(", "));
            let problem = Problem::new(Location::start(file.clone()), reason);
            self.facts.problems.push(problem.remedy("add the Compose file that this one changes"));
        }
        subjects
    }

    /// Says who answers to every name of the project.
    fn names(&mut self, subjects: &[Subject<'a>]) {
        let places: BTreeMap<&str, Evidence> =
            subjects.iter().rev().map(|s| (s.name, Evidence::new(s.at.at(), "services"))).collect();
        let mut names = Vec::new();
        let mut name = |name: String, services: Vec<&str>| {
            let keys: Vec<Key> = services.iter().filter_map(|s| self.keys.get(s).cloned()).collect();
            if let Some(evidence) = services.iter().find_map(|s| places.get(s)).cloned() {
                let (scope, namespace) = (self.project.scope.clone(), Some(self.project.name.clone()));
                let answer = Answer::Components(keys);
                names.push(NameFact { scope, namespace, name: name.into(), answer, evidence });
            }
        };
        let mut implied: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for subject in subjects {
            // The names that Compose gives to containers, and the aliases that links give to services.
            for separator in ['-', '_'] {
                let container = format!("{}{separator}{}{separator}1", self.project.name, subject.name);
                implied.entry(container.to_ascii_lowercase()).or_default().insert(subject.name);
            }
            for (target, alias) in super::order::linked(subject.node, "links") {
                if let Some(target) = self.name(target) {
                    implied.entry(alias.to_ascii_lowercase()).or_default().insert(target);
                }
            }
        }
        for (host, services) in self.hosts.names() {
            name(host.to_owned(), services.collect());
        }
        for (host, services) in implied {
            if !self.hosts.knows(&host) {
                name(host, services.into_iter().collect());
            }
        }
        self.facts.names.extend(names);
    }

    /// The kind of a service.
    pub(super) fn kind(&self, subject: &Subject<'_>) -> Kind {
        if subject.key.class == Class::Job { Kind::Job } else { subject.image.kind }
    }
}
