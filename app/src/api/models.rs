//! What the page about full models asks for.

use hindcast_shared::api::{
    CompareModelsRequest, JobRecord, ListPage, ModelComparison, ModelRecord, ModelSpec,
    PromoteRequest, Promotion, TrainRequest,
};

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
