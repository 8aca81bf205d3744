//! Where a state machine goes when a state has failed for good.

use crate::facts::cloud::field::Field;
use std::collections::{BTreeMap, BTreeSet};

/// Whether a machine can still succeed when this state fails: it catches any failure, and from there some way ends
/// other than in a `Fail` state. A way that only leads to `Fail` is no fallback: it is a tidier failure.
pub(in crate::facts::cloud) fn goes_on(states: &Field<'_>, state: &Field<'_>) -> bool {
    let catchers = state.get("Catch").map(|c| c.items()).unwrap_or_default();
    let catches = |catcher: &Field<'_>| {
        let errors = catcher.get("ErrorEquals").map(|e| e.texts()).unwrap_or_default();
        errors.iter().any(|e| matches!(e.known(), Some("States.ALL" | "States.TaskFailed")))
    };
    let next: Vec<String> = catchers.iter().filter(|c| catches(c)).filter_map(|c| c.str("Next")).collect();
    if next.is_empty() {
        return false;
    }
    let by_name: BTreeMap<String, Field<'_>> = states.fields().into_iter().collect();
    let (mut open, mut seen) = (next, BTreeSet::new());
    while let Some(name) = open.pop() {
        let Some(state) = by_name.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
        let ends = state.get("End").is_some_and(|end| end.flag() == Some(true));
        if ends || state.str("Type").as_deref() == Some("Succeed") {
            return true;
        }
        open.extend(state.str("Next"));
        open.extend(state.str("Default"));
        for choice in state.get("Choices").map(|c| c.items()).unwrap_or_default() {
            open.extend(choice.str("Next"));
        }
    }
    false
}
