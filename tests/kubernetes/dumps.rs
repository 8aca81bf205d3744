//! Whole clusters, as `kubectl get -o yaml` prints them.

use super::*;
use std::fs;

fn dump() -> Facts {
    let path = format!("{}/fixtures/kubernetes/dump/shop.yaml", env!("CARGO_MANIFEST_DIR"));
    facts(&fs::read_to_string(path).unwrap())
}

/// Pods and replica sets are instances of what owns them, also of what the dump lacks.
#[test]
fn instances_are_no_components() {
    assert_eq!(
        components(&dump()),
        [
            "node node:n1",
            "node node:n2",
            "region region:r1",
            "service shop/cart x2",
            "service shop/proxy-n1 x1?",
            "service shop/web x2",
            "zone zone:z1",
            "zone zone:z2",
        ]
    );
}

/// Where pods run is where their workload is placed: any one of several machines, each in its zone.
#[test]
fn placement_comes_from_pods_and_nodes() {
    let placed: Vec<String> = dependencies(&dump()).into_iter().filter(|d| d.contains("placed-on")).collect();
    assert_eq!(
        placed,
        [
            "node:n1 > zone:z1 placed-on hard metadata.labels.topology.kubernetes.io/zone :88",
            "node:n2 > zone:z2 placed-on hard metadata.labels.topology.kubernetes.io/zone :93",
            "shop/cart > node:n1 placed-on hard 1 of placement spec.nodeName :34",
            "shop/cart > node:n2 placed-on hard 1 of placement spec.nodeName :42",
            "shop/web > node:n1 placed-on hard spec.nodeName :52",
            "zone:z1 > region:r1 placed-on hard metadata.labels.topology.kubernetes.io/region :88",
            "zone:z2 > region:r1 placed-on hard metadata.labels.topology.kubernetes.io/region :93",
        ]
    );
}

/// Endpoints that point at pods lead to their workload, and a call of a pod is its workload's.
#[test]
fn references_go_through_owners() {
    let facts = dump();
    let own = ["*/10.0.0.7 = shop/cart", "*/10.0.0.8 = shop/cart"];
    assert_eq!(names(&facts), [&own[..], &["shop/cart = shop/cart", "shop/leader = shop/cart"]].concat());
    let calls: Vec<String> = dependencies(&facts).into_iter().filter(|d| d.contains(" sync ")).collect();
    assert_eq!(calls, ["shop/web > cart:7070 sync env.CART_ADDR :53"]);
}

/// Typed lists carry their items' kind; what is no object in a list is a problem of its own.
#[test]
fn typed_lists() {
    let facts = facts(
        "apiVersion: v1\nkind: PodList\nitems:\n  - {metadata: {name: a}, spec: {containers: []}}\n  - 7\n  - metadata: []\n",
    );
    assert_eq!(components(&facts), ["service default/a x1?"]);
    let problems: Vec<_> = facts.problems.iter().map(|p| (p.at.line, p.reason.as_str())).collect();
    assert_eq!(problems, [(5, "Pod without a name"), (6, "metadata of Pod is a list, not a mapping")]);
}

/// Owners that own each other, or an owner that is no workload, leave a component standing.
#[test]
fn circles_of_owners() {
    let pod = |name: &str, owner: &str, api: &str, kind: &str| {
        format!(
            "apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, ownerReferences: [{{apiVersion: {api}, kind: \
             {kind}, name: {owner}}}]}}\nspec: {{}}\n---\n"
        )
    };
    let circle = pod("a", "b", "apps/v1", "Deployment") + &pod("b", "a", "apps/v1", "Deployment");
    assert_eq!(components(&facts(&circle)), ["service default/a x1?", "service default/b x1?"]);
    let odd = pod("c", "c", "example.com/v1", "Thing").replacen("example.com/v1", "v1", 1).replacen("Thing", "Pod", 1);
    assert_eq!(components(&facts(&odd)), ["service default/c x1?"]);
}

/// A template of OpenShift is the objects that `oc process` makes of it; what it needs to be told is said.
#[test]
fn openshift_templates() {
    let facts = facts(
        "apiVersion: template.openshift.io/v1\nkind: Template\nmetadata: {name: shop}\nparameters:\n\
         - {name: NAME, value: shop}\n- {name: COUNT, value: \"3\"}\n- {name: DB_NAME, required: true}\n\
         - {name: PASSWORD, generate: expression, required: true}\nobjects:\n\
         - apiVersion: apps.openshift.io/v1\n  kind: DeploymentConfig\n  metadata: {name: \"${NAME}-web\"}\n  spec:\n    \
         replicas: ${{COUNT}}\n    template:\n      metadata: {labels: {app: x}}\n      spec:\n        containers:\n        \
         - {name: web, env: [{name: DB_URL, value: \"postgres://u:${PASSWORD}@${DB_NAME}:5432/${\"}]}\n",
    );
    assert_eq!(components(&facts), ["service default/shop-web x3"]);
    assert_eq!(dependencies(&facts), ["default/shop-web > db-name:5432 sync env.DB_URL :19"]);
    let problems: Vec<String> = facts.problems.iter().map(|p| format!("{} {}", p.at.line, p.reason)).collect();
    assert_eq!(problems, ["7 parameter `DB_NAME` has no value; its own name stands for it"]);
}
