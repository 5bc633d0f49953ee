//! Pictures of every page: light, dark, on a phone and on a wall, with more contrast and with forced colours, in every
//! language; and for each form and language one sheet with all of them.
//!
//! `cargo xtask screenshots` runs it with a folder to write to, and `pages=…`, `forms=…`, `languages=…` when only some
//! are wanted.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, Script, Setup, Tour};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<()> {
    let mut words = std::env::args_os().skip(1);
    let folder: PathBuf = words
        .next()
        .context("name a folder for the pictures")?
        .into();
    let wishes: Vec<String> = words.filter_map(|word| word.into_string().ok()).collect();
    let wanted = |name: &str| -> Vec<&str> {
        let value = wishes
            .iter()
            .find_map(|wish| wish.strip_prefix(name)?.strip_prefix('='));
        value.map_or_else(Vec::new, |value| value.split(',').collect())
    };
    std::fs::create_dir_all(&folder)?;
    // One route tells browsers, and one tells nobody: what it could not send is shown.
    let notify = json!({
        "allow": ["127.0.0.0/8"],
        "routes": [
            { "name": "browsers", "channel": "push" },
            { "name": "nobody", "channel": "webhook", "url": "http://127.0.0.1:9/hook" },
        ],
    });
    let mut tour = Tour::start(Setup::new()?.with("notify", notify)).await?;
    tour.write().await?;
    tour.train().await?;
    let mut pages = tour.pages();
    let names = wanted("pages");
    pages.retain(|page| names.is_empty() || names.iter().any(|name| page["name"] == *name));
    ensure!(!pages.is_empty(), "there are no such pages: {names:?}");
    let mut languages = wanted("languages");
    if languages.is_empty() {
        languages = vec!["en", "ko", "ru"];
    }
    let arguments = json!({
        "url": tour.hindcast.url(), "pages": pages, "shots": folder,
        "languages": languages, "forms": wanted("forms"),
    });
    let mut browser = Browser::start(Script::Screenshots, &arguments)?;
    let end = browser.hear("end", Duration::from_mins(40)).await?;
    println!("{} pictures in {}", end["count"], folder.display());
    browser.close().await?;
    tour.hindcast.stop().await
}
