//! What instances survive: how many there are, how many must work, and whether they can all be on one machine or in one
//! zone (SEMANTICS D).

use super::tree::Tree;
use linchpin::facts::Apart;

/// `1 of 2, machines unsaid, zones unsaid`: how many must work, how many there are, and what keeps them apart.
fn survives(tree: &Tree, name: &str) -> String {
    let component = tree.graph.components.iter().find(|c| &*c.name == name).unwrap();
    let count = component.replicas.map_or("unknown".to_owned(), |r| format!("{} of {}", r.need, r.count));
    let word = |apart: Apart| match apart {
        Apart::Together(bond) => format!("together by {bond:?}").to_lowercase(),
        other => other.word().to_owned(),
    };
    match &component.spread {
        Some(spread) => format!("{count}, machines {}, zones {}", word(spread.machines), word(spread.zones)),
        None => count,
    }
}

fn workload(kind: &str, replicas: &str, spec: &str, pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: web}}\nspec: {{{replicas} {spec} template: {{metadata: {{labels: \
         {{app: web}}}}, spec: {{{pod} containers: [{{name: main, image: shop/web}}]}}}}}}\n---\n"
    )
}

const HOST: &str = "kubernetes.io/hostname";
const ZONE: &str = "topology.kubernetes.io/zone";
const OWN: &str = "labelSelector: {matchLabels: {app: web}}";

/// Autoscalers' minimums beat what is written; budgets for evictions make nothing more redundant.
#[test]
fn counts() {
    let hpa = |fields: &str| {
        format!(
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: h}}\nspec: {{scaleTargetRef: {{kind: \
             Deployment, name: web}}, maxReplicas: 9{fields}}}\n---\n"
        )
    };
    let keda = |fields: &str| {
        format!(
            "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: k}}\nspec: {{scaleTargetRef: {{name: web}}, \
             triggers: []{fields}}}\n---\n"
        )
    };
    let budget = "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: b}\nspec: {minAvailable: 1, selector: {matchLabels: {app: web}}}\n";
    for (replicas, more, expected) in [
        ("", String::new(), "1 of 1"),
        ("replicas: 3,", String::new(), "1 of 3"),
        ("replicas: 3,", hpa(""), "1 of 1"),
        ("replicas: 1,", hpa(", minReplicas: 2"), "1 of 2"),
        ("replicas: 3,", keda(""), "1 of 1"),
        ("replicas: 3,", keda(", minReplicaCount: 0"), "1 of 1"),
        ("", keda(", minReplicaCount: 4"), "1 of 4"),
        ("replicas: 2,", budget.to_owned(), "1 of 2"),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &(workload("Deployment", replicas, "", "") + &more))]);
        assert_eq!(survives(&tree, "web"), format!("{expected}, machines unsaid, zones unsaid"), "{replicas} {more}");
    }
    let daemons = Tree::of(&[("k8s.yaml", &workload("DaemonSet", "", "", ""))]);
    assert_eq!(survives(&daemons, "web"), "unknown", "one on each node, and nobody says how many nodes");
}

/// Only what the scheduler must obey keeps pods apart, and only over what it names.
#[test]
fn constraints() {
    let spread = |key: &str, when: &str, skew: u32| {
        format!(
            "topologySpreadConstraints: [{{maxSkew: {skew}, topologyKey: {key}, whenUnsatisfiable: {when}, {OWN}}}],"
        )
    };
    let term = |key: &str| format!("{{topologyKey: {key}, {OWN}}}");
    let required = |sort: &str, key: &str| {
        format!("affinity: {{{sort}: {{requiredDuringSchedulingIgnoredDuringExecution: [{}]}}}},", term(key))
    };
    let preferred = format!(
        "affinity: {{podAntiAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 1, podAffinityTerm: {}}}]}}}},",
        term(HOST)
    );
    for (pod, expected) in [
        (String::new(), "machines unsaid, zones unsaid"),
        (spread(HOST, "DoNotSchedule", 1), "machines demanded, zones unsaid"),
        (spread(HOST, "ScheduleAnyway", 1), "machines preferred, zones unsaid"),
        (spread(ZONE, "DoNotSchedule", 1), "machines demanded, zones demanded"),
        (spread(ZONE, "ScheduleAnyway", 1), "machines preferred, zones preferred"),
        (spread(HOST, "DoNotSchedule", 2), "machines preferred, zones unsaid"),
        (required("podAntiAffinity", HOST), "machines demanded, zones unsaid"),
        (required("podAntiAffinity", ZONE), "machines demanded, zones demanded"),
        (required("podAntiAffinity", HOST).replace("app: web", "app: other"), "machines unsaid, zones unsaid"),
        (preferred, "machines preferred, zones unsaid"),
        (required("podAffinity", HOST), "machines together by affinity, zones together by affinity"),
        (required("podAffinity", ZONE), "machines unsaid, zones together by affinity"),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &workload("Deployment", "replicas: 2,", "", &pod))]);
        assert_eq!(survives(&tree, "web"), format!("1 of 2, {expected}"), "{pod}");
        assert_eq!(tree.problems, [""; 0], "{pod}");
    }
}

