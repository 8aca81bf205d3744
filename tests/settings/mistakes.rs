//! What is misspelt, of the wrong type, of an unknown version or half written: a problem at its line, on every platform,
//! and never a default in silence.

use super::tree::Tree;

const CART: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart}\nspec: {template: {metadata: {labels: {app: cart}}, spec: {containers: [{name: main, image: x}]}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {selector: {app: cart}, ports: [{port: 80}]}\n---\n";

/// Each row: a file, the line of the problem and a part of what it says.
fn check(path: &str, rows: &[(String, u32, &str)]) {
    for (text, line, expected) in rows {
        let compose = "services: {front: {image: shop/front}, orders: {image: shop/orders}}";
        let mut files = vec![(path, text.as_str())];
        if path.ends_with("application.yml") {
            files.push(("compose.yaml", compose));
        }
        let problems = Tree::of(&files).problems;
        let place = format!("{path}:{line}: ");
        let said = problems.iter().any(|p| p.starts_with(&place) && p.contains(expected));
        assert!(said, "{text}\nexpected {place}{expected}\nfound {problems:#?}");
    }
}

/// An object after `cart` and its Service: its specification is on line 14.
fn object(api: &str, kind: &str, spec: &str) -> String {
    format!("{CART}apiVersion: {api}\nkind: {kind}\nmetadata: {{name: web}}\nspec: {{{spec}}}\n")
}

fn virtual_service(http: &str) -> String {
    object("networking.istio.io/v1", "VirtualService", &format!("hosts: [cart], http: {http}"))
}

fn pods(spec: &str, pod: &str, container: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{spec} template: {{spec: {{{pod} containers: \
         [{{name: main, image: x{container}}}]}}}}}}\n"
    )
}

/// Meshes and gateways.
#[test]
fn meshes_and_gateways() {
    let route = |said: &str| virtual_service(&format!("[{{{said} route: [{{destination: {{host: cart}}}}]}}]"));
    let rule = |said: &str| {
        object("networking.istio.io/v1", "DestinationRule", &format!("host: cart, trafficPolicy: {{{said}}}"))
    };
    let gateway = |said: &str| {
        object(
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            &format!("rules: [{{{said}, backendRefs: [{{name: cart}}]}}]"),
        )
    };
    let profile = |spec: &str| {
        object("linkerd.io/v1alpha2", "ServiceProfile", spec)
            .replace("name: web", "name: cart.default.svc.cluster.local")
    };
    let ingress = |class: &str, annotation: &str| {
        format!(
            "{CART}apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: web\n  annotations: {{{annotation}}}\nspec: \
             {{ingressClassName: {class}, defaultBackend: {{service: {{name: cart}}}}}}\n"
        )
    };
    let nginx = "nginx.ingress.kubernetes.io/";
    let kong = |annotation: &str| {
        let annotated = format!("metadata: {{name: cart, annotations: {{{annotation}}}}}\nspec: {{selector");
        ingress("kong", "").replace("metadata: {name: cart}\nspec: {selector", &annotated)
    };
    check(
        "k8s.yaml",
        &[
            (route("retries: {attempts: three},"), 14, "`retries.attempts` cannot be read"),
            (
                route("retries: {attempts: -1},"),
                14,
                "`retries.attempts` cannot be read; write a whole number, 0 or more",
            ),
            (route("timeout: 5,"), 14, "`http.timeout` cannot be read; write a time with its unit"),
            (route("timeouts: 5s,"), 14, "did you mean `timeout`?"),
            (virtual_service("{timeout: 5s}"), 14, "`spec.http` is a mapping, not a list"),
            (route("").replace("istio.io/v1", "istio.io/v9"), 11, "unknown version of networking.istio.io"),
            (rule("connectionPool: {tcp: {maxConection: 5}}"), 14, "did you mean `maxConnections`?"),
            (rule("connectionPool: {http: {http2MaxRequests: many}}"), 14, "`http.http2MaxRequests` cannot be read"),
            (rule("outlierDetection: {maxEjectionPercent: half}"), 14, "`outlierDetection.maxEjectionPercent` cannot"),
            (gateway("retry: {attempts: x}"), 14, "`retry.attempts` cannot be read"),
            (gateway("timeouts: {request: 5}"), 14, "`timeouts.request` cannot be read"),
            (gateway("timeouts: {requests: 5s}"), 14, "did you mean `request`?"),
            (
                gateway("filters: [{extensionRef: {kind: RouteRetryFilter, name: r}}]"),
                14,
                "RouteRetryFilter default/r is not in the input",
            ),
            (profile("routes: [{name: a, timeout: 5}]"), 14, "`routes.timeout` cannot be read"),
            (profile("routes: [{name: a, isRetriable: true}]"), 14, "did you mean `isRetryable`?"),
            (profile("routes: [], retryBudget: {retryRatios: 0.2}"), 14, "did you mean `retryRatio`?"),
            (
                object("consul.hashicorp.com/v1alpha1", "ServiceRouter", "routes: [{destination: {numRetries: x}}]"),
                14,
                "`destination.numRetries` cannot be read",
            ),
            (
                object(
                    "projectcontour.io/v1",
                    "HTTPProxy",
                    "virtualhost: {fqdn: h}, routes: [{retryPolicy: {count: x}, services: [{name: cart}]}]",
                ),
                14,
                "`retryPolicy.count` cannot be read",
            ),
            (
                object("getambassador.io/v3alpha1", "Mapping", "prefix: /, service: cart, timeout_ms: 5s"),
                14,
                "`spec.timeout_ms` cannot be read; write a number",
            ),
            (ingress("nginx", &format!("{nginx}proxy-read-timeout: 30s")), 15, "proxy-read-timeout` cannot be read"),
            (ingress("nginx", &format!("{nginx}proxy-next-upstream: 'eror timeout'")), 15, "did you mean `error`?"),
            (kong("konghq.com/retries: many"), 8, "konghq.com/retries` cannot be read; write a whole number"),
            (kong("konghq.com/retrys: '3'"), 8, "did you mean `retries`?"),
        ],
    );
}

