//! Samples, summarised: few points with what they leave out, and what kind of series it is.

use hindcast_shared::api::SeriesQuery;
use hindcast_shared::series::{Series, SeriesKey};
use hindcast_shared::time::{TimeRange, UtcOffsets};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::tool::{Tool, json as to_json, limit};
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::routes::range::range;
use crate::routes::series::{Found, reduced};
use crate::state::AppState;
use crate::study::OfSeries;

/// Most series of one answer.
const MOST_SERIES: usize = 20;

/// A column of pixels keeps its first, lowest, highest and last value.
const POINTS_A_COLUMN: u32 = 4;

/// Finds the series of a query, or of a saved rule as the rule sees them: a summary of each, and few points that keep
/// its highs, lows and gaps. At most 20 series.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct QuerySeries {
    /// Name of the source.
    source: Option<String>,
    /// `PromQL` or selector.
    query: Option<String>,
    /// Id of a saved rule, in place of source, query and step.
    rule: Option<String>,
    /// Beginning of the range; `now-1d` unless given.
    from: Option<String>,
    /// End of the range; `now` unless given.
    to: Option<String>,
    /// Distance between samples; `60s` unless given.
    step: Option<String>,
    /// At most about so many points of each series, 4 to 400; 100 unless given.
    points: Option<u32>,
}

impl Tool for QuerySeries {
    const NAME: &'static str = "query_series";
    const TITLE: &'static str = "Query series";

    async fn answer(self, app: &AppState, _: Caller) -> ApiResult<Value> {
        let points = limit(self.points, 100, 400, "points")?;
        let px = (points as u32 / POINTS_A_COLUMN).max(1);
        let asked = Asked {
            from: self.from.unwrap_or_else(|| "now-1d".to_owned()),
            to: self.to,
            source: self.source,
            query: self.query,
            rule: self.rule,
            step: self.step,
        };
        asked
            .told(app, move |key, series, range| {
                Ok(json!({
                    "summary": summary(series, range),
                    "points": to_json(&reduced(key, series, range, px))?,
                }))
            })
            .await
    }
}

/// Says what kind of series it is: samples, gaps, range of values, seasons, trend, noise, changes of level, spikes, in
/// figures and sentences, and which detectors to try and why. At most 20 series.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileSeries {
    /// Name of the source.
    source: Option<String>,
    /// `PromQL` or selector.
    query: Option<String>,
    /// Id of a saved rule, in place of source, query and step.
    rule: Option<String>,
    /// Beginning of the range; `now-14d` unless given: a week shows in two weeks, not in one.
    from: Option<String>,
    /// End of the range; `now` unless given.
    to: Option<String>,
    /// Distance between samples; `60s` unless given.
    step: Option<String>,
}

impl Tool for ProfileSeries {
    const NAME: &'static str = "profile_series";
    const TITLE: &'static str = "Profile series";

    async fn answer(self, app: &AppState, _: Caller) -> ApiResult<Value> {
        let asked = Asked {
            from: self.from.unwrap_or_else(|| "now-14d".to_owned()),
            to: self.to,
            source: self.source,
            query: self.query,
            rule: self.rule,
            step: self.step,
        };
        asked
            .told(app, |_, series, range| {
                to_json(&OfSeries::of(series, range))
            })
            .await
    }
}

struct Asked {
    from: String,
    to: Option<String>,
    source: Option<String>,
    query: Option<String>,
    rule: Option<String>,
    step: Option<String>,
}

impl Asked {
    /// Finds the series and tells of each of the first ones by its text form.
    async fn told(
        self,
        app: &AppState,
        of: impl Fn(SeriesKey, &Series, TimeRange) -> ApiResult<Value> + Send + 'static,
    ) -> ApiResult<Value> {
        let query = SeriesQuery {
            source: self.source,
            query: self.query,
            rule: self.rule,
            from: self.from,
            to: self.to.unwrap_or_else(|| "now".to_owned()),
            step: self.step,
            px: None,
            tz: None,
        };
        let utc = UtcOffsets::utc();
        let range = range(&query.from, &query.to, app.clock.now_ms(), &utc)?;
        let found = Found::of_query(app, &query, range).await?;
        // A profile of many values is no work for a thread that answers requests.
        let work = tokio::task::spawn_blocking(move || {
            let total = found.data.series.len();
            let first = found.data.series.into_iter().take(MOST_SERIES);
            let told = first.map(|(key, series)| {
                let mut told = of(key, &series, range)?;
                told["series"] = json!(series.labels.to_string());
                told["unit"] = json!(series.unit);
                Ok(told)
            });
            let told: ApiResult<Vec<Value>> = told.collect();
            Ok(json!({
                "range": to_json(&range)?, "series": told?, "series_total": total, "warnings": found.warnings,
            }))
        });
        work.await.map_err(anyhow::Error::from)?
    }
}

fn summary(series: &Series, range: TimeRange) -> Value {
    let values = series.slice(range.from_ms, range.to_ms);
    let known: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    let count = known.len();
    let lowest = known.iter().copied().reduce(f64::min);
    let highest = known.iter().copied().reduce(f64::max);
    let mean = (count > 0).then(|| known.iter().sum::<f64>() / count as f64);
    json!({
        "samples": count, "missing": values.len() - count, "lowest": lowest, "highest": highest, "mean": mean,
        "last": known.last(),
    })
}
