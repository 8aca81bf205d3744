//! Dapr (SEMANTICS A.1; DESIGN section 12, Library settings).

use super::tree::Tree;

fn app(name: &str, environment: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}-deploy}}\nspec: {{template: {{metadata: {{labels: \
         {{app: {name}}}, annotations: {{dapr.io/enabled: 'true', dapr.io/app-id: {name}}}}}, spec: {{containers: [{{name: main, \
         image: {name}, env: [{environment}]}}]}}}}}}\n---\n"
    )
}

/// `shop` invokes `cart`; 8 lines, of which line 4 is the place of both sidecars.
fn shop(more: &str) -> Tree {
    let url = "{name: CART, value: 'http://localhost:3500/v1.0/invoke/cart/method/items'}";
    Tree::of(&[("k8s.yaml", &(app("shop", url) + &app("cart", "") + more))])
}

fn resiliency(spec: &str) -> String {
    format!("apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {{name: r}}\nscopes: [shop]\nspec: {spec}\n")
}

/// Sidecars try four times when they do not reach each other, unless a policy targets the application.
#[test]
fn invocation() {
    let built_in = "platform ×4 platform-default on refused pauses 1000 if Unavailable, Unauthenticated :3";
    let policies = "policies: {retries: {few: {policy: constant, duration: 1s, maxRetries: 3}, ever: {}, none: {maxRetries: 0}, grow: {policy: exponential, maxInterval: 1s, maxRetries: 2, matching: {httpStatusCodes: '500-599'}}}, timeouts: {short: 2s}, circuitBreakers: {cb: {maxRequests: 1}}}";
    let target = |given: &str| resiliency(&format!("{{{policies}, targets: {{apps: {{cart: {{{given}}}}}}}}}"));
    for (more, expected) in [
        (String::new(), built_in.to_owned()),
        (target("retry: few"), "client-mesh ×4 explicit pauses 1000 :15".to_owned()),
        (target("retry: ever"), "client-mesh unlimited platform-default pauses 5000 :15".to_owned()),
        (target("retry: none"), "client-mesh ×1 explicit :15".to_owned()),
        (target("timeout: short"), "client-mesh timeout 2000 ms explicit :15".to_owned()),
        (target("timeout: short, retry: few"), "client-mesh ×4 explicit each 2000 pauses 1000 :15".to_owned()),
        (target("circuitBreaker: cb"), "breaker".to_owned()),
        (
            resiliency("{policies: {retries: {DaprBuiltInServiceRetries: {maxRetries: 5}}}, targets: {}}"),
            "platform ×6 platform-default on refused pauses 1000 if Unavailable, Unauthenticated :3".to_owned(),
        ),
        (
            resiliency("{policies: {retries: {DefaultAppRetryPolicy: {duration: 2s, maxRetries: 1}}}}"),
            format!("client-mesh ×2 explicit pauses 2000 :15; {built_in}"),
        ),
    ] {
        let system = shop(&more);
        assert_eq!(system.edge("shop-deploy", "cart-deploy"), expected, "{more}");
    }
    let grows = shop(&target("retry: grow")).edge("shop-deploy", "cart-deploy");
    assert!(
        grows.starts_with("client-mesh ×3 explicit pauses 500,750,1000,") && grows.contains("if HTTP 500-599"),
        "{grows}"
    );
}

/// A policy that is for one application and targets another says that the one calls the other.
#[test]
fn scopes_say_who_calls() {
    let apps = app("shop", "") + &app("cart", "");
    let policy = resiliency("{policies: {retries: {a: {maxRetries: 1}}}, targets: {apps: {cart: {retry: a}}}}");
    let tree = Tree::of(&[("k8s.yaml", &(apps + &policy))]);
    assert_eq!(tree.edges(), ["shop-deploy → cart-deploy"]);
}

