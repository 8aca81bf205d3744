//! What the name of a setting says of its value: whether it is an address, whose, and for what.

use super::{Family, Plane};

/// How much a key says of a bare word below it. Later is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Use {
    /// The value is no address that this component uses, whatever it looks like.
    Never,
    /// Only values that are addresses by their own form.
    Free,
    /// A bare word is an address if it resolves (`CACHE=redis`).
    Suggests,
    /// An address in all likelihood (`*_URL`, `*_SERVER`): a bare word must still resolve.
    Likely,
    /// An address for sure (`*_HOST`, `*_ADDR`).
    Address,
}

/// What a key means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    /// How much it says of a bare word.
    pub usage: Use,
    /// The component's own address as others see it, perhaps (`BASE_URL`): must resolve to count.
    pub own: bool,
    /// It is the component's own address, and nothing else (`PUBLIC_URL`, but not `BASE_URL`).
    pub shown: bool,
    /// What it is used for.
    pub plane: Plane,
    /// What speaks there.
    pub family: Option<Family>,
    /// A list under it is one cluster (`*_HOSTS`), not several things (`*_URLS`).
    pub cluster: bool,
    /// The key is in the plural, so that words with spaces between them are a list.
    pub plural: bool,
    /// What it names is waited for, not called by this setting itself.
    pub awaited: bool,
    /// A command line or options for one.
    pub command: bool,
    /// Words before the noun that makes it an address: `db` of `DB_HOST`; joins it with `DB_PORT`.
    pub stem: Option<Vec<String>>,
}

