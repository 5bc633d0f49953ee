//! Grafana: an annotation from the beginning of an anomaly, which becomes a region at its end.
//!
//! Grafana knows no idempotency key, so each attempt first looks for the annotation by a tag that names the anomaly:
//! a repetition finds what the one before it has made.

use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use super::channel::{Outgoing, cut, escape, under};
use super::send::{Outcome, judged, reason};
use super::{Notice, Route};
use crate::config::Secret;

/// Largest list of annotations that is read.
const MAX_LIST: usize = 1024 * 1024;

#[derive(Debug, Deserialize)]
struct Found {
    id: i64,
}

impl Route {
    /// Creates the annotation of an anomaly, or sets what has changed, by
    /// <https://grafana.com/docs/grafana/latest/developers/http_api/annotations/> as it was in November 2026.
    pub(super) async fn annotate(&self, notice: &Notice, now_ms: i64) -> Outcome {
        let anomaly = &notice.anomaly;
        let tag = format!("hindcast:{}", anomaly.id);
        let text = match &notice.url {
            Some(url) => format!(
                "{}\n{}\n<a href=\"{}\">{}</a>",
                escape(&notice.title),
                escape(&notice.text),
                escape(url),
                super::words::words(&notice.lang).open
            ),
            None => format!("{}\n{}", escape(&notice.title), escape(&notice.text)),
        };
        let mut fields = json!({
            "text": cut(&text, 4_000),
            "tags": ["hindcast", tag, anomaly.rule_id.to_string(), anomaly.severity.as_str()],
        });
        if notice.is_over() {
            fields["timeEnd"] = json!(anomaly.end_ms.max(anomaly.start_ms));
        }
        let found = match self.find(&tag).await {
            Ok(found) => found,
            Err(why) => {
                return self.without_secrets(Outcome::Again { why, after: None });
            }
        };
        let (method, path) = if let Some(id) = found {
            (Method::PATCH, format!("/api/annotations/{id}"))
        } else {
            fields["time"] = json!(anomaly.start_ms);
            (Method::POST, "/api/annotations".to_owned())
        };
        let request = self.request(method, self.grafana(&path, &fields));
        self.without_secrets(match request.send().await {
            Ok(response) => judged(response, now_ms).await,
            Err(error) => Outcome::Again {
                why: reason(&error),
                after: None,
            },
        })
    }

    async fn find(&self, tag: &str) -> Result<Option<i64>, String> {
        let mut out = self.grafana("/api/annotations", &Value::Null);
        out.body.clear();
        out.url
            .query_pairs_mut()
            .append_pair("tags", tag)
            .append_pair("limit", "1");
        let text = self.get(out, MAX_LIST).await?;
        let found: Vec<Found> = serde_json::from_str(&text)
            .map_err(|_| "it did not answer with annotations".to_owned())?;
        Ok(found.first().map(|found| found.id))
    }

    fn grafana(&self, path: &str, fields: &Value) -> Outgoing {
        let token = self.config.secret.as_ref().map(Secret::reveal);
        Outgoing {
            url: under(&self.url, path),
            headers: vec![(
                "authorization",
                format!("Bearer {}", token.unwrap_or_default()),
            )],
            content_type: "application/json".to_owned(),
            body: fields.to_string().into_bytes(),
        }
    }
}
