//! Configuration of reverse proxies: nginx, HAProxy, Caddy, Apache. Members of one upstream are one cluster.

use super::super::expand::expand;
use super::super::key::{Meaning, Use, meaning};
use super::super::url::distinct;
use super::super::{Address, Found, value};
use super::variables;
use rustc_hash::FxHashSet;

/// Directives that pass a request on to the address behind them.
#[rustfmt::skip]
const PASS: &[&str] = &[
    "proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass", "memcached_pass", "redis_pass", "auth_pass",
];

/// Whether a text is a proxy's.
pub(super) fn is_proxy(name: &str, text: &str) -> bool {
    if name.starts_with("caddyfile") || name.starts_with("haproxy") {
        return true;
    }
    let directive = |word: &str| {
        let apache = matches!(word, "ProxyPass" | "ProxyPassMatch" | "BalancerMember");
        apache || matches!(word, "reverse_proxy" | "default_backend") || PASS.contains(&word)
    };
    text.lines().map(str::trim_start).filter(|line| !line.starts_with('#')).any(|line| {
        line.split([' ', '\t', '{', ';']).any(directive) || (line.starts_with("upstream ") && line.contains('{'))
    })
}

/// A statement: its line and its words.
struct Statement<'a> {
    line: usize,
    words: Vec<&'a str>,
    /// What ended it.
    end: char,
}

/// Members of one upstream.
#[derive(Default)]
struct Upstream {
    line: usize,
    members: Vec<Found>,
}

impl Upstream {
    fn add(&mut self, line: usize, text: &str) {
        if self.members.is_empty() {
            self.line = line;
        }
        self.members.extend(host(text));
    }

    fn close(&mut self) -> Option<(usize, Found)> {
        let members = std::mem::take(&mut self.members);
        let first = members.first()?.clone();
        let addresses = distinct(members.into_iter().flat_map(|found| found.addresses).collect());
        Some((self.line, Found { addresses, ..first }))
    }
}

/// What a proxy passes requests to.
pub(super) fn scan(text: &str) -> Vec<(usize, Found)> {
    let line = |line: &str| if line.len() > value::LONGEST { String::new() } else { expand(line) };
    let text = variables::substitute(text);
    let expanded = text.lines().map(line).collect::<Vec<_>>().join("\n");
    let mut found: Vec<(usize, Found)> = Vec::new();
    let mut passes: Vec<(usize, &str)> = Vec::new();
    let mut names: FxHashSet<&str> = FxHashSet::default();
    let mut blocks: Vec<&str> = Vec::new();
    let mut upstream = Upstream::default();
    let mut section = "";
    let statements = statements(&expanded);
    for statement in &statements {
        let line = statement.line;
        let (first, rest) = match statement.words.split_first() {
            Some((first, rest)) => (*first, rest),
            None => ("", &[] as &[&str]),
        };
        let inside = blocks.last().copied().unwrap_or_default();
        match (first, rest) {
            ("upstream", [name, ..]) => {
                names.insert(name);
            }
            ("server", [address, ..]) if inside == "upstream" => upstream.add(line, address),
            ("server" | "server-template", [_, rest @ ..]) if section == "backend" || section == "listen" => {
                // `server-template name 1-3 host:port` has a count before the host.
                let rest = if first == "server" { rest } else { rest.get(1..).unwrap_or_default() };
                if let Some(address) = rest.first() {
                    upstream.add(line, address);
                }
            }
            ("backend" | "listen" | "frontend" | "defaults" | "global" | "resolvers" | "peers" | "cache", _)
                if blocks.is_empty() =>
            {
                found.extend(upstream.close());
                section = first;
            }
            ("reverse_proxy" | "php_fastcgi" | "forward_auth", rest) => {
                rest.iter().filter(|w| !w.starts_with(['/', '@', '*'])).for_each(|w| upstream.add(line, w));
                if statement.end != '{' {
                    found.extend(upstream.close());
                }
            }
            ("to", rest) if inside == "reverse_proxy" => rest.iter().for_each(|w| upstream.add(line, w)),
            ("ProxyPass" | "ProxyPassMatch", [_, target, ..]) | ("ProxyPass", [target]) => {
                found.extend(url(target).map(|f| (line, f)));
            }
            ("<Proxy", _) | ("</Proxy>", _) => found.extend(upstream.close()),
            ("BalancerMember", [target, ..]) => upstream.add(line, target),
            ("set", [variable, target, ..]) if variable.contains(super::super::host::HOLE) => {
                found.extend(url(target).map(|f| (line, f)));
            }
            (word, [target, ..]) if PASS.contains(&word) => passes.push((line, target)),
            _ => {}
        }
        match statement.end {
            '{' => blocks.push(first),
            '}' => {
                if matches!(blocks.pop(), Some("upstream" | "reverse_proxy" | "php_fastcgi" | "forward_auth")) {
                    found.extend(upstream.close());
                }
            }
            _ => {}
        }
    }
    found.extend(upstream.close());
    for (line, target) in passes {
        let name = target.split_once("://").map_or(target, |(_, rest)| rest);
        let name = name.split(['/', ':', '?']).next().unwrap_or_default();
        // The name of an upstream is no host.
        if !names.contains(name) {
            found.extend(host(target).map(|f| (line, f)));
        }
    }
    found
}

/// Statements end at `;`, braces and line ends; `#` begins a comment.
fn statements(text: &str) -> Vec<Statement<'_>> {
    let mut all = Vec::new();
    for (line, content) in text.lines().enumerate() {
        let comment = if content.trim_start().starts_with('#') { Some(0) } else { content.find(" #") };
        let mut rest = &content[..comment.unwrap_or(content.len())];
        loop {
            let end = rest.find([';', '{', '}']);
            let (statement, after) = rest.split_at(end.unwrap_or(rest.len()));
            let words = statement.split_whitespace().map(|w| w.trim_matches(['"', '\''])).collect();
            all.push(Statement { line, words, end: after.chars().next().unwrap_or('\n') });
            match after.get(1..) {
                Some(next) if !next.trim().is_empty() => rest = next,
                _ => break,
            }
        }
    }
    all
}

/// An address that the directive says is one.
fn host(text: &str) -> Option<Found> {
    let certain = Meaning { usage: Use::Address, own: false, ..meaning("upstream_address") };
    value::of_meaning(&certain, "", text).pop()
}

/// An address that must have a scheme, and one that connects.
fn url(text: &str) -> Option<Found> {
    let connects = text.contains("://") && !text.starts_with("balancer:");
    let found = if connects { host(text) } else { None };
    found.filter(|found| matches!(found.addresses.as_slice(), [Address::Host { .. }]))
}
