//! SEMANTICS A.1, B, C and D as far as cloud templates express them: one row for each.

use linchpin::facts::cloud::{Options, link, recognise};
use linchpin::facts::{Facts, Kind};
use linchpin::graph::build::{BuildOptions, build};
use linchpin::graph::{Component, Dependency, Graph};
use linchpin::parse::{Outcome, documents};
use std::collections::BTreeMap;

fn facts(path: &str, text: &str, options: Options) -> Facts {
    let trees = documents(&path.into(), text).into_iter().filter_map(|d| match d.outcome {
        Outcome::Tree(node) => Some(node),
        _ => None,
    });
    let items: Vec<_> = trees.map(|node| recognise(&node).unwrap()).collect();
    link(items, &BTreeMap::<String, String>::new(), options)
}

fn graph(path: &str, text: &str) -> Graph {
    build(facts(path, text, Options::default()), &BuildOptions::default()).graph
}

fn component<'g>(graph: &'g Graph, name: &str) -> &'g Component {
    graph.components.iter().find(|c| &*c.name == name).unwrap_or_else(|| panic!("no {name}"))
}

fn edge<'g>(graph: &'g Graph, from: &str, to: &str) -> &'g Dependency {
    let named = |id, name: &str| &*graph.component(id).name == name;
    let runtime = |d: &&Dependency| d.plane == linchpin::facts::Plane::Runtime;
    let mut all = graph.dependencies.iter().filter(runtime);
    all.find(|d| named(d.from, from) && named(d.to, to)).unwrap_or_else(|| panic!("no {from} -> {to}"))
}

/// The layers of an edge: `queue 5 explicit`, with `per try`, `within` and `pauses` in seconds where they are known,
/// and which faults are retried if not all.
fn layers(d: &Dependency) -> String {
    let layer = |l: &linchpin::facts::RetryLayer| {
        let tries = l.tries.map_or("unlimited".to_owned(), |n| n.to_string());
        let mut text = format!("{} {tries} {}", l.layer.word(), l.origin.word());
        let r = l.retried;
        if !(r.refused && r.error && r.late) {
            let names = [(r.refused, "refused"), (r.error, "error"), (r.late, "late")];
            let names: Vec<&str> = names.iter().filter(|(on, _)| *on).map(|(_, name)| *name).collect();
            text.push_str(&format!(" on [{}]", names.join(" ")));
        }
        for (word, ms) in [("per try", l.per_try_timeout_ms), ("within", l.timeout_ms)] {
            text.push_str(&ms.map(|ms| format!(" {word} {}", ms / 1000.0)).unwrap_or_default());
        }
        text
    };
    d.retry.iter().flat_map(|r| &r.layers).map(layer).collect::<Vec<_>>().join("; ")
}

/// The overall limit of an edge: `29 platform-default`.
fn limit(d: &Dependency) -> String {
    let t = &d.timeout;
    format!("{} {}", t.ms.map_or("none".to_owned(), |ms| (ms / 1000.0).to_string()), t.origin.word())
}

const FUNCTION: &str = "Resources:\n  F: {Type: AWS::Lambda::Function, Properties: {Handler: x}}\n";

fn with(resources: &str) -> String {
    format!("{FUNCTION}{resources}")
}

