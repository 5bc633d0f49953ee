//! What a picture of one anomaly shows: its series before, during and after it, as the rule sees it.

use anyhow::Context as _;
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::chart::Scene;
use hindcast_shared::detector::DetectorKind;
use hindcast_shared::replay::{self, People};
use hindcast_shared::rule::Rule;
use hindcast_shared::time::{TimeRange, UtcOffsets};

use super::data::{Freshness, Panel};
use crate::detection::history;
use crate::schedule;
use crate::sources::Sources;
use crate::store::Store;

/// Least and most samples that are shown.
const LEAST: i64 = 120;
const MOST: i64 = 4_000;

/// Most samples that a detector may look back on for one picture.
const MOST_NEEDED: i64 = 250_000;

/// The scene of an anomaly, for a drawing of so many pixel columns; none when its rule or its samples are gone.
pub(crate) async fn scene_about(
    store: &Store,
    sources: &Sources,
    anomaly: &Anomaly,
    now_ms: i64,
    columns: u32,
) -> anyhow::Result<Option<Scene>> {
    let Some(stored) = store.rules().get(&anomaly.rule_id).await? else {
        return Ok(None);
    };
    let (rule, version) = (stored.rule, stored.version);
    let range = range_around(&rule, anomaly, now_ms);
    let from_ms = replay::needs_from_ms(&rule, range.from_ms);
    let needed = TimeRange { from_ms, ..range };
    anyhow::ensure!(
        needed.duration_ms() / rule.step.ms() <= MOST_NEEDED,
        "its detector looks back too far for a picture"
    );
    let mut data = history::load(Some(store), sources, &rule, needed).await?;
    data.series.retain(|key, _| *key == anomaly.series_key);
    let ticks = schedule::ticks(&rule, needed).context("its schedule")?;
    let state = store.rules().state(&rule.id).await?;
    let anomaly = anomaly.clone();
    let made = tokio::task::spawn_blocking(move || {
        let mut folded = replay::replay(&rule, version, &data, range, &ticks, People::default());
        let key = anomaly.series_key;
        let series = data.series.get(&key).cloned()?;
        let panel = Panel {
            range,
            offsets: UtcOffsets::utc(),
            watermark_ms: state.map(|state| state.watermark_ms.min(range.to_ms)),
            freshness: Freshness::Fresh,
            series: Some(series),
            columns: folded.columns.remove(&key),
            n_series: 1,
            anomalies: vec![anomaly.clone()],
            worst: Some(anomaly),
            rule,
        };
        let mut scene = panel.scene(columns);
        // Elsewhere the edge of the band is the threshold.
        if panel.rule.detector.kind() == DetectorKind::Threshold {
            scene.limit = Some(panel.rule.decision.threshold);
        }
        Some(scene)
    });
    Ok(made.await?)
}

/// Twice as long before it as it lasted, and a little after it.
fn range_around(rule: &Rule, anomaly: &Anomaly, now_ms: i64) -> TimeRange {
    let step_ms = rule.step.ms();
    let end_ms = anomaly.end_ms.max(anomaly.start_ms) + step_ms;
    let lasted_ms = end_ms - anomaly.start_ms;
    let before_ms = (2 * lasted_ms).max(LEAST * step_ms);
    let to_ms = (end_ms + (lasted_ms / 4).max(step_ms)).min(now_ms.max(end_ms));
    // What lasts for weeks is shown with its end.
    let from_ms = (anomaly.start_ms - before_ms).max(to_ms - MOST * step_ms);
    TimeRange { from_ms, to_ms }
}
