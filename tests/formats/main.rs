//! Trace exports of every format, from bytes to spans.

mod hostile;
mod recorder;
mod rules;
mod same;
mod unreadable;
