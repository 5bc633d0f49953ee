//! What a message looks like where it arrives: its chart in Slack, Discord and mail, and the mail by a real server.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use hindcast_tests::flip::{push, pushing_until, setup};
use hindcast_tests::{Hindcast, PostOffice, Received, Sink, SinkReply, eventually};
use serde_json::{Value, json};

/// Width and height of a PNG.
fn size_of(file: &[u8]) -> Result<(u32, u32)> {
    ensure!(file.starts_with(b"\x89PNG\r\n\x1a\n"), "no PNG");
    let number = |at: usize| -> Result<u32> {
        let bytes = file.get(at..at + 4).context("too short")?;
        Ok(u32::from_be_bytes(bytes.try_into()?))
    };
    Ok((number(16)?, number(20)?))
}

/// Slack's Web API, as far as a message with a file needs it; the first picture is refused.
fn slack(told: &Received) -> SinkReply {
    let host = told.headers.get("host").cloned().unwrap_or_default();
    let answer = match told.path.as_str() {
        "/api/chat.postMessage" => {
            json!({"ok": true, "channel": "C042", "ts": "1767614400.000100"})
        }
        "/api/files.getUploadURLExternal" => {
            json!({"ok": true, "upload_url": format!("http://{host}/upload/v1/abc"), "file_id": "F123"})
        }
        "/upload/v1/abc" => return SinkReply::Status(200, "OK - 1"),
        "/api/files.completeUploadExternal" => json!({"ok": true, "files": [{"id": "F123"}]}),
        _ => json!({"ok": false, "error": "unknown_method"}),
    };
    SinkReply::Json(answer.to_string())
}