/// How often each platform tries, by SEMANTICS A.1.
#[test]
fn tries() {
    let queue = |policy: &str| {
        with(&format!(
            "  Q: {{Type: AWS::SQS::Queue, Properties: {{{policy}}}}}\n  D: {{Type: AWS::SQS::Queue}}\n  M: {{Type: \
             AWS::Lambda::EventSourceMapping, Properties: {{EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}}}}\n"
        ))
    };
    let stream = |more: &str| {
        with(&format!(
            "  Q: {{Type: AWS::Kinesis::Stream}}\n  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: \
             {{EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F{more}}}}}\n"
        ))
    };
    let bucket = |more: &str| {
        with(&format!(
            "  Q: {{Type: AWS::S3::Bucket, Properties: {{NotificationConfiguration: {{LambdaConfigurations: [{{Event: \
             's3:*', Function: !GetAtt F.Arn}}]}}}}}}\n{more}"
        ))
    };
    let config = |said: &str| {
        bucket(&format!(
            "  C: {{Type: AWS::Lambda::EventInvokeConfig, Properties: {{FunctionName: !Ref F, Qualifier: $LATEST, \
             {said}}}}}\n"
        ))
    };
    let topic = |protocol: &str, endpoint: &str, more: &str| {
        with(&format!(
            "  Q: {{Type: AWS::SNS::Topic}}\n  D: {{Type: AWS::SQS::Queue}}\n  S: {{Type: AWS::SNS::Subscription, \
             Properties: {{TopicArn: !Ref Q, Protocol: {protocol}, Endpoint: {endpoint}{more}}}}}\n"
        ))
    };
    let rule = |more: &str| {
        with(&format!(
            "  Q: {{Type: AWS::Events::Rule, Properties: {{EventPattern: {{source: [shop]}}, Targets: [{{Id: a, Arn: \
             !GetAtt F.Arn{more}}}]}}}}\n"
        ))
    };
    let machine = |state: &str| {
        with(&format!(
            "  Q: {{Type: AWS::StepFunctions::StateMachine, Properties: {{Definition: {{StartAt: A, States: {{A: {{Type: \
             Task, Resource: !GetAtt F.Arn, End: true{state}}}}}}}}}}}\n"
        ))
    };
    let table = |variables: &str| {
        format!(
            "Resources:\n  Q: {{Type: AWS::DynamoDB::Table}}\n  F: {{Type: AWS::Lambda::Function, Properties: \
             {{Environment: {{Variables: {{TABLE: !Ref Q{variables}}}}}}}}}\n"
        )
    };
    let asynchronous = "platform 3 platform-default within 21600";
    let redrive = |n: &str| queue(&format!("RedrivePolicy: {{deadLetterTargetArn: !GetAtt D.Arn{n}}}"));
    #[rustfmt::skip]
    let rows: Vec<(&str, String, &str, &str, String)> = vec![
        ("SQS, no policy", queue(""), "F", "Q", "queue unlimited platform-default within 345600".into()),
        ("SQS, own retention", queue("MessageRetentionPeriod: 60"), "F", "Q", "queue unlimited platform-default within 60".into()),
        ("SQS, maxReceiveCount", redrive(", maxReceiveCount: 5"), "F", "Q", "queue 5 explicit".into()),
        ("SQS, policy without a count", redrive(""), "F", "Q", "queue 10 platform-default".into()),
        ("SQS, policy as JSON text", queue("RedrivePolicy: !Sub '{\"deadLetterTargetArn\": \"${D.Arn}\", \"maxReceiveCount\": \"4\"}'"), "F", "Q", "queue 4 explicit".into()),
        ("stream, until too old", stream(""), "F", "Q", "platform unlimited platform-default".into()),
        ("stream, written -1", stream(", MaximumRetryAttempts: -1"), "F", "Q", "platform unlimited explicit".into()),
        ("stream, retries", stream(", MaximumRetryAttempts: 2, MaximumRecordAgeInSeconds: 600"), "F", "Q", "platform 3 explicit within 600".into()),
        ("asynchronous", bucket(""), "F", "Q", asynchronous.into()),
        ("asynchronous, none", config("MaximumRetryAttempts: 0"), "F", "Q", "platform 1 explicit within 21600".into()),
        ("asynchronous, one, with age", config("MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60"), "F", "Q", "platform 2 explicit within 60".into()),
        ("SNS to a function", topic("lambda", "!GetAtt F.Arn", ""), "F", "Q", format!("queue 100016 platform-default on []; {asynchronous}")),
        ("SNS to a queue", topic("sqs", "!GetAtt D.Arn", ""), "D", "Q", "queue 100016 platform-default on [refused]".into()),
        ("SNS to the web", topic("https", "'https://hooks.example.com/x'", ""), "Q", "hooks.example.com", "queue 4 platform-default within 3600".into()),
        ("SNS to the web, policy", topic("https", "'https://hooks.example.com/x'", ", DeliveryPolicy: {healthyRetryPolicy: {numRetries: 5}}"), "Q", "hooks.example.com", "queue 6 explicit within 3600".into()),
        ("EventBridge", rule(""), "F", "Q", format!("queue 186 platform-default on [] within 86400; {asynchronous}")),
        ("EventBridge, policy", rule(", RetryPolicy: {MaximumRetryAttempts: 10, MaximumEventAgeInSeconds: 300}"), "F", "Q", format!("queue 11 explicit on [] within 300; {asynchronous}")),
        ("Step Functions, no Retry", machine(""), "Q", "F", "platform 1 platform-default".into()),
        ("Step Functions, default", machine(", Retry: [{ErrorEquals: [States.ALL]}]"), "Q", "F", "platform 4 platform-default".into()),
        ("Step Functions, count", machine(", TimeoutSeconds: 5, Retry: [{ErrorEquals: [States.Timeout], MaxAttempts: 2}]"), "Q", "F", "platform 3 explicit on [late] per try 5".into()),
        ("Step Functions, never", machine(", Retry: [{ErrorEquals: [States.ALL], MaxAttempts: 0}]"), "Q", "F", "platform 1 explicit on []".into()),
        ("Step Functions, two retriers", machine(", Retry: [{ErrorEquals: [Lambda.TooManyRequestsException], MaxAttempts: 2}, {ErrorEquals: [Mine], MaxAttempts: 1}]"), "Q", "F", "platform 4 explicit on [refused error]".into()),
        ("AWS SDK, standard mode", table(""), "F", "Q", "library 3 platform-default".into()),
        ("AWS SDK, AWS_MAX_ATTEMPTS", table(", AWS_MAX_ATTEMPTS: '5'"), "F", "Q", "library 5 explicit".into()),
        ("AWS SDK, retries of 2026", table(", AWS_NEW_RETRIES_2026: 'true'"), "F", "Q", "library 4 platform-default".into()),
        ("AWS SDK, legacy mode is per SDK", table(", AWS_RETRY_MODE: legacy"), "F", "Q", String::new()),
    ];
    for (name, text, from, to, expected) in rows {
        assert_eq!(layers(edge(&graph("stack.yaml", &text), from, to)), expected, "{name}");
    }
}

