//! NetworkPolicy: which rules are dependencies.

use super::*;

fn policy(spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
    )
}

/// Rules between pods named by labels are dependencies; everything broader is only a permission.
#[test]
fn specific_rules_are_dependencies() {
    let system = deployment("shop", "web", "image: x")
        + &deployment("shop", "cart", "image: x")
        + &deployment("shop", "db", "image: x")
        + &deployment("ops", "scraper", "image: x")
        + "{apiVersion: v1, kind: Namespace, metadata: {name: ops, labels: {team: sre}}}\n---\n";
    let db = "podSelector: {matchLabels: {app: db}}";
    for (spec, expected) in [
        (
            format!("{{{db}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: cart}}}}}}]}}]}}"),
            vec!["shop/cart > shop/db"],
        ),
        (
            format!(
                "{{{db}, egress: [{{to: [{{podSelector: {{matchExpressions: [{{key: app, operator: In, values: [web, cart]}}]}}}}]}}]}}"
            ),
            vec!["shop/db > shop/cart", "shop/db > shop/web"],
        ),
        (
            format!(
                "{{{db}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: ops}}}}, podSelector: {{matchLabels: {{app: scraper}}}}}}]}}]}}"
            ),
            vec!["ops/scraper > shop/db"],
        ),
        (
            format!(
                "{{{db}, ingress: [{{from: [{{namespaceSelector: {{matchLabels: {{team: sre}}}}, podSelector: {{matchLabels: {{app: scraper}}}}}}]}}]}}"
            ),
            vec!["ops/scraper > shop/db"],
        ),
        (format!("{{{db}, ingress: [{{from: [{{podSelector: {{}}}}]}}]}}"), vec![]),
        (format!("{{{db}, ingress: [{{from: [{{namespaceSelector: {{}}}}]}}]}}"), vec![]),
        (format!("{{{db}, ingress: [{{from: [{{ipBlock: {{cidr: 10.0.0.0/8}}}}]}}]}}"), vec![]),
        (format!("{{{db}, ingress: [{{}}]}}"), vec![]),
        ("{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}".to_owned(), vec![]),
        (
            "{podSelector: {matchExpressions: [{key: app, operator: Exists}]}, ingress: [{from: [{podSelector: \
             {matchExpressions: [{key: app, operator: Exists}]}}]}]}"
                .to_owned(),
            vec![],
        ),
    ] {
        let facts = facts(&(system.clone() + &policy(&spec)));
        let found: Vec<String> = dependencies(&facts)
            .iter()
            .map(|d| d.split_once(" sync inferred").expect("an inferred call").0.to_owned())
            .collect();
        assert_eq!(found, expected, "{spec}");
        assert!(facts.notes.is_empty(), "{spec}");
    }
}

/// A selector that matches nothing where there are workloads is a finding, on either side of a rule.
#[test]
fn selectors_that_match_nothing() {
    let system = deployment("shop", "carts", "image: x");
    for (spec, expected) in [
        ("{podSelector: {matchLabels: {app: cart}}}", vec!["NetworkPolicy shop/p selects nothing by app=cart :12"]),
        (
            "{podSelector: {matchLabels: {app: carts}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
            vec!["NetworkPolicy shop/p selects nothing by app=web :12"],
        ),
        (
            "{podSelector: {matchLabels: {app: carts}}, egress: [{to: [{namespaceSelector: {matchLabels: \
             {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]}]}",
            vec![],
        ),
    ] {
        assert_eq!(notes(&facts(&(system.clone() + &policy(spec)))), expected, "{spec}");
    }
}
