//! The rules about what carries a failure to those who do not call what fails: shared capacities, probes, messages,
//! stores and configuration. Each fires where it should, with all that it says, and nowhere near.

use super::Folder;
use super::load::json_of;
use serde_json::Value;

/// What a finding has to say.
struct Says {
    severity: &'static str,
    confidence: &'static str,
    subjects: &'static [&'static str],
    message: &'static str,
    /// How the input goes on at each place of the evidence.
    at: &'static [&'static str],
}

fn findings(rule: &str, text: &str) -> Vec<Value> {
    let report = json_of(&Folder::with(&[("a.yaml", text)]), &["scan"]);
    assert_eq!(report["inputs"]["problems"], Value::Array(Vec::new()), "{text}");
    report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == rule).cloned().collect()
}

/// The one finding of a rule says this.
fn fires(rule: &str, text: &str, says: &Says) {
    let found = findings(rule, text);
    let [finding] = &found[..] else { panic!("one {rule} in {text}: {found:#?}") };
    assert_eq!(
        [&finding["severity"], &finding["confidence"], &finding["message"]],
        [says.severity, says.confidence, says.message]
    );
    assert_eq!(finding["subjects"], serde_json::json!(says.subjects), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let number = |place: &Value, key: &str| usize::try_from(place[key].as_u64().unwrap()).unwrap() - 1;
    let places = finding["evidence"].as_array().unwrap().iter();
    let at: Vec<&str> = places.map(|p| &lines[number(p, "line")][number(p, "column")..]).collect();
    let goes_on = at.len() == says.at.len() && at.iter().zip(says.at).all(|(at, start)| at.starts_with(start));
    assert!(goes_on, "{at:#?} instead of {:?} in {text}", says.at);
}

fn silent(rule: &str, text: &str) {
    let found = findings(rule, text);
    assert!(found.is_empty(), "{text}: {found:#?}");
}

/// Native documents of these kinds, names and specs.
fn native(documents: &[(&str, &str, &str)]) -> String {
    let document = |(kind, name, spec): &(&str, &str, &str)| {
        format!("apiVersion: linchpin/v1\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n---\n")
    };
    documents.iter().map(document).collect()
}

/// A Deployment with a Service called `{name}-http` in front; `container` and `pod` are what they have beside names.
fn deployment(name: &str, replicas: u32, container: &str, pod: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      containers:
        - name: {name}
          {container}
      {pod}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}-http}}
spec: {{selector: {{app: {name}}}}}
---
"
    )
}

/// LP012: who waits for somebody else while it holds what others need too, with nothing that stops it.
#[test]
fn no_bulkhead() {
    let shared = |a: &str, b: &str| {
        native(&[
            ("Service", "a", a),
            ("Service", "b", &format!("entry: true, {b}")),
            ("Pool", "p", "capacity: {concurrency: 100}"),
            ("External", "pay", ""),
            ("Datastore", "db", ""),
        ])
    };
    let both = "pools: [{name: p}]";
    let waits = |pools: &str, call: &str| shared(&format!("{pools}, dependsOn: [{call}]"), both);
    let outside = Says {
        severity: "note",
        confidence: "medium",
        subjects: &["pool:default/p", "service:default/a"],
        message: "nothing keeps a from holding all of pool p while it waits for pay, and b from finding nothing left",
        at: &["p}", "p"],
    };
    fires("LP012", &waits(both, "db, pay"), &outside);
    // A cap as large as what there is keeps it from nothing.
    fires("LP012", &waits("pools: [{name: p, uses: 100}]", "pay"), &outside);
    let store = "nothing keeps a from holding all of pool p while it waits for db, and b from finding nothing left";
    fires("LP012", &waits(both, "db"), &Says { message: store, ..outside });
    for text in [
        waits("pools: [{name: p, reserved: 40}]", "pay"),
        waits("pools: [{name: p, uses: 60}]", "pay"),
        waits(both, "{name: pay, circuitBreaker: true}"),
        waits(both, "{name: pay, interaction: publish}"),
        // Nobody else takes from it, or only what is set aside for it.
        shared("pools: [{name: p}], dependsOn: [pay]", "timeout: 1s"),
        shared("pools: [{name: p}], dependsOn: [pay]", "pools: [{name: p, reserved: 40}]"),
        // Nobody waits for anybody.
        shared(both, both),
    ] {
        silent("LP012", &text);
    }
}

