use hindcast_shared::anomaly::Status;
use hindcast_shared::pipeline::{Action, Actor, PageKind, PageVerdict};
use hindcast_shared::time::TimeRange;

use super::*;
use crate::store::testing::{Fixture, anomaly, tick, transition};

#[tokio::test]
async fn tick_when_committed_then_everything_of_it_is_there() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rule = fixture.rule("r", 60_000).await?;
    let before = fixture.store.head();
    let found = anomaly("r", "s", 60_000, Status::Open);
    let mut commit = tick(&rule, 1, 120_000);
    commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
    commit.pages = vec![Page {
        anomaly_id: found.id,
        at_ms: 120_000,
        kind: PageKind::Opened,
        severity: found.severity,
        sums_up: None,
        verdict: PageVerdict::Sent,
    }];
    let committed = fixture.store.commit_tick(commit).await?;
    assert_eq!(committed.inserted, [found.id]);
    assert_eq!(committed.head, before + 2);
    assert_eq!(fixture.store.head(), committed.head);
    let state = fixture.store.rules().state(&rule.id).await?;
    assert_eq!(state.map(|state| state.watermark_ms), Some(120_000));
    let stored = fixture.store.anomalies().get(found.id).await?;
    assert_eq!(stored.map(|stored| stored.anomaly), Some(found.clone()));
    let all = TimeRange::new(0, 1_000_000).expect("a range");
    assert_eq!(fixture.store.pages(all).await?.len(), 1);
    let record = fixture
        .store
        .rules()
        .records(Some(&rule.id), 120_000)
        .await?;
    assert_eq!(
        (record[0].open_anomalies, record[0].pages_last_week),
        (1, 1)
    );
    let told = fixture.store.journal().after(before, 10).await?;
    assert_eq!(told[0].transition().map(|told| told.anomaly), Some(found));
    Ok(())
}

#[tokio::test]
async fn anomaly_when_opened_twice_then_the_second_is_nothing() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rule = fixture.rule("r", 60_000).await?;
    let found = anomaly("r", "s", 60_000, Status::Open);
    for mode in [Mode::Live, Mode::Live, Mode::Missing] {
        let mut commit = tick(&rule, 1, 120_000);
        commit.mode = mode;
        commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
        fixture.store.commit_tick(commit).await?;
    }
    let history = fixture.store.journal().history(found.id).await?;
    assert_eq!(history.len(), 1);
    Ok(())
}

#[tokio::test]
async fn anomaly_when_judged_then_grows_no_more_but_may_come_back() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rule = fixture.rule("r", 60_000).await?;
    let found = anomaly("r", "s", 60_000, Status::Open);
    let say = async |kind, status| {
        let mut commit = tick(&rule, 1, 120_000);
        let mut anomaly = found.clone();
        anomaly.status = status;
        commit.transitions = vec![transition(kind, anomaly)];
        fixture.store.commit_tick(commit).await
    };
    say(TransitionKind::Opened, Status::Open).await?;
    let mut judged = found.clone();
    judged.status = Status::FalseAlarm;
    let actor = Actor("ann".into());
    let command = Command::new(130_000, 120_000, actor, found.id, Action::FalseAlarm);
    fixture
        .store
        .commit_command(CommandCommit {
            command: command.clone(),
            rule_id: rule.id.clone(),
            recorded_at_ms: 130_001,
            transitions: vec![transition(TransitionKind::Judged, judged)],
            pipeline_state: Some((1, vec![9])),
            pages: vec![],
            memory: vec![],
        })
        .await?;
    let state = fixture.store.rules().state(&rule.id).await?;
    assert_eq!(state.map(|state| state.pipeline_state), Some(vec![9]));
    let all = TimeRange::new(0, 1_000_000).expect("a range");
    let commands = fixture.store.journal().commands(all, None, 10).await?;
    assert_eq!(commands, [command]);
    say(TransitionKind::Extended, Status::Open).await?;
    let status = async || {
        let stored = fixture.store.anomalies().get(found.id).await?;
        anyhow::Ok(stored.map(|stored| stored.anomaly.status))
    };
    assert_eq!(status().await?, Some(Status::FalseAlarm));
    say(TransitionKind::Reopened, Status::Open).await?;
    assert_eq!(status().await?, Some(Status::Open));
    Ok(())
}

#[tokio::test]
async fn tick_when_the_rule_was_changed_meanwhile_then_changes_nothing() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rule = fixture.rule("r", 60_000).await?;
    let mut commit = tick(&rule, 1, 120_000);
    commit.version = 7;
    commit.transitions = vec![transition(
        TransitionKind::Opened,
        anomaly("r", "s", 60_000, Status::Open),
    )];
    let refused = fixture.store.commit_tick(commit).await;
    assert!(matches!(
        refused,
        Err(StoreError::StaleRule { tick: 7, stored: 1 })
    ));
    assert_eq!(fixture.store.rules().state(&rule.id).await?, None);
    assert!(fixture.store.anomalies().active(&rule.id).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn note_when_written_then_stands_in_the_history() -> anyhow::Result<()> {
    let fixture = Fixture::new().await?;
    let rule = fixture.rule("r", 60_000).await?;
    let found = anomaly("r", "s", 60_000, Status::Open);
    let missing = fixture.store.add_note(found.id, "x", "ann", 1).await;
    assert!(matches!(missing, Err(StoreError::NotFound { .. })));
    let mut commit = tick(&rule, 1, 120_000);
    commit.transitions = vec![transition(TransitionKind::Opened, found.clone())];
    fixture.store.commit_tick(commit).await?;
    fixture
        .store
        .add_note(found.id, "a \"note\"", "ann", 1)
        .await?;
    let history = fixture.store.journal().history(found.id).await?;
    assert_eq!(history[1].text.as_deref(), Some("a \"note\""));
    Ok(())
}
