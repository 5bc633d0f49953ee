//! A client of the HTTP interface that takes every answer as it is.

use std::path::Path;

use anyhow::{Context as _, Result};
use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::api::{AnomalyDetail, ListPage};
use http::Method;
use serde_json::Value;

use crate::Answer;

/// A client with an address and perhaps a key.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    http: reqwest::Client,
    key: Option<String>,
}

impl Api {
    /// A client for `http://127.0.0.1:PORT` (or `…/ml`).
    ///
    /// # Errors
    /// When no client can be made.
    pub fn new(base: &str) -> Result<Self> {
        // Compressed bodies and redirects are looked at as they are.
        let http = reqwest::Client::builder()
            .no_gzip()
            .redirect(reqwest::redirect::Policy::none())
            .cookie_store(true)
            .build()?;
        Ok(Self {
            base: base.to_owned(),
            http,
            key: None,
        })
    }

    /// One that trusts this certificate besides.
    ///
    /// # Errors
    /// When the certificate cannot be read.
    pub fn trusting(base: &str, cert: &Path) -> Result<Self> {
        let pem = std::fs::read(cert)?;
        let http = reqwest::Client::builder()
            .tls_certs_only([reqwest::Certificate::from_pem(&pem)?])
            .build()?;
        Ok(Self {
            base: base.to_owned(),
            http,
            key: None,
        })
    }

    /// The same with a key.
    #[must_use]
    pub fn with_key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// The whole address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// A request that the test makes up itself.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, self.url(path));
        match &self.key {
            Some(key) => request.header("x-api-key", key),
            None => request,
        }
    }

    /// Sends a request that the test made up.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer> {
        let request = request.build()?;
        let asked = format!("{} {}", request.method(), request.url());
        let response = self.http.execute(request).await;
        Answer::read(asked.clone(), response.context(asked)?).await
    }

    /// `GET`.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST` with JSON.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PUT` with JSON.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    /// `DELETE`.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Anomalies of the last day, newest first; `query` narrows them (`rule=a&status=open`).
    ///
    /// # Errors
    /// When they cannot be listed.
    pub async fn anomalies(&self, query: &str) -> Result<ListPage<Anomaly>> {
        let path = format!("/api/v1/anomalies?limit=1000&{query}");
        self.get(path.trim_end_matches('&')).await?.json()
    }

    /// The one anomaly of a rule, once it is in a state.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub async fn anomaly_in(&self, rule: &str, status: Status) -> Result<Option<Anomaly>> {
        let found = self.anomalies(&format!("rule={rule}")).await?.items;
        Ok(found.into_iter().find(|anomaly| anomaly.status == status))
    }

    /// One anomaly with its story.
    ///
    /// # Errors
    /// When there is none.
    pub async fn anomaly(&self, id: impl std::fmt::Display) -> Result<AnomalyDetail> {
        self.get(&format!("/api/v1/anomalies/{id}")).await?.json()
    }
}
