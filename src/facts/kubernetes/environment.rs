//! The environment of a container, as the kubelet makes it.

use super::cluster::Cluster;
use super::config::{self, Item};
use super::object::Object;
use super::role::Role;
use super::workload::Workload;
use crate::parse::Node;
use rustc_hash::FxHashMap;
use std::borrow::Cow;

/// Values longer than this are not expanded further: `A=$(B)$(B)`, `B=$(C)$(C)`, … doubles with every line.
const EXPANSION_LIMIT: usize = 1 << 16;

/// A variable whose value is known.
pub(super) struct Variable<'a> {
    /// Its name.
    pub name: String,
    /// Its value, references expanded. It may come from a Secret.
    pub value: String,
    /// The node that holds the value, in the workload or in a ConfigMap or Secret.
    pub node: &'a Node,
    /// The ConfigMap or Secret all of whose keys are variables, if it comes from one.
    pub shared: Option<&'a Object>,
}

/// A ConfigMap or Secret that a container's environment is made of.
pub(super) struct Source<'a> {
    /// ConfigMap or Secret.
    pub role: Role,
    /// Its name.
    pub name: &'a str,
    /// The container starts without it.
    pub optional: bool,
    /// Where it is named.
    pub node: &'a Node,
    /// The field that names it.
    pub field: String,
}

/// The environment of a container.
pub(super) struct Environment<'a> {
    /// Variables, each name once, in the order in which they are set first.
    pub variables: Vec<Variable<'a>>,
    /// What it is made of.
    pub sources: Vec<Source<'a>>,
    index: FxHashMap<String, usize>,
    cluster: &'a Cluster<'a>,
    namespace: &'a str,
}

impl<'a> Environment<'a> {
    /// Reads `envFrom`, then `env`, which wins; of two sources the later one wins.
    pub(super) fn of(cluster: &'a Cluster<'a>, workload: &'a Workload<'a>, container: &'a Node) -> Self {
        let mut environment = Self {
            variables: Vec::new(),
            sources: Vec::new(),
            index: FxHashMap::default(),
            cluster,
            namespace: workload.namespace(),
        };
        for source in container.get("envFrom").map(Node::items).unwrap_or_default() {
            environment.add_all(workload.object, source);
        }
        for variable in container.get("env").map(Node::items).unwrap_or_default() {
            environment.add(workload, variable);
        }
        environment
    }

