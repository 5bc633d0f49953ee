//! The rule that somebody would write first for a metric of a known name, for whoever has written none.

use hindcast_shared::rule::{Rule, usual};
use serde_json::{Value, json};

/// The usual rule for a metric of a source, as a rule file has it; none for a metric without a usual limit.
pub(crate) fn usual_rule(source: &str, metric: &str) -> Option<Value> {
    // Suggestions may carry labels; the name stands before them.
    let usual = usual(metric.split('{').next().unwrap_or(metric))?;
    let rule = json!({
        "name": format!("{} of {source}: {metric}", usual.title),
        "source": source,
        "query": metric,
        "unit": usual.unit,
        "detector": {"kind": "threshold"},
        "decision": {"threshold": usual.limit, "direction": usual.direction},
        "for": 3,
        "severity": {usual.severity.as_str(): 1.0},
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
    #[case("checkout_latency_p95_seconds", Some(3.0))]
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
