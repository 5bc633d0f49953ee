//! A store on a temporary file, and small things to put into it.

use std::collections::BTreeMap;
use std::sync::Arc;

use hindcast_shared::anomaly::{Anomaly, AnomalyId, AnomalyKind, Origin, Peak, Side, Status};
use hindcast_shared::detector::DetectorKind;
use hindcast_shared::pipeline::{Actor, Transition, TransitionKind};
use hindcast_shared::rule::{Rule, Severity};
use hindcast_shared::series::{Labels, SeriesKey};

use super::rule::Expected;
use super::{Mode, OpenOptions, Progress, PutRule, Store, StoreResult, TickCommit};

/// A store with its folder, which goes when it goes.
pub(crate) struct Fixture {
    /// The store.
    pub(crate) store: Store,
    /// Its folder.
    pub(crate) folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) async fn new() -> anyhow::Result<Self> {
        Self::with_max_series(1_000).await
    }

    pub(crate) async fn with_max_series(max_series: u32) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let store = Store::open(&options(&folder, max_series), 1).await?;
        Ok(Self { store, folder })
    }

    /// Closes the store and opens it again, as a restart does.
    pub(crate) async fn reopen(self) -> anyhow::Result<Self> {
        self.store.close().await;
        let store = Store::open(&options(&self.folder, 1_000), 2).await?;
        Ok(Self {
            store,
            folder: self.folder,
        })
    }

    /// Saves a small rule.
    pub(crate) async fn rule(&self, id: &str, step_ms: i64) -> StoreResult<Rule> {
        save(&self.store, rule(id, step_ms)).await
    }
}

/// Lets the store refuse writes, as a disk that has become read-only does, or not any more.
pub(crate) async fn read_only(store: &Store, on: bool) -> StoreResult<()> {
    let pragma = if on {
        "PRAGMA query_only = ON"
    } else {
        "PRAGMA query_only = OFF"
    };
    sqlx::query(pragma).execute(&store.writer).await?;
    Ok(())
}

/// Saves a small rule with a step of a minute that asks a source something.
pub(crate) async fn save_rule(
    store: &Store,
    id: &str,
    source: &str,
    query: &str,
) -> StoreResult<Rule> {
    let mut rule = rule(id, 60_000);
    rule.source = source.into();
    query.clone_into(&mut rule.query);
    save(store, rule).await
}

async fn save(store: &Store, rule: Rule) -> StoreResult<Rule> {
    let put = PutRule {
        rule,
        expected: Expected::Absent,
        actor: "test".to_owned(),
    };
    Ok(store.rules().put(put, 1).await?.rule)
}

fn options(folder: &tempfile::TempDir, max_series: u32) -> OpenOptions {
    OpenOptions {
        path: folder.path().join("hindcast.db"),
        migrate: true,
        max_series,
    }
}

/// A rule that is valid and says little.
pub(crate) fn rule(id: &str, step_ms: i64) -> Rule {
    Rule::from_json(serde_json::json!({
        "id": id, "name": id, "source": "demo", "query": "m", "step": format!("{step_ms}ms"),
        "fit_every": format!("{}ms", step_ms * 1_440),
        "window": format!("{}ms", step_ms * 2_000),
        "detector": {"kind": "threshold"}, "decision": {"threshold": 1.0},
    }))
    .expect("a valid rule")
}

/// A tick of version 1 that changes nothing but the watermark.
pub(crate) fn tick(rule: &Rule, version: u32, watermark_ms: i64) -> TickCommit {
    TickCommit {
        rule_id: rule.id.clone(),
        version: version.min(1),
        source: rule.source.clone(),
        recorded_at_ms: watermark_ms,
        progress: Some(Progress {
            watermark_ms,
            pipeline_state: vec![1, 2, 3],
        }),
        points: BTreeMap::new(),
        transitions: vec![],
        pages: vec![],
        memory: vec![],
        run: None,
        mode: Mode::Live,
    }
}

/// An anomaly of a rule in a series.
pub(crate) fn anomaly(rule: &str, series: &str, start_ms: i64, status: Status) -> Anomaly {
    let rule_id = rule.parse().expect("a slug");
    let source = "demo".into();
    let series_key = SeriesKey::new(&source, &Labels::named(series, &[]));
    Anomaly {
        id: AnomalyId::new(&rule_id, series_key, AnomalyKind::Deviation, start_ms),
        origin: Arc::new(Origin {
            kind: AnomalyKind::Deviation,
            rule_id,
            rule_name: rule.to_owned(),
            rule_version: 1,
            config_hash: "c".to_owned(),
            data_hash: "d".to_owned(),
            source,
            series: series.to_owned(),
            series_key,
            unit: "ms".to_owned(),
            labels: BTreeMap::new(),
            detector: DetectorKind::Threshold,
            threshold: 1.0,
            alarms_per_week: None,
        }),
        status,
        severity: Severity::Warning,
        start_ms,
        end_ms: start_ms,
        detected_at_ms: start_ms,
        closed_at_ms: None,
        close_reason: None,
        peak: Some(Peak {
            at_ms: start_ms,
            score: 1.5,
            value: 2.0,
            expected: None,
            lower: None,
            upper: None,
            side: Side::High,
        }),
        reopened: 0,
        snoozed_until_ms: None,
        assignee: None,
    }
}

/// A transition of the system.
pub(crate) fn transition(kind: TransitionKind, anomaly: Anomaly) -> Transition {
    Transition {
        at_ms: anomaly.detected_at_ms,
        kind,
        actor: Actor::system(),
        anomaly,
    }
}
