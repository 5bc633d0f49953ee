//! What a language model has written about anomalies.

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::MachineWords;
use hindcast_shared::message::Lang;

use super::{Store, StoreError, StoreResult};

impl Store {
    /// Keeps what was written; what was there in this language goes.
    pub(crate) async fn keep_machine_words(
        &self,
        id: AnomalyId,
        words: &MachineWords,
    ) -> StoreResult<()> {
        let body = serde_json::to_string(words).unwrap_or_default();
        sqlx::query(
            "INSERT INTO machine_words (anomaly_id, lang, model, body, at_ms) VALUES (?, ?, ?, ?, ?) \
             ON CONFLICT (anomaly_id, lang) DO UPDATE SET model = excluded.model, body = excluded.body, at_ms = excluded.at_ms",
        )
        .bind(id.to_string())
        .bind(&words.lang)
        .bind(&words.model)
        .bind(body)
        .bind(words.at_ms)
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    /// What was written of an anomaly: in this language if there is such, and otherwise in another.
    pub(crate) async fn machine_words(
        &self,
        id: AnomalyId,
        lang: Lang,
    ) -> StoreResult<Option<MachineWords>> {
        let body: Option<String> = sqlx::query_scalar(
            "SELECT body FROM machine_words WHERE anomaly_id = ? ORDER BY lang <> ?, lang LIMIT 1",
        )
        .bind(id.to_string())
        .bind(lang.tag())
        .fetch_optional(&self.readers)
        .await?;
        body.map(|body| {
            serde_json::from_str(&body).map_err(|error| StoreError::corrupt("words", &error))
        })
        .transpose()
    }
}
