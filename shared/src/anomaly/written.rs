//! An anomaly as it is written: flat, as whoever reads it has known it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Anomaly, AnomalyId, AnomalyKind, CloseReason, Origin, Peak, Status};
use crate::detector::DetectorKind;
use crate::rule::{RuleId, Severity};
use crate::series::{SeriesKey, SourceName};

/// An anomaly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(super) struct Written {
    /// Identity.
    id: AnomalyId,
    /// What kind of thing went wrong.
    kind: AnomalyKind,
    /// The rule that found it.
    rule_id: RuleId,
    /// The rule's name then.
    rule_name: String,
    /// The rule's version then.
    rule_version: u32,
    /// Hash of the rule's content then.
    config_hash: String,
    /// Hash of the samples that the detector had seen when it was detected; 16 hexadecimal digits.
    data_hash: String,
    /// Where the series comes from.
    source: SourceName,
    /// Text form of the series.
    series: String,
    /// Identity of the series.
    series_key: SeriesKey,
    /// Unit of the values.
    unit: String,
    /// The rule's labels.
    labels: BTreeMap<String, String>,
    /// The detector that scored it.
    detector: DetectorKind,
    /// The threshold it had.
    threshold: f64,
    /// The budget that it comes from, if the rule names one: merged alarms a week.
    #[serde(default)]
    alarms_per_week: Option<f64>,
    /// Where it stands.
    status: Status,
    /// How bad it is at its worst.
    severity: Severity,
    /// First sample of the streak.
    start_ms: i64,
    /// Last anomalous sample.
    end_ms: i64,
    /// Nominal time of the tick that confirmed it.
    detected_at_ms: i64,
    /// Nominal time of the tick or command that closed it.
    closed_at_ms: Option<i64>,
    /// Why it was closed.
    close_reason: Option<CloseReason>,
    /// Its worst moment; none for silence.
    peak: Option<Peak>,
    /// How often it came back after it was over.
    reopened: u32,
    /// Until when nobody is paged because of it, if somebody said so.
    #[serde(default)]
    snoozed_until_ms: Option<i64>,
    /// Who takes care of it, if somebody said so.
    #[serde(default)]
    assignee: Option<String>,
}

impl From<Written> for Anomaly {
    fn from(written: Written) -> Self {
        let origin = Origin {
            kind: written.kind,
            rule_id: written.rule_id,
            rule_name: written.rule_name,
            rule_version: written.rule_version,
            config_hash: written.config_hash,
            data_hash: written.data_hash,
            source: written.source,
            series: written.series,
            series_key: written.series_key,
            unit: written.unit,
            labels: written.labels,
            detector: written.detector,
            threshold: written.threshold,
            alarms_per_week: written.alarms_per_week,
        };
        Self {
            id: written.id,
            origin: Arc::new(origin),
            status: written.status,
            severity: written.severity,
            start_ms: written.start_ms,
            end_ms: written.end_ms,
            detected_at_ms: written.detected_at_ms,
            closed_at_ms: written.closed_at_ms,
            close_reason: written.close_reason,
            peak: written.peak,
            reopened: written.reopened,
            snoozed_until_ms: written.snoozed_until_ms,
            assignee: written.assignee,
        }
    }
}

impl From<Anomaly> for Written {
    fn from(anomaly: Anomaly) -> Self {
        let origin = Arc::unwrap_or_clone(anomaly.origin);
        Self {
            id: anomaly.id,
            kind: origin.kind,
            rule_id: origin.rule_id,
            rule_name: origin.rule_name,
            rule_version: origin.rule_version,
            config_hash: origin.config_hash,
            data_hash: origin.data_hash,
            source: origin.source,
            series: origin.series,
            series_key: origin.series_key,
            unit: origin.unit,
            labels: origin.labels,
            detector: origin.detector,
            threshold: origin.threshold,
            alarms_per_week: origin.alarms_per_week,
            status: anomaly.status,
            severity: anomaly.severity,
            start_ms: anomaly.start_ms,
            end_ms: anomaly.end_ms,
            detected_at_ms: anomaly.detected_at_ms,
            closed_at_ms: anomaly.closed_at_ms,
            close_reason: anomaly.close_reason,
            peak: anomaly.peak,
            reopened: anomaly.reopened,
            snoozed_until_ms: anomaly.snoozed_until_ms,
            assignee: anomaly.assignee,
        }
    }
}

#[cfg(feature = "openapi")]
mod schema {
    use utoipa::openapi::{RefOr, schema::Schema};
    use utoipa::{PartialSchema, ToSchema};

    use super::{Anomaly, Written};

    impl PartialSchema for Anomaly {
        fn schema() -> RefOr<Schema> {
            Written::schema()
        }
    }

    impl ToSchema for Anomaly {
        fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
            Written::schemas(schemas);
        }
    }
}
