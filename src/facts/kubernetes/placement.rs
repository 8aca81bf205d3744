//! Where things run, as far as the input knows it for sure: pods on machines, machines in zones, volumes in zones.

use super::cluster::Cluster;
use super::object::Object;
use super::role::Role;
use super::workload::Workload;
use crate::facts::{
    Class, ComponentFact, Criticality, DependencyFact, Evidence, Facts, Group, Interaction, Key, Kind, Target,
};
use crate::parse::Node;
use std::collections::{BTreeMap, BTreeSet};

/// Labels that name a fault domain, from the smallest to the largest.
const DOMAINS: [(&str, Kind); 5] = [
    ("kubernetes.io/hostname", Kind::Node),
    ("topology.kubernetes.io/zone", Kind::Zone),
    ("failure-domain.beta.kubernetes.io/zone", Kind::Zone),
    ("topology.kubernetes.io/region", Kind::Region),
    ("failure-domain.beta.kubernetes.io/region", Kind::Region),
];

/// Labels by which drivers of block storage name a zone.
const CSI_ZONES: [(&str, Kind); 3] = [
    ("topology.ebs.csi.aws.com/zone", Kind::Zone),
    ("topology.gke.io/zone", Kind::Zone),
    ("topology.disk.csi.azure.com/zone", Kind::Zone),
];

/// Where a workload's pods are: on the machines that a dump shows, or pinned by the template. A preference, or a choice
/// of several zones, pins nothing.
pub(super) fn workload(workload: &Workload<'_>, facts: &mut Facts) {
    let mut nodes: BTreeMap<Key, Evidence> = BTreeMap::new();
    let shown = workload.pods.iter().filter_map(|pod| pod.node.get("spec"));
    for spec in shown.chain(workload.pod_spec()) {
        if let Some(node) = spec.get("nodeName")
            && let Some(name) = node.text().filter(|n| !n.is_empty())
        {
            let key = Key::global(Class::Node, name);
            nodes.entry(key).or_insert_with(|| Evidence::new(node.at(), "spec.nodeName"));
        }
    }
    let pinned = workload.pod_spec().map(pins).unwrap_or_default();
    let known_nodes = !nodes.is_empty();
    place(&workload.key, nodes, facts);
    for (kind, name, evidence) in pinned {
        if !(known_nodes && kind == Kind::Node) {
            place(&workload.key, BTreeMap::from([(Key::global(kind.class(), name), evidence)]), facts);
        }
    }
}

/// Where a volume is, by the labels or the required affinity of its PersistentVolume.
pub(super) fn volume(key: &Key, volume: &Object, facts: &mut Facts) {
    let mut domains = Vec::new();
    if let Some(terms) = volume.node.path(&["spec", "nodeAffinity", "required"]) {
        domains.extend(required(terms, "spec.nodeAffinity"));
    }
    if let Some(labels) = volume.node.path(&["metadata", "labels"]) {
        domains.extend(labelled(labels, "metadata.labels"));
    }
    domains.sort();
    domains.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1));
    for (kind, name, evidence) in domains {
        place(key, BTreeMap::from([(Key::global(kind.class(), name), evidence)]), facts);
    }
}

/// Where volumes of a storage class are made, if they can be made in one place only.
pub(super) fn class(key: &Key, class: &Object, facts: &mut Facts) {
    let mut domains: Vec<Domain<'_>> = Vec::new();
    let terms = class.node.get("allowedTopologies").map(Node::items).unwrap_or_default();
    if let [term] = terms {
        for expression in term.get("matchLabelExpressions").map(Node::items).unwrap_or_default() {
            let known = DOMAINS.into_iter().chain(CSI_ZONES).find(|(label, _)| expression.str("key") == Some(label));
            if let (Some((label, kind)), Some([value])) = (known, expression.get("values").map(Node::items))
                && let Some(name) = value.text()
            {
                domains.push((kind, name, Evidence::new(value.at(), format!("allowedTopologies.{label}"))));
            }
        }
    }
    if let Some(zone) = class.node.path(&["parameters", "zone"])
        && let Some(name) = zone.text()
    {
        domains.push((Kind::Zone, name, Evidence::new(zone.at(), "parameters.zone")));
    }
    domains.sort();
    domains.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1));
    for (kind, name, evidence) in domains {
        place(key, BTreeMap::from([(Key::global(kind.class(), name), evidence)]), facts);
    }
}

