//! Knative's eventing and KEDA's triggers (SEMANTICS A.1, C, E.1).

use super::tree::Tree;

fn service(name: &str) -> String {
    format!(
        "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{containers: \
         [{{image: {name}}}]}}}}}}\n---\n"
    )
}

fn trigger(delivery: &str, of_broker: &str) -> Tree {
    of_class("", delivery, of_broker)
}

fn of_class(class: &str, delivery: &str, of_broker: &str) -> Tree {
    let broker = format!(
        "apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata: {{name: main, annotations: {{{class}}}}}\nspec: {{{of_broker}}}\n---\n"
    );
    let trigger = format!(
        "apiVersion: eventing.knative.dev/v1\nkind: Trigger\nmetadata: {{name: t}}\nspec: {{broker: main, subscriber: {{ref: {{apiVersion: \
         serving.knative.dev/v1, kind: Service, name: mailer}}}}{delivery}}}\n"
    );
    Tree::of(&[("k8s.yaml", &(service("mailer") + &broker + &trigger))])
}

/// `delivery.retry` counts what comes after the first delivery; a trigger's word beats its broker's.
#[test]
fn deliveries() {
    let of_broker = "delivery: {retry: 1, deadLetterSink: {uri: 'http://x'}}";
    for (delivery, of_broker, expected) in [
        ("", "", ""),
        (
            ", delivery: {retry: 3, backoffPolicy: linear, backoffDelay: PT1S}",
            "",
            "queue ×4 explicit pauses 1000,2000,3000 :14",
        ),
        (
            ", delivery: {retry: 2, backoffDelay: PT0.5S, timeout: PT10S}",
            "",
            "queue ×3 explicit each 10000 pauses 500,1000 :14",
        ),
        (", delivery: {timeout: PT10S}", "", "queue ×1 platform-default each 10000 :14"),
        ("", of_broker, "queue ×2 explicit pauses 200 :9"),
        (", delivery: {retry: 0}", of_broker, "queue ×1 explicit :14"),
    ] {
        let tree = trigger(delivery, of_broker);
        assert_eq!(tree.edges(), ["mailer → main async-consume"], "{delivery}");
        assert_eq!(tree.edge("mailer", "main"), expected, "{delivery} {of_broker}");
        assert_eq!(tree.problems, [""; 0], "{delivery}");
    }
    let settled = trigger("", of_broker);
    let broker = settled.graph.components.iter().find(|c| &*c.name == "main").unwrap();
    assert_eq!((broker.settings.deliveries, broker.settings.dead_letter), (Some(2.0), Some(true)));
    let broker = "delivery: {retry: 5, backoffDelay: PT1S, timeout: PT3S}";
    for (class, assumed, expected) in [
        ("", 1, "queue ×1 platform-default each 10000 :14"),
        ("eventing.knative.dev/broker.class: MTChannelBasedBroker", 0, "queue ×1 platform-default each 10000 :14"),
        (
            "eventing.knative.dev/broker.class: Kafka",
            0,
            "queue ×6 explicit each 10000 pauses 1000,2000,4000,8000,16000 :9",
        ),
    ] {
        let tree = of_class(class, ", delivery: {timeout: PT10S}", broker);
        assert_eq!(tree.edge("mailer", "main"), expected, "{class}");
        assert_eq!(tree.between("mailer", "main").first().map(|d| d.assumptions.len()), Some(assumed), "{class}");
    }
    for (delivery, problem) in [
        ("retry: 2, backoffdelay: PT1S", "unknown field `backoffdelay`; did you mean `backoffDelay`?"),
        (
            "retry: 2, backoffDelay: 1s",
            "`delivery.backoffDelay` cannot be read; write an ISO 8601 duration such as `PT0.5S`",
        ),
        ("retry: 2, backoffPolicy: expo", "unknown `backoffPolicy` `expo`; known here: `exponential`, `linear`"),
        ("retry: few", "`retry` must be a whole number of retries; taken as unknown"),
    ] {
        let tree = trigger(&format!(", delivery: {{{delivery}}}"), "delivery: {retry: 3}");
        assert_eq!(tree.problems, [format!("k8s.yaml:14: {problem}")]);
        assert!(delivery != "retry: few" || tree.edge("mailer", "main").is_empty(), "{delivery}");
    }
}

/// A queue that scales a workload is one that it receives from; what else it is scaled by is watched.
#[test]
fn triggers() {
    let worker = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: worker}\nspec: {template: {metadata: {labels: {app: \
                  worker}}, spec: {containers: [{name: main, image: worker, env: [{name: MQ, value: \
                  'amqp://mq.queues.svc:5672'}]}]}}}\n---\n";
    let scaled = |fields: &str, trigger: &str| {
        let scaler = format!(
            "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {{name: s}}\nspec: {{scaleTargetRef: {{name: \
             worker}}, {fields} triggers: [{trigger}]}}\n"
        );
        Tree::of(&[("k8s.yaml", &(worker.to_owned() + &scaler))])
    };
    for (trigger, expected) in [
        ("{type: rabbitmq, metadata: {hostFromEnv: MQ, queueName: q}}", "worker → mq.queues async-consume"),
        ("{type: kafka, metadata: {bootstrapServers: 'kafka.k.svc:9092', topic: t}}", "worker → kafka.k async-consume"),
        (
            "{type: aws-sqs-queue, metadata: {queueURL: 'https://sqs.eu-west-1.amazonaws.com/1/jobs'}}",
            "worker → jobs async-consume",
        ),
        (
            "{type: prometheus, metadata: {serverAddress: 'http://prom.m.svc:9090'}}",
            "worker → prom.m observe telemetry",
        ),
    ] {
        assert!(
            scaled("", trigger).edges().contains(&expected.to_owned()),
            "{trigger}: {:?}",
            scaled("", trigger).edges()
        );
    }
    for (fields, expected) in
        [("", "service 1 of 1"), ("minReplicaCount: 0,", "service 1 of 1"), ("minReplicaCount: 3,", "service 1 of 3")]
    {
        assert_eq!(scaled(fields, "{type: cpu}").component("worker"), expected, "{fields}");
    }
}

/// Charts that the cluster deploys itself are known as far as their values name somebody.
#[test]
fn releases() {
    let redis = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: redis, namespace: shop}\nspec: {template: {metadata: \
                 {labels: {app: redis}}, spec: {containers: [{name: redis, image: redis}]}}}\n---\napiVersion: v1\nkind: \
                 Service\nmetadata: {name: redis, namespace: shop}\nspec: {selector: {app: redis}}\n---\n";
    for (release, edges, count) in [
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec: {values: {replicaCount: 2, cache: {host: redis}}}",
            vec!["web → redis"],
            "service 1 of 2",
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec: {destination: {namespace: shop}, source: {helm: {values: \"cache:\\n  url: redis://redis:6379\\n\"}}}",
            vec!["web → redis"],
            "service unknown",
        ),
        (
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec: {destination: {namespace: shop}, source: {helm: {parameters: [{name: cache.host, value: redis}]}}}",
            vec!["web → redis"],
            "service unknown",
        ),
        (
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec: {values: {installCRDs: true}}",
            vec![],
            "0 components web",
        ),
    ] {
        let tree = Tree::of(&[("k8s.yaml", &(redis.to_owned() + release))]);
        assert_eq!(
            (tree.edges(), tree.component("web")),
            (edges.into_iter().map(str::to_owned).collect(), count.to_owned()),
            "{release}"
        );
    }
}
