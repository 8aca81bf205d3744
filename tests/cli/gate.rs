//! A history of a small shop, commit by commit: what a gate says of each, against the commit before it.

use crate::{Folder, Ran};
use serde_json::Value;
use std::process::Command;

/// A repository in a folder of its own.
pub(crate) struct Repository(pub(crate) Folder);

impl Repository {
    /// A repository with these files in its first commit.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let repository = Self(Folder::with(files));
        repository.git(&["init", "--quiet", "--initial-branch", "main"]);
        repository.commit();
        repository
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(self.0.path()).args(["-c", "user.name=t", "-c", "user.email=t@example.com"]);
        git.args(["-c", "commit.gpgsign=false", "-c", "protocol.file.allow=always"]).args(args);
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        let output = git.output().unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    pub(crate) fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    fn edit(&self, edit: &Edit) {
        match edit {
            Edit::Write(path, text) => self.0.write(path, text),
            Edit::Replace(path, from, to) => {
                let text = self.text(path);
                assert!(text.contains(from), "{from:?} is not in {path}");
                self.0.write(path, text.replace(from, to));
            }
            Edit::Move(from, to) => {
                self.0.write(to, self.text(from));
                std::fs::remove_file(self.0.path().join(from)).unwrap();
            }
            Edit::Delete(path) => std::fs::remove_file(self.0.path().join(path)).unwrap(),
        }
    }

    pub(crate) fn gate(&self, args: &[&str]) -> Ran {
        self.0.run(&[&["gate"], args].concat())
    }
}

