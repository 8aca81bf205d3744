//! Kustomizations: roots, bases, components, patches, generators.

use super::*;
use std::fs;
use std::path::Path;

/// The files of the fixture, by path from its top.
fn fixture() -> Vec<(String, String)> {
    fn walk(top: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(top, &path, files);
            } else {
                let name = path.strip_prefix(top).unwrap().to_str().unwrap().replace('\\', "/");
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/kubernetes/kustomize");
    let mut files = Vec::new();
    walk(&top, &top, &mut files);
    files.sort();
    files
}

fn read(files: &[(String, String)]) -> Facts {
    let files: Vec<(&str, &str)> = files.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
    facts_of(&files)
}

fn of(lines: Vec<String>, root: &str) -> Vec<String> {
    let scope = format!("@overlays/{root}");
    lines.into_iter().filter(|l| l.contains(&scope)).map(|l| l.replace(&scope, "")).collect()
}

/// Each overlay is a world of its own, with its own counts, names and namespace; the base is none.
#[test]
fn every_root_is_a_world() {
    let facts = read(&fixture());
    let components = components(&facts);
    assert_eq!(
        of(components.clone(), "staging"),
        [
            "config config:staging/settings",
            "datastore staging/database x1",
            "service staging/web x1? entry:load-balancer"
        ]
    );
    assert_eq!(
        of(components.clone(), "production"),
        [
            "cache production/prod-cache x1?",
            "config config:production/prod-settings",
            "datastore production/prod-database x3",
            "service production/prod-web x4 entry:load-balancer"
        ]
    );
    assert!(components.iter().all(|c| c.contains("@overlays/")), "{components:?}");
    assert!(notes(&facts).is_empty(), "{:?}", facts.notes);
}

/// Values keep the place where they were written: base, overlay, a patch inside a kustomization, a generator's file.
#[test]
fn evidence_stays_where_it_was_written() {
    let facts = read(&fixture());
    assert_eq!(
        of(dependencies(&facts), "production"),
        [
            "production/prod-web > audit.compliance.svc:8080 sync env.AUDIT_URL overlays/production/web.patch.yaml:13",
            "production/prod-web > cache:6379 sync env.CACHE_ADDR components/cache/kustomization.yaml:18",
            "production/prod-web > config:production/prod-settings mount startup hard envFrom.configMapRef base/web.yaml:16",
            "production/prod-web > database:5432 sync env.DATABASE_URL base/web.yaml:19",
            "production/prod-web > queue:5672 sync env.QUEUE_URL base/config/settings.env:2",
            "production/prod-web > rates.partner.example:80 sync env.RATES_URL base/kustomization.yaml:9",
            "production/prod-web > registry.example recover startup inferred soft image base/web.yaml:13",
        ]
    );
    let files: Vec<&str> = facts.files_used.iter().map(|f| &**f).collect();
    assert_eq!(files, ["base/config/app.properties", "base/config/settings.env"]);
}

/// What is not fetched is said once for each place, with what to do.
#[test]
fn remote_bases_are_reported() {
    let problems: Vec<String> = read(&fixture()).problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "overlays/staging/kustomization.yaml:5: a remote base is not fetched; kustomize build overlays/staging | linchpin \
          scan -m -"
        ]
    );
}

/// Any order of files gives the same facts.
#[test]
fn order_does_not_matter() {
    let mut files = fixture();
    let forward = format!("{:?}", read(&files));
    files.reverse();
    assert_eq!(format!("{:?}", read(&files)), forward);
}

/// A manifest that lies beside a root is applied beside it; one elsewhere is a world apart.
#[test]
fn manifests_beside_a_root_join_it() {
    let listed = deployment("shop", "web", "image: x");
    let (beside, below, away) = (
        deployment("shop", "load", "image: x"),
        deployment("shop", "extra", "image: x"),
        deployment("shop", "away", "image: x"),
    );
    let facts = facts_of(&[
        ("k8s/kustomization.yaml", "resources: [web.yaml]"),
        ("k8s/web.yaml", &listed),
        ("k8s/load.yaml", &beside),
        ("k8s/more/extra.yaml", &below),
        ("k8s-old/away.yaml", &away),
    ]);
    assert_eq!(
        components(&facts),
        [
            "service shop/away x1?",
            "service shop/extra@k8s x1?",
            "service shop/load@k8s x1?",
            "service shop/web@k8s x1?"
        ]
    );
}