/// Nouns that make a key an address for sure.
#[rustfmt::skip]
const ADDRESS: &[&str] = &[
    "host", "hosts", "hostname", "hostnames", "addr", "addrs", "address", "addresses", "hostaddr", "replicaof",
    "slaveof",
];
/// Nouns that make a key an address in all likelihood.
#[rustfmt::skip]
const LIKELY: &[&str] = &[
    "url", "urls", "uri", "uris", "endpoint", "endpoints", "broker", "brokers", "server", "servers", "bootstrap",
    "upstream", "upstreams", "peer", "peers", "node", "nodes", "dsn", "seed", "seeds", "sentinel", "sentinels",
    "voters", "contactpoints", "fqdn", "origin", "connect", "join",
];
/// Nouns that suggest one.
#[rustfmt::skip]
const SUGGESTS: &[&str] = &[
    "connection", "connections", "connectionstring", "conn", "bus", "eventbus", "queue", "mq", "cache", "service",
    "services", "svc", "backend", "backends", "gateway", "proxy", "target", "targets", "collector", "agent", "master",
    "slave", "primary", "replica", "leader", "registry", "client", "api", "destination", "remote", "ip", "members",
    "cluster", "relay", "tracker", "discovery", "store",
];
/// Qualifiers that may follow the noun: `DB_HOST_RO`, `API_URL_INTERNAL`, `CatalogUrlHC`.
#[rustfmt::skip]
const QUALIFIERS: &[&str] = &[
    "primary", "secondary", "replica", "read", "write", "readonly", "ro", "rw", "reader", "writer", "master", "slave",
    "internal", "external", "private", "default", "http", "https", "grpc", "tcp", "rest", "dev", "prod", "production",
    "staging", "local", "override", "list", "csv", "hc", "v1", "v2", "v3", "v4", "ip", "main", "sync", "async",
    "docker", "k8s",
];
/// Last words whose values are never addresses, though some look like one.
#[rustfmt::skip]
const NOT_ADDRESSES: &[&str] = &[
    "user", "users", "username", "login", "password", "passwd", "pass", "pwd", "secret", "secrets", "token", "tokens",
    "key", "credential", "credentials", "auth", "name", "names", "topic", "topics", "profile", "profiles", "image",
    "images", "tag", "tags", "version", "file", "dir", "directory", "level", "mode", "type", "driver", "dialect",
    "engine", "class", "id", "ids", "group", "region", "port", "ports", "timeout", "interval", "description",
    "documentation", "docs", "doc", "title", "homepage", "license", "schema", "xmlns", "namespace", "email",
    "audience", "audiences", "aud", "scope", "scopes", "origins", "referer", "referrer", "logo", "icon", "favicon",
    "avatar", "help", "message", "template", "pattern", "regex", "format", "locale", "lang", "prefix", "suffix",
    "label", "labels", "annotation", "annotations", "comment", "note", "notes", "query", "expr", "expression",
    "summary", "runbook", "legend", "apiversion", "kind", "repository", "copyright", "author", "weight", "weights",
    "attributes", "csp", "policy", "package", "module", "vendor", "example", "examples", "terms", "privacy",
    "support", "contact", "favicons", "banner", "xsi",
];
/// Words anywhere in the last part of a key that make it another's way to this component, or a browser's.
#[rustfmt::skip]
const NOT_CALLED: &[&str] = &[
    "current", "this", "listen", "listener", "listeners", "bind", "binding", "advertise", "advertised", "announce",
    "cors", "allowed", "allow", "whitelist", "allowlist", "blocked", "ignore", "ignored", "exclude", "excluded",
    "trusted", "redirect", "redirects", "callback", "callbacks", "referer", "letsencrypt", "nonproxyhosts", "alias",
];
/// Nouns below which a list is one cluster.
#[rustfmt::skip]
const CLUSTERS: &[&str] = &[
    "host", "hosts", "hostnames", "addrs", "addresses", "nodes", "peers", "broker", "brokers", "server", "servers",
    "bootstrap", "seeds", "sentinels", "members", "cluster", "voters", "contactpoints", "join",
];
/// Settings of well-known software by which it is told its own name, and lists of exceptions.
const OWN_NAMES: &[&[&str]] = &[
    &["no", "proxy"],
    &["service", "name"],
    &["aspnetcore", "urls"],
    &["virtual", "host"],
    &["phx", "host"],
    &["n8n", "host"],
    &["kc", "hostname"],
    &["keycloak", "hostname"],
    &["keycloak", "frontend"],
    &["nextauth", "url"],
    &["minio", "server", "url"],
    &["webserver", "base", "url"],
    &["eureka", "instance"],
    &["$schema"],
];
/// Words before `url` that make it a page for people.
#[rustfmt::skip]
const PAGES: &[&str] = &[
    "documentation", "docs", "tos", "terms", "privacy", "logo", "favicon", "homepage", "license", "swagger", "avatar",
    "help", "badge", "icon", "schema",
];
/// Nouns that may mean the component's own address when nothing says whose.
#[rustfmt::skip]
const OWNABLE: &[&str] = &[
    "host", "hostname", "addr", "address", "url", "urls", "uri", "endpoint", "server", "origin", "fqdn",
];
/// Words before the noun that leave it open whose address it is.
#[rustfmt::skip]
const OWN: &[&str] = &[
    "base", "public", "external", "ext", "site", "root", "app", "application", "self", "own", "my", "server", "web", "www",
    "canonical", "domain", "frontend", "http", "https", "default", "next", "vite", "react", "gf", "main", "wp",
    "home", "overwrite",
];
/// Those of them that as often mean the base of what is called.
const OPEN: &[&str] = &["base", "server", "http", "https", "default", "main"];
/// Words right before the noun that say that others are shown it, whatever stands before them: `PENPOT_PUBLIC_URI`.
const SHOWN: &[&str] = &["public", "site", "canonical"];
/// Words that mean being watched, not being served.
#[rustfmt::skip]
const TELEMETRY: &[&str] = &[
    "otel", "otlp", "opentelemetry", "opencensus", "opentracing", "zipkin", "jaeger", "tempo", "skywalking", "statsd",
    "dogstatsd", "datadog", "dd", "sentry", "bugsnag", "rollbar", "newrelic", "dynatrace", "instana", "honeycomb",
    "lightstep", "signoz", "uptrace", "pyroscope", "splunk", "graylog", "gelf", "syslog", "fluentd", "fluentbit",
    "fluent", "logstash", "filebeat", "loki", "mimir", "thanos", "prometheus", "pushgateway", "alertmanager",
    "grafana", "graphite", "telegraf", "collector", "tracing", "tracer", "trace", "traces", "telemetry", "metrics",
    "metric", "monitoring", "observability", "logging", "logs", "log", "logger", "apm", "seq", "appinsights",
    "applicationinsights", "insights", "healthcheck", "healthchecks", "healthz", "health", "hc", "uptime", "opamp",
    "relic",
];
/// Those of them that say what is done and not with which product: a store below them is where it goes.
#[rustfmt::skip]
const WATCHING: &[&str] = &[
    "collector", "tracing", "tracer", "trace", "traces", "telemetry", "metrics", "metric", "monitoring",
    "observability", "logging", "logs", "log", "logger", "apm", "insights", "healthcheck", "healthchecks", "healthz",
    "health", "hc", "uptime",
];
/// Words for the parts of what watches: behind its name they name nobody else.
#[rustfmt::skip]
const WATCHERS_PARTS: &[&str] = &[
    "exporter", "exporters", "export", "ingest", "ingester", "ingestion", "intake", "receiver", "reporter", "sender",
    "sink", "appender", "handler", "shipper", "forwarder", "push", "scrape", "distributor", "query", "check", "checks",
    "probe", "base", "web", "ui", "dashboard", "admin", "public", "site", "hec", "udp", "thrift", "sampler", "sampling",
    "manager", "config", "instrumentation", "sdk", "span", "spans", "event", "events", "input", "output", "string",
    "name", "traceloop",
];