/// LP034: a probe that asks somebody else, by whatever means, and what then happens to the replicas.
#[test]
fn probe_on_dependency() {
    let probed = |probe: &str, replicas: u32| {
        let meta = "metadata: {name: db}";
        let db = format!(
            "apiVersion: apps/v1\nkind: StatefulSet\n{meta}\nspec:\n  selector: {{matchLabels: {{app: db}}}}\n  template:\n    \
             metadata: {{labels: {{app: db}}}}\n    spec: {{containers: [{{name: db, image: postgres}}]}}\n---\n\
             apiVersion: v1\nkind: Service\n{meta}\nspec: {{selector: {{app: db}}}}\n"
        );
        deployment("web", replicas, probe, "") + &db
    };
    let store = Says {
        severity: "warning",
        confidence: "high",
        subjects: &["service:default/web", "datastore:default/db"],
        message: "the livenessProbe of web asks db: a slow db restarts all 3 replicas at once",
        at: &["-h, db]}}"],
    };
    fires("LP034", &probed("livenessProbe: {exec: {command: [pg_isready, -h, db]}}", 3), &store);
    let one = "the livenessProbe of web asks db: a slow db restarts it";
    fires(
        "LP034",
        &probed("livenessProbe: {exec: {command: [sh, -c, pg_isready -h db]}}", 1),
        &Says { message: one, at: &["pg_isready -h db"], ..store },
    );
    let startup = "the startupProbe of web asks db: a slow db restarts all 2 replicas at once";
    fires(
        "LP034",
        &probed("startupProbe: {tcpSocket: {host: db, port: 5432}}", 2),
        &Says { message: startup, at: &["db, port"], ..store },
    );
    let outside = Says {
        subjects: &["service:default/web", "external:pay.example.com"],
        message: "the readinessProbe of web asks pay.example.com: a slow pay.example.com takes out of service all 3 \
                  replicas at once",
        at: &["pay.example.com, path"],
        ..store
    };
    fires("LP034", &probed("readinessProbe: {httpGet: {host: pay.example.com, path: /up, port: 443}}", 3), &outside);
    for probe in [
        "livenessProbe: {httpGet: {path: /healthz, port: 8080}}",
        "readinessProbe: {httpGet: {path: /ready, port: 8080}}",
        "livenessProbe: {exec: {command: [curl, -f, 'http://localhost:8080/healthz']}}",
        "livenessProbe: {tcpSocket: {host: 127.0.0.1, port: 8080}}",
        "livenessProbe: {exec: {command: [cat, /tmp/healthy]}}",
        // Itself, by the name of its Service.
        "readinessProbe: {exec: {command: [curl, -f, 'http://web-http/ready']}}",
        // What it needs, but not to be well.
        "env: [{name: DB_HOST, value: db}]",
    ] {
        silent("LP034", &probed(probe, 3));
    }
}

/// LP050: what comes again and again and has nowhere to go, with how often and for how long.
#[test]
fn poison_without_dlq() {
    let source = |kind: &str, settings: &str, mapping: &str| {
        format!(
            "Resources:
  Jobs:
    Type: AWS::{kind}
    Properties: {{{settings}}}
  Dead:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Lambda::Function
    Properties: {{Timeout: 5, Runtime: python3.12, Handler: a.b}}
  Source:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {{EventSourceArn: !GetAtt {mapping}, FunctionName: !Ref Worker}}
"
        )
    };
    let queue = "VisibilityTimeout: 30, MessageRetentionPeriod: 345600";
    let says = Says {
        severity: "warning",
        confidence: "high",
        subjects: &["queue:a/Jobs", "function:a/Worker"],
        message: "a message that Worker cannot handle comes from Jobs 11,520 times in 4 days: there is no dead-letter queue",
        at: &["Jobs:", "Jobs.Arn"],
    };
    fires("LP050", &source("SQS::Queue", queue, "Jobs.Arn"), &says);
    // A shard of a stream stands still until the message is too old.
    let stream =
        "a message that Worker cannot handle comes from Jobs again and again for 1 day: there is no dead-letter queue";
    fires(
        "LP050",
        &source("Kinesis::Stream", "ShardCount: 1", "Jobs.Arn, StartingPosition: LATEST"),
        &Says { message: stream, ..says },
    );
    let redrive = format!("{queue}, RedrivePolicy: {{deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5}}");
    for (kind, settings, mapping) in [
        ("SQS::Queue", &*redrive, "Jobs.Arn"),
        // Given up on after a few tries, with and without a place for it.
        ("Kinesis::Stream", "ShardCount: 1", "Jobs.Arn, StartingPosition: LATEST, MaximumRetryAttempts: 3"),
        (
            "Kinesis::Stream",
            "ShardCount: 1",
            "Jobs.Arn, StartingPosition: LATEST, MaximumRetryAttempts: 3, \
             DestinationConfig: {OnFailure: {Destination: !GetAtt Dead.Arn}}",
        ),
    ] {
        silent("LP050", &source(kind, settings, mapping));
    }
    // Nobody takes from it.
    silent("LP050", "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n");
}

