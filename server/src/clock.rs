//! The machine's clock behind the shared trait: the one place of the server that asks what time it is.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hindcast_shared::time::Clock;
use tokio::time::Instant;

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everything else is given"
    )]
    fn now_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        since.map_or(0, |since| since.as_millis() as i64)
    }
}

/// The machine's clock, and from the moment it was made so many times as fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FastClock {
    began_ms: i64,
    began: Instant,
    speed: u32,
}

impl FastClock {
    /// A clock that is right now, and then runs away.
    pub(crate) fn new(speed: u32) -> Self {
        Self {
            began_ms: SystemClock.now_ms(),
            began: Instant::now(),
            speed: speed.max(1),
        }
    }
}

impl Clock for FastClock {
    fn now_ms(&self) -> i64 {
        let since = self.began.elapsed().saturating_mul(self.speed);
        self.began_ms + since.as_millis() as i64
    }

    fn speed(&self) -> u32 {
        self.speed
    }
}

/// Sleeps until so much of a clock's time has passed: what waits for the time of day, and not for an answer.
pub(crate) async fn sleep(clock: &dyn Clock, time: Duration) {
    tokio::time::sleep(real(clock, time)).await;
}

/// How long a stretch of a clock's time really takes.
pub(crate) fn real(clock: &dyn Clock, time: Duration) -> Duration {
    time / clock.speed().max(1)
}

/// A clock that stands still until it is moved.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct TestClock(std::sync::atomic::AtomicI64);

#[cfg(test)]
impl TestClock {
    pub(crate) fn at(now_ms: i64) -> std::sync::Arc<Self> {
        std::sync::Arc::new(Self(now_ms.into()))
    }

    pub(crate) fn set(&self, now_ms: i64) {
        self.0.store(now_ms, std::sync::atomic::Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, by_ms: i64) {
        self.0.fetch_add(by_ms, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(std::sync::atomic::Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::time::MINUTE_MS;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn clock_when_fast_then_a_day_takes_a_minute() {
        let clock = FastClock::new(1_440);
        let began_ms = clock.now_ms();
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(clock.now_ms() - began_ms, 1_440 * MINUTE_MS);
        let before = Instant::now();
        sleep(&clock, Duration::from_mins(24)).await;
        assert_eq!(before.elapsed(), Duration::from_secs(1));
    }
}
