//! `cargo xtask screenshots`: pictures of every page, to be looked at.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use clap::Args;

use super::generate::debug_binary;
use crate::app;
use crate::checks::system;
use crate::context::Context;
use crate::native;
use crate::process::Program;
use crate::setup::{self, Need};

/// Which pictures, and of what.
#[derive(Debug, Args)]
pub(crate) struct Wishes {
    /// Only these pages, such as `overview,lab`
    #[arg(long, value_delimiter = ',')]
    pages: Vec<String>,
    /// Only these forms: light, dark, phone, wall, contrast, forced
    #[arg(long, value_delimiter = ',')]
    forms: Vec<String>,
    /// Only these languages: en, ko, ru
    #[arg(long, value_delimiter = ',')]
    languages: Vec<String>,
    /// Of the app that is in dist/ already, such as the one of `cargo xtask dev`
    #[arg(long)]
    as_it_is: bool,
}

impl Wishes {
    /// What the example is told, as `name=value`.
    fn words(&self) -> impl Iterator<Item = String> {
        [
            ("pages", &self.pages),
            ("forms", &self.forms),
            ("languages", &self.languages),
        ]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| format!("{name}={}", values.join(",")))
    }
}

pub(crate) fn run(context: &Context, folder: &Path, wishes: &Wishes) -> Result<()> {
    setup::ensure(&context.places, &[Need::Browser, Need::BrowserScripts])?;
    if wishes.as_it_is {
        let there = context.places.dist().join("index.html").is_file();
        ensure!(there, "there is no app in dist/ yet");
    } else {
        app::build(context)?;
    }
    let binary = debug_binary(context)?;
    let folder = std::path::absolute(folder)?;
    // Built as the checks build it; `cargo run` knows no workspace.
    native::cargo(context, &["build", "--locked", "--example", "screenshots"])?.run()?;
    let example = binary.with_file_name("examples").join("screenshots");
    let program = Program::new(&context.places, &example.to_string_lossy())
        .args([&folder])
        .args(wishes.words());
    let kept = system::configure(context, program, &binary).run_and_keep()?;
    if let Some(failure) = kept.failure {
        bail!(failure);
    }
    Ok(())
}
