//! Pages in Russian and Korean on a phone: longer words, and none of them runs out of the page.

use std::time::Duration;

use anyhow::{Result, ensure};
use hindcast_tests::{Browser, Script, Setup, Tour};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn pages_when_read_in_russian_or_korean_on_a_phone_then_stay_within_it() -> Result<()> {
    let mut tour = Tour::start(Setup::new()?).await?;
    let shots = std::env::temp_dir().join("hindcast-words");
    std::fs::create_dir_all(&shots)?;
    let ours = |name: &str| ["overview", "lab", "series", "anomaly", "login"].contains(&name);
    let mut pages = tour.pages();
    pages.retain(|page| page["name"].as_str().is_some_and(ours));
    let count = pages.len() * 2;
    let arguments = json!({ "url": tour.hindcast.url(), "pages": pages, "shots": shots });
    let mut browser = Browser::start(Script::Phones, &arguments)?;
    let mut wrong = Vec::new();
    for _ in 0..count {
        let page = browser.hear("page", Duration::from_secs(90)).await?;
        if page["wide"].as_u64() != Some(390) {
            wrong.push(format!("wider than the phone: {page}"));
        }
        if page["titled"] != true {
            wrong.push(format!("no title of its own in the language: {page}"));
        }
        if page["said"].as_u64() == Some(0) {
            wrong.push(format!("nothing is said in the language: {page}"));
        }
    }
    println!("the screenshots are in {}", shots.display());
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    browser.hear("end", Duration::from_secs(30)).await?;
    browser.close().await?;
    tour.hindcast.stop().await
}
