//! What the tests of this reader share.

use crate::parse::{Node, Outcome, documents};
use std::sync::Arc;

/// The tree of a text.
pub(super) fn tree(text: &str) -> Node {
    match documents(&Arc::from("compose.yaml"), text).remove(0).outcome {
        Outcome::Tree(node) => node,
        other => panic!("{text}: {other:?}"),
    }
}
