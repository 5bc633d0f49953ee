//! `store:` where things are kept, and for how long.

use std::path::PathBuf;

use hindcast_shared::error::FieldError;
use hindcast_shared::time::Millis;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{OpenOptions, Retention};

/// Where things are kept, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct StoreConfig {
    /// The `SQLite` file; its folder is made when missing.
    #[schema(value_type = String)]
    pub(crate) path: PathBuf,
    /// Age at which evaluated points and closed anomalies are dropped.
    pub(crate) retention: Millis,
    /// Age at which the journal is pruned.
    pub(crate) audit_retention: Millis,
    /// Most series that are kept (20,000 are some gigabytes of points in ninety days); more are refused,
    /// so that a wrong label cannot fill the disk.
    pub(crate) max_series: u32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        let days = |count: i64| Millis::from_secs(count * 86_400);
        Self {
            path: PathBuf::from("./data/hindcast.db"),
            retention: days(90),
            audit_retention: days(400),
            max_series: 20_000,
        }
    }
}

impl StoreConfig {
    /// How the store is opened.
    pub(crate) fn options(&self, migrate: bool) -> OpenOptions {
        OpenOptions {
            path: self.path.clone(),
            migrate,
            max_series: self.max_series,
        }
    }

    /// How long the store keeps things.
    pub(crate) fn retention(&self) -> Retention {
        Retention {
            data_ms: self.retention.ms(),
            audit_ms: self.audit_retention.ms(),
        }
    }

    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.path.as_os_str().is_empty() {
            return Err(FieldError::new("path", "must not be empty"));
        }
        let hour = Millis::from_secs(3_600);
        if self.retention < hour {
            return Err(FieldError::new("retention", "must be at least 1h"));
        }
        if self.audit_retention < hour {
            return Err(FieldError::new("audit_retention", "must be at least 1h"));
        }
        if self.max_series == 0 {
            return Err(FieldError::new("max_series", "must be at least 1"));
        }
        Ok(())
    }
}