/// Reads a key: an environment variable, a flag, a dotted or dashed path, camel case.
pub(super) fn meaning(key: &str) -> Meaning {
    let all = words(key);
    let last = words(last_part(key));
    let any = |set: &[&str], words: &[String]| words.iter().any(|w| set.contains(&w.as_str()));
    let plane = if watches(&all) { Plane::Telemetry } else { Plane::Runtime };
    // `WAIT_HOSTS` of docker-compose-wait.
    let awaited = all.first().is_some_and(|w| w == "wait" || w == "waitfor");
    let family = all.iter().rev().find_map(|w| Family::from_word(w));
    let mut meaning = Meaning {
        usage: Use::Free,
        own: false,
        shown: false,
        plane,
        family,
        cluster: false,
        plural: false,
        command: false,
        awaited,
        stem: None,
    };
    let own_name = OWN_NAMES.iter().any(|name| all.windows(name.len()).any(|words| words == *name));
    let never = own_name || any(NOT_CALLED, &last) || all == ["hostname"];
    if never {
        meaning.usage = Use::Never;
        return meaning;
    }
    let Some((noun, stem)) = noun(&all) else { return meaning };
    let noun = noun.as_str();
    let link = matches!(noun, "url" | "urls" | "uri" | "link" | "links" | "href");
    let page = link && stem.last().is_some_and(|w| PAGES.contains(&w.as_str()));
    if page || PAGES.contains(&noun) || NOT_ADDRESSES.contains(&noun) {
        meaning.usage = Use::Never;
        return meaning;
    }
    meaning.command =
        matches!(noun, "opts" | "options" | "args" | "arguments" | "flags" | "command" | "cmd" | "params")
            || noun == "entrypoint";
    let own =
        stem.iter().all(|w| OWN.contains(&w.as_str())) || stem.last().is_some_and(|w| SHOWN.contains(&w.as_str()));
    meaning.own = OWNABLE.contains(&noun) && own;
    meaning.shown = meaning.own && stem.last().is_none_or(|w| !OPEN.contains(&w.as_str()));
    meaning.usage = if meaning.own {
        Use::Suggests
    } else if ADDRESS.contains(&noun) || (noun.starts_with("server") && stem.last().is_some_and(|w| w == "bootstrap")) {
        Use::Address
    } else if LIKELY.contains(&noun) {
        Use::Likely
    } else if SUGGESTS.contains(&noun) || is_connection(&all) || Family::from_word(noun).is_some() {
        Use::Suggests
    } else {
        Use::Free
    };
    meaning.plural = meaning.usage >= Use::Likely && noun.ends_with('s') && !noun.ends_with("ss");
    meaning.cluster = CLUSTERS.contains(&noun);
    if ADDRESS.contains(&noun) || matches!(noun, "endpoint" | "server" | "service" | "broker" | "ip" | "url" | "fqdn") {
        meaning.stem = Some(stem);
    }
    meaning
}

/// Whether addresses below a key may count at all.
pub(super) fn may_hold(key: &str) -> bool {
    meaning(key).usage != Use::Never
}

/// Whether a key is a setting of software of one of these names: `KAFKA_ZOOKEEPER_CONNECT` of an image `cp-kafka`.
pub(super) fn is_named_after<'a>(key: &str, mut names: impl Iterator<Item = &'a str>) -> bool {
    let Some(first) = words(key).into_iter().next().filter(|word| word.len() > 2) else { return false };
    names
        .any(|name| words(name).iter().any(|w| w.len() > 2 && (w.starts_with(&first) || first.starts_with(w.as_str()))))
}

/// Whether a key states the domain that a component is known by: `DOMAIN`, `WEB_DOMAIN`; not `AUTH0_DOMAIN`.
pub(super) fn is_own_domain(key: &str) -> bool {
    let mut all = words(key);
    let domain = all.pop().is_some_and(|noun| matches!(noun.as_str(), "domain" | "fqdn"));
    domain && all.iter().all(|w| w == "local" || OWN.contains(&w.as_str()))
}

/// The stem of a key that is a port: `db` of `DB_PORT`. `None` for other keys and for a bare `PORT`, one's own.
pub(super) fn port_stem(key: &str) -> Option<Vec<String>> {
    let mut all = words(key);
    if all.pop()? != "port" {
        return None;
    }
    (!all.is_empty()).then_some(all)
}

