//! Whatever is written, the reader answers: valid documents come back whole, hostile ones are refused politely.

use crate::{component, dependency, fixture, trees};
use linchpin::facts::native;
use linchpin::parse::{Node, Style, Value};
use proptest::prelude::*;
use std::sync::Arc;

/// Values that stand where something else is meant.
fn hostile(at: &Node, which: usize) -> Node {
    let scalar = |text: &str| at.with_value(Value::Scalar(text.into(), Style::Plain));
    match which {
        0 => at.with_value(Value::Null),
        1 => at.with_value(Value::Sequence(vec![])),
        2 => at.with_value(Value::Mapping(vec![])),
        3 => at.with_value(Value::Sequence(vec![at.clone(), at.clone()])),
        4 => at.with_value(Value::Mapping(vec![(at.clone(), at.clone())])),
        5 => scalar(""),
        6 => scalar("-1"),
        7 => scalar("1e999"),
        8 => scalar("99999999999999999999s"),
        9 => scalar("NaN"),
        _ => scalar(&"\u{202e}\0x".repeat(1_000)),
    }
}

/// The tree with its `n`-th node replaced.
fn replaced(node: &Node, n: &mut isize, which: usize) -> Node {
    *n -= 1;
    if *n == -1 {
        return hostile(node, which);
    }
    match node.value() {
        Value::Mapping(entries) => {
            let mut replace = |node: &Node| replaced(node, n, which);
            node.with_value(Value::Mapping(entries.iter().map(|(k, v)| (replace(k), replace(v))).collect()))
        }
        Value::Sequence(items) => {
            node.with_value(Value::Sequence(items.iter().map(|i| replaced(i, n, which)).collect()))
        }
        _ => node.clone(),
    }
}

/// Every node of a full document, replaced by every hostile value, is read or refused with a reason at a line of the
/// document.
#[test]
fn hostile_values_anywhere() {
    let text = fixture("every-field.yaml");
    let last = u32::try_from(text.lines().count()).unwrap();
    let mut refused = 0;
    for tree in trees(&text) {
        for which in 0..=10 {
            for n in 0..isize::try_from(tree.weight()).unwrap() {
                let mut left = n;
                let Err(problems) = native::read(&replaced(&tree, &mut left, which), &Arc::from("native")) else {
                    continue;
                };
                assert!(!problems.is_empty());
                assert!(
                    problems.iter().all(|p| (1..=last).contains(&p.at.line) && p.reason.len() < 400),
                    "{problems:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(refused > 1_000, "{refused}");
}

proptest! {
    /// A valid document of any numbers comes back with the same numbers.
    #[test]
    fn valid_documents_come_back(
        name in "[a-z][a-z0-9-]{0,20}",
        namespace in proptest::option::of("[a-z]{1,8}"),
        replicas in 0u32..,
        weight in 0.0f64..1e6,
        rps in 0.001f64..1e9,
        drain in 0u32..100_000,
        tries in 1u32..,
        share in 0.0f64..=1.0,
        providers in proptest::collection::btree_set("[a-z]{3,9}", 2..9),
    ) {
        let metadata = namespace.as_ref().map_or(String::new(), |n| format!("\n  namespace: {n:?}"));
        let of: Vec<&str> = providers.iter().map(String::as_str).collect();
        let need = of.len() - 1;
        let text = format!(
            "apiVersion: linchpin/v1\nkind: Service\nmetadata:\n  name: {name:?}{metadata}\nspec:\n  replicas: {replicas}\n  \
             entry: {{weight: {weight}}}\n  capacity: {{rps: {rps}}}\n  drain: {drain}ms\n  dependsOn:\n  \
             - {{name: 0-target, share: {share}, retry: {{tries: {tries}}}}}\n  - {{need: {need}, of: {of:?}}}\n"
        );
        let facts = native::read(&trees(&text)[0], &Arc::from("native")).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
        let found = component(&facts, &name);
        prop_assert_eq!(found.key.namespace.as_deref(), Some(namespace.as_deref().unwrap_or("default")));
        prop_assert_eq!(found.replicas.as_ref().map(|r| r.value), Some(replicas));
        prop_assert_eq!(found.entry.as_ref().and_then(|e| e.weight), Some(weight));
        prop_assert_eq!(found.settings.capacity_rps, Some(rps));
        prop_assert_eq!(found.settings.drain_ms, Some(f64::from(drain)));
        let target = dependency(&facts, "0-target");
        prop_assert_eq!((target.share, target.retry[0].tries), (Some(share), Some(tries)));
        for name in of {
            let group = dependency(&facts, name).group.clone();
            prop_assert_eq!(group.map(|g| g.need as usize), Some(need));
        }
    }

    /// Durations in whole milliseconds survive being written.
    #[test]
    fn durations_come_back(h in 0u32..1_000, m in 0u32..60, s in 0u32..60, ms in 1u32..1_000) {
        let text = format!(
            "apiVersion: linchpin/v1\nkind: Service\nmetadata: {{name: a}}\nspec: {{timeout: {h}h{m}m{s}s{ms}ms}}\n"
        );
        let facts = native::read(&trees(&text)[0], &Arc::from("native")).map_err(|p| TestCaseError::fail(format!("{p:?}")))?;
        let expected = f64::from(h) * 3_600_000.0 + f64::from(m) * 60_000.0 + f64::from(s) * 1_000.0 + f64::from(ms);
        prop_assert_eq!(component(&facts, "a").settings.timeout_ms, Some(expected));
    }
}
