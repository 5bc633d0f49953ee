//! Limits that are usual for a metric of some name: where to begin when nobody has said anything yet.
//!
//! The limits are those of the seed rule engine; they are a beginning, not knowledge of the system.

use super::{Direction, Severity};

/// A usual limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usual {
    /// What is measured.
    pub title: &'static str,
    /// Values over it are bad.
    pub limit: f64,
    /// Unit of the limit.
    pub unit: &'static str,
    /// Which side of the limit is bad.
    pub direction: Direction,
    /// How bad.
    pub severity: Severity,
}

struct Entry {
    /// Words that all occur in the name, each in one of its spellings.
    words: &'static [&'static [&'static str]],
    title: &'static str,
    limit: f64,
    unit: &'static str,
    severity: Severity,
}

const fn entry(
    words: &'static [&'static [&'static str]],
    title: &'static str,
    (limit, unit): (f64, &'static str),
    severity: Severity,
) -> Entry {
    Entry {
        words,
        title,
        limit,
        unit,
        severity,
    }
}

/// The first that fits counts, so what is special comes before what is general.
const TABLE: &[Entry] = &[
    entry(&[&["heap"]], "Heap", (85.0, "%"), Severity::Warning),
    entry(&[&["cpu"]], "CPU", (90.0, "%"), Severity::Warning),
    entry(
        &[&["memory", "mem", "ram"]],
        "Memory",
        (85.0, "%"),
        Severity::Warning,
    ),
    entry(
        &[&["disk", "filesystem"]],
        "Disk",
        (90.0, "%"),
        Severity::Critical,
    ),
    entry(
        &[
            &["response", "request", "latency"],
            &["time", "duration", "latency"],
        ],
        "Response time",
        (3_000.0, "ms"),
        Severity::Warning,
    ),
    entry(
        &[&["error", "errors"], &["rate", "minute"]],
        "Errors",
        (50.0, "/min"),
        Severity::Warning,
    ),
    entry(
        &[&["connections", "connection"], &["active", "open", "db"]],
        "Open connections",
        (500.0, ""),
        Severity::Warning,
    ),
];

/// The usual limit for what a query asks, by the words in it; nothing for names that say nothing.
///
/// Percentages need a name that says so (`percent`, `ratio`, `usage`) or is nothing but the metric: bytes of memory have no usual limit.
pub fn usual(query: &str) -> Option<Usual> {
    let name = query.to_ascii_lowercase();
    let words: Vec<&str> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has = |wanted: &[&str]| wanted.iter().any(|each| words.contains(each));
    let entry = TABLE
        .iter()
        .find(|entry| entry.words.iter().all(|spellings| has(spellings)))?;
    let (limit, unit) = match entry.unit {
        "%" if has(&["ratio"]) => (entry.limit / 100.0, ""),
        // A name that is nothing but the metric means its usual unit.
        "%" if words.len() > 1 && !has(&["percent", "pct", "usage", "utilization", "used"]) => {
            return None;
        }
        "%" if has(&["bytes", "seconds"]) => return None,
        "ms" if has(&["seconds", "sec", "s"]) => (entry.limit / 1_000.0, "s"),
        unit => (entry.limit, unit),
    };
    Some(Usual {
        title: entry.title,
        limit,
        unit,
        direction: Direction::Above,
        severity: entry.severity,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_when_it_says_what_is_measured_then_has_its_usual_limit() {
        for (query, limit, unit) in [
            ("cpu_percent", 90.0, "%"),
            ("node_memory_usage_percent", 85.0, "%"),
            ("disk_percent{mount=\"/\"}", 90.0, "%"),
            ("jvm_heap_used_ratio", 0.85, ""),
            ("http_request_duration_seconds", 3.0, "s"),
            ("checkout_response_time_ms", 3_000.0, "ms"),
            ("error_rate", 50.0, "/min"),
            ("active_connections", 500.0, ""),
        ] {
            let usual = usual(query).expect(query);
            assert_eq!((usual.limit, usual.unit), (limit, unit), "{query}");
        }
        assert_eq!(
            usual("disk_percent").map(|usual| usual.severity),
            Some(Severity::Critical)
        );
    }

    #[test]
    fn name_when_it_says_nothing_then_has_none() {
        for query in [
            "queue_depth",
            "node_memory_used_bytes",
            "process_cpu_seconds_total",
            "",
        ] {
            assert_eq!(usual(query), None, "{query}");
        }
    }
}
