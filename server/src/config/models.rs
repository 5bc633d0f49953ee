//! `models:` where full models are kept, and what training may take.

use std::path::{Path, PathBuf};

use hindcast_shared::error::FieldError;
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where full models are kept, and what training may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ModelsConfig {
    /// Folder of the weights; `models` beside the store unless given.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<PathBuf>,
    /// Versions of each model that are kept beside the live one and the one before it.
    pub(crate) keep: u32,
    /// Memory that one training may need; more is refused before it begins.
    pub(crate) memory_mib: u64,
    /// How long after a look at how well a live version does the next one is due.
    pub(crate) look_every: Millis,
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self {
            path: None,
            keep: 5,
            memory_mib: 1_024,
            look_every: Millis::new(6 * HOUR_MS),
        }
    }
}

impl ModelsConfig {
    /// The folder of the weights, given where the store is.
    pub(crate) fn folder(&self, store: &Path) -> PathBuf {
        let beside = || store.parent().unwrap_or(Path::new(".")).join("models");
        self.path.clone().unwrap_or_else(beside)
    }

    /// Memory that one training may need, in bytes.
    pub(crate) fn most_bytes(&self) -> u64 {
        self.memory_mib << 20
    }

    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.keep == 0 || self.keep > 1_000 {
            return Err(FieldError::new("keep", "must be from 1 to 1000"));
        }
        if !(16..=1 << 20).contains(&self.memory_mib) {
            return Err(FieldError::new("memory_mib", "must be from 16 to 1048576"));
        }
        if !(10 * MINUTE_MS..=30 * DAY_MS).contains(&self.look_every.ms()) {
            return Err(FieldError::new("look_every", "must be from 10m to 30d"));
        }
        Ok(())
    }
}
