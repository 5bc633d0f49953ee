//! With a source that answers as it is told.

use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use hindcast_shared::series::Labels;

use super::*;

#[derive(Default)]
struct Hand(AtomicI64);

impl Clock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Answers the number of series that the query says, or a failure of that name; waits on `wait`.
struct Obedient;

#[async_trait]
impl Source for Obedient {
    fn kind(&self) -> SourceKind {
        SourceKind::Push
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        match query {
            "down" => Err(SourceError::Unavailable {
                why: "connection refused".to_owned(),
            }),
            "wrong" => Err(SourceError::InvalidQuery {
                message: "parse error".to_owned(),
            }),
            "wait" => std::future::pending().await,
            count => Ok((0..count.parse().expect("a number"))
                .map(|_| Series::empty(Labels::default(), "", range, step.ms()))
                .collect()),
        }
    }

    async fn suggestions(&self) -> Vec<String> {
        vec!["1".to_owned()]
    }
}

fn sources(clock: Arc<Hand>) -> Sources {
    let both: [(SourceName, Arc<dyn Source>); 2] = [
        ("a".into(), Arc::new(Obedient)),
        ("b".into(), Arc::new(Obedient)),
    ];
    Sources::new(both, clock)
}

async fn ask(sources: &Sources, name: &str, query: &str) -> Result<Vec<Series>, SourceError> {
    let range = TimeRange::new(0, 60_000).expect("a range");
    sources
        .fetch(&name.into(), query, range, Millis::from_secs(60))
        .await
}

#[tokio::test]
async fn state_when_a_source_falls_and_rises_then_says_since_when_and_why() {
    let clock = Arc::new(Hand::default());
    let sources = sources(clock.clone());
    let state = || sources.state(&"a".into()).expect("configured");
    assert_eq!(state(), SourceState::Unknown);
    for (at_ms, query) in [(10, "1"), (20, "1"), (30, "wrong")] {
        clock.0.store(at_ms, Ordering::SeqCst);
        let _outcome = ask(&sources, "a", query).await;
        assert_eq!(state(), SourceState::Up { since_ms: 10 });
    }
    for at_ms in [40, 50] {
        clock.0.store(at_ms, Ordering::SeqCst);
        ask(&sources, "a", "down").await.expect_err("down");
        let why = "connection refused".to_owned();
        assert_eq!(state(), SourceState::Down { since_ms: 40, why });
    }
    let record = sources.records().await.swap_remove(0);
    assert_eq!(record.last_ok_ms, Some(30));
    clock.0.store(60, Ordering::SeqCst);
    ask(&sources, "a", "1").await.expect("up again");
    assert_eq!(state(), SourceState::Up { since_ms: 60 });
}

#[tokio::test]
async fn fetch_when_there_are_too_many_series_then_says_how_many() {
    let sources = sources(Arc::default());
    let error = ask(&sources, "a", "1001").await.expect_err("too many");
    assert!(error.to_string().contains("1001 series") && !error.means_down());
    assert_eq!(
        ask(&sources, "a", "1000").await.expect("just fine").len(),
        1_000
    );
}

#[tokio::test]
async fn fetch_when_the_source_is_unknown_then_names_those_there_are() {
    let error = ask(&sources(Arc::default()), "c", "1")
        .await
        .expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "there is no source `c`; configured are: a, b"
    );
}

#[tokio::test(start_paused = true)]
async fn fetch_when_one_source_hangs_then_the_other_answers() {
    let sources = Arc::new(sources(Arc::default()));
    for _ in 0..2 * QUESTIONS_AT_ONCE {
        let sources = sources.clone();
        tokio::spawn(async move { ask(&sources, "a", "wait").await });
    }
    tokio::task::yield_now().await;
    let within = Duration::from_secs(1);
    tokio::time::timeout(within, ask(&sources, "b", "1"))
        .await
        .expect("not delayed")
        .expect("answers");
    assert!(
        tokio::time::timeout(within, ask(&sources, "a", "1"))
            .await
            .is_err()
    );
}