/// What a commit does.
enum Edit {
    Write(&'static str, String),
    Replace(&'static str, &'static str, &'static str),
    Move(&'static str, &'static str),
    Delete(&'static str),
}
use Edit::{Delete, Move, Replace, Write};

/// A commit, the verdict on it, and what fails, each as `state rule subject`.
struct Commit {
    what: &'static str,
    edits: Vec<Edit>,
    code: i32,
    fails: Vec<&'static str>,
}

fn passes(what: &'static str, edits: Vec<Edit>) -> Commit {
    Commit { what, edits, code: 0, fails: Vec::new() }
}

fn fails(what: &'static str, edits: Vec<Edit>, fails: &[&'static str]) -> Commit {
    Commit { what, edits, code: 1, fails: fails.to_vec() }
}

/// A Deployment whose replicas may not share a machine, behind a Service of its name.
fn workload(name: &str, image: &str, replicas: u32, environment: &str) -> String {
    format!(
        "apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: DoNotSchedule
          labelSelector: {{matchLabels: {{app: {name}}}}}
      containers:
        - name: {name}
          image: {image}
{environment}---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}
"
    )
}

const DOOR: &str = "apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: door}
spec:
  rules:
    - host: shop.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
";

const CALLS: &str = "apiVersion: linchpin/v1
kind: Service
metadata: {name: web}
spec:
  dependsOn:
    - name: cart
      timeout: 2s
      circuitBreaker: true
      retry: {tries: 2, perTryTimeout: 900ms, backoff: [10ms]}
    - name: ads
      criticality: soft
---
apiVersion: linchpin/v1
kind: Service
metadata: {name: cart}
spec:
  dependsOn:
    - name: store
      timeout: 800ms
      retry: {tries: 2, perTryTimeout: 300ms, backoff: [10ms]}
";

fn shop() -> Repository {
    let web = workload(
        "web",
        "registry.example.com/web",
        2,
        "          envFrom: [{configMapRef: {name: settings}}]\n          env:\n            - {name: CART_ADDR, value: \"cart:80\"}\n            - {name: ADS_ADDR, value: \"ads:80\"}\n",
    );
    let cart = workload(
        "cart",
        "registry.example.com/cart",
        2,
        "          env:\n            - {name: STORE_ADDR, value: \"store:6379\"}\n",
    );
    Repository::with(&[
        ("k8s/door.yaml", DOOR),
        ("k8s/web.yaml", &web),
        ("k8s/cart.yaml", &cart),
        ("k8s/store.yaml", &workload("store", "redis:7", 1, "")),
        ("k8s/ads.yaml", &workload("ads", "registry.example.com/ads", 1, "")),
        ("k8s/settings.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {GREETING: hello}\n"),
        ("k8s/calls.yaml", CALLS),
        ("README.md", "# A shop\n"),
    ])
}

/// The commits, in order; each one stays.
fn history() -> Vec<Commit> {
    let ledger = || workload("ledger", "postgres:16", 1, "");
    vec![
        passes("nothing but prose", vec![Replace("README.md", "A shop", "The shop")]),
        passes(
            "reformatted",
            vec![
                Replace("k8s/cart.yaml", "metadata:\n  name: cart\n", "metadata: {\"name\": 'cart'} # moved up\n\n"),
                Replace("k8s/store.yaml", "apiVersion: apps/v1\n", "# The store.\n\napiVersion: \"apps/v1\"\n"),
            ],
        ),
        passes("moved to other files", vec![Move("k8s/cart.yaml", "k8s/basket/deployment.yml"), Move("k8s/store.yaml", "k8s/basket/redis.yaml")]),
        passes("documents in another order", {
            let mut documents: Vec<&str> = CALLS.split("---\n").collect();
            documents.reverse();
            vec![Write("k8s/calls.yaml", documents.join("---\n"))]
        }),
        passes("replica added", vec![Replace("k8s/ads.yaml", "replicas: 1", "replicas: 2")]),
        fails("replica removed", vec![Replace("k8s/basket/deployment.yml", "replicas: 2", "replicas: 1")], &["new LP001 cart"]),
        passes("replica put back", vec![Replace("k8s/basket/deployment.yml", "replicas: 1", "replicas: 2")]),
        fails(
            "both replicas in one zone",
            vec![Replace(
                "k8s/web.yaml",
                "      containers:",
                "      nodeSelector: {topology.kubernetes.io/zone: eu-1a}\n      containers:",
            )],
            &["new LP001 eu-1a", "new LP002 web"],
        ),
        passes(
            "zone taken back",
            vec![Replace("k8s/web.yaml", "      nodeSelector: {topology.kubernetes.io/zone: eu-1a}\n", "")],
        ),
        fails(
            "spread constraint removed",
            vec![Replace("k8s/web.yaml", "DoNotSchedule", "ScheduleAnyway")],
            &["new LP004 web"],
        ),
        passes("spread constraint put back", vec![Replace("k8s/web.yaml", "ScheduleAnyway", "DoNotSchedule")]),
        fails(
            "new dependency on a store of one instance",
            vec![
                Write("k8s/ledger.yaml", ledger()),
                Replace(
                    "k8s/basket/deployment.yml",
                    "          env:\n",
                    "          env:\n            - {name: LEDGER_ADDR, value: \"ledger:5432\"}\n",
                ),
            ],
            &["new LP001 ledger"],
        ),
        passes(
            "second client of that store",
            vec![Replace(
                "k8s/web.yaml",
                "          env:\n",
                "          env:\n            - {name: LEDGER_ADDR, value: \"ledger:5432\"}\n",
            )],
        ),
        passes(
            "both go on without it",
            vec![
                Replace(
                    "k8s/calls.yaml",
                    "    - name: ads\n",
                    "    - {name: ledger, criticality: soft}\n    - name: ads\n",
                ),
                Replace("k8s/calls.yaml", "    - name: store\n", "    - {name: ledger, criticality: soft}\n    - name: store\n"),
            ],
        ),
        fails(
            "hard again for one of them",
            vec![Replace("k8s/calls.yaml", "    - {name: ledger, criticality: soft}\n    - name: store\n", "    - name: store\n")],
            &["new LP001 ledger"],
        ),
        passes(
            "a second ledger and a ledger that users do not feel are gone",
            vec![
                Delete("k8s/ledger.yaml"),
                Replace("k8s/calls.yaml", "    - {name: ledger, criticality: soft}\n", ""),
                Replace("k8s/web.yaml", "            - {name: LEDGER_ADDR, value: \"ledger:5432\"}\n", ""),
                Replace("k8s/basket/deployment.yml", "            - {name: LEDGER_ADDR, value: \"ledger:5432\"}\n", ""),
            ],
        ),
        passes(
            "retries raised at one layer, behind a breaker",
            vec![Replace("k8s/calls.yaml", "{tries: 2, perTryTimeout: 300ms, backoff: [10ms]}", "{tries: 6, perTryTimeout: 100ms, backoff: [10ms]}")],
        ),
        fails("breaker removed", vec![Replace("k8s/calls.yaml", "      circuitBreaker: true\n", "")], &["worsened LP020 store"]),
        passes(
            "retries raised by little",
            vec![Replace("k8s/calls.yaml", "{tries: 6, perTryTimeout: 100ms, backoff: [10ms]}", "{tries: 7, perTryTimeout: 100ms, backoff: [10ms]}")],
        ),
        fails(
            "retries raised by much",
            vec![Replace("k8s/calls.yaml", "{tries: 7, perTryTimeout: 100ms, backoff: [10ms]}", "{tries: 14, perTryTimeout: 40ms, backoff: [10ms]}")],
            &["worsened LP020 store"],
        ),
        passes(
            "retries as they were",
            vec![Replace("k8s/calls.yaml", "{tries: 14, perTryTimeout: 40ms, backoff: [10ms]}", "{tries: 2, perTryTimeout: 300ms, backoff: [10ms]}")],
        ),
        fails("timeout inverted", vec![Replace("k8s/calls.yaml", "perTryTimeout: 900ms", "perTryTimeout: 400ms")], &["new LP030 web cart"]),
        passes("timeout as it was", vec![Replace("k8s/calls.yaml", "perTryTimeout: 400ms", "perTryTimeout: 900ms")]),
        fails(
            "cache made a hard dependency",
            vec![
                Replace("k8s/ads.yaml", "replicas: 2", "replicas: 1"),
                Replace("k8s/calls.yaml", "      criticality: soft\n", "      criticality: hard\n"),
            ],
            &["new LP001 ads"],
        ),
        passes("and soft again", vec![Replace("k8s/calls.yaml", "      criticality: hard\n", "      criticality: soft\n")]),
        fails(
            "a shared ConfigMap leads to something else",
            vec![
                Write("k8s/tax.yaml", workload("tax", "registry.example.com/tax", 1, "")),
                Replace("k8s/settings.yaml", "{GREETING: hello}", "{GREETING: hello, TAX_URL: \"http://tax\"}"),
            ],
            &["new LP001 tax"],
        ),
        passes(
            "which is waived",
            vec![Write(
                "linchpin.toml",
                "[[waiver]]\nrule = \"LP001\"\nsubject = \"tax\"\nreason = \"taxes can wait\"\nowner = \"payments\"\nexpires = 2026-12-31\n".into(),
            )],
        ),
        passes("and made twofold", vec![Replace("k8s/tax.yaml", "replicas: 1", "replicas: 2")]),
        Commit {
            what: "a file that cannot be parsed any more",
            edits: vec![Replace("k8s/web.yaml", "metadata: {labels: {app: web}}", "metadata: {labels: {app: web}")],
            code: 2,
            fails: Vec::new(),
        },
        passes("repaired", vec![Replace("k8s/web.yaml", "metadata: {labels: {app: web}\n", "metadata: {labels: {app: web}}\n")]),
        fails(
            "moved and worse at once",
            vec![
                Move("k8s/basket/deployment.yml", "k8s/cart.yaml"),
                Replace("k8s/cart.yaml", "replicas: 2", "replicas: 1"),
            ],
            &["new LP001 cart"],
        ),
    ]
}

/// All findings of the head, whatever became of them.
fn all(report: &Value) -> Vec<&Value> {
    let lists = ["new", "worsened", "improved", "unchanged", "waived"];
    lists.iter().flat_map(|list| report[list].as_array().unwrap()).collect()
}

/// What a gate says fails, each as `state rule subject`, sorted.
pub(crate) fn failing(report: &Value) -> Vec<String> {
    let name = |id: &Value| {
        let id = id.as_str().unwrap();
        id.rsplit(['/', ':']).next().unwrap().to_owned()
    };
    let findings = all(report).into_iter().filter(|f| !f["fails"].is_null());
    let mut lines: Vec<String> = findings
        .map(|f| {
            let subjects = f["subjects"].as_array().unwrap();
            let subjects: Vec<String> =
                subjects.iter().take(if f["rule"] == "LP002" { 1 } else { 2 }).map(name).collect();
            format!("{} {} {}", f["state"].as_str().unwrap(), f["rule"].as_str().unwrap(), subjects.join(" "))
        })
        .collect();
    lines.sort();
    lines
}

pub(crate) fn parsed(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|e| panic!("{e}: {} {}", ran.out, ran.err))
}

