//! Text for people: what fits a screen, worst first.
//!
//! All functions return text with colours as ANSI escapes. Whoever writes it strips them where they are not wanted.
//! An arrow `a → b` reads "a needs b" everywhere.

mod account;
mod assumed;
mod blast;
mod cuts;
mod drift;
mod gate;
mod graph;
mod inputs;
mod overload;
mod page;
mod paths;
mod retries;
mod scan;
mod shared;
mod spofs;
mod timeouts;
mod why;
mod why_edge;

pub use account::account;
pub use blast::blast;
pub use cuts::cuts;
pub use drift::drift;
pub(super) use gate::back;
pub use gate::{diff, gate, waivers};
pub use graph::graph;
pub use overload::overload;
pub use page::plain;
pub use paths::paths;
pub use retries::retries;
pub use scan::{Detail, scan};
pub use shared::shared;
pub use timeouts::timeouts;
pub use why::why;
pub use why_edge::why_edge;
