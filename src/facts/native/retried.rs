//! What a library tries again, in its words.

use crate::facts::Retried;
use crate::facts::proxy::Conditions;

/// The faults that conditions mean: the faults themselves, conditions of Envoy, status codes and statuses of gRPC. A word
/// that is none of these may mean any fault, and so does silence.
pub(super) fn retried<'w>(conditions: impl Iterator<Item = &'w str>) -> Retried {
    conditions.map(of).reduce(Retried::or).unwrap_or(Retried::ALL)
}

fn of(condition: &str) -> Retried {
    let word = condition.to_ascii_lowercase().replace('_', "-");
    match word.as_str() {
        "refused" => Retried::REFUSED,
        "error" => Retried { error: true, ..Retried::NONE },
        "late" | "timeout" => Retried { late: true, ..Retried::NONE },
        // What clients of gRPC are told, of whom nobody answers and of whom nobody answers in time.
        "unavailable" => Retried { refused: true, error: true, late: false },
        "deadline-exceeded" => Retried { error: true, late: true, ..Retried::NONE },
        _ => {
            let known = Conditions::of(&[&word]);
            // That a try is late a library may know without a limit that stands here.
            if known.words.is_empty() { Retried::ALL } else { known.retried(Some(0.0)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which faults are tried again, in every way to say so.
    #[test]
    fn faults() {
        for (words, refused, error, late) in [
            (&[][..], true, true, true),
            (&["refused"], true, false, false),
            (&["connect-failure", "late"], true, false, true),
            (&["503"], false, true, false),
            (&["429"], false, false, false),
            (&["UNAVAILABLE"], true, true, false),
            (&["DEADLINE_EXCEEDED"], false, true, true),
            (&["5xx"], true, true, true),
            (&["java.io.IOException"], true, true, true),
        ] {
            assert_eq!(retried(words.iter().copied()), Retried { refused, error, late }, "{words:?}");
        }
    }
}
