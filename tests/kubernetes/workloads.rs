//! What runs pods, whatever its kind and API group.

use super::*;

/// Every kind that runs pods is one component, with the count that the platform gives it when nobody says.
#[test]
fn kinds_and_counts() {
    let pod = "{metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: registry.example/x:1}]}}";
    for (api, kind, spec, expected) in [
        ("apps/v1", "Deployment", format!("{{template: {pod}}}"), "service default/x x1?"),
        ("extensions/v1beta1", "Deployment", format!("{{replicas: 3, template: {pod}}}"), "service default/x x3"),
        ("apps/v1beta2", "StatefulSet", format!("{{replicas: 0, template: {pod}}}"), "service default/x x0"),
        ("apps/v1", "DaemonSet", format!("{{template: {pod}}}"), "service default/x"),
        ("apps/v1", "ReplicaSet", format!("{{replicas: '2', template: {pod}}}"), "service default/x x2"),
        ("v1", "ReplicationController", format!("{{template: {pod}}}"), "service default/x x1?"),
        (
            "apps.openshift.io/v1",
            "DeploymentConfig",
            format!("{{replicas: 2, template: {pod}}}"),
            "service default/x x2",
        ),
        ("argoproj.io/v1alpha1", "Rollout", format!("{{replicas: 5, template: {pod}}}"), "service default/x x5"),
        ("batch/v1", "Job", format!("{{parallelism: 4, template: {pod}}}"), "job job:default/x x4"),
        (
            "batch/v1beta1",
            "CronJob",
            format!("{{jobTemplate: {{spec: {{template: {pod}}}}}}}"),
            "job job:default/x x1?",
        ),
        ("v1", "Pod", "{containers: [{name: c, image: 'x'}]}".to_owned(), "service default/x x1?"),
        ("serving.knative.dev/v1", "Service", format!("{{template: {pod}}}"), "service default/x x1? entry:gateway"),
    ] {
        let text = format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {spec}\n");
        assert_eq!(components(&facts(&text)), [expected], "{api} {kind}");
    }
}

/// Stores, caches and queues are known by their image, else their name, else the port that they listen on.
#[test]
fn kinds_of_images_names_and_ports() {
    for (name, container, kind) in [
        ("orders-db", "image: 'postgres:16'", "datastore"),
        ("basket", "image: 'registry.example/redis:7'", "cache"),
        ("rabbitmq", "image: 'registry.example/mirror:1'", "queue"),
        ("ledger", "image: 'registry.example/x:1', ports: [{containerPort: 5432}]", "datastore"),
        ("redis-commander", "image: 'registry.example/x:1', ports: [{containerPort: 8081}]", "service"),
    ] {
        let found = components(&facts(&deployment("shop", name, container)));
        assert_eq!(found, [format!("{kind} shop/{name} x1?")]);
    }
}

/// An autoscaler's minimum overrides the written count, a minimum of nothing counts as one, and what was scaled to
/// nothing by hand stays off.
#[test]
fn autoscalers_set_the_minimum() {
    let hpa = |spec: &str| {
        format!(
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: h, namespace: shop}}\nspec: \
             {{scaleTargetRef: {{kind: Deployment, name: web}}, {spec}}}\n"
        )
    };
    let keda = "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: k, namespace: shop}\nspec: \
                {scaleTargetRef: {name: web}, minReplicaCount: 0}\n";
    let web = |replicas: &str| deployment("shop", "web", "image: x").replace("spec:\n", &format!("spec:\n{replicas}"));
    for (replicas, scaler, expected) in [
        ("  replicas: 9\n", hpa("minReplicas: 2"), "x2"),
        ("  replicas: 9\n", hpa("maxReplicas: 4"), "x1?"),
        ("", hpa("minReplicas: 0"), "x1"),
        ("  replicas: 3\n", keda.to_owned(), "x1"),
        ("  replicas: 0\n", hpa("minReplicas: 2"), "x0"),
        ("  replicas: 4\n", hpa("minReplicas: 2").replace("name: web", "name: other"), "x4"),
        ("  replicas: 4\n", hpa("minReplicas: 2").replace("Deployment", "StatefulSet"), "x4"),
    ] {
        let found = components(&facts(&(web(replicas) + &scaler)));
        assert_eq!(found, [format!("service shop/web {expected}")], "{scaler}");
    }
}

