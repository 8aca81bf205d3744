//! What well-known container images run, by the last segment of their name.

use super::Kind;

/// Databases, search engines and coordination stores.
#[rustfmt::skip]
const DATASTORES: &[&str] = &[
    "postgres", "postgresql", "postgresql-repmgr", "postgis", "pgvector", "timescaledb", "timescaledb-ha", "spilo",
    "citus", "cockroach", "yugabyte", "mysql", "mysql-server", "mariadb", "mariadb-galera", "percona",
    "percona-server", "percona-xtradb-cluster", "tidb", "tikv", "vttablet", "mssql", "azure-sql-edge",
    "mssql-server-linux", "oracle-xe", "oracle-free", "oracle-database", "db2", "mongo", "mongodb", "mongodb-sharded",
    "mongodb-community-server", "ferretdb", "cassandra", "scylla", "elasticsearch", "elasticsearch-oss", "opensearch",
    "solr", "meilisearch", "typesense", "clickhouse", "clickhouse-server", "influxdb", "questdb", "crate", "neo4j",
    "arangodb", "dgraph", "janusgraph", "couchdb", "couchbase", "couchbase-server", "rethinkdb", "ravendb",
    "surrealdb", "qdrant", "weaviate", "milvus", "chroma", "etcd", "zookeeper", "cp-zookeeper", "eventstore",
    "eventstoredb", "dynamodb-local", "cosmosdb-emulator", "azure-cosmos-emulator", "hbase", "rqlite", "foundationdb",
    "openldap",
];
/// Caches and in-memory grids.
#[rustfmt::skip]
const CACHES: &[&str] = &[
    "redis", "redis-stack", "redis-stack-server", "redis-cluster", "redis-sentinel", "redis-node", "redis-alpine",
    "valkey", "valkey-cluster", "keydb", "dragonfly", "garnet", "memcached", "hazelcast", "infinispan", "ignite",
];
/// Queues and brokers.
#[rustfmt::skip]
const BROKERS: &[&str] = &[
    "rabbitmq", "rabbitmq-server", "kafka", "kafka-native", "cp-kafka", "cp-server", "redpanda", "nats",
    "nats-server", "nats-streaming", "pulsar", "pulsar-all", "activemq", "activemq-classic", "activemq-artemis",
    "artemis", "rocketmq", "eclipse-mosquitto", "mosquitto", "emqx", "hivemq4", "vernemq", "nsq", "nsqd",
    "beanstalkd", "elasticmq", "elasticmq-native",
];
/// Blob storage.
const OBJECT_STORES: &[&str] = &["minio", "azurite", "seaweedfs", "fake-gcs-server", "s3mock"];

/// Folders of databases whose last segment only names the edition: `mssql/server`, `database/express`.
const VENDORS: &[&str] = &["mssql", "oracle", "database"];

/// Names of what only watches others.
#[rustfmt::skip]
const WATCHERS: &[&str] = &[
    "prometheus", "alertmanager", "pushgateway", "cadvisor", "node-exporter", "kube-state-metrics", "metrics-server",
    "prometheus-operator", "prometheus-config-reloader", "grafana", "grafana-oss", "grafana-enterprise",
    "grafana-agent", "alloy", "loki", "promtail", "tempo", "mimir", "cortex", "thanos", "pyroscope", "firepit",
    "victoria-metrics", "vmagent", "vminsert", "vmselect", "vmstorage", "vmalert", "jaeger", "all-in-one",
    "jaeger-collector", "jaeger-query", "jaeger-agent", "jaeger-operator", "jaeger-all-in-one", "zipkin",
    "zipkin-slim", "zipkin-ui", "opentelemetry-collector", "opentelemetry-collector-contrib",
    "opentelemetry-collector-k8s", "opentelemetry-collector-ebpf-profiler", "otelcol", "otel-collector",
    "opentelemetry-operator", "aws-otel-collector", "fluentd", "fluentd-kubernetes-daemonset", "fluent-bit",
    "aws-for-fluent-bit", "vector", "logstash", "logstash-oss", "filebeat", "metricbeat", "heartbeat", "packetbeat",
    "auditbeat", "elastic-agent", "apm-server", "kibana", "kibana-oss", "opensearch-dashboards", "graylog", "seq",
    "kiali", "telegraf", "chronograf", "statsd", "graphite-statsd", "netdata", "datadog-agent", "dd-agent",
    "cluster-agent", "newrelic-infrastructure", "newrelic-infra", "newrelic-k8s", "dynatrace-oneagent", "oneagent",
    "uptime-kuma", "gatus", "healthchecks", "autoheal", "skywalking-oap-server", "skywalking-ui", "signoz",
    "query-service", "hubble-ui", "hubble-relay", "scope", "weave-scope", "sentry", "glitchtip", "dozzle",
    "blackbox-exporter", "xray-daemon", "aws-xray-daemon", "splunk", "splunk-otel-collector", "heapster",
    "spring-boot-admin", "perses", "elk",
];

/// What an image runs, if it is a known store.
pub(super) fn kind(image: &str) -> Option<Kind> {
    let (folder, name) = parts(image);
    let tables = [
        (DATASTORES, Kind::Datastore),
        (CACHES, Kind::Cache),
        (BROKERS, Kind::Queue),
        (OBJECT_STORES, Kind::ObjectStore),
    ];
    let by_name = tables.iter().find(|(names, _)| names.contains(&name.as_str())).map(|(_, kind)| *kind);
    let edition = matches!(name.as_str(), "server" | "express" | "free" | "enterprise");
    by_name.or_else(|| (edition && VENDORS.contains(&folder.as_str())).then_some(Kind::Datastore))
}

/// Whether an image only watches others.
pub(super) fn is_telemetry(image: &str) -> bool {
    let (folder, name) = parts(image);
    let agent = name == "agent" && matches!(folder.as_str(), "datadog" | "grafana" | "newrelic");
    let exporter = name.ends_with("-exporter") || name.ends_with("_exporter");
    let all_in_one = name == "all-in-one" && folder != "jaegertracing";
    (WATCHERS.contains(&name.as_str()) && !all_in_one) || agent || exporter
}

/// The last two segments of an image's name, without registry, tag and digest, in lower case.
fn parts(image: &str) -> (String, String) {
    let name = image.split('@').next().unwrap_or_default();
    let (path, last) = name.rsplit_once('/').unwrap_or(("", name));
    let last = last.split(':').next().unwrap_or_default();
    let folder = path.rsplit('/').next().unwrap_or_default();
    (folder.to_ascii_lowercase(), last.to_ascii_lowercase())
}