/// Whether a key speaks of what only watches. What watches may stand before the name of somebody else: the store of
/// `SENTRY_REDIS_HOST` and the pages of `TELEMETRY_DOCS_HOST` serve.
fn watches(all: &[String]) -> bool {
    let Some(last) = all.iter().rposition(|w| TELEMETRY.contains(&w.as_str())) else { return false };
    let activity = all.iter().filter(|w| TELEMETRY.contains(&w.as_str())).all(|w| WATCHING.contains(&w.as_str()));
    all.iter().skip(last + 1).map(String::as_str).all(|word| {
        let part = [ADDRESS, LIKELY, SUGGESTS, QUALIFIERS, WATCHERS_PARTS].iter().any(|set| set.contains(&word));
        let store = Family::from_word(word).is_some();
        part || (store && activity) || word.bytes().all(|b| b.is_ascii_digit())
    })
}

fn is_connection(all: &[String]) -> bool {
    all.windows(2).any(|w| w[0] == "connection" && (w[1] == "string" || w[1] == "strings"))
        || all.iter().any(|w| w == "connectionstring" || w == "connectionstrings")
}

/// The noun of a key and the words before it, numbers and qualifiers dropped.
fn noun(all: &[String]) -> Option<(String, Vec<String>)> {
    let mut words: Vec<String> = all.to_vec();
    while words.last().is_some_and(|w| w.bytes().all(|b| b.is_ascii_digit())) {
        words.pop();
    }
    // `DB_HOST_NAME`, and `DB_HOST_PORT` for both in one.
    if let [.., noun, "name" | "port"] = *words.iter().map(String::as_str).collect::<Vec<_>>()
        && noun == "host"
    {
        words.pop();
    }
    if let [.., noun, qualifier] = words.as_slice()
        && QUALIFIERS.contains(&qualifier.as_str())
        && (ADDRESS.contains(&noun.as_str()) || LIKELY.contains(&noun.as_str()))
    {
        words.pop();
    }
    let noun = words.pop()?;
    Some((noun, words))
}

/// What follows the last separator that nests: `.`, `__`, `:`, `/` or `[`; numbers are passed over.
fn last_part(key: &str) -> &str {
    let trimmed = key.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_' | ':' | ']' | '['));
    let after = |sep: &str| trimmed.rfind(sep).map_or(0, |i| i + sep.len());
    let start = [".", "__", ":", "/", "["].iter().map(|sep| after(sep)).max().unwrap_or(0);
    &trimmed[start..]
}

/// The words of a key in lower case: `ConnectionStrings__DefaultConnection`, `spring.kafka.bootstrap-servers`,
/// `identityUrl`, `PGHOST`.
pub(super) fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let chars: Vec<char> = key.chars().take(512).collect();
    for (i, &c) in chars.iter().enumerate() {
        if !(c.is_ascii_alphanumeric() || c == '$') {
            push(&mut words, &mut word);
            continue;
        }
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).copied().unwrap_or('_');
        let after = chars.get(i + 1).copied().unwrap_or('_');
        // `identityUrl`, `HTTPServer`: an upper-case letter begins a word after a lower-case one or before one.
        let begins = c.is_ascii_uppercase()
            && (before.is_ascii_lowercase() || (before.is_ascii_uppercase() && after.is_ascii_lowercase()));
        if begins {
            push(&mut words, &mut word);
        }
        word.push(c.to_ascii_lowercase());
    }
    push(&mut words, &mut word);
    words
}

/// Adds a word; `PGHOST` and `DATABASEURL` are two.
fn push(words: &mut Vec<String>, word: &mut String) {
    let word = std::mem::take(word);
    if word.is_empty() {
        return;
    }
    const WHOLE: &[&str] = &["ghost", "curl", "localhost", "vhost", "virtualhost"];
    if !WHOLE.contains(&word.as_str()) {
        for (noun, least) in
            [("host", 2), ("url", 2), ("uri", 2), ("addr", 2), ("dsn", 2), ("servers", 3), ("hosts", 3)]
        {
            if let Some(stem) = word.strip_suffix(noun)
                && stem.len() >= least
            {
                words.push(stem.to_owned());
                words.push(noun.to_owned());
                return;
            }
        }
        if let Some(stem) = word.strip_suffix("port")
            && ["pg", "db", "redis", "mysql", "mongo", "kafka", "smtp", "mail", "database"].contains(&stem)
        {
            words.push(stem.to_owned());
            words.push("port".to_owned());
            return;
        }
    }
    words.push(word);
}
