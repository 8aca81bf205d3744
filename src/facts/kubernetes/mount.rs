//! Volumes of a pod: the ConfigMaps, Secrets and claims behind them, and the files that containers see.

use super::cluster::Cluster;
use super::config;
use super::environment::Environment;
use super::role::Role;
use super::workload::Workload;
use crate::facts::address::{Found, in_command, in_file};
use crate::facts::{CallPolicy, Class, Evidence, Key, MountedFile, grpc, proxy, spring};
use crate::parse::Node;
use crate::source::Problem;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A ConfigMap or Secret behind a volume.
pub(super) struct Source<'a> {
    /// ConfigMap or Secret.
    pub role: Role,
    /// Its name.
    pub name: &'a str,
    /// The pod starts without it.
    pub optional: bool,
    /// Where it is named.
    pub node: &'a Node,
    /// The field that names it.
    pub field: String,
    /// Keys and the paths that they are mounted at; empty is all keys under their own names.
    paths: Vec<(&'a str, &'a str)>,
}

/// A claim behind a volume.
pub(super) struct Claim<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is named.
    pub node: &'a Node,
}

/// The volumes of a pod.
pub(super) struct Mounts<'a> {
    cluster: &'a Cluster<'a>,
    workload: &'a Workload<'a>,
    sources: BTreeMap<&'a str, Vec<Source<'a>>>,
    claims: Vec<Claim<'a>>,
    servers: Vec<(&'a Node, &'static str)>,
}

/// A file that a container sees.
pub(super) struct File<'a> {
    /// The node that holds its text.
    pub node: &'a Node,
    /// The key that holds it, for evidence: `configmap.settings.app.yaml`.
    pub field: String,
    name: &'a str,
    text: Cow<'a, str>,
}

impl<'a> Mounts<'a> {
    pub(super) fn of(cluster: &'a Cluster<'a>, workload: &'a Workload<'a>, spec: &'a Node) -> Self {
        let mut mounts = Self { cluster, workload, sources: BTreeMap::new(), claims: Vec::new(), servers: Vec::new() };
        for volume in spec.get("volumes").map(Node::items).unwrap_or_default() {
            let Some(name) = volume.str("name") else { continue };
            let projected = volume.path(&["projected", "sources"]).map(Node::items).unwrap_or_default();
            let sources = std::iter::once(volume).chain(projected).flat_map(sources).collect();
            mounts.sources.insert(name, sources);
            if let Some(node) = volume.path(&["persistentVolumeClaim", "claimName"])
                && let Some(name) = node.text()
            {
                mounts.claims.push(Claim { name, node });
            }
            if let Some(server) = volume.path(&["nfs", "server"]) {
                mounts.servers.push((server, "nfs.server"));
            }
        }
        mounts
    }

    /// ConfigMaps and Secrets behind the volumes, mounted or not: the pod waits for all of them.
    pub(super) fn sources(&self) -> impl Iterator<Item = &Source<'a>> {
        self.sources.values().flatten()
    }

    /// Claims behind the volumes.
    pub(super) fn claims(&self) -> &[Claim<'a>] {
        &self.claims
    }

    /// File servers behind the volumes, as (host, field).
    pub(super) fn servers(&self) -> &[(&'a Node, &'static str)] {
        &self.servers
    }

    /// The files that a container mounts.
    pub(super) fn files(&self, container: &'a Node) -> Vec<File<'a>> {
        let mut files = Vec::new();
        for mount in container.get("volumeMounts").map(Node::items).unwrap_or_default() {
            let Some(sources) = mount.str("name").and_then(|name| self.sources.get(name)) else { continue };
            for source in sources {
                let near = self.workload.object;
                let Some(object) = self.cluster.find(source.role, self.workload.namespace(), source.name, near) else {
                    continue;
                };
                for config::Item { key, node, text } in config::items(object) {
                    let path = source.paths.iter().find(|(k, _)| *k == key).map(|(_, path)| *path);
                    let Some(path) = path.or(source.paths.is_empty().then_some(key)) else { continue };
                    let sub_path = mount.str("subPath");
                    if sub_path.is_some_and(|sub| sub != path) {
                        continue;
                    }
                    // Under `subPath` the mount point is the file.
                    let name = sub_path.and(mount.str("mountPath")).unwrap_or(path);
                    let field = format!("{}.{}.{key}", object.kind.to_lowercase(), object.name);
                    files.push(File { node, field, name, text });
                }
            }
        }
        files
    }
}

