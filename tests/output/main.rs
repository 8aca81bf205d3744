//! Everything after the analyses, over systems made by hand: rules, formats, and the command line.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may panic")]
mod commands;
mod cuts;
mod drift;
mod formats;
mod overload;
mod render;
mod rules;
mod systems;
