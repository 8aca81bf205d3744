//! What every stage shares: places in files, problems with inputs, and the account of what was read.

mod files;
mod inventory;
mod location;
mod nearest;
mod problem;

pub use files::{Files, beside, join};
pub use inventory::{Inventory, Tally};
pub use location::Location;
pub use nearest::{nearest, quoted, similar, unknown};
pub use problem::Problem;
