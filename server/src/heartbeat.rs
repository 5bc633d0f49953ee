//! The dead man's switch: a call again and again that says the server lives, so that silence is an alarm elsewhere.
//!
//! It calls only while the store can be written to, which it tries: a server that cannot write finds nothing any more. Whether the call arrives
//! is nobody's business here: whoever waits for it knows better than we do.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::Heartbeat;
use crate::http_client::{ClientOptions, build};
use crate::store::Store;

/// Longest wait for one call.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Calls until the token is cancelled; at once if nobody is to be called.
pub(crate) async fn run(heartbeat: Heartbeat, store: Store, soft: CancellationToken) {
    let Some(url) = heartbeat.url else {
        return;
    };
    let options = ClientOptions {
        timeout: TIMEOUT,
        ca_file: None,
        own_server: false,
    };
    let client = match build(options) {
        Ok(client) => client,
        Err(error) => {
            tracing::error!(%error, "the heartbeat cannot be sent");
            return;
        }
    };
    // Real time, however fast the clock runs: whoever waits for it has a clock of its own.
    let every = Duration::from_millis(heartbeat.every.ms().unsigned_abs());
    let mut beats = interval(every);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut arrived = true;
    loop {
        tokio::select! {
            _ = beats.tick() => {}
            () = soft.cancelled() => return,
        }
        let outcome = tokio::select! {
            outcome = beat(&client, url.reveal(), &store) => outcome,
            () = soft.cancelled() => return,
        };
        // Told when it changes, not every minute.
        match &outcome {
            Err(error) if arrived => tracing::warn!(%error, "the heartbeat did not arrive"),
            Ok(()) if !arrived => tracing::info!("the heartbeat arrives again"),
            _ => {}
        }
        arrived = outcome.is_ok();
    }
}

/// One call, if the store can be written to.
async fn beat(client: &reqwest::Client, url: &str, store: &Store) -> Result<(), String> {
    store.can_write().await.map_err(|error| error.to_string())?;
    let answer = client.get(url).send().await;
    // Without the address: it is a secret.
    let answer = answer.map_err(|error| error.without_url().to_string())?;
    answer
        .error_for_status()
        .map(drop)
        .map_err(|error| error.without_url().to_string())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::Router;
    use axum::routing::get;
    use hindcast_shared::time::Millis;

    use super::*;
    use crate::store::testing::{Fixture, read_only};

    #[tokio::test]
    async fn heartbeat_when_the_store_answers_then_calls_again_and_again_until_it_is_told_to_stop()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let (heard, url) = listener().await?;
        let heartbeat = Heartbeat {
            url: Some(serde_json::from_value(url.into())?),
            every: Millis::new(20),
        };
        assert!(!format!("{heartbeat:?}").contains("secret"));
        let soft = CancellationToken::new();
        let task = tokio::spawn(run(heartbeat, fixture.store.clone(), soft.clone()));
        while heard.load(Ordering::SeqCst) < 3 {
            tokio::task::yield_now().await;
        }
        soft.cancel();
        task.await?;
        Ok(())
    }

    #[tokio::test]
    async fn heartbeat_when_the_store_cannot_be_written_to_or_is_gone_then_is_silent()
    -> anyhow::Result<()> {
        let Fixture { store, folder } = Fixture::new().await?;
        let (heard, url) = listener().await?;
        let client = build(ClientOptions {
            timeout: TIMEOUT,
            ca_file: None,
            own_server: false,
        })?;
        let calls = || heard.load(Ordering::SeqCst);
        assert_eq!(beat(&client, &url, &store).await, Ok(()));

        read_only(&store, true).await?;
        beat(&client, &url, &store).await.expect_err("read only");
        assert_eq!(calls(), 1);
        read_only(&store, false).await?;
        assert_eq!(beat(&client, &url, &store).await, Ok(()));

        let (file, away) = (
            folder.path().join("hindcast.db"),
            folder.path().join("away"),
        );
        std::fs::rename(&file, &away)?;
        beat(&client, &url, &store).await.expect_err("gone");
        std::fs::copy(&away, &file)?;
        let refused = beat(&client, &url, &store).await.expect_err("another file");
        assert!(refused.contains("replaced"), "{refused}");
        std::fs::rename(&away, &file)?;
        assert_eq!(beat(&client, &url, &store).await, Ok(()));

        store.close().await;
        beat(&client, &url, &store).await.expect_err("closed");
        assert_eq!(calls(), 3, "nobody was called meanwhile");
        Ok(())
    }

    /// Whoever waits for the calls: how many came, and where to.
    async fn listener() -> anyhow::Result<(Arc<AtomicUsize>, String)> {
        let heard = Arc::new(AtomicUsize::new(0));
        let counter = heard.clone();
        let beat = get(async move || {
            counter.fetch_add(1, Ordering::SeqCst);
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/secret", listener.local_addr()?);
        let app = Router::new().route("/secret", beat);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok((heard, url))
    }
}
