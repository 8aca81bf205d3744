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
mod settings;
mod shared;
mod timeouts;
mod worst_paths;

pub use blast::blast;
pub use cuts::cuts;
pub use drift::drift;
pub use gate::{baseline, gate, waivers};
pub use graph::{edges, graph};
pub use overload::overload;
pub use report::{report, write_report};
pub use retries::retries;
pub use shared::shared;
pub use timeouts::timeouts;
pub use worst_paths::{paths, why};

use super::visible::deceives;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write as _};

/// The version of reports, whole or one section of it.
const REPORT: &str = "linchpin.report/1";

/// A document as indented JSON. What could deceive a terminal is escaped, which changes no value.
fn to_text(document: &impl Serialize) -> String {
    let mut json = Vec::new();
    // Our documents have only string keys and no failing serializers.
    let _ = write(document, &mut json);
    String::from_utf8(json).unwrap_or_default()
}

/// The same, written while it is made: the text of a large report takes more room than all that it is made of.
fn write(document: &impl Serialize, to: &mut dyn io::Write) -> io::Result<()> {
    let mut to = Harmless(to);
    serde_json::to_writer_pretty(&mut to, document)?;
    to.write_all(b"\n")
}

/// Escapes what could deceive a terminal in JSON that is written through it.
struct Harmless<'w>(&'w mut dyn io::Write);

impl io::Write for Harmless<'_> {
    fn write(&mut self, part: &[u8]) -> io::Result<usize> {
        // A part is never less than a character, because only quotes, backslashes and controls end one.
        match str::from_utf8(part) {
            Ok(text) if !text.is_ascii() || text.contains('\u{7f}') => self.0.write_all(harmless(text).as_bytes())?,
            _ => self.0.write_all(part)?,
        }
        Ok(part.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// JSON with what could deceive a terminal escaped, which changes no value.
pub fn harmless(json: &str) -> Cow<'_, str> {
    // Controls below U+0020 in strings are escaped already; the line breaks that are left are the layout's.
    let deceiving = |c: char| c != '\n' && deceives(c);
    if !json.contains(deceiving) {
        return Cow::Borrowed(json);
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
    Cow::Owned(out)
}
