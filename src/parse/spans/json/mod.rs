//! JSON of any size, cut without recursion and read without a schema.

mod cursor;
mod value;

pub(super) use cursor::fill;
pub use cursor::{Broken, Cursor, MAX_RECORD};
pub use value::Value;
