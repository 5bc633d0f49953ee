//! `log:` what is logged, and how.

use hindcast_shared::error::FieldError;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;
use utoipa::ToSchema;

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Log {
    /// For people or for programs.
    pub(crate) format: LogFormat,
    /// `error`, `warn`, `info`, `debug`, `trace`, or directives such as `info,hindcast::stream=debug`.
    pub(crate) level: String,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// Lines for people.
    Pretty,
    /// One JSON object a line.
    Json,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            format: LogFormat::Pretty,
            level: "info".to_owned(),
        }
    }
}

impl Log {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        // A word that is no level would be taken for the name of a module, and silence everything.
        let directives = self.level.split(',').map(str::trim);
        for directive in directives {
            let level = directive
                .rsplit_once('=')
                .map_or(directive, |(_, level)| level);
            if level
                .parse::<tracing_subscriber::filter::LevelFilter>()
                .is_err()
            {
                let message =
                    format!("`{level}` is not one of error, warn, info, debug, trace, off");
                return Err(FieldError::new("level", message));
            }
        }
        EnvFilter::try_new(&self.level)
            .map(|_| ())
            .map_err(|error| FieldError::new("level", error.to_string()))
    }
}