/// How long each front waits, by SEMANTICS B.
#[test]
fn limits() {
    let method = |more: &str| {
        with(&format!(
            "  A: {{Type: AWS::ApiGateway::RestApi}}\n  M: {{Type: AWS::ApiGateway::Method, Properties: {{RestApiId: !Ref \
             A, ResourceId: !GetAtt A.RootResourceId, HttpMethod: GET, Integration: {{Type: AWS_PROXY, Uri: !Sub \
             'arn:aws:apigateway:r:lambda:path/functions/${{F.Arn}}/invocations'{more}}}}}}}\n"
        ))
    };
    let http = |protocol: &str, more: &str| {
        with(&format!(
            "  A: {{Type: AWS::ApiGatewayV2::Api, Properties: {{ProtocolType: {protocol}}}}}\n  I: {{Type: \
             AWS::ApiGatewayV2::Integration, Properties: {{ApiId: !Ref A, IntegrationUri: !GetAtt F.Arn{more}}}}}\n  R: \
             {{Type: AWS::ApiGatewayV2::Route, Properties: {{ApiId: !Ref A, RouteKey: 'GET /x', Target: !Sub \
             'integrations/${{I}}'}}}}\n"
        ))
    };
    let balancer = |of: &str| {
        with(&format!(
            "  A: {{Type: AWS::ElasticLoadBalancingV2::LoadBalancer{of}}}\n  L: {{Type: \
             AWS::ElasticLoadBalancingV2::Listener, Properties: {{LoadBalancerArn: !Ref A, DefaultActions: [{{Type: \
             forward, TargetGroupArn: !Ref G}}]}}}}\n  G: {{Type: AWS::ElasticLoadBalancingV2::TargetGroup, Properties: \
             {{Targets: [{{Id: !GetAtt F.Arn}}]}}}}\n"
        ))
    };
    for (name, text, expected) in [
        ("REST API", method(""), "29 platform-default"),
        ("REST API, own limit", method(", TimeoutInMillis: 5000"), "5 explicit"),
        ("HTTP API", http("HTTP", ""), "30 platform-default"),
        ("HTTP API, own limit", http("HTTP", ", TimeoutInMillis: 2500"), "2.5 explicit"),
        ("WebSocket API", http("WEBSOCKET", ""), "29 platform-default"),
        ("application load balancer", balancer(""), "60 platform-default"),
        ("network load balancer", balancer(", Properties: {Type: network}"), "350 platform-default"),
        (
            "load balancer, own limit",
            balancer(", Properties: {LoadBalancerAttributes: [{Key: idle_timeout.timeout_seconds, Value: '120'}]}"),
            "120 explicit",
        ),
        (
            "network load balancer, own limit",
            balancer(
                ", Properties: {Type: network, LoadBalancerAttributes: [{Key: tcp.idle_timeout.seconds, Value: 90}]}",
            ),
            "90 explicit",
        ),
    ] {
        assert_eq!(limit(edge(&graph("stack.yaml", &text), "A", "F")), expected, "{name}");
    }
    let machine = with(
        "  A: {Type: AWS::StepFunctions::StateMachine, Properties: {Definition: {StartAt: A, TimeoutSeconds: 60, States: \
         {A: {Type: Task, Resource: !GetAtt F.Arn, TimeoutSeconds: 7, End: true}}}}}\n",
    );
    let graph = graph("stack.yaml", &machine);
    assert_eq!(limit(edge(&graph, "A", "F")), "7 explicit");
    assert_eq!(component(&graph, "A").settings.timeout_ms, Some(60_000.0));
}

