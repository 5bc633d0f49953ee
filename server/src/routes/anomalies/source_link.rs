//! Where a source itself shows what a rule asks it, around an anomaly.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::time::{HOUR_MS, MINUTE_MS};
use url::Url;

use super::explain::rule_then;
use crate::config::SourceSpec;
use crate::error::ApiResult;
use crate::state::App;

/// The address, for sources that have a page for queries.
pub(super) async fn of(app: &App, anomaly: &Anomaly) -> ApiResult<Option<String>> {
    let source = app
        .config
        .sources
        .iter()
        .find(|one| one.name == anomaly.source);
    let Some(SourceSpec::Prometheus(prometheus)) = source.map(|source| &source.spec) else {
        return Ok(None);
    };
    let rule = rule_then(app, anomaly).await?;
    Ok(rule.and_then(|rule| graph(&prometheus.url, &rule.query, anomaly)))
}

/// The page of Prometheus' graph; what speaks its language leads on from there to its own.
fn graph(base: &Url, query: &str, anomaly: &Anomaly) -> Option<String> {
    let mut address = base.clone();
    // Who may look there signs in there.
    address.set_username("").ok()?;
    address.set_password(None).ok()?;
    let path = format!("{}/graph", base.path().trim_end_matches('/'));
    address.set_path(&path);
    let lasted_ms = anomaly.end_ms - anomaly.start_ms;
    let around_ms = (lasted_ms * 4).clamp(HOUR_MS, 14 * 24 * HOUR_MS);
    let end_ms = anomaly.end_ms + (around_ms - lasted_ms).max(0) / 2;
    let end = jiff::Timestamp::from_millisecond(end_ms).ok()?;
    address
        .query_pairs_mut()
        .clear()
        .append_pair("g0.expr", query)
        .append_pair("g0.tab", "0")
        .append_pair("g0.range_input", &format!("{}m", around_ms / MINUTE_MS))
        .append_pair(
            "g0.end_input",
            &end.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        );
    Some(address.into())
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;

    use super::*;
    use crate::store::testing::anomaly;

    #[test]
    fn link_when_made_then_shows_the_query_around_the_anomaly_and_no_password() {
        let base = Url::parse("http://ann:secret@prom.example:9090/p/").expect("an address");
        let found = anomaly("r", "s", 1_767_614_400_000, Status::Open);
        let link = graph(&base, "sum(rate(x[5m])) > 1", &found).expect("a link");
        assert!(
            link.starts_with("http://prom.example:9090/p/graph?g0.expr=sum%28rate"),
            "{link}"
        );
        assert!(link.contains("g0.end_input=2026-01-05+12%3A"), "{link}");
        assert!(!link.contains("secret"));
    }
}
