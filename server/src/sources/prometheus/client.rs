//! Asks the server: credentials, time limits, patience.

use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use hindcast_shared::time::Millis;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, StatusCode};
use secrecy::ExposeSecret as _;
use url::{Url, form_urlencoded};

use super::answer::{self, FoundSeries};
use super::{Credentials, PrometheusOptions};
use crate::http_client::{self, ClientOptions};
use crate::sources::SourceError;

/// Larger answers are not read on: the range is asked for in smaller pieces.
const MAX_BODY_MIB: usize = 32;

/// Longest wait that a `Retry-After` can ask of us; ticks come anyway.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(30);

/// Longest wait for an answer that only decorates: names, types.
const SIDE_TIMEOUT: Duration = Duration::from_secs(3);

/// What stands for the tenant in an address.
const TENANT: &str = "{tenant}";

pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    /// The tenant, where the address does not name it.
    tenant_header: Option<String>,
    options: PrometheusOptions,
}

/// One failed attempt.
struct Attempt {
    error: SourceError,
    transient: bool,
    retry_after: Option<Duration>,
    method_refused: bool,
}

impl Attempt {
    fn refused(refused: answer::Refused) -> Self {
        Self {
            error: refused.error,
            transient: refused.transient,
            retry_after: None,
            method_refused: false,
        }
    }
}

impl Client {
    pub(super) fn new(options: PrometheusOptions) -> anyhow::Result<Self> {
        let http = http_client::build(ClientOptions {
            timeout: options.timeout,
            ca_file: options.ca_file.as_deref(),
            own_server: false,
        })?;
        let mut base = options.url.clone();
        // Without it, joining would replace the last part of the path.
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        // The address is read as one, and so are its braces.
        let place = base.path().replace("%7B", "{").replace("%7D", "}");
        let tenant_header = match &options.tenant {
            Some(tenant) if place.contains(TENANT) => {
                base.set_path(&place.replace(TENANT, tenant));
                None
            }
            tenant => tenant.clone(),
        };
        Ok(Self {
            http,
            base,
            tenant_header,
            options,
        })
    }

    pub(super) async fn query_range(
        &self,
        query: &str,
        (start_ms, end_ms): (i64, i64),
        step: Millis,
    ) -> Result<Vec<FoundSeries>, SourceError> {
        let fields = [
            ("query", query.to_owned()),
            ("start", seconds(start_ms)),
            ("end", seconds(end_ms)),
            ("step", seconds(step.ms())),
            // VictoriaMetrics' result cache rounds the range; Prometheus ignores the word.
            ("nocache", "1".to_owned()),
        ];
        let body = self.ask("api/v1/query_range", &fields).await?;
        answer::matrix(&body)
    }

    pub(super) async fn metric_names(&self) -> Result<Vec<String>, SourceError> {
        let body = self.look_up("api/v1/label/__name__/values", &[]).await?;
        answer::words(&body)
    }

    pub(super) async fn metric_type(&self, metric: &str) -> Result<Option<String>, SourceError> {
        let fields = [("metric", metric.to_owned())];
        let body = self.look_up("api/v1/metadata", &fields).await?;
        answer::metric_type(&body, metric)
    }

    /// The cheapest question that needs the whole path: address, credentials, query engine.
    pub(super) async fn probe(&self) -> Result<(), SourceError> {
        let fields = [("query", "vector(1)".to_owned())];
        let side = self.request(&Method::GET, "api/v1/query", &fields)?;
        self.attempt(side.timeout(SIDE_TIMEOUT))
            .await
            .map(drop)
            .map_err(|attempt| attempt.error)
    }

    /// Asks once; nothing depends on the answer.
    async fn look_up(&self, path: &str, fields: &[(&str, String)]) -> Result<Vec<u8>, SourceError> {
        let request = self.request(&Method::GET, path, fields)?;
        self.attempt(request.timeout(SIDE_TIMEOUT))
            .await
            .map_err(|attempt| attempt.error)
    }

    /// Asks until there is an answer or patience is over; by POST, because queries can be long.
    async fn ask(&self, path: &str, fields: &[(&str, String)]) -> Result<Vec<u8>, SourceError> {
        match self.ask_by(&Method::POST, path, fields).await {
            // A read-only proxy in between may let nothing but GET through.
            Err(attempt) if attempt.method_refused => self.ask_by(&Method::GET, path, fields).await,
            outcome => outcome,
        }
        .map_err(|attempt| attempt.error)
    }