/// What functions and queues say of time, with each tool's defaults (SEMANTICS B).
#[test]
fn times_of_components() {
    let serverless = |function: &str, provider: &str| {
        format!("service: s\nprovider: {{name: aws{provider}}}\nfunctions:\n  F: {{handler: x{function}}}\n")
    };
    let sam = |function: &str| {
        format!(
            "Transform: AWS::Serverless-2016-10-31\nGlobals: {{Function: {{Timeout: 8}}}}\nResources:\n  F: {{Type: \
             AWS::Serverless::Function, Properties: {{Handler: x{function}}}}}\n"
        )
    };
    for (name, path, text, expected) in [
        ("Lambda", "stack.yaml", FUNCTION.to_owned(), 3.0),
        ("SAM, Globals", "template.yaml", sam(""), 8.0),
        ("SAM, its own", "template.yaml", sam(", Timeout: 20"), 20.0),
        ("Serverless Framework", "serverless.yml", serverless("", ""), 6.0),
        ("Serverless Framework, provider", "serverless.yml", serverless("", ", timeout: 15"), 15.0),
        ("Serverless Framework, function", "serverless.yml", serverless(", timeout: 30", ", timeout: 15"), 30.0),
    ] {
        let graph = graph(path, &text);
        assert_eq!(component(&graph, "F").settings.timeout_ms, Some(expected * 1000.0), "{name}");
    }
    let queue = graph("stack.yaml", "Resources:\n  Q: {Type: AWS::SQS::Queue}\n");
    let settings = &component(&queue, "Q").settings;
    assert_eq!((settings.visibility_ms, settings.retention_ms), (Some(30_000.0), Some(345_600_000.0)));
    assert_eq!((settings.deliveries, settings.dead_letter), (Some(f64::INFINITY), Some(false)));
}

