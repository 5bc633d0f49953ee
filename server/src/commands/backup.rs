//! `hindcast backup`: one consistent copy of the store and of the weights of its models, while the server may be running.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use hindcast_shared::time::Clock as _;

use super::{load_config, open_store, print};
use crate::cli::ConfigArgs;
use crate::clock::SystemClock;
use crate::config::Config;
use crate::models::registry::Registry;
use crate::store::{OpenOptions, Store};

pub(super) async fn run(args: &ConfigArgs, file: &Path) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    anyhow::ensure!(
        config.store.path.exists(),
        "there is no store at {}",
        config.store.path.display()
    );
    let weights = weights_of(file);
    for place in [file, &weights] {
        anyhow::ensure!(!place.exists(), "{} exists already", place.display());
    }
    let store = open_store(&config, false).await?;
    store
        .backup(file, SystemClock.now_ms())
        .await
        .with_context(|| format!("the copy {} could not be made", file.display()))?;
    store.close().await;
    let (from, to) = (config.store.path.display(), file.display());
    print::line(format_args!("Copied {from} to {to}."))?;
    let copied = copy_weights(&config, file, weights.clone()).await;
    let copied = copied.with_context(|| {
        let place = weights.display();
        format!("the weights could not be copied to {place}; the copy of the store is whole, and models in it are not")
    })?;
    if copied > 0 {
        let place = weights.display();
        print::line(format_args!(
            "Copied {copied} versions of models to {place}."
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Where the weights of a copy go: a folder beside it.
fn weights_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".models");
    file.with_file_name(name)
}

/// Copies the versions that the copy of the store names; what was deleted before it was made is not missed.
async fn copy_weights(config: &Config, file: &Path, folder: PathBuf) -> anyhow::Result<u32> {
    let options = OpenOptions {
        path: file.to_owned(),
        migrate: false,
        ..config.store.options(false)
    };
    let copy = Store::open(&options, SystemClock.now_ms()).await?;
    let source = config.models.folder(&config.store.path);
    let keep = config.models.keep as usize;
    let models = Registry::new(copy.clone(), folder, keep);
    let copied = models.copy_from(source).await?;
    copy.close().await;
    Ok(copied)
}
