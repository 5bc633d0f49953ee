//! `hindcast digest`: what a week was like, as the page and the messages tell it.

use std::process::ExitCode;

use anyhow::Context as _;
use hindcast_shared::message::Lang;
use hindcast_shared::time::Clock as _;

use super::{load_config, open_store, print};
use crate::cli::{ConfigArgs, Format};
use crate::clock::SystemClock;
use crate::digest::{Week, make, subject, text};

pub(super) async fn run(
    args: &ConfigArgs,
    week: Option<&str>,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let config = load_config(args)?;
    let (now_ms, tz) = (SystemClock.now_ms(), config.digest.tz.as_str());
    let week = match week {
        Some(text) => Week::read(text, tz).map_err(anyhow::Error::msg)?,
        None => Week::before(now_ms, tz).context("there is no week before now")?,
    };
    let store = open_store(&config, false).await?;
    let digest = make(&store, week, now_ms).await?;
    store.close().await;
    match format {
        Format::Json => print::line(serde_json::to_string_pretty(&digest)?)?,
        Format::Table => {
            print::line(subject(&digest, Lang::En))?;
            print::line(text(&digest, Lang::En, |_| None))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
