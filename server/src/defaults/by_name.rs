//! Usual limits by the name of a metric: the rule that somebody would write first, for whoever has written none.
//!
//! A name counts only if it says its unit (percent, milliseconds, a minute) or is nothing but the metric: a share
//! between 0 and 1 or a counter must not get a limit in percent.

use hindcast_shared::rule::Rule;
use serde_json::{Value, json};
use wildmatch::WildMatch;

/// A metric with a usual limit.
struct Usual {
    title: &'static str,
    /// Globs over the name in lower case.
    names: &'static [&'static str],
    limit: f64,
    unit: &'static str,
    severity: &'static str,
}

/// The first that fits is taken.
const USUAL: &[Usual] = &[
    Usual {
        title: "CPU",
        names: &["cpu", "cpu_usage", "*cpu*percent*", "*cpu*pct*"],
        limit: 90.0,
        unit: "%",
        severity: "warning",
    },
    // Before the memory, because a heap's name often names it too.
    Usual {
        title: "Heap",
        names: &["heap", "heap_usage", "*heap*percent*", "*heap*pct*"],
        limit: 85.0,
        unit: "%",
        severity: "warning",
    },
    Usual {
        title: "Memory",
        names: &["memory", "memory_usage", "*mem*percent*", "*mem*pct*"],
        limit: 85.0,
        unit: "%",
        severity: "warning",
    },
    Usual {
        title: "Disk",
        names: &[
            "disk",
            "disk_usage",
            "*disk*percent*",
            "*disk*pct*",
            "*filesystem*percent*",
        ],
        limit: 90.0,
        unit: "%",
        severity: "critical",
    },
    Usual {
        title: "Response time",
        names: &["response_time", "*response_time*_ms", "*latency*_ms"],
        limit: 3_000.0,
        unit: "ms",
        severity: "warning",
    },
    Usual {
        title: "Errors",
        names: &["error_rate", "*errors_per_minute*"],
        limit: 50.0,
        unit: "/min",
        severity: "warning",
    },
    Usual {
        title: "Active connections",
        names: &["active_connections", "*_active_connections"],
        limit: 500.0,
        unit: "",
        severity: "warning",
    },
];

/// The usual rule for a metric of a source, as a rule file has it; none for a metric without a usual limit.
pub(crate) fn usual_rule(source: &str, metric: &str) -> Option<Value> {
    // Suggestions may carry labels; the name stands before them.
    let name = metric.split('{').next().unwrap_or(metric);
    let lower = name.to_ascii_lowercase();
    let usual = USUAL.iter().find(|usual| {
        let fits = |glob: &&str| WildMatch::new(glob).matches(&lower);
        usual.names.iter().any(fits)
    })?;
    let rule = json!({
        "name": format!("{} of {source}: {metric}", usual.title),
        "source": source,
        "query": metric,
        "unit": usual.unit,
        "detector": {"kind": "threshold"},
        "decision": {"threshold": usual.limit, "direction": "above"},
        "for": 3,
        "severity": {usual.severity: 1.0},
    });
    // A name that makes no rule gets none.
    Rule::from_json(rule.clone()).ok().map(|_| rule)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::usual_rule;

    #[rstest]
    #[case("CPU", Some(90.0))]
    #[case("node_cpu_percent{host=\"a\"}", Some(90.0))]
    #[case("node_cpu_seconds_total", None)]
    #[case("memory_percent", Some(85.0))]
    #[case("jvm_memory_heap_used_percent", Some(85.0))]
    #[case("disk_usage", Some(90.0))]
    #[case("checkout_latency_p95_ms", Some(3_000.0))]
    #[case("checkout_latency_p95_seconds", None)]
    #[case("ERROR_RATE", Some(50.0))]
    #[case("active_connections", Some(500.0))]
    #[case("custom", None)]
    fn usual_rule_when_the_name_is_known_then_has_its_limit(
        #[case] metric: &str,
        #[case] limit: Option<f64>,
    ) {
        let rule = usual_rule("prom", metric);
        let found = rule
            .as_ref()
            .map(|rule| rule["decision"]["threshold"].as_f64());
        assert_eq!(found, limit.map(Some));
    }

    #[test]
    fn usual_rule_when_it_is_a_disk_then_is_critical() {
        let rule = usual_rule("host", "disk_percent").expect("a usual limit");
        assert_eq!(rule["severity"]["critical"], 1.0);
    }
}
