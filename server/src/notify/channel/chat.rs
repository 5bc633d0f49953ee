//! Chats: Slack and Discord.

use hindcast_shared::rule::Severity;
use serde_json::{Value, json};

use super::super::bundle::Bundle;
use super::{cut, time};

/// Block Kit by <https://docs.slack.dev/reference/block-kit/blocks>, as it was in November 2026.
pub(super) fn slack(bundle: &Bundle) -> Value {
    let (lead, words) = (bundle.lead(), bundle.words());
    let plain = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
    };
    let title = format!("{} *{}*", lead.glyph(), cut(&plain(&bundle.title()), 1_000));
    let head = format!("{title}\n{}", cut(&plain(&bundle.text()), 1_800));
    let mut about = plain(&word(bundle));
    if !bundle.is_group() {
        about = format!("{about} · `{}`", cut(&plain(&lead.anomaly.series), 1_500));
    }
    let mut blocks = vec![json!({"type": "section", "text": {"type": "mrkdwn", "text": head}})];
    if !lead.is_digest() {
        let about = json!({"type": "context", "elements": [{"type": "mrkdwn", "text": about}]});
        blocks.push(about);
    }
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
pub(super) fn discord(bundle: &Bundle) -> Value {
    let (lead, words) = (bundle.lead(), bundle.words());
    let mut fields = vec![json!({"name": words.state, "value": word(bundle), "inline": true})];
    let mut text = cut(&bundle.text(), 3_000);
    if lead.is_digest() {
        fields.clear();
    } else if !bundle.is_group() {
        fields.push(json!({"name": words.series, "value": cut(&lead.anomaly.series, 1_000), "inline": true}));
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
    // Nobody is called by what stands in a label.
    json!({"embeds": [embed], "allowed_mentions": {"parse": []}})
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
