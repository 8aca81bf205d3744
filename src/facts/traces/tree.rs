use super::intern::Symbol;
use super::record::Record;

/// No span.
pub const NONE: u32 = u32::MAX;

/// How the spans of one trace hang together. All vectors are indexed like the spans, which are sorted by id and have no
/// duplicates.
///
/// A *request* is a span without a parent in its own service: where work came into the service. A *call site* is the
/// span that sent it: the nearest client or producer span above, in the caller's service. Linear in the number of
/// spans, but for the search for parents.
#[derive(Debug, Default)]
pub struct Tree {
    /// Parent; [`NONE`] at a root, an orphan, or where a cycle was cut.
    pub parent: Vec<u32>,
    /// Service; spans that do not say theirs belong to their parent's.
    pub service: Vec<Symbol>,
    /// The request that the span is part of: itself, if it is one.
    pub request: Vec<u32>,
    /// The call site that the span is, or is under, within its request.
    pub site: Vec<u32>,
    /// Spans whose parent is not there.
    pub orphans: u64,
    /// Spans that were their own ancestors.
    pub cycles: u64,
    done: Vec<Mark>,
    path: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    New,
    OnPath,
    Done,
}

impl Tree {
    /// Replaces the tree by that of other spans; what is allocated is kept.
    pub fn build(&mut self, spans: &[Record]) {
        let n = spans.len();
        self.orphans = 0;
        self.cycles = 0;
        self.parent.clear();
        self.parent.extend((0..n).map(|i| find_parent(spans, i)));
        for (values, initial) in [(&mut self.service, 0), (&mut self.request, NONE), (&mut self.site, NONE)] {
            values.clear();
            values.resize(n, initial);
        }
        self.done.clear();
        self.done.resize(n, Mark::New);
        for (i, span) in spans.iter().enumerate() {
            if self.parent[i] == NONE && span.parent != 0 {
                self.orphans += 1;
            }
            self.settle_from(spans, i);
        }
    }

    /// Settles all ancestors that are not settled, then the span itself. Depth is the input's, so this is a loop.
    fn settle_from(&mut self, spans: &[Record], start: usize) {
        let mut at = start;
        loop {
            match self.done[at] {
                Mark::Done => break,
                Mark::OnPath => {
                    // The span was met on the way up from itself.
                    self.cycles += 1;
                    self.parent[at] = NONE;
                    // The others of its cycle are settled after it: they are below it.
                    self.settle(spans, at);
                    break;
                }
                Mark::New => {}
            }
            self.done[at] = Mark::OnPath;
            self.path.push(at as u32);
            match self.parent[at] {
                NONE => break,
                parent => at = parent as usize,
            }
        }
        while let Some(i) = self.path.pop() {
            self.settle(spans, i as usize);
        }
    }

    fn settle(&mut self, spans: &[Record], i: usize) {
        self.done[i] = Mark::Done;
        let span = &spans[i];
        let parent = self.parent[i] as usize;
        let own_site = if span.is_call() { i as u32 } else { NONE };
        if self.parent[i] == NONE {
            self.service[i] = span.service;
            self.request[i] = i as u32;
            self.site[i] = own_site;
            return;
        }
        self.service[i] = if span.service == 0 { self.service[parent] } else { span.service };
        // A service that calls itself: its server spans are requests only if a call led to them. Otherwise they are
        // layers of one server (a proxy and the program, a servlet and its controller).
        let calls_itself = span.service != 0 && span.is_served() && spans[parent].is_call();
        if self.service[i] != self.service[parent] || calls_itself {
            self.request[i] = i as u32;
            self.site[i] = own_site;
        } else {
            self.request[i] = self.request[parent];
            self.site[i] = if span.is_call() { i as u32 } else { self.site[parent] };
        }
    }

    /// The call site above a call site, within the same request.
    pub fn outer_site(&self, site: usize) -> Option<usize> {
        let parent = self.parent[site];
        if parent == NONE || self.request[parent as usize] != self.request[site] {
            return None;
        }
        Some(self.site[parent as usize]).filter(|&outer| outer != NONE).map(|outer| outer as usize)
    }

    /// Where a call comes from that is answered below a span: its call site, or the span itself if it has none.
    pub fn origin(&self, above: usize) -> usize {
        match self.site[above] {
            NONE => above,
            site => site as usize,
        }
    }

    /// Where a span crosses from one service to another (or to itself by a call): the span above it.
    pub fn crossing(&self, i: usize) -> Option<usize> {
        let parent = self.parent[i];
        (parent != NONE && self.request[i] as usize == i).then_some(parent as usize)
    }
}

/// The parent among the spans: by id, except for the server half of a shared span, whose parent is its client half.
fn find_parent(spans: &[Record], i: usize) -> u32 {
    let span = &spans[i];
    let twins = with_id(spans, span.id);
    if twins.len() > 1
        && span.is_served()
        && let Some(client) = twins.clone().find(|&j| spans[j].is_call())
    {
        return client as u32;
    }
    if span.parent == 0 {
        return NONE;
    }
    let candidates = with_id(spans, span.parent).filter(|&j| j != i);
    // Of two halves of a shared span, the one in the span's own service, else the server's.
    let rank = |&j: &usize| (spans[j].service != span.service, !spans[j].is_served(), j);
    candidates.min_by_key(rank).map_or(NONE, |j| j as u32)
}

fn with_id(spans: &[Record], id: u64) -> impl ExactSizeIterator<Item = usize> + Clone {
    let start = spans.partition_point(|s| s.id < id);
    let length = spans[start..].iter().take_while(|s| s.id == id).count();
    start..start + length
}
