//! Chats: Slack and Discord.

use hindcast_shared::api::NoticeEvent;
use hindcast_shared::rule::Severity;
use serde_json::{Value, json};

use super::super::Notice;
use super::{cut, time};

/// Block Kit by <https://api.slack.com/reference/block-kit/blocks>, as it was in November 2026.
pub(super) fn slack(notice: &Notice) -> Value {
    let plain = |text: &str| {
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        cut(&text, 2_900)
    };
    let head = format!(
        "{} *{}*\n{}",
        glyph(notice),
        plain(&notice.title),
        plain(&notice.text)
    );
    let about = format!(
        "{} · `{}`",
        plain(&word(notice)),
        plain(&notice.anomaly.series)
    );
    let mut blocks = vec![
        json!({"type": "section", "text": {"type": "mrkdwn", "text": cut(&head, 3_000)}}),
        json!({"type": "context", "elements": [{"type": "mrkdwn", "text": cut(&about, 2_000)}]}),
    ];
    if let Some(url) = &notice.url {
        blocks.push(json!({"type": "actions", "elements": [{
            "type": "button", "url": url, "text": {"type": "plain_text", "text": "Open in Hindcast"},
        }]}));
    }
    json!({"text": cut(&format!("{} {}", glyph(notice), plain(&notice.title)), 2_900), "blocks": blocks})
}

/// An embed by <https://discord.com/developers/docs/resources/webhook>, as it was in November 2026.
pub(super) fn discord(notice: &Notice) -> Value {
    let mut embed = json!({
        "title": cut(&format!("{} {}", glyph(notice), notice.title), 256),
        "description": cut(&notice.text, 4_000),
        "color": color(notice),
        "timestamp": time(notice.at_ms),
        "fields": [
            {"name": "State", "value": word(notice), "inline": true},
            {"name": "Series", "value": cut(&notice.anomaly.series, 1_000), "inline": true},
        ],
        "footer": {"text": format!("Hindcast · {}", notice.anomaly.rule_id)},
    });
    if let Some(url) = &notice.url {
        embed["url"] = json!(url);
    }
    // Nobody is called by what stands in a label.
    json!({"embeds": [embed], "allowed_mentions": {"parse": []}})
}

fn glyph(notice: &Notice) -> &'static str {
    match (notice.event, notice.anomaly.severity) {
        (NoticeEvent::Resolved | NoticeEvent::Test, _) => "✓",
        (_, Severity::Critical) => "▲",
        (_, Severity::Warning) => "◆",
        (_, Severity::Info) => "●",
    }
}

/// Severity, or how it ended.
fn word(notice: &Notice) -> String {
    let anomaly = &notice.anomaly;
    match (notice.event, notice.sums_up) {
        (NoticeEvent::Resolved, _) => anomaly.status.as_str().replace('_', " "),
        (NoticeEvent::Test, _) => "test".to_owned(),
        (_, Some(count)) if count > 1 => {
            format!("{}, {count} anomalies", anomaly.severity.as_str())
        }
        _ => anomaly.severity.as_str().to_owned(),
    }
}

/// The colours of the app, as the one number that Discord takes.
fn color(notice: &Notice) -> u32 {
    let [red, green, blue] = match (notice.event, notice.anomaly.severity) {
        (NoticeEvent::Resolved | NoticeEvent::Test, _) => [0, 158, 115],
        (_, Severity::Critical) => [213, 94, 0],
        (_, Severity::Warning) => [230, 159, 0],
        (_, Severity::Info) => [86, 180, 233],
    };
    u32::from_be_bytes([0, red, green, blue])
}
