//! `hindcast backup`: one consistent copy of the store, while the server may be running.

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use hindcast_shared::time::Clock as _;

use super::{load_config, open_store, print};
use crate::cli::ConfigArgs;
use crate::clock::SystemClock;

pub(super) async fn run(args: &ConfigArgs, file: &Path) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    anyhow::ensure!(
        config.store.path.exists(),
        "there is no store at {}",
        config.store.path.display()
    );
    anyhow::ensure!(!file.exists(), "{} exists already", file.display());
    let store = open_store(&config, false).await?;
    store
        .backup(file, SystemClock.now_ms())
        .await
        .with_context(|| format!("the copy {} could not be made", file.display()))?;
    store.close().await;
    let (from, to) = (config.store.path.display(), file.display());
    print::line(format_args!("Copied {from} to {to}."))?;
    Ok(ExitCode::SUCCESS)
}
