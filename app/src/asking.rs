//! What a page asks for while nothing tells it: how often, of which rules, and what is active now.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::ListPage;
use hindcast_shared::time::{HOUR_MS, Millis};

use crate::api::{self, ApiError};

/// How often a panel asks when its address does not say: a dashboard holds more frames than a browser gives connections.
pub(crate) const ASK_EVERY_MS: i64 = 20_000;

/// What is active, of all rules or of some, which are asked for one by one.
pub(crate) async fn active_of(
    only: &[String],
    series: Option<&str>,
) -> Result<ListPage<Anomaly>, ApiError> {
    let mut query = vec![("status", "active"), ("from", "now-30d")];
    query.extend(series.map(|series| ("series", series)));
    let Some((first, others)) = only.split_first() else {
        return api::all_anomalies(&query).await;
    };
    let of = |rule| [&query[..], &[("rule", rule)]].concat();
    let mut page = api::all_anomalies(&of(first)).await?;
    for rule in others {
        let next = api::all_anomalies(&of(rule)).await?;
        page.items.extend(next.items);
        // The stream goes on from the oldest of the answers: what comes twice changes nothing.
    }
    Ok(page)
}

/// The rules of a wall that shows nothing else; none for a wall that shows everything.
pub(crate) fn wall_rules(pages: &str) -> Vec<String> {
    let rules: Option<Vec<String>> = pages
        .split(',')
        .map(|page| page.trim().strip_prefix("rule:").map(str::to_owned))
        .collect();
    rules.unwrap_or_default()
}

/// How often a panel asks: `refresh=20s`; none for `live`, which is a stream.
pub(crate) fn asking(refresh: Option<&str>) -> Option<i64> {
    match refresh {
        Some("live") => None,
        Some(text) => {
            // A bare number is seconds, as in panels without a script.
            let seconds = text
                .parse::<i64>()
                .ok()
                .map(|seconds| seconds.clamp(5, 3_600) * 1_000);
            let span = || text.parse::<Millis>().ok().map(Millis::ms);
            let asked_ms = seconds.or_else(span).unwrap_or(ASK_EVERY_MS);
            Some(asked_ms.clamp(5_000, HOUR_MS))
        }
        None => Some(ASK_EVERY_MS),
    }
}
