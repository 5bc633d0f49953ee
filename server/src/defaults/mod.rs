//! The rules that run when nothing is configured: this machine's limits, and one rule a demo metric.
//!
//! Owns their text; they are provisioned like the rules of a file. Knows nothing of how a rule runs.

mod by_name;

pub(crate) use self::by_name::usual_rule;

use hindcast_shared::rule::{Rule, usual};
use serde_json::{Value, json};

/// All of them.
pub(crate) fn rules() -> Vec<Rule> {
    let mut rules = host_rules();
    rules.extend(demo_rules());
    rules
}

/// Rules over the source `host`: fixed limits that are wrong on hardly any machine.
fn host_rules() -> Vec<Rule> {
    let limit = |name: &str, query: &str, minutes: i64| {
        let usual = usual(query).expect("the names of this source say what they measure");
        json!({
            "name": name, "source": "host", "query": query, "unit": usual.unit,
            "step": "30s", "delay": "2s", "window": "1d",
            "schedule": {"every": "30s"},
            "detector": {"kind": "threshold"},
            "decision": {"threshold": usual.limit, "direction": usual.direction},
            "for": format!("{minutes}m"),
            // Silence means that Hindcast itself did not run.
            "no_data": "off",
            "severity": {usual.severity.as_str(): 1.0},
        })
    };
    read(vec![
        limit("Host CPU", "cpu_percent", 3),
        limit("Host memory", "memory_percent", 3),
        limit("Host disk", "disk_percent", 1),
    ])
}

/// Rules over the source `demo`: each finds the incidents of its metric, and together they show the detectors.
fn demo_rules() -> Vec<Rule> {
    let rule = |name: &str, query: &str, unit: &str, detector: Value, decision: Value| {
        json!({
            "name": name, "source": "demo", "query": query, "unit": unit,
            "step": "1m", "delay": "0s", "window": "2d",
            // However long nobody looked, the demo's incidents are there.
            "schedule": {"every": "1m", "catch_up": "14d"},
            "detector": detector, "decision": decision, "for": 3,
            "merge_gap": "10m",
            "labels": {"team": "demo"},
        })
    };
    let day = |kind: &str| json!({"kind": kind, "window_samples": 1_440, "min_samples": 720});
    read(vec![
        rule(
            "Demo checkout latency",
            "demo_checkout_latency_p95_ms",
            "ms",
            day("mad"),
            json!({"threshold": 5.0, "direction": "above", "min_deviation": {"abs": 60.0}}),
        ),
        rule(
            "Demo requests",
            "demo_requests_per_second",
            "req/s",
            json!({"kind": "threshold"}),
            json!({"threshold": 130.0, "direction": "below"}),
        ),
        rule(
            "Demo errors",
            "demo_errors_percent",
            "%",
            day("mad"),
            json!({"threshold": 6.0, "direction": "above", "min_deviation": {"abs": 0.8}}),
        ),
        rule(
            "Demo queue depth",
            "demo_queue_depth",
            "",
            day("zscore"),
            json!({"threshold": 4.5, "direction": "above", "min_deviation": {"abs": 40.0}}),
        ),
        rule(
            "Demo memory",
            "demo_memory_percent",
            "%",
            json!({"kind": "threshold"}),
            json!({"threshold": 85.0, "direction": "above"}),
        ),
        rule(
            "Demo database connections",
            "demo_db_connections",
            "",
            day("iqr"),
            json!({"threshold": 1.5, "direction": "above", "min_deviation": {"abs": 60.0}}),
        ),
        rule(
            "Demo payments",
            "demo_payment_success_percent",
            "%",
            day("mad"),
            json!({"threshold": 6.0, "direction": "below", "min_deviation": {"abs": 2.0}}),
        ),
        rule(
            "Demo cache hits",
            "demo_cache_hit_percent",
            "%",
            day("zscore"),
            json!({"threshold": 5.0, "direction": "below", "min_deviation": {"abs": 4.0}}),
        ),
    ])
}

fn read(rules: Vec<Value>) -> Vec<Rule> {
    rules
        .into_iter()
        .map(|rule| Rule::from_json(rule).expect("the rules shipped with the program are valid"))
        .collect()
}

#[cfg(test)]
mod tests;
