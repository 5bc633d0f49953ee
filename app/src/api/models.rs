//! What the page about full models asks for.

use hindcast_shared::api::{
    CompareModelsRequest, ExplainModelRequest, JobRecord, ListPage, ModelCheck, ModelComparison,
    ModelExplanation, ModelRecord, ModelSpec, PromoteRequest, Promotion, TrainRequest,
};
use serde::Deserialize;
use web_sys::File;

use super::upload::send_file;
use super::{ApiError, ROOT, address, get, post, read, speak};
use crate::json;

/// All models with their versions.
pub async fn list_models() -> Result<Vec<ModelRecord>, ApiError> {
    let page: ListPage<ModelRecord> = read(&get("models", &[]).await?)?;
    Ok(page.items)
}

/// The newest trainings first.
pub async fn list_jobs() -> Result<Vec<JobRecord>, ApiError> {
    let page: ListPage<JobRecord> = read(&get("jobs", &[]).await?)?;
    Ok(page.items)
}

/// Puts a training into the queue.
pub async fn train(spec: ModelSpec, promote: Promotion) -> Result<JobRecord, ApiError> {
    let body = json::write(&TrainRequest { spec, promote });
    read(&post("jobs", Some(body)).await?)
}

/// Stops a training.
pub async fn cancel_job(id: i64) -> Result<(), ApiError> {
    post(&format!("jobs/{id}/cancel"), None).await.map(|_| ())
}

/// Begins a training that failed or was stopped once more.
pub async fn retry_job(id: i64) -> Result<(), ApiError> {
    post(&format!("jobs/{id}/retry"), None).await.map(|_| ())
}

/// Makes a version the one that scores.
pub async fn promote(name: &str, version: u32) -> Result<(), ApiError> {
    let body = json::write(&PromoteRequest { version });
    post(&format!("models/{name}/promote"), Some(body))
        .await
        .map(|_| ())
}

/// Goes back to the version that scored before.
pub async fn revert(name: &str) -> Result<(), ApiError> {
    post(&format!("models/{name}/revert"), None)
        .await
        .map(|_| ())
}

/// Deletes a version that does not score.
pub async fn delete_version(name: &str, version: u32) -> Result<(), ApiError> {
    let path = address(&format!("models/{name}/versions/{version}"), &[]);
    speak("DELETE", &path, &[], None).await.map(|_| ())
}

/// Deletes a model with everything that belongs to it.
pub async fn delete_model(name: &str) -> Result<(), ApiError> {
    let path = address(&format!("models/{name}"), &[]);
    speak("DELETE", &path, &[], None).await.map(|_| ())
}

/// Takes a file that was downloaded in as a new version; says meanwhile which share has been sent.
pub async fn import(file: &File, sent: impl Fn(f64) + 'static) -> Result<ModelRecord, ApiError> {
    read(&send_file(&address("models/import", &[]), file, sent).await?)
}

/// How well the versions that scored did, the oldest look first.
pub async fn list_checks(name: &str) -> Result<Vec<ModelCheck>, ApiError> {
    let page: ListPage<ModelCheck> = read(&get(&format!("models/{name}/checks"), &[]).await?)?;
    let mut checks = page.items;
    checks.reverse();
    Ok(checks)
}

/// Why the version that scores finds a window odd, or not.
pub async fn explain(
    name: &str,
    series: Option<String>,
    at_ms: i64,
) -> Result<ModelExplanation, ApiError> {
    let body = json::write(&ExplainModelRequest { series, at_ms });
    read(&post(&format!("models/{name}/explain"), Some(body)).await?)
}

/// The scores of one series; nothing where there is none.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ScoreColumn {
    /// Its text form.
    pub series: String,
    /// Instant of the first score.
    pub start_ms: i64,
    /// Distance of the scores.
    pub step_ms: i64,
    /// The scores, in parts of the p99.
    pub values: Vec<Option<f64>>,
}

/// The scores of a model, by a source whose series are scores.
pub async fn list_scores(
    source: &str,
    name: &str,
    from_ms: i64,
    to_ms: i64,
    step: &str,
) -> Result<Vec<ScoreColumn>, ApiError> {
    #[derive(Deserialize)]
    struct Scores {
        series: Vec<ScoreColumn>,
    }
    let (from, to) = (from_ms.to_string(), to_ms.to_string());
    let asked = [
        ("source", source),
        ("query", &score_query(name)),
        ("from", &from),
        ("to", &to),
        ("step", step),
    ];
    let scores: Scores = read(&get("series", &asked).await?)?;
    Ok(scores.series)
}

/// What asks a source of scores for those of a model.
pub fn score_query(name: &str) -> String {
    format!("model_score{{model=\"{name}\"}}")
}

/// Holds two versions against each other.
pub async fn compare(
    name: &str,
    champion: u32,
    challenger: u32,
) -> Result<ModelComparison, ApiError> {
    let body = json::write(&CompareModelsRequest {
        champion,
        challenger,
    });
    read(&post(&format!("models/{name}/compare"), Some(body)).await?)
}

/// Where a version can be downloaded.
pub fn export_address(name: &str, version: u32) -> String {
    format!("{ROOT}/models/{name}/versions/{version}/export")
}
