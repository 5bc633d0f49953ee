//! Slack by a bot's token: the message into a room, and the picture into its thread.
//!
//! The words go first and alone decide whether somebody was told; a picture that does not arrive is not tried again,
//! since the words would come twice. By <https://docs.slack.dev/reference/methods/files.getUploadURLExternal> and
//! <https://docs.slack.dev/reference/methods/files.completeUploadExternal>, as they were in November 2026.

use reqwest::Method;
use reqwest::header::RETRY_AFTER;
use serde_json::{Value, json};
use url::Url;
use url::form_urlencoded::Serializer;

use super::Route;
use super::bundle::Bundle;
use super::channel::{CHART_FILE, Outgoing, cut, slack, under};
use super::guard::check_literal;
use super::picture::Picture;
use super::send::{Outcome, judged, read, reason, retry_after};
use crate::config::Secret;

/// Largest answer that is read.
const MAX_ANSWER: usize = 256 * 1024;

/// Errors that pass by themselves; all others stay.
const PASSING: [&str; 6] = [
    "ratelimited",
    "rate_limited",
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
];

impl Route {
    /// Tells a room.
    pub(super) async fn to_slack_room(
        &self,
        bundle: &Bundle,
        picture: Option<&Picture>,
        now_ms: i64,
    ) -> Outcome {
        let mut message = slack(bundle, None);
        message["channel"] = json!(self.config.room);
        message["unfurl_links"] = json!(false);
        let told = match self.slack("chat.postMessage", &message, now_ms).await {
            Ok(told) => told,
            Err(outcome) => return self.without_secrets(outcome),
        };
        if let Some(picture) = picture
            && let Err(outcome) = self.share_in_thread(&told, bundle, picture, now_ms).await
        {
            let (name, why) = (&self.config.name, self.without_secrets(outcome));
            tracing::warn!(
                route = name,
                ?why,
                "Slack has the message without its picture"
            );
        }
        Outcome::Arrived("Slack has taken it".to_owned())
    }

    async fn share_in_thread(
        &self,
        told: &Value,
        bundle: &Bundle,
        picture: &Picture,
        now_ms: i64,
    ) -> Result<(), Outcome> {
        let alt = cut(&picture.alt, 1_000);
        let asked = Serializer::new(String::new())
            .append_pair("filename", CHART_FILE)
            .append_pair("length", &picture.png.len().to_string())
            .append_pair("alt_txt", &alt)
            .finish();
        let place = self
            .slack_call(
                "files.getUploadURLExternal",
                "application/x-www-form-urlencoded",
                asked.into_bytes(),
                now_ms,
            )
            .await?;
        let refused = |why: &str| Outcome::Refused(why.to_owned());
        let url = place["upload_url"]
            .as_str()
            .and_then(|url| Url::parse(url).ok());
        let url = url.ok_or_else(|| refused("it named no place for the picture"))?;
        // Where the file goes is Slack's to say, but not to send it into the network here.
        if url.scheme() != self.url.scheme() {
            return Err(refused("it named a place of another kind"));
        }
        check_literal(&url, &self.rules).map_err(Outcome::Refused)?;
        let file = Outgoing {
            url,
            headers: Vec::new(),
            content_type: "application/octet-stream".to_owned(),
            body: picture.png.to_vec(),
        };
        match self.post(file, now_ms).await {
            Outcome::Arrived(_) => {}
            other => return Err(other),
        }
        let shared = json!({
            "files": [{"id": place["file_id"], "title": cut(&bundle.title(), 200)}],
            "channel_id": told["channel"],
            "thread_ts": told["ts"],
        });
        self.slack("files.completeUploadExternal", &shared, now_ms)
            .await
            .map(|_| ())
    }

    async fn slack(&self, method: &str, body: &Value, now_ms: i64) -> Result<Value, Outcome> {
        let body = body.to_string().into_bytes();
        let json = "application/json; charset=utf-8";
        self.slack_call(method, json, body, now_ms).await
    }

    /// One call: Slack answers 200 to most of what it refuses, and says so inside.
    async fn slack_call(
        &self,
        method: &str,
        content_type: &str,
        body: Vec<u8>,
        now_ms: i64,
    ) -> Result<Value, Outcome> {
        let token = self.config.secret.as_ref().map(Secret::reveal);
        let out = Outgoing {
            url: under(&self.url, &format!("/api/{method}")),
            headers: vec![(
                "authorization",
                format!("Bearer {}", token.unwrap_or_default()),
            )],
            content_type: content_type.to_owned(),
            body,
        };
        let response = self.request(Method::POST, out).send().await;
        let response = response.map_err(|error| Outcome::Again {
            why: reason(&error),
            after: None,
        })?;
        if !response.status().is_success() {
            return Err(judged(response, now_ms).await);
        }
        let after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| retry_after(text, now_ms));
        let answer = read(response, MAX_ANSWER).await;
        let answer: Value = serde_json::from_slice(&answer).unwrap_or_default();
        if answer["ok"] == true {
            return Ok(answer);
        }
        let error = answer["error"]
            .as_str()
            .unwrap_or("nothing that can be read");
        let why = format!("{method}: it answered {}", cut(error, 200));
        Err(if PASSING.contains(&error) {
            Outcome::Again { why, after }
        } else {
            Outcome::Refused(why)
        })
    }
}