/// Components lead to what stands behind them; who is in their scopes uses it, and who subscribes receives.
#[test]
fn components() {
    let broker = |scopes: &str| {
        format!(
            "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: pubsub}}\nspec: {{type: pubsub.redis, version: v1, \
             metadata: [{{name: redisHost, value: 'redis:6379'}}]}}\n{scopes}\n---\napiVersion: v1\nkind: Service\nmetadata: \
             {{name: redis}}\nspec: {{selector: {{app: redis}}}}\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {{name: \
             redis}}\nspec: {{template: {{metadata: {{labels: {{app: redis}}}}, spec: {{containers: [{{name: redis, image: \
             redis}}]}}}}}}\n---\n"
        )
    };
    let subscription = |api: &str, route: &str| {
        format!(
            "apiVersion: dapr.io/{api}\nkind: Subscription\nmetadata: {{name: s}}\nspec: {{topic: orders, pubsubname: pubsub, {route}}}\nscopes: [cart]\n"
        )
    };
    let shop_publishes = broker("scopes: [shop]");
    for (more, expected) in [
        (shop_publishes.clone(), vec!["shop-deploy → cart-deploy", "shop-deploy → redis async-publish"]),
        (
            broker(""),
            vec!["cart-deploy → redis startup startup", "shop-deploy → cart-deploy", "shop-deploy → redis startup startup"],
        ),
        (
            shop_publishes.clone() + &subscription("v2alpha1", "routes: {default: /o}"),
            vec!["cart-deploy → redis async-consume", "shop-deploy → cart-deploy", "shop-deploy → redis async-publish"],
        ),
        (
            shop_publishes + &subscription("v1alpha1", "route: /o"),
            vec!["cart-deploy → redis async-consume", "shop-deploy → cart-deploy", "shop-deploy → redis async-publish"],
        ),
        (
            "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: cron}\nspec: {type: bindings.cron}\n".to_owned(),
            vec!["shop-deploy → cart-deploy"],
        ),
        (
            "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: bus}\nspec: {type: pubsub.azure.servicebus.topics, metadata: [{name: connectionString, secretKeyRef: {name: s, key: k}}]}\nscopes: [shop]\n".to_owned(),
            vec!["shop-deploy → bus async-publish", "shop-deploy → cart-deploy"],
        ),
    ] {
        let tree = shop(&more);
        assert_eq!(tree.edges(), expected, "{more}");
        assert_eq!(tree.problems, [""; 0], "{more}");
    }
    let outbound = "apiVersion: dapr.io/v1alpha1\nkind: Resiliency\nmetadata: {name: r}\nspec: {policies: {retries: {a: {maxRetries: 2, duration: 1s}}}, targets: {components: {pubsub: {outbound: {retry: a}}}}}\n";
    let tree = shop(&(broker("scopes: [shop]") + outbound));
    let edge = tree.edge("shop-deploy", "redis");
    assert!(edge.starts_with("client-mesh ×3 explicit pauses 1000"), "{edge}");
}

/// Names of policies that are not there, fields that are none, and a resource that acts on nothing.
#[test]
fn mistakes() {
    for (spec, expected) in [
        (
            "{policies: {retries: {few: {maxRetries: 1}}}, targets: {apps: {cart: {retry: fww}}}}",
            "unknown policy `fww`; did you mean `few`?",
        ),
        (
            "{policies: {retries: {few: {maxRetry: 1}}}, targets: {apps: {cart: {retry: few}}}}",
            "unknown field `maxRetry`; did you mean `maxRetries`?",
        ),
        (
            "{policies: {timeouts: {a: soon}}, targets: {apps: {cart: {timeout: a}}}}",
            "a timeout must be a duration such as `5s`; taken as unknown",
        ),
        ("{targets: {apps: {nobody: {retry: x}}}}", "Resiliency default/r acts on no call of the input"),
    ] {
        let problems = shop(&resiliency(spec)).problems;
        assert!(problems.iter().any(|p| p.contains(expected)), "{spec}: {problems:?}");
    }
    let half = "spec: {policies: {retries: {DefaultRetryPolicy: {maxRetries: -1}}}}\n";
    let tree = Tree::of(&[("k8s.yaml", &app("shop", "")), ("resiliency.yaml", half)]);
    assert!(tree.problems[0].starts_with("resiliency.yaml:1: has the policies of a Dapr Resiliency and no `kind`"));
}

