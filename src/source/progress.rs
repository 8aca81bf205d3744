use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

/// What a run is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Stage {
    /// Reading manifests: files.
    Manifests,
    /// Reading traces: bytes, as they are stored.
    Traces,
    /// Computing.
    Analysis,
}

/// How far a run is, for whoever watches: nothing is ever computed from it, and nobody waits for it.
#[derive(Debug)]
pub struct Progress {
    stage: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
}

/// How far this process is. It is told from outside only, so that no stage has to hand a watcher on to the next.
pub static PROGRESS: Progress =
    Progress { stage: AtomicU8::new(Stage::Manifests as u8), done: AtomicU64::new(0), total: AtomicU64::new(0) };

impl Progress {
    /// Begins a stage of `total` steps; 0 if nobody knows.
    pub fn begin(&self, stage: Stage, total: u64) {
        self.stage.store(stage as u8, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Some steps are done.
    pub fn add(&self, done: u64) {
        self.done.fetch_add(done, Ordering::Relaxed);
    }

    /// The stage, the steps that are done, and all of them or 0.
    pub fn now(&self) -> (Stage, u64, u64) {
        let stage = match self.stage.load(Ordering::Relaxed) {
            0 => Stage::Manifests,
            1 => Stage::Traces,
            _ => Stage::Analysis,
        };
        (stage, self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }
}
