//! Settings that several components share, and whom they speak to.
//!
//! A store gets such settings for its own. And those that say where the very components are that share them tell everybody
//! where everybody is: who calls whom is not in them.

use super::Key;
use super::address::{Address, is_named_after};
use crate::source::{Location, Problem};
use std::collections::{BTreeMap, BTreeSet};

/// So many components must share settings before they can be everybody's.
const SHARED_BY: usize = 3;
/// So many of them must be named there: one may be the one that they all call.
const NAMES: usize = 2;

/// Whom shared settings speak to.
#[derive(Clone, Debug, Default)]
pub(super) struct Audience {
    shared_by: usize,
    /// Several of those who share the settings are named there.
    everybody: bool,
    /// Host → those of them who answer and are no stores, if there are several: they need not call each other.
    peers: BTreeMap<String, BTreeSet<Key>>,
}

impl Audience {
    /// `sharing` are those who share the settings, each with whether it is a store; `hosts` are named there, each with those
    /// who answer.
    pub(super) fn of(sharing: &BTreeMap<Key, bool>, hosts: impl Iterator<Item = (String, BTreeSet<Key>)>) -> Self {
        let mut peers: BTreeMap<String, BTreeSet<Key>> = hosts.collect();
        peers.values_mut().for_each(|keys| keys.retain(|key| sharing.contains_key(key)));
        let everybody = sharing.len() >= SHARED_BY && several(&peers);
        peers.values_mut().for_each(|keys| keys.retain(|key| sharing.get(key) == Some(&false)));
        peers.retain(|_, keys| !keys.is_empty());
        if !everybody || !several(&peers) {
            peers.clear();
        }
        Self { shared_by: sharing.len(), everybody, peers }
    }

    /// Whether what they say of calls is inferred, because they say it to everybody.
    pub(super) fn is_everybody(&self) -> bool {
        self.everybody
    }

    /// Whether a setting may say whom a component calls: a store only if it is named after it, by one of its names.
    pub(super) fn hears<'n>(&self, setting: &str, is_store: bool, names: impl Iterator<Item = &'n str>) -> bool {
        self.shared_by < 2 || !is_store || is_named_after(setting, names)
    }

    /// The peers of a component that an address leads to. Who shares the settings and is not named there has none: it may be
    /// the one that they were written for.
    pub(super) fn peers_at(&self, address: &Address, component: &Key) -> Option<&BTreeSet<Key>> {
        let Address::Host { host, .. } = address else { return None };
        let named = || self.peers.values().any(|keys| keys.contains(component));
        self.peers.get(host).filter(|keys| !keys.contains(component) && named())
    }

    /// That calls between peers are left out.
    pub(super) fn problem(&self, at: Location) -> Option<Problem> {
        let peers: BTreeSet<&Key> = self.peers.values().flatten().collect();
        let reason = format!(
            "tells the {} that share it where {} of them are; who of these calls whom is not in it, so that only what is said \
             elsewhere is taken",
            self.shared_by,
            peers.len()
        );
        let remedy = "state who calls whom in a native manifest, or add traces";
        (!peers.is_empty()).then(|| Problem::new(at, reason).remedy(remedy))
    }
}

fn several(named: &BTreeMap<String, BTreeSet<Key>>) -> bool {
    named.values().flatten().collect::<BTreeSet<_>>().len() >= NAMES
}
