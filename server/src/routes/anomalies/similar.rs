//! `GET /api/v1/anomalies/{id}/similar`
//!
//! Likeness is a sum of plain facts, each of which the answer names: who found it, where, which way, how far, how
//! long, when, and whether the values went up and down alike.

use axum::Json;
use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{ErrorBody, Likeness, SimilarAnomaly, SimilarQuery, SimilarResponse};
use hindcast_shared::rule::RuleId;
use hindcast_shared::time::{DAY_MS, HOUR_MS, TimeRange, UtcOffsets};

use super::explain::rule_then;
use super::stored;
use crate::auth::Viewer;
use crate::error::{ApiError, ApiResult};
use crate::extract::{Path, Query};
use crate::schedule::{offsets, zone};
use crate::state::{App, AppState};
use crate::store::AnomalyFilter;

/// Items when the query does not say, and at most.
const DEFAULT_LIMIT: u32 = 5;
const MAX_LIMIT: u32 = 20;

/// Earlier anomalies that are looked at: of the rule, and of other rules over the same source.
const CANDIDATES: u32 = 300;

/// Candidates whose shapes are compared: each costs a read of samples.
const SHAPES: usize = 12;

/// Points that a shape is reduced to.
const SHAPE_POINTS: usize = 32;

/// From this correlation on shapes are called alike.
const ALIKE: f64 = 0.8;

/// How much each fact weighs; together 1.
const WEIGHTS: [(Likeness, f64); 9] = [
    (Likeness::Rule, 0.25),
    (Likeness::Shape, 0.2),
    (Likeness::Series, 0.15),
    (Likeness::Size, 0.1),
    (Likeness::Duration, 0.1),
    (Likeness::Labels, 0.05),
    (Likeness::Side, 0.05),
    (Likeness::TimeOfDay, 0.05),
    (Likeness::Weekday, 0.05),
];

/// Finds earlier anomalies that are like this one, and says in what.
#[utoipa::path(get, path = "/api/v1/anomalies/{id}/similar", tag = "anomalies", operation_id = "list_similar_anomalies",
    params(("id" = String, Path, description = "Id of the anomaly"), SimilarQuery),
    responses((status = OK, body = SimilarResponse), (status = BAD_REQUEST, body = ErrorBody),
        (status = NOT_FOUND, body = ErrorBody)))]
pub(crate) async fn list_similar_anomalies(
    app: AppState,
    _: Viewer,
    Path(id): Path<String>,
    Query(query): Query<SimilarQuery>,
) -> ApiResult<Json<SimilarResponse>> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if limit == 0 || limit > MAX_LIMIT {
        let message = format!("must lie between 1 and {MAX_LIMIT}");
        return Err(ApiError::invalid_query("limit", message));
    }
    let this = stored(&app, &id).await?.anomaly;
    let mut candidates = earlier(&app, &this, Some(this.rule_id.clone())).await?;
    for other in earlier(&app, &this, None).await? {
        if other.rule_id != this.rule_id {
            candidates.push(other);
        }
    }
    let looked_at = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    let wall = wall_clock(&app, &this).await?;
    let mut items: Vec<_> = candidates
        .into_iter()
        .map(|anomaly| judged(&this, anomaly, &wall))
        .collect();
    sort(&mut items);
    let shape_of_this = shape(&app, &this).await?;
    for item in items.iter_mut().take(SHAPES) {
        let other = shape(&app, &item.anomaly).await?;
        item.shape = shape_of_this
            .as_ref()
            .zip(other)
            .and_then(|(one, other)| correlation(one, &other));
        if item.shape.is_some_and(|shape| shape >= ALIKE) {
            item.because.push(Likeness::Shape);
            weigh(item);
        }
    }
    sort(&mut items);
    items.retain(|item| item.similarity >= 0.3);
    items.truncate(limit as usize);
    Ok(Json(SimilarResponse { items, looked_at }))
}

/// The newest anomalies that began before this one, of a rule or of the source.
async fn earlier(app: &App, this: &Anomaly, rule: Option<RuleId>) -> ApiResult<Vec<Anomaly>> {
    let filter = AnomalyFilter {
        from_ms: i64::MIN,
        to_ms: this.start_ms - 1,
        statuses: Vec::new(),
        severities: Vec::new(),
        source: Some(this.source.0.clone()),
        rule,
        series: None,
        min_score: None,
        limit: CANDIDATES,
        after: None,
    };
    let (found, _) = app.store.anomalies().list(&filter).await?;
    Ok(found
        .into_iter()
        .filter(|other| other.kind == this.kind && other.id != this.id)
        .collect())
}

/// The wall clock by which the rule goes.
async fn wall_clock(app: &App, this: &Anomaly) -> ApiResult<UtcOffsets> {
    let rule = rule_then(app, this).await?;
    let zone = rule.and_then(|rule| zone(&rule.time_zone).ok());
    Ok(zone.map_or_else(UtcOffsets::utc, |zone| {
        offsets(&zone, this.start_ms - 400 * DAY_MS, this.start_ms + DAY_MS)
    }))
}

