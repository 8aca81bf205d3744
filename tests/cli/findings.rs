//! Findings that only whole systems show.

use crate::{Folder, pair, workload};
use serde_json::{Value, json};

/// What no entry leads to keeps its finding, without entries and after those that users feel; and has no row.
#[test]
fn what_no_entry_reaches() {
    let folder = pair();
    folder.write("linchpin.toml", "[[entry]]\ncomponent = \"web\"\n");
    folder.write(
        "batch.yaml",
        format!("{}---\n{}", workload("ledger", &[]), workload("report", &[("LEDGER_URL", "http://ledger")])),
    );
    let report = folder.json(&["scan"]);
    let found: Vec<(&Value, &Value)> =
        report["findings"].as_array().unwrap().iter().map(|f| (&f["message"], &f["entries"])).collect();
    let web = json!(["service:default/web"]);
    assert_eq!(
        found,
        [
            (&json!("db is a single instance: its loss takes down web"), &web),
            (&json!("web is a single instance: its loss takes down web"), &web),
            (&json!("ledger is a single instance: its loss takes down report, which no entry needs"), &json!([])),
        ]
    );
    let rows: Vec<&Value> = report["spofs"].as_array().unwrap().iter().map(|s| &s["component"]).collect();
    assert_eq!(rows, ["service:default/db", "service:default/web"]);
    let last = report["findings"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["rule"], &last["path"]),
        (&json!("LP001"), &json!(["service:default/ledger", "service:default/report"]))
    );
    let text = folder.run(&["scan"]).out;
    assert!(text.contains("Unfelt           ledger is a single instance"), "{text}");
}

/// A reference to nothing says which name was probably meant: a near one of the same sort in the same namespace, not a
/// stranger that only ends in the same word.
#[test]
fn names_that_were_probably_meant() {
    let folder = Folder::new();
    for name in ["cartservice", "payments", "web"] {
        folder.write(&format!("{name}.yaml"), workload(name, &[]));
    }
    folder.write(
        "other.yaml",
        workload("mailer", &[]).replace("metadata: {name: mailer}", "metadata: {name: mailer, namespace: other}"),
    );
    folder.write("settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n");
    folder.write("also.yaml", workload("also", &[]).replace("env: []", "envFrom: [{configMapRef: {name: settings}}]"));
    for (reference, meant) in [
        ("payment", Some("payments")),
        ("paymnets", Some("payments")),
        ("cart", Some("cartservice")),
        ("cart-svc", Some("cartservice")),
        ("adservice", None),
        ("mailers", None),
        ("settings", None),
    ] {
        folder.write("shop.yaml", workload("shop", &[("NEEDED_HOST", reference)]));
        let report = folder.json(&["scan"]);
        let found: Vec<&Value> =
            report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP080").collect();
        let hint = meant.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
        assert_eq!(found.len(), 1);
        assert_eq!(
            found[0]["message"],
            format!("shop refers to {reference}: nothing in the input has this name{hint}")
        );
    }
    folder.write("shop.yaml", workload("shop", &[]).replace("env: []", "envFrom: [{configMapRef: {name: setings}}]"));
    let report = folder.json(&["scan"]);
    let messages = report["findings"].to_string();
    let expected = "shop refers to ConfigMap default/setings, which is not there; did you mean `settings`?";
    assert!(messages.contains(expected), "{messages}");
}

