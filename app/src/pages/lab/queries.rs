//! Queries that were asked here before, offered beside those that the source suggests; listed and deleted in `desk`.

use leptos::prelude::*;

use super::bench::Bench;
use crate::browser;
use crate::desk::protocol::{KEPT_QUERIES, QUERIES};

/// So many are remembered.
const MOST: usize = 20;

/// What the draft asks, as it is remembered.
pub(super) fn line(bench: Bench) -> String {
    bench
        .draft
        .with(|draft| format!("{}\t{}", draft.source, draft.query))
}

/// Remembers what the draft asks now.
pub(super) fn remember(bench: Bench) {
    let line = untrack(|| line(bench));
    let before = browser::remembered(QUERIES).unwrap_or_default();
    let others = before.lines().filter(|other| *other != line);
    let lines: Vec<&str> = std::iter::once(line.as_str())
        .chain(others)
        .take(MOST)
        .collect();
    browser::remember(QUERIES, &lines.join("\n"));
}

/// What was kept or asked of a source, without what is suggested anyway.
pub(super) fn asked(source: &str, suggested: &mut Vec<String>) {
    for place in [KEPT_QUERIES, QUERIES] {
        let lines = browser::remembered(place).unwrap_or_default();
        for line in lines.lines() {
            match line.split_once('\t') {
                Some((of, query)) if of == source && suggested.iter().all(|one| one != query) => {
                    suggested.push(query.to_owned());
                }
                _ => {}
            }
        }
    }
}
