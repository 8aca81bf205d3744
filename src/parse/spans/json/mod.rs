//! JSON of any size, cut without recursion and read without a schema.

mod cursor;
mod value;

pub use cursor::{Broken, Cursor, MAX_RECORD};
pub(super) use cursor::fill;
pub use value::Value;
