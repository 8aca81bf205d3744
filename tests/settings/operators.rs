//! Resources that operators run: how many instances there are and how many must work (SEMANTICS D).

use super::tree::Tree;

fn resource(api: &str, kind: &str, spec: &str) -> Tree {
    Tree::of(&[("k8s.yaml", &format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{spec}}}\n"))])
}

/// One row for each resource and shape.
#[test]
fn members() {
    for (api, kind, spec, expected) in [
        ("postgresql.cnpg.io/v1", "Cluster", "instances: 3", "datastore 1 of 3"),
        ("postgresql.cnpg.io/v1", "Cluster", "", "datastore 1 of 1"),
        ("acid.zalan.do/v1", "postgresql", "numberOfInstances: 2", "datastore 1 of 2"),
        (
            "postgres-operator.crunchydata.com/v1beta1",
            "PostgresCluster",
            "instances: [{replicas: 2}, {}]",
            "datastore 1 of 3",
        ),
        ("pgv2.percona.com/v2", "PerconaPGCluster", "instances: [{name: a, replicas: 3}]", "datastore 1 of 3"),
        ("nats.io/v1alpha2", "NatsCluster", "size: 3", "queue 1 of 3"),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster", "replicas: 3", "queue 2 of 3"),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster", "replicas: 2", "queue 2 of 2"),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster", "", "queue 1 of 1"),
        ("databases.spotahome.com/v1", "RedisFailover", "redis: {replicas: 0}", "cache 1 of 3"),
        ("databases.spotahome.com/v1", "RedisFailover", "redis: {replicas: 2}", "cache 1 of 2"),
        ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity", "members: 3", "datastore 2 of 3"),
        ("mongodbcommunity.mongodb.com/v1", "MongoDBCommunity", "members: 2, arbiters: 1", "datastore 2 of 3"),
        ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "nodeSets: [{name: a, count: 3}]", "datastore 2 of 3"),
        ("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", "nodeSets: [{name: a, count: 2}]", "datastore 2 of 2"),
        (
            "elasticsearch.k8s.elastic.co/v1",
            "Elasticsearch",
            "nodeSets: [{name: m, count: 3, config: {node.roles: [master]}}, {name: d, count: 4, config: {node.roles: [data]}}]",
            "datastore 6 of 7",
        ),
        (
            "planetscale.com/v2",
            "VitessCluster",
            "keyspaces: [{partitionings: [{equal: {parts: 2, shardTemplate: {tabletPools: [{type: replica, replicas: 2}, {type: rdonly, replicas: 3}]}}}]}]",
            "datastore 3 of 4",
        ),
        ("pxc.percona.com/v1", "PerconaXtraDBCluster", "pxc: {size: 3}", "datastore 2 of 3"),
        ("pxc.percona.com/v1", "PerconaXtraDBCluster", "pause: true, pxc: {size: 3}", "datastore off"),
        ("k8s.mariadb.com/v1alpha1", "MariaDB", "replicas: 3, galera: {enabled: true}", "datastore 2 of 3"),
        ("k8s.mariadb.com/v1alpha1", "MariaDB", "replicas: 3, replication: {enabled: true}", "datastore 1 of 3"),
        ("k8s.mariadb.com/v1alpha1", "MariaDB", "replicas: 3", "datastore 3 of 3"),
        ("crdb.cockroachlabs.com/v1alpha1", "CrdbCluster", "nodes: 5", "datastore 3 of 5"),
        (
            "clickhouse.altinity.com/v1",
            "ClickHouseInstallation",
            "configuration: {clusters: [{layout: {shardsCount: 2, replicasCount: 2}}]}",
            "datastore 3 of 4",
        ),
        (
            "clickhouse.altinity.com/v1",
            "ClickHouseInstallation",
            "configuration: {clusters: [{layout: {shardsCount: 2}}]}",
            "datastore 2 of 2",
        ),
        ("mysql.oracle.com/v2", "InnoDBCluster", "instances: 3", "datastore 2 of 3"),
        ("zookeeper.pravega.io/v1beta1", "ZookeeperCluster", "", "service 2 of 3"),
    ] {
        let tree = resource(api, kind, spec);
        assert_eq!(tree.component("x"), expected, "{kind} {spec}");
        assert_eq!(tree.problems, [""; 0], "{kind} {spec}");
    }
}

