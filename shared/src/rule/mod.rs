//! Rules: what is watched, how it is judged and when somebody hears of it.
//!
//! A [`Rule`] cannot be invalid: it is only made from a [`RuleDraft`], and every refusal names the field.
//! Knows nothing of files, HTTP or time zones' names.

mod decision;
mod draft;
pub mod export;
mod paging;
mod schedule;
mod usual;
mod validate;

pub use decision::{
    Confirm, Decision, Direction, MinDeviation, NoData, OutsideRange, Recover, Severities, Severity,
};
pub use draft::RuleDraft;
pub use paging::{Dependency, Flap, Limit, Paging};
pub use schedule::{Schedule, Ticks};
pub use usual::{Usual, usual};

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::detector::DetectorSpec;
use crate::error::FieldError;
use crate::hash::{digest128, hex};
use crate::series::{Fill, SourceName};
use crate::time::{Holidays, Millis, floor_to};

/// Stable slug of a rule: lower-case letters, digits and dashes, at most 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "checkout-latency"))]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The slug of a name: letters and digits kept, everything else a dash.
    pub fn slug(name: &str) -> Result<Self, String> {
        let mut slug = String::with_capacity(name.len());
        for c in name.chars() {
            if c.is_ascii_alphanumeric() {
                slug.push(c.to_ascii_lowercase());
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let mut slug = slug.trim_end_matches('-').to_owned();
        if slug.is_empty() && !name.trim().is_empty() {
            // A name without any Latin letter still gets a stable slug.
            slug = format!("rule-{}", &hex(&digest128(&[name.as_bytes()]))[..12]);
        }
        slug.truncate(64);
        slug.trim_end_matches('-').parse()
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for RuleId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty()
            || text.len() > 64
            || !text.bytes().all(fine)
            || text.starts_with('-')
            || text.ends_with('-')
        {
            return Err(format!(
                "`{text}` is not a rule id; use lower-case letters, digits and dashes, at most 64"
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// A valid rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(into = "RuleDraft")]
pub struct Rule {
    /// Stable slug.
    pub id: RuleId,
    /// Name for people.
    pub name: String,
    /// Whether the schedule runs it.
    pub enabled: bool,
    /// The source that is asked.
    pub source: SourceName,
    /// What it is asked: `PromQL`, or a selector for the other sources.
    pub query: String,
    /// Glob over a series' text form; series that do not match are left out.
    pub source_pattern: Option<String>,
    /// Unit of the values, for people.
    pub unit: String,
    /// Distance between two samples.
    pub step: Millis,
    /// How old a sample must be to be final.
    pub delay: Millis,
    /// History that the detector may look back on.
    pub window: Millis,
    /// Length of a fit epoch; a multiple of `step`.
    pub fit_every: Millis,
    /// When it is evaluated.
    pub schedule: Schedule,
    /// Name of the time zone by whose wall clock seasons go; only the server can resolve it.
    pub time_zone: String,
    /// Days that seasons take for Sundays.
    pub holidays: Holidays,
    /// How a value is scored.
    pub detector: DetectorSpec,
    /// When a score is an anomaly.
    pub decision: Decision,
    /// How long it must last (`for:`).
    pub confirm: Confirm,
    /// What ends it.
    pub recover: Recover,
    /// Anomalies of one series nearer than this are one.
    pub merge_gap: Millis,
    /// What stands in a gap.
    pub fill: Fill,
    /// When silence itself is an anomaly; `None` = never.
    pub no_data: Option<NoData>,
    /// Severity by score.
    pub severity: Severities,
    /// Whether samples above the threshold enter the baseline.
    pub learn_from_anomalies: bool,
    /// Seed of detectors that draw at random.
    pub seed: u64,
    /// What holds its pages back.
    pub paging: Paging,
    /// Ids of the calendars that it goes by.
    pub calendars: Vec<String>,
    /// Labels put on every anomaly, for routing.
    pub labels: BTreeMap<String, String>,
}

impl Rule {
    /// Reads a rule from a JSON value.
    ///
    /// # Errors
    /// [`FieldError`] that names the first field that is wrong.
    pub fn from_json(value: serde_json::Value) -> Result<Self, FieldError> {
        validate::draft_from_json(value)?.validate()
    }

    /// Hash of everything that changes what the rule would do; 32 hexadecimal digits.
    pub fn config_hash(&self) -> String {
        let text = serde_json::to_vec(&RuleDraft::from(self.clone())).unwrap_or_default();
        hex(&digest128(&[&text]))
    }

    /// Length of `window` in samples.
    pub fn window_samples(&self) -> usize {
        usize::try_from(self.window.ms() / self.step.ms()).unwrap_or(0)
    }

    /// How many samples a streak must have, as `(count, of)`.
    pub fn confirm_samples(&self) -> (u32, u32) {
        self.confirm.samples(self.step)
    }

    /// The longest gap in samples that neither breaks a streak nor stops a fill.
    pub fn gap_samples(&self) -> usize {
        let after = self
            .no_data
            .as_ref()
            .map_or(5 * self.step.ms(), |no_data| no_data.after.ms());
        usize::try_from(after / self.step.ms()).unwrap_or(0)
    }

    /// How far back a streak, a recovery or a merge can reach: what came before cannot matter any more.
    pub fn memory(&self) -> Millis {
        let (_, of) = self.confirm_samples();
        let samples = i64::from(of) + i64::from(self.recover.samples) + self.gap_samples() as i64;
        let back_ms = self.same_within_ms().max(self.paging.memory_ms());
        Millis::new(back_ms + samples * self.step.ms())
    }

    /// What comes back this soon after its end is the same anomaly.
    pub fn same_within_ms(&self) -> i64 {
        let settle_ms = self.paging.flap.map_or(0, |flap| flap.settle.ms());
        self.merge_gap.ms().max(settle_ms)
    }

    /// The fit boundary at which a fold must begin to know all that matters at `first_ms`.
    pub fn fold_from_ms(&self, first_ms: i64) -> i64 {
        floor_to(first_ms - self.memory().ms(), self.fit_every.ms())
    }

    /// From where on data must reach for that fold: a window before the boundary.
    pub fn needs_from_ms(&self, first_ms: i64) -> i64 {
        self.fold_from_ms(first_ms) - self.window.ms()
    }

    /// Whether the rule watches a series with this text form.
    pub fn watches(&self, series: &str) -> bool {
        self.source_pattern
            .as_ref()
            .is_none_or(|pattern| crate::glob::matches(pattern, series))
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(serde_json::Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
