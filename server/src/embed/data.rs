//! What a panel shows: one series of a rule with its expected band and scores, and the anomalies that were found.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::chart::{Change, Line, Scene, Span};
use hindcast_shared::map::Map;
use hindcast_shared::pipeline::Dataset;
use hindcast_shared::reduce::{self, Column};
use hindcast_shared::replay::{self, Columns, People};
use hindcast_shared::rule::{Rule, Schedule};
use hindcast_shared::series::{Series, SeriesKey};
use hindcast_shared::time::{MINUTE_MS, SECOND_MS, TimeRange, UtcOffsets, floor_to};

use super::query::PanelQuery;
use crate::detection::history;
use crate::error::{ApiError, ApiResult};
use crate::routes::range::{offsets_around, range, zone};
use crate::routes::rules::{rule_id, unknown_rule};
use crate::schedule::{self, offsets};
use crate::state::App;
use crate::store::{AnomalyFilter, StoredRule};

/// Most samples of a range: more than any screen shows, and still drawn within a second.
const MAX_SAMPLES: i64 = 200_000;

/// Most anomalies that are shown.
const MAX_ANOMALIES: u32 = 200;

/// After so many missed runs the data is late, and after so many it is stale.
const LATE_AFTER: i64 = 2;
const STALE_AFTER: i64 = 5;

/// How old the newest data is, beside how old it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    Fresh,
    Late,
    Stale,
}

/// A panel before anything expensive is done for it.
pub(super) struct Wanted {
    stored: StoredRule,
    range: TimeRange,
    offsets: UtcOffsets,
    watermark_ms: Option<i64>,
    freshness: Freshness,
    head: i64,
}

impl Wanted {
    pub(super) async fn of(app: &App, query: &PanelQuery) -> ApiResult<Self> {
        let Some(rule) = &query.rule else {
            return Err(ApiError::invalid_query("rule", "name a rule: ?rule=…"));
        };
        let id = rule_id(rule)?;
        let head = app.store.head();
        let stored = app.store.rules().get(&id).await?;
        let stored = stored.ok_or_else(|| unknown_rule(id.as_str()))?;
        let step_ms = stored.rule.step.ms();
        // Within a step nothing new can be seen: until then the drawing is the same, and so is its tag.
        let now_ms = floor_to(app.clock.now_ms(), step_ms.clamp(SECOND_MS, MINUTE_MS));
        let zone = zone(query.tz.as_deref())?;
        let around = offsets_around(&zone, now_ms);
        let range = range(&query.from, &query.to, now_ms, &around)?;
        if range.duration_ms() / step_ms > MAX_SAMPLES {
            let message =
                format!("the range has more than {MAX_SAMPLES} samples; take a shorter one");
            return Err(ApiError::invalid_query("from", message));
        }
        let state = app.store.rules().state(&id).await?;
        let watermark_ms = state.map(|state| state.watermark_ms);
        Ok(Self {
            freshness: freshness(&stored.rule, range, watermark_ms, now_ms),
            offsets: offsets(&zone, range.from_ms, range.to_ms),
            stored,
            range,
            watermark_ms,
            head,
        })
    }

    /// A text that differs whenever the drawing could.
    pub(super) fn version(&self) -> String {
        format!(
            "{} {} {} {:?} {:?} {}",
            self.stored.version,
            self.range.from_ms,
            self.range.to_ms,
            self.watermark_ms,
            self.freshness,
            self.head
        )
    }
}

fn freshness(rule: &Rule, range: TimeRange, watermark_ms: Option<i64>, now_ms: i64) -> Freshness {
    let step_ms = rule.step.ms();
    let Some(watermark_ms) = watermark_ms else {
        return Freshness::Fresh;
    };
    if !rule.enabled || range.to_ms <= now_ms - step_ms {
        return Freshness::Fresh;
    }
    let every_ms = match &rule.schedule {
        Schedule::Every { every, .. } => every.ms().max(step_ms),
        Schedule::Cron { .. } => step_ms.max(60 * MINUTE_MS),
    };
    let age_ms = now_ms - watermark_ms - step_ms - rule.delay.ms() - rule.schedule.jitter().ms();
    if age_ms > STALE_AFTER * every_ms {
        Freshness::Stale
    } else if age_ms > LATE_AFTER * every_ms {
        Freshness::Late
    } else {
        Freshness::Fresh
    }
}

/// Everything that a panel is drawn from.
pub(super) struct Panel {
    pub(super) rule: Rule,
    pub(super) range: TimeRange,
    pub(super) offsets: UtcOffsets,
    /// The newest evaluated instant.
    pub(super) watermark_ms: Option<i64>,
    pub(super) freshness: Freshness,
    /// The series that is shown; none when there is none.
    pub(super) series: Option<Series>,
    /// Its scores and its band.
    pub(super) columns: Option<Columns>,
    /// How many series the rule has.
    pub(super) n_series: usize,
    /// Anomalies of the series that is shown, newest first.
    pub(super) anomalies: Vec<Anomaly>,
    /// The worst of the rule that is going on.
    pub(super) worst: Option<Anomaly>,
}

