//! What a room of the house must never do.

use super::{Finding, Source};

/// How a statement begins, or how sqlx is asked for one.
const SQL: &[&str] = &[
    "sqlx::query",
    "\"SELECT ",
    "\"INSERT INTO ",
    "\"DELETE FROM ",
    "\"UPDATE ",
    "\"CREATE TABLE ",
    "\"PRAGMA ",
];

/// SQL is written in `server/src/store/` and its migrations only.
pub(super) fn sql_outside_the_store(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let in_server = source.path.starts_with("server/src") && source.has_extension(&["rs"]);
        let in_store = source.path.starts_with("server/src/store")
            || source.path.ends_with("server/src/store.rs");
        if !in_server || in_store {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            if SQL.iter().any(|sign| line.contains(sign)) {
                findings.push(source.finding(number, "SQL outside of server/src/store"));
            }
        }
    }
    findings
}

/// What needs an operating system, a clock or a source of chance.
const IO: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "SystemTime::now",
    "Instant::now",
    "Utc::now",
    "getrandom",
    "thread_rng",
];

/// `shared` does no I/O, reads no clock, starts no thread and draws no chance.
pub(super) fn io_in_shared(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        if !source.path.starts_with("shared/src") || !source.has_extension(&["rs"]) {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if let Some(sign) = IO.iter().find(|sign| code.contains(**sign)) {
                findings.push(source.finding(number, format!("`{sign}` in shared")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Source, io_in_shared, sql_outside_the_store};

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    #[test]
    fn sql_when_in_the_store_then_is_fine_and_elsewhere_is_found() {
        let text = "sqlx::query(\"SELECT 1\")\n";
        assert_eq!(
            sql_outside_the_store(&[source("server/src/store/rule.rs", text)]),
            []
        );
        assert_eq!(
            sql_outside_the_store(&[source("server/src/router.rs", text)]).len(),
            1
        );
    }

    #[test]
    fn io_when_in_a_comment_then_is_fine_and_in_code_is_found() {
        assert_eq!(
            io_in_shared(&[source("shared/src/a.rs", "// not std::fs\n")]),
            []
        );
        assert_eq!(
            io_in_shared(&[source("shared/src/a.rs", "use std::fs;\n")]).len(),
            1
        );
        assert_eq!(
            io_in_shared(&[source("server/src/a.rs", "use std::fs;\n")]),
            []
        );
    }
}