/// Replicas that nothing has to keep apart are found, whatever only asks for it or speaks of other pods.
#[test]
fn replicas_that_may_share_a_machine() {
    let spread = |when: &str, skew: u32, app: &str| {
        format!(
            "topologySpreadConstraints: [{{maxSkew: {skew}, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: \
             {when}, labelSelector: {{matchLabels: {{app: {app}}}}}}}]"
        )
    };
    let term = |key: &str| format!("{{topologyKey: {key}, labelSelector: {{matchLabels: {{app: web}}}}}}");
    let required = |key: &str| {
        let term = term(key);
        format!("affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{term}]}}}}")
    };
    let preferred = format!(
        "affinity: {{podAntiAffinity: {{preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 1, \
         podAffinityTerm: {}}}]}}}}",
        term("kubernetes.io/hostname")
    );
    let (nothing, wish) = (Some("nothing keeps them apart"), Some("only a preference keeps them apart"));
    for (replicas, pod, because) in [
        (2, "restartPolicy: Always".to_owned(), nothing),
        (1, "restartPolicy: Always".to_owned(), None),
        (2, spread("DoNotSchedule", 1, "web"), None),
        (2, spread("ScheduleAnyway", 1, "web"), wish),
        (2, spread("DoNotSchedule", 2, "web"), wish),
        (3, spread("DoNotSchedule", 2, "web"), None),
        (2, spread("DoNotSchedule", 1, "other"), nothing),
        (2, required("kubernetes.io/hostname"), None),
        (2, required("topology.kubernetes.io/zone"), None),
        (2, required("example.com/rack"), nothing),
        (2, preferred, wish),
        (2, "nodeSelector: {topology.kubernetes.io/zone: a}".to_owned(), None),
    ] {
        let folder = Folder::with(&[(
            "web.yaml",
            &format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  replicas: {replicas}\n  \
                 template:\n    metadata: {{labels: {{app: web}}}}\n    spec:\n      {pod}\n      \
                 containers: [{{name: web, image: x}}]\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: web}}\n\
                 spec: {{selector: {{app: web}}}}\n---\napiVersion: networking.k8s.io/v1\nkind: Ingress\n\
                 metadata: {{name: door}}\nspec: {{defaultBackend: {{service: {{name: web, port: {{number: 80}}}}}}}}\n"
            ),
        )]);
        let report = folder.json(&["scan"]);
        let found: Vec<&str> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["rule"] == "LP004")
            .map(|f| f["message"].as_str().unwrap())
            .collect();
        let expected = because.map(|because| format!("both replicas of web may run on one machine: {because}"));
        assert_eq!(found, expected.iter().map(String::as_str).collect::<Vec<_>>(), "{replicas} {pod}");
    }
}

/// What keeps all replicas on one machine is said by name: a volume, an affinity, Compose.
#[test]
fn replicas_that_share_a_place() {
    let pods = |name: &str, pod: &str| {
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec: {{replicas: 2, template: {{metadata: {{labels: \
             {{app: {name}}}}}, spec: {{{pod} containers: [{{name: main, image: x}}]}}}}}}\n---\napiVersion: v1\nkind: \
             Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}}}\n---\n"
        )
    };
    let door = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: door}\nspec: {defaultBackend: {service: {name: web, port: {number: 80}}}}\n---\n";
    let claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce]}\n---\n";
    let term = |key: &str, app: &str| {
        format!(
            "requiredDuringSchedulingIgnoredDuringExecution: [{{topologyKey: {key}, labelSelector: {{matchLabels: {{app: {app}}}}}}}]"
        )
    };
    let (host, zone) = ("kubernetes.io/hostname", "topology.kubernetes.io/zone");
    let apart = |key: &str, app: &str| format!("affinity: {{podAntiAffinity: {{{}}}}},", term(key, app));
    for (text, expected, severity) in [
        (
            pods("web", "volumes: [{name: d, persistentVolumeClaim: {claimName: data}}],") + claim,
            "both replicas of web run on one machine: the volume that they share can be attached to one machine at a time",
            "warning",
        ),
        (
            pods("web", &format!("affinity: {{podAffinity: {{{}}}}},", term(host, "web"))),
            "both replicas of web run on one machine: pod affinity demands that they are together",
            "warning",
        ),
        (pods("web", &apart(host, "web")), "", ""),
        (pods("web", &apart(zone, "web")), "", ""),
    ] {
        let folder = Folder::with(&[("k8s.yaml", &(text.clone() + door))]);
        let report = folder.json(&["scan"]);
        let found: Vec<_> = report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP004").collect();
        let found: Vec<_> =
            found.iter().map(|f| (f["message"].as_str().unwrap(), f["severity"].as_str().unwrap())).collect();
        let expected: Vec<_> =
            Some((expected, severity)).filter(|(message, _)| !message.is_empty()).into_iter().collect();
        assert_eq!(found, expected, "{text}");
    }
    let compose = "services:\n  web: {image: x, ports: ['80:80'], environment: {API_URL: 'http://api'}}\n  api: {image: y, deploy: {replicas: 3}}\n";
    let report = Folder::with(&[("compose.yaml", compose)]).json(&["scan"]);
    let found = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "LP004").unwrap();
    assert_eq!(found["message"], "all 3 replicas of api run on one machine: Compose runs everything on one host");
    // A swarm is told so in its own words.
    for deploy in ["update_config: {parallelism: 1}", "placement: {preferences: [{spread: node.labels.rack}]}"] {
        let compose = compose.replace("replicas: 3", &format!("replicas: 3, {deploy}"));
        let report = Folder::with(&[("compose.yaml", &compose)]).json(&["scan"]);
        let found = report["findings"].as_array().unwrap().iter().find(|f| f["rule"] == "LP004").unwrap();
        assert!(found["fix"].as_str().unwrap().contains("max_replicas_per_node"), "{}", found["fix"]);
    }
}

