use super::{systems, text};
use crate::facts::Kind;
use crate::parse::spans::{Attribute, Span, SpanKind};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Something that was called and that nobody instrumented, as its callers describe it.
///
/// Which fields tell two nodes apart depends on the kind: stores and caches by system, address, port and name (their
/// namespace), queues by system and name, functions and object stores by name, externals by address or name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Node {
    /// What sort of thing: datastore, cache, queue, function, object-store or external.
    #[serde(serialize_with = "kind_to_word", deserialize_with = "kind_from_word")]
    pub kind: Kind,
    /// What speaks there, under its current name: `postgresql`, `kafka`; empty if unknown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub system: String,
    /// Host in lower case. `system@service` if the caller does not say where its store is, or says itself: then nobody
    /// else's store is the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Port, unless it is the system's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// Namespace of a database, destination of messages, name of a function, bucket or peer service.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
}

impl Node {
    /// Its id in the graph (DESIGN section 12): `datastore:db.shop:5433/orders`, `queue:kafka/orders`,
    /// `external:api.stripe.com`.
    pub fn id(&self) -> String {
        let word = self.kind.word();
        match self.kind {
            Kind::Datastore | Kind::Cache => {
                let port = self.port.map(|p| format!(":{p}")).unwrap_or_default();
                let name = if self.name.is_empty() { "*" } else { &self.name };
                format!("{word}:{}{port}/{name}", self.address)
            }
            Kind::Queue if self.name.is_empty() => format!("{word}:{}/{}", self.system, self.address),
            Kind::Queue => format!("{word}:{}/{}", self.system, self.name),
            _ if self.address.is_empty() => format!("{word}:{}", self.name),
            _ => format!("{word}:{}", self.address),
        }
    }
}

fn kind_to_word<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.word())
}

fn kind_from_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Kind, D::Error> {
    let word = String::deserialize(deserializer)?;
    Kind::from_word(&word).ok_or_else(|| serde::de::Error::custom("unknown kind of component"))
}

/// What the caller does with the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Call and, as far as can be seen, wait.
    Call,
    /// Send, or start without waiting.
    Publish,
    /// Receive.
    Consume,
}

/// What a span says of the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The other side, if nobody there recorded a span.
    pub node: Node,
    /// What is done with it.
    pub mode: Mode,
    /// Attributes of databases, messaging or functions say what it is; otherwise it is only an address.
    pub semantic: bool,
}

/// Writes those attributes that [`peer`] looks at, as far as it looks at them: spans that write the same have the same
/// peer. False if nothing is written, and so there is no peer.
pub fn key(attributes: &[(Attribute, &str)], into: &mut Vec<u8>) -> bool {
    use Attribute::*;
    let mut any = false;
    // Where one of these is there, `Values::address` does not look at URLs.
    let named = attributes.iter().any(|(a, text)| matches!(a, ServerAddress | NetPeerName) && !text.trim().is_empty());
    for &(attribute, text) in attributes {
        let text = match attribute {
            // Each URL is different, but few hosts are.
            UrlFull | HttpUrl if named => continue,
            UrlFull | HttpUrl => text::authority(text),
            RpcStatusCode
            | RpcResponseStatusCode
            | RpcGrpcStatusCode
            | HttpRequestMethod
            | HttpMethod
            | HttpRoute
            | HttpResponseStatusCode
            | HttpStatusCode
            | HttpRequestResendCount
            | HttpResendCount
            | ErrorType
            | DbOperationName
            | DbOperation
            | DbQueryText
            | DbStatement => continue,
            _ => text,
        };
        any = true;
        into.push(attribute as u8);
        into.extend(text.as_bytes());
        into.push(0x1f);
    }
    any
}

/// Values of one span, found by what they mean.
struct Values<'a> {
    attributes: &'a [(Attribute, &'a str)],
}

impl<'a> Values<'a> {
    fn get(&self, wanted: Attribute) -> Option<&'a str> {
        self.attributes.iter().find(|(a, _)| *a == wanted).map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    fn first(&self, wanted: &[Attribute]) -> Option<&'a str> {
        wanted.iter().find_map(|&a| self.get(a))
    }

    fn clean(&self, wanted: &[Attribute]) -> String {
        self.first(wanted).map(|text| text::clean(text).into_owned()).unwrap_or_default()
    }

    /// Host and port of the other side. Names are better than addresses, and addresses better than nothing.
    fn address(&self) -> Option<(String, Option<u16>)> {
        use Attribute::*;
        let names = [ServerAddress, NetPeerName, NetSockPeerName, PeerHostname, HttpHost, UrlFull, HttpUrl];
        let numbers = [NetworkPeerAddress, NetSockPeerAddr, NetPeerIp, PeerAddress, PeerIpv4];
        let found = |wanted: &[Attribute]| self.first(wanted).and_then(text::host);
        let (host, port) = found(&names).or_else(|| found(&numbers))?;
        let ports = [ServerPort, NetPeerPort, NetworkPeerPort, NetSockPeerPort, PeerPort];
        Some((host, port.or_else(|| self.first(&ports)?.parse().ok())))
    }
}

