//! The custom resources that linchpin knows.

use super::apps::APPS;
use crate::facts::Kind;

/// Where the number of instances of a resource stands, and how it is to be read.
#[derive(Clone, Copy)]
pub(super) enum Count {
    /// A number at a path, with what it is when nobody says; `None` if it must be said.
    At(&'static [&'static str], Option<u32>),
    /// The same, where zero and less mean the default.
    Positive(&'static [&'static str], u32),
    /// The sum of a number of each item of a list.
    Sum(&'static [&'static str], &'static str),
    /// Voting members and arbiters.
    Voters(&'static [&'static str], &'static [&'static str]),
    /// Elasticsearch's and OpenSearch's sets of nodes, of which some may become master: the list, the number of each
    /// item and where its roles stand.
    Nodes(&'static [&'static str], &'static str, &'static [&'static str]),
    /// Shards of replicas: ClickHouse's clusters.
    Shards,
    /// Vitess' keyspaces.
    Keyspaces,
    /// MariaDB's, which are apart unless something replicates.
    MariaDb,
    /// Kafka's, which other resources may state.
    Kafka,
    /// Not said by the resource in a way that holds for all of its forms.
    Unsaid,
}

/// How many of the instances must work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// One: the others take over.
    One,
    /// More than half.
    Majority,
}

/// What linchpin knows of one kind of custom resource.
pub(super) struct Operator {
    pub group: &'static str,
    pub kind: &'static str,
    pub is: Kind,
    pub count: Count,
    pub need: Need,
    /// What its Services are called: these prefixes and suffixes around its name.
    pub services: &'static [(&'static str, &'static str)],
    /// What its image is called, if its limits are known by that.
    pub image: &'static str,
    /// Where settings of a database stand.
    pub parameters: Option<&'static [&'static str]>,
    /// It only watches others.
    pub telemetry: bool,
}

const fn row(
    (group, kind): (&'static str, &'static str),
    is: Kind,
    count: Count,
    need: Need,
    services: &'static [(&'static str, &'static str)],
) -> Operator {
    Operator { group, kind, is, count, need, services, image: "", parameters: None, telemetry: false }
}

/// A server that is no store, of which one instance is enough.
pub(super) const fn server(
    name: (&'static str, &'static str),
    count: Count,
    services: &'static [(&'static str, &'static str)],
) -> Operator {
    row(name, Service, count, One, services)
}

/// The same, if it only watches others.
pub(super) const fn watcher(
    name: (&'static str, &'static str),
    count: Count,
    services: &'static [(&'static str, &'static str)],
) -> Operator {
    Operator { telemetry: true, ..row(name, Service, count, One, services) }
}

const fn postgres(
    (group, kind): (&'static str, &'static str),
    count: Count,
    services: &'static [(&'static str, &'static str)],
    parameters: &'static [&'static str],
) -> Operator {
    let base = row((group, kind), Kind::Datastore, count, Need::One, services);
    Operator { image: "postgres", parameters: Some(parameters), ..base }
}

use Count::{At, Kafka, Keyspaces, MariaDb, Nodes, Positive, Shards, Sum, Voters};
use Kind::{Cache, Datastore, Queue, Service};
use Need::{Majority, One};

