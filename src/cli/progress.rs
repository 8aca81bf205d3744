use crate::source::{PROGRESS, Stage};
use indicatif::{ProgressBar, ProgressStyle};
use std::cell::Cell;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Work that is shorter needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often a person wants to see something move.
const TICK: Duration = Duration::from_millis(100);

/// A bar on standard error while work lasts. It goes when it is dropped.
pub struct Bar {
    /// Whoever drops it stops the thread.
    watched: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Bar {
    /// Shows how far this process is, from the second second on.
    pub fn watch() -> Self {
        let (watched, gone) = channel();
        Self { watched: Some(watched), thread: Some(thread::spawn(move || show(&gone))) }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.watched = None;
        // A bar that could not be drawn is no reason to fail.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// A stream that is written to only when the bar is gone.
pub struct Clearing<'b, W> {
    /// The bar, while there is one.
    pub bar: &'b Cell<Option<Bar>>,
    /// Where text goes.
    pub stream: W,
}

impl<W: Write> Write for Clearing<'_, W> {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        drop(self.bar.take());
        self.stream.write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

fn show(gone: &Receiver<()>) {
    let waiting = |time| gone.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
    if !waiting(PATIENCE) {
        return;
    }
    let bar = ProgressBar::new_spinner();
    let mut shown = None;
    loop {
        let (stage, done, total) = PROGRESS.now();
        if shown.replace((stage, total)) != Some((stage, total)) {
            bar.set_style(
                ProgressStyle::with_template(template(stage, total))
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            );
            bar.set_length(total);
        }
        bar.set_position(if total == 0 { done } else { done.min(total) });
        bar.tick();
        if !waiting(TICK) {
            break;
        }
    }
    bar.finish_and_clear();
}

/// What a stage looks like, with and without a known end.
fn template(stage: Stage, total: u64) -> &'static str {
    match (stage, total) {
        (Stage::Manifests, 0) => "{spinner} looking for files",
        (Stage::Manifests, _) => "reading files [{bar:30}] {pos} of {len}",
        (Stage::Traces, 0) => "{spinner} reading traces: {bytes}",
        (Stage::Traces, _) => "reading traces [{bar:30}] {bytes} of {total_bytes}",
        (Stage::Analysis, _) => "{spinner} computing",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stage can be drawn.
    #[test]
    fn templates_are_templates() {
        for stage in [Stage::Manifests, Stage::Traces, Stage::Analysis] {
            for total in [0, 7] {
                assert!(ProgressStyle::with_template(template(stage, total)).is_ok(), "{stage:?} {total}");
            }
        }
    }

    /// The first word that is said takes the bar away, and comes through.
    #[test]
    fn words_take_the_bar_away() {
        let bar = Cell::new(Some(Bar::watch()));
        let mut stream = Clearing { bar: &bar, stream: Vec::new() };
        stream.write_all(b"said").unwrap();
        assert_eq!(stream.stream, b"said");
        assert!(bar.take().is_none());
    }
}
