//! The written form of a rule (YAML and JSON alike), with defaults; the only way to a [`Rule`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Confirm, Decision, DetectorSpec, Direction, MinDeviation, NoData, OutsideRange, Recover, Rule,
    RuleId, Schedule, Severities, Severity,
};
use crate::error::{FieldError, from_json};
use crate::series::{Fill, SourceName};
use crate::time::{DAY_MS, MINUTE_MS, Millis, SECOND_MS};

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
    #[serde(default, skip_serializing_if = "is_false")]
    pub learn_from_anomalies: bool,
    /// Seed of random detectors; 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// Labels put on every anomaly.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// The written form of a [`Decision`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields, default)]
pub struct DecisionDraft {
    /// Where the score is 1.0; each detector but the fixed limit has a default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
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
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_false(value: &bool) -> bool {
    !value
}
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out references"
)]
fn is_zero(value: &u64) -> bool {
    *value == 0
}
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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

/// Longest list of samples that `{ count, of }` looks at: one machine word of memory.
const MAX_CONFIRM_OF: u32 = 64;

/// Reads the draft; unknown keys and wrong types name their field.
pub(super) fn draft_from_json(value: Value) -> Result<RuleDraft, FieldError> {
    if !value.is_object() {
        return Err(FieldError::new(
            "",
            "expected a rule: a mapping with name, source, query and detector",
        ));
    }
    from_json(value)
}

impl RuleDraft {
    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// [`FieldError`] that names the first field that is wrong.
    pub fn validate(self) -> Result<Rule, FieldError> {
        let id = match &self.id {
            Some(id) => id
                .parse()
                .map_err(|message: String| FieldError::new("id", message))?,
            None => RuleId::slug(&self.name)
                .map_err(|_| FieldError::new("name", "must not be empty"))?,
        };
        for (field, text) in [
            ("name", &self.name),
            ("source", &self.source),
            ("query", &self.query),
        ] {
            if text.trim().is_empty() {
                return Err(FieldError::new(field, "must not be empty"));
            }
        }
        let step = self.step;
        if step.ms() < SECOND_MS || step.ms() > DAY_MS {
            return Err(FieldError::new("step", "must lie between 1s and 1d"));
        }
        self.check_times()?;
        let detector =
            DetectorSpec::from_json(self.detector).map_err(|error| error.under("detector"))?;
        if detector.lookback_samples() as i64 * step.ms() > self.window.ms() {
            let message = format!(
                "{} samples of {step} are longer than window ({}); shorten it or lengthen window",
                detector.lookback_samples(),
                self.window
            );
            return Err(FieldError::new("detector.window_samples", message));
        }
        let decision = self
            .decision
            .validate(&detector)
            .map_err(|error| error.under("decision"))?;
        check_severity(&self.severity).map_err(|error| error.under("severity"))?;
        if self.recover.samples == 0 {
            return Err(FieldError::new("recover.for", "must be at least 1 sample"));
        }
        if !(self.recover.below > 0.0 && self.recover.below <= 1.0) {
            return Err(FieldError::new(
                "recover.below",
                "must lie between 0 and 1, where 1 is the threshold",
            ));
        }
        Ok(Rule {
            id,
            name: self.name,
            enabled: self.enabled,
            source: SourceName(self.source),
            query: self.query,
            source_pattern: self.source_pattern,
            unit: self.unit,
            step,
            delay: self.delay.unwrap_or(step.min(Millis::from_secs(30))),
            window: self.window,
            fit_every: self.fit_every,
            schedule: self.schedule.unwrap_or(Schedule::every(step)),
            detector,
            decision,
            confirm: confirm(self.confirm).map_err(|error| error.under("for"))?,
            recover: self.recover,
            merge_gap: self.merge_gap,
            fill: self.fill,
            no_data: no_data(self.no_data, step).map_err(|error| error.under("no_data"))?,
            severity: self.severity,
            learn_from_anomalies: self.learn_from_anomalies,
            seed: self.seed,
            labels: self.labels,
        })
    }

