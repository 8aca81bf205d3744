//! Names that stores go by in traces, and where they usually listen. Tables, because the query for ClickHouse is filled in
//! from them as well.

use super::text;

/// Names that semantic conventions 1.30 replaced, or that libraries shorten, with the current ones.
pub(super) const RENAMED: &[(&str, &str)] = &[
    ("mssql", "microsoft.sql_server"),
    ("oracle", "oracle.db"),
    ("dynamodb", "aws.dynamodb"),
    ("redshift", "aws.redshift"),
    ("cosmosdb", "azure.cosmosdb"),
    ("spanner", "gcp.spanner"),
    ("hana", "sap.hana"),
    ("db2", "ibm.db2"),
    ("postgres", "postgresql"),
    ("mongo", "mongodb"),
];

/// Stores that usually hold what can be had elsewhere.
pub(super) const CACHES: &[&str] =
    &["redis", "memcached", "valkey", "keydb", "dragonfly", "hazelcast", "geode", "ehcache"];

/// Ports that say nothing: everybody's store of that system is there.
pub(super) const USUAL_PORTS: &[(&str, u16)] = &[
    ("postgresql", 5432),
    ("mysql", 3306),
    ("mariadb", 3306),
    ("microsoft.sql_server", 1433),
    ("oracle.db", 1521),
    ("mongodb", 27017),
    ("redis", 6379),
    ("valkey", 6379),
    ("keydb", 6379),
    ("dragonfly", 6379),
    ("memcached", 11211),
    ("cassandra", 9042),
    ("scylladb", 9042),
    ("elasticsearch", 9200),
    ("opensearch", 9200),
    ("clickhouse", 9000),
    ("cockroachdb", 26257),
    ("couchbase", 8091),
    ("couchdb", 5984),
    ("neo4j", 7687),
    ("influxdb", 8086),
    ("hbase", 16000),
    ("ibm.db2", 50000),
    ("aws.dynamodb", 443),
];

/// The current name of a database system.
pub(super) fn current_name(system: &str) -> String {
    let system = system.to_ascii_lowercase();
    match RENAMED.iter().find(|(old, _)| *old == system) {
        Some((_, current)) => (*current).to_owned(),
        None => text::clean(&system).into_owned(),
    }
}

/// Whether a system, under its current name, is a cache.
pub(super) fn is_cache(system: &str) -> bool {
    CACHES.contains(&system)
}

/// Where a system, under its current name, usually listens.
pub(super) fn usual_port(system: &str) -> Option<u16> {
    USUAL_PORTS.iter().find(|(name, _)| *name == system).map(|&(_, port)| port)
}