impl Panel {
    /// Reads and computes a panel.
    pub(super) async fn load(app: &App, wanted: Wanted, query: &PanelQuery) -> ApiResult<Self> {
        let Wanted {
            stored,
            range,
            offsets,
            watermark_ms,
            freshness,
            ..
        } = wanted;
        let rule = stored.rule;
        let from_ms = replay::needs_from_ms(&rule, range.from_ms);
        let needed = TimeRange { from_ms, ..range };
        let data = history::load(Some(&app.store), &app.sources, &rule, needed).await?;
        let ticks = schedule::ticks(&rule, needed)?;
        let mut active = app.store.anomalies().active(&rule.id).await?;
        if let Some(only) = &query.series {
            active.retain(|anomaly| anomaly.series == *only);
        }
        let filter = AnomalyFilter {
            from_ms: range.from_ms,
            to_ms: range.to_ms,
            statuses: Vec::new(),
            severities: Vec::new(),
            rule: Some(rule.id.clone()),
            source: None,
            series: query.series.clone(),
            min_score: None,
            limit: MAX_ANOMALIES,
            after: None,
        };
        let (found, _) = app.store.anomalies().list(&filter).await?;
        let worst = active.into_iter().max_by(|a, b| {
            (a.severity, a.peak_score())
                .partial_cmp(&(b.severity, b.peak_score()))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let version = stored.version;
        let told = {
            let (rule, worst, only) = (rule.clone(), worst.clone(), query.series.clone());
            tokio::task::spawn_blocking(move || {
                let mut folded =
                    replay::replay(&rule, version, &data, range, &ticks, People::default());
                let (key, n_series) =
                    chosen(&data, &folded.columns, only.as_deref(), worst.as_ref());
                let series = key.and_then(|key| data.series.get(&key).cloned());
                let columns = key.and_then(|key| folded.columns.remove(&key));
                (key, series, columns, n_series)
            })
        };
        let (key, series, columns, n_series) = told.await.map_err(anyhow::Error::from)?;
        let mut anomalies = found;
        anomalies.retain(|anomaly| Some(anomaly.series_key) == key);
        Ok(Self {
            rule,
            range,
            offsets,
            watermark_ms,
            freshness,
            series,
            columns,
            n_series,
            anomalies,
            worst,
        })
    }

    /// The scene for a drawing of so many pixel columns.
    pub(super) fn scene(&self, columns: u32) -> Scene {
        let mut scene = Scene::empty(self.range, self.offsets.clone());
        scene.critical_from = self.rule.severity.critical.unwrap_or(f64::INFINITY);
        scene.stale = self.freshness == Freshness::Stale;
        let until_ms = self.watermark_ms.unwrap_or(self.range.to_ms);
        scene.spans = self
            .anomalies
            .iter()
            .map(|anomaly| Span {
                from_ms: anomaly.start_ms,
                to_ms: if anomaly.status.is_active() {
                    until_ms.max(anomaly.end_ms)
                } else {
                    anomaly.end_ms
                },
                severity: anomaly.severity,
                change: Change::Kept,
            })
            .collect();
        let Some(series) = &self.series else {
            return scene;
        };
        scene.unit.clone_from(&series.unit);
        // What was found must not be smoothed away.
        let peaks = self.anomalies.iter().filter_map(|anomaly| anomaly.peak);
        let keep_ms: Vec<i64> = peaks.map(|peak| peak.at_ms).collect();
        scene.lines.push(Line {
            points: reduce::m4(series, self.range, columns, &keep_ms),
            color: 0,
        });
        if let Some(found) = &self.columns {
            let column = |values| Column {
                start_ms: found.start_ms,
                step_ms: found.step_ms,
                values,
            };
            let lower = column(&found.lower);
            scene.band =
                reduce::envelope(lower, &found.upper, &found.expected, self.range, columns);
            scene.ribbon = reduce::maxima(column(&found.scores), self.range, columns);
        }
        scene
    }
}

/// The series that matters most, and how many there are: the one that is asked for, else that of what is going on,
/// else the one with the highest score.
fn chosen(
    data: &Dataset,
    columns: &Map<SeriesKey, Columns>,
    only: Option<&str>,
    worst: Option<&Anomaly>,
) -> (Option<SeriesKey>, usize) {
    let n_series = data.series.len();
    if let Some(only) = only {
        let named = data.series.iter();
        let mut named = named.filter(|(_, series)| series.labels.to_string() == only);
        return (named.next().map(|(key, _)| *key), 1);
    }
    let going_on = worst
        .map(|anomaly| anomaly.series_key)
        .filter(|key| data.series.contains_key(key));
    let highest = |key: &SeriesKey| {
        let scores = columns.get(key).map_or(&[][..], |found| &found.scores[..]);
        scores.iter().fold(0.0_f64, |most, score| most.max(*score))
    };
    let mut best: Option<(SeriesKey, f64)> = None;
    for key in data.series.keys() {
        let score = highest(key);
        if best.is_none_or(|(_, most)| score > most) {
            best = Some((*key, score));
        }
    }
    (going_on.or(best.map(|(key, _)| key)), n_series)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_when_runs_are_missed_then_is_late_and_then_stale() {
        let rule = serde_json::json!({
            "id": "r", "name": "r", "source": "s", "query": "q", "step": "60s",
            "schedule": {"every": "60s"}, "detector": {"kind": "threshold"},
            "decision": {"threshold": 1.0},
        });
        let rule = Rule::from_json(rule).expect("a rule");
        let now_ms = 100 * MINUTE_MS;
        let range = TimeRange {
            from_ms: 0,
            to_ms: now_ms,
        };
        let at = |minutes: i64| freshness(&rule, range, Some(now_ms - minutes * MINUTE_MS), now_ms);
        assert_eq!(at(2), Freshness::Fresh);
        assert_eq!(at(5), Freshness::Late);
        assert_eq!(at(9), Freshness::Stale);
        let past = TimeRange {
            from_ms: 0,
            to_ms: now_ms / 2,
        };
        let then = freshness(&rule, past, Some(0), now_ms);
        assert_eq!(then, Freshness::Fresh, "the past does not grow old");
    }
}