/// Every commit of a history gets the verdict that it deserves, and what fails is named with the lines that undo it.
#[test]
fn every_commit_gets_its_verdict() {
    let shop = shop();
    let commits = history();
    assert!(commits.len() >= 25, "{}", commits.len());
    let mut wrong = Vec::new();
    for commit in commits {
        commit.edits.iter().for_each(|edit| shop.edit(edit));
        shop.commit();
        let ran = shop.gate(&["--base", "HEAD~1", "--today", "2026-11-01", "--format", "json"]);
        let report = parsed(&ran);
        let (found, what) = (failing(&report), commit.what);
        if ran.code != commit.code || (ran.code < 2 && found != commit.fails) {
            let expected = (commit.code, commit.fails);
            wrong.push(format!("{what}: exit {}, {found:?}, expected {expected:?}; {}", ran.code, ran.err));
        }
        let failed = |f: &&Value| !f["fails"].is_null() && ran.code < 2;
        for finding in all(&report).into_iter().filter(failed) {
            if finding["undo"]["lines"].as_array().is_none_or(Vec::is_empty) || finding["undo"]["least"] != true {
                wrong.push(format!("{what}: {} has no undo", finding["message"]));
            }
            if finding["causes"].as_array().is_none_or(Vec::is_empty) {
                wrong.push(format!("{what}: {} has no cause", finding["message"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without HEAD's history, its base, a repository or git, a gate says so and what helps, and never passes.
#[test]
fn bases_that_cannot_be_read() {
    let shop = shop();
    let gate = |args: &[&str], expected: &[&str]| {
        let ran = shop.gate(args);
        assert_eq!(ran.code, 2, "{args:?} {}", ran.err);
        expected.iter().for_each(|words| assert!(ran.err.contains(words), "{words} not in {}", ran.err));
    };
    gate(&["--base", "origin/main"], &["no `origin/main`", "git fetch origin main:refs/remotes/origin/main"]);
    gate(&["--base", "nonsense"], &["no `nonsense`", "git branch --all"]);
    gate(&["--base=--output=x"], &["no name of a commit"]);
    gate(&["--base-dir", "nowhere"], &["nowhere is no folder"]);
    gate(&["--baseline", "nothing.json"], &["`nothing.json` cannot be read", "--update-baseline"]);
    gate(&["--baseline", "README.md"], &["`README.md` is no saved report"]);
    gate(&[], &["--base"]);
    gate(&["-m", "-", "--base", "main"], &["standard input has no base"]);
    let outside = Folder::with(&[("web.yaml", &workload("web", "x", 1, ""))]);
    let ran = outside.run(&["gate", "--base", "main"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("in no git repository") && ran.err.contains("--base-dir"), "{}", ran.err);
    let mut without_git = shop.0.command(&["gate", "--base", "main"]);
    without_git.env("PATH", "/nonexistent");
    let ran: Ran = without_git.into();
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("`git` is not on PATH"), "{}", ran.err);

    shop.git(&["checkout", "--quiet", "-b", "side"]);
    shop.0.write("README.md", "side");
    shop.commit();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.0.write("README.md", "main");
    shop.commit();
    let clone = Folder::new();
    let from = format!("file://{}", shop.0.path().display());
    shop.git(&["clone", "--quiet", "--depth", "1", "--no-single-branch", &from, clone.path().to_str().unwrap()]);
    let ran = clone.run(&["gate", "--base", "origin/side"]);
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("too shallow") && ran.err.contains("fetch-depth: 0"), "{}", ran.err);
    let ran = clone.run(&["gate", "--base", "origin/elsewhere"]);
    assert!(ran.code == 2 && ran.err.contains("this clone is shallow"), "{}", ran.err);
    let ran = clone.run(&["gate", "--base", "origin/side", "--exact"]);
    assert_eq!(ran.code, 0, "{}", ran.err);

    let bare = Folder::new();
    shop.git(&["clone", "--quiet", "--bare", &from, bare.path().to_str().unwrap()]);
    let ran = bare.run(&["gate", "--base", "main"]);
    assert!(ran.code == 2 && ran.err.contains("without a working tree"), "{}", ran.err);
}

/// What `actions/checkout` leaves by default, the merge alone, is enough for its first parent; a repository without a
/// commit has an empty base; the current folder may be outside the repository.
#[test]
fn little_history() {
    let shop = shop();
    shop.git(&["checkout", "--quiet", "-b", "change"]);
    shop.edit(&Replace("k8s/cart.yaml", "replicas: 2", "replicas: 1"));
    shop.commit();
    shop.git(&["checkout", "--quiet", "main"]);
    shop.edit(&Replace("k8s/web.yaml", "replicas: 2", "replicas: 1"));
    shop.commit();
    shop.git(&["checkout", "--quiet", "-b", "merged"]);
    shop.git(&["merge", "--quiet", "--no-ff", "--message", "x", "change"]);
    let clone = Folder::new();
    let from = format!("file://{}", shop.0.path().display());
    shop.git(&["clone", "--quiet", "--depth", "1", "--branch", "merged", &from, clone.path().to_str().unwrap()]);
    let main = shop.git(&["rev-parse", "main"]);
    let clone = Repository(clone);
    clone.git(&["fetch", "--quiet", "--depth", "1", "origin", &main]);
    let report = parsed(&clone.gate(&["--base", &main, "--format", "json"]));
    assert_eq!(failing(&report), ["new LP001 cart"], "what main did itself is not the pull request's");

    let elsewhere = Folder::new();
    let root = clone.0.path().to_str().unwrap();
    let report = parsed(&elsewhere.run(&["gate", root, "--base", &main, "--format", "json"]));
    assert_eq!(failing(&report), ["new LP001 cart"]);

    let fresh = Repository(Folder::with(&[("web.yaml", &workload("web", "x", 1, ""))]));
    fresh.git(&["init", "--quiet", "--initial-branch", "main"]);
    let ran = fresh.gate(&["--base", "HEAD"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.out.contains("there is no commit yet: everything is new"), "{}", ran.out);
    assert!(fresh.gate(&["--base", "HEAD~1"]).code == 2);
}

/// What HEAD is makes no difference, nor what the working tree has that no commit has: that is the head. Histories that
/// have nothing in common are compared as they are, which is said.
#[test]
fn heads_and_histories() {
    let shop = shop();
    shop.git(&["checkout", "--quiet", "--detach"]);
    shop.edit(&Replace("k8s/cart.yaml", "replicas: 2", "replicas: 1"));
    let status = |shop: &Repository| shop.git(&["status", "--porcelain"]);
    let before = status(&shop);
    let ran = shop.gate(&["--base", "main", "--format", "json"]);
    assert_eq!((ran.code, failing(&parsed(&ran))), (1, vec!["new LP001 cart".to_owned()]), "{}", ran.err);
    assert_eq!(status(&shop), before);
    let from_inside = shop.0.command(&["gate", "../k8s", "--base", "main", "--format", "json"]);
    let mut from_inside = from_inside;
    std::fs::create_dir(shop.0.path().join("docs")).unwrap();
    from_inside.current_dir(shop.0.path().join("docs"));
    let ran: Ran = from_inside.into();
    assert_eq!((ran.code, failing(&parsed(&ran))), (1, vec!["new LP001 cart".to_owned()]), "{}", ran.err);
    let absolute = shop.0.path().join("k8s");
    let ran = shop.gate(&[absolute.to_str().unwrap(), "--base", "main", "--format", "json"]);
    assert_eq!((ran.code, failing(&parsed(&ran))), (1, vec!["new LP001 cart".to_owned()]), "{}", ran.err);
    shop.git(&["checkout", "--quiet", "--orphan", "fresh"]);
    shop.commit();
    let ran = shop.gate(&["--base", "main"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("HEAD and main have no commit in common"), "{}", ran.out);
    let empty = Repository::with(&[("README.md", "nothing yet")]);
    empty.0.write("web.yaml", workload("web", "x", 1, ""));
    let ran = empty.gate(&["--base", "main"]);
    assert_eq!(ran.code, 1);
    assert!(ran.out.contains("the base has nothing that linchpin knows"), "{}", ran.out);
    std::fs::remove_file(empty.0.path().join("web.yaml")).unwrap();
    let ran = empty.gate(&["--base", "main"]);
    assert!(ran.code == 2 && ran.err.contains("nothing under . is a manifest"), "{}", ran.err);
}

/// What nobody could read at the base fails nothing as long as it is no more; a new document that cannot be read is a
/// blind spot, unless the policy allows a share of them.
#[test]
fn what_cannot_be_read() {
    let broken = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: [}\n";
    let shop = Repository::with(&[("web.yaml", &workload("web", "x", 2, "")), ("old.yaml", broken)]);
    shop.0.write("old.yaml", format!("# still\n{broken}"));
    let ran = shop.gate(&["--base", "main"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    shop.0.write("new.yaml", broken);
    let ran = shop.gate(&["--base", "main"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.out.contains("Gate could not look") && ran.err.contains("1 new document cannot be read: new.yaml:3"),
        "{}",
        ran.err
    );
    shop.0.write("linchpin.toml", "[policy]\nunreadable = 0.5\n");
    assert_eq!(shop.gate(&["--base", "main"]).code, 0);
    shop.0.write("web.yaml", broken);
    assert_eq!(shop.gate(&["--base", "main"]).code, 2);
}

/// What cannot be read any more is reported as that, and not as everything that would be missing without it.
#[test]
fn what_is_lost_is_taken_as_it_was() {
    let shop = shop();
    shop.edit(&Replace("k8s/cart.yaml", "metadata: {labels: {app: cart}}", "metadata: {labels: {app: cart}"));
    let ran = shop.gate(&["--base", "main", "--format", "json"]);
    let report = parsed(&ran);
    let found = ["new", "worsened", "gone"].map(|state| report["counts"][state].as_u64().unwrap());
    assert_eq!((ran.code, &report["verdict"], found), (2, &"blind".into(), [0, 0, 0]), "{report:#}");
    assert_eq!(report["problems"][0]["file"], "k8s/cart.yaml");
}

/// Submodules are read as of the commit that the base names, ignored and foreign folders are left aside, links followed,
/// as on disk.
#[test]
fn what_a_commit_holds() {
    let parts = Repository::with(&[("cart.yaml", &workload("cart", "x", 2, ""))]);
    let shop = Repository::with(&[(
        "web.yaml",
        &workload("web", "x", 2, "          env: [{name: CART_ADDR, value: \"cart:80\"}]\n"),
    )]);
    let from = format!("file://{}", parts.0.path().display());
    shop.git(&["submodule", "--quiet", "add", &from, "parts"]);
    shop.0.write(".gitignore", "build/\n*.tmp.yaml\n");
    shop.0.write("build/web.yaml", workload("built", "x", 1, ""));
    shop.0.write("node_modules/x/web.yaml", workload("foreign", "x", 1, ""));
    shop.git(&["add", "--all", "--force"]);
    shop.git(&["commit", "--quiet", "--message", "x"]);
    shop.git(&["checkout", "--quiet", "-b", "change"]);
    let ran = shop.gate(&["--base", "main", "--format", "json"]);
    let report = parsed(&ran);
    assert_eq!(
        (ran.code, &report["counts"]["new"], &report["counts"]["gone"]),
        (0, &0.into(), &0.into()),
        "{}",
        ran.out
    );
    shop.0.write("parts/cart.yaml", workload("cart", "x", 1, ""));
    let ran = shop.gate(&["--base", "main", "--format", "json"]);
    assert_eq!((ran.code, failing(&parsed(&ran))), (1, vec!["new LP001 cart".to_owned()]), "{}", ran.err);
}

/// A link to a file outside the root is followed at the base as on disk, and one to what is read anyway is not.
#[cfg(unix)]
#[test]
fn links_of_a_commit() {
    use std::os::unix::fs::symlink;
    let shop = Repository::with(&[
        ("shared/db.yaml", &workload("db", "postgres:16", 1, "")),
        ("shared/more/queue.yaml", &workload("queue", "rabbitmq:3", 1, "")),
        (
            "k8s/web.yaml",
            &workload(
                "web",
                "x",
                2,
                "          env: [{name: DB_HOST, value: db}, {name: QUEUE_ADDR, value: \"queue:5672\"}]\n",
            ),
        ),
    ]);
    symlink("../shared/db.yaml", shop.0.path().join("k8s/db.yaml")).unwrap();
    symlink("../shared/more", shop.0.path().join("k8s/more")).unwrap();
    symlink("web.yaml", shop.0.path().join("k8s/again.yaml")).unwrap();
    shop.commit();
    shop.0.write("k8s/ads.yaml", workload("ads", "x", 2, ""));
    let report = parsed(&shop.gate(&["k8s", "--base", "main", "--format", "json"]));
    assert_eq!((&report["counts"]["unchanged"], &report["counts"]["gone"]), (&2.into(), &0.into()), "{report:#}");
}

/// The base as a folder, in the place of the one root or of the current folder; and as a saved report.
#[test]
fn bases_that_are_no_commits() {
    let folder = Folder::new();
    let web = |replicas: u32| workload("web", "x", replicas, "");
    folder.write("old/k8s/web.yaml", web(2));
    folder.write("new/k8s/web.yaml", web(1));
    folder.write("k8s/web.yaml", web(1));
    for args in [
        &["gate", "new", "--base-dir", "old"][..],
        &["gate", "new/k8s", "--base-dir", "old/k8s"],
        &["gate", "k8s", "--base-dir", "old"],
    ] {
        let ran = folder.run(&[args, &["--format", "json"]].concat());
        let report = parsed(&ran);
        assert_eq!((ran.code, failing(&report)), (1, vec!["new LP001 web".to_owned()]), "{args:?} {}", ran.err);
        let cause = &report["new"][0]["causes"][0];
        assert_eq!((&cause["line"], &cause["what"]), (&6.into(), &"web runs 1 instance instead of 2".into()));
    }
    let ran = folder.run(&["gate", "k8s", "--base-dir", "new"]);
    assert_eq!(ran.code, 0, "{}{}", ran.out, ran.err);
    assert_eq!(folder.run(&["scan", "old", "-o", "known.json"]).code, 0);
    for (root, code) in [("old", 0), ("new", 1)] {
        assert_eq!(folder.run(&["gate", root, "--baseline", "known.json"]).code, code, "{root}");
    }
}

/// A baseline is written once, shrinks by itself and grows only on demand.
#[test]
fn baselines_only_shrink() {
    let folder = Folder::with(&[("web.yaml", &workload("web", "x", 1, ""))]);
    let update = ["gate", "--baseline", "known.json", "--update-baseline"];
    assert_eq!(folder.run(&update).code, 0);
    let known = |folder: &Folder| -> Vec<String> {
        let text = std::fs::read_to_string(folder.path().join("known.json")).unwrap();
        let baseline: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(baseline["schema"], "linchpin.baseline/1");
        baseline["findings"].as_array().unwrap().iter().map(|f| f["subjects"][0].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(known(&folder), ["service:default/web"]);
    folder.write("db.yaml", workload("db", "postgres:16", 1, ""));
    folder.write("web.yaml", workload("web", "x", 1, "          env: [{name: DB_HOST, value: db}]\n"));
    let ran = folder.run(&update);
    assert!(ran.code == 2 && ran.err.contains("would grow by 1 finding"), "{}", ran.err);
    assert_eq!(known(&folder), ["service:default/web"]);
    assert_eq!(folder.run(&["gate", "--baseline", "known.json"]).code, 1);
    folder.run(&[&update[..], &["--allow-growth"]].concat());
    assert_eq!(known(&folder), ["datastore:default/db", "service:default/web"]);
    assert_eq!(folder.run(&["gate", "--baseline", "known.json"]).code, 0);
    folder.write("web.yaml", workload("web", "x", 2, "          env: [{name: DB_HOST, value: db}]\n"));
    assert_eq!(folder.run(&update).code, 0);
    assert_eq!(known(&folder), ["datastore:default/db"]);
}

const WAIVER: &str = "[[waiver]]\nrule = \"LP001\"\nsubject = \"web\"\nreason = \"one is enough\"\nowner = \"shop\"\nexpires = 2026-12-31\n";

/// A waiver accepts what it names until its last day is over; then the gate fails and says so, even if nothing else is
/// new. One that nothing needs is reported and fails nothing.
#[test]
fn waivers_of_the_settings() {
    let shop = Repository::with(&[("web.yaml", &workload("web", "x", 2, ""))]);
    shop.0.write("web.yaml", workload("web", "x", 1, ""));
    let gate = |base: &str, day: &str| shop.gate(&["--base", base, "--today", day]);
    assert_eq!(gate("main", "2026-11-01").code, 1);
    shop.0.write("linchpin.toml", WAIVER);
    let ran = gate("main", "2026-12-31");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert!(ran.out.contains("Waived\n") && ran.out.contains("one is enough"), "{}", ran.out);
    let ran = gate("main", "2027-01-01");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("linchpin.toml:2 the waiver of LP001 for web expired on 2026-12-31 (one is enough, owner"),
        "{}",
        ran.out
    );
    shop.git(&["checkout", "--quiet", "-b", "change"]);
    shop.commit();
    let ran = gate("change", "2027-01-01");
    assert_eq!(ran.code, 1, "an expired waiver of an old finding: {}", ran.out);
    shop.0.write("web.yaml", workload("web", "x", 2, ""));
    for (day, code) in [("2026-11-01", 0), ("2027-01-01", 0)] {
        let ran = gate("main", day);
        assert_eq!(ran.code, code);
        assert!(ran.out.contains("the waiver of LP001 for web accepts nothing"), "{}", ran.out);
    }
    shop.0.write("linchpin.toml", WAIVER.replace("\"web\"", "\"wbe\""));
    shop.0.write("web.yaml", workload("web", "x", 1, ""));
    let ran = gate("main", "2026-11-01");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("this waiver does nothing: no component is called `wbe`; did you mean `web`?"),
        "{}",
        ran.out
    );
}

/// A comment waives beside the line that a finding stands on, before it, or at the head of the subject's document; a
/// comment that stands elsewhere or is not understood waives nothing and is reported.
#[test]
fn waivers_in_comments() {
    let shop = Repository::with(&[("web.yaml", &workload("web", "x", 2, ""))]);
    let web = workload("web", "x", 1, "");
    let waive = |text: &str| format!("# linchpin: ignore[{text}\n");
    for (text, code, said) in [
        (
            web.replace("  name: web\nspec", "  name: web # linchpin: ignore[LP001] one is enough\nspec"),
            0,
            "one is enough",
        ),
        (web.replace("  name: web\nspec", &format!("  {}  name: web\nspec", waive("LP001] why not"))), 0, "why not"),
        (waive("LP001, until=2026-12-31, owner=shop]: for now") + &web, 0, "for now"),
        (waive("LP001, until=2026-10-31] not now") + &web, 1, "the waiver of LP001 expired on 2026-10-31 (not now)"),
        (web.replace("---\n", &format!("---\n{}", waive("LP001] of the Service"))), 1, "accepts nothing"),
        (waive("LP004] another rule") + &web, 1, "accepts nothing"),
        (waive("LP001]") + &web, 1, "it needs a reason"),
        (waive("LP999] what") + &web, 1, "there is no rule `LP999`"),
        (waive("LP001, till=2026-12-31] what") + &web, 1, "`till` is neither `until` nor `owner`"),
        ("# linchpin: ignroe[LP001] what\n".to_owned() + &web, 1, "it does not begin with `ignore`"),
    ] {
        shop.0.write("web.yaml", &text);
        let ran = shop.gate(&["--base", "main", "--today", "2026-11-01"]);
        assert_eq!(ran.code, code, "{text} {}", ran.out);
        assert!(ran.out.contains(said), "{said} not in {}", ran.out);
    }
}

/// What is waived, by whom and until when; with `--within` only what needs to be looked at soon.
#[test]
fn waivers_are_listed() {
    let folder = Folder::with(&[
        ("web.yaml", &("# linchpin: ignore[LP001] for ever\n".to_owned() + &workload("web", "x", 1, ""))),
        ("linchpin.toml", &(WAIVER.to_owned() + &WAIVER.replace("12-31", "10-31").replace("LP001", "LP004"))),
    ]);
    let waivers = |args: &[&str]| {
        let ran = folder.run(&[&["waivers", "--today", "2026-11-01", "--format", "json"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let rows = parsed(&ran)["waivers"].as_array().unwrap().clone();
        rows.iter().map(|w| format!("{} {} {}", w["state"], w["file"], w["line"]).replace('"', "")).collect::<Vec<_>>()
    };
    let all = ["in-force linchpin.toml 2", "expired linchpin.toml 8", "in-force web.yaml 1"];
    assert_eq!(waivers(&[]), all);
    assert_eq!(waivers(&["--within", "59"]), all[1..2]);
    assert_eq!(waivers(&["--within", "60"]), all[..2]);
    let warned = folder.run(&["scan"]).err;
    assert!(warned.contains("warning: linchpin.toml:8: the waiver of LP004 for web accepts nothing"), "{warned}");
    let text = folder.run(&["waivers", "--today", "2026-11-01"]).out;
    assert!(text.contains("in-force  until 2026-12-31  shop      LP001 web"), "{text}");
}

/// The policy decides what fails: on new, worse or anything, by severity, rule, entry and owner; and it can be explained.
#[test]
fn policies() {
    let shop = shop();
    shop.edit(&Replace("k8s/cart.yaml", "replicas: 2", "replicas: 1"));
    let code = |policy: &str| {
        shop.0.write("linchpin.toml", policy);
        let ran = shop.gate(&["--base", "main", "--explain-policy"]);
        assert!(ran.out.contains("Policy\n"), "{}", ran.out);
        ran.code
    };
    for (policy, expected) in [
        ("", 1),
        ("[policy]\nfail_on = \"never\"", 0),
        ("[policy]\nfail_on = \"new\"", 1),
        ("[policy.rule.LP001]\nfail_on = \"never\"", 0),
        ("[policy.rule.LP001]\nseverity = \"note\"", 0),
        ("[policy.rule.LP001]\nseverity = \"note\"\n[policy]\nfail_severity = \"note\"", 1),
        ("[policy]\nfail_on = \"never\"\n[policy.entry.door]\nfail_on = \"new\"", 1),
        ("[policy]\nfail_on = \"never\"\n[policy.entry.ads]\nfail_on = \"new\"", 0),
        ("[policy]\nfail_on = \"never\"\n[policy.owner.nobody]\nfail_on = \"new\"", 0),
    ] {
        assert_eq!(code(policy), expected, "{policy}");
    }
    shop.git(&["checkout", "--quiet", "k8s"]);
    assert_eq!(code(""), 0);
    assert_eq!(code("[policy]\nfail_on = \"any\""), 1, "the store was a single instance before");
}

/// A scope, a project or a chart's folder that changes its name changes no risk.
#[test]
fn names_of_scopes_and_projects() {
    let compose = "name: shop\nservices:\n  web: {image: x, ports: ['80:80'], environment: {DB_HOST: db}}\n  db: {image: postgres}\n";
    let kustomization = "resources: [web.yaml]\n";
    let shop = Repository::with(&[
        ("compose.yaml", compose),
        ("overlays/prod/kustomization.yaml", kustomization),
        ("overlays/prod/web.yaml", &workload("web", "x", 1, "")),
        ("overlays/test/kustomization.yaml", kustomization),
        ("overlays/test/web.yaml", &workload("web", "x", 1, "")),
    ]);
    shop.edit(&Replace("compose.yaml", "name: shop", "name: store"));
    shop.edit(&Move("overlays/prod/kustomization.yaml", "overlays/production/kustomization.yaml"));
    shop.edit(&Move("overlays/prod/web.yaml", "overlays/production/web.yaml"));
    let ran = shop.gate(&["--base", "main", "--format", "json"]);
    let report = parsed(&ran);
    let counts = &report["counts"];
    assert_eq!(
        (ran.code, &counts["new"], &counts["worsened"], &counts["gone"]),
        (0, &0.into(), &0.into(), &0.into()),
        "{report:#}"
    );
}

/// What moves to another namespace or gets another name, and those that speak of it with it, is no new risk; what takes
/// a name that something else gave up is.
#[test]
fn moved_and_renamed_components() {
    let shop = shop();
    let replaced = |pairs: &[(&str, &str)]| {
        shop.git(&["checkout", "--quiet", "."]);
        for file in ["door", "web", "cart", "store", "ads", "calls", "settings"] {
            let path = format!("k8s/{file}.yaml");
            let text = pairs.iter().fold(shop.text(&path), |text, (from, to)| text.replace(from, to));
            shop.0.write(&path, text);
        }
        parsed(&shop.gate(&["--base", "main", "--format", "json"]))
    };
    for pairs in [
        &[
            ("metadata: {name: ", "metadata: {namespace: retail, name: "),
            ("metadata:\n", "metadata:\n  namespace: retail\n"),
        ][..],
        &[("store", "basket")],
        &[("web", "front")],
    ] {
        let report = replaced(pairs);
        let counts = ["new", "worsened", "gone"].map(|state| report["counts"][state].as_u64().unwrap());
        assert_eq!((counts, &report["verdict"]), ([0, 0, 0], &"pass".into()), "{pairs:?}: {report:#}");
    }
    shop.git(&["checkout", "--quiet", "."]);
    let there = |replicas| workload("store", "redis:7", replicas, "").replace("name: store", "name: basket");
    shop.edit(&Replace("k8s/cart.yaml", "store:6379", "basket:6379"));
    shop.edit(&Replace("k8s/calls.yaml", "name: store", "name: basket"));
    shop.0.write("k8s/store.yaml", there(2));
    shop.git(&["add", "--all"]);
    shop.git(&["commit", "--quiet", "--message", "x"]);
    shop.0.write("k8s/store.yaml", workload("store", "redis:7", 1, ""));
    shop.edit(&Replace("k8s/cart.yaml", "basket:6379", "store:6379"));
    shop.edit(&Replace("k8s/calls.yaml", "name: basket", "name: store"));
    let report = parsed(&shop.gate(&["--base", "HEAD", "--format", "json"]));
    assert_eq!(failing(&report), ["new LP001 store"], "renamed, and one instead of two: {report:#}");
}

/// Of several that changed along one way each is shown where it changed itself.
#[test]
fn everybody_at_his_own_line() {
    let shop = shop();
    shop.edit(&Replace("k8s/cart.yaml", "replicas: 2", "replicas: 1"));
    shop.edit(&Replace("k8s/web.yaml", "replicas: 2", "replicas: 1"));
    let ran = shop.gate(&["--base", "main", "--format", "github"]);
    for (file, name) in [("k8s/cart.yaml", "cart"), ("k8s/web.yaml", "web")] {
        let start = format!("::error file={file},line=6,");
        let about = format!("::{name} is a single instance");
        assert!(ran.out.lines().any(|l| l.starts_with(&start) && l.contains(&about)), "{}", ran.out);
    }
}

/// What got worse says how much there was and is.
#[test]
fn before_and_after() {
    let shop = shop();
    shop.0.write(
        "k8s/admin.yaml",
        workload("admin", "x", 2, "          env: [{name: STORE_ADDR, value: \"store:6379\"}]\n"),
    );
    shop.commit();
    shop.0.write("k8s/back.yaml", DOOR.replace("name: web", "name: admin").replace("name: door", "name: back"));
    let report = parsed(&shop.gate(&["--base", "HEAD", "--format", "json"]));
    assert_eq!(failing(&report), ["worsened LP001 store"]);
    let store = &report["worsened"][0];
    let hit = |side: &str| store[side]["entries"].as_array().unwrap().len();
    assert_eq!((hit("before"), hit("after")), (1, 2), "{store:#}");
    assert_eq!((&store["before"]["severity"], &report["head"]), (&"error".into(), &"the working tree".into()));
    assert_eq!(report["problems"], Value::Array(Vec::new()));
}

/// A file outside the root that a manifest names is part of both sides, and its lines can be taken back.
#[test]
fn files_that_manifests_name() {
    let shop = Repository::with(&[
        (
            "app/compose.yaml",
            "services:\n  web: {image: x, ports: ['80:80'], env_file: [../common.env]}\n  db: {image: postgres}\n",
        ),
        ("common.env", "LEVEL=info\nGREETING=hello\n"),
    ]);
    assert_eq!(shop.gate(&["app", "--base", "main"]).code, 0);
    shop.0.write("common.env", "LEVEL=debug\nGREETING=hello\nDB_HOST=db\n");
    let ran = shop.gate(&["app", "--base", "main", "--format", "json"]);
    let report = parsed(&ran);
    assert_eq!((ran.code, failing(&report)), (1, vec!["new LP001 db".to_owned()]), "{}", ran.err);
    let finding = all(&report).into_iter().find(|f| !f["fails"].is_null()).unwrap();
    let undo = &finding["undo"]["lines"];
    assert_eq!(
        (undo.as_array().unwrap().len(), &undo[0]["file"], &undo[0]["head"]["start"]),
        (1, &"common.env".into(), &3.into())
    );
}

/// What leaves a reference to nothing behind is no undo, though the failure is gone with it: the reference is.
#[test]
fn an_undo_makes_no_other_fault() {
    let web = "services:\n  web:\n    image: x\n    ports: ['80:80']\n";
    let shop = Repository::with(&[("web/compose.yaml", &format!("name: shop\n{web}"))]);
    shop.0.write("db/compose.yaml", "name: shop\nservices:\n  db: {image: postgres}\n");
    shop.0.write("web/compose.yaml", format!("name: shop\n{web}    environment: {{DB_HOST: db}}\n"));
    let ran = shop.gate(&["--base", "main", "--format", "json"]);
    let report = parsed(&ran);
    assert_eq!((ran.code, failing(&report)), (1, vec!["new LP001 db".to_owned()]), "{}", ran.err);
    let finding = all(&report).into_iter().find(|f| !f["fails"].is_null()).unwrap();
    assert_eq!(finding["undo"]["lines"][0]["file"], "web/compose.yaml", "{}", finding["undo"]);
}

/// A difference of two commits, or of a folder and what is here, is the same comparison without a verdict.
#[test]
fn differences_without_a_verdict() {
    let shop = shop();
    shop.edit(&Replace("k8s/cart.yaml", "replicas: 2", "replicas: 1"));
    shop.commit();
    shop.edit(&Replace("k8s/cart.yaml", "replicas: 1", "replicas: 3"));
    let diff = |args: &[&str]| {
        let ran = shop.0.run(&[&["diff"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let between = diff(&["HEAD~1", "HEAD"]);
    assert!(between.contains("cart runs 1 instance instead of 2") && between.contains("1 new"), "{between}");
    let here = diff(&["HEAD"]);
    assert!(here.contains("cart runs 3 instances instead of 1") && here.contains("1 gone"), "{here}");
    let report: Value = serde_json::from_str(&diff(&["HEAD", "--format", "json"])).unwrap();
    assert_eq!((&report["schema"], &report["verdict"]), (&"linchpin.gate/1".into(), &"none".into()));
    assert_eq!(shop.0.run(&["diff", "nonsense"]).code, 2);
    let comment = diff(&["HEAD~1", "HEAD", "--format", "markdown"]);
    assert!(comment.contains("### linchpin: 1 new") && !comment.contains("fail"), "{comment}");
    let page = diff(&["HEAD~1", "HEAD", "--format", "html"]);
    assert!(page.contains("What changed") && !page.contains("The gate"), "{page}");
}
