//! Reverse proxies that find what is behind them by asking Docker: the labels of the services are their configuration.

use super::reader::{Reader, Subject};
use super::traefik;
use crate::facts::address::{self, Setting};
use crate::facts::{Confidence, DependencyFact, Evidence, Interaction, Target};
use crate::parse::Node;
use std::collections::BTreeSet;

/// How a proxy finds its services.
struct Proxy {
    /// Last part of its image's name.
    images: &'static [&'static str],
    /// A label that begins with this puts a service behind it.
    label: Option<&'static str>,
    /// A label that takes a service out again when it is `false`.
    off: &'static str,
    /// A variable that puts a service behind it.
    variable: Option<&'static str>,
}

const PROXIES: [Proxy; 3] = [
    Proxy { images: &["traefik"], label: Some("traefik."), off: "traefik.enable", variable: None },
    Proxy { images: &["nginx-proxy"], label: None, off: "", variable: Some("VIRTUAL_HOST") },
    Proxy { images: &["caddy-docker-proxy"], label: Some("caddy"), off: "", variable: None },
];

/// Images of web servers that mostly stand in front of other programs.
const WEB_SERVERS: [&str; 9] =
    ["apache2", "caddy", "envoy", "haproxy", "httpd", "nginx", "nginx-unprivileged", "openresty", "traefik"];

/// Whether an image (last part of its name) is a web server or proxy.
pub(super) fn is_web_server(image: &str) -> bool {
    WEB_SERVERS.contains(&image)
}

impl Proxy {
    /// Where a service says that it is behind the proxy.
    fn behind<'a>(&self, service: &'a Node) -> Option<(&'a Node, String)> {
        let fields = |field: &str| service.get(field).into_iter().flat_map(Node::fields);
        let deployed = || service.path(&["deploy", "labels"]).into_iter().flat_map(Node::fields);
        let labels = || fields("labels").chain(deployed());
        if labels().any(|(key, _, value)| key == self.off && value.bool() == Some(false)) {
            return None;
        }
        let label = labels().find(|(key, _, _)| self.label.is_some_and(|label| key.starts_with(label)));
        let label = label.map(|(key, at, _)| (at, format!("labels.{key}")));
        let variable = fields("environment").find(|(key, _, _)| self.variable == Some(*key));
        label.or(variable.map(|(key, at, _)| (at, format!("environment.{key}"))))
    }
}

/// The public hosts that a service asks such a proxy for: ``Host(`a.example`)`` of Traefik's rules, nginx-proxy's
/// `VIRTUAL_HOST`, Caddy's label.
pub(super) fn public_hosts(service: &Node) -> BTreeSet<String> {
    let fields = |node: Option<&Node>| {
        let texts = node.into_iter().flat_map(Node::fields).filter_map(|(key, _, value)| Some((key, value.text()?)));
        texts.map(|(key, text)| (key.to_owned(), text.to_owned())).collect::<Vec<_>>()
    };
    let mut hosts = BTreeSet::new();
    let mut add = |list: &str| {
        let separators = |c: char| c.is_whitespace() || matches!(c, ',' | '`' | '"' | '\'');
        let bare = |host: &str| host.trim_start_matches("https://").trim_start_matches("http://").to_ascii_lowercase();
        let names = list.split(separators).map(bare);
        hosts.extend(names.filter(|h| h.contains('.') && !h.contains(['*', '{', '$', '/', ':'])));
    };
    let labels = fields(service.get("labels")).into_iter().chain(fields(service.path(&["deploy", "labels"])));
    for (key, text) in labels {
        if key.starts_with("traefik.") && key.ends_with(".rule") {
            let rules = text.split("Host(").skip(1).filter_map(|rest| rest.split(')').next());
            rules.chain(text.strip_prefix("Host:")).for_each(&mut add);
        } else if key == "caddy" {
            add(&text);
        }
    }
    let virtual_host = fields(service.get("environment")).into_iter().find(|(key, _)| key == "VIRTUAL_HOST");
    virtual_host.iter().for_each(|(_, text)| add(text));
    hosts
}

impl Reader<'_> {
    /// From each such proxy to the services that ask to be behind it, and to what their labels name.
    pub(super) fn behind_proxies(&mut self, subjects: &[Subject<'_>]) {
        let middlewares = traefik::middlewares(subjects);
        for proxy in &PROXIES {
            for front in subjects.iter().filter(|s| proxy.images.contains(&s.image.name.as_str())) {
                for service in subjects.iter().filter(|s| s.name != front.name) {
                    let Some((at, field)) = proxy.behind(service.node) else { continue };
                    if !self.hosts.connected(&front.networks, service.name) {
                        continue;
                    }
                    let target = Target::Component(service.key.clone());
                    let evidence = Evidence::new(at.at(), field);
                    if proxy.label == Some("traefik.") {
                        self.through_traefik(front, service, &middlewares, &evidence);
                    }
                    let fact = DependencyFact::new(front.key.clone(), target, Interaction::Sync, evidence);
                    self.facts.dependencies.push(fact.confidence(Confidence::Inferred));
                    if let Some(name) = self.name(front.name) {
                        self.callers.insert(name);
                    }
                    self.named_in_labels(front, service.node);
                }
            }
        }
    }

    /// Addresses in labels are called by the proxy that reads them: error pages, authentication.
    fn named_in_labels(&mut self, front: &Subject<'_>, service: &Node) {
        let labels: Vec<(&str, &Node)> = service
            .get("labels")
            .into_iter()
            .flat_map(Node::fields)
            .filter(|(key, _, _)| key.starts_with("traefik."))
            .map(|(key, _, value)| (key, value))
            .collect();
        let settings: Vec<Setting<'_>> =
            labels.iter().map(|(key, value)| Setting { key, value: value.text().unwrap_or_default() }).collect();
        for (index, found) in address::in_settings(&settings) {
            if let Some((key, value)) = labels.get(index) {
                self.refer(front, found, Evidence::new(value.at(), format!("labels.{key}")));
            }
        }
    }
}
