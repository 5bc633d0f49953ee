//! Checks of a written rule: every refusal names its field.

use serde_json::{Map, Value};

use super::draft::DecisionDraft;
use super::{
    Confirm, Decision, Direction, MinDeviation, NoData, Rule, RuleDraft, RuleId, Schedule,
    Severities, Severity,
};
use crate::detector::{DetectorKind, DetectorSpec, ScaleKind};
use crate::error::{FieldError, from_json, unknown_key_message};
use crate::series::SourceName;
use crate::time::{DAY_MS, Holidays, MINUTE_MS, Millis, SECOND_MS};

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

/// Most calendars of a rule: each one is asked at every sample.
const MOST_CALENDARS: usize = 16;

/// Longest list of samples that `{ count, of }` looks at: one machine word of memory.
const MAX_CONFIRM_OF: u32 = 64;

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
        self.paging.check().map_err(|error| error.under("paging"))?;
        if self.calendars.len() > MOST_CALENDARS {
            let message = format!("must not be more than {MOST_CALENDARS}");
            return Err(FieldError::new("calendars", message));
        }
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
            time_zone: self.time_zone,
            holidays: holidays(&self.holidays)?,
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
            paging: self.paging,
            calendars: self.calendars,
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

/// Most holidays of a rule: each one is looked for at every sample.
const MAX_HOLIDAYS: usize = 1_000;

fn holidays(days: &[String]) -> Result<Holidays, FieldError> {
    if days.len() > MAX_HOLIDAYS {
        let message = format!("must not be more than {MAX_HOLIDAYS}");
        return Err(FieldError::new("holidays", message));
    }
    let day = |(index, text): (usize, &String)| {
        text.parse()
            .map_err(|message: String| FieldError::new(format!("holidays[{index}]"), message))
    };
    let days: Result<_, _> = days.iter().enumerate().map(day).collect();
    Ok(Holidays::new(days?))
}

impl DecisionDraft {
    fn validate(self, detector: &DetectorSpec) -> Result<Decision, FieldError> {
        let kind = detector.kind();
        let alarms_per_week = self.budget(kind)?;
        let threshold = self.threshold.or(kind.default_threshold());
        let threshold =
            threshold.ok_or_else(|| FieldError::new("threshold", "a fixed limit needs one"))?;
        let fixed = kind.about().scale == ScaleKind::Limit;
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
            alarms_per_week,
            inclusive: self.inclusive.unwrap_or(kind.about().inclusive),
            direction,
            min_deviation: self.min_deviation,
            range: self.range,
        })
    }
}

/// What a detector without a scale of its own gives when the rule names neither threshold nor budget.
const ALARMS_PER_WEEK: f64 = 1.0;

impl DecisionDraft {
    fn budget(&self, kind: DetectorKind) -> Result<Option<f64>, FieldError> {
        let field = "alarms_per_week";
        match (self.alarms_per_week, self.threshold) {
            (None, None) if kind.about().scale == ScaleKind::Calibrated => {
                Ok(Some(ALARMS_PER_WEEK))
            }
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(FieldError::new(
                field,
                "stands in place of threshold; give either",
            )),
            (Some(_), None) if kind.about().scale == ScaleKind::Limit || kind.is_group() => {
                let message = format!("`{}` needs a threshold", kind.as_str());
                Err(FieldError::new(field, message))
            }
            (Some(alarms), None) if (0.001..=10_000.0).contains(&alarms) => Ok(Some(alarms)),
            (Some(_), None) => Err(FieldError::new(field, "must lie between 0.001 and 10000")),
        }
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

/// The fields of a short object, if it has no others. Serde's readers of such ones, with the names of fields where
/// they fail, would be a fortieth of the Web Worker.
fn fields(value: Value, known: &[&str]) -> Result<Map<String, Value>, FieldError> {
    let Value::Object(written) = value else {
        return Ok(Map::new());
    };
    match written.keys().find(|name| !known.contains(&&***name)) {
        Some(name) => Err(FieldError::new(name, unknown_key_message(name, known))),
        None => Ok(written),
    }
}

fn whole(written: &Map<String, Value>, field: &str) -> Result<u32, FieldError> {
    let value = written.get(field);
    let value = value.ok_or_else(|| FieldError::new(field, "is missing"))?;
    value
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| FieldError::new(field, "must be a whole number"))
}

fn confirm(value: Value) -> Result<Confirm, FieldError> {
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
            let written = fields(value, &["count", "of"])?;
            let (count, of) = (whole(&written, "count")?, whole(&written, "of")?);
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
            let written = fields(value, &["after", "severity"])?;
            let after = written.get("after");
            let after = after.ok_or_else(|| FieldError::new("after", "is missing"))?;
            let after: Millis = after
                .as_str()
                .ok_or_else(|| "must be a duration such as 5m".to_owned())
                .and_then(str::parse)
                .map_err(|message| FieldError::new("after", message))?;
            let named = |word: &Value| Severity::ALL.into_iter().find(|it| word == it.as_str());
            let severity = match written.get("severity") {
                None => Severity::Warning,
                Some(word) => named(word).ok_or_else(|| {
                    FieldError::new("severity", "must be one of info, warning, critical")
                })?,
            };
            let no_data = NoData { after, severity };
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