    fn check_times(&self) -> Result<(), FieldError> {
        let step = self.step.ms();
        if self.window.ms() < step {
            return Err(FieldError::new("window", "must be at least one step"));
        }
        if self.window.ms() > 400 * DAY_MS {
            return Err(FieldError::new("window", "must not exceed 400d"));
        }
        if self.fit_every.ms() < step || self.fit_every.ms() % step != 0 {
            return Err(FieldError::new(
                "fit_every",
                format!("must be a multiple of step ({})", self.step),
            ));
        }
        if self.delay.is_some_and(|delay| delay.ms() > DAY_MS) {
            return Err(FieldError::new("delay", "must not exceed 1d"));
        }
        if self.merge_gap.ms() > DAY_MS * 7 {
            return Err(FieldError::new("merge_gap", "must not exceed 7d"));
        }
        match &self.schedule {
            Some(Schedule::Every { every, .. }) if every.ms() < SECOND_MS => {
                Err(FieldError::new("schedule.every", "must be at least 1s"))
            }
            Some(Schedule::Every { jitter, every, .. }) if jitter >= every => Err(FieldError::new(
                "schedule.jitter",
                "must be shorter than every",
            )),
            _ => Ok(()),
        }
    }
}

impl DecisionDraft {
    fn validate(self, detector: &DetectorSpec) -> Result<Decision, FieldError> {
        let kind = detector.kind();
        let threshold = self.threshold.or(kind.default_threshold());
        let threshold =
            threshold.ok_or_else(|| FieldError::new("threshold", "a fixed limit needs one"))?;
        let fixed = *detector == DetectorSpec::Threshold;
        if !threshold.is_finite() || (!fixed && threshold <= 0.0) {
            return Err(FieldError::new(
                "threshold",
                "must be a finite number, above 0 for every detector but threshold",
            ));
        }
        let direction = self.direction.unwrap_or(if fixed {
            Direction::Above
        } else {
            Direction::Both
        });
        if fixed && direction == Direction::Both {
            return Err(FieldError::new(
                "direction",
                "a fixed limit needs above or below",
            ));
        }
        let MinDeviation { abs, rel } = self.min_deviation;
        if !(abs.is_finite() && rel.is_finite() && abs >= 0.0 && rel >= 0.0) {
            return Err(FieldError::new("min_deviation", "must not be negative"));
        }
        if let (Some(above), Some(below)) = (self.range.above, self.range.below)
            && below > above
        {
            return Err(FieldError::new(
                "range.below",
                "must not exceed range.above",
            ));
        }
        Ok(Decision {
            threshold,
            inclusive: self.inclusive.unwrap_or(kind.default_inclusive()),
            direction,
            min_deviation: self.min_deviation,
            range: self.range,
        })
    }
}

fn check_severity(severity: &Severities) -> Result<(), FieldError> {
    let levels = [
        ("info", severity.info),
        ("warning", severity.warning),
        ("critical", severity.critical),
    ];
    let mut last = 0.0;
    for (field, from) in levels {
        let Some(from) = from else { continue };
        if !from.is_finite() || from < 1.0 {
            return Err(FieldError::new(
                field,
                "must be at least 1.0, the score at the threshold",
            ));
        }
        if from < last {
            return Err(FieldError::new(
                field,
                "must not begin below a milder severity",
            ));
        }
        last = from;
    }
    if last == 0.0 {
        return Err(FieldError::new(
            "",
            "needs at least one of info, warning, critical",
        ));
    }
    Ok(())
}

fn confirm(value: Value) -> Result<Confirm, FieldError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct CountOf {
        count: u32,
        of: u32,
    }
    match value {
        Value::Number(number) => {
            match number.as_u64().and_then(|count| u32::try_from(count).ok()) {
                Some(count) if count > 0 => Ok(Confirm::Samples(count)),
                _ => Err(FieldError::new("", "must be at least 1 sample")),
            }
        }
        Value::String(text) => text
            .parse()
            .map(Confirm::Duration)
            .map_err(|message: String| FieldError::new("", message)),
        Value::Object(_) => {
            let CountOf { count, of } = from_json(value)?;
            if of == 0 || of > MAX_CONFIRM_OF {
                return Err(FieldError::new(
                    "of",
                    format!("must lie between 1 and {MAX_CONFIRM_OF}"),
                ));
            }
            if count == 0 || count > of {
                return Err(FieldError::new("count", "must lie between 1 and `of`"));
            }
            Ok(Confirm::CountOf { count, of })
        }
        _ => Err(FieldError::new(
            "",
            "expected samples (3), a duration (45s) or { count: 3, of: 5 }",
        )),
    }
}