impl File<'_> {
    /// Whether readers of application configuration understand it.
    pub(super) fn configures(&self) -> bool {
        spring::recognises(self.name()) || grpc::recognises(&self.text)
    }

    /// The file's name.
    pub(super) fn name(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or(self.name)
    }

    /// The file for readers of application configuration.
    pub(super) fn mounted(&self) -> MountedFile {
        MountedFile { name: self.name().into(), text: (*self.text).into(), at: self.node.at_text_line(0) }
    }

    /// The addresses in the file, each with its line, with variables of the container put in: many programs and
    /// loaders do that, and a variable that nobody sets stays what it is.
    pub(super) fn addresses(&self, environment: &Environment<'_>) -> Vec<(usize, Found)> {
        let text = self.expanded(environment);
        if text.starts_with("#!") || self.name.ends_with(".sh") {
            let lines = text.lines().enumerate();
            return lines.flat_map(|(i, l)| in_command(&[l]).into_iter().map(move |(_, f)| (i, f))).collect();
        }
        in_file(self.name, &text)
    }

    /// What a proxy that reads the file does with its calls.
    pub(super) fn policies(
        &self,
        key: &Key,
        instances: Option<u32>,
        environment: &Environment<'_>,
        problems: &mut Vec<Problem>,
    ) -> Vec<CallPolicy> {
        let text = self.expanded(environment);
        proxy::policies(self.name, &text, key, instances, &|line| self.node.at_text_line(line), problems)
    }

    fn expanded(&self, environment: &Environment<'_>) -> Cow<'_, str> {
        if self.text.contains('$') {
            Cow::Owned(environment.expand_shell(&self.text))
        } else {
            Cow::Borrowed(&*self.text)
        }
    }
}

/// The ConfigMaps and Secrets of a volume, or of one source of a projected volume.
fn sources(volume: &Node) -> Vec<Source<'_>> {
    let forms = [
        ("configMap", Role::ConfigMap, "name"),
        ("secret", Role::Secret, "secretName"),
        ("secret", Role::Secret, "name"),
    ];
    let read = |(key, role, name): (&str, Role, &str)| {
        let source = volume.get(key)?;
        let node = source.get(name)?;
        let items = source.get("items").map(Node::items).unwrap_or_default();
        Some(Source {
            role,
            name: node.text()?,
            optional: source.get("optional").and_then(Node::bool) == Some(true),
            node,
            field: format!("volumes.{key}"),
            paths: items.iter().filter_map(|i| Some((i.str("key")?, i.str("path")?))).collect(),
        })
    };
    forms.into_iter().filter_map(read).collect()
}

/// The volume that a StatefulSet of one replica makes for itself. With more replicas each instance owns its own, and
/// the loss of one is the loss of an instance.
pub(super) fn own_volume(workload: &Workload<'_>, cluster: &Cluster<'_>) -> Option<(Key, Evidence)> {
    let template = workload.object.node.path(&["spec", "volumeClaimTemplates"])?.items().first()?;
    let name = template.path(&["metadata", "name"])?;
    if workload.controller != "StatefulSet" || workload.replicas(cluster)?.value != 1 {
        return None;
    }
    let claim = format!("{}-{}-0", name.text()?, workload.key.name);
    let key = Key::new(&cluster.scope, Class::Volume, workload.namespace(), &claim);
    Some((key, Evidence::new(name.at(), "spec.volumeClaimTemplates")))
}
