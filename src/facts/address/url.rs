//! URLs of any scheme, JDBC and R2DBC included, to the addresses of their authority.

use super::family::port_of_scheme;
use super::host::{self, Endpoint};
use super::{Address, Family, resource};

/// What a URL leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    /// Several hosts are one cluster.
    pub addresses: Vec<Address>,
    /// The scheme does not name DNS hosts but names of a service registry (`lb://orders`).
    pub registry: bool,
}

/// Schemes that name something without a host: files, embedded databases, identities, images, variables.
#[rustfmt::skip]
const NO_HOST: &[&str] = &[
    "unix", "file", "data", "classpath", "urn", "mailto", "spiffe", "oci", "docker", "docker-daemon", "image",
    "container", "npipe", "fd", "env", "secret", "secrets", "ssm", "awssm", "vault", "resource", "jar", "about",
    "javascript", "chrome-extension", "moz-extension", "android-app", "app", "capacitor", "sqlite", "sqlite3",
    "memory", "mem", "inmemory", "in-memory", "embedded", "local", "test", "testing", "null", "noop", "console",
    "log", "vm", "direct", "keyring", "op", "aws", "projects", "ref", "tc", "maven", "pkg", "about", "tel", "sms",
];

/// Registries whose name stands where a path would: `dns:///svc:80`, `xds:///svc`.
const RESOLVERS: &[&str] = &["dns", "xds", "passthrough", "kubernetes", "k8s", "discovery", "static", "ipv4", "ipv6"];

/// Whether `text` begins with a scheme: `scheme://`, `jdbc:`, `r2dbc:` or one that has no `//`.
pub(super) fn has_scheme(text: &str) -> bool {
    split_scheme(text).is_some() || opaque(text).is_some()
}

/// `scheme` and what follows its `://`. JDBC-like chains (`jdbc:mysql:replication`) are one scheme here.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let ok = scheme.len() <= 64
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-_:".contains(&b));
    ok.then_some((scheme, rest))
}

/// The part before the first `:` of forms that go without `//`.
fn opaque(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let lower = scheme.to_ascii_lowercase();
    let known = matches!(lower.as_str(), "jdbc" | "r2dbc" | "unix" | "file" | "data" | "classpath" | "urn" | "mailto");
    (known || (matches!(lower.as_str(), "dns" | "ipv4" | "tcp" | "passthrough") && rest.contains(':')))
        .then_some((scheme, rest))
}

/// Reads a URL. `None` if it is none; no addresses if it is one that leads nowhere a manifest could show (files,
/// embedded databases, localhost) or whose host is not known.
pub(super) fn parse(text: &str) -> Option<Url> {
    if text.contains(char::is_whitespace) {
        return None;
    }
    let lower = text.get(..6).unwrap_or(text).to_ascii_lowercase();
    if lower.starts_with("jdbc:") || lower.starts_with("r2dbc:") {
        return Some(plain(super::dsn::jdbc(text)));
    }
    let Some((scheme, rest)) = split_scheme(text) else {
        let (scheme, rest) = opaque(text)?;
        let hosts = if matches!(scheme, "dns" | "ipv4" | "tcp" | "passthrough") { rest } else { "" };
        return Some(plain(hosts.split(',').filter_map(|h| host_address(host::endpoint(h)?, None, None)).collect()));
    };
    // `optional:configserver:http://…`: the last of a chain is the one that connects.
    let scheme = scheme.rsplit(':').next().unwrap_or_default();
    let base = scheme.split('+').next().unwrap_or_default().to_ascii_lowercase();
    // `redis+unix://`, `http+unix://`, `unix+…`; a driver suffix otherwise says nothing about the host.
    if scheme.split('+').any(|part| NO_HOST.contains(&part.to_ascii_lowercase().as_str())) {
        return Some(plain(Vec::new()));
    }
    if matches!(base.as_str(), "s3" | "s3a" | "s3n" | "gs" | "abfs" | "abfss" | "wasb" | "wasbs" | "azblob") {
        return Some(plain(resource::bucket(&base, rest).into_iter().collect()));
    }
    if base == "k8s" && rest.starts_with("http") {
        return parse_inner(rest);
    }
    if RESOLVERS.contains(&base.as_str()) {
        let target = rest.split_once('/').map_or(rest, |(_, target)| target);
        let target = target.split(['?', '#']).next().unwrap_or_default();
        let family = Some(Family::Grpc);
        let addresses = target.split(',').filter_map(|h| host_address(host::endpoint(h)?, family, None)).collect();
        return Some(Url { addresses, registry: base == "xds" || base == "discovery" });
    }
    // The driver's own grammar behind a scheme, as golang-migrate takes it.
    if let Some(addresses) = super::dsn::go_sql(rest).filter(|_| matches!(base.as_str(), "mysql" | "mariadb")) {
        return Some(plain(addresses));
    }
    let mut addresses = authority(scheme, rest);
    if base == "zookeeper" || base == "nacos" {
        addresses.extend(backups(scheme, rest));
    }
    Some(Url { addresses: distinct(addresses), registry: base == "lb" })
}

