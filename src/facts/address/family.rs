//! What speaks at an address: kinds, default ports and schemes (SEMANTICS E.5).

use super::Kind;

/// What speaks at an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// PostgreSQL and what speaks its protocol.
    Postgresql,
    /// MySQL and MariaDB.
    Mysql,
    /// Microsoft SQL Server.
    SqlServer,
    /// Oracle Database.
    Oracle,
    /// IBM Db2.
    Db2,
    /// MongoDB.
    Mongodb,
    /// Cassandra and ScyllaDB.
    Cassandra,
    /// ClickHouse.
    Clickhouse,
    /// Neo4j.
    Neo4j,
    /// CouchDB.
    Couchdb,
    /// Couchbase.
    Couchbase,
    /// InfluxDB.
    Influxdb,
    /// Elasticsearch and OpenSearch.
    Elasticsearch,
    /// etcd.
    Etcd,
    /// ZooKeeper.
    Zookeeper,
    /// Hadoop's file system.
    Hdfs,
    /// Redis, Valkey and KeyDB.
    Redis,
    /// Redis Sentinel.
    RedisSentinel,
    /// memcached.
    Memcached,
    /// RabbitMQ and other AMQP brokers.
    Rabbitmq,
    /// Kafka and Redpanda.
    Kafka,
    /// NATS.
    Nats,
    /// Pulsar.
    Pulsar,
    /// MQTT brokers.
    Mqtt,
    /// STOMP brokers.
    Stomp,
    /// ActiveMQ's own protocol.
    Activemq,
    /// Azure Service Bus and Event Hubs.
    ServiceBus,
    /// LDAP directories.
    Ldap,
    /// Mail relays.
    Smtp,
    /// HTTP, WebSocket included.
    Http,
    /// HTTP or gRPC inside TLS that the caller itself speaks.
    Https,
    /// gRPC.
    Grpc,
    /// OpenTelemetry's protocol.
    Otlp,
    /// Zipkin.
    Zipkin,
    /// Jaeger's own protocols.
    Jaeger,
    /// StatsD.
    Statsd,
    /// Fluentd's forward protocol.
    Fluentd,
}

/// One row for each family: sort of component, default port, words of setting names that give it away.
type Row = (Family, Option<Kind>, u16, &'static [&'static str]);

const ROWS: &[Row] = &[
    (Family::Postgresql, Some(Kind::Datastore), 5432, &["postgres", "postgresql", "pg", "pgsql", "cockroachdb"]),
    (Family::Mysql, Some(Kind::Datastore), 3306, &["mysql", "mariadb"]),
    (Family::SqlServer, Some(Kind::Datastore), 1433, &["mssql", "sqlserver"]),
    (Family::Oracle, Some(Kind::Datastore), 1521, &["oracle"]),
    (Family::Db2, Some(Kind::Datastore), 50000, &["db2"]),
    (Family::Mongodb, Some(Kind::Datastore), 27017, &["mongo", "mongodb"]),
    (Family::Cassandra, Some(Kind::Datastore), 9042, &["cassandra", "scylla"]),
    (Family::Clickhouse, Some(Kind::Datastore), 9000, &["clickhouse"]),
    (Family::Neo4j, Some(Kind::Datastore), 7687, &["neo4j"]),
    (Family::Couchdb, Some(Kind::Datastore), 5984, &["couchdb"]),
    (Family::Couchbase, Some(Kind::Datastore), 11210, &["couchbase"]),
    (Family::Influxdb, Some(Kind::Datastore), 8086, &["influx", "influxdb"]),
    (Family::Elasticsearch, Some(Kind::Datastore), 9200, &["elasticsearch", "elastic", "opensearch", "es"]),
    (Family::Etcd, Some(Kind::Datastore), 2379, &["etcd"]),
    (Family::Zookeeper, Some(Kind::Datastore), 2181, &["zookeeper", "zk"]),
    (Family::Hdfs, Some(Kind::Datastore), 8020, &["hdfs", "namenode"]),
    (Family::Redis, Some(Kind::Cache), 6379, &["redis", "valkey", "keydb"]),
    (Family::RedisSentinel, Some(Kind::Cache), 26379, &["sentinel", "sentinels"]),
    (Family::Memcached, Some(Kind::Cache), 11211, &["memcached", "memcache"]),
    (Family::Rabbitmq, Some(Kind::Queue), 5672, &["rabbit", "rabbitmq", "amqp"]),
    (Family::Kafka, Some(Kind::Queue), 9092, &["kafka", "redpanda", "bootstrap"]),
    (Family::Nats, Some(Kind::Queue), 4222, &["nats"]),
    (Family::Pulsar, Some(Kind::Queue), 6650, &["pulsar"]),
    (Family::Mqtt, Some(Kind::Queue), 1883, &["mqtt", "mosquitto"]),
    (Family::Stomp, Some(Kind::Queue), 61613, &["stomp"]),
    (Family::Activemq, Some(Kind::Queue), 61616, &["activemq", "artemis"]),
    (Family::ServiceBus, Some(Kind::Queue), 5671, &["servicebus", "eventhub"]),
    (Family::Ldap, None, 389, &["ldap"]),
    (Family::Smtp, None, 25, &["smtp"]),
    (Family::Http, None, 80, &[]),
    (Family::Https, None, 443, &[]),
    (Family::Grpc, None, 443, &[]),
    (Family::Otlp, None, 4317, &["otlp"]),
    (Family::Zipkin, None, 9411, &["zipkin"]),
    (Family::Jaeger, None, 14250, &["jaeger"]),
    (Family::Statsd, None, 8125, &["statsd"]),
    (Family::Fluentd, None, 24224, &["fluentd"]),
];

