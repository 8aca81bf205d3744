//! Algorithms on plain graphs: they know nothing of services.
