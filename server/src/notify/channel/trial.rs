//! What a receiver is told when somebody tries whether anything arrives.

use std::sync::Arc;

use hindcast_shared::anomaly::{Anomaly, AnomalyId, AnomalyKind, Origin, Status};
use hindcast_shared::api::NoticeEvent;
use hindcast_shared::detector::DetectorKind;
use hindcast_shared::message::Lang;
use hindcast_shared::rule::{RuleId, Severity};
use hindcast_shared::series::SeriesKey;
use url::Url;

use super::super::Notice;
use super::super::words::words;

/// What is told when somebody tries a route.
pub(in super::super) fn test_notice(
    now_ms: i64,
    lang: Lang,
    public_url: Option<&Url>,
) -> Option<Notice> {
    let rule_id: RuleId = "hindcast-test".parse().ok()?;
    let series_key = SeriesKey([0; 16]);
    let anomaly = Anomaly {
        id: AnomalyId::new(&rule_id, series_key, AnomalyKind::Deviation, now_ms),
        origin: Arc::new(Origin {
            kind: AnomalyKind::Deviation,
            rule_id,
            rule_name: "Test".to_owned(),
            rule_version: 1,
            config_hash: String::new(),
            data_hash: String::new(),
            source: "hindcast".into(),
            series: "hindcast_test".to_owned(),
            series_key,
            unit: String::new(),
            labels: std::collections::BTreeMap::new(),
            detector: DetectorKind::Threshold,
            threshold: 1.0,
            alarms_per_week: None,
        }),
        status: Status::Open,
        severity: Severity::Info,
        start_ms: now_ms,
        end_ms: now_ms,
        detected_at_ms: now_ms,
        closed_at_ms: None,
        close_reason: None,
        peak: None,
        reopened: 0,
        snoozed_until_ms: None,
        assignee: None,
    };
    let words = words(lang.tag());
    Some(Notice {
        event: NoticeEvent::Test,
        at_ms: now_ms,
        lang: lang.tag().to_owned(),
        title: words.test_title.to_owned(),
        text: words.test_text.to_owned(),
        url: public_url.map(ToString::to_string),
        feedback_url: None,
        sums_up: None,
        anomaly,
    })
}
