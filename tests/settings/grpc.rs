//! gRPC's service configuration (SEMANTICS A.1, A.4).

use super::tree::Tree;

fn front(config: &str) -> Tree {
    let indented = config.replace('\n', "\n    ");
    Tree::of(&[(
        "k8s.yaml",
        &format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: grpc}}\ndata:\n  service_config.json: |\n    {indented}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: front}}\nspec: {{template: {{metadata: {{labels: {{app: \
             front}}}}, spec: {{volumes: [{{name: c, configMap: {{name: grpc}}}}], containers: [{{name: main, image: front, env: \
             [{{name: CART_ADDR, value: 'cart:7070'}}], volumeMounts: [{{name: c, mountPath: /c}}]}}]}}}}}}\n---\napiVersion: \
             apps/v1\nkind: Deployment\nmetadata: {{name: cart}}\nspec: {{template: {{metadata: {{labels: {{app: cart}}}}, spec: \
             {{containers: [{{name: main, image: cart}}]}}}}}}\n---\napiVersion: v1\nkind: Service\nmetadata: {{name: cart}}\nspec: \
             {{selector: {{app: cart}}}}\n"
        ),
    )])
}

fn method(name: &str, rest: &str) -> Tree {
    front(&format!("{{\"methodConfig\": [{{\"name\": [{name}], {rest}}}]}}"))
}

/// `maxAttempts` counts the first one and is 5 at most; names mean providers; codes decide what is tried again.
#[test]
fn methods() {
    let retry = |n: &str, codes: &str| {
        format!(
            "\"retryPolicy\": {{\"maxAttempts\": {n}, \"initialBackoff\": \"0.1s\", \"maxBackoff\": \"0.3s\", \"backoffMultiplier\": 2, \"retryableStatusCodes\": [{codes}]}}"
        )
    };
    let cart = "{\"service\": \"shop.CartService\"}";
    for (name, rest, expected) in [
        (cart, retry("4", "\"UNAVAILABLE\""), "library ×4 explicit on refused pauses 100,200,300 if UNAVAILABLE :6"),
        (cart, retry("9", "\"unavailable\""), "library ×5 explicit on refused pauses 100,200,300,300 if UNAVAILABLE :6"),
        (cart, retry("2", "13"), "library ×2 explicit on error pauses 100 if INTERNAL :6"),
        ("{}", retry("3", "\"UNAVAILABLE\", \"UNKNOWN\""), "library ×3 explicit on refused+error pauses 100,200 if UNAVAILABLE, UNKNOWN :6"),
        (cart, "\"timeout\": \"1.5s\"".to_owned(), "library timeout 1500 ms explicit :6"),
        (
            cart,
            "\"hedgingPolicy\": {\"maxAttempts\": 3, \"hedgingDelay\": \"0.5s\", \"nonFatalStatusCodes\": [\"UNAVAILABLE\"]}".to_owned(),
            "library ×3 explicit on refused+late pauses 500,500 if UNAVAILABLE :6",
        ),
    ] {
        let system = method(name, &rest);
        assert_eq!(system.edge("front", "cart"), expected, "{rest}");
        assert_eq!(system.problems, [""; 0], "{rest}");
    }
    let throttled = front(
        "{\"retryThrottling\": {\"maxTokens\": 10, \"tokenRatio\": 0.1}, \"methodConfig\": [{\"name\": [{}], \"retryPolicy\": {\"maxAttempts\": 2, \"initialBackoff\": \"1s\", \"retryableStatusCodes\": [14]}}]}",
    );
    assert_eq!(
        throttled.edge("front", "cart"),
        "library ×2 explicit on refused pauses 1000 if UNAVAILABLE budget 0.1 :6"
    );
}

/// What gRPC itself would refuse, and what is misspelt.
#[test]
fn mistakes() {
    for (rest, expected) in [
        ("\"retryPolicy\": {\"maxAttempts\": 1}", "`maxAttempts` must be a whole number above 1"),
        ("\"retryPolicy\": {\"maxAttempt\": 3}", "unknown field `maxAttempt`; did you mean `maxAttempts`?"),
        ("\"retryPolicy\": {\"maxAttempts\": 3}, \"hedgingPolicy\": {\"maxAttempts\": 3}", "a method has both"),
        ("\"timeout\": \"soon\"", "`timeout` must be seconds"),
    ] {
        let problems = method("{}", rest).problems;
        assert!(problems.iter().any(|p| p.starts_with("k8s.yaml:6: ") && p.contains(expected)), "{rest}: {problems:?}");
    }
}