/// A run file's applications are components with the resources of their own folders: a policy for one of them acts on
/// its calls, and environments name others by id or by port.
#[test]
fn run_files() {
    let run = "version: 1\ncommon:\n  resourcesPath: ../resources\n  env: {CART: 'http://localhost:7001/items'}\napps:\n- {appID: \
               shop, appDirPath: ./shop/, command: [run, 'http://localhost:3500/v1.0/invoke/mail/method/x'], env: {PEER: \
               stock}}\n- {appID: cart, appDirPath: cart, appPort: 7001}\n- {appID: mail, appDirPath: mail}\n- {appDirPath: \
               ./stock, resourcesPaths: [own]}\n";
    let component = |name: &str, more: &str| {
        format!(
            "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\n{more}spec: {{type: state.redis, version: \
             v1, metadata: [{{name: redisHost, value: 'localhost:6379'}}]}}\n"
        )
    };
    let policies = "policies: {retries: {few: {policy: constant, duration: 1s, maxRetries: 2}}}";
    let policy = resiliency(&format!(
        "{{{policies}, targets: {{apps: {{cart: {{retry: few}}}}, components: {{orders: {{outbound: {{retry: few}}}}}}}}}}"
    ));
    let files = [
        ("local/dapr.yaml", run),
        ("resources/orders.yaml", &component("orders", "")),
        ("resources/baskets.yaml", &component("baskets", "scopes: [cart]\n")),
        ("resources/policy.yaml", &policy),
        ("local/stock/own/levels.yaml", &component("levels", "")),
    ];
    let tree = Tree::of(&files);
    assert_eq!(tree.problems, [""; 0]);
    assert_eq!(
        tree.edges(),
        [
            "cart → baskets",
            "cart → orders startup startup",
            "mail → cart",
            "mail → orders startup startup",
            "shop → cart",
            "shop → mail",
            "shop → orders",
            "shop → orders startup startup",
            "shop → stock",
            "stock → cart",
            "stock → levels startup startup",
        ]
    );
    assert_eq!(tree.edge("shop", "cart"), "client-mesh ×3 explicit pauses 1000 :5");
    let called = tree.between("shop", "orders");
    let tries: Vec<_> = called.iter().filter_map(|d| d.retry.as_ref()?.tries).collect();
    assert_eq!(tries, [3]);
    let built_in = "platform ×4 platform-default on refused pauses 1000 if Unavailable, Unauthenticated :6";
    assert_eq!(tree.edge("shop", "mail"), built_in);
    assert_eq!(tree.component("shop"), "service 1 of 1");
    for (from, to, line, problem) in [
        ("version: 1\n", "", 1, "a run file without `version`, which Dapr refuses; write `version: 1`"),
        (
            "version: 1",
            "version: 2",
            1,
            "unknown version of Dapr's run file, which is read as if it were 1: `2`; did you mean `1`?",
        ),
        ("{appID: cart", "{appId: cart", 7, "unknown field of `apps`: `appId`; did you mean `appID`?"),
        (
            "resourcesPath:",
            "resourcePath:",
            3,
            "unknown field of `common`: `resourcePath`; did you mean `resourcesPath`?",
        ),
        (", appDirPath: mail", "", 8, "an application without `appDirPath`, which Dapr refuses; say where its code is"),
    ] {
        let mut wrong = files;
        let text = run.replace(from, to);
        wrong[0].1 = &text;
        let problems = Tree::of(&wrong).problems;
        assert!(problems.contains(&format!("local/dapr.yaml:{line}: {problem}")), "{problem}: {problems:#?}");
    }
    // A policy in a folder that no run file names acts on nothing.
    let mut apart = files;
    apart[3].0 = "other/policy.yaml";
    let problems = Tree::of(&apart).problems;
    assert!(problems.len() == 1 && problems[0].contains("acts on no call of the input"), "{problems:#?}");
}
