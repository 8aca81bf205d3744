use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Does `0..count` pieces of work on all threads, each thread with one workspace, and returns the results in order.
///
/// Threads take the next piece when they are free, so uneven pieces do no harm; which thread did what does not show.
pub fn in_parallel<W, R: Send>(
    count: usize,
    workspace: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, usize) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let threads = rayon::current_num_threads().min(count);
    let mut done: Vec<(usize, R)> = (0..threads)
        .into_par_iter()
        .flat_map_iter(|_| {
            let mut space = workspace();
            let mut results = Vec::new();
            loop {
                let piece = next.fetch_add(1, Ordering::Relaxed);
                if piece >= count {
                    return results;
                }
                results.push((piece, work(&mut space, piece)));
            }
        })
        .collect();
    done.sort_unstable_by_key(|(piece, _)| *piece);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Results come in the order of the pieces, and every piece is done once.
    #[test]
    fn results_are_in_order() {
        assert_eq!(in_parallel(1_000, || 0, |_, i| i * i), (0..1_000).map(|i| i * i).collect::<Vec<_>>());
        assert!(in_parallel(0, || 0, |_, i| i).is_empty());
    }
}
