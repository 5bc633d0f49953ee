//! Chats: Slack and Discord.

use hindcast_shared::hash::hex;
use hindcast_shared::rule::Severity;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::super::bundle::Bundle;
use super::super::picture::Picture;
use super::{Outgoing, cut, time};

/// Name of the picture's file.
pub(in super::super) const FILE: &str = "chart.png";

/// Block Kit by <https://docs.slack.dev/reference/block-kit/blocks>, as it was in November 2026.
///
/// `shown` is where a picture can be fetched, and the same in words.
pub(in super::super) fn slack(bundle: &Bundle, shown: Option<(&str, &str)>) -> Value {
    let (lead, words) = (bundle.lead(), bundle.words());
    let plain = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let title = format!("{} *{}*", lead.glyph(), cut(&plain(&bundle.title()), 1_000));
    let head = format!("{title}\n{}", cut(&plain(&bundle.text()), 1_800));
    let mut about = plain(&word(bundle));
    if !bundle.is_group() && !lead.anomaly.series.is_empty() {
        about = format!("{about} · `{}`", cut(&plain(&lead.anomaly.series), 1_500));
    }
    let mut blocks = vec![json!({"type": "section", "text": {"type": "mrkdwn", "text": head}})];
    if !lead.is_digest() {
        let about = json!({"type": "context", "elements": [{"type": "mrkdwn", "text": about}]});
        blocks.push(about);
    }
    blocks.extend(
        shown.map(
            |(url, alt)| json!({"type": "image", "image_url": url, "alt_text": cut(alt, 1_900)}),
        ),
    );
    let button = |text: &str, url: &String| json!({"type": "button", "url": url, "text": {"type": "plain_text", "text": text}});
    let mut buttons: Vec<Value> = Vec::new();
    buttons.extend(lead.url.as_ref().map(|url| button(words.open, url)));
    if !bundle.is_group() {
        buttons.extend(
            lead.feedback_url
                .as_ref()
                .map(|url| button(words.judge, url)),
        );
    }
    if !buttons.is_empty() {
        blocks.push(json!({"type": "actions", "elements": buttons}));
    }
    let short = format!("{} {}", lead.glyph(), plain(&bundle.title()));
    json!({"text": cut(&short, 2_900), "blocks": blocks})
}

/// An embed by <https://discord.com/developers/docs/resources/webhook>, as it was in November 2026.
///
/// With a picture it shows the file that comes with it.
pub(super) fn discord(bundle: &Bundle, pictured: bool) -> Value {
    let (lead, words) = (bundle.lead(), bundle.words());
    let mut fields = vec![json!({"name": words.state, "value": word(bundle), "inline": true})];
    let mut text = cut(&bundle.text(), 3_000);
    if lead.is_digest() {
        fields.clear();
    } else if !bundle.is_group() {
        // Discord refuses a field without a value.
        if !lead.anomaly.series.trim().is_empty() {
            fields.push(json!({"name": words.series, "value": cut(&lead.anomaly.series, 1_000), "inline": true}));
        }
        if let Some(url) = &lead.feedback_url {
            text = format!("{text}\n[{}]({url})", words.judge);
        }
    }
    let mut embed = json!({
        "title": cut(&format!("{} {}", lead.glyph(), bundle.title()), 256),
        "description": text,
        "color": color(bundle),
        "timestamp": time(lead.at_ms),
        "fields": fields,
        "footer": {"text": format!("Hindcast · {}", lead.anomaly.rule_id)},
    });
    if let Some(url) = &lead.url {
        embed["url"] = json!(url);
    }
    if pictured {
        embed["image"] = json!({"url": format!("attachment://{FILE}")});
    }
    // Nobody is called by what stands in a label.
    json!({"embeds": [embed], "allowed_mentions": {"parse": []}})
}

/// A message and its picture in one request, by
/// <https://discord.com/developers/docs/reference#uploading-files>, as it was in November 2026.
pub(super) fn with_file(out: &mut Outgoing, mut message: Value, picture: &Picture) {
    message["attachments"] =
        json!([{"id": 0, "filename": FILE, "description": cut(&picture.alt, 1_000)}]);
    // A boundary must not stand in what it bounds: 128 bits of the picture's own hash do not.
    let boundary = format!("part-{}", &hex(&Sha256::digest(&*picture.png))[..32]);
    let mut body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"payload_json\"\r\n\
         Content-Type: application/json\r\n\r\n{message}\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"{FILE}\"\r\n\
         Content-Type: image/png\r\n\r\n"
    )
    .into_bytes();
    body.extend(&*picture.png);
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    out.content_type = format!("multipart/form-data; boundary={boundary}");
    out.body = body;
}

/// Severity, or how it ended.
pub(in super::super) fn word(bundle: &Bundle) -> String {
    let (lead, words) = (bundle.lead(), bundle.words());
    match (bundle.severity(), lead.sums_up) {
        (None, _) => words.ended(lead.anomaly.status).to_owned(),
        (Some(severity), Some(count)) if count > 1 => {
            format!("{} × {count}", words.severity(severity))
        }
        (Some(severity), _) => words.severity(severity).to_owned(),
    }
}

/// The colours of the app, as the one number that Discord takes.
fn color(bundle: &Bundle) -> u32 {
    let [red, green, blue] = match bundle.severity() {
        None => [0, 158, 115],
        Some(Severity::Critical) => [213, 94, 0],
        Some(Severity::Warning) => [230, 159, 0],
        Some(Severity::Info) => [86, 180, 233],
    };
    u32::from_be_bytes([0, red, green, blue])
}