/// Workloads, autoscalers, budgets, quotas, stores.
#[test]
fn workloads() {
    let scaler = |spec: &str| object("autoscaling/v2", "HorizontalPodAutoscaler", spec);
    let store = |api: &str, kind: &str, spec: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: x}}\nspec: {{{spec}}}\n")
    };
    let spread = "topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotschedule}],";
    check(
        "k8s.yaml",
        &[
            (pods("replicas: three,", "", ""), 4, "`spec.replicas` cannot be read"),
            (pods("replicas: -1,", "", ""), 4, "`spec.replicas` cannot be read"),
            (pods("strategy: {type: Rolling},", "", ""), 4, "unknown strategy `Rolling`"),
            (pods("strategy: {rollingUpdate: {maxUnavailable: half}},", "", ""), 4, "maxUnavailable` cannot be read"),
            (pods("", "terminationGracePeriodSeconds: 30s,", ""), 4, "`terminationGracePeriodSeconds` cannot be read"),
            (pods("", spread, ""), 4, "did you mean `DoNotSchedule`?"),
            (
                pods("", "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecutions: []}},", ""),
                4,
                "did you mean `requiredDuringSchedulingIgnoredDuringExecution`?",
            ),
            (pods("", "", ", livenessProbe: {timeoutSeconds: 1s}"), 4, "`timeoutSeconds` cannot be read"),
            (pods("", "", "").replace("apps/v1", "apps/v2"), 1, "unknown version of apps"),
            (
                "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec: {backoffLimit: few, template: {spec: {containers: []}}}\n"
                    .to_owned(),
                4,
                "`spec.backoffLimit` cannot be read",
            ),
            (scaler("scaleTargetRef: {kind: Deployment, name: cart}, minReplicas: two"), 14, "minReplicas` cannot be read"),
            (
                scaler("scaleTargetRef: {kind: Deployment, name: cart}, minReplicas: 9, maxReplicas: 3"),
                13,
                "`minReplicas` 9 is above `maxReplicas` 3",
            ),
            (scaler("maxReplicas: 3"), 13, "does not say what it scales"),
            (
                object("keda.sh/v1alpha1", "ScaledObject", "scaleTargetRef: {name: cart}, minReplicaCount: two"),
                14,
                "`spec.minReplicaCount` cannot be read",
            ),
            (
                object("policy/v1", "PodDisruptionBudget", "minAvailable: one, selector: {matchLabels: {app: cart}}"),
                14,
                "a number of pods or a percentage is expected",
            ),
            (
                object("argoproj.io/v1alpha1", "Rollout", "workloadRef: {kind: Deployment, name: cart, scaleDown: always}"),
                14,
                "unknown word for `spec.workloadRef.scaleDown`: `always`",
            ),
            (object("argoproj.io/v1alpha1", "Rollout", "workloadRef: {name: cart}"), 14, "has no `kind`"),
            (object("v1", "ResourceQuota", "hard: {pods: many}"), 14, "is no quantity"),
            (store("postgresql.cnpg.io/v1", "Cluster", "instances: three"), 4, "`spec.instances` must be a whole number"),
            (
                store("kafka.strimzi.io/v1beta2", "Kafka", "kafka: {replicas: three}"),
                4,
                "`spec.kafka.replicas` must be a whole number",
            ),
        ],
    );
    // What cannot be read is unknown: none of these has one replica, or 30 seconds, because of it.
    for (spec, pod) in [("replicas: three,", ""), ("", "terminationGracePeriodSeconds: 30s,")] {
        let tree = Tree::of(&[("k8s.yaml", &pods(spec, pod, ""))]);
        let web = &tree.graph.components[0];
        assert!(web.replicas.is_none() || web.settings.drain_ms.is_none(), "{spec} {pod}");
    }
}

