//! Calendars in a browser, held against what the API says: what they are, when they hold, what they would have changed.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_shared::api::{CalendarRecord, ListPage, Marker, PreviewResponse};
use hindcast_shared::time::civil;
use hindcast_tests::{
    Api, Browser, Hindcast, History, Prometheus, Script, Setup, checkout, now_ms,
};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// A quiet week with one bump at about the same time of each of three days, and two at other times.
fn week() -> History {
    let mut week = checkout::quiet_week();
    for hours_ago in [73, 61, 49, 34, 25] {
        week = week.with_bump(hours_ago * 60, 6, 40.0);
    }
    week
}

struct Scene {
    hindcast: Hindcast,
    api: Api,
    browser: Browser,
    _prometheus: Prometheus,
}

impl Scene {
    async fn start() -> Result<Self> {
        let prometheus = Prometheus::start_still(&[week()]).await?;
        let setup = Setup::new()?.with_prometheus(&prometheus.url());
        let hindcast = setup.start().await?;
        let api = hindcast.api()?;
        let created = api.post("/api/v1/rules", &checkout::rule()).await?;
        ensure!(created.status.is_success(), "{}", created.text());
        let shots = std::env::temp_dir().join("hindcast-calendars");
        std::fs::create_dir_all(&shots)?;
        println!("the screenshots are in {}", shots.display());
        let arguments = json!({ "url": hindcast.url(), "shots": shots });
        Ok(Self {
            browser: Browser::start(Script::Calendars, &arguments)?,
            hindcast,
            api,
            _prometheus: prometheus,
        })
    }

    async fn order(&mut self, order: Value) -> Result<Value> {
        self.browser.carry_out(&order, Duration::from_mins(2)).await
    }

    async fn look(&mut self, name: &str) -> Result<()> {
        for (theme, width) in [("light", 1280), ("dark", 1280), ("light", 390)] {
            let seen = self
                .order(json!({ "do": "look", "name": name, "theme": theme, "width": width }))
                .await?;
            ensure!(
                seen["violations"] == json!([]) && seen["wide"].as_i64() <= Some(0),
                "{name} {theme} {width}: {seen}"
            );
        }
        Ok(())
    }

    async fn calendar(&self, id: &str) -> Result<CalendarRecord> {
        let path = format!("/api/v1/calendars/{id}");
        self.api.get(&path).await?.json()
    }

