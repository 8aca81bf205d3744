use crate::facts::{Origin, Retried, RetryLayer};
use std::sync::Arc;

/// The tries of nginx under its `proxy_next_upstream` (SEMANTICS A.2): a request that nobody can be sure was not
/// handled is passed on only if it may be repeated.
pub(in crate::facts) fn next_upstream(mut retry: RetryLayer, words: &str) -> RetryLayer {
    let words: Vec<&str> = words.split_whitespace().collect();
    let has = |word: &str| words.contains(&word);
    if has("off") {
        (retry.tries, retry.unlimited, retry.origin) = (Some(1), false, Origin::Explicit);
        return retry;
    }
    let broken = ["http_500", "http_502", "http_503", "http_504", "invalid_header"];
    retry.retried = Retried { refused: has("error"), error: broken.into_iter().any(has), late: has("timeout") };
    retry.conditions = words.into_iter().map(Arc::from).collect();
    retry
}
