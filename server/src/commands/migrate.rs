//! `hindcast migrate`: brings the store's tables up to date, and stops.

use std::process::ExitCode;

use anyhow::Context as _;

use super::{load_config, print};
use crate::cli::ConfigArgs;
use crate::store::Store;

pub(super) async fn run(args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let path = &config.store.path;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let count = Store::migrate_file(path)
        .await
        .with_context(|| format!("store.path {}", path.display()))?;
    match count {
        0 => print::line(format_args!("{} is up to date.", path.display()))?,
        count => print::line(format_args!(
            "{}: {count} migration(s) done.",
            path.display()
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}
