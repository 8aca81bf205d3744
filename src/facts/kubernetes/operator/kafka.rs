//! Strimzi's Kafka: brokers and controllers may stand in node pools of their own, and how many brokers may fail depends
//! on how often topics are replicated.

use super::super::cluster::Cluster;
use super::super::object::Object;
use super::super::role::Role;
use super::members::{Members, count, majority, stated};
use super::{key, missing};
use crate::facts::{
    Assumable, Class, ComponentFact, Criticality, DependencyFact, Evidence, Facts, Interaction, Key, Kind, Target,
};
use crate::parse::Node;
use crate::source::Problem;

const GROUP: &str = "kafka.strimzi.io";
const CLUSTER: &str = "strimzi.io/cluster";

/// Whether a resource is read together with its cluster.
pub(super) fn is_part(group: &str, kind: &str) -> bool {
    group == GROUP && matches!(kind, "KafkaNodePool" | "KafkaTopic")
}

fn parts<'a>(cluster: &'a Cluster<'_>, kafka: &'a Object, kind: &'a str) -> impl Iterator<Item = &'a Object> {
    cluster.of(Role::Operated).iter().copied().filter(move |o| {
        let labels = o.node.path(&["metadata", "labels"]);
        *o.group == *GROUP
            && *o.kind == *kind
            && o.namespace() == kafka.namespace()
            && labels.and_then(|l| l.str(CLUSTER)) == Some(&*kafka.name)
    })
}

fn has_role(pool: &Object, role: &str) -> bool {
    let roles = pool.node.path(&["spec", "roles"]).map(Node::items).unwrap_or_default();
    roles.iter().any(|r| r.text() == Some(role))
}

/// The brokers, and how many of them must work so that every topic can be written.
pub(super) fn members(cluster: &Cluster<'_>, kafka: &Object, facts: &mut Facts) -> Members {
    let pools: Vec<&Object> = parts(cluster, kafka, "KafkaNodePool").collect();
    let brokers = if pools.is_empty() {
        stated(kafka, &["spec", "kafka", "replicas"], None, &mut facts.problems)
    } else {
        total(&pools, "broker", facts)
    };
    let config = kafka.node.path(&["spec", "kafka", "config"]);
    let setting = |name: &str| config.and_then(|c| count(c.get(name)?));
    // Kafka's own defaults: one copy of a topic, written when one copy is.
    let (copies, written) =
        (setting("default.replication.factor").unwrap_or(1), setting("min.insync.replicas").unwrap_or(1));
    let mut tolerated = copies.saturating_sub(written);
    for topic in parts(cluster, kafka, "KafkaTopic") {
        let of = topic.node.path(&["spec", "replicas"]).and_then(count).unwrap_or(copies);
        let config = topic.node.path(&["spec", "config"]);
        let in_sync = config.and_then(|c| count(c.get("min.insync.replicas")?)).unwrap_or(written);
        tolerated = tolerated.min(of.saturating_sub(in_sync));
        if in_sync > of {
            let at = topic.node.path(&["spec", "replicas"]).map_or_else(|| topic.node.at(), Node::at);
            let reason =
                format!("{} has {of} replicas and wants {in_sync} in sync: it can never be written", topic.title());
            facts.problems.push(Problem::new(at, reason).remedy("lower `min.insync.replicas` or raise `replicas`"));
        }
    }
    let voters: u32 =
        pools.iter().filter(|p| has_role(p, "controller") && has_role(p, "broker")).filter_map(|p| replicas(p)).sum();
    Members::new(brokers, |n| {
        let of_topics = n.saturating_sub(tolerated);
        // Brokers that are controllers, too, must keep a majority of these.
        let of_voters = if voters > 0 { n.saturating_sub(voters.saturating_sub(majority(voters))) } else { 1 };
        of_topics.max(of_voters)
    })
}

fn replicas(pool: &Object) -> Option<u32> {
    pool.node.path(&["spec", "replicas"]).and_then(count)
}

fn total(pools: &[&Object], role: &str, facts: &mut Facts) -> Option<Assumable<u32>> {
    let of_role: Vec<&&Object> = pools.iter().filter(|p| has_role(p, role)).collect();
    let first = of_role.first()?;
    let mut sum = 0u32;
    for pool in &of_role {
        match replicas(pool) {
            Some(n) => sum = sum.saturating_add(n),
            None => {
                facts.problems.extend(missing(pool, &["spec", "replicas"]));
                return None;
            }
        }
    }
    let at = first.node.path(&["spec", "replicas"]).map_or_else(|| first.node.at(), Node::at);
    Some(Assumable::explicit(sum, Evidence::new(at, "KafkaNodePool.spec.replicas")))
}

/// What brokers need to know who leads: controllers of their own, or ZooKeeper before that. Both keep a majority.
pub(super) fn link(cluster: &Cluster<'_>, facts: &mut Facts) {
    let clusters: Vec<&Object> =
        cluster.of(Role::Operated).iter().copied().filter(|o| *o.group == *GROUP && &*o.kind == "Kafka").collect();
    for kafka in &clusters {
        let pools: Vec<&Object> = parts(cluster, kafka, "KafkaNodePool").collect();
        let apart: Vec<&Object> =
            pools.iter().copied().filter(|p| has_role(p, "controller") && !has_role(p, "broker")).collect();
        let controllers = total(&apart, "controller", facts);
        let zookeeper = kafka
            .node
            .path(&["spec", "zookeeper", "replicas"])
            .and_then(|n| Some(Assumable::explicit(count(n)?, Evidence::new(n.at(), "spec.zookeeper.replicas"))));
        for (suffix, members) in [("controllers", controllers), ("zookeeper", zookeeper)] {
            let Some(members) = members else { continue };
            let evidence = members.evidence.clone().unwrap_or_else(|| Evidence::new(kafka.node.at(), "metadata.name"));
            let name = format!("{}-{suffix}", kafka.name);
            let quorum = Key::new(&cluster.scope, Class::Workload, kafka.namespace(), &name);
            let members = Members::new(Some(members), majority);
            let fact = ComponentFact::new(quorum.clone(), Kind::Service, evidence.clone());
            facts.components.push(ComponentFact { replicas: members.replicas, need: members.need, ..fact });
            let target = Target::Component(quorum);
            let fact = DependencyFact::new(key(cluster, kafka), target, Interaction::Sync, evidence);
            facts.dependencies.push(fact.criticality(Criticality::Hard));
        }
    }
    for pool in cluster.of(Role::Operated).iter().filter(|o| *o.group == *GROUP && &*o.kind == "KafkaNodePool") {
        let label = pool.node.path(&["metadata", "labels"]).and_then(|l| l.str(CLUSTER));
        if !clusters.iter().any(|k| k.namespace() == pool.namespace() && Some(&*k.name) == label) && !cluster.partial {
            let reason = format!("{} belongs to no Kafka of the input", pool.title());
            let remedy = format!("label it `{CLUSTER}: <name of the Kafka>`, or add that Kafka");
            facts.problems.push(Problem::new(pool.name_node().at(), reason).remedy(remedy));
        }
    }
}
