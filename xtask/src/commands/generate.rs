//! `cargo xtask generate`: the files under `docs/` that the server can write itself.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::native;
use crate::process::Program;
use crate::say;

/// A committed file, and the arguments that make the server print it.
#[derive(Debug)]
pub(crate) struct Generated {
    pub(crate) path: &'static str,
    args: &'static [&'static str],
}

pub(crate) const ALL: &[Generated] = &[
    Generated {
        path: "docs/openapi.json",
        args: &["openapi"],
    },
    Generated {
        path: "docs/detectors.md",
        args: &["detectors"],
    },
    Generated {
        path: "docs/config.schema.json",
        args: &["config", "schema"],
    },
];

pub(crate) fn run(context: &Context) -> Result<()> {
    let binary = debug_binary(context)?;
    for generated in ALL {
        let path = context.places.root().join(generated.path);
        if let Some(dir) = path.parent() {
            fs::create_dir_all(dir)?;
        }
        fs::write(&path, generated.print(context, &binary)?)?;
        say::note(&format!("wrote {}", generated.path));
    }
    Ok(())
}

/// The server as the checks run it.
pub(crate) fn debug_binary(context: &Context) -> Result<PathBuf> {
    native::cargo(context, &["build", "--tests", "--bins"])?.run()?;
    Ok(context.check_target()?.join("debug/hindcast"))
}

impl Generated {
    /// What the file should hold, with one line end at its end.
    pub(crate) fn print(&self, context: &Context, binary: &Path) -> Result<String> {
        let text = Program::new(&context.places, &binary.to_string_lossy())
            .args(self.args)
            .text()
            .with_context(|| format!("{} could not be generated", self.path))?;
        Ok(format!("{text}\n"))
    }
}
