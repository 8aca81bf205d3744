//! Fingerprints that survive moved lines, renamed files and reordered documents.
//!
//! A fingerprint is the 128-bit FNV-1a hash, in hexadecimal, of: the recipe's version, the rule's code, the subjects'
//! names, and what tells two findings of the same rule and subjects apart. Each field is preceded by its length, so that
//! no two lists of fields run together to the same bytes. A subject's name is its id, for a Compose service without the
//! project: that is the name of the checkout's folder unless somebody wrote it down. What is equal even so (two
//! projects with the same fault) is numbered in order.

use super::Finding;
use crate::graph::{ComponentId, Graph};
use rustc_hash::FxHashMap;

const RECIPE: &str = "1";

/// Gives each of the sorted findings its fingerprint.
pub(super) fn assign(graph: &Graph, findings: &mut [Finding]) {
    let mut seen: FxHashMap<String, u32> = FxHashMap::default();
    for finding in findings {
        let mut fields = vec![RECIPE.to_owned(), finding.rule.code.to_owned(), finding.discriminator.clone()];
        fields.extend(finding.subjects.iter().map(|&s| stable_name(graph, s)));
        let nth = seen.entry(hash(&fields)).or_default();
        fields.extend((*nth > 0).then(|| nth.to_string()));
        *nth += 1;
        finding.fingerprint = hash(&fields);
        fields.truncate(3);
        fields.extend(finding.subjects.iter().map(|&s| scopeless(&stable_name(graph, s)).to_owned()));
        finding.kin = hash(&fields);
    }
}

/// What is the same of a finding and of the one that it was before its subjects were renamed, given their names now.
pub fn by_names(finding: &Finding, mut names: Vec<String>) -> String {
    names.sort();
    let fields = [RECIPE.to_owned(), finding.rule.code.to_owned(), finding.discriminator.clone()];
    hash(&fields.into_iter().chain(names).collect::<Vec<_>>())
}

/// A name without the scope that it may end in.
fn scopeless(name: &str) -> &str {
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// What a component is called on both sides of a comparison: its id, for a Compose service without the project.
pub fn stable_name(graph: &Graph, id: ComponentId) -> String {
    let c = graph.component(id);
    if c.scope.split(':').next() == Some("compose") {
        format!("{}:{}@compose", c.kind, c.name)
    } else {
        c.id.to_string()
    }
}

fn hash(fields: &[String]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut state = OFFSET;
    for field in fields {
        let length = (field.len() as u64).to_le_bytes();
        for byte in length.iter().chain(field.as_bytes()) {
            state = (state ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }
    format!("{state:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(fields: &[&str]) -> Vec<String> {
        fields.iter().map(|&f| f.to_owned()).collect()
    }

    /// The recipe is fixed: baselines of users hold its results.
    #[test]
    fn the_recipe_does_not_change() {
        assert_eq!(hash(&[]), "6c62272e07bb014262b821756295c58d");
        assert_eq!(hash(&fields(&["1", "LP001", "", "service:shop/cart"])), "a8f6d0153b02a5a165662b6c5c483382");
    }

    /// Fields do not run into each other.
    #[test]
    fn fields_are_kept_apart() {
        assert_ne!(hash(&fields(&["ab", "c"])), hash(&fields(&["a", "bc"])));
        assert_ne!(hash(&fields(&["a"])), hash(&fields(&["a", ""])));
    }
}