/// A volume that one machine can use at a time keeps all pods on it; one that one pod can use leaves no second pod.
#[test]
fn volumes() {
    let claim = |modes: &str| {
        format!(
            "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: data}}\nspec: {{accessModes: [{modes}]}}\n---\n"
        )
    };
    let mount = "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}],";
    let apart = format!(
        "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: {HOST}, {OWN}}}]}}}}, {mount}"
    );
    let open = "1 of 2, machines unsaid, zones unsaid";
    for (pod, modes, expected, problem) in [
        (mount, "ReadWriteMany", open, None),
        (mount, "ReadWriteOnce, ReadWriteMany", open, None),
        (mount, "ReadWriteOnce", "1 of 2, machines together by volume, zones together by volume", None),
        (
            mount,
            "ReadWriteOncePod",
            "1 of 1, machines together by volume, zones together by volume",
            Some(
                "k8s.yaml:4: only one pod of Deployment default/web can run: claim `data` is ReadWriteOncePod, for one pod; give each pod a volume of its own, or write one replica",
            ),
        ),
        (
            &apart,
            "ReadWriteOnce",
            "1 of 1, machines together by volume, zones together by volume",
            Some(
                "k8s.yaml:4: only one pod of Deployment default/web can run: claim `data` is ReadWriteOnce, for one machine, and anti-affinity demands a machine for each pod; give each pod a volume of its own, or write one replica",
            ),
        ),
    ] {
        let text = workload("Deployment", "replicas: 2,", "", pod) + &claim(modes);
        let tree = Tree::of(&[("k8s.yaml", &text)]);
        assert_eq!(survives(&tree, "web"), expected, "{modes}");
        assert_eq!(tree.problems, problem.into_iter().collect::<Vec<_>>(), "{modes}");
    }
    let own = "volumeClaimTemplates: [{metadata: {name: d}, spec: {accessModes: [ReadWriteOnce]}}],";
    let tree = Tree::of(&[("k8s.yaml", &workload("StatefulSet", "replicas: 2,", own, ""))]);
    assert_eq!(survives(&tree, "web"), open, "each pod has a claim of its own");
}

/// Compose runs everything on one host; what only Swarm obeys shows that there are several.
#[test]
fn hosts() {
    for (deploy, expected) in [
        ("", "1 of 1"),
        ("deploy: {replicas: 3}", "1 of 3, machines together by host, zones together by host"),
        ("scale: 2", "1 of 2, machines together by host, zones together by host"),
        ("deploy: {mode: global}", "unknown"),
        ("deploy: {replicas: 3, update_config: {parallelism: 1}}", "1 of 3, machines unsaid, zones unsaid"),
        (
            "deploy: {replicas: 3, placement: {preferences: [{spread: node.labels.zone}]}}",
            "1 of 3, machines preferred, zones preferred",
        ),
        ("deploy: {replicas: 3, placement: {max_replicas_per_node: 1}}", "1 of 3, machines demanded, zones unsaid"),
        ("deploy: {replicas: 3, placement: {max_replicas_per_node: 3}}", "1 of 3, machines unsaid, zones unsaid"),
    ] {
        let tree = Tree::of(&[("compose.yaml", &format!("services: {{web: {{image: shop/web, {deploy}}}}}"))]);
        assert_eq!(survives(&tree, "web"), expected, "{deploy}");
    }
    let named = "services: {web: {image: shop/web, container_name: w, deploy: {replicas: 2}}}";
    let tree = Tree::of(&[("compose.yaml", named)]);
    assert_eq!((survives(&tree, "web").as_str(), tree.problems.len()), ("1 of 1", 1));
}