fn no_data(value: Value, step: Millis) -> Result<Option<NoData>, FieldError> {
    match value {
        // Three samples may be late before silence is news, and never less than five minutes.
        Value::Null => {
            let after = Millis::new((3 * step.ms()).max(5 * MINUTE_MS));
            Ok(Some(NoData {
                after,
                severity: Severity::Warning,
            }))
        }
        Value::Bool(false) => Ok(None),
        Value::String(text) if text == "off" => Ok(None),
        Value::Object(_) => {
            let no_data: NoData = from_json(value)?;
            if no_data.after < step {
                return Err(FieldError::new(
                    "after",
                    format!("must be at least one step ({step})"),
                ));
            }
            Ok(Some(no_data))
        }
        _ => Err(FieldError::new("", "expected { after: 5m } or off")),
    }
}

impl From<Rule> for RuleDraft {
    fn from(rule: Rule) -> Self {
        let json = |value: Result<Value, serde_json::Error>| value.unwrap_or(Value::Null);
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
            detector: json(serde_json::to_value(rule.detector)),
            decision: DecisionDraft {
                threshold: Some(rule.decision.threshold),
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
                json(serde_json::to_value(no_data))
            }),
            severity: rule.severity,
            learn_from_anomalies: rule.learn_from_anomalies,
            seed: rule.seed,
            labels: rule.labels,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn minimal() -> Value {
        json!({"name": "Checkout latency", "source": "prom", "query": "up", "detector": {"kind": "zscore"}})
    }

    #[test]
    fn rule_when_minimal_then_has_the_documented_defaults() {
        let rule = Rule::from_json(minimal()).expect("a valid rule");
        assert_eq!(rule.id.as_str(), "checkout-latency");
        assert_eq!(rule.delay, Millis::from_secs(30));
        assert_eq!(rule.confirm_samples(), (1, 1));
        assert_eq!(rule.decision.direction, Direction::Both);
        assert_eq!(
            rule.no_data.map(|no_data| no_data.after),
            Some(Millis::new(5 * MINUTE_MS))
        );
    }

    #[test]
    fn rule_when_written_and_read_back_then_is_the_same() {
        let mut value = minimal();
        value["for"] = json!({"count": 3, "of": 5});
        value["no_data"] = json!("off");
        value["detector"] = json!({"kind": "iqr", "quartiles": "index"});
        let rule = Rule::from_json(value).expect("a valid rule");
        let text = serde_json::to_string(&rule).expect("rules serialize");
        let again: Rule = serde_json::from_str(&text).expect("its own text");
        assert_eq!(rule, again);
        assert_eq!(rule.config_hash(), again.config_hash());
    }

    #[rstest]
    #[case("detector", json!({"kind": "zscore", "window_samples": 0}), "detector.window_samples")]
    #[case("detector", json!({"kind": "zscore", "window_sample": 10}), "detector.window_sample")]
    #[case("detector", json!({"kind": "zscore", "window_samples": "x"}), "detector.window_samples")]
    #[case("detector", json!({"kind": "zscore", "min_samples": 500}), "detector.min_samples")]
    #[case("detector", json!({"kind": "magic"}), "detector.kind")]
    #[case("detector", json!({"kind": "threshold"}), "decision.threshold")]
    #[case("decision", json!({"threshold": -1}), "decision.threshold")]
    #[case("decision", json!({"direction": "up"}), "decision.direction")]
    #[case("window", json!("0s"), "window")]
    #[case("window", json!("1h"), "detector.window_samples")]
    #[case("step", json!("0s"), "step")]
    #[case("step", json!("soon"), "step")]
    #[case("fit_every", json!("90s"), "fit_every")]
    #[case("for", json!(0), "for")]
    #[case("for", json!({"count": 4, "of": 3}), "for.count")]
    #[case("recover", json!({"below": 0.9, "for": 0}), "recover.for")]
    #[case("severity", json!({"warning": 2.0, "critical": 1.0}), "severity.critical")]
    #[case("no_data", json!({"after": "1s"}), "no_data.after")]
    #[case("name", json!("  "), "name")]
    #[case("thresold", json!(3), "thresold")]
    fn rule_when_a_field_is_wrong_then_names_it(
        #[case] key: &str,
        #[case] value: Value,
        #[case] field: &str,
    ) {
        let mut rule = minimal();
        rule[key] = value;
        let error = Rule::from_json(rule).expect_err("an invalid rule");
        assert_eq!(error.field, field, "{error}");
    }
}