/// An account's concurrency is a pool; a reservation is a cap and a carve-out; provisioned executions are neither.
#[test]
fn concurrency() {
    let function =
        |more: &str| format!("Resources:\n  F: {{Type: AWS::Lambda::Function, Properties: {{Handler: x{more}}}}}\n");
    let pool = |text: &str, options| {
        let built = build(facts("stack.yaml", text, options), &BuildOptions::default());
        let graph = built.graph;
        let size = graph.components.iter().find(|c| c.kind == Kind::Pool).unwrap().settings.capacity_concurrency;
        let use_of = graph.dependencies.iter().find_map(|d| d.pool).unwrap();
        let assumed = graph.assumptions.iter().any(|a| &*a.id == "lambda-concurrency");
        (size, use_of, assumed)
    };
    let default = Options::default();
    assert_eq!(pool(&function(""), default), (Some(1000.0), (None, None), true));
    let reserved = function(", ReservedConcurrentExecutions: 50");
    assert_eq!(pool(&reserved, default), (Some(1000.0), (Some(50.0), Some(50.0)), true));
    let raised = Options { concurrency: Some(3000.0), ..default };
    assert_eq!(pool(&reserved, raised), (Some(3000.0), (Some(50.0), Some(50.0)), false));
    let provisioned = function(", ProvisionedConcurrencyConfig: {ProvisionedConcurrentExecutions: 5}");
    assert_eq!(pool(&provisioned, default).1, (None, None));

    assert!(component(&graph("stack.yaml", &function(", ReservedConcurrentExecutions: 0")), "F").off);
    let over = facts("stack.yaml", &function(", ReservedConcurrentExecutions: 950"), default);
    assert!(over.problems.iter().any(|p| p.reason.contains("lets 900 be reserved")), "{:?}", over.problems);
}

/// How many batches a mapping works on at once.
#[test]
fn batches() {
    let mapping = |source: &str, more: &str| {
        with(&format!(
            "  Q: {source}\n  M: {{Type: AWS::Lambda::EventSourceMapping, Properties: {{EventSourceArn: !GetAtt Q.Arn, \
             FunctionName: !Ref F{more}}}}}\n"
        ))
    };
    let limited = mapping("{Type: AWS::SQS::Queue}", ", ScalingConfig: {MaximumConcurrency: 7}");
    assert_eq!(edge(&graph("s.yaml", &limited), "F", "Q").max_concurrent, Some(7.0));
    let broker = mapping("{Type: AWS::AmazonMQ::Broker, Properties: {EngineType: ACTIVEMQ}}", "");
    assert_eq!(edge(&graph("s.yaml", &broker), "F", "Q").max_concurrent, Some(5.0));
    let free = mapping("{Type: AWS::SQS::Queue}", "");
    assert_eq!(edge(&graph("s.yaml", &free), "F", "Q").max_concurrent, None);
}

/// How many instances a store has, by SEMANTICS D: a replica that nothing promotes does not count.
#[test]
fn instances() {
    let of = |of: &str, properties: &str| format!("Resources:\n  X: {{Type: {of}, Properties: {{{properties}}}}}\n");
    let group = |said: &str| of("AWS::ElastiCache::ReplicationGroup", said);
    let aurora = "Resources:\n  X: {Type: AWS::RDS::DBCluster}\n  A: {Type: AWS::RDS::DBInstance, Properties: \
                  {DBClusterIdentifier: !Ref X}}\n  B: {Type: AWS::RDS::DBInstance, Properties: {DBClusterIdentifier: \
                  !Ref X}}\n";
    #[rustfmt::skip]
    let rows = [
        ("RDS", of("AWS::RDS::DBInstance", "Engine: postgres"), Some((1, false))),
        ("RDS, MultiAZ", of("AWS::RDS::DBInstance", "MultiAZ: true"), Some((2, true))),
        ("RDS, MultiAZ off", of("AWS::RDS::DBInstance", "MultiAZ: 'false'"), Some((1, true))),
        ("Aurora counts its instances", aurora.to_owned(), Some((2, true))),
        ("ElastiCache without failover", group("NumCacheClusters: 3"), Some((1, false))),
        ("ElastiCache", group("NumCacheClusters: 3, AutomaticFailoverEnabled: true"), Some((3, true))),
        ("ElastiCache, a shard", group("NumNodeGroups: 2, ReplicasPerNodeGroup: 1, AutomaticFailoverEnabled: true"), Some((2, true))),
        ("managed", of("AWS::DynamoDB::Table", "BillingMode: PAY_PER_REQUEST"), None),
        ("ECS", of("AWS::ECS::Service", "DesiredCount: 3"), Some((3, true))),
        ("ECS, default", of("AWS::ECS::Service", "LaunchType: FARGATE"), Some((1, false))),
    ];
    for (name, text, expected) in rows {
        let graph = graph("s.yaml", &text);
        let replicas = component(&graph, "X").replicas.map(|r| (r.count, r.explicit));
        assert_eq!(replicas, expected, "{name}");
    }
    let zone = "Resources:\n  N: {Type: AWS::EC2::Subnet, Properties: {AvailabilityZone: eu-1a}}\n  X: {Type: \
                AWS::Lambda::Function, Properties: {VpcConfig: {SubnetIds: [!Ref N]}}}\n";
    assert_eq!(&*component(&graph("s.yaml", zone), "eu-1a").id, "zone:eu-1a");
}