/// What a span says of its other side, seen from `service`; nothing if it says nothing.
pub fn peer(span: &Span<'_>, service: &str) -> Option<Peer> {
    use Attribute::*;
    let values = Values { attributes: span.attributes };
    let called_service = || values.first(&[ServicePeerName, PeerService]).map(|name| text::clean(name).into_owned());
    if let Some(system) = values.first(&[DbSystemName, DbSystem, DbType]).map(systems::current_name) {
        return store(&values, system, service, called_service()).map(semantic(Mode::Call));
    }
    if let Some(queue) = queue(&values, span.kind, called_service()) {
        return Some(semantic(mode(&values, span.kind))(queue));
    }
    let bare = |kind, name| Node { kind, system: String::new(), address: String::new(), port: None, name };
    if let Some(function) = values.get(FaasInvokedName) {
        return Some(semantic(Mode::Call)(bare(Kind::Function, text::clean(function).into_owned())));
    }
    if let Some(bucket) = values.get(AwsS3Bucket) {
        return Some(semantic(Mode::Call)(bare(Kind::ObjectStore, text::clean(bucket).into_owned())));
    }
    let address = values.address().filter(|(host, _)| !text::is_loopback(host));
    let name = match (called_service(), values.get(ServicePeerNamespace)) {
        (Some(name), Some(namespace)) => format!("{}/{name}", text::clean(namespace)),
        (name, _) => name.unwrap_or_default(),
    };
    let node = match address {
        Some((address, port)) => {
            Node { address, port: port.filter(|p| !matches!(p, 80 | 443)), ..bare(Kind::External, name) }
        }
        None if !name.is_empty() => bare(Kind::External, name),
        // A gRPC client that knows no address still knows whom it talks to.
        None => bare(Kind::External, values.get(RpcService).map(|name| text::clean(name).into_owned())?),
    };
    Some(Peer { node, mode: Mode::Call, semantic: false })
}

fn semantic(mode: Mode) -> impl Fn(Node) -> Peer {
    move |node| Peer { node, mode, semantic: true }
}

fn store(values: &Values<'_>, system: String, service: &str, called: Option<String>) -> Option<Node> {
    use Attribute::*;
    let name = values.clean(&[DbNamespace, DbName, DbInstance, DbElasticsearchCluster, DbRedisIndex]);
    let known = values.address().filter(|(host, _)| !text::is_loopback(host));
    // A number says less than the name that somebody gave to it.
    let known = match called {
        Some(called) if known.as_ref().is_none_or(|(host, _)| host.parse::<std::net::IpAddr>().is_ok()) => {
            Some((called.to_ascii_lowercase(), known.and_then(|(_, port)| port)))
        }
        _ => known,
    };
    let (address, port) = known.unwrap_or_else(|| (format!("{system}@{service}"), None));
    let port = port.filter(|&p| systems::usual_port(&system) != Some(p));
    let kind = if systems::is_cache(&system) { Kind::Cache } else { Kind::Datastore };
    Some(Node { kind, system, address, port, name })
}

fn queue(values: &Values<'_>, kind: SpanKind, called: Option<String>) -> Option<Node> {
    use Attribute::*;
    let is_true = |attributes: &[Attribute]| values.first(attributes).is_some_and(|v| v.eq_ignore_ascii_case("true"));
    // Reply queues and the like have a new name each time.
    let passing = is_true(&[MessagingDestinationTemporary, MessagingDestinationAnonymous, MessagingTempDestination]);
    let named = values.first(&[MessagingDestinationTemplate]).or_else(|| {
        let name = values.first(&[MessagingDestinationName, MessagingDestination, MessageBusDestination])?;
        Some(if passing { "(temporary)" } else { name })
    });
    let system = values.get(MessagingSystem);
    let is_message = matches!(kind, SpanKind::Producer | SpanKind::Consumer);
    let name = match named {
        // A queue's URL: its path names it.
        Some(name) if name.contains("://") => {
            let path = name.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
            text::clean(path).into_owned()
        }
        Some(name) => text::clean(name).into_owned(),
        None => String::new(),
    };
    // Without a destination only the broker is known, and only a message's span is about it.
    let broker = values.address().filter(|(host, _)| !text::is_loopback(host)).map(|(host, _)| host).or(called);
    let address = match (name.is_empty(), broker) {
        (false, _) => String::new(),
        (true, Some(broker)) if is_message || system.is_some() => broker,
        _ => return None,
    };
    let system = text::clean(system.unwrap_or("messaging")).to_ascii_lowercase();
    Some(Node { kind: Kind::Queue, system, address, port: None, name })
}

/// What is done with messages that are there already.
pub(super) const CONSUMING: &[&str] =
    &["receive", "process", "deliver", "poll", "consume", "settle", "ack", "nack", "commit"];

/// What brings messages about.
pub(super) const PUBLISHING: &[&str] = &["send", "publish", "create", "produce"];

fn mode(values: &Values<'_>, kind: SpanKind) -> Mode {
    use Attribute::*;
    let operation = values.first(&[MessagingOperationType, MessagingOperation, MessagingOperationName]);
    match operation.map(str::to_ascii_lowercase).as_deref() {
        Some(verb) if CONSUMING.contains(&verb) => Mode::Consume,
        Some(verb) if PUBLISHING.contains(&verb) => Mode::Publish,
        _ if kind == SpanKind::Consumer => Mode::Consume,
        _ => Mode::Publish,
    }
}
