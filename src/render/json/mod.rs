//! JSON for programs: versioned, sorted, complete. Fields follow the contracts `linchpin.graph/1`, `linchpin.report/1`
//! and `linchpin.blast/1`; `linchpin schema` prints their schemas.
//!
//! Components are referred to by id. A section that was computed and is empty is `[]`, one that was not computed is
//! absent. A number that would be infinite is `null` beside `"unbounded": true`.

mod blast;
mod cuts;
mod drift;
mod gate;
mod graph;
mod overload;
mod parts;
mod pools;
mod report;
mod retries;
mod shared;
mod timeouts;
mod worst_paths;

pub use blast::blast;
pub use cuts::cuts;
pub use drift::drift;
pub use gate::{baseline, gate, waivers};
pub use graph::{edges, graph};
pub use overload::overload;
pub use report::report;
pub use retries::retries;
pub use shared::shared;
pub use timeouts::timeouts;
pub use worst_paths::{paths, why};

use super::visible::deceives;
use serde::Serialize;
use std::fmt::Write as _;

/// The version of reports, whole or one section of it.
const REPORT: &str = "linchpin.report/1";

/// A document as indented JSON. What could deceive a terminal is escaped, which changes no value.
fn to_text(document: &impl Serialize) -> String {
    // Our documents have only string keys and no failing serializers.
    let mut json = serde_json::to_string_pretty(document).unwrap_or_default();
    json.push('\n');
    harmless(json)
}

/// JSON with what could deceive a terminal escaped, which changes no value.
pub fn harmless(json: String) -> String {
    // Controls below U+0020 in strings are escaped already; the line breaks that are left are the layout's.
    let deceiving = |c: char| c != '\n' && deceives(c);
    if !json.contains(deceiving) {
        return json;
    }
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if deceiving(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}
