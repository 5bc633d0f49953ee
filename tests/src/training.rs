//! Trainings and explanations of full models, asked for over HTTP.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::{Api, eventually};

/// Everything that the tests train takes less.
const LONGEST: Duration = Duration::from_mins(2);

impl Api {
    /// Asks for a training whose version goes live whatever it finds; answers the job.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn ask_training(&self, spec: &Value) -> Result<Value> {
        let asked = json!({ "promote": "always", "spec": spec });
        self.post("/api/v1/jobs", &asked).await?.json()
    }

    /// Trains, and answers the job when its version is there.
    ///
    /// # Errors
    /// When none comes of it.
    pub async fn train(&self, spec: &Value) -> Result<Value> {
        let made = self.ask_training(spec).await?;
        let job = self.job_over(&made["id"]).await?;
        ensure!(job["state"] == "done", "{job}");
        Ok(job)
    }

    /// Waits until a job neither waits nor runs; answers it.
    ///
    /// # Errors
    /// When it goes on for too long.
    pub async fn job_over(&self, id: &Value) -> Result<Value> {
        let path = format!("/api/v1/jobs/{id}");
        eventually("the training", LONGEST, || async {
            let job: Value = self.get(&path).await?.json()?;
            Ok((!goes_on(&job)).then_some(job))
        })
        .await
    }

    /// Explains the window of the model `load` that ends at this instant, which is an odd one.
    ///
    /// # Errors
    /// When the model finds it ordinary.
    pub async fn explain_odd(&self, at_ms: i64) -> Result<Value> {
        let asked = json!({ "at_ms": at_ms });
        let path = "/api/v1/models/load/explain";
        let told: Value = self.post(path, &asked).await?.json()?;
        let is_odd = told["score"].as_f64().is_some_and(|score| score > 1.0);
        ensure!(is_odd, "{told}");
        Ok(told)
    }
}

/// Whether a job waits or runs.
pub fn goes_on(job: &Value) -> bool {
    ["waiting", "running"].contains(&job["state"].as_str().unwrap_or_default())
}
