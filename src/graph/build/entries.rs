//! Where users come in.

use super::BuildOptions;
use crate::facts::{Class, EntryOrigin, Plane};
use crate::graph::model::{Component, Dependency, Entry};

/// Settles which components are entries: what readers found (unless its Compose profile is off), what the
/// configuration states, and if there is none at all, every component that nobody depends on at run time.
pub(super) fn settle(components: &mut [Component], dependencies: &[Dependency], options: &BuildOptions) {
    for component in components.iter_mut() {
        let active = component.profiles.is_empty()
            || component.profiles.iter().any(|p| options.profiles.iter().any(|o| **p == *o));
        if !active || component.off {
            component.entry = None;
        }
        let named = |name: &str| *component.id == *name || *component.name == *name;
        if let Some((_, weight, _)) = options.entries.iter().find(|(name, ..)| named(name)) {
            let weighted = weight.is_some();
            component.entry = Some(Entry { weight: weight.unwrap_or(1.0), weighted, origin: EntryOrigin::Declared });
        }
    }
    if components.iter().any(|c| c.entry.is_some()) {
        return;
    }
    let mut needed = vec![false; components.len()];
    for d in dependencies.iter().filter(|d| d.plane == Plane::Runtime) {
        needed[d.to.0 as usize] = true;
    }
    for (component, needed) in components.iter_mut().zip(needed) {
        let runs = matches!(component.kind.class(), Class::Workload | Class::Job);
        if !needed && runs && !component.off && !component.telemetry {
            component.entry = Some(Entry { weight: 1.0, weighted: false, origin: EntryOrigin::Assumed });
        }
    }
}
