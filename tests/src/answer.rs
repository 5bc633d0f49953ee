//! An answer of the server, read to its end.

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{ErrorBody, ErrorDetail};
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

/// Status, headers and body.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked for, to name it in a failure.
    pub asked: String,
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as it came.
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) async fn read(asked: String, response: reqwest::Response) -> Result<Self> {
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.context(asked.clone())?.to_vec();
        Ok(Self {
            asked,
            status,
            headers,
            body,
        })
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body of a success.
    ///
    /// # Errors
    /// When it was refused, or the body is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        ensure!(
            self.status.is_success(),
            "{} answered {}: {}",
            self.asked,
            self.status,
            self.text()
        );
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{} answered {}", self.asked, self.text()))
    }

    /// The error of a refusal, which must have this status.
    ///
    /// # Errors
    /// When the status is another one, or the body is no error.
    pub fn refused(&self, status: u16) -> Result<ErrorDetail> {
        ensure!(
            self.status.as_u16() == status,
            "{} answered {} and not {status}: {}",
            self.asked,
            self.status,
            self.text()
        );
        let body: ErrorBody = serde_json::from_slice(&self.body)
            .with_context(|| format!("{} answered {}", self.asked, self.text()))?;
        Ok(body.error)
    }
}
