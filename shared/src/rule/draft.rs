//! The written form of a rule (YAML and JSON alike), with defaults; the only way to a [`Rule`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Confirm, Direction, MinDeviation, OutsideRange, Paging, Recover, Rule, Schedule, Severities,
};
use crate::series::Fill;
use crate::time::{DAY_MS, Day, MINUTE_MS, Millis};

/// A rule as people write it; keys left out have defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RuleDraft {
    /// Slug; made from the name when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Name for people.
    pub name: String,
    /// Whether the schedule runs it; true.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Name of the source.
    pub source: String,
    /// `PromQL`, or a selector.
    pub query: String,
    /// Glob over the series' text form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_pattern: Option<String>,
    /// Unit of the values.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unit: String,
    /// Distance between samples; 60s.
    #[serde(default = "one_minute")]
    pub step: Millis,
    /// Age at which a sample is final; min(step, 30s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Millis>,
    /// History the detector may look back on; 7d.
    #[serde(default = "one_week")]
    pub window: Millis,
    /// Length of a fit epoch; 1d.
    #[serde(default = "one_day")]
    pub fit_every: Millis,
    /// `{ every: 15s }` or `{ cron: "0 */5 * * * *", tz: Asia/Seoul }`; every step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Time zone by whose wall clock seasons go, such as `Asia/Seoul`; UTC.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    pub time_zone: String,
    /// Days such as `2026-12-25` on which seasons expect a Sunday; none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// `{ kind: zscore, window_samples: 240 }`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub detector: Value,
    /// Threshold and what else decides.
    #[serde(default)]
    pub decision: DecisionDraft,
    /// Samples (`3`), a duration (`45s`) or `{ count: 3, of: 5 }`; 1.
    #[serde(rename = "for", default = "one_sample")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub confirm: Value,
    /// What ends an anomaly; `{ below: 0.9, for: 3 }`.
    #[serde(default = "calm")]
    pub recover: Recover,
    /// Nearer anomalies of one series are one; 5m.
    #[serde(default = "five_minutes")]
    pub merge_gap: Millis,
    /// What stands in a gap; none.
    #[serde(default)]
    pub fill: Fill,
    /// `{ after: 5m, severity: warning }`, or `off`.
    #[serde(default = "automatic")]
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub no_data: Value,
    /// Severity by score; `{ warning: 1.0, critical: 2.0 }`.
    #[serde(default)]
    pub severity: Severities,
    /// Whether anomalous samples enter the baseline; false.
    #[serde(default, skip_serializing_if = "is_default")]
    pub learn_from_anomalies: bool,
    /// Seed of random detectors; 0.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: u64,
    /// Labels put on every anomaly.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// What holds pages back: flapping, a limit, what it depends on; nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub paging: Paging,
    /// Ids of the calendars that it goes by; none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calendars: Vec<String>,
}

/// The written form of a `Decision`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DecisionDraft {
    /// Where the score is 1.0; each detector but the fixed limit has a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
    /// In place of a threshold: alarms a week that calm samples may give; the history says where that lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarms_per_week: Option<f64>,
    /// Whether a value exactly there is anomalous.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusive: Option<bool>,
    /// Which side counts; both, for a fixed limit above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Smallest deviation that counts.
    #[serde(skip_serializing_if = "is_default")]
    pub min_deviation: MinDeviation,
    /// Business range.
    #[serde(skip_serializing_if = "is_default")]
    pub range: OutsideRange,
}

fn yes() -> bool {
    true
}
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
fn utc() -> String {
    "UTC".to_owned()
}
fn is_utc(zone: &str) -> bool {
    zone == "UTC"
}
fn one_minute() -> Millis {
    Millis::new(MINUTE_MS)
}
fn five_minutes() -> Millis {
    Millis::new(5 * MINUTE_MS)
}
fn one_day() -> Millis {
    Millis::new(DAY_MS)
}
fn one_week() -> Millis {
    Millis::new(7 * DAY_MS)
}
fn one_sample() -> Value {
    Value::from(1)
}
fn automatic() -> Value {
    Value::Null
}
fn calm() -> Recover {
    Recover {
        below: 0.9,
        samples: 3,
    }
}

impl From<Rule> for RuleDraft {
    fn from(rule: Rule) -> Self {
        Self {
            id: Some(rule.id.to_string()),
            name: rule.name,
            enabled: rule.enabled,
            source: rule.source.0,
            query: rule.query,
            source_pattern: rule.source_pattern,
            unit: rule.unit,
            step: rule.step,
            delay: Some(rule.delay),
            window: rule.window,
            fit_every: rule.fit_every,
            schedule: Some(rule.schedule),
            time_zone: rule.time_zone,
            holidays: rule.holidays.days().iter().map(Day::to_string).collect(),
            detector: rule.detector.to_json(),
            decision: DecisionDraft {
                threshold: rule
                    .decision
                    .alarms_per_week
                    .is_none()
                    .then_some(rule.decision.threshold),
                alarms_per_week: rule.decision.alarms_per_week,
                inclusive: Some(rule.decision.inclusive),
                direction: Some(rule.decision.direction),
                min_deviation: rule.decision.min_deviation,
                range: rule.decision.range,
            },
            confirm: match rule.confirm {
                Confirm::Samples(count) => Value::from(count),
                Confirm::Duration(duration) => Value::from(duration.to_string()),
                Confirm::CountOf { count, of } => serde_json::json!({"count": count, "of": of}),
            },
            recover: rule.recover,
            merge_gap: rule.merge_gap,
            fill: rule.fill,
            no_data: rule.no_data.map_or(Value::from("off"), |no_data| {
                let after = no_data.after.to_string();
                serde_json::json!({"after": after, "severity": no_data.severity.as_str()})
            }),
            severity: rule.severity,
            learn_from_anomalies: rule.learn_from_anomalies,
            seed: rule.seed,
            labels: rule.labels,
            paging: rule.paging,
            calendars: rule.calendars,
        }
    }
}
