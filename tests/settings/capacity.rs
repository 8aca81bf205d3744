//! Pools: connections of clients against what their database accepts (SEMANTICS C).

use super::tree::Tree;

fn compose(db: &str, client: &str) -> Tree {
    Tree::of(&[("compose.yaml", &format!("services:\n  db: {{{db}}}\n  web: {{image: web, {client}}}\n"))])
}

fn capacity(tree: &Tree) -> Option<f64> {
    tree.graph.components.iter().find(|c| &*c.name == "db-connections").and_then(|c| c.settings.capacity_concurrency)
}

/// What a database accepts: what it is told, else what its image has by default, less what is kept for superusers.
#[test]
fn databases() {
    let client = "environment: {DB_POOL_SIZE: '5', DATABASE_URL: 'DBMS://db/x'}";
    for (db, scheme, expected) in [
        ("image: 'postgres:16'", "postgres", Some(97.0)),
        ("image: 'postgres:16', command: ['-c', 'max_connections=200']", "postgres", Some(197.0)),
        ("image: 'bitnami/postgresql', environment: {POSTGRESQL_MAX_CONNECTIONS: '50'}", "postgres", Some(47.0)),
        ("image: mysql", "mysql", Some(151.0)),
        ("image: mariadb, command: '--max-connections=300'", "mysql", Some(300.0)),
        ("image: mcr.microsoft.com/mssql/server", "sqlserver", None),
    ] {
        assert_eq!(capacity(&compose(db, &client.replace("DBMS", scheme))), expected, "{db}");
    }
}

/// What clients hold at most: the pool's size times the instances.
#[test]
fn clients() {
    for (client, expected) in [
        ("environment: {DATABASE_URL: 'postgres://db/x'}", None),
        ("environment: {DATABASE_URL: 'postgres://db/x?pool_max_conns=8'}", Some("uses Some(8.0) reserved None")),
        (
            "deploy: {replicas: 3}, environment: {DATABASE_URL: 'postgres://db/x', DB_POOL_SIZE: '5'}",
            Some("uses Some(15.0) reserved None"),
        ),
        (
            "environment: {CONN: 'Host=db;Port=5432;Username=a;Database=x;Maximum Pool Size=20'}",
            Some("uses Some(20.0) reserved None"),
        ),
        ("environment: {CONN: 'Host=db;Port=5432;Username=a;Database=x'}", Some("uses Some(100.0) reserved None")),
        ("environment: {SPRING_DATASOURCE_URL: 'jdbc:postgresql://db/x'}", Some("uses Some(10.0) reserved None")),
        (
            "environment: {SPRING_DATASOURCE_URL: 'jdbc:postgresql://db/x', SPRING_DATASOURCE_HIKARI_MAXIMUMPOOLSIZE: '4'}",
            Some("uses Some(4.0) reserved None"),
        ),
        (
            "environment: {SPRING_DATASOURCE_URL: 'jdbc:postgresql://db/x', SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE: '6'}",
            Some("uses Some(6.0) reserved None"),
        ),
    ] {
        let tree = compose("image: 'postgres:16'", client);
        let found = tree.between("web", "db-connections");
        assert_eq!(!found.is_empty(), expected.is_some(), "{client}: {:?}", tree.edges());
        if let Some(expected) = expected {
            assert_eq!(tree.edge("web", "db-connections"), expected, "{client}");
        }
    }
}

/// How long a client waits for a statement, as its connection string says; Npgsql's has a default.
#[test]
fn statements() {
    let string = |more: &str| format!("Host=db;Port=5432;Username=a;Database=x{more}");
    for (value, image, expected) in [
        (string(""), "postgres", "library timeout 30000 ms platform-default :3"),
        (string(";Command Timeout=5"), "postgres", "library timeout 5000 ms explicit :3"),
        (string(";Command Timeout=0"), "postgres", "library timeout none disabled :3"),
        ("postgres://db/x".into(), "postgres", ""),
        ("postgres://db/x?statement_timeout=2500".into(), "postgres", "library timeout 2500 ms explicit :3"),
        ("jdbc:postgresql://db/x?socketTimeout=10".into(), "postgres", "library timeout 10000 ms explicit :3"),
        ("jdbc:mysql://db/x?socketTimeout=10000".into(), "mysql", "library timeout 10000 ms explicit :3"),
        ("postgres://db/x?statement_timeout=soon".into(), "postgres", ""),
    ] {
        let tree = compose(&format!("image: {image}"), &format!("environment: {{DATABASE_URL: '{value}'}}"));
        assert_eq!(tree.edge("web", "db"), expected, "{value}");
        let problems: &[&str] = match value.contains("soon") {
            true => &[
                "compose.yaml:3: the limit of statements in a connection string cannot be read; write a number, 0 for no limit",
            ],
            false => &[],
        };
        assert_eq!(tree.problems, problems, "{value}");
    }
}

/// An autoscaler's maximum counts, and a database that an operator runs has its limits in its resource.
#[test]
fn in_a_cluster() {
    let db = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {name: db}\nspec: {instances: 3, postgresql: {parameters: {max_connections: '150'}}}\n---\n";
    let app = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2, template: {spec: {containers: [{name: main, image: x, env: [{name: DATABASE_URL, value: 'postgres://db-rw:5432/x'}, {name: DB_POOL_SIZE, value: '10'}]}]}}}\n---\n";
    let scaler = "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: web}\nspec: {maxReplicas: 20, scaleTargetRef: {kind: Deployment, name: web}}\n";
    let tree = Tree::of(&[("k8s.yaml", &format!("{db}{app}{scaler}"))]);
    assert_eq!(
        (capacity(&tree), tree.edge("web", "db-connections")),
        (Some(147.0), "uses Some(200.0) reserved None".to_owned())
    );
}

/// A quota is what the pods of a namespace have together; it stands in the way of new ones only.
#[test]
fn quotas() {
    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '5', requests.cpu: '2', limits.memory: 4Gi}}\n---\n";
    let app = |name: &str, replicas: u32| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: {replicas}, template: {{spec: {{containers: [{{name: main, image: x, resources: {{requests: {{cpu: 250m}}, limits: {{memory: 512Mi}}}}}}]}}}}}}\n---\n"
        )
    };
    let tree = Tree::of(&[("k8s.yaml", &format!("{quota}{}{}", app("a", 2), app("b", 4)))]);
    assert_eq!(tree.edge("b", "q-pods"), "uses Some(4.0) reserved None");
    assert_eq!(tree.edge("b", "q-requests.cpu"), "uses Some(1.0) reserved None");
    let size = |name: &str| {
        tree.graph.components.iter().find(|c| &*c.name == name).and_then(|c| c.settings.capacity_concurrency)
    };
    assert_eq!(
        (size("q-pods"), size("q-requests.cpu"), size("q-limits.memory")),
        (Some(5.0), Some(2.0), Some(4.0 * 1024.0))
    );
}