/// What two anomalies have in common, their shapes aside.
fn judged(this: &Anomaly, other: Anomaly, wall: &UtcOffsets) -> SimilarAnomaly {
    let mut because = Vec::new();
    let mut note = |is_alike: bool, likeness: Likeness| {
        if is_alike {
            because.push(likeness);
        }
    };
    note(this.rule_id == other.rule_id, Likeness::Rule);
    note(this.series_key == other.series_key, Likeness::Series);
    note(
        this.series_key != other.series_key && labels_alike(this, &other),
        Likeness::Labels,
    );
    let sides = |anomaly: &Anomaly| anomaly.peak.map(|peak| peak.side);
    note(
        sides(this).is_some() && sides(this) == sides(&other),
        Likeness::Side,
    );
    let scores = (this.peak_score(), other.peak_score());
    note(within(scores.0, scores.1, 1.5), Likeness::Size);
    let lasted = |anomaly: &Anomaly| (anomaly.end_ms - anomaly.start_ms) as f64;
    note(
        within(lasted(this).max(1.0), lasted(&other).max(1.0), 2.0),
        Likeness::Duration,
    );
    let local = |at_ms: i64| at_ms + wall.offset_ms(at_ms);
    let apart = (local(this.start_ms) - local(other.start_ms)).rem_euclid(DAY_MS);
    note(apart.min(DAY_MS - apart) <= HOUR_MS, Likeness::TimeOfDay);
    let weekday = |at_ms: i64| local(at_ms).div_euclid(DAY_MS).rem_euclid(7);
    note(
        weekday(this.start_ms) == weekday(other.start_ms),
        Likeness::Weekday,
    );
    let mut item = SimilarAnomaly {
        anomaly: other,
        similarity: 0.0,
        because,
        shape: None,
    };
    weigh(&mut item);
    item
}

/// Whether neither is more than `times` the other.
fn within(one: f64, other: f64, times: f64) -> bool {
    one > 0.0 && other > 0.0 && one <= other * times && other <= one * times
}

fn labels_alike(one: &Anomaly, other: &Anomaly) -> bool {
    let same = one
        .labels
        .iter()
        .filter(|(name, value)| other.labels.get(*name) == Some(value))
        .count();
    let all = one.labels.len().max(other.labels.len());
    all > 0 && same * 2 > all
}

/// Adds up what an item is alike in, and puts the weightiest first.
fn weigh(item: &mut SimilarAnomaly) {
    let place = |likeness: &Likeness| WEIGHTS.iter().position(|(known, _)| known == likeness);
    item.because.sort_by_key(place);
    // The same series has the same labels.
    let series = item.because.contains(&Likeness::Series);
    item.similarity = WEIGHTS
        .iter()
        .filter(|(known, _)| item.because.contains(known) || (series && *known == Likeness::Labels))
        .map(|(_, weight)| weight)
        .sum();
}

/// The most alike first, the newer of equals first.
fn sort(items: &mut [SimilarAnomaly]) {
    items.sort_by(|a, b| {
        let newer = b.anomaly.start_ms.cmp(&a.anomaly.start_ms);
        b.similarity.total_cmp(&a.similarity).then(newer)
    });
}

/// The values around an anomaly, as they were seen, between 0 and 1; none where they are not kept any more.
async fn shape(app: &App, anomaly: &Anomaly) -> ApiResult<Option<Vec<f64>>> {
    let Some(stored) = app.store.rules().get(&anomaly.rule_id).await? else {
        return Ok(None);
    };
    let step_ms = stored.rule.step.ms();
    // As much before and after as it lasted, and never less than a few samples.
    let around = (anomaly.end_ms - anomaly.start_ms).clamp(5 * step_ms, 6 * HOUR_MS);
    let range = TimeRange {
        from_ms: anomaly.start_ms - around,
        to_ms: anomaly.end_ms.min(anomaly.start_ms + DAY_MS) + around,
    };
    let points = app.store.points(&anomaly.rule_id, step_ms, range).await?;
    let Some(series) = points.get(&anomaly.series_key) else {
        return Ok(None);
    };
    let values: Vec<f64> = series
        .values
        .iter()
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    Ok((values.len() >= 8).then(|| resampled(&values)))
}

/// Values at evenly spread places, by straight lines between neighbours.
fn resampled(values: &[f64]) -> Vec<f64> {
    let last = values.len() - 1;
    (0..SHAPE_POINTS)
        .map(|at| {
            let place = at as f64 * last as f64 / (SHAPE_POINTS - 1) as f64;
            let left = place as usize;
            let share = place - left as f64;
            values[left] + (values[(left + 1).min(last)] - values[left]) * share
        })
        .collect()
}

