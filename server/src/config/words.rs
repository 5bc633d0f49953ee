//! `words:` whether a language model of one's own writes beside the catalogues' words.

use hindcast_shared::error::FieldError;
use hindcast_shared::message::Lang;
use hindcast_shared::time::Millis;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

/// Words about anomalies, beside those of the catalogues.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Words {
    /// A language model behind Ollama's HTTP API; none unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ollama: Option<Ollama>,
}

/// A language model behind Ollama's HTTP API: it writes a few sentences beside an anomaly, decides nothing, and nobody
/// waits for it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ollama {
    /// Where it is: `http://127.0.0.1:11434`.
    #[schema(value_type = String)]
    pub(crate) url: Url,
    /// Which model: `llama3.1:8b`.
    pub(crate) model: String,
    /// Language that it is asked to write in: `en`, `ko` or `ru`.
    #[serde(default = "english")]
    pub(crate) lang: String,
    /// Longest time for one answer; 1m.
    #[serde(default = "minute")]
    pub(crate) timeout: Millis,
    /// Most anomalies that wait for their words; what is over that is dropped, the oldest first.
    #[serde(default = "sixteen")]
    pub(crate) queue: u32,
}

fn english() -> String {
    "en".to_owned()
}

fn minute() -> Millis {
    Millis::from_secs(60)
}

fn sixteen() -> u32 {
    16
}

impl Words {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let Some(ollama) = &self.ollama else {
            return Ok(());
        };
        let refuse = |field: &str, message: &str| {
            Err(FieldError::new(field, message.to_owned()).under("ollama"))
        };
        if !matches!(ollama.url.scheme(), "http" | "https") || !ollama.url.has_host() {
            return refuse("url", "must begin with http:// or https://");
        }
        if ollama.model.trim().is_empty() || ollama.model.len() > 200 {
            return refuse("model", "must be the name of a model");
        }
        if ollama.lang.parse::<Lang>().is_err() {
            return refuse("lang", "must be en, ko or ru");
        }
        if !(1_000..=600_000).contains(&ollama.timeout.ms()) {
            return refuse("timeout", "must lie between 1s and 10m");
        }
        if !(1..=1_000).contains(&ollama.queue) {
            return refuse("queue", "must lie between 1 and 1,000");
        }
        Ok(())
    }
}
