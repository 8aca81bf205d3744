//! The shipped system, through the program: what `fixtures/shop/README.md` says is what is found.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must fail")]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const STORE: &str = "entry:shop/web:shop.example.com/";
const INVOICES: &str = "entry:shop/web:shop.example.com/invoices";

/// What a command prints when it is run in the folder of the shop.
fn shop(args: &[&str]) -> String {
    let mut command = Command::cargo_bin("linchpin").unwrap();
    let done = command.current_dir("fixtures/shop").args(args).assert().success();
    assert_eq!(String::from_utf8_lossy(&done.get_output().stderr), "", "{args:?}");
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

fn shop_json(args: &[&str]) -> Value {
    serde_json::from_str(&shop(&[args, &["--format", "json"]].concat())).unwrap()
}

fn rows<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().unwrap_or_else(|| panic!("{key} of {value}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// `file:line` of the first evidence.
fn place(row: &Value) -> String {
    let first = &rows(row, "evidence")[0];
    format!("{}:{}", text(&first["file"]), first["line"])
}

fn findings<'a>(report: &'a Value, rule: &str) -> Vec<&'a Value> {
    rows(report, "findings").iter().filter(|f| f["rule"] == rule).collect()
}

/// Everything in the folder is read but the Compose file, which the settings leave out.
#[test]
fn all_of_it_is_read() {
    let report = shop_json(&["scan"]);
    let inputs = &report["inputs"];
    assert_eq!(inputs["problems"], json!([]));
    assert_eq!(inputs["files"]["failed"], 0);
    assert_eq!(
        inputs["files"]["reasons"],
        json!({"excluded by linchpin.toml": 1, "not a manifest by name or content": 1})
    );
    assert_eq!(inputs["documents"]["seen"], inputs["documents"]["used"]);
}

/// Both routes of the Ingress are entries with the weights of the settings.
#[test]
fn entries() {
    let report = shop_json(&["scan"]);
    assert_eq!(
        report["entries"],
        json!([
            {"id": STORE, "weight": 0.95, "origin": "declared"},
            {"id": INVOICES, "weight": 0.05, "origin": "declared"},
        ])
    );
}

/// Each single point of failure, with its level, its entries and the way to the heaviest of them; first those that hit
/// most requests: all checkouts are fewer than all visits.
#[test]
fn single_points_of_failure() {
    let report = shop_json(&["scan"]);
    let found: Vec<(&str, &str, &Value)> =
        rows(&report, "spofs").iter().map(|s| (text(&s["component"]), text(&s["level"]), &s["entries"])).collect();
    let (both, store, invoices) = (json!([STORE, INVOICES]), json!([STORE]), json!([INVOICES]));
    let below: Vec<_> = found.iter().copied().filter(|(_, level, _)| *level != "component").collect();
    assert_eq!(
        below,
        [
            ("cache:shop/redis-cart", "instance", &store),
            ("datastore:shop/orders-db", "instance", &both),
            ("volume:shop/data-orders-db-0", "volume", &both),
            ("zone:eu-1a", "zone", &store),
            ("external:api.cardprovider.example", "provider", &store),
        ]
    );
    let mut whole: Vec<_> = found.into_iter().filter(|(_, level, _)| *level == "component").collect();
    whole.sort_by_key(|(id, ..)| *id);
    assert_eq!(
        whole,
        [
            ("datastore:shop/search", "component", &store),
            ("service:shop/cart", "component", &store),
            ("service:shop/catalog", "component", &store),
            ("service:shop/checkout", "component", &store),
            ("service:shop/frontend", "component", &store),
            ("service:shop/invoices", "component", &invoices),
            ("service:shop/orders", "component", &store),
            ("service:shop/payments", "component", &store),
        ]
    );
    for (component, way, at) in [
        ("datastore:shop/orders-db", &["service:shop/orders", "service:shop/checkout"][..], "k8s/orders-db.yaml:13"),
        (
            "volume:shop/data-orders-db-0",
            &["datastore:shop/orders-db", "service:shop/orders", "service:shop/checkout"],
            "k8s/orders-db.yaml:34",
        ),
        ("cache:shop/redis-cart", &["service:shop/cart"], "k8s/redis-cart.yaml:4"),
        ("zone:eu-1a", &["service:shop/payments", "service:shop/checkout"], "k8s/payments.yaml:17"),
        (
            "external:api.cardprovider.example",
            &["service:shop/payments", "service:shop/checkout"],
            "k8s/payments.yaml:25",
        ),
    ] {
        let row = rows(&report, "spofs").iter().find(|s| s["component"] == component).unwrap();
        let path = [&[component], way, &["service:shop/frontend", STORE]].concat();
        assert_eq!((&row["path"], place(row)), (&json!(path), at.to_owned()));
        assert!(!text(&row["fix"]).is_empty());
    }
}

/// A finding for each of them but those that only fall as a whole; the outside provider is a note.
#[test]
fn findings_about_single_points() {
    let report = shop_json(&["scan"]);
    let found: Vec<_> =
        findings(&report, "LP001").iter().map(|f| (text(&f["subjects"][0]), text(&f["severity"]))).collect();
    assert_eq!(
        found,
        [
            ("cache:shop/redis-cart", "error"),
            ("datastore:shop/orders-db", "error"),
            ("volume:shop/data-orders-db-0", "error"),
            ("zone:eu-1a", "error"),
            ("external:api.cardprovider.example", "note"),
        ]
    );
}

/// No pair of failures takes an entry down that none of its members takes down alone, and pairs were looked for.
#[test]
fn no_pairs() {
    let report = shop_json(&["scan"]);
    let sizes: Vec<_> =
        rows(&report, "cut_sets").iter().map(|c| (&c["entry"], &c["size"], &c["complete_to"])).collect();
    assert_eq!(sizes, [(&json!(STORE), &json!(1), &json!(2)), (&json!(INVOICES), &json!(1), &json!(2))]);
}

/// Two replicas in one zone survive nothing.
#[test]
fn the_illusion() {
    let report = shop_json(&["scan"]);
    assert_eq!(
        report["illusions"],
        json!([{
            "owner": "service:shop/payments",
            "group": ["service:shop/payments"],
            "claimed": 1,
            "real": 0,
            "shared": [{"id": "zone:eu-1a", "kind": "zone"}],
            "entries": [STORE],
        }])
    );
    let found = findings(&report, "LP002");
    assert_eq!(found.len(), 1);
    assert_eq!((place(found[0]), text(&found[0]["severity"])), ("k8s/payments.yaml:17".to_owned(), "error"));
}

/// One database holds three together.
#[test]
fn the_shared_database() {
    let report = shop_json(&["scan"]);
    assert_eq!(
        report["shared"],
        json!([{
            "component": "datastore:shop/orders-db",
            "dependents": ["job:shop/nightly-report", "service:shop/invoices", "service:shop/orders"],
            "entries": [STORE, INVOICES],
        }])
    );
}

/// Tries stand on their edges, the first included, and layers multiply: the library's, as the native manifest has them;
/// those of the mesh, whose defaults hold where no route says otherwise and never for a store's own protocol; those of
/// the Ingress controller.
#[test]
fn the_layered_retry() {
    let graph = shop_json(&["graph"]);
    let tries: Vec<_> = rows(&graph, "dependencies")
        .iter()
        .filter(|d| !d["retry"].is_null())
        .map(|d| (text(&d["from"]), text(&d["to"]), d["retry"]["tries"].as_u64().unwrap(), text(&d["retry"]["origin"])))
        .collect();
    assert_eq!(
        tries,
        [
            ("entry:shop/web:shop.example.com/", "service:shop/frontend", 3, "platform-default"),
            ("entry:shop/web:shop.example.com/invoices", "service:shop/invoices", 3, "platform-default"),
            ("job:shop/nightly-report", "datastore:shop/orders-db", 7, "platform-default"),
            ("service:shop/catalog", "datastore:shop/search", 3, "platform-default"),
            ("service:shop/checkout", "service:shop/cart", 3, "platform-default"),
            ("service:shop/checkout", "service:shop/orders", 3, "platform-default"),
            ("service:shop/checkout", "service:shop/payments", 3 * 4, "explicit"),
            ("service:shop/frontend", "service:shop/ads", 3, "platform-default"),
            ("service:shop/frontend", "service:shop/cart", 3, "platform-default"),
            ("service:shop/frontend", "service:shop/catalog", 3, "platform-default"),
            ("service:shop/frontend", "service:shop/checkout", 2 * 3, "explicit"),
        ]
    );
}

/// A name that nothing has, and a Service that selects nothing.
#[test]
fn what_is_left_over() {
    let report = shop_json(&["scan"]);
    let dangling = findings(&report, "LP080");
    assert_eq!(dangling.len(), 1);
    assert_eq!(dangling[0]["subjects"], json!(["service:shop/frontend"]));
    assert_eq!(place(dangling[0]), "k8s/frontend.yaml:32");
    assert!(text(&dangling[0]["message"]).contains("recommendation"));
    let nothing = findings(&report, "LP081");
    assert_eq!(nothing.len(), 1);
    assert_eq!(place(nothing[0]), "k8s/legacy.yaml:8");
    assert!(text(&nothing[0]["message"]).contains("recommendation-v1"));
}

/// Nothing else is found: what is soft, only watches, or has a replica to spare is no finding.
#[test]
fn nothing_else_is_found() {
    let report = shop_json(&["scan"]);
    let mut rules: Vec<&str> = rows(&report, "findings").iter().map(|f| text(&f["rule"])).collect();
    rules.sort_unstable();
    // Payments and the provider behind them get too many calls (LP020), two calls are retried by library and mesh
    // (LP022), one without a pause (LP023), ten without a brake (LP024). `frontend` gives `checkout` less than the tries
    // of `checkout` may take, and the mesh's limit of a try never acts (LP030). What has no limit at all (LP031) may
    // take longer than `frontend` allows itself (LP032) and than `checkout` and `catalog` have to finish (LP033).
    let mut count = std::collections::BTreeMap::<&str, usize>::new();
    rules.iter().for_each(|rule| *count.entry(rule).or_default() += 1);
    let expected = [
        ("LP001", 5),
        ("LP002", 1),
        ("LP010", 1),
        ("LP020", 2),
        ("LP022", 2),
        ("LP023", 1),
        ("LP024", 10),
        ("LP030", 2),
        ("LP031", 6),
        ("LP032", 1),
        ("LP033", 2),
        ("LP080", 1),
        ("LP081", 1),
    ];
    assert_eq!(count.into_iter().collect::<Vec<_>>(), expected);
    for fine in ["/ads\"", "/otel-collector\"", "\"config:", "\"secret:"] {
        // A page is late without advertisements too, and the mesh retries them.
        let slow = |row: &Value| ["LP024", "LP031", "LP032"].iter().any(|rule| row["rule"] == *rule);
        let named = |row: &Value| !slow(row) && row.to_string().contains(fine);
        assert!(!rows(&report, "spofs").iter().chain(rows(&report, "findings")).any(named), "{fine}");
    }
}

/// Two tries of the library of `frontend`, three of that of `checkout` and four of the mesh are 24 payments.
#[test]
fn retries_and_limits() {
    let retries = shop_json(&["retries"]);
    let rows = rows(&retries["retries"], "amplification");
    let of = |target: &str| rows.iter().find(|r| r["entry"] == STORE && r["target"] == target).unwrap();
    assert_eq!((&of("service:shop/payments")["max"], &of("service:shop/payments")["sum"]), (&json!(24), &json!(24)));
    assert_eq!(of("service:shop/ads")["max"], 3);
    // The mesh sets no limit to what `checkout` waits for, so the second that `frontend` gives it may not be enough.
    let timeouts = shop_json(&["timeouts"]);
    let to_checkout: Vec<&Value> =
        timeouts["timeouts"].as_array().unwrap().iter().filter(|t| t["to"] == "service:shop/checkout").collect();
    assert_eq!(to_checkout.len(), 1);
    assert_eq!((&to_checkout[0]["budget_ms"], &to_checkout[0]["unbounded"]), (&json!(1000), &json!(true)));
}

/// One database couples three that look independent, and has more connections than are wanted of it: alone as in the
/// report.
#[test]
fn what_is_shared() {
    let shared = shop_json(&["shared"]);
    let [row] = rows(&shared, "shared") else { panic!("{shared}") };
    let dependents = ["job:shop/nightly-report", "service:shop/invoices", "service:shop/orders"];
    assert_eq!((&row["component"], &row["dependents"]), (&json!("datastore:shop/orders-db"), &json!(dependents)));
    let [pool] = rows(&shared, "pools") else { panic!("{shared}") };
    assert_eq!((&pool["capacity"], &pool["demand"]), (&json!(97), &json!(20)));
    let report = shop_json(&["scan"]);
    assert_eq!((&report["shared"], &report["pools"]), (&shared["shared"], &shared["pools"]));
    let text = shop(&["shared"]);
    assert!(text.contains("orders-db  couples nightly-report, invoices and orders  takes down 2 entries"), "{text}");
    assert!(text.contains("pool orders-db-connections  has 97  20 may be wanted"), "{text}");
}

/// What each failure breaks: who is down, who is worse off, and what part of the requests.
#[test]
fn what_failures_break() {
    for (failed, affected) in [
        ("ads", &[("service:shop/frontend", "degraded", 1.0)][..]),
        ("otel-collector", &[]),
        ("nightly-report", &[]),
        ("secret:shop/orders-db", &[]),
        (
            "redis-cart",
            &[
                (STORE, "failed", 1.0),
                ("service:shop/cart", "failed", 1.0),
                ("service:shop/checkout", "failed", 1.0),
                ("service:shop/frontend", "failed", 1.0),
            ],
        ),
        (
            "zone:eu-1a",
            &[
                (STORE, "failed", 0.38),
                ("service:shop/checkout", "failed", 1.0),
                ("service:shop/frontend", "failed", 0.38),
                ("service:shop/payments", "failed", 1.0),
            ],
        ),
        (
            "orders-db",
            &[
                (STORE, "failed", 0.38),
                (INVOICES, "failed", 1.0),
                ("job:shop/nightly-report", "failed", 1.0),
                ("service:shop/checkout", "failed", 1.0),
                ("service:shop/frontend", "failed", 0.38),
                ("service:shop/invoices", "failed", 1.0),
                ("service:shop/orders", "failed", 1.0),
            ],
        ),
    ] {
        let blast = shop_json(&["blast", failed]);
        let found: Vec<_> = rows(&blast, "affected")
            .iter()
            .map(|a| {
                // Of who only goes without something nothing is hit.
                let share = if a["state"] == "degraded" { &a["without_share"] } else { &a["share"] };
                (text(&a["id"]), text(&a["state"]), share.as_f64().unwrap())
            })
            .collect();
        assert_eq!(found, affected, "{failed}");
    }
    for spared in ["cart", "search", "frontend"] {
        let blast = shop_json(&["blast", spared, "--level", "instance"]);
        assert_eq!(blast["affected"], json!([]), "{spared}");
    }
}

/// Who depends on whom at run time: all of it, and nothing else.
#[test]
fn the_graph() {
    let graph = shop_json(&["graph"]);
    let name = |id: &Value| text(id).rsplit_once("shop/").map_or(text(id), |(_, name)| name).to_owned();
    let edge = |d: &Value| {
        let soft = if d["criticality"] == "soft" { " soft" } else { "" };
        let plane = if d["plane"] == "runtime" { String::new() } else { format!(" {}", text(&d["plane"])) };
        format!("{} > {}{soft}{plane}", name(&d["from"]), name(&d["to"]))
    };
    let mut edges: Vec<String> = rows(&graph, "dependencies").iter().map(edge).collect();
    edges.sort();
    assert_eq!(
        edges,
        [
            "cart > redis-cart",
            "catalog > catalog-settings startup",
            "catalog > search",
            "checkout > cart",
            "checkout > checkout-config startup",
            "checkout > orders",
            "checkout > payments",
            "frontend > ads soft",
            "frontend > cart",
            "frontend > catalog",
            "frontend > checkout",
            "frontend > otel-collector telemetry",
            "invoices > orders-db",
            "invoices > orders-db-connections",
            "nightly-report > orders-db",
            "orders > orders-db",
            "orders > orders-db startup",
            "orders-db > data-orders-db-0",
            "payments > external:api.cardprovider.example",
            "payments > zone:eu-1a",
            "web:shop.example.com/ > frontend",
            "web:shop.example.com/invoices > invoices",
        ]
    );
}

/// The Compose file is a system of its own for whoever names it.
#[test]
fn for_development() {
    let graph = shop_json(&["graph", "-m", "compose.yaml"]);
    let ids: BTreeSet<&str> = rows(&graph, "components").iter().map(|c| text(&c["id"])).collect();
    let expected = [
        "cache:shop/redis",
        "service:shop/cart",
        "service:shop/catalog",
        "service:shop/checkout-stub",
        "service:shop/frontend",
    ];
    assert_eq!(ids, BTreeSet::from(expected));
}

/// The password is in no output.
#[test]
fn the_password_stays_where_it_is() {
    for command in [&["scan"][..], &["graph"], &["graph", "--format", "text"], &["blast", "orders-db"]] {
        let secret = "not-a-real-password";
        assert!(!shop(command).contains(secret), "{command:?}");
        if command.len() == 1 {
            assert!(!shop_json(command).to_string().contains(secret), "{command:?}");
        }
    }
}

/// The report fits a screen of 24 lines, and everything of the README's first table is on it.
#[test]
fn the_first_screen() {
    let report = shop(&["scan"]);
    let fits = |screen: &str| screen.lines().count() <= 24;
    let mut from_afar = Command::cargo_bin("linchpin").unwrap();
    let from_afar = from_afar.args(["scan", "fixtures/shop"]).assert().success();
    assert!(fits(&report) && fits(&String::from_utf8_lossy(&from_afar.get_output().stdout)), "{report}");
    for expected in [
        "Alone, 4 things take down an entry",
        " 1 redis-cart ",
        " 2 orders-db   one instance, or volume data-orders-db-0 ",
        "8 more only as a whole",
        " 3 zone eu-1a  all of payments (claims to survive 1 failure)",
        "frontend refers to recommendation: nothing in the input has this name",
        "Service shop/recommendation-v1: no workload matches app=recommendation,version=v1",
        "api.cardprovider.example takes down entry web:shop.example.com/",
        "orders-db couples nightly-report, invoices and orders",
        "no pause on frontend → checkout, no brake on 10 calls",
        "catalog, checkout and frontend wait without limit (client-mesh sets none); stops may cut requests",
        "35 findings in all; --all tells each with its fix",
    ] {
        assert!(report.contains(expected), "{expected} is not in\n{report}");
    }
}

/// With `--all` every finding stands by itself, with what to do about it: nothing is lost by telling causes once.
#[test]
fn all_of_it() {
    let (full, report) = (shop(&["scan", "--all"]), shop_json(&["scan"]));
    let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
    let full = words(&full);
    for finding in rows(&report, "findings") {
        let told_above = finding["rule"] == "LP001" && finding["severity"] == "error";
        if !told_above {
            assert!(full.contains(&words(text(&finding["message"]))), "{finding} is not in\n{full}");
            assert!(full.contains(&words(text(&finding["fix"]))), "{finding} is not in\n{full}");
        }
    }
}

/// Every fix that is printed for a single point of failure, put into practice by `--with`, removes what it says it
/// removes of the risk, and leaves nothing down of what it is meant for. It says so of no others.
#[test]
fn fixes_hold_when_they_are_supposed() {
    // What fails, what the fix says, and how to suppose each of the changes that it names.
    let fixes: [(&[&str], &str, &[&str]); 4] = [
        (
            &["redis-cart", "--level", "instance"],
            "give redis-cart a standby replica, or let cart go on without it; either removes 38 %",
            &["standby(redis-cart)", "soft(cart->redis-cart)"],
        ),
        (
            &["orders-db", "--level", "instance"],
            "give orders-db a standby replica, on a volume of its own; removes 33 %",
            &["standby(orders-db)"],
        ),
        (&["zone:eu-1a"], "spread payments over another zone; removes 14 %", &["zones(payments)=eu-1a,eu-1b"]),
        (
            &["api.cardprovider.example"],
            "let payments go on without api.cardprovider.example, or have a second provider beside it; either removes 14 %",
            &["soft(payments->api.cardprovider.example)", "standby(api.cardprovider.example)"],
        ),
    ];
    let printed = shop(&["scan", "--all"]).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(printed.matches(" of the single-failure risk").count(), fixes.len(), "{printed}");
    // The weight that is lost to everything that is less than a whole component.
    let risk = |with: &[&str]| -> f64 {
        let report = shop_json(&[&["scan"], with].concat());
        let likely = rows(&report, "spofs").iter().filter(|s| s["level"] != "component");
        likely.map(|s| s["expected_weight"].as_f64().unwrap()).sum()
    };
    let now = risk(&[]);
    for (failing, fix, changes) in fixes {
        let (_, percent) = fix.rsplit_once("removes ").unwrap();
        assert!(printed.contains(&format!("{fix} of the single-failure risk")), "{fix} is not in\n{printed}");
        let down = |with: &[&str]| rows(&shop_json(&[&["blast"], failing, with].concat()), "entries").len();
        assert!(down(&[]) > 0, "{failing:?}");
        for change in changes {
            let with = ["--with", change];
            let removed = (1.0 - risk(&with) / now) * 100.0;
            assert_eq!(format!("{removed:.0} %"), percent, "{change}");
            assert_eq!(down(&with), 0, "{change}");
        }
    }
}