/// LP051: several who write to one store, for certain or perhaps; not those who read, and not those of whom nobody
/// knows it.
#[test]
fn shared_writer() {
    let store = |kind: &str, a: &str, b: &str| {
        let needs = |how: &str| format!("dependsOn: [{{name: db{how}}}]");
        native(&[("Service", "a", &needs(a)), ("Service", "b", &needs(b)), (kind, "db", "")])
    };
    let (write, read) = (", interaction: write", ", interaction: read");
    let says = Says {
        severity: "note",
        confidence: "high",
        subjects: &["datastore:default/db"],
        message: "a and b write to db",
        at: &["db}", "db, interaction: write", "db, interaction: write"],
    };
    fires("LP051", &store("Datastore", write, write), &says);
    let may = Says {
        confidence: "low",
        message: "a and b may write to db",
        at: &["db}", "db, interaction: write", "db}]"],
        ..says
    };
    fires("LP051", &store("Datastore", write, ""), &may);
    let readers = native(&[
        ("Service", "a", "dependsOn: [{name: db, interaction: write}]"),
        ("Service", "b", "dependsOn: [{name: db, interaction: read}]"),
        ("Service", "c", "dependsOn: [{name: db, interaction: read}]"),
        ("Datastore", "db", ""),
    ]);
    for text in [
        readers,
        store("Datastore", read, read),
        // How it is used is not known: that it is shared is LP010.
        store("Datastore", "", ""),
        // What keeps nothing.
        store("Service", write, write),
    ] {
        silent("LP051", &text);
    }
}

/// LP060: one change that takes several at once, mounted or in their environment; not what one has for itself, what
/// they start without, or what does not run.
#[test]
fn shared_config_change() {
    let env = |kind: &str, more: &str| format!("envFrom: [{{{kind}Ref: {{name: settings{more}}}}}]");
    let pair = |kind: &str, web: &str, replicas: u32, api: (&str, &str)| {
        format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: settings}}\n---\n")
            + &deployment("web", 3, web, "")
            + &deployment("api", replicas, api.0, api.1)
    };
    let (of_config, of_secret) = (env("configMap", ""), env("secret", ""));
    let volume = ("image: api", "volumes: [{name: v, configMap: {name: settings}}]");
    let says = Says {
        severity: "note",
        confidence: "high",
        subjects: &["config:default/settings"],
        message: "a change of config settings reaches api and web at once, 5 instances whatever their replicas",
        at: &["settings}", "settings}}]", "settings}}]"],
    };
    fires("LP060", &pair("ConfigMap", &of_config, 2, volume), &says);
    let secret = Says {
        subjects: &["secret:default/settings"],
        message: "a change of secret settings reaches api and web at once, 5 instances whatever their replicas",
        ..says
    };
    fires("LP060", &pair("Secret", &of_secret, 2, (&of_secret, "")), &secret);
    let optional = env("configMap", ", optional: true");
    for (replicas, api) in [(2, "image: api"), (2, &*optional), (0, &*of_config)] {
        silent("LP060", &pair("ConfigMap", &of_config, replicas, (api, "")));
    }
}