/// Strategic merge patches: items of known lists merge by their key, `$patch` deletes and replaces, null removes.
#[test]
fn strategic_merge() {
    let base = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - {name: web, args: ['--a=http://a:80'], env: [{name: B_URL, value: 'http://b:80'}, {name: C_URL, value: 'http://c:80'}]}
        - {name: side, env: [{name: S_URL, value: 'http://s:80'}]}
";
    for (patch, expected) in [
        ("spec: {replicas: 5}", "x5 a b c s"),
        ("spec: {replicas: null}", "x1? a b c s"),
        (
            "spec: {template: {spec: {containers: [{name: web, env: [{name: B_URL, value: 'http://d:80'}]}]}}}",
            "x3 a c d s",
        ),
        ("spec: {template: {spec: {containers: [{name: web, env: [{name: B_URL, $patch: delete}]}]}}}", "x3 a c s"),
        ("spec: {template: {spec: {containers: [{name: side, $patch: delete}]}}}", "x3 a b c"),
        ("spec: {template: {spec: {containers: [{$patch: replace}, {name: web}]}}}", "x3"),
        ("spec: {template: {spec: {containers: [{name: web, args: ['--e=http://e:80']}]}}}", "x3 b c e s"),
        (
            "spec: {template: {spec: {containers: [{name: new, env: [{name: N_URL, value: 'http://n:80'}]}]}}}",
            "x3 a b c n s",
        ),
        ("spec: {template: {spec: {$patch: replace, containers: []}}}", "x3"),
        ("$patch: delete", ""),
        ("spec: 7", "x1?"),
        ("spec: {template: {spec: {containers: 7}}}", "x3"),
    ] {
        let patch = format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n{patch}\n");
        for list in [
            "patchesStrategicMerge: [p.yaml]",
            "patches: [{path: p.yaml}]",
            "patches: [{path: p.yaml, target: {name: we.*}}]",
        ] {
            let kustomization = format!("resources: [web.yaml]\n{list}\n");
            let facts = facts_of(&[("kustomization.yaml", &kustomization), ("web.yaml", base), ("p.yaml", &patch)]);
            let count = components(&facts).iter().map(|c| c.rsplit(' ').next().unwrap().to_owned()).collect::<String>();
            let mut found: Vec<String> = facts.dependencies.iter().map(|d| target(&d.to).replace(":80", "")).collect();
            found.sort();
            found.insert(0, count);
            assert_eq!(found.join(" ").trim(), expected, "{list}: {patch}");
        }
    }
}

/// JSON patches: operations in order; one that cannot be applied is a problem and changes nothing.
#[test]
fn json_patches() {
    let base = deployment("shop", "web", "image: x, env: [{name: A_URL, value: 'http://a:80'}]");
    let env = "/spec/template/spec/containers/0/env";
    for (operations, hosts, problem) in [
        (format!("[{{op: add, path: {env}/-, value: {{name: B_URL, value: 'http://b:80'}}}}]"), "a b", None),
        (format!("[{{op: add, path: {env}/0, value: {{name: B_URL, value: 'http://b:80'}}}}]"), "a b", None),
        (format!("[{{op: replace, path: {env}/0/value, value: 'http://c:80'}}]"), "c", None),
        (format!("[{{op: remove, path: {env}}}]"), "", None),
        (
            "[{op: add, path: /metadata/annotations, value: {a~b: c}}, {op: remove, path: /metadata/annotations/a~0b}]"
                .to_owned(),
            "a",
            None,
        ),
        (
            format!("[{{op: remove, path: {env}/7}}]"),
            "a",
            Some("the path /spec/template/spec/containers/0/env/7 of this patch is not in its target"),
        ),
        (
            "[{op: replace, path: /spec/nothing, value: 1}]".to_owned(),
            "a",
            Some("the path /spec/nothing of this patch is not in its target"),
        ),
        ("[{op: move, from: /a, path: /b}]".to_owned(), "a", Some("the operation move of a patch is not applied")),
        ("[7]".to_owned(), "a", Some("an item of this patch is no operation")),
    ] {
        let kustomization = format!(
            "resources: [web.yaml]\npatches:\n  - target: {{kind: Deployment}}\n    patch: |-\n      {operations}\n"
        );
        let facts = facts_of(&[("kustomization.yaml", &kustomization), ("web.yaml", &base)]);
        let mut found: Vec<String> = facts.dependencies.iter().map(|d| target(&d.to).replace(":80", "")).collect();
        found.sort();
        assert_eq!(found.join(" "), hosts, "{operations}");
        let problems: Vec<_> = facts.problems.iter().map(|p| (p.at.line, p.reason.as_str())).collect();
        assert_eq!(problems, problem.map(|p| (5, p)).into_iter().collect::<Vec<_>>(), "{operations}");
    }
}

