//! The links of a message under which people say whether it was right.
//!
//! They are made when it is sent and never stored: a secret that opens something does not lie in the outbox, and what
//! is sent after the secret was changed has links that work.

use hindcast_shared::api::NoticeEvent;

use super::Notify;
use super::bundle::Bundle;
use crate::feedback::{Link, link_key};

impl Notify {
    /// Gives the notices of a message their links; each attempt has the same.
    pub(super) async fn ask(&self, bundle: &mut Bundle, route: &str, written_ms: i64) {
        if !self.feedback.links || self.public_url.is_none() {
            return;
        }
        // A message without a link is better than none; why stands in the log.
        let Ok(key) = link_key(&self.store).await else {
            return;
        };
        let expires_s = (written_ms + self.feedback.expires.ms()) / 1_000;
        bundle.link(|notice| {
            let about_one = notice.sums_up.is_none_or(|count| count <= 1);
            let asks = !matches!(notice.event, NoticeEvent::Test | NoticeEvent::Digest);
            let link = Link {
                anomaly_id: notice.anomaly.id,
                route: route.to_owned(),
                expires_s,
            };
            (about_one && asks)
                .then(|| self.link(&format!("feedback/{}", link.token(&key))))
                .flatten()
        });
    }
}