/// What a component carries besides its count: owner, telemetry name, time to drain, who watches.
#[test]
fn what_a_component_carries() {
    let text = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {team: storefront}}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/name: shop-web}}
    spec:
      terminationGracePeriodSeconds: 12
      containers:
        - name: web
          image: registry.example/web:1
          env:
            - {name: STAGE, value: prod}
            - {name: NAME, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app.kubernetes.io/name']\"}}}
            - {name: OTEL_RESOURCE_ATTRIBUTES, value: 'deployment.environment=$(STAGE),service.name=$(NAME)'}
        - {name: agent, image: 'otel/opentelemetry-collector:1', env: [{name: BACKEND_URL, value: 'http://store:80'}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop-grafana}
spec:
  template:
    spec: {containers: [{name: sidecar, image: registry.example/sidecar:1}, {name: grafana, image: 'grafana/grafana:11'}]}
";
    let facts = facts(text);
    let web = &facts.components[0];
    assert_eq!(web.owner.as_deref(), Some("storefront"));
    assert_eq!(web.service_name.as_deref(), Some("shop-web"));
    assert_eq!(web.settings.drain_ms, Some(12_000.0));
    assert_eq!(web.aliases.iter().map(|a| &**a).collect::<Vec<_>>(), ["shop-web"]);
    assert_eq!(components(&facts), ["service default/shop-grafana x1? telemetry", "service default/web x1?"]);
    assert_eq!(facts.components[1].settings.drain_ms, Some(30_000.0));
    // A telemetry sidecar's own traffic is none of its host's.
    assert_eq!(
        dependencies(&facts),
        [
            "default/shop-grafana > registry.example recover startup inferred soft image :23",
            "default/web > registry.example recover startup inferred soft image :11",
            "default/web > store:80 sync telemetry env.BACKEND_URL :16"
        ]
    );
}

/// Operators' resources are stores with their Services' names, members and quorum.
#[test]
fn operators() {
    let text = "\
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: orders, namespace: shop}
spec: {instances: 3}
---
apiVersion: rabbitmq.com/v1beta1
kind: RabbitmqCluster
metadata: {name: bus, namespace: shop}
spec: {replicas: 3}
";
    let facts = facts(text);
    assert_eq!(components(&facts), ["datastore shop/orders x3", "queue shop/bus x3 need 2"]);
    assert_eq!(
        names(&facts),
        [
            "shop/bus = shop/bus",
            "shop/orders-r = shop/orders",
            "shop/orders-ro = shop/orders",
            "shop/orders-rw = shop/orders"
        ]
    );
}

/// Servers that operators run answer to their Services' names, and call whom their resources name.
#[test]
fn servers_of_operators() {
    let text = "\
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnect
metadata: {name: sync, namespace: data}
spec: {replicas: 2, bootstrapServers: 'bus-kafka-bootstrap:9093'}
---
apiVersion: kafka.strimzi.io/v1beta2
kind: KafkaConnector
metadata: {name: orders, namespace: data, labels: {strimzi.io/cluster: sync}}
spec: {class: x, config: {database.hostname: pg-rw.db.svc, database.port: 5432}}
---
apiVersion: k8s.keycloak.org/v2alpha1
kind: Keycloak
metadata: {name: id, namespace: data}
spec: {db: {vendor: postgres, host: pg-rw.db.svc}, hostname: {hostname: sso.example.com}}
---
apiVersion: kibana.k8s.elastic.co/v1
kind: Kibana
metadata: {name: look, namespace: data}
spec: {count: 1, elasticsearchRef: {name: logs}}
---
apiVersion: opentelemetry.io/v1beta1
kind: OpenTelemetryCollector
metadata: {name: otel, namespace: data}
spec:
  config: |
    receivers: {otlp: {protocols: {grpc: {endpoint: '0.0.0.0:4317'}}}}
    exporters: {otlp: {endpoint: 'tempo.data:4317'}}
";
    let facts = facts(text);
    assert_eq!(
        components(&facts),
        [
            "service data/id x1?",
            "service data/look x1 telemetry",
            "service data/otel telemetry",
            "service data/sync x2"
        ]
    );
    assert_eq!(
        dependencies(&facts),
        [
            "data/id > pg-rw.db.svc sync spec.db.host :14",
            "data/look > name data/logs-es-http sync spec.elasticsearchRef.name :19",
            "data/otel > tempo.data:4317 sync telemetry spec.config :27",
            "data/sync > bus-kafka-bootstrap:9093 sync spec.bootstrapServers :4",
            "data/sync > pg-rw.db.svc:5432 sync spec.config.database.hostname :9",
        ]
    );
    assert!(names(&facts).contains(&"data/sync-connect-api = data/sync".to_owned()));
}

/// What is pinned to a zone or machine for sure is placed there; preferences and choices pin nothing.
#[test]
fn pins() {
    let affinity = |mode: &str, values: &str| {
        let term =
            format!("{{matchExpressions: [{{key: topology.kubernetes.io/zone, operator: In, values: {values}}}]}}");
        match mode {
            "required" => format!(
                "affinity: {{nodeAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: {{nodeSelectorTerms: [{term}]}}}}}}"
            ),
            _ => format!(
                "affinity: {{nodeAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 1, preference: {term}}}]}}}}"
            ),
        }
    };
    for (spec, expected) in [
        ("nodeSelector: {topology.kubernetes.io/zone: a}".to_owned(), vec!["zone:a"]),
        ("nodeSelector: {kubernetes.io/hostname: n1, disk: ssd}".to_owned(), vec!["node:n1"]),
        (affinity("required", "[a]"), vec!["zone:a"]),
        (affinity("required", "[a, b]"), vec![]),
        (affinity("preferred", "[a]"), vec![]),
    ] {
        let text = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec: {{{spec}, containers: []}}\n");
        let facts = facts(&text);
        let placed: Vec<String> = facts.dependencies.iter().map(|d| target(&d.to)).collect();
        assert_eq!(placed, expected, "{spec}");
        assert_eq!(facts.components.len(), 1 + expected.len(), "every place is a component: {spec}");
    }
}
