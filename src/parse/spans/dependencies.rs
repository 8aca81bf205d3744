//! Jaeger's list of dependencies: calls between services, counted by Jaeger, without any span.

use super::Sink;
use super::decoder::Context;
use super::json::Value;

/// Decodes a record: one pair of services, a list of pairs, or an answer of Jaeger's API that holds such a list.
pub(super) fn decode<S: Sink>(record: &[u8], line: u32, context: &mut Context<'_, S>) {
    let text = String::from_utf8_lossy(record);
    let value = match Value::parse(&text) {
        Ok(value) => value,
        Err(error) => return context.faults.note(line, format!("a dependency that cannot be read: {error}")),
    };
    let list = value.get("data").unwrap_or(&value);
    let pairs = if let Value::Array(pairs) = list { pairs.as_slice() } else { std::slice::from_ref(list) };
    for pair in pairs {
        let name = |key| pair.text(key).filter(|name| !name.is_empty());
        match (name("parent"), name("child"), pair.get("callCount").and_then(Value::natural)) {
            (Some(caller), Some(callee), Some(calls)) => context.sink.dependency(caller, callee, calls),
            _ => context.faults.note(line, "a dependency without parent, child or callCount"),
        }
    }
}
