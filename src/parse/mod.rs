//! Bytes to neutral trees: documents with positions, whatever they mean.

mod document;
mod node;
pub mod spans;
mod yaml;

pub use document::{Directive, Document, Outcome, Template, documents};
pub use node::{Node, Style, Value};