/// Components for the machines and zones that something was placed on, and the zones and regions that those are in.
pub(super) fn domains(cluster: &Cluster<'_>, facts: &mut Facts) {
    let targets = facts.dependencies.iter().filter_map(|d| match &d.to {
        Target::Component(key) if key.class == Class::Node => Some(key.clone()),
        _ => None,
    });
    let used: BTreeSet<Key> = targets.collect();
    for object in cluster.of(Role::Node) {
        let key = Key::global(Class::Node, &object.name);
        if let Some(labels) = object.node.path(&["metadata", "labels"]).filter(|_| used.contains(&key)) {
            let domains = labelled(labels, "metadata.labels");
            let of = |wanted: Kind| domains.iter().find(|(kind, ..)| *kind == wanted);
            for (dependent, provider) in
                [(Some(key), of(Kind::Zone)), (of(Kind::Zone).map(domain_key), of(Kind::Region))]
            {
                if let (Some(dependent), Some(provider)) = (dependent, provider) {
                    place(&dependent, BTreeMap::from([(domain_key(provider), provider.2.clone())]), facts);
                }
            }
        }
    }
    let mut places: BTreeMap<Key, Evidence> = BTreeMap::new();
    for fact in facts.dependencies.iter().filter(|d| d.interaction == Interaction::PlacedOn) {
        for key in [&fact.from].into_iter().chain(match &fact.to {
            Target::Component(key) => Some(key),
            _ => None,
        }) {
            let first = places.entry(key.clone()).or_insert_with(|| fact.evidence.clone());
            if fact.evidence < *first {
                *first = fact.evidence.clone();
            }
        }
    }
    for (key, evidence) in places {
        let kind = match key.class {
            Class::Node => Kind::Node,
            Class::Zone => Kind::Zone,
            Class::Region => Kind::Region,
            _ => continue,
        };
        facts.components.push(ComponentFact::new(key, kind, evidence));
    }
}

type Domain<'a> = (Kind, &'a str, Evidence);

fn domain_key((kind, name, _): &Domain<'_>) -> Key {
    Key::global(kind.class(), name)
}

/// Adds that something runs on one of the given domains; of several, any one will do.
fn place(from: &Key, on: BTreeMap<Key, Evidence>, facts: &mut Facts) {
    let group = (on.len() > 1).then(|| Group { id: "placement".into(), need: 1 });
    for (key, evidence) in on {
        let fact = DependencyFact::new(from.clone(), Target::Component(key), Interaction::PlacedOn, evidence);
        facts.dependencies.push(DependencyFact { group: group.clone(), ..fact.criticality(Criticality::Hard) });
    }
}

/// Domains that a pod cannot leave: its node selector and required affinity.
fn pins(spec: &Node) -> Vec<Domain<'_>> {
    let mut domains = spec.get("nodeSelector").map(|s| labelled(s, "nodeSelector")).unwrap_or_default();
    let affinity = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    if let Some(terms) = spec.path(&affinity) {
        domains.extend(required(terms, "affinity.nodeAffinity"));
    }
    domains.sort();
    domains.dedup_by(|a, b| (a.0, a.1) == (b.0, b.1));
    domains
}

fn labelled<'a>(labels: &'a Node, field: &str) -> Vec<Domain<'a>> {
    let read = |(key, kind): (&str, Kind)| {
        let value = labels.get(key)?;
        Some((kind, value.text().filter(|t| !t.is_empty())?, Evidence::new(value.at(), format!("{field}.{key}"))))
    };
    let mut domains: Vec<_> = DOMAINS.into_iter().filter_map(read).collect();
    // The old and the new label of one domain say the same.
    domains.dedup_by_key(|(kind, ..)| *kind);
    domains
}

/// Terms are alternatives, so only a single one pins; so does only a single value.
fn required<'a>(terms: &'a Node, field: &str) -> Vec<Domain<'a>> {
    let [term] = terms.get("nodeSelectorTerms").map(Node::items).unwrap_or_default() else { return Vec::new() };
    let expressions = term.get("matchExpressions").map(Node::items).unwrap_or_default();
    let read = |expression: &'a Node| {
        let key = expression.str("key")?;
        let (_, kind) = DOMAINS.into_iter().find(|(label, _)| *label == key)?;
        let [value] = expression.get("values")?.items() else { return None };
        let only = expression.str("operator") == Some("In");
        Some((kind, value.text().filter(|_| only)?, Evidence::new(value.at(), format!("{field}.{key}"))))
    };
    expressions.iter().filter_map(read).collect()
}