/// Compose, with labels of Traefik.
#[test]
fn compose() {
    let service = |said: &str| {
        format!("services:\n  traefik: {{image: 'traefik:v3'}}\n  web:\n    image: shop/web\n    {said}\n")
    };
    let label = |label: &str| {
        service(&format!(
            "labels:\n      traefik.http.routers.web.middlewares: r\n      traefik.http.middlewares.r.{label}"
        ))
    };
    check(
        "compose.yaml",
        &[
            (service("deploy: {replicas: two}"), 5, "is no number of containers; taken as unknown"),
            (service("deploy: {replica: 2}"), 5, "did you mean `replicas`?"),
            (service("stop_grace_period: 30"), 5, "is no duration; taken as unknown"),
            (service("healthcheck: {test: [CMD, a], retries: many}"), 5, "is no whole number"),
            (service("healthcheck: {test: [CMD, a], retrys: 3}"), 5, "did you mean `retries`?"),
            (label("retry.attempt: '3'"), 7, "did you mean `attempts`?"),
            (label("retry.attempts: three"), 7, "`retry.attempts` is no number above 0"),
        ],
    );
}

/// Application configuration.
#[test]
fn spring() {
    let settings = |said: &str| format!("spring.application.name: front\norders.url: http://orders:8080\n{said}\n");
    let filter = "spring.cloud.gateway.routes: [{uri: 'http://orders', filters: [{name: Retry, args: {retries: 2, series: SERVER_ERRORS}}]}]";
    check(
        "front/src/main/resources/application.yml",
        &[
            (settings(filter), 3, "did you mean `SERVER_ERROR`?"),
            (settings("resilience4j.retrys.instances.orders.maxAttempts: 3"), 3, "did you mean `retry`?"),
            (settings("resilience4j.retry.instance.orders.maxAttempts: 3"), 3, "did you mean `instances`?"),
            (
                settings("resilience4j.retry: {configs.base.maxAttempt: 3, instances.orders.baseConfig: base}"),
                3,
                "did you mean `max-attempts`?",
            ),
            (
                settings("resilience4j.retry: {configs.base.maxAttempts: 3, instances.orders.baseConfig: bass}"),
                3,
                "`resilience4j.retry.configs` has no `bass`, which `orders` is based on",
            ),
            (settings("spring.datasource.hikari.maximumPoolSiz: 3"), 3, "did you mean `maximum-pool-size`?"),
            (settings("spring.cloud.gateway.httpclient.response-timeuot: 3s"), 3, "did you mean `response-timeout`?"),
            (
                settings("spring.cloud.openfeign.client.config.orders.readTimout: 3000"),
                3,
                "did you mean `read-timeout`?",
            ),
            (settings("resilience4j.timelimiter.instances.orders.timeoutDuration: soon"), 3, "must be a duration"),
            (settings("feign.client.config.orders.readTimeout: long"), 3, "must be a duration"),
            (
                settings("spring.rabbitmq: {host: orders, template.retry: {enabled: true, max-attempts: x}}"),
                3,
                "must be a number",
            ),
        ],
    );
}

