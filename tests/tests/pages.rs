//! Every page in both themes and every language: readable by everybody, silent in the console, within the policy.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Browser, FramePage, Script, Setup, Tour};
use serde_json::{Value, json};

const LANGUAGES: [&str; 3] = ["en", "ko", "ru"];

/// Holds what assistive technology is told against the kept outline; `HINDCAST_BLESS=1` keeps it anew.
fn outline(page: &str, language: &str, told: &Value) -> Result<Option<String>> {
    // Times, and the names of what is watched, are data: they come and go, as the
    // first rows of a table do that is sorted by what the last days had.
    let is_data = |line: &str| {
        ["#:#", "Demo ", "Host ", "demo", " · "]
            .iter()
            .any(|word| line.contains(word))
    };
    let told: Vec<String> = texts(told).filter(|line| !is_data(line)).collect();
    let told = told.join("\n") + "\n";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("aria/{page}-{language}.txt"));
    if std::env::var_os("HINDCAST_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().context("a folder")?)?;
        std::fs::write(&file, &told)?;
        return Ok(None);
    }
    let kept = std::fs::read_to_string(&file)
        .with_context(|| format!("{}: keep it with HINDCAST_BLESS=1", file.display()))?;
    // What is open just now may add lines; none that was kept may be gone.
    let gone: Vec<&str> = kept
        .lines()
        .filter(|line| !told.lines().any(|other| other == *line))
        .collect();
    Ok((!gone.is_empty())
        .then(|| format!("{page} in {language} no longer tells assistive technology {gone:?}")))
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_when_looked_at_in_themes_and_languages_then_are_accessible_silent_and_within_the_policy()
-> Result<()> {
    let mut tour = Tour::start(Setup::new()?).await?;
    tour.train().await?;
    let shots = std::env::temp_dir().join("hindcast-pages");
    std::fs::create_dir_all(&shots)?;
    let pages = json!(tour.pages());
    let count = pages.as_array().map_or(0, Vec::len);
    let arguments = json!({ "url": tour.hindcast.url(), "pages": pages, "shots": shots, "languages": LANGUAGES });
    let mut browser = Browser::start(Script::Pages, &arguments)?;
    let mut wrong = Vec::new();
    let mut grounds = BTreeMap::<String, BTreeMap<String, String>>::new();
    for _ in 0..count * 2 * LANGUAGES.len() {
        let page = browser.hear("page", Duration::from_mins(1)).await?;
        let name = page["name"]
            .as_str()
            .context("a page without a name")?
            .to_owned();
        let ground = page["background"].as_str().unwrap_or_default().to_owned();
        let theme = page["theme"].as_str().unwrap_or_default().to_owned();
        let asked = page["asked"].as_str().unwrap_or_default();
        if page["aria"].is_array() {
            wrong.extend(outline(&name, asked, &page["aria"])?);
        }
        if name != "docs" && page["language"] != page["asked"] {
            wrong.push(format!(
                "{name}: in {} and not in {asked}",
                page["language"]
            ));
        }
        grounds.entry(name).or_default().insert(theme, ground);
        wrong.extend(complaints(&page));
    }
    println!("the screenshots are in {}", shots.display());
    for (name, grounds) in grounds {
        let themed = !["kiosk", "docs"].contains(&name.as_str());
        if themed && grounds.get("light") == grounds.get("dark") {
            wrong.push(format!("{name} is the same in light and dark: {grounds:?}"));
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} complaints:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    browser.close().await?;
    tour.hindcast.stop().await
}

fn texts(value: &Value) -> impl Iterator<Item = String> + '_ {
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|item| match item {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
}

/// Everything about one page that must not be.
fn complaints(page: &Value) -> Vec<String> {
    let name = format!("{} ({})", page["name"], page["theme"]);
    // A page about something that is not there has asked for it and was told 404; a browser says so itself.
    let missing = page["name"]
        .as_str()
        .is_some_and(|name| name.ends_with("-unknown"));
    let console = texts(&page["complaints"]).filter(|text| !(missing && text.contains("404")));
    let mut wrong: Vec<String> = console
        .map(|text| format!("{name}: console: {text}"))
        .collect();
    wrong.extend(texts(&page["reports"]).map(|text| format!("{name}: policy: {text}")));
    wrong.extend(texts(&page["others"]).map(|text| format!("{name}: another host: {text}")));
    let serious = |violation: &&Value| {
        ["serious", "critical"].contains(&violation["impact"].as_str().unwrap_or_default())
    };
    let axe = page["axe"].as_array().into_iter().flatten().filter(serious);
    wrong.extend(axe.map(|violation| format!("{name}: axe: {violation}")));
    wrong.extend(
        texts(&page["keyboard"]["unreached"]).map(|text| format!("{name}: no key reaches {text}")),
    );
    wrong.extend(
        texts(&page["keyboard"]["unseen"])
            .map(|text| format!("{name}: focus is not seen on {text}")),
    );
    if page["title"].as_str().is_none_or(str::is_empty)
        || page["language"].as_str().is_none_or(str::is_empty)
    {
        wrong.push(format!("{name}: no title or language"));
    }
    let small = page["name"]
        .as_str()
        .is_some_and(|name| name.starts_with("embed"));
    if small && (page["scrolls"]["x"] == true || page["scrolls"]["y"] == true) {
        wrong.push(format!("{name}: scroll bars: {}", page["scrolls"]));
    }
    wrong
}

#[tokio::test(flavor = "multi_thread")]
async fn panel_when_framed_by_another_origin_then_is_shown_only_where_that_is_configured()
-> Result<()> {
    let outside = FramePage::start()?;
    for (allowed, origins) in [(true, vec![outside.origin()]), (false, vec![])] {
        let setup = Setup::new()?.with("embed", json!({ "allowed_origins": origins }));
        let Tour {
            mut hindcast, rule, ..
        } = Tour::start(setup).await?;
        let panel = format!(
            "{}/embed/panel?rule={rule}&from=now-6h&to=now&theme=dark",
            hindcast.url()
        );
        let arguments = json!({
            "page": outside.framing(&panel), "selector": ".embed-chart canvas",
            "limit_ms": if allowed { 30_000 } else { 3_000 },
        });
        let mut browser = Browser::start(Script::Frame, &arguments)?;
        let end = browser.hear("end", Duration::from_mins(1)).await?;
        ensure!(end["shown"] == allowed, "allowed: {allowed}, and {end}");
        if allowed {
            ensure!(
                end["width"] == end["inner_width"] && end["height"] == end["inner_height"],
                "{end}"
            );
            ensure!(
                end["complaints"] == json!([]) && end["reports"] == json!([]),
                "{end}"
            );
        } else {
            ensure!(
                end["complaints"].to_string().contains("frame-ancestors"),
                "{end}"
            );
        }
        browser.close().await?;
        // Nothing but the panel can be framed, configured or not.
        let arguments = json!({
            "page": outside.framing(hindcast.url()), "selector": "main", "limit_ms": 2_000,
        });
        let mut browser = Browser::start(Script::Frame, &arguments)?;
        let end = browser.hear("end", Duration::from_mins(1)).await?;
        ensure!(end["shown"] == false, "the overview was framed: {end}");
        browser.close().await?;
        hindcast.stop().await?;
    }
    Ok(())
}
