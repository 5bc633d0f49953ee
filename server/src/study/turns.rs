//! Turns: one long computation at a time, for so long and no longer, and not at all for somebody who has gone away.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hindcast_shared::study::Patience;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::error::ApiResult;
use crate::state::App;

/// Longest time for one study.
const LONGEST: Duration = Duration::from_secs(15);

/// A place in the queue for the next study.
#[derive(Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Turns {
    /// Waits for a turn and works on a thread of its own; whoever drops this stops it.
    pub(crate) async fn take<T: Send + 'static>(
        app: &App,
        work: impl FnOnce(&dyn Patience) -> T + Send + 'static,
    ) -> ApiResult<T> {
        let permit = app.studies.0.clone().acquire_owned().await;
        let permit = permit.map_err(anyhow::Error::from)?;
        let gone = CancellationToken::new();
        let _stops_with_the_caller = gone.clone().drop_guard();
        let timeout_ms = u64::try_from(app.config.http.request_timeout.ms()).unwrap_or(0);
        let patience = Until {
            end: Instant::now() + LONGEST.min(Duration::from_millis(timeout_ms / 2)),
            gone,
        };
        let work = tokio::task::spawn_blocking(move || {
            // The next one waits until this thread is done, even where nobody waits for it any more.
            let _turn = permit;
            tracing::debug!("a study begins");
            let done = work(&patience);
            if patience.gone.is_cancelled() {
                tracing::debug!("a study was stopped: nobody waits for it any more");
            }
            done
        });
        Ok(work.await.map_err(anyhow::Error::from)?)
    }
}

/// Until when somebody waits, and whether they still do.
#[derive(Debug)]
struct Until {
    end: Instant,
    gone: CancellationToken,
}

impl Patience for Until {
    fn is_over(&self) -> bool {
        self.gone.is_cancelled() || Instant::now() >= self.end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_when_the_caller_has_gone_then_is_over() {
        let gone = CancellationToken::new();
        let patience = Until {
            end: Instant::now() + Duration::from_hours(1),
            gone: gone.clone(),
        };
        assert!(!patience.is_over());
        drop(gone.drop_guard());
        assert!(patience.is_over());
    }
}
