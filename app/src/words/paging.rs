//! Words for pages: what they are about, and why they were held back.

use hindcast_shared::pipeline::{PageKind, SuppressReason};

use crate::i18n::{t, tf};

/// What a page was about.
pub fn page_kind(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Opened => t("New"),
        PageKind::Escalated => t("Escalated"),
        PageKind::Reopened => t("Came back"),
        PageKind::CaughtUp => t("Summary of what was found late"),
        PageKind::StillOpen => t("Still open"),
        PageKind::Settled => t("Has come to stay"),
    }
}

/// Why a page was held back.
pub fn suppressed(reason: &SuppressReason) -> String {
    match reason {
        SuppressReason::Duplicate => t("paged already at this severity").to_owned(),
        SuppressReason::Muted { mute_id } => tf("muted by {name}", &[("name", mute_id.as_str())]),
        SuppressReason::Snoozed { .. } => t("snoozed").to_owned(),
        SuppressReason::Late => t("found too late to wake anybody").to_owned(),
        SuppressReason::Flapping => t("it comes and goes").to_owned(),
        SuppressReason::RateLimited => t("the rule has paged often enough").to_owned(),
        SuppressReason::DependsOn { .. } => t("what it depends on is open").to_owned(),
        SuppressReason::Calendar { calendar } => {
            tf("calendar {name}", &[("name", calendar.as_str())])
        }
    }
}