/// What a file that is named after tests publishes is no door for users beside one that is not.
#[test]
fn doors_of_tests() {
    let service = |name: &str| format!("services: {{{name}: {{image: x, ports: ['8080:80']}}}}");
    let folder = Folder::with(&[("compose.yaml", &service("web")), ("compose-tests.yaml", &service("probe"))]);
    let entries = |folder: &Folder| {
        let report = folder.json(&["scan"]);
        let entries: Vec<String> =
            report["entries"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect();
        entries.iter().filter_map(|id| id.rsplit_once('/')).map(|(_, name)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(entries(&folder), ["web"]);
    let alone = Folder::with(&[("compose-tests.yaml", &service("probe"))]);
    assert_eq!(entries(&alone), ["probe"]);
}

/// What is wrong in the same way in several scopes is told once, with their number; `--all` and JSON tell each.
#[test]
fn scopes_are_folded() {
    let web = "services:\n  web: {image: a/web, ports: ['80:80'], environment: {CACHE_URL: redis://cache, LOST_URL: http://lost}}\n  cache: {image: redis}\n";
    let folder = Folder::with(&[("one/compose.yaml", web), ("two/compose.yaml", web), ("three/compose.yaml", web)]);
    let text = folder.run(&["scan"]).out;
    for told in [
        " 1 one/cache  one instance  one/web; alike in 2 more scopes\n",
        "web refers to lost: nothing in the input has this name, in 3 scopes: compose:one, compose:three and",
    ] {
        assert!(text.contains(told), "{told} is not in\n{text}");
    }
    let report = folder.json(&["scan"]);
    let dangling: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP080").map(|f| &f["message"]).collect();
    assert_eq!(dangling.len(), 3);
    let all = folder.run(&["scan", "--all"]).out;
    assert!(!all.contains("scopes:") || !all.contains("more scope"), "{all}");
    assert_eq!(all.matches("refers to lost").count(), 3, "{all}");
}

/// What is shared is split only if it has data of its own.
#[test]
fn advice_on_what_is_shared_fits_it() {
    let folder = Folder::with(&[(
        "compose.yaml",
        "services:\n  a: {image: x/a, ports: ['1:1'], environment: {AUTH_URL: http://auth, DB_URL: postgres://db/a}}\n  \
         b: {image: x/b, ports: ['2:2'], environment: {AUTH_URL: http://auth, DB_URL: postgres://db/b}}\n  \
         auth: {image: x/auth}\n  db: {image: postgres}\n",
    )]);
    let report = folder.json(&["scan"]);
    let fix = |name: &str| {
        let about = |f: &&Value| f["rule"] == "LP010" && f["subjects"][0].as_str().unwrap().contains(name);
        report["findings"].as_array().unwrap().iter().find(about).unwrap()["fix"].as_str().unwrap().to_owned()
    };
    assert!(fix("/db").contains("split it"), "{}", fix("/db"));
    assert!(fix("/auth").contains("replicas of auth") && !fix("/auth").contains("own"), "{}", fix("/auth"));
}

/// Who calls each other may start lazily, and is told so; who is started after each other never starts.
#[test]
fn loops_of_calls_and_of_start_order() {
    let compose = |order: &str| {
        format!(
            "services:\n  a: {{image: a, environment: {{B_URL: 'http://b'}}{order}}}\n  \
             b: {{image: b, environment: {{A_URL: 'http://a'}}, depends_on: [a]}}\n"
        )
    };
    let found = |order: &str| {
        let report = Folder::with(&[("compose.yaml", &compose(order))]).json(&["scan"]);
        let findings = report["findings"].as_array().unwrap();
        let found = findings.iter().find(|f| f["rule"] == "LP082").unwrap();
        ["message", "severity"].map(|key| found[key].as_str().unwrap().to_owned())
    };
    assert_eq!(
        found(""),
        ["a and b need each other: unless one starts without the other, neither starts from nothing", "warning"]
    );
    assert_eq!(found(", depends_on: [b]"), ["a and b wait for each other and cannot start from nothing", "error"]);
}

/// Two alternatives that rest on one thing are one, whatever that thing is; what can only be wrong and not down is a note.
/// What the dependent needs itself is shared by declaration.
#[test]
fn what_alternatives_share() {
    let service = |name: &str, spec: &str| {
        format!("---\napiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
    };
    for (kind, severity) in [("Datastore", "error"), ("Service", "error"), ("External", "error"), ("Config", "note")] {
        let folder = Folder::new();
        let shared = format!("apiVersion: linchpin/v1\nkind: {kind}\nmetadata: {{name: it}}\n");
        let alternatives = ["a", "b"].map(|name| service(name, "replicas: 2, dependsOn: [{name: it}]")).concat();
        let web = "entry: {weight: 1}, replicas: 2, dependsOn: [{need: 1, of: [a, b]}";
        folder.write("all.yaml", format!("{shared}{alternatives}{}", service("web", &format!("{web}]"))));
        let report = folder.json(&["scan"]);
        let found: Vec<&Value> =
            report["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "LP002").collect();
        assert_eq!(found.len(), 1, "{kind}: {found:?}");
        let it = if kind == "Config" { "config it" } else { "it" };
        let message = format!("web should survive 1 failure among a and b but survives none: all rest on {it}");
        assert_eq!((&found[0]["message"], &found[0]["severity"]), (&json!(message), &json!(severity)));
        assert_eq!(report["illusions"][0]["real"], 0);
        if kind == "Service" {
            let text = folder.run(&["scan"]).out;
            assert!(text.contains("it  one instance, under all of a and b"), "{text}");
        }
        folder.write("all.yaml", format!("{shared}{alternatives}{}", service("web", &format!("{web}, {{name: it}}]"))));
        assert_eq!(folder.json(&["scan"])["illusions"], json!([]), "{kind}");
    }
}

/// A zone is told with those that stand in it, and not with those that need them.
#[test]
fn who_falls_with_a_zone() {
    let folder = Folder::new();
    let service = |name: &str, spec: &str| {
        format!("---\napiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
    };
    let placed = ["a", "b"].map(|name| service(name, "replicas: 2, zones: [z]")).concat();
    let web = service("web", "entry: {weight: 1}, replicas: 3, dependsOn: [{need: 1, of: [a, b]}]");
    folder.write("all.yaml", format!("{placed}{web}"));
    let text = folder.run(&["scan"]).out;
    assert!(text.contains("zone z  all of a and b (claim to survive failures)"), "{text}");
}
