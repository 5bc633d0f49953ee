//! `/api/v1/models` and `/api/v1/jobs`: full models, their versions, and the work on them.

mod change;
mod exchange;
mod explain;
mod find;
mod jobs;
mod watch;

pub(crate) use self::change::{
    __path_delete_model, __path_delete_model_version, __path_promote_model, __path_revert_model,
    delete_model, delete_model_version, promote_model, revert_model,
};
pub(crate) use self::exchange::{
    __path_export_model, __path_import_model, export_model, import_model,
};
pub(crate) use self::explain::{__path_explain_model, explain_model};
pub(crate) use self::find::{
    __path_find_model, __path_find_model_version, __path_list_models, find_model,
    find_model_version, list_models,
};
pub(crate) use self::jobs::{
    __path_cancel_job, __path_create_job, __path_find_job, __path_list_jobs, __path_retry_job,
    cancel_job, create_job, find_job, list_jobs, retry_job,
};
pub(crate) use self::watch::{
    __path_compare_models, __path_list_model_checks, compare_models, list_model_checks,
};

use http::StatusCode;

use crate::error::ApiError;
use crate::models::ModelError;
use crate::models::gather::GatherError;
use crate::models::jobs::JobError;
use crate::models::registry::RegistryError;

impl From<ModelError> for ApiError {
    fn from(error: ModelError) -> Self {
        let message = error.to_string();
        match error {
            ModelError::Spec(error) => Self::invalid_body("invalid_model", error.under("spec")),
            ModelError::Artifact { .. } => Self::unprocessable("broken_model", message),
            ModelError::UnknownSeries { .. } => {
                Self::not_found("unknown_series", message).about("series")
            }
            ModelError::Full { .. } => {
                Self::new(StatusCode::INSUFFICIENT_STORAGE, "storage_full", message)
            }
            ModelError::NoWindow => Self::unprocessable("no_window", message).about("at_ms"),
            other => Self::internal(other),
        }
    }
}

impl From<RegistryError> for ApiError {
    fn from(error: RegistryError) -> Self {
        let message = error.to_string();
        match error {
            RegistryError::Model(error) => error.into(),
            RegistryError::Store(error) => error.into(),
            RegistryError::NoFormer(_) => Self::conflict("no_former_version", message),
            RegistryError::NoneLive(_) => Self::conflict("none_live", message),
            error @ RegistryError::Sweep { .. } => Self::internal(error),
            RegistryError::Interrupted => Self::unavailable(message),
        }
    }
}

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        let message = error.to_string();
        match error {
            JobError::Full => Self::conflict("too_many_jobs", message),
            JobError::Over(_) => Self::conflict("job_over", message),
            JobError::NotFailed(_) => Self::conflict("job_not_failed", message),
            JobError::Model(error) => error.into(),
            JobError::Store(error) => error.into(),
        }
    }
}

impl From<GatherError> for ApiError {
    fn from(error: GatherError) -> Self {
        match error {
            GatherError::Model(error) => error.into(),
            GatherError::Source { error, .. } => error.into(),
            GatherError::Store(error) => error.into(),
        }
    }
}
