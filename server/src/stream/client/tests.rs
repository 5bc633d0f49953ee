use std::pin::pin;

use futures::StreamExt as _;
use hindcast_shared::anomaly::Status;
use hindcast_shared::pipeline::TransitionKind;
use hindcast_shared::rule::Rule;
use hindcast_shared::time::{DAY_MS, HOUR_MS};

use super::*;
use crate::clock::TestClock;
use crate::store::Retention;
use crate::store::testing::{Fixture, anomaly, tick, transition};

struct World {
    fixture: Fixture,
    rule: Rule,
    hub: Arc<Hub>,
    soft: CancellationToken,
    lease: CancellationToken,
    clients: Gauge,
    resets: Counter,
}

impl World {
    async fn new(buffer: usize) -> anyhow::Result<Self> {
        let fixture = Fixture::new().await?;
        let rule = fixture.rule("r", 60_000).await?;
        let hub = Hub::with_room(fixture.store.clone(), buffer, 2);
        Ok(Self {
            fixture,
            rule,
            hub,
            soft: CancellationToken::new(),
            lease: CancellationToken::new(),
            clients: Gauge::default(),
            resets: Counter::default(),
        })
    }

    fn run_hub(&self) {
        tokio::spawn(self.hub.clone().run(self.soft.clone()));
    }

    async fn open(&self, n: i64) -> anyhow::Result<i64> {
        let mut commit = tick(&self.rule, 1, n * 60_000);
        let found = anomaly("r", "s", n * 60_000, Status::Open);
        commit.transitions = vec![transition(TransitionKind::Opened, found)];
        Ok(self.fixture.store.commit_tick(commit).await?.head)
    }

    async fn connect(&self, start: Start) -> anyhow::Result<Client> {
        let client = self.try_connect(start).await?;
        Ok(client.expect("room for one more"))
    }

    async fn try_connect(&self, start: Start) -> anyhow::Result<Option<Client>> {
        let settings = Settings {
            filter: Filter::default(),
            start,
            build: "b1".to_owned(),
            clock: TestClock::at(77),
            soft: self.soft.clone(),
            lease: self.lease.clone(),
            clients: self.clients.clone(),
            resets: self.resets.clone(),
        };
        Ok(self.hub.connect(settings).await?)
    }
}

/// The event's name and, if it has one, its id.
fn told(frame: &Bytes) -> (String, Option<i64>) {
    let text = String::from_utf8_lossy(frame);
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    let name = field("event").or(field("retry").map(|_| "retry"));
    let id = field("id").and_then(|id| id.parse().ok());
    (name.unwrap_or_default().to_owned(), id)
}

async fn names(client: Client, count: usize) -> Vec<(String, Option<i64>)> {
    let frames: Vec<_> = client.frames().take(count).collect().await;
    frames.iter().map(told).collect()
}

#[tokio::test]
async fn stream_when_opened_then_begins_with_retry_and_build() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    let client = world.connect(Start::Now).await?;
    let frames: Vec<_> = client.frames().take(2).collect().await;
    assert_eq!(frames[0], "retry: 3000\n\n");
    assert_eq!(
        frames[1],
        "event: build\ndata: {\"type\":\"build\",\"id\":\"b1\"}\n\n"
    );
    Ok(())
}

#[tokio::test]
async fn stream_when_resumed_then_tells_what_was_missed_and_goes_on_without_doubles()
-> anyhow::Result<()> {
    let world = World::new(64).await?;
    let since = world.open(1).await?;
    let mut expected = Vec::new();
    for n in 2..5 {
        expected.push(world.open(n).await?);
    }
    let client = world.connect(Start::After(since)).await?;
    // These are committed after the client subscribed, and before it has read the journal.
    for n in 5..8 {
        expected.push(world.open(n).await?);
    }
    world.run_hub();
    let mut frames = pin!(client.frames());
    let mut seen = Vec::new();
    while seen.len() < expected.len() {
        let frame = frames.next().await.expect("an open stream");
        seen.extend(told(&frame).1);
    }
    expected.push(world.open(9).await?);
    let frame = frames.next().await.expect("an open stream");
    seen.extend(told(&frame).1);
    assert_eq!(seen, expected);
    Ok(())
}