/// Cloud templates.
#[test]
fn cloud() {
    let stack = |more: &str| {
        format!("Resources:\n  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: x}}}}\n  Q: {more}\n")
    };
    let retrier = |said: &str| {
        stack(&format!(
            "{{Type: AWS::StepFunctions::StateMachine, Properties: {{Definition: {{StartAt: A, States: {{A: {{Type: Task, Resource: \
             !GetAtt F.Arn, End: true, Retry: [{{ErrorEquals: [States.ALL], {said}}}]}}}}}}}}}}"
        ))
    };
    check(
        "stack.yaml",
        &[
            (
                stack(
                    "{Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: x, maxReceiveCount: many}}}",
                ),
                3,
                "is no number of deliveries",
            ),
            (
                stack("{Type: AWS::Lambda::Function, Properties: {Handler: x, Timeout: long}}"),
                3,
                "is no number of seconds",
            ),
            (
                stack("{Type: AWS::Lambda::Function, Properties: {Handler: x, ReservedConcurrentExecution: 5}}"),
                3,
                "did you mean `ReservedConcurrentExecutions`?",
            ),
            (
                stack(
                    "{Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: !Ref F, Qualifier: $LATEST, MaximumRetryAttempts: 9}}",
                ),
                3,
                "Lambda takes 2 at most",
            ),
            (stack("{Type: AWS::RDS::DBInstance, Properties: {MultiAz: true}}"), 3, "did you mean `MultiAZ`?"),
            (
                stack("{Type: AWS::Lambda::EventSourceMapping, Properties: {FunctionName: !GetAtt FF.Arn}}"),
                3,
                "`FF` is no resource and no parameter of the template; declare it",
            ),
            (
                stack("{Type: AWS::SNS::Subscription, Properties: {Endpoint: {Fn::GetAtt: [Functions, Arn]}}}")
                    .replace("F:", "Function:"),
                3,
                "did you mean `Function`?",
            ),
            (
                stack(
                    "{Type: AWS::Events::Rule, Properties: {EventPattern: {}, Targets: [{Arn: !GetAtt F.Arn, RetryPolic: {}}]}}",
                ),
                3,
                "did you mean `RetryPolicy`?",
            ),
            (
                stack("{Type: AWS::ElastiCache::ReplicationGroup, Properties: {NumCacheCluster: 2}}"),
                3,
                "did you mean `NumCacheClusters`?",
            ),
            (
                stack("{Type: AWS::ECS::TaskDefinition, Properties: {ContainerDefinitions: {Name: x}}}"),
                3,
                "`Properties.ContainerDefinitions` is a mapping, not a list",
            ),
            (stack("{Type: AWS::SQS::Queue, Propertys: {VisibilityTimeout: 5}}"), 3, "did you mean `Properties`?"),
            (retrier("MaxAttempts: lots"), 3, "`Retry.MaxAttempts` is no number"),
            (retrier("BackoffRate: none"), 3, "`Retry.BackoffRate` is no number"),
        ],
    );
    let function = |event: &str| {
        format!("service: s\nprovider: {{name: aws}}\nfunctions: {{f: {{handler: x, events: [{event}]}}}}\n")
    };
    check(
        "serverless.yml",
        &[
            (
                "service: s\nprovider: {name: aws, timeout: ten}\nfunctions:\n  f: {handler: x}\n".to_owned(),
                2,
                "`provider.timeout` is no number of seconds",
            ),
            (function("{http: GET /}").replace("functions", "function"), 3, "did you mean `functions`?"),
            (function("{sqs: {arn: x, maximumConcurency: 5}}"), 3, "did you mean `maximumConcurrency`?"),
            (function("{stream: {arn: x, maximumRetryAttempt: 5}}"), 3, "did you mean `maximumRetryAttempts`?"),
            (function("{sqs: [x]}"), 3, "`sqs` is a list, not a mapping"),
        ],
    );
}

