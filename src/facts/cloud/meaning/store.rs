//! Databases, caches, search engines and brokers: how many of them there are.

use super::reader::{Reader, Subject};
use super::whom::Meant;
use crate::facts::cloud::field::Field;
use crate::facts::cloud::kinds::Sort;
use crate::facts::cloud::text::Place;
use crate::facts::{Assumable, ComponentFact, Evidence, Interaction};

impl<'w> Reader<'w> {
    /// The instances of a store, as far as it has any that can be counted.
    pub fn store_numbers(&mut self, subject: &Subject<'w>, fact: &mut ComponentFact) {
        fact.replicas = match &*subject.resource.of {
            "AWS::RDS::DBInstance" => self.database(subject),
            "AWS::RDS::DBCluster" | "AWS::DocDB::DBCluster" | "AWS::Neptune::DBCluster" => self.members(subject),
            "AWS::ElastiCache::ReplicationGroup" => self.replication_group(subject),
            "AWS::ElastiCache::CacheCluster" => self.cache_cluster(subject),
            "AWS::MemoryDB::Cluster" => self.with_replicas(subject, "NumReplicasPerShard", 1.0, true),
            "AWS::DAX::Cluster" => self.count(subject.get("ReplicationFactor")),
            "AWS::Elasticsearch::Domain" => self.nodes(subject, "ElasticsearchClusterConfig"),
            "AWS::OpenSearchService::Domain" => self.nodes(subject, "ClusterConfig"),
            "AWS::MSK::Cluster" => self.count(subject.get("NumberOfBrokerNodes")),
            "AWS::AmazonMQ::Broker" => {
                let mode = subject.get("DeploymentMode");
                mode.and_then(|mode| match mode.known()?.as_str() {
                    "SINGLE_INSTANCE" => Some(Assumable::explicit(1, mode.evidence())),
                    "ACTIVE_STANDBY_MULTI_AZ" => Some(Assumable::explicit(2, mode.evidence())),
                    "CLUSTER_MULTI_AZ" => Some(Assumable::explicit(3, mode.evidence())),
                    _ => None,
                })
            }
            "AWS::Redshift::Cluster" => self.count(subject.get("NumberOfNodes")),
            _ => None,
        };
        if &*subject.resource.of == "AWS::MSK::Cluster"
            && let Some(brokers) = &fact.replicas
        {
            let majority = brokers.value / 2 + 1;
            fact.need = Some(Assumable::default(majority));
        }
    }

    /// A database with a standby in another zone, or without.
    fn database(&mut self, subject: &Subject<'w>) -> Option<Assumable<u32>> {
        self.spelling(subject, &["MultiAZ"], &[]);
        let Some(said) = subject.get("MultiAZ") else { return Some(Assumable::default(1)) };
        let standby = said.flag()?;
        Some(Assumable::explicit(if standby { 2 } else { 1 }, said.evidence()))
    }

    /// The instances that other resources of the stack add to a cluster.
    fn members(&mut self, subject: &Subject<'w>) -> Option<Assumable<u32>> {
        let stack = self.world.stack(subject.stack)?;
        let own = Place { stack: subject.stack, id: subject.resource.id.clone() };
        let cluster = self.world.component(&own)?;
        let members: Vec<&Evidence> = stack
            .resources
            .values()
            .filter(|r| r.get("DBClusterIdentifier").is_some() && r.id != subject.resource.id)
            .filter(|r| {
                let place = Place { stack: subject.stack, id: r.id.clone() };
                self.world.component(&place).as_ref() == Some(&cluster)
            })
            .map(|r| &r.at)
            .collect();
        let count = u32::try_from(members.len()).ok()?;
        members.into_iter().min().map(|at| Assumable::explicit(count, at.clone()))
    }

    fn replication_group(&mut self, subject: &Subject<'w>) -> Option<Assumable<u32>> {
        let failover = subject.get("AutomaticFailoverEnabled").map_or(Some(false), |said| said.flag())?;
        if !failover {
            // Replicas that nothing promotes do not help when the primary is gone.
            let at = subject.get("AutomaticFailoverEnabled").map(|said| said.evidence());
            return Some(at.map_or_else(|| Assumable::default(1), |at| Assumable::explicit(1, at)));
        }
        match subject.get("ReplicasPerNodeGroup") {
            Some(_) => self.with_replicas(subject, "ReplicasPerNodeGroup", 0.0, false),
            None => self.count(subject.get("NumCacheClusters").or_else(|| subject.get("NumberCacheClusters"))),
        }
    }

    fn cache_cluster(&mut self, subject: &Subject<'w>) -> Option<Assumable<u32>> {
        // Nodes of a Memcached cluster hold different keys: each is alone with its own.
        let said = subject.get("NumCacheNodes");
        Some(said.map_or_else(|| Assumable::default(1), |said| Assumable::explicit(1, said.evidence())))
    }

    /// The nodes of one shard: the primary and its replicas.
    fn with_replicas(
        &mut self,
        subject: &Subject<'w>,
        property: &str,
        default: f64,
        known: bool,
    ) -> Option<Assumable<u32>> {
        match subject.get(property) {
            Some(said) => {
                let replicas = said.number(0.0, "number of replicas", &mut self.facts.problems)?;
                Some(Assumable::explicit(1 + replicas as u32, said.evidence()))
            }
            None => known.then(|| Assumable::default(1 + default as u32)),
        }
    }

    fn nodes(&mut self, subject: &Subject<'w>, block: &str) -> Option<Assumable<u32>> {
        let said = subject.get(block).and_then(|config| config.get("InstanceCount"));
        if said.is_none() { Some(Assumable::default(1)) } else { self.count(said) }
    }

    fn count(&mut self, said: Option<Field<'w>>) -> Option<Assumable<u32>> {
        let said = said?;
        let count = said.number(1.0, "number of nodes", &mut self.facts.problems)?;
        Some(Assumable::explicit(count as u32, said.evidence()))
    }

    /// The database that a proxy is in front of.
    pub fn behind_proxy(&mut self, subject: &Subject<'w>) {
        let Some(proxy) = subject.get("DBProxyName") else { return };
        let Some(from) = self.whom_first(subject.stack, &proxy.text(), Some(Sort::Proxy)).and_then(|m| m.key) else {
            return;
        };
        for property in ["DBInstanceIdentifiers", "DBClusterIdentifiers"] {
            let Some(list) = subject.get(property) else { continue };
            for text in list.texts() {
                let found: Vec<Meant> = self.whom(subject.stack, &text, Some(Sort::Database));
                for meant in found {
                    self.depend(&from, meant, Interaction::Sync, list.evidence());
                }
            }
        }
    }
}
