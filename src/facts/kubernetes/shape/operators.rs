//! What operators run. Counts at a fixed path, misspelt ones too, are checked where they are read.

use super::{Shape, shape};

/// The shape of the specification of custom resources of operators.
pub(super) fn shape(group: &str, kind: &str) -> Option<&'static Shape> {
    Some(match (group, kind) {
        ("postgresql.cnpg.io", "Cluster") => &CNPG,
        ("acid.zalan.do", "postgresql") => &ZALANDO,
        ("postgres-operator.crunchydata.com", "PostgresCluster") => &CRUNCHY,
        ("kafka.strimzi.io", "Kafka") => &KAFKA,
        ("kafka.strimzi.io", "KafkaNodePool") => &KAFKA_NODE_POOL,
        ("kafka.strimzi.io", "KafkaTopic") => &KAFKA_TOPIC,
        ("databases.spotahome.com", "RedisFailover") => &REDIS_FAILOVER,
        ("mongodbcommunity.mongodb.com", "MongoDBCommunity") => &MONGODB,
        ("elasticsearch.k8s.elastic.co", "Elasticsearch") => &ELASTICSEARCH,
        ("planetscale.com", "VitessCluster") => &VITESS,
        ("pxc.percona.com", "PerconaXtraDBCluster") => &PXC,
        ("k8s.mariadb.com" | "mariadb.mmontes.io", "MariaDB") => &MARIADB,
        ("clickhouse.altinity.com", "ClickHouseInstallation") => &CLICKHOUSE,
        _ => return None,
    })
}

static CNPG: Shape = shape!({
    affinity: {
        additionalPodAffinity: _, additionalPodAntiAffinity: _, enablePodAntiAffinity: _, nodeAffinity: _,
        nodeSelector: _, podAntiAffinityType: (word "preferred" "required"), tolerations: _, topologyKey: text,
    },
    maxSyncReplicas: count, minSyncReplicas: count, postgresql: {* _},
});

static ZALANDO: Shape = shape!({patroni: {* _}, postgresql: {* _}});

static CRUNCHY: Shape = shape!({instances: [{name: _, replicas: count}]; instances});

static KAFKA: Shape = shape!({kafka: {config: {* _}, replicas: count}, zookeeper: {replicas: count}; kafka});

static KAFKA_NODE_POOL: Shape = shape!({
    replicas: _, resources: _, roles: [(word "broker" "controller")], storage: _, template: _; replicas, roles
});

static KAFKA_TOPIC: Shape = shape!({config: {* _}, partitions: count, replicas: count, topicName: text});

static REDIS_FAILOVER: Shape = shape!({redis: {* _}, sentinel: {* _}});

static MONGODB: Shape = shape!({arbiters: count});

static ELASTICSEARCH: Shape = shape!({
    nodeSets: [{config: {* _}, count: count, name: _, podTemplate: _, volumeClaimTemplates: _; count}]; nodeSets
});

static VITESS: Shape = shape!({
    cells: _, keyspaces: [{
        name: _, partitionings: [{custom: _, equal: {
            parts: count, shardTemplate: {tabletPools: [{
                affinity: _, cell: text, name: _, replicas: count, type: (word "replica" "rdonly" "externalmaster"
                "externalreplica" "externalrdonly"); replicas, type
            }]; tabletPools}; shardTemplate, parts
        }}]; partitionings
    }],
});

static PXC: Shape = shape!({haproxy: {enabled: _, size: count}, proxysql: {enabled: _, size: count}, pxc: {* _}; pxc});

static MARIADB: Shape = shape!({galera: {enabled: _}, maxScale: _, replicas: _, replication: {enabled: _}});

static CLICKHOUSE: Shape = shape!({
    configuration: {clusters: [{
        layout: {replicas: _, replicasCount: count, shards: _, shardsCount: count}, name: _
    }], zookeeper: _}; configuration
});