/// Files of proxies that a pod mounts: the first line of the file is line 21.
#[test]
fn proxies() {
    let mounted = |name: &str, file: &str| {
        let block: String = file.lines().map(|line| format!("    {line}\n")).collect();
        let pod =
            pods("", "volumes: [{name: c, configMap: {name: c}}],", ", volumeMounts: [{name: c, mountPath: /etc/p}]");
        format!("{CART}{pod}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  {name}: |\n{block}")
    };
    let envoy = |route: &str| {
        mounted(
            "envoy.yaml",
            &format!(
                "static_resources:\n  a: {{routes: [{{route: {{cluster: cart, {route}}}}}]}}\n  clusters: [{{name: cart, load_assignment: \
                 {{x: {{socket_address: {{address: cart, port_value: 80}}}}}}}}]"
            ),
        )
    };
    let kong = |version: &str, service: &str| {
        let file =
            format!("_format_version: \"{version}\"\nservices:\n- {{url: 'http://cart', {service}, routes: []}}");
        mounted("kong.yml", &file)
    };
    check(
        "k8s.yaml",
        &[
            (envoy("timeout: 5"), 22, "a time of a route` cannot be read"),
            (envoy("retry_policy: {retry_on: 5xxx}"), 22, "`retry_on` cannot be read"),
            (envoy("retry_policy: {retry_on: 5xx, num_retries: few}"), 22, "`num_retries` cannot be read"),
            (
                mounted("default.conf", "location / { proxy_pass http://cart;\nproxy_read_timeout long; }"),
                22,
                "`read_timeout` cannot be read",
            ),
            (
                mounted("default.conf", "location / { proxy_pass http://cart;\nproxy_next_upstream_tries many; }"),
                22,
                "`next_upstream_tries` cannot be read",
            ),
            (kong("3.0", "retry: 3"), 23, "unknown field of `services`: `retry`; did you mean `retries`?"),
            (kong("3.0", "retries: many"), 23, "`services.retries` cannot be read; write a whole number from 0"),
            (kong("3.0", "read_timeout: 3s"), 23, "`services.read_timeout` cannot be read; write a whole number of"),
            (kong("4.0", "retries: 3"), 21, "unknown version of Kong's format, which is read as if it were 3.0: `4.0`"),
            (kong("3.0", "retries: 3").replace("_format_version", "x"), 21, "no `_format_version`, so Kong does not"),
            (mounted("haproxy.cfg", "backend b\n  retries many\n  server s cart:80"), 22, "`retries` cannot be read"),
            (
                mounted("haproxy.cfg", "backend b\n  timeout server soon\n  server s cart:80"),
                22,
                "`timeout server` cannot be read",
            ),
        ],
    );
}

