//! Every form of address, and where a value is one (SEMANTICS E.1, E.5). Credentials never leave this module.
//!
//! `host` knows what a name is, `url`, `dsn` and `resource` the grammars, `key` what a setting's name says of its
//! value, `value` and `list` put these together; `settings`, `command`, `arguments` and `file` know where values stand.

mod arguments;
mod command;
mod dsn;
mod expand;
mod family;
mod file;
mod host;
mod image;
mod key;
mod list;
mod resource;
mod settings;
mod shell;
mod url;
mod value;

use super::{Confidence, Criticality, Interaction, Kind, Plane};

pub use family::Family;

/// Who is meant by an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Address {
    /// A host name or IP address in lower case, without credentials, path or trailing dot.
    Host {
        /// The host.
        host: String,
        /// The port, if written or implied by a scheme.
        port: Option<u16>,
        /// What speaks there, if the scheme, the port or the key says so.
        family: Option<Family>,
    },
    /// A cloud resource named by an ARN, a queue URL or its own scheme.
    Resource {
        /// Queue, topic, object store, datastore or function.
        kind: Kind,
        /// The service it belongs to: `sqs`, `s3`, `dynamodb`, …
        service: String,
        /// Its name.
        name: String,
    },
}

impl Address {
    /// The host, or the name of the resource.
    pub fn name(&self) -> &str {
        match self {
            Address::Host { host, .. } => host,
            Address::Resource { name, .. } => name,
        }
    }
}

/// Addresses that one value uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// At least one; several are one cluster.
    pub addresses: Vec<Address>,
    /// See [`super::Target::Addresses`].
    pub certain: bool,
    /// `Telemetry` if the key or scheme says that it only reports (`OTEL_EXPORTER_OTLP_ENDPOINT`, …), `Startup` if
    /// something is fetched from there once (`git clone`), else `Runtime`.
    pub plane: Plane,
    /// What passes, as far as the family or key says: `Sync` by default.
    pub interaction: Interaction,
    /// `Declared`, or `Inferred` where the address stands in free text or is only waited for (`wait-for-it.sh`, `nc`).
    pub confidence: Confidence,
    /// Whether the component does without it, where what the setting belongs to decides that.
    pub criticality: Option<Criticality>,
}

/// A key and its value, as in an environment, a properties file or a ConfigMap.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The key as written; it decides whether a bare word is an address.
    pub key: &'a str,
    /// The value with variables already expanded.
    pub value: &'a str,
}

/// The addresses used by the settings of one component, each with the index of its setting. Pairs such as
/// `DB_HOST` and `DB_PORT` are joined; a value of several lines may be a configuration file.
pub fn in_settings(settings: &[Setting<'_>]) -> Vec<(usize, Found)> {
    settings::of_component(settings)
}

/// The addresses used by the words of a command line (`command` and `args`, shell scripts inside them included), each
/// with the index of its word.
pub fn in_command(words: &[&str]) -> Vec<(usize, Found)> {
    command::scan(words)
}

/// The addresses used by a configuration file (properties, YAML, JSON, TOML, XML, nginx.conf, Caddyfile, plain lines),
/// each with the index (from 0) of its line. `name` is the file's name or path and helps to tell the format.
pub fn in_file(name: &str, text: &str) -> Vec<(usize, Found)> {
    file::scan(name, text)
}

/// The first host or resource of a URL. `None` if the text is no URL, or one that leads to no other machine.
pub fn host_of_url(text: &str) -> Option<Address> {
    url::parse(text.trim())?.addresses.into_iter().next()
}

/// The first address of a text that is known to be one: a URL, a connection string, `host:port` or a bare host.
pub fn parse_one(text: &str) -> Option<Address> {
    value::first_address(text)
}

/// What a container image runs, if it is a known store, broker or cache: by the last segment of the image's name.
pub fn kind_of_image(image: &str) -> Option<Kind> {
    image::kind(image)
}

/// What listens on a port that one family of stores or brokers is known by.
pub fn kind_of_port(port: i64) -> Option<Kind> {
    match port {
        1433 | 1521 | 3306 | 5432 | 9042 | 26257 | 27017 => Some(Kind::Datastore),
        6379 | 11211 => Some(Kind::Cache),
        4222 | 5672 | 9092 | 61616 => Some(Kind::Queue),
        _ => None,
    }
}

/// Whether a key is a setting of software of one of these names: `KAFKA_ZOOKEEPER_CONNECT` of an image `cp-kafka`.
pub fn is_named_after<'a>(key: &str, names: impl Iterator<Item = &'a str>) -> bool {
    key::is_named_after(key, names)
}

/// Whether a container image only watches others: collectors, scrapers, tracing and metrics back ends, dashboards.
pub fn is_telemetry_image(image: &str) -> bool {
    image::is_telemetry(image)
}