#[tokio::test]
async fn stream_when_the_position_is_beyond_the_head_then_is_reset() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    let head = world.open(1).await?;
    for start in [Start::After(head + 1), Start::After(-1), Start::Unknown] {
        let client = world.connect(start).await?;
        let names = names(client, 3).await;
        assert_eq!(names[2].0, "reset", "{start:?}");
    }
    Ok(())
}

#[tokio::test]
async fn stream_when_the_position_was_pruned_then_is_reset() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    for n in 1..4 {
        world.open(n).await?;
    }
    let retention = Retention {
        data_ms: HOUR_MS,
        audit_ms: HOUR_MS,
    };
    world.fixture.store.prune(retention, 2 * DAY_MS).await?;
    let head = world.fixture.store.head();
    let pruned = world.connect(Start::After(head - 1)).await?;
    assert_eq!(names(pruned, 3).await[2].0, "reset");
    let next = world.open(5_000).await?;
    let whole = world.connect(Start::After(head)).await?;
    let resumed = names(whole, 3).await;
    assert_eq!(resumed[2], ("anomaly.detected".to_owned(), Some(next)));
    Ok(())
}

#[tokio::test]
async fn stream_when_too_many_are_open_then_waits_for_one_to_end() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    let first = world.connect(Start::Now).await?;
    let _second = world.connect(Start::Now).await?;
    assert!(world.try_connect(Start::Now).await?.is_none());
    drop(first);
    assert!(world.try_connect(Start::Now).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn stream_when_the_reader_lags_then_is_reset_once_and_goes_on() -> anyhow::Result<()> {
    let world = World::new(2).await?;
    let mut client = world.connect(Start::Now).await?;
    for n in 1..8 {
        world.open(n).await?;
    }
    let mut last = world.fixture.store.head() - 7;
    // The hub works through everything while the client does not read.
    world.hub.catch_up(&mut last).await?;
    let mut seen = Vec::new();
    while seen.last().is_none_or(|(name, _)| name != "reset") {
        let frame = client.next().await.expect("an open stream");
        seen.push(told(&frame));
    }
    let next = world.open(9).await?;
    world.hub.catch_up(&mut last).await?;
    let frame = client.next().await.expect("an open stream");
    assert_eq!(told(&frame), ("anomaly.detected".to_owned(), Some(next)));
    assert_eq!(world.resets.get(), 1);
    Ok(())
}

#[tokio::test]
async fn stream_when_nothing_happens_then_beats() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    let client = world.connect(Start::Now).await?;
    // Only now: the database's threads live in real time.
    tokio::time::pause();
    let frames: Vec<_> = client.frames().skip(2).take(2).collect().await;
    for frame in frames {
        let text = String::from_utf8(frame.to_vec())?;
        assert!(text.contains("event: heartbeat"), "{text}");
        assert!(text.contains("\"now_ms\":77"), "{text}");
    }
    Ok(())
}

#[tokio::test]
async fn stream_when_the_key_is_revoked_then_ends() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    let client = world.connect(Start::Now).await?;
    assert_eq!(world.clients.get(), 1);
    world.lease.cancel();
    let frames: Vec<_> = client.frames().collect().await;
    assert_eq!(frames.len(), 2, "no farewell for who is not welcome");
    assert_eq!(world.clients.get(), 0);
    Ok(())
}

#[tokio::test]
async fn stream_when_the_server_stops_then_says_bye_and_ends() -> anyhow::Result<()> {
    let world = World::new(8).await?;
    let client = world.connect(Start::Now).await?;
    world.soft.cancel();
    let frames: Vec<_> = client.frames().collect().await;
    let names: Vec<_> = frames.iter().map(|frame| told(frame).0).collect();
    assert_eq!(names, ["retry", "build", "bye"]);
    Ok(())
}
