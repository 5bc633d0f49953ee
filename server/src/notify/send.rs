//! One attempt: what goes out by HTTP, and what its answer means.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use super::Route;
use super::bundle::Bundle;
use super::channel::{Outgoing, outgoing};
use super::guard::{self, GuardedNames, Rules};
use super::picture::Picture;
use crate::config::{Channel, RouteConfig, Secret};
use crate::http_client;

/// How much of an answer is read: enough for a reason.
const MAX_ANSWER: usize = 2_000;

/// Longest wait that a `Retry-After` can ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_hours(1);

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It arrived; what the other side said.
    Arrived(String),
    /// It did not, and may another time.
    Again {
        why: String,
        after: Option<Duration>,
    },
    /// It will not, however often it is tried.
    Refused(String),
}

/// A client of its own for a route: it looks at every address before it connects, follows no redirect and takes
/// no proxy, which would connect in its place.
pub(super) fn client(route: &RouteConfig, rules: &Arc<Rules>) -> anyhow::Result<reqwest::Client> {
    http_client::install_crypto();
    let timeout = Duration::from_millis(u64::try_from(route.timeout.ms()).unwrap_or(10_000));
    let url = route
        .address()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    guard::check_literal(&url, rules)
        .map_err(|why| anyhow::anyhow!("notify.routes: `{}`: {why}", route.name))?;
    reqwest::Client::builder()
        .user_agent(concat!("hindcast/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeout.min(Duration::from_secs(5)))
        .timeout(timeout)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(GuardedNames(rules.clone())))
        .build()
        .context("the HTTP client cannot be built")
}

impl Route {
    /// Tries once.
    pub(super) async fn send(
        &self,
        bundle: &Bundle,
        key: &str,
        picture: Option<&Picture>,
        now_ms: i64,
    ) -> Outcome {
        match self.config.channel {
            Channel::Grafana => self.annotate(bundle.lead(), now_ms).await,
            Channel::Email => self.mail(bundle, key, picture, now_ms).await,
            Channel::Slack if self.config.room.is_some() => {
                self.to_slack_room(bundle, picture, now_ms).await
            }
            _ => match outgoing(self, bundle, key, picture, now_ms) {
                Ok(out) => self.post(out, now_ms).await,
                Err(why) => Outcome::Refused(why),
            },
        }
    }

    /// One request that tells something.
    pub(super) async fn post(&self, out: Outgoing, now_ms: i64) -> Outcome {
        let request = self.request(reqwest::Method::POST, out);
        self.without_secrets(match request.send().await {
            Ok(response) => judged(response, now_ms).await,
            Err(error) => Outcome::Again {
                why: reason(&error),
                after: None,
            },
        })
    }

    /// One request that asks something; the answer's text, up to so many bytes.
    pub(super) async fn get(&self, out: Outgoing, most: usize) -> Result<String, String> {
        let request = self.request(reqwest::Method::GET, out);
        let response = request.send().await.map_err(|error| reason(&error))?;
        let status = response.status();
        if !status.is_success() {
            return Err(format!("it answered {status}"));
        }
        let bytes = read(response, most + 1).await;
        if bytes.len() > most {
            return Err("it answered too much".to_owned());
        }
        String::from_utf8(bytes).map_err(|_| "it did not answer in UTF-8".to_owned())
    }

    pub(super) fn request(
        &self,
        method: reqwest::Method,
        out: Outgoing,
    ) -> reqwest::RequestBuilder {
        let mut request = self.client.request(method, out.url);
        if !out.body.is_empty() {
            request = request
                .header(CONTENT_TYPE, out.content_type)
                .body(out.body);
        }
        for (name, value) in out.headers {
            request = request.header(name, value);
        }
        request
    }
}

impl Route {
    /// What a receiver says may repeat what it was told; none of it is kept or logged.
    pub(super) fn without_secrets(&self, outcome: Outcome) -> Outcome {
        let mut secrets = vec![self.url.path().trim_matches('/')];
        secrets.extend(self.url.query());
        secrets.extend(self.config.secret.as_ref().map(Secret::reveal));
        secrets.retain(|secret| secret.len() >= 4);
        let clean = |text: String| {
            secrets
                .iter()
                .fold(text, |text, one| text.replace(one, "…"))
        };
        match outcome {
            Outcome::Arrived(said) => Outcome::Arrived(clean(said)),
            Outcome::Again { why, after } => Outcome::Again {
                why: clean(why),
                after,
            },
            Outcome::Refused(why) => Outcome::Refused(clean(why)),
        }
    }
}

/// The innermost cause, without the address: it may hold a secret.
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "there was no answer in time".to_owned();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    format!("it could not be reached: {cause}")
}

/// Seconds, or a date.
pub(super) fn retry_after(text: &str, now_ms: i64) -> Option<Duration> {
    let text = text.trim();
    let seconds = if let Ok(seconds) = text.parse::<f64>() {
        seconds
    } else {
        let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp();
        (at.as_millisecond() - now_ms).max(0) as f64 / 1_000.0
    };
    let fine = seconds.is_finite() && seconds >= 0.0;
    fine.then(|| Duration::from_secs_f64(seconds.min(MAX_RETRY_AFTER.as_secs_f64())))
}

pub(super) async fn judged(response: Response, now_ms: i64) -> Outcome {
    let status = response.status();
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| retry_after(text, now_ms));
    let said = beginning(response).await;
    let why = format!("it answered {status}: {said}");
    if status.is_success() {
        return Outcome::Arrived(format!("it answered {status}"));
    }
    let later = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS
    );
    if later || status.is_server_error() {
        Outcome::Again { why, after }
    } else {
        // A redirect is not followed: whoever moved is told in the configuration.
        Outcome::Refused(why)
    }
}

/// The beginning of an answer, on one line.
async fn beginning(response: Response) -> String {
    let bytes = read(response, MAX_ANSWER).await;
    let text = String::from_utf8_lossy(&bytes);
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(300).collect()
}

/// An answer's body, up to so many bytes.
pub(super) async fn read(mut response: Response, most: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        bytes.extend_from_slice(&chunk);
        if bytes.len() >= most {
            break;
        }
    }
    bytes.truncate(most);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wait_when_asked_for_by_seconds_or_date_then_is_bounded() {
        let now_ms = 1_767_614_400_000;
        let seconds = |text| retry_after(text, now_ms).map(|wait| wait.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("Mon, 05 Jan 2026 12:02:00 GMT"), Some(120));
        assert_eq!(seconds("Mon, 05 Jan 2026 11:00:00 GMT"), Some(0));
        assert_eq!(seconds("1e30"), Some(3_600));
        for wrong in ["-1", "NaN", "soon", ""] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
    }
}
