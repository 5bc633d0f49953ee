//! Pictures of every page: light, dark, on a phone and on a wall, in every language.
//!
//! `cargo xtask screenshots` runs it with a folder to write to.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hindcast_tests::{Browser, Script, Setup, Tour};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let folder: PathBuf = std::env::args_os()
        .nth(1)
        .context("name a folder for the pictures")?
        .into();
    std::fs::create_dir_all(&folder)?;
    let mut tour = Tour::start(Setup::new()?).await?;
    let arguments = json!({
        "url": tour.hindcast.url(), "pages": tour.pages(), "shots": folder,
        "languages": ["en", "ko", "ru"],
    });
    let mut browser = Browser::start(Script::Screenshots, &arguments)?;
    let end = browser.hear("end", Duration::from_mins(20)).await?;
    println!("{} pictures in {}", end["count"], folder.display());
    browser.close().await?;
    tour.hindcast.stop().await
}
