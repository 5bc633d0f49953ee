//! What one message tells: one notice, or those of a group.

use std::collections::BTreeMap;

use hindcast_shared::api::NoticeEvent;
use hindcast_shared::rule::Severity;

use super::Notice;
use super::words::{Words, words};

/// Lines of a message that tells of several anomalies.
const LINES: usize = 10;

/// The notices of a message in the order in which they came; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bundle {
    notices: Vec<Notice>,
}

impl Bundle {
    /// What was written down; an error when it cannot be read any more.
    pub(super) fn read(bodies: &[String]) -> Result<Self, String> {
        let read: Result<Vec<Notice>, _> = bodies
            .iter()
            .map(|body| serde_json::from_str(body))
            .collect();
        let notices = read.map_err(|error| error.to_string())?;
        if notices.is_empty() {
            return Err("it is empty".to_owned());
        }
        Ok(Self { notices })
    }

    /// Gives each notice the link under which people say whether it was right.
    pub(super) fn link(&mut self, link: impl Fn(&Notice) -> Option<String>) {
        for notice in &mut self.notices {
            notice.feedback_url = link(notice);
        }
    }

    pub(super) fn of(notice: Notice) -> Self {
        Self {
            notices: vec![notice],
        }
    }

    /// All of them.
    pub(super) fn notices(&self) -> &[Notice] {
        &self.notices
    }

    /// Whether it is about several anomalies or events.
    pub(super) fn is_group(&self) -> bool {
        self.notices.len() > 1
    }

    /// The last word on each anomaly; what is worst first.
    pub(super) fn last_words(&self) -> Vec<&Notice> {
        let last: BTreeMap<_, _> = self
            .notices
            .iter()
            .map(|notice| (notice.anomaly.id, notice))
            .collect();
        let mut last: Vec<_> = last.into_values().collect();
        last.sort_by_key(|notice| {
            (
                notice.is_over(),
                std::cmp::Reverse(notice.anomaly.severity),
                notice.anomaly.id,
            )
        });
        last
    }

    /// The one that the message is named after.
    pub(super) fn lead(&self) -> &Notice {
        self.last_words()
            .first()
            .copied()
            .unwrap_or(&self.notices[0])
    }

    /// The worst severity of what goes on; none when everything is over.
    pub(super) fn severity(&self) -> Option<Severity> {
        self.notices_going_on()
            .map(|notice| notice.anomaly.severity)
            .max()
    }

    fn notices_going_on(&self) -> impl Iterator<Item = &Notice> {
        self.last_words()
            .into_iter()
            .filter(|notice| !notice.is_over())
    }

    /// What the message is about.
    pub(super) fn event(&self) -> NoticeEvent {
        if self.is_group() {
            NoticeEvent::Group
        } else {
            self.notices[0].event
        }
    }

    pub(super) fn words(&self) -> &'static Words {
        words(&self.notices[0].lang)
    }

    /// One line.
    pub(super) fn title(&self) -> String {
        if !self.is_group() {
            return self.notices[0].title.clone();
        }
        let last = self.last_words();
        let over = last.iter().filter(|notice| notice.is_over()).count();
        let count = self
            .words()
            .group
            .replace("{open}", &(last.len() - over).to_string())
            .replace("{over}", &over.to_string());
        format!("{count} — {}", self.lead().title)
    }

    /// The reason in sentences, or a line for each anomaly.
    pub(super) fn text(&self) -> String {
        if !self.is_group() {
            return self.notices[0].text.clone();
        }
        let last = self.last_words();
        let mut lines: Vec<String> = last
            .iter()
            .take(LINES)
            .map(|notice| format!("{} {}", notice.glyph(), notice.title))
            .collect();
        if last.len() > LINES {
            let more = (last.len() - LINES).to_string();
            lines.push(self.words().more.replace("{count}", &more));
        }
        lines.join("\n")
    }
}

impl Notice {
    /// Whether it says that an anomaly is over, or that there is none.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.event, NoticeEvent::Resolved | NoticeEvent::Test)
    }

    /// A sign that needs no colour.
    pub(super) fn glyph(&self) -> &'static str {
        if self.is_digest() {
            return "≡";
        }
        match (self.is_over(), self.anomaly.severity) {
            (true, _) => "✓",
            (false, Severity::Critical) => "▲",
            (false, Severity::Warning) => "◆",
            (false, Severity::Info) => "●",
        }
    }
}
