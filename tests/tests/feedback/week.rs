//! The weekly digest on the page *Tuning*, against what the API tells.

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::{Api, Browser};
use serde_json::{Value, json};

/// The week that goes on, or the server's own choice, the one before, early on a Monday when nothing was paged yet.
async fn paged(api: &Api) -> Result<Value> {
    let last: Value = api.get("/api/v1/digest").await?.json()?;
    let week = last["week"].as_str().context("a week")?;
    let (year, number) = week.split_once("-W").context("a year and a week")?;
    let (year, number): (u32, u32) = (year.parse()?, number.parse()?);
    for week in [
        format!("{year}-W{:02}", number + 1),
        format!("{}-W01", year + 1),
    ] {
        let answer = api.get(&format!("/api/v1/digest?week={week}")).await?;
        if answer.status == 200 {
            let this: Value = answer.json()?;
            return Ok(if this["noisiest"] == json!([]) {
                last
            } else {
                this
            });
        }
    }
    anyhow::bail!("there is no week after {week}")
}

/// A week as the page tells it, and from there into the Lab.
pub(super) async fn read(browser: &mut Browser, api: &Api) -> Result<()> {
    let digest = paged(api).await?;
    let week = digest["week"].as_str().context("a week")?.to_owned();
    let order = json!({
        "goto": format!("/tuning?week={week}"), "ready": "[data-week]", "axe": true, "shot": "tuning",
    });
    let tuning = browser.look(order).await?;
    let rows = |list: &str| -> Vec<Value> {
        let rules = digest[list].as_array().cloned().unwrap_or_default();
        rules
            .iter()
            .map(|rule| {
                json!([
                    rule["rule_id"],
                    rule.get("pages").map(Value::to_string),
                    rule["lab"]
                ])
            })
            .collect()
    };
    let expected = [rows("noisiest"), rows("never_fired")].concat();
    ensure!(
        tuning["digest"] == json!(expected) && !expected.is_empty() && tuning["axe"] == json!([]),
        "{tuning} is not {digest}"
    );
    let order = json!({ "size": {"width": 390, "height": 844}, "scheme": "dark", "until": "[data-week]", "shot": "tuning-phone" });
    let phone = browser.look(order).await?;
    ensure!(phone["wide"] == 0, "{phone}");
    let order = json!({ "click": ".tuning-page .rule-buttons a", "until": "#lab-title, .lab", "shot": "tuning-lab" });
    let lab = browser.look(order).await?;
    ensure!(lab["path"] == "/lab", "{lab}");
    Ok(())
}
