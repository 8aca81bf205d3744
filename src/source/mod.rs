//! What every stage shares: places in files, problems with inputs, the account of what was read, and how far that is.

mod files;
mod inventory;
mod location;
mod nearest;
mod problem;
mod progress;

pub use files::{Files, beside, folder_of, join, stem};
pub use inventory::{Inventory, Tally};
pub use location::Location;
pub use nearest::{nearest, quoted, similar, unknown};
pub use problem::Problem;
pub use progress::{PROGRESS, Stage};
