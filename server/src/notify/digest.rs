//! The one message that is about no anomaly: what a week was like.

use hindcast_shared::api::{Digest, NoticeEvent};

use super::channel::{escape, test_notice};
use super::{Notice, Notify};
use crate::digest::{subject, text};
use crate::store::{Hold, NewNotice, Step};

impl Notify {
    /// The step that tells a route of a week; the week is its key, so it is told once.
    pub(crate) fn digest(&self, route: &str, digest: &Digest) -> Option<Step> {
        let route = self.configs().find(|config| config.name == route)?;
        let lang = route.lang();
        let mut notice = test_notice(self.now_ms(), lang, None)?;
        notice.event = NoticeEvent::Digest;
        notice.at_ms = digest.range.to_ms;
        notice.title = subject(digest, lang);
        notice.text = text(digest, lang, |path| self.address(path));
        notice.url = self.address(&format!("tuning?week={}", digest.week));
        let origin = notice.anomaly.origin_mut();
        "Digest".clone_into(&mut origin.rule_name);
        "hindcast_digest".clone_into(&mut origin.series);
        Some(Step::Tell(NewNotice {
            route: route.name.clone(),
            lane: "digest".to_owned(),
            anomaly_id: notice.anomaly.id,
            key: format!(
                "{}:digest:{}:{}",
                self.store.store_id(),
                digest.week,
                route.name
            ),
            event: NoticeEvent::Digest,
            body: serde_json::to_string(&notice).unwrap_or_default(),
            hold: Hold::No,
        }))
    }

    /// An address under the app's own, with its query.
    fn address(&self, path: &str) -> Option<String> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let link = self.link(path)?;
        Some(if query.is_empty() {
            link
        } else {
            format!("{link}?{query}")
        })
    }
}

impl Notice {
    /// Whether it is about a week and not about an anomaly.
    pub(super) fn is_digest(&self) -> bool {
        self.event == NoticeEvent::Digest
    }

    /// The lines of a digest as HTML.
    pub(super) fn digest_html(&self, open: &str) -> String {
        let line = |line: &str| match line.split_once(" — http") {
            Some((text, rest)) => {
                let url = escape(&format!("http{rest}"));
                format!("{} — <a href=\"{url}\">{url}</a><br>", escape(text))
            }
            None => format!("{}<br>", escape(line)),
        };
        let lines: String = self.text.lines().map(line).collect();
        let open = self.url.as_ref().map_or_else(String::new, |url| {
            format!("<p><a href=\"{}\">{}</a></p>", escape(url), escape(open))
        });
        format!(
            "<h2 style=\"font-size:16px\">{}</h2><p>{lines}</p>{open}\n",
            escape(&self.title)
        )
    }
}
