//! An anomaly: an interval with its peak, its expected band, its severity and a reason.
//!
//! Owns what an anomaly is and which states it can have; how it comes about is the pipeline's business.

mod written;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use ulid::Ulid;

use crate::detector::DetectorKind;
use crate::hash::digest128;
use crate::rule::{RuleId, Severity};
use crate::series::{SeriesKey, SourceName};
use written::Written;

/// Identity of an anomaly: a ULID whose time is its start and whose 80 random bits are a hash of rule, series and start.
///
/// The same anomaly found twice has the same id, so inserting it twice changes nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "01JH0000000000000000000000"))]
pub struct AnomalyId(pub Ulid);

impl AnomalyId {
    /// The id of what begins at `start_ms` in a series under a rule; `kind` keeps silence and deviation apart.
    pub fn new(rule: &RuleId, series: SeriesKey, kind: AnomalyKind, start_ms: i64) -> Self {
        let digest = digest128(&[
            rule.as_str().as_bytes(),
            &series.0,
            &[kind as u8],
            &start_ms.to_be_bytes(),
        ]);
        let mut bits = [0; 16];
        bits[6..].copy_from_slice(&digest[..10]);
        Self(Ulid::from_parts(
            u64::try_from(start_ms).unwrap_or(0),
            u128::from_be_bytes(bits),
        ))
    }
}

impl fmt::Display for AnomalyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for AnomalyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AnomalyId({})", self.0)
    }
}

impl FromStr for AnomalyId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ulid::from_string(text)
            .map(Self)
            .map_err(|_| format!("`{text}` is not an anomaly id of 26 characters"))
    }
}

impl Serialize for AnomalyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AnomalyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AnomalyKind {
    /// A value that was not expected.
    Deviation,
    /// No value where one was due.
    NoData,
    /// A source that does not answer.
    SourceDown,
    /// A rule whose runs fail.
    RuleFailing,
}

impl AnomalyKind {
    /// Whether it is found in samples, and not in how rules run.
    pub fn is_of_samples(self) -> bool {
        matches!(self, Self::Deviation | Self::NoData)
    }

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deviation => "deviation",
            Self::NoData => "no_data",
            Self::SourceDown => "source_down",
            Self::RuleFailing => "rule_failing",
        }
    }
}

/// Where an anomaly stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Going on, nobody has taken it.
    Open,
    /// Going on, somebody has taken it.
    Acknowledged,
    /// Over.
    Resolved,
    /// Judged to have been nothing.
    FalseAlarm,
    /// Judged to have been known beforehand.
    Expected,
}

impl Status {
    /// Whether it is still going on.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Open | Self::Acknowledged)
    }

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::FalseAlarm => "false_alarm",
            Self::Expected => "expected",
        }
    }
}

impl FromStr for Status {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        [Self::Open, Self::Acknowledged, Self::Resolved, Self::FalseAlarm, Self::Expected]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or_else(|| format!("`{text}` is not a status; one of open, acknowledged, resolved, false_alarm, expected"))
    }
}

/// Which way a value went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Over the expected value.
    High,
    /// Under it.
    Low,
}

/// The worst moment of an anomaly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Peak {
    /// When it was.
    pub at_ms: i64,
    /// Its score; 1.0 is the threshold.
    pub score: f64,
    /// The value that was seen.
    pub value: f64,
    /// The value that was expected, where the detector has one.
    pub expected: Option<f64>,
    /// Lower edge of the expected band.
    pub lower: Option<f64>,
    /// Upper edge of the expected band.
    pub upper: Option<f64>,
    /// Which way the value went.
    pub side: Side,
}

/// Why an anomaly was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CloseReason {
    /// The values calmed down, or came back.
    Recovered,
    /// Somebody closed it.
    Manual,
    /// The series has been absent for longer than the rule's window.
    SeriesGone,
    /// The rule was switched off, changed or removed.
    RuleGone,
}

/// Where an anomaly was found, and by what: all of it that stays as it is while it lives.
///
/// A pipeline tells each step of a life with the whole anomaly, and this part of it is not copied for that.
#[derive(Debug, Clone, PartialEq)]
pub struct Origin {
    /// What kind of thing went wrong.
    pub kind: AnomalyKind,
    /// The rule that found it.
    pub rule_id: RuleId,
    /// The rule's name then.
    pub rule_name: String,
    /// The rule's version then.
    pub rule_version: u32,
    /// Hash of the rule's content then.
    pub config_hash: String,
    /// Hash of the samples that the detector had seen when it was detected; 16 hexadecimal digits.
    pub data_hash: String,
    /// Where the series comes from.
    pub source: SourceName,
    /// Text form of the series.
    pub series: String,
    /// Identity of the series.
    pub series_key: SeriesKey,
    /// Unit of the values.
    pub unit: String,
    /// The rule's labels.
    pub labels: BTreeMap<String, String>,
    /// The detector that scored it.
    pub detector: DetectorKind,
    /// The threshold it had.
    pub threshold: f64,
    /// The budget that it comes from, if the rule names one: merged alarms a week.
    pub alarms_per_week: Option<f64>,
}

/// An anomaly. It is written as one flat object, and what its origin has is read as if it were its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Anomaly {
    /// Identity.
    pub id: AnomalyId,
    /// Where it was found, and by what.
    pub origin: Arc<Origin>,
    /// Where it stands.
    pub status: Status,
    /// How bad it is at its worst.
    pub severity: Severity,
    /// First sample of the streak.
    pub start_ms: i64,
    /// Last anomalous sample.
    pub end_ms: i64,
    /// Nominal time of the tick that confirmed it.
    pub detected_at_ms: i64,
    /// Nominal time of the tick or command that closed it.
    pub closed_at_ms: Option<i64>,
    /// Why it was closed.
    pub close_reason: Option<CloseReason>,
    /// Its worst moment; none for silence.
    pub peak: Option<Peak>,
    /// How often it came back after it was over.
    pub reopened: u32,
    /// Until when nobody is paged because of it, if somebody said so.
    pub snoozed_until_ms: Option<i64>,
    /// Who takes care of it, if somebody said so.
    pub assignee: Option<String>,
}

impl Deref for Anomaly {
    type Target = Origin;

    fn deref(&self) -> &Origin {
        &self.origin
    }
}

impl Anomaly {
    /// Its origin, to be changed; whoever shares it keeps what it was.
    pub fn origin_mut(&mut self) -> &mut Origin {
        Arc::make_mut(&mut self.origin)
    }

    /// Score at the peak; 1.0 for silence, which has no score.
    pub fn peak_score(&self) -> f64 {
        self.peak.map_or(1.0, |peak| peak.score)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::Labels;

    #[test]
    fn id_when_made_twice_then_is_the_same_and_sorts_by_start() {
        let rule: RuleId = "r".parse().expect("a slug");
        let key = SeriesKey::new(&"s".into(), &Labels::default());
        let id = AnomalyId::new(&rule, key, AnomalyKind::Deviation, 1_700_000_000_000);
        assert_eq!(
            id,
            AnomalyId::new(&rule, key, AnomalyKind::Deviation, 1_700_000_000_000)
        );
        assert!(id < AnomalyId::new(&rule, key, AnomalyKind::Deviation, 1_700_000_000_001));
        assert_ne!(
            id,
            AnomalyId::new(&rule, key, AnomalyKind::NoData, 1_700_000_000_000)
        );
        assert_eq!(id.to_string().parse::<AnomalyId>(), Ok(id));
        assert_eq!(id.0.timestamp_ms(), 1_700_000_000_000);
    }
}