static OPERATORS: [Operator; 24] = [
    postgres(
        ("postgresql.cnpg.io", "Cluster"),
        At(&["spec", "instances"], Some(1)),
        &[("", "-rw"), ("", "-ro"), ("", "-r")],
        &["spec", "postgresql", "parameters"],
    ),
    postgres(
        ("acid.zalan.do", "postgresql"),
        At(&["spec", "numberOfInstances"], None),
        &[("", ""), ("", "-repl"), ("", "-pooler")],
        &["spec", "postgresql", "parameters"],
    ),
    postgres(
        ("postgres-operator.crunchydata.com", "PostgresCluster"),
        Sum(&["spec", "instances"], "replicas"),
        &[("", "-primary"), ("", "-replicas"), ("", "-ha"), ("", "-pgbouncer")],
        &["spec", "patroni", "dynamicConfiguration", "postgresql", "parameters"],
    ),
    postgres(
        ("pgv2.percona.com", "PerconaPGCluster"),
        Sum(&["spec", "instances"], "replicas"),
        &[("", "-primary"), ("", "-replicas"), ("", "-ha"), ("", "-pgbouncer")],
        &["spec", "patroni", "dynamicConfiguration", "postgresql", "parameters"],
    ),
    row(("nats.io", "NatsCluster"), Queue, At(&["spec", "size"], None), One, &[("", ""), ("", "-mgmt")]),
    // A pooler in front of a cluster of CloudNativePG.
    row(("postgresql.cnpg.io", "Pooler"), Service, At(&["spec", "instances"], Some(1)), One, &[("", "")]),
    row(("rabbitmq.com", "RabbitmqCluster"), Queue, At(&["spec", "replicas"], Some(1)), Majority, &[("", "")]),
    row(("kafka.strimzi.io", "Kafka"), Queue, Kafka, One, &[("", "-kafka-bootstrap"), ("", "-kafka-brokers")]),
    row(
        ("databases.spotahome.com", "RedisFailover"),
        Cache,
        Positive(&["spec", "redis", "replicas"], 3),
        One,
        &[("rfs-", ""), ("rfr-", ""), ("rfrm-", "")],
    ),
    row(("dragonflydb.io", "Dragonfly"), Cache, At(&["spec", "replicas"], Some(1)), One, &[("", "")]),
    row(
        ("mongodbcommunity.mongodb.com", "MongoDBCommunity"),
        Datastore,
        Voters(&["spec", "members"], &["spec", "arbiters"]),
        Majority,
        &[("", "-svc")],
    ),
    row(
        ("psmdb.percona.com", "PerconaServerMongoDB"),
        Datastore,
        Sum(&["spec", "replsets"], "size"),
        Majority,
        &[("", "-rs0"), ("", "-mongos")],
    ),
    row(
        ("elasticsearch.k8s.elastic.co", "Elasticsearch"),
        Datastore,
        Nodes(&["spec", "nodeSets"], "count", &["config", "node.roles"]),
        Majority,
        &[("", "-es-http")],
    ),
    row(
        ("opensearch.opster.io", "OpenSearchCluster"),
        Datastore,
        Nodes(&["spec", "nodePools"], "replicas", &["roles"]),
        Majority,
        &[("", "")],
    ),
    row(("planetscale.com", "VitessCluster"), Datastore, Keyspaces, One, &[]),
    row(
        ("pxc.percona.com", "PerconaXtraDBCluster"),
        Datastore,
        At(&["spec", "pxc", "size"], None),
        Majority,
        &[("", "-haproxy"), ("", "-proxysql"), ("", "-pxc")],
    ),
    row(("mysql.oracle.com", "InnoDBCluster"), Datastore, At(&["spec", "instances"], Some(1)), Majority, &[("", "")]),
    Operator {
        image: "mariadb",
        ..row(
            ("k8s.mariadb.com", "MariaDB"),
            Datastore,
            MariaDb,
            One,
            &[("", ""), ("", "-primary"), ("", "-secondary")],
        )
    },
    Operator {
        image: "mariadb",
        ..row(
            ("mariadb.mmontes.io", "MariaDB"),
            Datastore,
            MariaDb,
            One,
            &[("", ""), ("", "-primary"), ("", "-secondary")],
        )
    },
    row(
        ("crdb.cockroachlabs.com", "CrdbCluster"),
        Datastore,
        At(&["spec", "nodes"], None),
        Majority,
        &[("", "-public"), ("", "")],
    ),
    row(
        ("clickhouse.altinity.com", "ClickHouseInstallation"),
        Datastore,
        Shards,
        One,
        &[("clickhouse-", ""), ("chi-", "")],
    ),
    row(
        ("zookeeper.pravega.io", "ZookeeperCluster"),
        Service,
        At(&["spec", "replicas"], Some(3)),
        Majority,
        &[("", "-client"), ("", "-headless")],
    ),
    row(
        ("cassandra.datastax.com", "CassandraDatacenter"),
        Datastore,
        At(&["spec", "size"], None),
        Majority,
        &[("", "-service")],
    ),
    row(
        ("k8ssandra.io", "K8ssandraCluster"),
        Datastore,
        Sum(&["spec", "cassandra", "datacenters"], "size"),
        Majority,
        &[],
    ),
];

/// What is known of a kind.
pub(super) fn operator(group: &str, kind: &str) -> Option<&'static Operator> {
    OPERATORS.iter().chain(&APPS).find(|o| (o.group, o.kind) == (group, kind))
}