/// Schemes, in lower case and without driver suffix, with the port where it differs from the family's.
const SCHEMES: &[(&str, Family, Option<u16>)] = &[
    ("postgres", Family::Postgresql, None),
    ("postgresql", Family::Postgresql, None),
    ("postgis", Family::Postgresql, None),
    ("pgsql", Family::Postgresql, None),
    ("pg", Family::Postgresql, None),
    ("cockroach", Family::Postgresql, Some(26257)),
    ("cockroachdb", Family::Postgresql, Some(26257)),
    ("redshift", Family::Postgresql, Some(5439)),
    ("mysql", Family::Mysql, None),
    ("mysql2", Family::Mysql, None),
    ("mysqlx", Family::Mysql, Some(33060)),
    ("mariadb", Family::Mysql, None),
    ("gcomm", Family::Mysql, Some(4567)),
    ("sqlserver", Family::SqlServer, None),
    ("mssql", Family::SqlServer, None),
    ("oracle", Family::Oracle, None),
    ("db2", Family::Db2, None),
    ("mongodb", Family::Mongodb, None),
    ("mongo", Family::Mongodb, None),
    ("cassandra", Family::Cassandra, None),
    ("cql", Family::Cassandra, None),
    ("clickhouse", Family::Clickhouse, None),
    ("ch", Family::Clickhouse, Some(8123)),
    ("neo4j", Family::Neo4j, None),
    ("bolt", Family::Neo4j, None),
    ("couchdb", Family::Couchdb, None),
    ("couchbase", Family::Couchbase, None),
    ("couchbases", Family::Couchbase, Some(11207)),
    ("influxdb", Family::Influxdb, None),
    ("influx", Family::Influxdb, None),
    ("elasticsearch", Family::Elasticsearch, None),
    ("opensearch", Family::Elasticsearch, None),
    ("elastic", Family::Elasticsearch, None),
    ("es", Family::Elasticsearch, None),
    ("etcd", Family::Etcd, None),
    ("etcd3", Family::Etcd, None),
    ("zookeeper", Family::Zookeeper, None),
    ("zk", Family::Zookeeper, None),
    ("hdfs", Family::Hdfs, None),
    ("redis", Family::Redis, None),
    ("rediss", Family::Redis, None),
    ("valkey", Family::Redis, None),
    ("valkeys", Family::Redis, None),
    ("redis-cluster", Family::Redis, None),
    ("redis-socket", Family::Redis, None),
    ("redis-sentinel", Family::RedisSentinel, None),
    ("rediss-sentinel", Family::RedisSentinel, None),
    ("sentinel", Family::RedisSentinel, None),
    ("memcached", Family::Memcached, None),
    ("memcache", Family::Memcached, None),
    ("amqp", Family::Rabbitmq, None),
    ("amqps", Family::Rabbitmq, Some(5671)),
    ("rabbitmq", Family::Rabbitmq, None),
    ("kafka", Family::Kafka, None),
    ("plaintext", Family::Kafka, None),
    ("sasl_plaintext", Family::Kafka, None),
    ("sasl_ssl", Family::Kafka, None),
    ("nats", Family::Nats, None),
    ("pulsar", Family::Pulsar, None),
    ("mqtt", Family::Mqtt, None),
    ("mqtts", Family::Mqtt, Some(8883)),
    ("stomp", Family::Stomp, None),
    ("activemq", Family::Activemq, None),
    ("sb", Family::ServiceBus, None),
    ("ldap", Family::Ldap, None),
    ("ldaps", Family::Ldap, Some(636)),
    ("smtp", Family::Smtp, None),
    ("smtps", Family::Smtp, Some(465)),
    ("submission", Family::Smtp, Some(587)),
    ("http", Family::Http, None),
    ("https", Family::Https, None),
    ("h2c", Family::Http, None),
    ("http-get", Family::Http, None),
    ("https-get", Family::Https, None),
    ("ws", Family::Http, None),
    ("wss", Family::Https, None),
    ("otlp", Family::Otlp, None),
    ("zipkin", Family::Zipkin, None),
    ("jaeger", Family::Jaeger, None),
    ("statsd", Family::Statsd, None),
    ("fluentd", Family::Fluentd, None),
];

