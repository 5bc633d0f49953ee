//! The series that tests of the Lab share, and the rule on it.

use serde_json::{Value, json};

use crate::{History, now_ms};

/// A rule on the latency of the checkout: the same history fires alike wherever it is looked at.
pub fn rule() -> Value {
    json!({
        "id": "checkout", "name": "checkout", "source": "prom", "query": "checkout_ms",
        "step": "1m", "window": "2d", "fit_every": "1d",
        "detector": { "kind": "zscore", "window_samples": 240 },
        "decision": { "threshold": 4.0, "direction": "above" }, "for": 2, "merge_gap": "10m"
    })
}

/// A week up to now in which nothing happens; tests lay their bumps into it.
pub fn quiet_week() -> History {
    History::quiet_week(
        "checkout_ms{instance=\"shop\"}",
        100.0,
        now_ms() / 1_000 - 120,
    )
}
