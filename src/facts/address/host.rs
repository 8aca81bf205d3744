//! Whole host names and ports, and those that mean the machine itself.

use std::net::{IpAddr, Ipv6Addr};

/// Stands where a variable could not be resolved: no part of a host or port can hold it.
pub(super) const HOLE: char = '\u{fffc}';

/// A host with the port that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// Lower case, no trailing dot, no brackets.
    pub host: String,
    /// As written.
    pub port: Option<u16>,
}

/// Reads `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address; `None` if it is anything else.
/// A port that is a variable is an unknown port; any other text there makes it no endpoint.
pub(super) fn endpoint(text: &str) -> Option<Endpoint> {
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        let host = inside.split('%').next()?.parse::<Ipv6Addr>().ok()?.to_string();
        let port = match after.strip_prefix(':') {
            None if after.is_empty() => None,
            None => return None,
            Some(port) => self::port(port)?,
        };
        return Some(Endpoint { host, port });
    }
    if text.matches(':').count() > 1 {
        return text.parse::<Ipv6Addr>().ok().map(|ip| Endpoint { host: ip.to_string(), port: None });
    }
    match text.split_once(':') {
        None => Some(Endpoint { host: name(text)?, port: None }),
        Some((host, port)) => Some(Endpoint { host: name(host)?, port: self::port(port)? }),
    }
}

/// The outer `None` is "no port at all", the inner one "not known".
fn port(text: &str) -> Option<Option<u16>> {
    if text.is_empty() || text.contains(HOLE) {
        return Some(None);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0).map(Some)
}

/// A host name or IPv4 address in lower case, or `None`. Underscores count, as Compose names have them.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    if text.is_empty() || text.len() > 253 {
        return None;
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return ip.is_ipv4().then(|| ip.to_string());
    }
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let numeric = |label: &&str| label.bytes().all(|b| b.is_ascii_digit());
    let labels = || text.split('.');
    // `1.2.3-alpine` and `10.0.0.x` are versions and ranges; a name may have numeric labels, but not end in one.
    let version = labels().take_while(numeric).count() >= 2 || labels().next_back().is_some_and(|l| numeric(&l));
    // `YOUR_HOST_HERE` and `your-account.example.com` wait to be filled in.
    let blank = (text.contains('_') && !text.bytes().any(|b| b.is_ascii_lowercase()))
        || text
            .get(..5)
            .is_some_and(|start| start.eq_ignore_ascii_case("your-") || start.eq_ignore_ascii_case("your_"));
    let lettered = text.bytes().any(|b| b.is_ascii_alphabetic());
    (labels().all(label_ok) && lettered && !version && !blank).then(|| text.to_ascii_lowercase())
}

/// Hosts that are the machine, the pod or the platform itself: never a dependency that a manifest could show.
pub(super) fn is_local(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return match ip {
            IpAddr::V4(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_link_local() || ip.is_broadcast(),
            IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unicast_link_local(),
        };
    }
    #[rustfmt::skip]
    const LOCAL: &[&str] = &[
        "localhost", "localhost.localdomain", "ip6-localhost", "metadata", "metadata.google.internal",
        "metadata.goog", "instance-data", "host-gateway", "docker.for.mac.localhost", "docker.for.mac.host.internal",
        "docker.for.win.localhost", "docker.for.win.host.internal", "docker.for.linux.localhost",
        "host.docker.internal", "gateway.docker.internal", "kubernetes.docker.internal", "host.containers.internal",
        "host.minikube.internal", "host.k3d.internal", "host.lima.internal", "kubernetes.default",
        "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
    ];
    LOCAL.contains(&host) || host.ends_with(".localhost")
}

/// Words that people write where a host could stand and that name nothing; durations and sizes (`10s`, `16MiB`) too.
pub(super) fn is_placeholder(host: &str) -> bool {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "default", "auto", "any",
        "all", "enabled", "disabled", "changeme", "dns", "env", "static", "dynamic", "local", "internal", "external",
        "inmemory", "in-memory", "memory", "mem", "stdout", "stderr", "console", "unset", "n_a", "tbd", "todo",
        "verbose", "debug", "info", "information", "warn", "warning", "error", "fatal", "trace", "critical",
    ];
    let unit = host.trim_start_matches(|c: char| c.is_ascii_digit());
    let quantity = unit.len() < host.len()
        && matches!(
            unit,
            "ms" | "s" | "m" | "h" | "d" | "b" | "k" | "kb" | "kib" | "mb" | "mib" | "mi" | "g" | "gb" | "gib" | "gi"
        );
    quantity || WORDS.contains(&host)
}

/// Whether a name can only be one of the public DNS: at least two labels, a top-level domain of letters, and not one
/// of the suffixes that clusters, home networks and files use.
pub(super) fn is_public(host: &str) -> bool {
    #[rustfmt::skip]
    const NOT_PUBLIC: &[&str] = &[
        "svc", "local", "internal", "localdomain", "lan", "cluster", "consul", "yml", "yaml", "json", "conf", "cfg",
        "toml", "ini", "xml", "properties", "jar", "war", "js", "ts", "py", "rb", "php", "html", "css", "sql", "db",
        "sqlite", "log", "txt", "md", "pem", "crt", "key", "cert", "env", "exe", "dll", "so", "zip", "gz", "tar",
        "csv", "lua", "default",
    ];
    let Some((rest, tld)) = host.rsplit_once('.') else { return false };
    let tld_ok = tld.len() >= 2 && tld.bytes().all(|b| b.is_ascii_alphabetic()) || tld.starts_with("xn--");
    !rest.is_empty() && tld_ok && !NOT_PUBLIC.contains(&tld) && !host.contains('_')
}