/// Ports other than the families' own that only one family uses in practice.
const PORTS: &[(u16, Family)] = &[
    (26257, Family::Postgresql),
    (8123, Family::Clickhouse),
    (9300, Family::Elasticsearch),
    (5671, Family::Rabbitmq),
    (8883, Family::Mqtt),
    (6651, Family::Pulsar),
    (636, Family::Ldap),
    (465, Family::Smtp),
    (587, Family::Smtp),
    (4318, Family::Otlp),
    (14268, Family::Jaeger),
    (6831, Family::Jaeger),
];

impl Family {
    fn row(self) -> Option<&'static Row> {
        ROWS.iter().find(|row| row.0 == self)
    }

    /// What sort of component speaks it; `None` for protocols that anything may speak.
    pub fn kind(self) -> Option<Kind> {
        self.row().and_then(|row| row.1)
    }

    /// The port used when none is written and the scheme does not imply another one; `None` where there is no usual
    /// one (gRPC).
    pub fn default_port(self) -> Option<u16> {
        match self {
            Family::Grpc => None,
            family => family.row().map(|row| row.2),
        }
    }

    /// What a URL scheme says, in any case, with or without driver suffix (`postgresql+asyncpg`, `mongodb+srv`).
    pub fn from_scheme(scheme: &str) -> Option<Family> {
        scheme_row(scheme).map(|row| row.1).or_else(|| {
            // gRPC has no scheme of its own; these are what its users write.
            match &*base_scheme(scheme) {
                "grpc" => Some(Family::Grpc),
                "grpcs" => Some(Family::Https),
                _ => None,
            }
        })
    }

    /// What a port says, if in practice only one family listens there.
    pub fn from_port(port: u16) -> Option<Family> {
        let own = ROWS.iter().find(|row| {
            // 80, 443, 8020, 8086, 9000 and 50000 are used by many.
            let many = matches!(row.0, Family::Http | Family::Https | Family::Grpc | Family::Hdfs)
                || matches!(row.0, Family::Influxdb | Family::Clickhouse | Family::Db2);
            row.2 == port && !many
        });
        own.map(|row| row.0).or_else(|| PORTS.iter().find(|(p, _)| *p == port).map(|(_, family)| *family))
    }

    /// Whether it is HTTP, or a store's protocol on top of HTTP: then a proxy can tell requests apart.
    pub fn is_http(self) -> bool {
        use Family::{Clickhouse, Couchdb, Elasticsearch, Grpc, Http, Https, Influxdb, Otlp, Zipkin};
        matches!(self, Http | Https | Grpc | Elasticsearch | Couchdb | Influxdb | Clickhouse | Otlp | Zipkin)
    }

    /// Whether all that it is told is how others are doing.
    pub(super) fn is_telemetry(self) -> bool {
        matches!(self, Family::Otlp | Family::Zipkin | Family::Jaeger | Family::Statsd | Family::Fluentd)
    }

    /// What a word of a setting's name says.
    pub(super) fn from_word(word: &str) -> Option<Family> {
        ROWS.iter().find(|row| row.3.contains(&word)).map(|row| row.0)
    }
}

/// The port that a scheme implies.
pub(super) fn port_of_scheme(scheme: &str) -> Option<u16> {
    if scheme.eq_ignore_ascii_case("pulsar+ssl") {
        return Some(6651);
    }
    // The hosts and ports behind `+srv` are in DNS.
    if scheme.len() > 4 && scheme.to_ascii_lowercase().ends_with("+srv") {
        return None;
    }
    scheme_row(scheme).and_then(|row| row.2.or_else(|| row.1.default_port()))
}

fn base_scheme(scheme: &str) -> String {
    scheme.split('+').next().unwrap_or_default().to_ascii_lowercase()
}

fn scheme_row(scheme: &str) -> Option<&'static (&'static str, Family, Option<u16>)> {
    let base = base_scheme(scheme);
    let sentinel = base == "redis" && scheme.to_ascii_lowercase().ends_with("+sentinel");
    let base = if sentinel { "redis-sentinel" } else { base.as_str() };
    SCHEMES.iter().find(|row| row.0 == base)
}