fn at(sink: &Sink, path: &str) -> Vec<Received> {
    let mut all = sink.received();
    all.retain(|one| one.path == path);
    all
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "three receivers of one anomaly")]
async fn chart_when_an_anomaly_is_told_then_is_uploaded_attached_or_linked() -> Result<()> {
    let bot = Sink::start(slack)?;
    let discord = Sink::start(|_| SinkReply::Status(204, ""))?;
    // A webhook whose server cannot fetch the picture refuses the whole message.
    let webhook = Sink::start(|told| {
        let shown = told.body.contains("image_url");
        SinkReply::Status(if shown { 400 } else { 200 }, "invalid_blocks")
    })?;
    let notify = json!({"allow": ["127.0.0.0/8"], "routes": [
        {"name": "bot", "channel": "slack", "url": bot.url(), "room": "C042", "secret": "xoxb-hunter2", "lang": "ko", "continue": true},
        {"name": "discord", "channel": "discord", "url": discord.url(), "lang": "ru", "continue": true},
        {"name": "webhook", "channel": "slack", "url": webhook.url()},
    ]});
    let mut hindcast: Hindcast = setup(&notify)?.start().await?;
    let api = hindcast.api()?;
    for _ in 0..4 {
        push(&api, 10.0).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    pushing_until(&api, "the message", 90.0, || {
        Ok(at(&bot, "/api/files.completeUploadExternal").pop())
    })
    .await?;

    // The words, then the file into their thread.
    let paths: Vec<String> = bot.received().into_iter().map(|one| one.path).collect();
    ensure!(
        paths[..4]
            == [
                "/api/chat.postMessage",
                "/api/files.getUploadURLExternal",
                "/upload/v1/abc",
                "/api/files.completeUploadExternal"
            ],
        "{paths:?}"
    );
    let seen = bot.received();
    ensure!(
        seen.iter().all(|one| one.path.starts_with("/upload")
            || one.headers["authorization"] == "Bearer xoxb-hunter2"),
        "the token goes to Slack's methods, and not to where files go"
    );
    ensure!(!seen[2].headers.contains_key("authorization"));
    let words: Value = serde_json::from_str(&seen[0].body)?;
    ensure!(
        words["channel"] == "C042"
            && words["text"]
                .as_str()
                .is_some_and(|text| text.contains("이상")),
        "{words}"
    );
    ensure!(size_of(&seen[2].bytes)? == (1_440, 680));
    ensure!(
        seen[1]
            .body
            .contains(&format!("length={}", seen[2].bytes.len())),
        "{}",
        seen[1].body
    );
    let shared: Value = serde_json::from_str(&seen[3].body)?;
    ensure!(
        shared["thread_ts"] == "1767614400.000100"
            && shared["channel_id"] == "C042"
            && shared["files"][0]["id"] == "F123",
        "{shared}"
    );

    // A file in the same request.
    let told = eventually("Discord's message", Duration::from_secs(10), || async {
        Ok(discord.received().into_iter().next())
    })
    .await?;
    let kind = &told.headers["content-type"];
    ensure!(kind.starts_with("multipart/form-data; boundary="), "{kind}");
    let boundary = kind.rsplit('=').next().unwrap_or_default();
    ensure!(told.body.matches(boundary).count() == 3, "two parts");
    let begins = told
        .bytes
        .windows(8)
        .position(|eight| eight == b"\x89PNG\r\n\x1a\n");
    ensure!(size_of(&told.bytes[begins.context("a picture")?..])? == (1_440, 680));
    ensure!(
        told.body.contains("attachment://chart.png") && told.body.contains("Аномалия"),
        "{}",
        &told.body[..900]
    );

    // With the link it was refused, and without it it arrived, under the same key.
    let told = eventually("both attempts", Duration::from_secs(10), || async {
        let told = webhook.received();
        Ok((told.len() >= 2).then_some(told))
    })
    .await?;
    ensure!(told[0].headers["idempotency-key"] == told[1].headers["idempotency-key"]);
    ensure!(!told[1].body.contains("image_url"));
    let first: Value = serde_json::from_str(&told[0].body)?;
    let image = first["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|block| block["type"] == "image");
    let link = image.context("an image")?["image_url"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    let path = link
        .strip_prefix("https://hindcast.example")
        .context("the public address")?;
    // Whoever has the link needs no account; whoever changes it sees nothing.
    let open = reqwest::get(format!("{}{path}", hindcast.url())).await?;
    ensure!(open.status() == 200 && open.headers()["content-type"] == "image/png");
    ensure!(size_of(&open.bytes().await?)? == (1_440, 680));
    let changed = path.replace(".en.", ".ru.");
    let closed = reqwest::get(format!("{}{changed}", hindcast.url())).await?;
    ensure!(closed.status() == 404, "{closed:?}");
    ensure!(!hindcast.output().contains(path), "no link in the log");

    // The test shows a picture too: whether it may be uploaded is part of what is tried.
    let before = at(&bot, "/upload/v1/abc").len();
    let tried: Value = api
        .post("/api/v1/notification-routes/bot/test", &Value::Null)
        .await?
        .json()?;
    ensure!(
        tried["arrived"] == true && at(&bot, "/upload/v1/abc").len() == before + 1,
        "{tried}"
    );
    hindcast.stop().await
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::too_many_lines, reason = "one mail, read to its last part")]
async fn mail_when_the_server_wants_tls_and_a_login_then_arrives_with_its_chart_in_one_thread()
-> Result<()> {
    for implicit in [false, true] {
        let office = PostOffice::start(implicit).await?;
        let scheme = if implicit { "smtps" } else { "smtp" };
        let (user, password) = PostOffice::LOGIN;
        let url = format!("{scheme}://localhost:{}", office.port());
        let mail = |name: &str, changes: Value| {
            let mut route = json!({
                "name": name, "channel": "email", "url": url, "ca_file": office.certificate(), "user": user, "secret": password,
                "from": "Hindcast 감시 <hindcast@example.org>", "to": ["Дежурный <ops@example.org>", "second@example.org"], "lang": "ko",
                "direct": name == "mail",
            });
            if let (Some(route), Some(changes)) = (route.as_object_mut(), changes.as_object()) {
                route.extend(changes.clone());
            }
            route
        };
        let notify = json!({"allow": ["127.0.0.0/8", "::1/128"], "routes": [
            mail("mail", json!({})),
            mail("wrong", json!({"secret": "not the password"})),
            mail("stranger", json!({"ca_file": null})),
        ]});
        let mut hindcast: Hindcast = setup(&notify)?.start().await?;
        let api = hindcast.api()?;
        let first = pushing_until(&api, "a mail", 90.0, || {
            Ok(office.mails()?.into_iter().next())
        })
        .await?;
        ensure!(first["tls"] == true && first["user"] == user, "{first}");
        ensure!(
            first["to"] == json!(["ops@example.org", "second@example.org"]),
            "{first}"
        );
        ensure!(
            first["defects"] == json!([]) && first["ascii"] == true,
            "{first}"
        );
        ensure!(first["longest_line"].as_u64() <= Some(998), "{first}");
        let header = |mail: &Value, name: &str| {
            mail["headers"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        ensure!(
            header(&first, "To").contains("Дежурный <ops@example.org>, second@example.org"),
            "{first}"
        );
        ensure!(header(&first, "Subject").contains("이상"), "{first}");

        // A text and a page, and the picture that the page shows.
        let tree = &first["tree"];
        ensure!(tree["type"] == "multipart/related", "{tree}");
        let both = &tree["parts"][0];
        ensure!(
            both["type"] == "multipart/alternative" && both["parts"][0]["type"] == "text/plain",
            "{tree}"
        );
        let page = both["parts"][1]["text"].as_str().unwrap_or_default();
        let picture = &tree["parts"][1];
        ensure!(
            picture["type"] == "image/png"
                && picture["disposition"] == "inline"
                && picture["defects"] == json!([]),
            "{picture}"
        );
        let id = picture["id"]
            .as_str()
            .unwrap_or_default()
            .trim_matches(['<', '>']);
        ensure!(
            page.contains(&format!("src=\"cid:{id}\"")) && page.contains("alt=\""),
            "{page}"
        );
        ensure!(
            picture["bytes"].as_u64() > Some(5_000)
                && picture["begins"]
                    .as_str()
                    .is_some_and(|begins| begins.starts_with("iVBORw0KGgo")),
            "{picture}"
        );
        let text = both["parts"][0]["text"].as_str().unwrap_or_default();
        ensure!(
            text.contains("https://hindcast.example/anomalies/") && text.contains("lane"),
            "{text}"
        );

        let second = pushing_until(&api, "the end", 10.0, || {
            Ok(office.mails()?.into_iter().nth(1))
        })
        .await?;
        ensure!(
            header(&first, "References") == header(&second, "References"),
            "one thread"
        );
        ensure!(
            header(&second, "In-Reply-To") == header(&second, "References"),
            "one thread"
        );
        ensure!(
            header(&first, "Message-ID") != header(&second, "Message-ID"),
            "two mails"
        );

        // A wrong password is final; a certificate that nobody vouches for is not accepted.
        for (route, why) in [("wrong", "5.7.8"), ("stranger", "ertificate")] {
            let path = format!("/api/v1/notification-routes/{route}/test");
            let tried: Value = api.post(&path, &Value::Null).await?.json()?;
            let detail = tried["detail"].as_str().unwrap_or_default();
            ensure!(
                tried["arrived"] == false && detail.contains(why),
                "{route}: {tried}"
            );
            ensure!(!detail.contains("password"), "{tried}");
        }
        hindcast.stop().await?;
    }
    Ok(())
}
