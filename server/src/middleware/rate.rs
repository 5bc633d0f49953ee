//! How often one client may ask for what is expensive.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota};
use http::Method;

use super::client::ClientIp;
use crate::config::Limits;
use crate::error::ApiError;
use crate::mcp;
use crate::state::AppState;

/// After so many checks the clients that have not asked for long are forgotten.
const SWEEP_EVERY: u32 = 4_096;

/// Who has asked how often.
pub(crate) struct RateLimits {
    lists: DefaultKeyedRateLimiter<IpAddr>,
    detections: DefaultKeyedRateLimiter<IpAddr>,
    logins: DefaultKeyedRateLimiter<IpAddr>,
    answers: DefaultKeyedRateLimiter<IpAddr>,
    checks: AtomicU32,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        let a_minute = |count: u32| {
            let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
            DefaultKeyedRateLimiter::keyed(Quota::per_minute(count))
        };
        Self {
            lists: a_minute(limits.list_per_minute),
            detections: a_minute(limits.detect_per_minute),
            logins: a_minute(limits.login_per_minute),
            answers: a_minute(limits.feedback_per_minute),
            checks: AtomicU32::new(0),
        }
    }

    fn of(&self, method: &Method, path: &str) -> Option<&DefaultKeyedRateLimiter<IpAddr>> {
        match (method.as_str(), path) {
            ("POST", "/api/v1/anomalies/detect-and-notify" | "/api/v1/assist") => {
                Some(&self.detections)
            }
            ("POST", "/api/v1/sessions" | "/api/v1/pairings" | "/api/v1/kiosks") => {
                Some(&self.logins)
            }
            (_, "/feedback/{token}") => Some(&self.answers),
            // What an assistant asks may be a list, and is never cheaper than one.
            (_, mcp::PATH)
            | (
                "GET",
                "/api/v1/anomalies"
                | "/api/v1/anomalies/stats"
                | "/api/v1/rules"
                | "/api/v1/rules/{id}/versions"
                | "/api/v1/journal"
                | "/api/v1/journal/chain"
                | "/api/v1/mutes"
                | "/api/v1/transitions"
                | "/api/v1/sources"
                | "/api/v1/tokens"
                | "/api/v1/capabilities"
                | "/api/v1/notifications"
                | "/api/v1/digest"
                | "/api/v1/kiosks",
            ) => Some(&self.lists),
            _ => None,
        }
    }

    fn check(&self, method: &Method, path: &str, client: IpAddr) -> Result<(), ApiError> {
        let Some(limiter) = self.of(method, path) else {
            return Ok(());
        };
        if self.checks.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.lists.retain_recent();
            self.detections.retain_recent();
            self.logins.retain_recent();
            self.answers.retain_recent();
        }
        limiter.check_key(&client).map_err(|refusal| {
            let wait = refusal.wait_time_from(DefaultClock::default().now());
            ApiError::too_many(wait.as_secs() + 1)
        })
    }
}

pub(super) async fn limit(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let client = request.extensions().get::<ClientIp>();
    let route = request.extensions().get::<MatchedPath>();
    if let (Some(ClientIp(client)), Some(route)) = (client, route) {
        app.rate_limits
            .check(request.method(), route.as_str(), *client)?;
    }
    Ok(next.run(request).await)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_when_over_the_limit_then_is_told_when_to_come_back_and_others_are_not() {
        let limits = RateLimits::new(&Limits {
            list_per_minute: 2,
            ..Limits::default()
        });
        let ask = |last: u8| limits.check(&Method::GET, "/api/v1/rules", [192, 0, 2, last].into());
        assert!(ask(1).is_ok() && ask(1).is_ok());
        assert_eq!(ask(1).expect_err("too many").code(), "rate_limited");
        assert!(ask(2).is_ok());
        let series = limits.check(&Method::GET, "/api/v1/series", [192, 0, 2, 1].into());
        assert!(series.is_ok());
    }
}