/// `k8s://https://…`, once.
fn parse_inner(text: &str) -> Option<Url> {
    let (scheme, rest) = split_scheme(text)?;
    Some(plain(authority(scheme, rest)))
}

fn plain(addresses: Vec<Address>) -> Url {
    Url { addresses: distinct(addresses), registry: false }
}

/// Dubbo's way to write the other members of a registry: `?backup=h2:2181,h3:2181`.
fn backups(scheme: &str, rest: &str) -> Vec<Address> {
    let query = rest.split_once('?').map_or("", |(_, q)| q);
    let list = query.split('&').find_map(|p| p.strip_prefix("backup=")).unwrap_or_default();
    let family = Family::from_scheme(scheme);
    list.split(',').filter_map(|h| host_address(host::endpoint(h)?, family, port_of_scheme(scheme))).collect()
}

/// The hosts of an authority: credentials dropped, `h1,h2:5433` is a cluster.
pub(super) fn authority(scheme: &str, rest: &str) -> Vec<Address> {
    let family = Family::from_scheme(scheme);
    let port = port_of_scheme(scheme);
    let mut end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    // People forget to escape `/`, `?` and `#` in passwords. Web paths may hold `@`, connection strings do not: there
    // the last `@` ends the credentials, lest a piece of a password be taken for a host.
    let web = matches!(family, Some(Family::Http | Family::Https | Family::Grpc) | None);
    let mut start = 0;
    if !web
        && !rest[..end].contains('@')
        && let Some(at) = rest.rfind('@')
    {
        start = at + 1;
        end = rest[start..].find(['/', '?', '#']).map_or(rest.len(), |i| start + i);
    }
    let hosts = rest[start..end].rsplit_once('@').map_or(&rest[start..end], |(_, hosts)| hosts);
    let endpoints: Option<Vec<_>> = hosts.split(',').filter(|h| !h.trim().is_empty()).map(endpoint_of).collect();
    let Some(endpoints) = endpoints else { return known_only(hosts, family, port) };
    if let [only] = endpoints.as_slice()
        && web
        && let Some(found) = resource::web(&only.host, &rest[end..])
    {
        return vec![found];
    }
    endpoints.into_iter().filter_map(|e| host_address(e, family, port)).collect()
}

/// One member of an authority; `host:port` with a Kafka listener's or MySQL's scheme before it counts as well.
fn endpoint_of(text: &str) -> Option<Endpoint> {
    let text = text.trim();
    host::endpoint(text.split_once("://").map_or(text, |(_, rest)| rest))
}

/// Of a list with members that cannot be read (variables), those that can.
fn known_only(hosts: &str, family: Option<Family>, port: Option<u16>) -> Vec<Address> {
    if !hosts.contains(',') {
        return Vec::new();
    }
    hosts.split(',').filter_map(endpoint_of).filter_map(|e| host_address(e, family, port)).collect()
}

/// An address of a host that is not this machine. The family is the scheme's, else the port's.
pub(super) fn host_address(at: Endpoint, family: Option<Family>, port: Option<u16>) -> Option<Address> {
    if host::is_local(&at.host) {
        return None;
    }
    let by_port = at.port.and_then(Family::from_port);
    let family = match family {
        // HTTP and gRPC are spoken by stores and collectors too: their ports say more.
        None | Some(Family::Http | Family::Https | Family::Grpc) => by_port.or(family),
        family => family,
    };
    Some(Address::Host { host: at.host, port: at.port.or(port), family })
}

/// Without repetitions, in the order written.
pub(super) fn distinct(addresses: Vec<Address>) -> Vec<Address> {
    let mut seen = rustc_hash::FxHashSet::default();
    addresses.into_iter().filter(|a| seen.insert(a.clone())).collect()
}
