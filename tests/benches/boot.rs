//! From an address to a page that can be used, on a processor four times slower than this one.

use std::time::Duration;

use anyhow::{Context as _, Result};
use hindcast_tests::{Browser, Script, Setup, Tour};
use serde_json::{Value, json};

/// Loads of each page: the first fills the browser's cache and is told apart.
const LOADS: u32 = 7;

/// How much slower the browser is told to be.
const SLOWER: u32 = 4;

#[tokio::main]
async fn main() -> Result<()> {
    let mut tour = Tour::start(Setup::new()?).await?;
    let wanted = ["overview", "lab", "rules", "kiosk", "embed"];
    let pages: Vec<Value> = tour
        .pages()
        .into_iter()
        .filter(|page| {
            page["name"]
                .as_str()
                .is_some_and(|name| wanted.contains(&name))
        })
        .collect();
    let arguments = json!({
        "url": tour.hindcast.url(), "pages": pages, "loads": LOADS, "slower": SLOWER,
    });
    let mut browser = Browser::start(Script::Boot, &arguments)?;
    for page in &pages {
        let told = browser.hear("loads", Duration::from_mins(5)).await?;
        let name = page["name"].as_str().context("a name")?;
        for what in ["paint", "usable"] {
            let mut times: Vec<f64> = told[what]
                .as_array()
                .context("no times")?
                .iter()
                .filter_map(Value::as_f64)
                .collect();
            println!("measured boot_{name}_first_{what}_ms {:.0}", times[0]);
            times.remove(0);
            times.sort_by(f64::total_cmp);
            println!(
                "measured boot_{name}_{what}_ms {:.0}",
                times[times.len() / 2]
            );
        }
    }
    browser.close().await?;
    tour.hindcast.stop().await
}
