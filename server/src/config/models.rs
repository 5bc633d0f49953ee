//! `models:` where full models are kept, and what training may take.
//!
//! Which devices a build has is decided by its features; whether one is there, when training begins.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use hindcast_shared::error::FieldError;
use hindcast_shared::time::{DAY_MS, HOUR_MS, MINUTE_MS, Millis};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::models::Means;

/// Where networks learn; they score on the processor in any case.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema, ValueEnum,
)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ModelDevice {
    /// A GPU if this program was built for one and the machine has it, else the processor.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// A GPU by CUDA; the program must be built with the feature `gpu-cuda`.
    Cuda,
    /// A GPU by Vulkan, Metal or Direct3D; the program must be built with the feature `gpu-wgpu`.
    Wgpu,
}

impl ModelDevice {
    /// Refuses a device that this program was not built for.
    pub(crate) fn check(self) -> Result<(), FieldError> {
        let (feature, has_it) = match self {
            Self::Auto | Self::Cpu => return Ok(()),
            Self::Cuda => ("gpu-cuda", cfg!(feature = "gpu-cuda")),
            Self::Wgpu => ("gpu-wgpu", cfg!(feature = "gpu-wgpu")),
        };
        if has_it {
            return Ok(());
        }
        let message = format!(
            "this program was built without it: take `auto` or `cpu`, or build it with `--features {feature}`"
        );
        Err(FieldError::new("device", message))
    }
}

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
    /// Where networks learn; they score on the processor in any case.
    pub(crate) device: ModelDevice,
    /// How long after a look at how well a live version does the next one is due.
    pub(crate) look_every: Millis,
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self {
            path: None,
            keep: 5,
            memory_mib: 1_024,
            device: ModelDevice::default(),
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

    /// What one training may take.
    pub(crate) fn means(&self) -> Means {
        Means {
            most_bytes: self.memory_mib << 20,
            device: self.device,
        }
    }

    pub(super) fn check(&self) -> Result<(), FieldError> {
        if self.keep == 0 || self.keep > 1_000 {
            return Err(FieldError::new("keep", "must be from 1 to 1000"));
        }
        if !(16..=1 << 20).contains(&self.memory_mib) {
            return Err(FieldError::new("memory_mib", "must be from 16 to 1048576"));
        }
        self.device.check()?;
        if !(10 * MINUTE_MS..=30 * DAY_MS).contains(&self.look_every.ms()) {
            return Err(FieldError::new("look_every", "must be from 10m to 30d"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_when_the_program_was_not_built_for_it_then_is_refused_with_what_to_do() {
        for (device, feature, has_it) in [
            (ModelDevice::Cuda, "gpu-cuda", cfg!(feature = "gpu-cuda")),
            (ModelDevice::Wgpu, "gpu-wgpu", cfg!(feature = "gpu-wgpu")),
        ] {
            let config = ModelsConfig {
                device,
                ..ModelsConfig::default()
            };
            match config.check() {
                Ok(()) => assert!(has_it, "{device:?}"),
                Err(error) => {
                    let told = error.to_string();
                    assert!(
                        !has_it && told.contains("device") && told.contains(feature),
                        "{told}"
                    );
                }
            }
        }
        assert!(ModelsConfig::default().check().is_ok());
    }
}