    async fn ask_by(
        &self,
        method: &Method,
        path: &str,
        fields: &[(&str, String)],
    ) -> Result<Vec<u8>, Attempt> {
        let patience = ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(200))
            .with_max_delay(Duration::from_secs(5))
            .with_max_times(self.options.retries)
            .with_jitter();
        let once = || async {
            let request = self
                .request(method, path, fields)
                .map_err(|error| Attempt {
                    error,
                    transient: false,
                    retry_after: None,
                    method_refused: false,
                })?;
            self.attempt(request).await
        };
        once.retry(patience)
            .when(|attempt: &Attempt| attempt.transient)
            .adjust(|attempt: &Attempt, delay| {
                // None means that patience is over.
                delay.map(|delay| attempt.retry_after.unwrap_or(delay))
            })
            .notify(|attempt: &Attempt, delay| {
                tracing::debug!(why = %attempt.error, delay_ms = delay.as_millis() as u64, "asking the source again");
            })
            .await
    }

    fn request(
        &self,
        method: &Method,
        path: &str,
        fields: &[(&str, String)],
    ) -> Result<RequestBuilder, SourceError> {
        let mut url = self
            .base
            .join(path)
            .map_err(|error| SourceError::Unavailable {
                why: error.to_string(),
            })?;
        let form: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = if *method == Method::POST {
            self.http
                .post(url)
                .header("content-type", "application/x-www-form-urlencoded")
                .body(form)
        } else {
            url.set_query((!form.is_empty()).then_some(&form));
            self.http.get(url)
        };
        let request = match &self.tenant_header {
            Some(tenant) => request.header("x-scope-orgid", tenant),
            None => request,
        };
        Ok(match &self.options.credentials {
            Credentials::None => request,
            Credentials::Basic { username, password } => {
                request.basic_auth(username, Some(password.expose_secret()))
            }
            Credentials::Bearer(token) => request.bearer_auth(token.expose_secret()),
        })
    }

    async fn attempt(&self, request: RequestBuilder) -> Result<Vec<u8>, Attempt> {
        let response = request.send().await.map_err(|error| self.failed(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        if status.is_redirection() {
            let to = response
                .headers()
                .get("location")
                .and_then(|to| to.to_str().ok());
            return Err(Attempt {
                error: SourceError::Unavailable {
                    why: format!(
                        "it redirects to {}; configure that address",
                        to.unwrap_or("nowhere")
                    ),
                },
                transient: false,
                retry_after: None,
                method_refused: false,
            });
        }
        let body = self.body(response).await?;
        if status.is_success() {
            return Ok(body);
        }
        let mut attempt = Attempt::refused(answer::refusal(status, &body));
        attempt.retry_after = retry_after;
        attempt.method_refused = status == StatusCode::METHOD_NOT_ALLOWED;
        Err(attempt)
    }

    async fn body(&self, mut response: reqwest::Response) -> Result<Vec<u8>, Attempt> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| self.failed(&error))?
        {
            if body.len() + chunk.len() > MAX_BODY_MIB << 20 {
                return Err(Attempt {
                    error: SourceError::AnswerTooLarge {
                        limit_mib: MAX_BODY_MIB,
                    },
                    transient: false,
                    retry_after: None,
                    method_refused: false,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn failed(&self, error: &reqwest::Error) -> Attempt {
        if error.is_timeout() {
            return Attempt {
                error: SourceError::Timeout {
                    after: Millis::new(self.options.timeout.as_millis() as i64),
                },
                // The whole patience of this question is used up.
                transient: false,
                retry_after: None,
                method_refused: false,
            };
        }
        Attempt {
            error: SourceError::Unavailable {
                why: innermost(error),
            },
            transient: true,
            retry_after: None,
            method_refused: false,
        }
    }
}

/// The cause at the bottom of a chain: `connection refused` says more than `error sending request`.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Seconds, or nothing for a date: a server that asks for patience in calendar days is down for us.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// Milliseconds as decimal seconds, exactly.
fn seconds(ms: i64) -> String {
    let sign = if ms < 0 { "-" } else { "" };
    let (whole, rest) = (ms.unsigned_abs() / 1_000, ms.unsigned_abs() % 1_000);
    if rest == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{rest:03}")
    }
}
