//! Stores and brokers that an operator runs: one custom resource stands for a cluster of pods and its Services
//! (SEMANTICS D).

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use crate::facts::{Answer, Assumable, Class, ComponentFact, Evidence, Key, Kind};
use std::collections::BTreeMap;

/// What linchpin knows of one kind of custom resource.
struct Operator {
    group: &'static str,
    kind: &'static str,
    is: Kind,
    /// Where the number of members stands, and what it is when nobody says.
    members: (&'static [&'static str], Option<u32>),
    /// A majority of the members must work, rather than one.
    majority: bool,
    /// What its Services are called: these prefixes and suffixes around its name.
    services: &'static [(&'static str, &'static str)],
}

const OPERATORS: [Operator; 9] = [
    Operator {
        group: "postgresql.cnpg.io",
        kind: "Cluster",
        is: Kind::Datastore,
        members: (&["spec", "instances"], Some(1)),
        majority: false,
        services: &[("", "-rw"), ("", "-ro"), ("", "-r")],
    },
    Operator {
        group: "acid.zalan.do",
        kind: "postgresql",
        is: Kind::Datastore,
        members: (&["spec", "numberOfInstances"], None),
        majority: false,
        services: &[("", ""), ("", "-repl")],
    },
    Operator {
        group: "rabbitmq.com",
        kind: "RabbitmqCluster",
        is: Kind::Queue,
        members: (&["spec", "replicas"], Some(1)),
        majority: true,
        services: &[("", "")],
    },
    Operator {
        group: "kafka.strimzi.io",
        kind: "Kafka",
        is: Kind::Queue,
        members: (&["spec", "kafka", "replicas"], None),
        majority: false,
        services: &[("", "-kafka-bootstrap"), ("", "-kafka-brokers")],
    },
    Operator {
        group: "databases.spotahome.com",
        kind: "RedisFailover",
        is: Kind::Cache,
        members: (&["spec", "redis", "replicas"], Some(3)),
        majority: false,
        services: &[("rfs-", ""), ("rfr-", "")],
    },
    Operator {
        group: "mongodbcommunity.mongodb.com",
        kind: "MongoDBCommunity",
        is: Kind::Datastore,
        members: (&["spec", "members"], None),
        majority: true,
        services: &[("", "-svc")],
    },
    Operator {
        group: "elasticsearch.k8s.elastic.co",
        kind: "Elasticsearch",
        is: Kind::Datastore,
        members: (&[], None),
        majority: false,
        services: &[("", "-es-http")],
    },
    Operator {
        group: "pxc.percona.com",
        kind: "PerconaXtraDBCluster",
        is: Kind::Datastore,
        members: (&["spec", "pxc", "size"], None),
        majority: true,
        services: &[("", "-haproxy"), ("", "-pxc")],
    },
    Operator {
        group: "crdb.cockroachlabs.com",
        kind: "CrdbCluster",
        is: Kind::Datastore,
        members: (&["spec", "nodes"], None),
        majority: true,
        services: &[("", "-public"), ("", "")],
    },
];

fn operator(group: &str, kind: &str) -> Option<&'static Operator> {
    OPERATORS.iter().find(|o| (o.group, o.kind) == (group, kind))
}

/// Whether a custom resource is one of those that linchpin knows.
pub(super) fn reads(group: &str, kind: &str) -> bool {
    operator(group, kind).is_some()
}

fn key(cluster: &Cluster<'_>, object: &Object) -> Key {
    Key::new(&cluster.scope, Class::Workload, object.namespace(), &object.name)
}

/// The components that operators run.
pub(super) fn components<'a>(cluster: &'a Cluster<'_>) -> impl Iterator<Item = ComponentFact> + 'a {
    let known = cluster.of(Role::Operated).iter().filter_map(|o| Some((*o, operator(&o.group, &o.kind)?)));
    known.map(|(object, operator)| {
        let (path, default) = operator.members;
        let field = path.join(".");
        let stated = object
            .node
            .path(path)
            .filter(|_| !path.is_empty())
            .and_then(|n| Some(Assumable::explicit(u32::try_from(n.int()?).ok()?, Evidence::new(n.at(), field))));
        let replicas = stated.or(default.map(Assumable::default));
        let need =
            replicas.as_ref().filter(|r| operator.majority && r.value > 0).map(|r| Assumable::default(r.value / 2 + 1));
        let evidence = Evidence::new(object.name_node().at(), "metadata.name");
        let fact = ComponentFact::new(key(cluster, object), operator.is, evidence);
        ComponentFact { kind_stated: true, replicas, need, ..fact }
    })
}

/// Adds the names of their Services, where the input does not show those Services with pods behind them.
pub(super) fn names(cluster: &Cluster<'_>, answers: &mut BTreeMap<(String, String), (Answer, Evidence)>) {
    for object in cluster.of(Role::Operated) {
        for (prefix, suffix) in operator(&object.group, &object.kind).map(|o| o.services).unwrap_or_default() {
            let name = (object.namespace().to_owned(), format!("{prefix}{}{suffix}", object.name).to_lowercase());
            let evidence = Evidence::new(object.name_node().at(), "metadata.name");
            let shown = matches!(answers.get(&name), Some((Answer::Components(keys), _))
                if keys.iter().any(|k| k.class != Class::External));
            if !shown {
                answers.insert(name, (Answer::Components(vec![key(cluster, object)]), evidence));
            }
        }
    }
}