/// What is misspelt, of the wrong type or half a thing is said with its line, and never taken for a default.
#[test]
fn mistakes() {
    let rows = [
        (
            "a redrive policy's key",
            "  Q: {Type: AWS::SQS::Queue, Properties: {RedrivePolicy: {deadLetterTargetArn: x, maxRecieveCount: 3}}}\n",
            "unknown key in `Properties.RedrivePolicy` `maxRecieveCount`; did you mean `maxReceiveCount`?",
        ),
        (
            "a queue's property",
            "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimout: 3}}\n",
            "unknown property of `Q` `VisibilityTimout`; did you mean `VisibilityTimeout`?",
        ),
        (
            "a number",
            "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: long}}\n",
            "`Properties.VisibilityTimeout` is no number of seconds; write a number",
        ),
        (
            "a retrier's key",
            "  Q: {Type: AWS::StepFunctions::StateMachine, Properties: {Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt F.Arn, End: true, Retry: [{ErrorEquals: [States.ALL], MaxAttemps: 1}]}}}}}\n",
            "unknown key in `Retry` `MaxAttemps`; did you mean `MaxAttempts`?",
        ),
        (
            "a state's key",
            "  Q: {Type: AWS::StepFunctions::StateMachine, Properties: {Definition: {StartAt: A, States: {A: {Type: Task, Resource: !GetAtt F.Arn, End: true, TimeoutSecond: 1}}}}}\n",
            "unknown field of a state `TimeoutSecond`; did you mean `TimeoutSeconds`?",
        ),
        (
            "a retry policy's key",
            "  Q: {Type: AWS::Events::Rule, Properties: {EventPattern: {a: b}, Targets: [{Arn: !GetAtt F.Arn, RetryPolicy: {MaximumRetryAttempt: 1}}]}}\n",
            "did you mean `MaximumRetryAttempts`?",
        ),
        ("no type", "  Q: {Properties: {}}\n", "resource `Q` has no `Type`"),
        (
            "hidden for less than the function takes",
            "  Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: 1}}\n  M: {Type: AWS::Lambda::EventSourceMapping, Properties: {EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref F}}\n",
            "the queue hides a message for 1 s, `F` may take 3 s: AWS refuses this mapping",
        ),
    ];
    for (name, text, expected) in rows {
        let said: Vec<String> =
            facts("s.yaml", &with(text), Options::default()).problems.iter().map(ToString::to_string).collect();
        let found = said.iter().any(|p| p.starts_with("s.yaml:3:") || p.starts_with("s.yaml:4:"));
        assert!(found && said.iter().any(|p| p.contains(expected)), "{name}: {said:?}");
    }
    let version = facts("s.yaml", &format!("AWSTemplateFormatVersion: '2030-01-01'\n{FUNCTION}"), Options::default());
    assert!(version.problems.iter().any(|p| p.reason.contains("unknown template version")));
    let service = "service: s\nprovider: {name: aws}\nfunctions:\n  f: {handler: x, timout: 3, events: [{sqss: a}]}\n";
    let said: Vec<String> =
        facts("serverless.yml", service, Options::default()).problems.iter().map(ToString::to_string).collect();
    assert!(said.iter().any(|p| p.contains("did you mean `timeout`?")), "{said:?}");
    assert!(said.iter().any(|p| p.contains("did you mean `sqs`?")), "{said:?}");
}
