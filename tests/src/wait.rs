//! Waiting for something to be so, with a deadline.

use std::future::Future;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail};

/// Distance between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}

/// Looks again and again until there is something to see.
///
/// # Errors
/// After `limit`, with what was waited for and the last failed look.
pub async fn eventually<T, F>(what: &str, limit: Duration, mut look: impl FnMut() -> F) -> Result<T>
where
    F: Future<Output = Result<Option<T>>>,
{
    let deadline = Instant::now() + limit;
    loop {
        let seen = look().await;
        if let Ok(Some(found)) = seen {
            return Ok(found);
        }
        if Instant::now() >= deadline {
            let what = format!("waited {} s for {what}", limit.as_secs_f64());
            return match seen {
                Err(error) => Err(error.context(what)),
                Ok(_) => bail!(what),
            };
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The result of a future that must be there in time.
///
/// # Errors
/// After `limit`, or with the future's own failure.
pub async fn within<T>(
    what: &str,
    limit: Duration,
    future: impl Future<Output = Result<T>>,
) -> Result<T> {
    tokio::time::timeout(limit, future)
        .await
        .with_context(|| format!("waited {} s for {what}", limit.as_secs_f64()))?
}