    /// The value of a variable, or of one that describes a Service (`CART_SERVICE_HOST`).
    pub(super) fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        match self.index.get(name).and_then(|&i| self.variables.get(i)) {
            Some(variable) => Some(Cow::Borrowed(&variable.value)),
            None => self.service_variable(name).map(Cow::Owned),
        }
    }

    /// Replaces `$(NAME)` where the name is known; `$$` is a dollar sign.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(i) = rest.find('$') {
            out.push_str(&rest[..i]);
            rest = &rest[i + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                out.push('$');
                rest = after;
            } else if let Some((name, after)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
                match self.value(name).filter(|v| out.len() + v.len() <= EXPANSION_LIMIT) {
                    Some(value) => out.push_str(&value),
                    None => out.extend(["$(", name, ")"]),
                }
                rest = after;
            } else {
                out.push('$');
            }
        }
        out.push_str(rest);
        out
    }

    /// Replaces `$NAME` and `${NAME}` where the name is known, as a shell or a configuration loader of the container
    /// would. Values of several lines stay out, so that lines keep their numbers.
    pub(super) fn expand_shell(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(i) = rest.find('$') {
            out.push_str(&rest[..i]);
            rest = &rest[i..];
            let body = &rest[1..];
            let (name, length) = match body.strip_prefix('{').and_then(|b| b.split_once('}')) {
                Some((inner, _)) => {
                    // `${NAME:-default}` of shells, `${NAME:default}` of Spring, `${env:NAME}` of collectors.
                    let bare = inner.strip_prefix("env:").unwrap_or(inner);
                    (bare.split(':').next().unwrap_or(bare), inner.len() + 3)
                }
                None => {
                    let end = body.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(body.len());
                    (&body[..end], end + 1)
                }
            };
            let known =
                self.value(name).filter(|v| !v.contains('\n') && out.len() + v.len() <= text.len() + EXPANSION_LIMIT);
            match known {
                Some(value) => {
                    out.push_str(&value);
                    rest = &rest[length..];
                }
                None => {
                    out.push('$');
                    rest = body;
                }
            }
        }
        out.push_str(rest);
        out
    }

    fn add_all(&mut self, near: &Object, source: &'a Node) {
        let prefix = source.str("prefix").unwrap_or_default();
        for (key, role) in [("configMapRef", Role::ConfigMap), ("secretRef", Role::Secret)] {
            let Some((reference, name)) = source.get(key).and_then(|r| Some((r, r.get("name")?))) else { continue };
            let field = format!("envFrom.{key}");
            let Some(object) = self.source(near, role, reference, name, field) else { continue };
            for Item { key, node, text } in config::items(object) {
                let name = format!("{prefix}{key}");
                self.set(Variable { name, value: text.into_owned(), node, shared: Some(object) });
            }
        }
    }

    fn add(&mut self, workload: &'a Workload<'a>, variable: &'a Node) {
        let Some(name) = variable.str("name") else { return };
        if let Some(node) = variable.get("value") {
            if let Some(text) = node.text() {
                let value = self.expand(text);
                self.set(Variable { name: name.to_owned(), value, node, shared: None });
            }
            return;
        }
        let Some(from) = variable.get("valueFrom") else { return };
        for (key, role) in [("configMapKeyRef", Role::ConfigMap), ("secretKeyRef", Role::Secret)] {
            let Some((reference, object)) = from.get(key).and_then(|r| Some((r, r.get("name")?))) else { continue };
            let found = self.source(workload.object, role, reference, object, format!("env.{name}"));
            if let Some(Item { node, text, .. }) = found.zip(reference.str("key")).and_then(|(o, k)| config::item(o, k))
            {
                self.set(Variable { name: name.to_owned(), value: text.into_owned(), node, shared: None });
            }
        }
        if let Some(path) = from.path(&["fieldRef", "fieldPath"]).and_then(Node::text)
            && let Some((value, node)) = field(workload, path, variable)
        {
            self.set(Variable { name: name.to_owned(), value, node, shared: None });
        }
    }

    fn source(
        &mut self,
        near: &Object,
        role: Role,
        reference: &'a Node,
        name: &'a Node,
        field: String,
    ) -> Option<&'a Object> {
        let text = name.text()?;
        let optional = reference.get("optional").and_then(Node::bool) == Some(true);
        self.sources.push(Source { role, name: text, optional, node: name, field });
        self.cluster.find(role, self.namespace, text, near)
    }

    fn set(&mut self, variable: Variable<'a>) {
        match self.index.get(&variable.name).and_then(|&i| self.variables.get_mut(i)) {
            Some(known) => *known = variable,
            None => {
                self.index.insert(variable.name.clone(), self.variables.len());
                self.variables.push(variable);
            }
        }
    }

    /// The variables that Kubernetes sets for every Service of the namespace. They are put back into names, because a
    /// name is what they stand for.
    fn service_variable(&self, name: &str) -> Option<String> {
        let service = |stem| self.cluster.service_by_variable(self.namespace, stem);
        let port = |object: &Object| {
            let port = object.node.path(&["spec", "ports"])?.items().first()?.get("port")?.int()?;
            Some(port.to_string())
        };
        if let Some(stem) = name.strip_suffix("_SERVICE_HOST") {
            return service(stem).map(|s| s.name.to_string());
        }
        if let Some(stem) = name.strip_suffix("_SERVICE_PORT") {
            return port(service(stem)?);
        }
        // Docker's form: REDIS_PORT is an address, REDIS_PORT_6379_TCP_ADDR and …_PORT its parts.
        if let Some(stem) = name.strip_suffix("_PORT")
            && let Some(object) = service(stem)
        {
            return Some(format!("tcp://{}:{}", object.name, port(object)?));
        }
        let (stem, part) = name.split_once("_PORT_")?;
        let object = service(stem)?;
        match part.rsplit_once("_TCP_")? {
            (_, "ADDR") => Some(object.name.to_string()),
            (port, "PORT") => Some(port.to_owned()),
            _ => None,
        }
    }
}

/// A field of the pod that its template already says.
fn field<'a>(workload: &'a Workload<'a>, path: &str, variable: &'a Node) -> Option<(String, &'a Node)> {
    if path == "metadata.namespace" {
        return Some((workload.namespace().to_owned(), variable));
    }
    let (sort, key) = path.strip_prefix("metadata.")?.split_once("['")?;
    let node = workload.template()?.path(&["metadata", sort])?.get(key.strip_suffix("']")?)?;
    Some((node.text()?.to_owned(), node))
}
