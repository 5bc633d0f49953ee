//! A server that speaks the Prometheus query API: Prometheus itself, VictoriaMetrics, Mimir, Thanos.
//!
//! Owns the split of long ranges and the merge of the answers; [`client`] asks, [`answer`] reads, [`counters`] warns.

pub(crate) mod answer;
mod client;
pub(crate) mod counters;
pub(crate) mod layout;
mod tokens;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use hindcast_shared::api::SourceKind;
use hindcast_shared::series::{Labels, Series};
use hindcast_shared::time::{Millis, TimeRange, ceil_to};
use secrecy::SecretString;
use url::Url;

use self::client::Client;
use super::{Source, SourceError};

/// Prometheus answers at most 11,000 points a series; a longer range is asked for in pieces.
const POINTS_PER_QUERY: i64 = 11_000;

/// Names offered to pickers; a large server has ten thousand.
const SUGGESTIONS: usize = 200;

/// How to reach the server.
#[derive(Debug, Clone)]
pub(crate) struct PrometheusOptions {
    /// Base address; `/api/v1/…` is added to it.
    pub(crate) url: Url,
    /// Whose series are asked for, where a server has several tenants.
    pub(crate) tenant: Option<String>,
    /// How we say who we are.
    pub(crate) credentials: Credentials,
    /// A PEM file with certificates to trust beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Longest wait for one answer.
    pub(crate) timeout: Duration,
    /// How often a failed question is repeated.
    pub(crate) retries: usize,
}

impl PrometheusOptions {
    /// Plain HTTP to `url`, with the usual patience.
    pub(crate) fn new(url: Url) -> Self {
        Self {
            url,
            tenant: None,
            credentials: Credentials::None,
            ca_file: None,
            timeout: Duration::from_secs(30),
            retries: 3,
        }
    }
}

/// How we say who we are; never printed.
#[derive(Debug, Clone)]
pub(crate) enum Credentials {
    /// Not at all.
    None,
    /// By name and password.
    Basic {
        /// The name.
        username: String,
        /// The password.
        password: SecretString,
    },
    /// By a token.
    Bearer(SecretString),
}

/// A server that speaks the Prometheus query API.
pub(crate) struct PrometheusSource {
    client: Client,
}

impl PrometheusSource {
    /// Prepares to ask; nothing is sent yet.
    ///
    /// # Errors
    /// The certificates to trust cannot be read.
    pub(crate) fn new(options: PrometheusOptions) -> anyhow::Result<Self> {
        Ok(Self {
            client: Client::new(options)?,
        })
    }
}

#[async_trait]
impl Source for PrometheusSource {
    fn kind(&self) -> SourceKind {
        SourceKind::Prometheus
    }

    async fn fetch(
        &self,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        let mut merged: BTreeMap<Labels, Series> = BTreeMap::new();
        let mut left = pieces(range, step.ms());
        while let Some(piece) = left.pop() {
            let matrix = match self.client.query_range(query, piece, step).await {
                Err(SourceError::AnswerTooLarge { .. }) if points(piece, step) > 1 => {
                    left.extend(halves(piece, step));
                    continue;
                }
                matrix => matrix?,
            };
            for found in matrix {
                let series = merged.entry(found.labels).or_insert_with_key(|labels| {
                    Series::empty(labels.clone(), "", range, step.ms())
                });
                for (at_ms, value) in found.points {
                    if let Some(index) = series.index_of(at_ms) {
                        series.values[index] = value;
                    }
                }
            }
        }
        let any = |series: &Series| series.values.iter().any(|value| value.is_finite());
        Ok(merged.into_values().filter(any).collect())
    }

    async fn suggestions(&self) -> Vec<String> {
        let mut names = self.client.metric_names().await.unwrap_or_default();
        names.truncate(SUGGESTIONS);
        names
    }

    async fn warnings(&self, query: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        for metric in counters::raw_metrics(query) {
            // What the server knows of a metric beats what its name suggests.
            let counter = match self.client.metric_type(&metric).await {
                Ok(Some(kind)) => {
                    kind == "counter" || (kind != "gauge" && counters::looks_like_one(&metric))
                }
                _ => counters::looks_like_one(&metric),
            };
            if counter {
                warnings.push(counters::warning(&metric));
            }
        }
        warnings
    }

    async fn probe(&self) -> Result<(), SourceError> {
        self.client.probe().await
    }
}

/// Cuts a range into inclusive spans of grid instants that one query may ask for.
fn pieces(range: TimeRange, step_ms: i64) -> Vec<(i64, i64)> {
    let last_ms = ceil_to(range.to_ms, step_ms) - step_ms;
    let mut start_ms = ceil_to(range.from_ms, step_ms);
    let mut pieces = Vec::new();
    while start_ms <= last_ms {
        let end_ms = (start_ms + (POINTS_PER_QUERY - 1) * step_ms).min(last_ms);
        pieces.push((start_ms, end_ms));
        start_ms = end_ms + step_ms;
    }
    pieces
}

fn points((start_ms, end_ms): (i64, i64), step: Millis) -> i64 {
    (end_ms - start_ms) / step.ms() + 1
}

fn halves((start_ms, end_ms): (i64, i64), step: Millis) -> [(i64, i64); 2] {
    let first_end_ms = start_ms + (points((start_ms, end_ms), step) / 2 - 1) * step.ms();
    [(start_ms, first_end_ms), (first_end_ms + step.ms(), end_ms)]
}

#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;
