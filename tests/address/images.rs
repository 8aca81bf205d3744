use linchpin::facts::Kind;
use linchpin::facts::address::{is_telemetry_image, kind_of_image};

/// Stores are known by the last segment of their image, whatever registry, tag and digest.
#[test]
fn stores() {
    for (image, kind) in [
        ("postgres", Some(Kind::Datastore)),
        ("postgres:16.2-alpine", Some(Kind::Datastore)),
        ("docker.io/library/Postgres:16@sha256:0123", Some(Kind::Datastore)),
        ("registry.acme.io:5000/mirror/mysql", Some(Kind::Datastore)),
        ("bitnami/mongodb:7", Some(Kind::Datastore)),
        ("timescale/timescaledb", Some(Kind::Datastore)),
        ("mcr.microsoft.com/mssql/server:2022-latest", Some(Kind::Datastore)),
        ("docker.elastic.co/elasticsearch/elasticsearch:8.1.0", Some(Kind::Datastore)),
        ("gvenzl/oracle-xe", Some(Kind::Datastore)),
        ("quay.io/coreos/etcd", Some(Kind::Datastore)),
        ("amazon/dynamodb-local", Some(Kind::Datastore)),
        ("clickhouse/clickhouse-server", Some(Kind::Datastore)),
        ("redis:6.2", Some(Kind::Cache)),
        ("bitnami/redis", Some(Kind::Cache)),
        ("redis/redis-stack", Some(Kind::Cache)),
        ("ghcr.io/valkey-io/valkey:9", Some(Kind::Cache)),
        ("memcached", Some(Kind::Cache)),
        ("rabbitmq:3-management", Some(Kind::Queue)),
        ("confluentinc/cp-kafka", Some(Kind::Queue)),
        ("nats", Some(Kind::Queue)),
        ("minio/minio", Some(Kind::ObjectStore)),
        ("", None),
        ("nginx", None),
        ("acme/server", None),
        ("mongo-express", None),
        ("rediscommander/redis-commander", None),
        ("dpage/pgadmin4", None),
        ("adminer", None),
        ("provectuslabs/kafka-ui", None),
        ("acme/mysql-backup", None),
        ("oliver006/redis_exporter", None),
        ("redis-exporter", None),
        ("acme/postgres/migrations", None),
    ] {
        assert_eq!(kind_of_image(image), kind, "{image}");
    }
}

/// What only watches is known too; a store or an application is not.
#[test]
fn watchers() {
    for image in [
        "prom/prometheus:v3",
        "ghcr.io/florianl/firepit:v0.1.0",
        "grafana/grafana",
        "otel/opentelemetry-collector-contrib:0.100.0",
        "jaegertracing/all-in-one",
        "jaegertracing/jaeger:2",
        "openzipkin/zipkin",
        "datalust/seq:latest",
        "grafana/loki",
        "fluent/fluent-bit",
        "datadog/agent:7",
        "oliver006/redis_exporter",
        "prom/node-exporter",
        "gcr.io/cadvisor/cadvisor",
        "docker.elastic.co/kibana/kibana",
        "quay.io/kiali/kiali",
    ] {
        assert!(is_telemetry_image(image), "{image}");
    }
    for image in ["redis", "acme/agent", "acme/all-in-one", "nginx", "acme/exporter", "acme/data-collector", ""] {
        assert!(!is_telemetry_image(image), "{image}");
    }
}
