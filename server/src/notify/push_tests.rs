//! Browsers at a push service that keeps what it is given, and answers as it is told.

use serde_json::{Value, json};

use super::push::Browser;
use super::testing::{Bench, Reply};
use super::tests::work;
use super::*;
use crate::base64::base64url;
use hindcast_shared::api::{NoticeState, PushDraft};
use hindcast_shared::rule::Severity;

async fn bench() -> anyhow::Result<(Bench, Notify)> {
    let bench = Bench::new(json!([{"name": "browsers", "channel": "push", "retry": "1s"}])).await?;
    let notify = bench.notify()?;
    work(&notify).await?;
    Ok((bench, notify))
}

async fn subscribe(
    bench: &Bench,
    notify: &Notify,
    path: &str,
    browser: &Browser,
) -> anyhow::Result<String> {
    let draft = PushDraft {
        endpoint: format!("http://{}{path}", bench.sink.start().await?),
        p256dh: base64url(&browser.public()),
        auth: base64url(&browser.auth),
        name: path.to_owned(),
    };
    let taken = notify.take_browser(&draft, "kim").await;
    taken.map_err(|error| anyhow::anyhow!("{error}"))
}

#[tokio::test]
async fn browsers_when_told_then_each_alone_can_read_it_and_knows_who_sends() -> anyhow::Result<()>
{
    let (bench, notify) = bench().await?;
    let (desk, phone) = (Browser::new(1), Browser::new(2));
    subscribe(&bench, &notify, "/desk", &desk).await?;
    subscribe(&bench, &notify, "/phone", &phone).await?;
    let found = bench.opens("지연 \"s\"", Severity::Critical).await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    assert_eq!(seen.len(), 2);
    for (path, own, other) in [("/desk", &desk, &phone), ("/phone", &phone, &desk)] {
        let one = seen.iter().find(|one| one.path == path).expect("a message");
        let header = |name: &str| one.headers[name].to_str().unwrap_or_default();
        assert_eq!(header("content-encoding"), "aes128gcm");
        assert_eq!((header("ttl"), header("urgency")), ("86400", "high"));
        assert!(header("topic").len() <= 32);
        assert!(header("authorization").starts_with("vapid t=ey"));
        assert!(other.read(&one.bytes).is_none());
        let text: Value = serde_json::from_slice(&own.read(&one.bytes).expect("its own"))?;
        assert_eq!(text["tag"], found.id.to_string());
        assert!(
            text["title"]
                .as_str()
                .is_some_and(|title| title.starts_with("▲ ")),
            "{text}"
        );
        assert_eq!(
            text["url"],
            format!("https://hindcast.example/ml/anomalies/{}", found.id)
        );
    }
    bench.closes(&found).await?;
    work(&notify).await?;
    let over = bench.sink.take();
    let text = desk.read(
        &over
            .iter()
            .find(|one| one.path == "/desk")
            .expect("the end")
            .bytes,
    );
    let text: Value = serde_json::from_slice(&text.expect("its own"))?;
    assert_eq!(
        (&text["tag"], &text["open"]),
        (&json!(found.id.to_string()), &json!(false))
    );
    Ok(())
}

#[tokio::test]
async fn browser_when_gone_late_or_busy_then_is_let_go_or_told_again_and_the_others_once()
-> anyhow::Result<()> {
    let (bench, notify) = bench().await?;
    let browser = Browser::new(1);
    for path in ["/1", "/2", "/3"] {
        subscribe(&bench, &notify, path, &browser).await?;
    }
    bench.opens("s", Severity::Warning).await?;
    // Which browser gets which answer is chance; what becomes of them is not.
    bench.sink.answer(&[
        Reply::Status(410),
        Reply::RetryAfter(60),
        Reply::Status(201),
    ]);
    work(&notify).await?;
    assert_eq!(bench.sink.take().len(), 3);
    let left = notify.browsers().await?.items;
    assert_eq!(left.len(), 2, "one is gone for good");
    assert_eq!(left.iter().filter(|one| one.error.is_some()).count(), 1);
    bench.clock.advance(59_000);
    work(&notify).await?;
    assert!(bench.sink.take().is_empty(), "it asked for a minute");
    bench.clock.advance(2_000);
    work(&notify).await?;
    let again = bench.sink.take();
    assert_eq!(again.len(), 1, "the other one has it");
    let waited = left
        .iter()
        .find(|one| one.error.is_some())
        .map(|one| one.name.clone());
    assert_eq!(Some(again[0].path.clone()), waited);
    assert_eq!(
        bench.states().await?,
        [("browsers".to_owned(), NoticeState::Sent, 2)]
    );
    assert!(
        notify
            .browsers()
            .await?
            .items
            .iter()
            .all(|one| one.error.is_none())
    );
    Ok(())
}

#[tokio::test]
async fn browsers_when_there_are_none_or_an_address_leads_here_then_it_is_seen()
-> anyhow::Result<()> {
    let (bench, notify) = bench().await?;
    bench.opens("s", Severity::Warning).await?;
    work(&notify).await?;
    let list = bench
        .fixture
        .store
        .outbox()
        .list(Some(NoticeState::Dead), None, 10)
        .await?;
    assert!(
        list[0]
            .error
            .as_ref()
            .is_some_and(|why| why.contains("no browser")),
        "{list:?}"
    );
    let browser = Browser::new(1);
    let draft = |endpoint: &str| PushDraft {
        endpoint: endpoint.to_owned(),
        p256dh: base64url(&browser.public()),
        auth: base64url(&browser.auth),
        name: String::new(),
    };
    for endpoint in [
        "http://169.254.169.254/",
        "https://[::1]/",
        "http://push.example/",
        "ftp://push.example/",
    ] {
        assert!(
            notify.take_browser(&draft(endpoint), "kim").await.is_err(),
            "{endpoint}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn message_when_endless_then_still_fits_into_a_record() -> anyhow::Result<()> {
    let (bench, notify) = bench().await?;
    let browser = Browser::new(1);
    subscribe(&bench, &notify, "/1", &browser).await?;
    let long = "\u{1}지연\"\\ ".repeat(3_000);
    bench.opens(&long, Severity::Info).await?;
    work(&notify).await?;
    let seen = bench.sink.take();
    assert!(seen[0].bytes.len() <= 4_096);
    let text: Value = serde_json::from_slice(&browser.read(&seen[0].bytes).expect("its own"))?;
    assert!(
        text["text"].as_str().is_some_and(|text| !text.is_empty()),
        "{text}"
    );
    Ok(())
}
