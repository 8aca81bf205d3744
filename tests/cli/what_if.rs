//! Systems that are not there: `--with`, `--without` and `--level`.

use super::*;

const SHOP: &str = "\
apiVersion: linchpin/v1
kind: Service
metadata: {name: web}
spec: {entry: {weight: 1}, replicas: 2, dependsOn: [cart, {name: ads, criticality: hard}]}
---
apiVersion: linchpin/v1
kind: Service
metadata: {name: cart}
spec: {replicas: 2, zones: [a], dependsOn: [redis]}
---
apiVersion: linchpin/v1
kind: Cache
metadata: {name: redis}
spec: {replicas: 1, placedOn: [n1]}
---
apiVersion: linchpin/v1
kind: Service
metadata: {name: ads}
spec: {replicas: 1}
";

fn shop() -> Folder {
    Folder::with(&[("linchpin.yaml", SHOP)])
}

fn ids<'a>(rows: &'a Value, key: &str) -> Vec<&'a str> {
    rows.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap()).collect()
}

/// Every command that looks at a system takes changes, computes everything again and says what was supposed.
#[test]
fn changes() {
    let shop = shop();
    let spofs = |args: &[&str]| {
        let report = shop.json(&[&["scan"], args].concat());
        let below: Vec<String> = report["spofs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|s| s["level"] != "component")
            .map(|s| s["component"].as_str().unwrap().to_owned())
            .collect();
        (below, report["inputs"]["changes"].clone())
    };
    assert_eq!(spofs(&[]).0, ["cache:default/redis", "service:default/ads", "node:n1", "zone:a"]);
    assert_eq!(spofs(&[]).1, Value::Null);
    let (found, changes) = spofs(&["--without", "web->ads", "--with", "zones(cart)=a,b", "--with", "standby(redis)"]);
    assert_eq!(found, [""; 0]);
    assert_eq!(
        changes,
        serde_json::json!([
            "zones(service:default/cart)=a,b",
            "standby(cache:default/redis)",
            "without service:default/web->service:default/ads",
        ])
    );
    let blast = shop.json(&["blast", "ads", "--with", "soft(web->ads)"]);
    assert_eq!(
        (ids(&blast["affected"], "state"), &blast["inputs"]["changes"][0]),
        (vec!["degraded"], &"soft(service:default/web->service:default/ads)".into())
    );
    assert_eq!(shop.run(&["why", "web", "ads", "--without", "ads"]).code, 2);
    let text = shop.run(&["why", "web", "redis", "--with", "add(web->redis)"]).out;
    assert!(text.starts_with("What if  add(service:default/web->cache:default/redis)\n"), "{text}");
}

/// The improvement that a report offers is what supposing it gives.
#[test]
fn offered_improvements_hold() {
    let shop = shop();
    let report = shop.json(&["scan"]);
    let redis = &report["spofs"][0];
    assert!(redis["fix"].as_str().unwrap().contains("of the single-failure risk"), "{redis}");
    let change = redis["improvement"]["changes"][0].as_str().unwrap();
    let changed = shop.json(&["scan", "--with", change]);
    assert!(!ids(&changed["spofs"], "component").contains(&"cache:default/redis"), "{changed:#}");
}

/// What falls with a zone is told to do what it takes: other instances where there are none to spare, another zone where
/// all stand in one.
#[test]
fn fixes_of_zones() {
    for (spec, fix) in [
        ("replicas: 2, zones: [a]", "spread web over another zone"),
        ("replicas: 1, zones: [a]", "spread web over another zone, with at least 2 replicas of web"),
        ("replicas: 1, zones: [a, b]", "run at least 2 replicas of web"),
        ("replicas: 3, need: 3, zones: [a, b]", "run at least 6 replicas of web"),
    ] {
        let web = format!(
            "apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: web}}\nspec: {{entry: true, {spec}}}\n---\n\
             apiVersion: linchpin/v1\nkind: Zone\nmetadata: {{name: b}}\n"
        );
        let report = Folder::with(&[("linchpin.yaml", &web)]).json(&["scan"]);
        let zone = report["spofs"].as_array().unwrap().iter().find(|s| s["component"] == "zone:a").unwrap();
        assert_eq!(zone["fix"], format!("{fix}; removes {} of the single-failure risk", percent(zone)), "{spec}");
    }
}

fn percent(spof: &Value) -> String {
    format!("{:.0} %", spof["improvement"]["removes"].as_f64().unwrap() * 100.0)
}

/// A mistake in a change is named with its place, and with what was probably meant.
#[test]
fn mistakes() {
    for (option, change, said) in [
        (
            "--with",
            "replcas(cart)=3",
            "cannot read `--with replcas(cart)=3`: at character 1: there is no change `replcas`; did you mean `replicas`?",
        ),
        (
            "--with",
            "soft(web->adz)",
            "cannot suppose `--with soft(web->adz)`: at character 11: no component is called `adz`; did you mean `ads`?",
        ),
        ("--with", "soft(cart->ads)", "`service:default/cart` does not depend on `service:default/ads`; it depends on"),
        (
            "--without",
            "nothing",
            "cannot suppose `--without nothing`: at character 1: no component is called `nothing`",
        ),
        ("--without", "", "cannot read `--without `: at character 1: a name is missing"),
    ] {
        let shop = shop();
        let ran = shop.run(&["blast", "web", option, change]);
        assert!(ran.code == 2 && ran.err.contains(said), "{}", ran.err);
    }
}

/// The guide knows every change of the grammar, and says it in the grammar's words.
#[test]
fn the_guide_is_complete() {
    let guide = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/what-if.md")).unwrap();
    for line in linchpin::graph::change::GRAMMAR.lines() {
        let (change, meaning) = line.trim().split_once("  ").unwrap();
        let meaning = meaning.trim().split(';').next().unwrap();
        assert!(guide.contains(&format!("| `{change}` | {meaning}")), "{change}: {meaning}");
    }
}

/// A level below the component is the machine, zone or volume that it stands on, if the input says which.
#[test]
fn levels() {
    let shop = shop();
    for (args, failed) in [
        (&["cart", "--level", "zone"][..], &["zone:a"][..]),
        (&["redis", "--level", "node"], &["node:n1"]),
        (&["redis", "--level", "instance"], &["cache:default/redis"]),
        (&["zone:a", "--level", "zone"], &["zone:a"]),
    ] {
        let blast = shop.json(&[&["blast"], args].concat());
        assert_eq!(blast["failed"], serde_json::json!(failed), "{args:?}");
    }
    for (args, said) in [
        (&["ads", "--level", "zone"][..], "nothing in the input says which zone `service:default/ads` is on"),
        (
            &["cart", "--level", "zone", "--with", "zones(cart)=a,b"],
            "`service:default/cart` is on several: name the one that fails: `zone:a` and `zone:b`",
        ),
    ] {
        let ran = shop.run(&[&["blast"], args].concat());
        assert!(ran.code == 2 && ran.err.contains(said), "{}", ran.err);
    }
}

/// A profile that no service has is a problem that names the ones that there are.
#[test]
fn unknown_profiles() {
    let compose = "services: {web: {image: a, ports: ['80:80']}, shell: {image: b, profiles: [debug]}}";
    for (file, profile, said) in [
        (compose, "debug", None),
        (compose, "debgu", Some("--profile:1: unknown Compose profile `debgu`")),
        (
            "services: {web: {image: a}}",
            "debug",
            Some("--profile:1: there is no Compose profile `debug`: no service has a profile"),
        ),
    ] {
        let folder = Folder::with(&[("compose.yaml", file)]);
        let report = folder.json(&["scan", "--profile", profile]);
        assert_eq!(problems(&report), said.map(str::to_owned).into_iter().collect::<Vec<_>>());
    }
}

/// What a scope leaves out is not told of the scope.
#[test]
fn notes_of_other_scopes() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: old}\nspec: {selector: {app: old}}\n---\n";
    let folder = Folder::with(&[
        ("a/kustomization.yaml", "resources: [all.yaml]"),
        ("a/all.yaml", &format!("{service}{}", workload("web", &[]))),
        ("b/kustomization.yaml", "resources: [all.yaml]"),
        ("b/all.yaml", &workload("web", &[])),
    ]);
    let found = |scope: &str| {
        let report = folder.json(&["scan", "--scope", scope]);
        let findings = report["findings"].as_array().unwrap().clone();
        findings.iter().filter(|f| f["rule"] == "LP081").count()
    };
    assert_eq!((found("a"), found("b")), (1, 0));
}