/// A kustomization that cannot be followed says why and where, and what it does name is still read.
#[test]
fn broken_kustomizations() {
    let web = deployment("shop", "web", "image: x");
    for (kustomization, problem) in [
        ("resources: [web.yaml, gone.yaml]", Some("gone.yaml is not there")),
        ("resources: [web.yaml, {a: b}]", Some("a resource is a mapping, not a path")),
        ("resources: [web.yaml, .]", Some("kustomizations include each other")),
        ("resources: [web.yaml]\npatches: [{path: gone.yaml}]", Some("gone.yaml is not there")),
        ("resources: [web.yaml]\nconfigMapGenerator: [{name: c, files: [gone.txt]}]", Some("gone.txt is not there")),
        (
            "resources: [web.yaml]\npatches: [{patch: 'a: b', target: {name: 'we[a-z]'}}]",
            Some("the pattern of this patch target is not understood"),
        ),
        ("resources: [web.yaml]\nreplacements: [{path: r.yaml}]", Some("kustomize's replacements are not applied")),
        ("resources: web.yaml", None),
        ("resources: [web.yaml]\npatches: 7\nlabels: [7]\nreplicas: {}\nnamespace: []\nnamePrefix: {}", None),
    ] {
        let facts = facts_of(&[("kustomization.yaml", kustomization), ("web.yaml", &web)]);
        assert_eq!(components(&facts), ["service shop/web@. x1?"], "{kustomization}");
        let problems: Vec<&str> = facts.problems.iter().map(|p| p.reason.as_str()).collect();
        assert_eq!(problems, problem.into_iter().collect::<Vec<_>>(), "{kustomization}");
    }
}

/// Flux's resource of the same kind is no kustomization, and neither is Backstage's or Dapr's Component.
#[test]
fn namesakes() {
    for text in [
        "{apiVersion: kustomize.toolkit.fluxcd.io/v1, kind: Kustomization, metadata: {name: a}}",
        "{apiVersion: dapr.io/v1alpha1, kind: Component, metadata: {name: a}}",
    ] {
        let node = trees("a.yaml", text).remove(0);
        assert!(!matches!(kubernetes::read(&node), Reading::Kustomization(_)), "{text}");
    }
    let backstage =
        trees("a.yaml", "{apiVersion: backstage.io/v1alpha1, kind: Component, metadata: {name: a}}").remove(0);
    assert!(!kubernetes::recognises(&backstage));
}

/// A mesh's settings that stand beside all kustomizations hold in each that deploys the Service they speak of.
#[test]
fn settings_beside_a_kustomization() {
    let web = deployment("shop", "web", "env: [{name: CART_URL, value: 'http://cart'}]") + &service("shop", "cart");
    let profile = "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: cart.shop.svc.cluster.local, \
                   namespace: shop}\nspec: {routes: [{name: a, isRetryable: true}]}\n";
    let kustomization = "resources: [shop.yaml]\n";
    let facts = facts_of(&[
        ("a/kustomization.yaml", kustomization),
        ("a/shop.yaml", &web),
        ("b/kustomization.yaml", kustomization),
        ("b/shop.yaml", &web),
        ("training/profile.yaml", profile),
    ]);
    let retried = facts.policies.iter().filter(|p| p.retry.as_ref().is_some_and(|r| r.unlimited));
    let mut scopes: Vec<&str> = retried.map(|p| &*p.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    assert_eq!(scopes, ["kubernetes", "kubernetes:a", "kubernetes:b"]);
}
