//! Backstage's catalog (SEMANTICS E.3).

use super::tree::Tree;

fn entity(kind: &str, name: &str, spec: &str) -> String {
    format!("apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
}

fn catalog(entities: &[String]) -> Tree {
    Tree::of(&[("catalog-info.yaml", &entities.concat())])
}

/// Every form of a relation, in both directions, with what a reference leaves out.
#[test]
fn relations() {
    let db = entity("Resource", "orders-db", "type: database, owner: team-a");
    let web = |spec: &str| entity("Component", "web", &format!("type: website, owner: team-a, {spec}"));
    let orders = |spec: &str| entity("Component", "orders", &format!("type: service, owner: team-b, {spec}"));
    let api = entity("API", "orders-api", "type: openapi, owner: team-b");
    for (entities, expected) in [
        (vec![web("dependsOn: ['resource:orders-db']"), db.clone()], vec!["web → orders-db"]),
        (vec![web("dependsOn: ['Resource:default/Orders-DB']"), db.clone()], vec!["web → orders-db"]),
        (vec![web("dependsOn: [{kind: Resource, name: orders-db}]"), db.clone()], vec!["web → orders-db"]),
        (
            vec![web(""), entity("Resource", "orders-db", "type: database, owner: a, dependencyOf: ['component:web']")],
            vec!["web → orders-db"],
        ),
        (
            vec![web("consumesApis: [orders-api]"), orders("providesApis: [orders-api]"), api.clone()],
            vec!["web → orders"],
        ),
        (
            vec![web("consumesApis: ['api:default/orders-api']"), orders("providesApis: [orders-api]")],
            vec!["web → orders"],
        ),
        (vec![web("consumesApis: ['component:orders']"), orders("")], vec!["web → orders"]),
        (vec![web("consumesApis: [orders-api]"), api.clone()], vec!["web → orders-api"]),
        (
            vec![
                web("consumesApis: [orders-api]"),
                orders("providesApis: [orders-api]"),
                entity("Component", "orders-b", "type: service, owner: b, providesApis: [orders-api]"),
            ],
            vec!["web → orders", "web → orders-b"],
        ),
        (vec![web("subcomponentOf: orders"), orders("")], vec![]),
    ] {
        let tree = catalog(&entities);
        assert_eq!(tree.edges(), expected, "{entities:?}");
        assert_eq!(tree.problems, [""; 0], "{entities:?}");
    }
}

/// Resources are what their type says; libraries run nowhere; owners come along, and Systems are scopes.
#[test]
fn entities() {
    let tree = catalog(&[
        entity("Resource", "db", "type: database, owner: 'group:default/team-a', system: shop"),
        entity("Resource", "sessions", "type: redis-cache, owner: 'group:ops/team-a'"),
        entity("Resource", "jobs", "type: queue, owner: 'user:guest'"),
        entity("Component", "lib", "type: library, owner: x"),
        entity("System", "shop", "owner: x"),
    ]);
    let shown: Vec<String> = tree
        .graph
        .components
        .iter()
        .map(|c| format!("{} {} {}", c.id, c.scope, c.owner.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        shown,
        [
            "cache:default/sessions backstage group:ops/team-a",
            "datastore:default/db backstage:shop team-a",
            "queue:default/jobs backstage user:default/guest"
        ]
    );
}

/// One service is not two: an entity is the workload that states its id, or else has its name.
#[test]
fn workloads() {
    let deployment = |name: &str, labels: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop, labels: {{{labels}}}}}\nspec: {{replicas: 2, \
             template: {{metadata: {{labels: {{app: {name}}}}}, spec: {{containers: [{{name: main, image: x}}]}}}}}}\n"
        )
    };
    let annotated = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart, annotations: {backstage.io/kubernetes-id: shop-cart}}\nspec: {type: service, owner: team-a}\n";
    let selected = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart, annotations: {backstage.io/kubernetes-label-selector: 'tier=carts'}}\nspec: {type: service, owner: team-a}\n";
    let plain = entity("Component", "cart", "type: service, owner: team-a");
    for (entity, workload, expected) in [
        (annotated, deployment("cart-v2", "backstage.io/kubernetes-id: shop-cart"), "service:shop/cart-v2"),
        (selected, deployment("x", "tier: carts"), "service:shop/x"),
        (plain.as_str(), deployment("cart", ""), "service:shop/cart"),
        (plain.as_str(), deployment("cart-service", ""), "service:shop/cart-service"),
    ] {
        let tree = Tree::of(&[("catalog-info.yaml", entity), ("k8s.yaml", &workload)]);
        let ids: Vec<&str> = tree.graph.components.iter().map(|c| &*c.id).collect();
        assert_eq!(ids, [expected], "{entity}");
        let component = &tree.graph.components[0];
        assert_eq!(
            (component.owner.as_deref(), component.replicas.map(|r| r.count)),
            (Some("team-a"), Some(2)),
            "{entity}"
        );
        assert!(component.variants.is_empty(), "a description is no variant");
    }
}

/// What Backstage would refuse, what is not there, and which workload is meant where several may be.
#[test]
fn mistakes() {
    let two = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: b}\n";
    let web = entity("Component", "web", "type: service, owner: a");
    let tree = Tree::of(&[("catalog-info.yaml", &web), ("k8s.yaml", two)]);
    assert!(
        tree.problems[0].contains("`web` may be any of `a/web`, `b/web`; taken as none of them"),
        "{:?}",
        tree.problems
    );
    for (spec, expected) in [
        ("dependsOn: [db]", "names `db` without a kind, which Backstage refuses; taken as `resource:default/db`"),
        ("dependsOn: 'resource:db'", "`dependsOn` must be a list of entity references, not a scalar"),
        ("consumeApis: [x]", "unknown field `consumeApis`; did you mean `consumesApis`?"),
    ] {
        let tree = catalog(&[
            entity("Component", "web", &format!("type: service, owner: a, {spec}")),
            entity("Resource", "db", "type: database, owner: a"),
        ]);
        assert!(tree.problems.iter().any(|p| p.contains(expected)), "{spec}: {:?}", tree.problems);
    }
    let dangling = catalog(&[entity("Component", "web", "type: service, owner: a, dependsOn: ['component:nobody']")]);
    assert_eq!(dangling.graph.notes.len(), 1);
    let invalid = catalog(&[entity("Component", "'no name'", "type: service"), web]);
    assert!(invalid.problems[0].contains("is no name that Backstage accepts"), "{:?}", invalid.problems);
}

/// Templates make what is not there yet, and their skeletons are left aside.
#[test]
fn templates() {
    let skeleton = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: ${{ values.name }}\nspec: {type: service}\n";
    let template = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec: {type: service, steps: []}\n";
    let web = entity("Component", "web", "type: service, owner: a");
    let tree =
        Tree::of(&[("skeleton/catalog-info.yaml", skeleton), ("template.yaml", template), ("catalog-info.yaml", &web)]);
    assert_eq!((tree.graph.components.len(), tree.documents), (1, (1, 2)));
}
