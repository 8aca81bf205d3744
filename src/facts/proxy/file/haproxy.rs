//! haproxy.cfg. A backend has the settings of the `defaults` before it, unless it has its own.

use super::{Proxy, Upstream, host};
use crate::facts::block::Time;
use crate::facts::proxy::haproxy_retries;
use crate::facts::{Retried, TimeoutOrigin};

/// Settings of a section.
#[derive(Clone, Debug, Default)]
struct Settings {
    retries: Option<(u32, usize)>,
    /// Retries are written and cannot be read.
    misread: bool,
    /// Limit of the time until a piece of an answer comes, in milliseconds.
    server: Option<f64>,
    retry_on: Option<Vec<String>>,
}

/// A backend in the making.
#[derive(Default)]
struct Backend {
    line: usize,
    settings: Settings,
    servers: Vec<crate::facts::address::Address>,
}

pub(super) fn upstreams(text: &str, proxy: &Proxy<'_>) -> Vec<Upstream> {
    const SECTIONS: [&str; 10] =
        ["global", "defaults", "frontend", "backend", "listen", "resolvers", "peers", "userlist", "cache", "program"];
    let mut found = Vec::new();
    let mut defaults = Settings::default();
    let mut section = "";
    let mut backend = Backend::default();
    for (line, content) in text.lines().enumerate() {
        let words: Vec<&str> = content.split('#').next().unwrap_or_default().split_whitespace().collect();
        let Some((&first, rest)) = words.split_first() else { continue };
        if SECTIONS.contains(&first) {
            close(std::mem::take(&mut backend), proxy, &mut found);
            section = first;
            if section == "defaults" {
                defaults = Settings::default();
            }
            backend = Backend { line, settings: defaults.clone(), servers: Vec::new() };
            continue;
        }
        let settings = match section {
            "defaults" => &mut defaults,
            "backend" | "listen" => &mut backend.settings,
            _ => continue,
        };
        match (first, rest) {
            ("retries", [n, ..]) => {
                settings.retries = n.parse().ok().map(|n| (n, line));
                settings.misread = settings.retries.is_none();
                if settings.misread {
                    proxy.misread(line, "retries", "a whole number, 0 or more");
                }
            }
            ("timeout", ["server", time, ..]) => {
                settings.server = Time::Milliseconds.milliseconds(time);
                if settings.server.is_none() {
                    proxy.misread(line, "timeout server", Time::Milliseconds.expected());
                }
            }
            ("retry-on", words) => settings.retry_on = Some(words.iter().map(|w| (*w).to_owned()).collect()),
            ("server", [_, address, ..]) => backend.servers.extend(host(address)),
            ("server-template", [_, _, address, ..]) => backend.servers.extend(host(address)),
            _ => {}
        }
    }
    close(backend, proxy, &mut found);
    found
}

fn close(backend: Backend, proxy: &Proxy<'_>, found: &mut Vec<Upstream>) {
    if backend.servers.is_empty() {
        return;
    }
    let Settings { retries, misread, server, retry_on } = backend.settings;
    let mut policy = (proxy.blank)(backend.line, "backend");
    let place = retries.map_or(backend.line, |(_, line)| line);
    let evidence = (proxy.blank)(place, if retries.is_some() { "retries" } else { "backend" }).evidence;
    let mut retry = haproxy_retries(policy.layer, retries.map(|(n, _)| n), evidence);
    if let Some(words) = retry_on {
        let has = |names: &[&str]| words.iter().any(|w| names.contains(&w.as_str()));
        let all = has(&["all-retryable-errors"]);
        retry.retried = Retried {
            refused: all || has(&["conn-failure"]),
            error: all || has(&["500", "501", "502", "503", "504", "empty-response", "junk-response"]),
            late: all || has(&["response-timeout"]),
        };
        retry.conditions = words.into_iter().map(Into::into).collect();
    }
    retry.per_try_timeout_ms = server;
    policy.retry = (!misread).then_some(retry);
    policy.timeout = Some((f64::INFINITY, TimeoutOrigin::Disabled));
    found.push(Upstream { addresses: backend.servers, policy });
}