    async fn end(mut self) -> Result<()> {
        self.browser.order(&Value::Null).await?;
        let end = self.browser.hear("end", Duration::from_secs(30)).await?;
        // Browsers complain of what the server refuses, and one refusal is meant.
        let meant = |complaint: &Value| {
            let text = complaint.to_string();
            text.contains("422") && text.contains("calendars/preview")
        };
        let complaints = end["complaints"].as_array().context("complaints")?;
        ensure!(
            end["reports"] == json!([]) && complaints.iter().all(meant),
            "{end}"
        );
        self.browser.close().await?;
        self.hindcast.stop().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calendar_when_written_then_the_page_and_the_lab_show_what_the_api_says_it_changes()
-> Result<()> {
    let mut scene = Scene::start().await?;
    let open = json!({ "do": "open", "path": "/calendars", "ready": "#new-calendar" });
    let empty = scene.order(open).await?;
    ensure!(
        empty["said"].to_string().contains("There is no calendar."),
        "{empty}"
    );
    scene.look("calendars-empty").await?;

    // Half an hour before the bump of 73 hours ago, and every day from then on: 49 and 25 hours ago, too.
    let start_ms = now_ms() - 73 * HOUR_MS - HOUR_MS / 2;
    let at = civil(start_ms);
    let minute = at.of_day_ms % HOUR_MS / 60_000;
    let start = format!(
        "{}-{:02}-{:02}T{:02}:{minute:02}",
        at.year,
        at.month,
        at.day,
        at.hour()
    );
    let form = json!({
        "do": "form", "click": "#new-calendar",
        "fields": {
            "#calendar-name": "Night", "#calendar-start": start, "#calendar-length": "1h",
            "#calendar-rrule": "FREQ=DAILY", "#calendar-zone": "UTC", "#calendar-comment": "Backups of the shop",
        },
        "until": ".calendar-preview .occurrences",
    });
    let typed = scene.order(form).await?;
    let order = json!({ "do": "form", "choose": { "#calendar-past": "checkout" }, "until": "#calendar-change" });
    let looked = scene.order(order).await?;
    scene.look("calendar-form").await?;
    let order =
        json!({ "do": "form", "then": "#save-calendar", "until": ".calendar[data-id=night]" });
    scene.order(order).await?;
    let night = scene.calendar("night").await?;
    ensure!(
        night.calendar.effects.skip_paging
            && night.calendar.events[0].rrule.as_deref() == Some("FREQ=DAILY")
            && night.calendar.comment == "Backups of the shop",
        "{night:?}"
    );
    let preview = async |api: &Api, from: &str, to: &str| -> Result<PreviewResponse> {
        let asked =
            json!({ "calendar": night.calendar, "from": from, "to": to, "rules": ["checkout"] });
        api.post("/api/v1/calendars/preview", &asked).await?.json()
    };
    let coming = preview(&scene.api, "now", "now+90d").await?;
    let total = typed["total"][0].as_u64().context("no preview")?;
    ensure!(
        total.abs_diff(coming.total) <= 1 && (89..=92).contains(&total),
        "{typed}, and not {}",
        coming.total
    );
    let past = preview(&scene.api, "now-7d", "now").await?;
    let past = &past.rules[0];
    ensure!(
        looked["change"][0] == json!([past.pages_without, past.pages_with])
            && past.pages_with < past.pages_without,
        "{looked}, and not {past:?}"
    );

    // The Lab: as if it had always been there, page by page what the API says.
    let to_ms = (now_ms() / HOUR_MS) * HOUR_MS - HOUR_MS;
    let from_ms = to_ms - 84 * HOUR_MS;
    let path = format!("/lab?rule=checkout&from={from_ms}&to={to_ms}");
    let open = json!({ "do": "open", "path": path, "ready": "#calendars summary" });
    scene.order(open).await?;
    let without = scene
        .order(json!({ "do": "lab", "calendar": "night", "on": false }))
        .await?;
    let with = scene
        .order(json!({ "do": "lab", "calendar": "night", "on": true }))
        .await?;
    let said = preview(&scene.api, &from_ms.to_string(), &to_ms.to_string()).await?;
    let said = &said.rules[0];
    ensure!(
        without["pages"] == said.pages_without && with["pages"] == said.pages_with,
        "{without} and {with}, but the API says {said:?}"
    );
    ensure!(
        said.pages_without - said.pages_with == 3 && with["anomalies"] == without["anomalies"],
        "three nights are quiet, and nothing is lost: {said:?}, {with}"
    );
    let reasons = with["reasons"].to_string();
    ensure!(
        reasons.matches("▽ calendar night").count() == 3,
        "{reasons}"
    );
    scene.look("lab-with-calendar").await?;
    let again = scene
        .order(json!({ "do": "lab", "calendar": "night", "on": false }))
        .await?;
    ensure!(again["pages"] == without["pages"], "{again}");
    scene.end().await
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_when_read_told_and_deleted_on_the_page_then_the_api_has_them() -> Result<()> {
    let mut scene = Scene::start().await?;
    let open = json!({ "do": "open", "path": "/calendars", "ready": "#new-calendar" });
    scene.order(open).await?;
    let file = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Move\r\nDTSTART:20380101T000000Z\r\n\
                DURATION:PT2H\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let form = json!({
        "do": "form", "click": "#new-calendar", "choose": { "#calendar-made": "file" }, "file": file,
        "until": ".calendar-preview p",
    });
    scene.order(form).await?;
    let order =
        json!({ "do": "form", "then": "#save-calendar", "until": ".calendar[data-id=works]" });
    scene.order(order).await?;
    let works = scene.calendar("works").await?;
    ensure!(works.calendar.ics.as_deref() == Some(file), "{works:?}");

    // What the server refuses is said at once.
    let form = json!({
        "do": "form", "click": "#new-calendar",
        "fields": { "#calendar-name": "Broken", "#calendar-rrule": "FREQ=SOMETIMES" }, "until": ".mute-form .failure",
    });
    let refused = scene.order(form).await?;
    ensure!(
        refused["said"]
            .to_string()
            .contains("`SOMETIMES` is not a valid frequency"),
        "{refused}"
    );
    let form = json!({
        "do": "form", "choose": { "#calendar-made": "holidays" }, "until": "#calendar-country",
    });
    scene.order(form).await?;
    let form = json!({
        "do": "form", "choose": { "#calendar-country": "kr" }, "fields": { "#calendar-name": "Korea" }, "then": "#save-calendar", "until": ".calendar[data-id=korea]",
    });
    scene.order(form).await?;
    let korea = scene.calendar("korea").await?;
    ensure!(
        korea.calendar.holidays.as_deref() == Some("kr"),
        "{korea:?}"
    );

    let form = json!({
        "do": "form", "click": "#new-calendar", "choose": { "#calendar-made": "told" },
        "fields": { "#calendar-name": "Deployments" }, "then": "#save-calendar", "until": ".calendar[data-id=deployments]",
    });
    scene.order(form).await?;
    let marker = ".calendar[data-id=deployments] .marker";
    let form = json!({
        "do": "form", "fields": { marker: "shop 4.2" }, "then": ".calendar[data-id=deployments] [data-do=mark]",
        "until": ".calendar[data-id=deployments] .occurrences strong",
    });
    scene.order(form).await?;
    let path = "/api/v1/markers?from=now-1h&to=now%2B1h";
    let markers: ListPage<Marker> = scene.api.get(path).await?.json()?;
    let [marker] = &markers.items[..] else {
        anyhow::bail!("{markers:?}");
    };
    ensure!(
        marker.title == "shop 4.2" && marker.calendar == "deployments",
        "{marker:?}"
    );
    scene.look("calendars").await?;
    let path = "/lab?rule=checkout&from=now-7d&to=now";
    let open = json!({ "do": "open", "path": path, "ready": ".told li" });
    let lab = scene.order(open).await?;
    ensure!(lab["said"].to_string().contains("· shop 4.2"), "{lab}");
    scene.look("lab-with-marker").await?;
    let open = json!({ "do": "open", "path": "/calendars", "ready": ".calendar[data-id=korea]" });
    scene.order(open).await?;

    let order = json!({ "do": "form", "click": ".calendar[data-id=korea] [data-do=delete]", "until": "#undo" });
    let gone = scene.order(order).await?;
    ensure!(scene.calendar("korea").await.is_err(), "{gone}");
    let order = json!({ "do": "form", "click": "#undo", "until": ".calendar[data-id=korea]" });
    scene.order(order).await?;
    ensure!(scene.calendar("korea").await?.version == 3, "a new version");
    scene.end().await
}