/// The way to what is read: a field of the structure around settings that is misspelt or of the wrong type hides them.
#[test]
fn structures() {
    let route = |spec: &str| object("networking.istio.io/v1", "VirtualService", spec);
    let proxy = |spec: &str| {
        object("projectcontour.io/v1", "HTTPProxy", &format!("virtualhost: {{fqdn: h}}, routes: [{{{spec}}}]"))
    };
    let traefik = |spec: &str| object("traefik.io/v1alpha1", "IngressRoute", &format!("routes: [{{{spec}}}]"));
    let middleware = |spec: &str| object("traefik.io/v1alpha1", "Middleware", spec);
    let mapping = |spec: &str| object("getambassador.io/v3alpha1", "Mapping", spec);
    let consul = |kind: &str, spec: &str| object("consul.hashicorp.com/v1alpha1", kind, spec);
    let ingress = |spec: &str| object("networking.k8s.io/v1", "Ingress", spec);
    let set = |spec: &str| object("elasticsearch.k8s.elastic.co/v1", "Elasticsearch", spec);
    let gateway = |spec: &str| object("gateway.networking.k8s.io/v1", "HTTPRoute", spec);
    check(
        "k8s.yaml",
        &[
            (route("hosts: [cart], htp: []"), 14, "unknown field of `spec`: `htp`; did you mean `http`?"),
            (
                route("hosts: [cart], http: [{route: {destination: {host: cart}}}]"),
                14,
                "`spec.http.route` is a mapping",
            ),
            (route("hosts: [cart], http: [{route: [{destination: {hots: cart}}]}]"), 14, "did you mean `host`?"),
            (route("hosts: [cart], http: [{route: [{}]}]"), 14, "`spec.http.route` has no `destination`"),
            (route("hosts: []").replace("spec:", "specs:"), 14, "unknown field `specs`; did you mean `spec`?"),
            (object("networking.istio.io/v1", "DestinationRule", "hosts: cart"), 14, "did you mean `host`?"),
            (gateway("rules: [{backendRefs: [cart]}]"), 14, "`spec.rules.backendRefs` is a scalar, not a mapping"),
            (gateway("rules: [{backendRef: [{name: cart}]}]"), 14, "did you mean `backendRefs`?"),
            (proxy("services: {name: cart}"), 14, "`spec.routes.services` is a mapping, not a list"),
            (proxy("retryPolicy: {count: -7}, services: [{name: cart}]"), 14, "`retryPolicy.count` cannot be read"),
            (proxy("retryPolicy: {retryOn: {a: 1}}, services: [{name: cart}]"), 14, "unknown retry condition"),
            (traefik("match: Host(`h`), middleware: [{name: r}]"), 14, "did you mean `middlewares`?"),
            (middleware("retries: {attempts: 3}"), 14, "did you mean `retry`?"),
            (mapping("prefix: /, service: cart, timeout: 5000"), 14, "did you mean `timeout_ms`?"),
            (consul("ServiceRouter", "routes: [{destinations: {numRetries: 3}}]"), 14, "did you mean `destination`?"),
            (consul("ServiceDefaults", "upstreamConfig: {override: []}"), 14, "did you mean `overrides`?"),
            (ingress("rules: [{http: {path: []}}]"), 14, "did you mean `paths`?"),
            (ingress("defaultBackend: {serviceName: cart}"), 14, "`spec.defaultBackend.serviceName` is of an earlier"),
            (set("nodeSets: [{name: a, count: many}]"), 14, "`spec.nodeSets.count` cannot be read"),
            (pods("replica: 3,", "", ""), 4, "did you mean `replicas`?"),
            (pods("", "topologySpreadConstraint: [],", ""), 4, "did you mean `topologySpreadConstraints`?"),
            (pods("", "", ", resource: {requests: {cpu: 1}}"), 4, "did you mean `resources`?"),
            (
                pods("", "", ", resources: {requests: [cpu]}"),
                4,
                "`spec.template.spec.containers.resources.requests` is",
            ),
            (pods("", "", "").replace("{name: web}", "{name: web, annotation: {}}"), 3, "did you mean `annotations`?"),
            (object("keda.sh/v1alpha1", "ScaledObject", "triggers: [{metadata: {}}]"), 14, "has no `type`"),
            (
                object("autoscaling/v2", "HorizontalPodAutoscaler", "minReplica: 2, maxReplicas: 3"),
                14,
                "`minReplicas`?",
            ),
            (object("v1", "ResourceQuota", "hard: {pod: 3}"), 14, "did you mean `pods`?"),
            (
                object(
                    "serving.knative.dev/v1",
                    "Service",
                    "template: {metadata: {annotations: {autoscaling.knative.dev/min-scale: few}}}",
                ),
                14,
                "min-scale` cannot be read",
            ),
        ],
    );
}