/// Pearson's correlation; none where one of both never moves.
fn correlation(one: &[f64], other: &[f64]) -> Option<f64> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (a, b) = (mean(one), mean(other));
    let (mut both, mut of_one, mut of_other) = (0.0, 0.0, 0.0);
    for (x, y) in one.iter().zip(other) {
        both += (x - a) * (y - b);
        of_one += (x - a) * (x - a);
        of_other += (y - b) * (y - b);
    }
    let spread = (of_one * of_other).sqrt();
    (spread > 0.0 && spread.is_finite()).then(|| both / spread)
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use hindcast_shared::time::MINUTE_MS;
    use http::StatusCode;
    use serde_json::{Value, json};

    use super::*;
    use crate::routes::testing::{NOW_MS, TestApp, draft};
    use crate::store::testing::anomaly;

    #[test]
    fn shapes_when_stretched_and_scaled_then_are_alike_and_others_are_not() {
        let spike: Vec<f64> = (0..40)
            .map(|at| if (15..20).contains(&at) { 9.0 } else { 1.0 })
            .collect();
        let longer: Vec<f64> = (0..80)
            .map(|at| if (30..40).contains(&at) { 90.0 } else { 10.0 })
            .collect();
        let dip: Vec<f64> = spike.iter().map(|value| -value).collect();
        let with = |other: &[f64]| correlation(&resampled(&spike), &resampled(other));
        assert!(with(&longer) > Some(0.9), "{:?}", with(&longer));
        assert!(with(&dip) < Some(-0.9), "{:?}", with(&dip));
        assert_eq!(with(&[2.0; 40]), None);
    }

    #[test]
    fn weights_when_added_up_then_are_one() {
        let sum: f64 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn anomaly_when_at_the_same_hour_of_another_week_then_says_so() {
        let this = anomaly("r", "s", 100 * DAY_MS, Status::Open);
        let wall = UtcOffsets::utc();
        let week = judged(
            &this,
            anomaly("r", "s", 93 * DAY_MS + 30 * MINUTE_MS, Status::Resolved),
            &wall,
        );
        assert!(
            week.because.contains(&Likeness::Weekday)
                && week.because.contains(&Likeness::TimeOfDay)
        );
        let other = judged(
            &this,
            anomaly("r", "s", 91 * DAY_MS + 5 * HOUR_MS, Status::Resolved),
            &wall,
        );
        assert!(
            !other.because.contains(&Likeness::Weekday)
                && !other.because.contains(&Likeness::TimeOfDay)
        );
        assert!(week.similarity > other.similarity);
        let elsewhere = judged(
            &this,
            anomaly("q", "t", 91 * DAY_MS, Status::Resolved),
            &wall,
        );
        assert!(
            elsewhere.similarity < other.similarity,
            "another rule and series"
        );
    }

    #[tokio::test]
    async fn anomaly_when_it_happened_before_then_the_earlier_ones_are_found() -> anyhow::Result<()>
    {
        let app = TestApp::new().await?;
        let samples: Vec<Value> = (0..600)
            .map(|minute| {
                let value = if minute % 120 == 60 { 95.0 } else { 40.0 };
                json!({"name": "load", "at_ms": NOW_MS - (600 - minute) * MINUTE_MS, "value": value})
            })
            .collect();
        app.post(
            "/api/v1/samples",
            &[],
            &json!({ "samples": samples }).to_string(),
        )
        .await?;
        app.post("/api/v1/rules", &[], &draft("cpu")).await?;
        let found = app
            .post("/api/v1/anomalies/detect-and-notify?hours=10", &[], "")
            .await?;
        assert_eq!(found.status, StatusCode::OK, "{}", found.body);
        let list = app.get("/api/v1/anomalies?rule=cpu&from=now-1d").await?;
        let items = list.body["items"].as_array().expect("items").clone();
        assert_eq!(items.len(), 5);
        let newest = items[0]["id"].as_str().unwrap_or_default();
        let answer = app
            .get(&format!("/api/v1/anomalies/{newest}/similar?limit=3"))
            .await?;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert!(answer.body["looked_at"].as_i64() >= Some(4));
        let similar = answer.body["items"].as_array().expect("items");
        assert_eq!(similar.len(), 3);
        assert_eq!(
            similar[0]["anomaly"]["id"], items[1]["id"],
            "the newest of equals"
        );
        assert_eq!(similar[0]["because"][0], "rule");
        let oldest = items[4]["id"].as_str().unwrap_or_default();
        let first = app
            .get(&format!("/api/v1/anomalies/{oldest}/similar"))
            .await?;
        let of_its_rule = |item: &&Value| item["anomaly"]["rule_id"] == "cpu";
        let before = first.body["items"].as_array().expect("items").iter();
        assert_eq!(
            before.filter(of_its_rule).count(),
            0,
            "nothing was before it"
        );
        let wrong = app
            .get(&format!("/api/v1/anomalies/{oldest}/similar?limit=0"))
            .await?;
        assert_eq!(wrong.body["error"]["field"], "limit");
        Ok(())
    }
}