/// What operators do with their instances: their resource's word, else what they are documented to do.
#[test]
fn operators() {
    let term =
        format!("requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: {ZONE}, labelSelector: {{}}}}]");
    for (api, kind, spec, expected) in [
        ("postgresql.cnpg.io/v1", "Cluster", "instances: 3", "1 of 3, machines preferred, zones unsaid".to_owned()),
        (
            "postgresql.cnpg.io/v1",
            "Cluster",
            "instances: 3, affinity: {podAntiAffinityType: required}",
            "1 of 3, machines demanded, zones unsaid".to_owned(),
        ),
        (
            "postgresql.cnpg.io/v1",
            "Cluster",
            "instances: 3, affinity: {podAntiAffinityType: required, topologyKey: topology.kubernetes.io/zone}",
            "1 of 3, machines demanded, zones demanded".to_owned(),
        ),
        (
            "postgresql.cnpg.io/v1",
            "Cluster",
            "instances: 3, affinity: {enablePodAntiAffinity: false}",
            "1 of 3, machines unsaid, zones unsaid".to_owned(),
        ),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster", "replicas: 3", "2 of 3, machines unsaid, zones unsaid".to_owned()),
        (
            "rabbitmq.com/v1beta1",
            "RabbitmqCluster",
            &format!("replicas: 3, affinity: {{podAntiAffinity: {{{term}}}}}"),
            "2 of 3, machines demanded, zones demanded".to_owned(),
        ),
        (
            "elasticsearch.k8s.elastic.co/v1",
            "Elasticsearch",
            "nodeSets: [{name: a, count: 3}]",
            "2 of 3, machines preferred, zones unsaid".to_owned(),
        ),
        (
            "elasticsearch.k8s.elastic.co/v1",
            "Elasticsearch",
            &format!(
                "nodeSets: [{{name: a, count: 3, podTemplate: {{spec: {{affinity: {{podAntiAffinity: {{{term}}}}}}}}}}}]"
            ),
            "2 of 3, machines demanded, zones demanded".to_owned(),
        ),
        (
            "pxc.percona.com/v1",
            "PerconaXtraDBCluster",
            "pxc: {size: 3}",
            "2 of 3, machines demanded, zones unsaid".to_owned(),
        ),
        (
            "pxc.percona.com/v1",
            "PerconaXtraDBCluster",
            "pxc: {size: 3, affinity: {antiAffinityTopologyKey: none}}",
            "2 of 3, machines unsaid, zones unsaid".to_owned(),
        ),
        ("crdb.cockroachlabs.com/v1alpha1", "CrdbCluster", "nodes: 5", "3 of 5".to_owned()),
        ("acid.zalan.do/v1", "postgresql", "numberOfInstances: 2", "1 of 2".to_owned()),
    ] {
        let text = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{spec}}}\n");
        assert_eq!(survives(&Tree::of(&[("k8s.yaml", &text)]), "x"), expected, "{kind} {spec}");
    }
}

/// A Rollout that refers to a Deployment runs its pods, under its own number; the Deployment's own go on unless the
/// Rollout takes them down or they are none. Both are one component.
#[test]
fn rollouts() {
    let system = |deployment: &str, rollout: &str, scale_down: &str| {
        let pod = "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: shop/web, env: [{name: \
                   API_URL, value: 'http://api'}]}]}}";
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{deployment} {pod}}}\n---\napiVersion: \
             argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: web-rollout}}\nspec: {{{rollout} workloadRef: {{apiVersion: \
             apps/v1, kind: Deployment, name: web{scale_down}}}, strategy: {{canary: {{}}}}}}\n---\napiVersion: v1\nkind: \
             Service\nmetadata: {{name: web}}\nspec: {{selector: {{app: web}}}}\n---\napiVersion: apps/v1\nkind: \
             Deployment\nmetadata: {{name: api}}\nspec: {{template: {{metadata: {{labels: {{app: api}}}}, spec: {{containers: \
             [{{name: m, image: shop/api}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: api}}\nspec: \
             {{selector: {{app: api}}}}\n"
        )
    };
    for (deployment, rollout, scale_down, count) in [
        ("replicas: 0,", "replicas: 3,", "", "1 of 3"),
        ("replicas: 5,", "replicas: 3,", ", scaleDown: progressively", "1 of 3"),
        ("replicas: 5,", "", ", scaleDown: onsuccess", "1 of 1"),
        ("replicas: 5,", "replicas: 3,", ", scaleDown: never", "1 of 8"),
        ("", "replicas: 3,", "", "1 of 4"),
        ("replicas: many,", "replicas: 3,", "", "unknown"),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &system(deployment, rollout, scale_down))]);
        assert_eq!(tree.component("web-rollout"), format!("service {count}"), "{deployment} {rollout} {scale_down}");
        assert_eq!(tree.edges(), ["web-rollout → api"], "{deployment} {rollout} {scale_down}");
        let names: Vec<&str> = tree.graph.components.iter().map(|c| &*c.name).collect();
        assert_eq!(names, ["api", "web-rollout"]);
        assert_eq!(tree.problems.len(), usize::from(count == "unknown"), "{:?}", tree.problems);
    }
    let alone = system("", "", "").replace("name: web}\nspec: { template", "name: other}\nspec: { template");
    let tree = Tree::of(&[("k8s.yaml", &alone)]);
    let missing = |n: &linchpin::facts::Note| matches!(n, linchpin::facts::Note::Dangling { target, .. } if target == "Deployment default/web");
    assert!(tree.graph.notes.iter().any(missing), "{:?}", tree.graph.notes);
}