/// Kafka: brokers from the old field or from node pools; as many may fail as topics are written without; who leads is a
/// quorum of its own.
#[test]
fn kafka() {
    let pool = |name: &str, roles: &str, replicas: u32| {
        format!(
            "---\napiVersion: kafka.strimzi.io/v1\nkind: KafkaNodePool\nmetadata: {{name: {name}, labels: {{strimzi.io/cluster: \
             k}}}}\nspec: {{replicas: {replicas}, roles: [{roles}]}}\n"
        )
    };
    let kafka = |spec: &str, more: &str| {
        let text = format!(
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nmetadata: {{name: k}}\nspec: {{{spec}}}\n{more}"
        );
        Tree::of(&[("k8s.yaml", &text)])
    };
    let copies = "config: {default.replication.factor: 3, min.insync.replicas: 2}";
    let topic = "---\napiVersion: kafka.strimzi.io/v1beta2\nkind: KafkaTopic\nmetadata: {name: t, labels: {strimzi.io/cluster: k}}\nspec: {partitions: 3, replicas: 1}\n";
    for (spec, more, expected) in [
        ("kafka: {replicas: 3}".to_owned(), String::new(), "queue 3 of 3"),
        (format!("kafka: {{replicas: 3, {copies}}}"), String::new(), "queue 2 of 3"),
        (format!("kafka: {{replicas: 3, {copies}}}"), topic.to_owned(), "queue 3 of 3"),
        (format!("kafka: {{{copies}}}"), pool("a", "broker", 2) + &pool("b", "broker", 2), "queue 3 of 4"),
        (format!("kafka: {{{copies}}}"), pool("dual", "controller, broker", 3), "queue 2 of 3"),
    ] {
        assert_eq!(kafka(&spec, &more).component("k"), expected, "{spec} {more}");
    }
    let apart = kafka("kafka: {}", &(pool("c", "controller", 3) + &pool("b", "broker", 3)));
    assert_eq!(
        (apart.component("k-controllers"), apart.edges()),
        ("service 2 of 3".to_owned(), vec!["k → k-controllers".to_owned()])
    );
    let old = kafka("kafka: {replicas: 3}, zookeeper: {replicas: 3}", "");
    assert_eq!(
        (old.component("k-zookeeper"), old.edges()),
        ("service 2 of 3".to_owned(), vec!["k → k-zookeeper".to_owned()])
    );
    let never = kafka(&format!("kafka: {{replicas: 3, {copies}}}"), topic);
    assert!(
        never.problems[0].contains("has 1 replicas and wants 2 in sync: it can never be written"),
        "{:?}",
        never.problems
    );
    let lost = kafka("kafka: {replicas: 1}", &pool("p", "broker", 1).replace("cluster: k", "cluster: j"));
    assert!(lost.problems[0].contains("belongs to no Kafka of the input"), "{:?}", lost.problems);
}

/// Numbers that are none, that are missing, or that are misspelt.
#[test]
fn mistakes() {
    for (api, kind, spec, expected) in [
        (
            "postgresql.cnpg.io/v1",
            "Cluster",
            "instances: many",
            "k8s.yaml:4: `spec.instances` must be a whole number, 0 or more; taken as unknown",
        ),
        (
            "acid.zalan.do/v1",
            "postgresql",
            "numberOfInstance: 2",
            "k8s.yaml:4: postgresql default/x does not say `spec.numberOfInstances`; its number of instances is unknown; `numberOfInstance` may be meant: write `numberOfInstances`",
        ),
        (
            "postgresql.cnpg.io/v1",
            "Cluster",
            "instnces: 3",
            "k8s.yaml:4: Cluster default/x does not say `spec.instances`; its number of instances is unknown; `instnces` may be meant: write `instances`",
        ),
        (
            "crdb.cockroachlabs.com/v1alpha1",
            "CrdbCluster",
            "",
            "k8s.yaml:3: CrdbCluster default/x does not say `spec.nodes`; its number of instances is unknown; set `spec.nodes`",
        ),
    ] {
        assert_eq!(resource(api, kind, spec).problems, [expected], "{kind} {spec}");
    }
}

/// Their Services are names that others call, and a pooler stands before its cluster.
#[test]
fn names() {
    let pooler = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\nspec: {instances: 3}\n---\napiVersion: postgresql.cnpg.io/v1\nkind: Pooler\nmetadata: {name: pool}\nspec: {instances: 2, cluster: {name: db}}\n---\n";
    let app = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: app}\nspec: {template: {spec: {containers: [{name: main, image: x, env: [{name: DATABASE_URL, value: 'postgres://pool:5432/x'}, {name: READ_DB_HOST, value: db-ro}]}]}}}\n";
    let tree = Tree::of(&[("k8s.yaml", &(pooler.to_owned() + app))]);
    assert_eq!(tree.edges(), ["app → db", "app → pool", "pool → db"]);
}
