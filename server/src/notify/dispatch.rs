//! From the outbox to the receivers: each route for itself, in order for each anomaly, patient with failures.

use std::time::Duration;

use futures::StreamExt as _;
use hindcast_shared::time::{DAY_MS, MINUTE_MS, SECOND_MS};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::bundle::Bundle;
use super::send::Outcome;
use super::{Notify, Rest, Route};
use crate::config::Channel;
use crate::store::{DueMessage, StoreResult};

/// Notifications of different anomalies that a route sends at the same time.
const AT_A_TIME: usize = 8;

/// Notifications that are read at a time.
const BATCH: u32 = 200;

/// Longest wait after failures.
const LONGEST_WAIT_MS: i64 = 15 * MINUTE_MS;

/// So many failures in a row, and a route is given a rest of so many first waits; each further failure doubles it.
const FAILURES: u32 = 5;
const FIRST_REST: i64 = 6;
const LONGEST_REST_MS: i64 = 10 * MINUTE_MS;

/// Longest sleep at a stretch.
const LONGEST_SLEEP_MS: i64 = 30 * SECOND_MS;

/// How long what is done with is kept, for people to look at.
const KEPT_MS: i64 = 30 * DAY_MS;

impl Notify {
    /// Sends what a route has, until the token is cancelled. What is under way then is sent again after the start.
    pub(super) async fn dispatch(&self, route: &Route, stop: &CancellationToken) {
        let mut filled = self.filled.subscribe();
        loop {
            filled.borrow_and_update();
            let pause_ms = tokio::select! {
                () = stop.cancelled() => return,
                pass = self.pass(route) => pass.unwrap_or_else(|error| {
                    tracing::error!(route = route.config.name, %error, "the outbox cannot be read");
                    SECOND_MS
                }),
            };
            let pause = Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0));
            tokio::select! {
                () = stop.cancelled() => return,
                changed = filled.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Sends what is due; answers how long nothing will be.
    pub(super) async fn pass(&self, route: &Route) -> StoreResult<i64> {
        let (outbox, name) = (self.store.outbox(), route.config.name.as_str());
        loop {
            let now_ms = self.now_ms();
            let rest = self.rest_of(route);
            if rest.until_ms > now_ms {
                return Ok((rest.until_ms - now_ms).min(LONGEST_SLEEP_MS));
            }
            // After a rest one is sent ahead, to see.
            let mut limit = if rest.failures >= FAILURES { 1 } else { BATCH };
            if let Some(most) = route.config.limit {
                let (sent, first_ms) = outbox.sent_since(name, now_ms - most.per.ms()).await?;
                limit = limit.min(most.messages.saturating_sub(sent));
                if let (0, Some(first_ms)) = (limit, first_ms) {
                    let wait_ms = first_ms + most.per.ms() - now_ms;
                    return Ok(wait_ms.clamp(1, LONGEST_SLEEP_MS));
                }
            }
            outbox.seal(name, now_ms).await?;
            let due = outbox.due(name, now_ms, limit).await?;
            if due.is_empty() {
                outbox.prune(now_ms - KEPT_MS).await?;
                let next_ms = outbox.next_due_ms(name).await?;
                let wait_ms = next_ms.map_or(LONGEST_SLEEP_MS, |next_ms| next_ms - now_ms);
                return Ok(wait_ms.clamp(0, LONGEST_SLEEP_MS));
            }
            // Once the route rests no more are begun; those under way come to their end.
            let mut sending = futures::stream::iter(due)
                .take_while(|_| std::future::ready(self.rest_of(route).until_ms <= self.now_ms()))
                .map(|due| self.attempt(route, due))
                .buffer_unordered(AT_A_TIME);
            while let Some(done) = sending.next().await {
                done?;
            }
        }
    }

    async fn attempt(&self, route: &Route, due: DueMessage) -> StoreResult<()> {
        let DueMessage { record, bodies } = due;
        let outbox = self.store.outbox();
        let mut bundle = match Bundle::read(&bodies) {
            Ok(bundle) => bundle,
            Err(why) => {
                let why = format!("it cannot be read any more: {why}");
                return outbox.failed(record.id, None, &why).await;
            }
        };
        self.ask(&mut bundle, &route.config.name, record.created_at_ms)
            .await;
        let outcome = self.tell_route(route, &bundle, &record.key).await;
        let now_ms = self.now_ms();
        match outcome {
            Outcome::Arrived(_) => {
                self.rests().remove(&route.config.name);
                outbox.sent(record.id, now_ms).await
            }
            Outcome::Again { why, after } => {
                self.count_failure(route, now_ms, after);
                let tried = record.attempts + 1;
                let again_ms = (tried < route.config.attempts).then(|| {
                    now_ms
                        + wait_ms(
                            route.config.retry.ms(),
                            tried,
                            after,
                            spread(&record.key, tried),
                        )
                });
                tell(route, &why, again_ms.is_none());
                outbox.failed(record.id, again_ms, &why).await
            }
            Outcome::Refused(why) => {
                tell(route, &why, true);
                outbox.failed(record.id, None, &why).await
            }
        }
    }

    /// One attempt, with a picture where one can be shown. What is refused with it is tried without it: an address
    /// that a chat's server cannot reach must not keep the words back.
    pub(super) async fn tell_route(&self, route: &Route, bundle: &Bundle, key: &str) -> Outcome {
        if route.config.channel == Channel::Push {
            return self.push(route, bundle, key).await;
        }
        let shows = route.config.picture && route.config.channel.takes_pictures();
        let picture = if shows {
            self.picture(bundle).await
        } else {
            None
        };
        let outcome = route
            .send(bundle, key, picture.as_ref(), self.now_ms())
            .await;
        match (outcome, picture) {
            (Outcome::Refused(why), Some(_)) => {
                let name = &route.config.name;
                tracing::warn!(
                    route = name,
                    why,
                    "a message is sent again without its picture"
                );
                route.send(bundle, key, None, self.now_ms()).await
            }
            (outcome, _) => outcome,
        }
    }

    fn rest_of(&self, route: &Route) -> Rest {
        let rests = self.rests();
        rests.get(&route.config.name).copied().unwrap_or_default()
    }

    /// Failures of attempts that were under way at the same time count once; who asks to be left alone is.
    fn count_failure(&self, route: &Route, now_ms: i64, after: Option<Duration>) {
        let mut rests = self.rests();
        let rest = rests.entry(route.config.name.clone()).or_default();
        if rest.until_ms <= now_ms {
            rest.failures += 1;
            if rest.failures >= FAILURES {
                let doubled =
                    (route.config.retry.ms() * FIRST_REST) << (rest.failures - FAILURES).min(10);
                rest.until_ms = now_ms + doubled.min(LONGEST_REST_MS);
            }
        }
        let asked_ms = after.map_or(0, |after| after.as_millis() as i64);
        rest.until_ms = rest.until_ms.max(now_ms + asked_ms);
    }
}

fn tell(route: &Route, why: &str, given_up: bool) {
    let name = &route.config.name;
    if given_up {
        tracing::error!(route = name, why, "a notification was given up");
    } else {
        tracing::warn!(
            route = name,
            why,
            "a notification did not arrive; it is tried again"
        );
    }
}

/// How long to wait after so many attempts: doubled each time, spread, and never less than was asked for.
fn wait_ms(first_ms: i64, tried: u32, after: Option<Duration>, spread: f64) -> i64 {
    let doubled = (first_ms << tried.saturating_sub(1).min(16)).min(LONGEST_WAIT_MS);
    let spread = (doubled as f64 * (0.5 + spread)) as i64;
    let asked = after.map_or(0, |after| after.as_millis() as i64);
    spread.max(asked)
}

/// Between 0 and 1, and the same for the same attempt: a receiver that came back is not asked by all at once, and
/// a run can be repeated.
fn spread(key: &str, tried: u32) -> f64 {
    let digest = Sha256::digest(format!("{key}/{tried}"));
    f64::from(u16::from_be_bytes([digest[0], digest[1]])) / 65_536.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_when_failures_go_on_then_grows_and_is_never_less_than_asked_for() {
        assert_eq!(wait_ms(5_000, 1, None, 0.5), 5_000);
        assert_eq!(wait_ms(5_000, 2, None, 0.0), 5_000);
        assert_eq!(wait_ms(5_000, 3, None, 0.5), 20_000);
        assert_eq!(wait_ms(5_000, 60, None, 0.5), LONGEST_WAIT_MS);
        assert_eq!(
            wait_ms(5_000, 1, Some(Duration::from_secs(90)), 0.9),
            90_000
        );
    }

    #[test]
    fn spread_when_many_fail_together_then_is_even_and_the_same_again() {
        let all: Vec<f64> = (0..1_000).map(|n| spread(&format!("k{n}"), 1)).collect();
        let mean = all.iter().sum::<f64>() / 1_000.0;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(all.iter().all(|one| (0.0..1.0).contains(one)));
        assert!((spread("k1", 1) - all[1]).abs() < f64::EPSILON);
        assert!((spread("k1", 2) - all[1]).abs() > f64::EPSILON);
    }
}
