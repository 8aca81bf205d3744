//! Services: who answers to which name, and how users come in.

use super::*;

/// A Service is an alias of the only workload behind it, a group of several, and nobody without any.
#[test]
fn services_select_workloads_of_their_namespace() {
    let text = deployment("shop", "cart", "image: x")
        + &deployment("shop", "cart-v2", "image: x").replace("app: cart-v2", "app: cart, version: v2")
        + &deployment("other", "cart", "image: x")
        + &deployment("shop", "web", "image: x")
        + &service("shop", "cart")
        + &service("shop", "web").replace("name: web,", "name: frontend,")
        + &service("shop", "ghost");
    let facts = facts(&text);
    assert_eq!(
        names(&facts),
        ["shop/cart = shop/cart, shop/cart-v2", "shop/frontend = shop/web", "shop/ghost = nobody"]
    );
    assert_eq!(notes(&facts), ["Service shop/ghost selects nothing by app=ghost :46"]);
    let aliases = |name: &str| -> Vec<String> {
        let component = facts.components.iter().find(|c| &*c.key.name == name).unwrap();
        component.aliases.iter().map(ToString::to_string).collect()
    };
    assert_eq!(aliases("web"), ["frontend", "frontend.shop.svc"]);
    assert!(aliases("cart-v2").is_empty(), "a group is nobody's alias");
    let namespaces: Vec<&str> = facts.namespaces.iter().map(|(_, n)| &**n).collect();
    assert_eq!(namespaces, ["other", "shop"]);
}

/// Variants of a Service in several files are one name, to which all of their workloads answer.
#[test]
fn variants_are_one_name() {
    let base = deployment("shop", "cart", "image: x") + &service("shop", "cart");
    let facts = facts_of(&[("base/all.yaml", &base), ("release/all.yaml", &base)]);
    assert_eq!(names(&facts), ["shop/cart = shop/cart"]);
    let stale = service("shop", "cart").replace("app: cart", "app: trolley");
    let external = service("shop", "cart").replace("ports:", "type: ExternalName, externalName: cart.example, ports:");
    for other in [stale, external] {
        for files in [[("a.yaml", &base), ("b.yaml", &other)], [("a.yaml", &other), ("b.yaml", &base)]] {
            let files = files.map(|(path, text)| (path, text.as_str()));
            assert_eq!(names(&facts_of(&files)), ["shop/cart = shop/cart"], "{other}");
        }
    }
    let variants: Vec<&str> = facts.components.iter().map(|c| &*c.variant).collect();
    assert_eq!(variants, ["base/all.yaml", "release/all.yaml"]);
}

/// Names that lead out of the input, to pods, or to addresses written by hand.
#[test]
fn other_answers() {
    let text = "\
{apiVersion: v1, kind: Service, metadata: {name: billing}, spec: {type: ExternalName, externalName: Billing.Example.com.}}
---
{apiVersion: v1, kind: Service, metadata: {name: legacy}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Endpoints, metadata: {name: legacy}, subsets: [{addresses: [{ip: 10.1.2.3}]}]}
---
{apiVersion: v1, kind: Service, metadata: {name: slices}, spec: {ports: [{port: 80}]}}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: slices-x1, labels: {kubernetes.io/service-name: slices}}
endpoints: [{addresses: [10.9.9.9]}]
---
{apiVersion: v1, kind: Service, metadata: {name: unknown}, spec: {ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {clusterIP: None, selector: {app: db}}}
---
{apiVersion: v1, kind: Service, metadata: {name: db-first}, spec: {selector: {statefulset.kubernetes.io/pod-name: db-0}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec: {serviceName: db, replicas: 2, template: {metadata: {labels: {app: db}}, spec: {containers: []}}}
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: partner}
spec: {hosts: [partner.example.com, '*.wild.example'], endpoints: [{address: edge.partner.net}]}
";
    let facts = facts(text);
    assert_eq!(
        names(&facts),
        [
            "*/partner.example.com = host edge.partner.net",
            "default/billing = host billing.example.com",
            "default/db = default/db",
            "default/db-0.db = default/db",
            "default/db-1.db = default/db",
            "default/db-first = default/db",
            "default/legacy = host 10.1.2.3",
            "default/slices = host 10.9.9.9",
            "default/unknown = external:unknown.default",
        ]
    );
    assert_eq!(components(&facts), ["external external:unknown.default", "service default/db x2"]);
    assert!(notes(&facts).is_empty());
}

/// Services that can be reached from outside make their workloads entries; a LoadBalancer says more than a NodePort.
#[test]
fn exposed_services() {
    let text = deployment("shop", "web", "image: x")
        + &service("shop", "web").replace("ports:", "type: NodePort, ports:")
        + &service("shop", "web")
            .replace("name: web,", "name: public,")
            .replace("ports:", "type: LoadBalancer, ports:")
        + &deployment("shop", "api", "image: x")
        + &service("shop", "api");
    assert_eq!(components(&facts(&text)), ["service shop/api x1?", "service shop/web x1? entry:load-balancer"]);
}

/// Container names and labels are aliases only where they mean one workload.
#[test]
fn nicknames_are_unique() {
    let pod = |name: &str, app: &str, container: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}}}}}\nspec: {{containers: \
             [{{name: {container}}}]}}\n---\n"
        )
    };
    let facts =
        facts(&(pod("web-1", "web", "server") + &pod("cart-1", "cart", "server") + &pod("api", "web-1", "api")));
    let aliases: Vec<Vec<&str>> = facts.components.iter().map(|c| c.aliases.iter().map(|a| &**a).collect()).collect();
    assert_eq!(aliases, [vec!["web"], vec!["cart"], vec![]]);
}

/// Addresses that a running cluster gave to Services and pods are names of what is behind them.
#[test]
fn fixed_addresses() {
    let text = "\
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.7.7, clusterIPs: [10.96.7.7, 'FD00::7'], selector: {app: db}}
status: {loadBalancer: {ingress: [{hostname: x.elb.example.com}]}}
---
apiVersion: v1
kind: Service
metadata: {name: headless, namespace: shop}
spec: {clusterIP: None, selector: {app: db}}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {containers: [{name: db, image: postgres}]}
status: {podIP: 10.0.0.7}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: shop}
spec: {hostNetwork: true, containers: [{name: a, image: a}]}
status: {podIP: 10.1.1.1}
";
    assert_eq!(
        names(&facts(text)),
        [
            "*/10.0.0.7 = shop/db",
            "*/10.96.7.7 = shop/db",
            "*/fd00::7 = shop/db",
            "*/x.elb.example.com = shop/db",
            "shop/db = shop/db",
            "shop/headless = shop/db"
        ]
    );
}
