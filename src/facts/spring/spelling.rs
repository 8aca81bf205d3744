//! Keys of application configuration that are nearly those that are read: Spring ignores what it does not know.

use super::property::path;
use super::view::View;
use crate::source::{Problem, nearest};

/// What may stand under a key; `*` in a key is any name. Of keys that are not known only those are reported that look
/// like a slip.
#[rustfmt::skip]
const KNOWN: [(&str, &[&str]); 18] = [
    ("spring", &["application", "cloud", "config", "data", "datasource", "kafka", "profiles", "rabbitmq", "redis"]),
    ("spring.datasource", &["url", "username", "password", "hikari", "driver-class-name", "type", "name"]),
    ("spring.datasource.hikari", &[
        "maximum-pool-size", "minimum-idle", "connection-timeout", "idle-timeout", "max-lifetime", "validation-timeout",
        "keepalive-time", "initialization-fail-timeout", "pool-name",
    ]),
    ("spring.cloud", &["config", "gateway", "openfeign", "consul", "function", "stream", "bus", "task", "circuitbreaker"]),
    ("spring.cloud.openfeign", &["client", "circuitbreaker", "httpclient", "compression", "okhttp", "lazy-attributes-resolution"]),
    ("spring.cloud.openfeign.client", &["config", "default-config", "default-to-properties"]),
    ("spring.cloud.openfeign.client.config.*", &["read-timeout", "connect-timeout", "retryer", "url", "logger-level"]),
    ("feign.client.config.*", &["read-timeout", "connect-timeout", "retryer", "url", "logger-level"]),
    ("spring.cloud.gateway", &["routes", "default-filters", "httpclient", "server", "discovery", "filter", "metrics"]),
    ("spring.cloud.gateway.httpclient", &["response-timeout", "connect-timeout", "pool", "ssl", "proxy"]),
    ("spring.cloud.gateway.routes.*", &["uri", "id", "predicates", "filters", "metadata", "order", "enabled"]),
    ("spring.cloud.gateway.server.webflux", &["routes", "default-filters", "httpclient", "discovery", "filter"]),
    ("resilience4j.retry", &["instances", "configs", "backends"]),
    ("resilience4j.circuitbreaker", &["instances", "configs", "backends"]),
    ("resilience4j.timelimiter", &["instances", "configs", "backends"]),
    ("resilience4j.bulkhead", &["instances", "configs", "backends"]),
    ("resilience4j.thread-pool-bulkhead", &["instances", "configs", "backends"]),
    ("hystrix", &["command", "threadpool", "collapser"]),
];

/// Adds keys of an application's configuration that look like slips.
pub(super) fn check(view: &View<'_>, problems: &mut Vec<Problem>) {
    for (pattern, known) in KNOWN {
        for above in places(view, pattern) {
            for key in view.children(&above) {
                let same = |name: &str| path(std::iter::once(name)) == path(std::iter::once(&*key));
                // Numbers are places in lists.
                if known.iter().any(|name| same(name)) || key.parse::<u32>().is_ok() {
                    continue;
                }
                let Some(meant) = nearest(&key, known.iter().copied()) else { continue };
                let Some(evidence) = view.place(&format!("{above}.{key}")) else { continue };
                let problem = Problem::new(evidence.at, format!("unknown property `{above}.{key}`"));
                problems.push(problem.remedy(format!("did you mean `{meant}`?")));
            }
        }
    }
}

/// The keys that a pattern means.
fn places(view: &View<'_>, pattern: &str) -> Vec<String> {
    match pattern.strip_suffix(".*") {
        Some(above) => view.children(above).iter().map(|name| format!("{above}.{name}")).collect(),
        None => vec![pattern.to_owned()],
    }
}
