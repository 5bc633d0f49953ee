//! What the pager decides about: pages, sent or held back with a reason.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::anomaly::AnomalyId;
use crate::rule::Severity;

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PageKind {
    /// A new anomaly.
    Opened,
    /// A higher severity.
    Escalated,
    /// An old one that came back.
    Reopened,
    /// What was found too late to wake anybody, all of one tick together.
    CaughtUp,
    /// It was held back, and is still open now that nothing holds it back.
    StillOpen,
    /// It came and went, and has come to stay.
    Settled,
}

/// Why a page was not sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum SuppressReason {
    /// This anomaly was paged at this severity already.
    Duplicate,
    /// A mute covers it.
    Muted {
        /// Which one.
        mute_id: String,
    },
    /// Somebody snoozed it.
    Snoozed {
        /// Until when.
        until_ms: i64,
    },
    /// Found too late to wake anybody.
    Late,
    /// It comes and goes; it is told when it settles.
    Flapping,
    /// The rule has sent as many pages as it may.
    RateLimited,
    /// An anomaly that the rule depends on is open.
    DependsOn {
        /// Which one.
        depends_on: AnomalyId,
    },
    /// A calendar says that nobody is to be told.
    Calendar {
        /// Which one.
        calendar: String,
    },
}

/// What became of a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum PageVerdict {
    /// Somebody is told.
    Sent,
    /// Nobody is told, for this reason.
    Suppressed(SuppressReason),
}

/// The pager's decision on one candidate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// The anomaly it is about.
    pub anomaly_id: AnomalyId,
    /// Nominal time.
    pub at_ms: i64,
    /// What it is about.
    pub kind: PageKind,
    /// The severity it has.
    pub severity: Severity,
    /// How many anomalies it sums up, where it is about several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sums_up: Option<u32>,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: PageVerdict,
}

// Read by hand: serde reads a tagged enum inside of another type by keeping everything until it has seen the tag,
// and the browser downloads the code for that.

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ReasonTag {
    Duplicate,
    Muted,
    Snoozed,
    Late,
    Flapping,
    RateLimited,
    DependsOn,
    Calendar,
}

/// What the reasons say beyond their names.
struct Words {
    mute_id: Option<String>,
    until_ms: Option<i64>,
    depends_on: Option<AnomalyId>,
    calendar: Option<String>,
}

impl ReasonTag {
    fn with<E: serde::de::Error>(self, words: Words) -> Result<SuppressReason, E> {
        let missing = E::missing_field;
        Ok(match self {
            Self::Duplicate => SuppressReason::Duplicate,
            Self::Late => SuppressReason::Late,
            Self::Flapping => SuppressReason::Flapping,
            Self::RateLimited => SuppressReason::RateLimited,
            Self::Muted => SuppressReason::Muted {
                mute_id: words.mute_id.ok_or_else(|| missing("mute_id"))?,
            },
            Self::Snoozed => SuppressReason::Snoozed {
                until_ms: words.until_ms.ok_or_else(|| missing("until_ms"))?,
            },
            Self::DependsOn => SuppressReason::DependsOn {
                depends_on: words.depends_on.ok_or_else(|| missing("depends_on"))?,
            },
            Self::Calendar => SuppressReason::Calendar {
                calendar: words.calendar.ok_or_else(|| missing("calendar"))?,
            },
        })
    }
}

impl<'de> Deserialize<'de> for SuppressReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Flat {
            reason: ReasonTag,
            mute_id: Option<String>,
            until_ms: Option<i64>,
            depends_on: Option<AnomalyId>,
            calendar: Option<String>,
        }
        let flat = Flat::deserialize(deserializer)?;
        flat.reason.with(Words {
            mute_id: flat.mute_id,
            until_ms: flat.until_ms,
            depends_on: flat.depends_on,
            calendar: flat.calendar,
        })
    }
}

impl<'de> Deserialize<'de> for Page {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "snake_case")]
        enum VerdictTag {
            Sent,
            Suppressed,
        }
        #[derive(Deserialize)]
        struct Flat {
            anomaly_id: AnomalyId,
            at_ms: i64,
            kind: PageKind,
            severity: Severity,
            sums_up: Option<u32>,
            verdict: VerdictTag,
            reason: Option<ReasonTag>,
            mute_id: Option<String>,
            until_ms: Option<i64>,
            depends_on: Option<AnomalyId>,
            calendar: Option<String>,
        }
        let flat = Flat::deserialize(deserializer)?;
        let verdict = match flat.verdict {
            VerdictTag::Sent => PageVerdict::Sent,
            VerdictTag::Suppressed => {
                let tag = flat
                    .reason
                    .ok_or_else(|| D::Error::missing_field("reason"))?;
                PageVerdict::Suppressed(tag.with(Words {
                    mute_id: flat.mute_id,
                    until_ms: flat.until_ms,
                    depends_on: flat.depends_on,
                    calendar: flat.calendar,
                })?)
            }
        };
        Ok(Self {
            anomaly_id: flat.anomaly_id,
            at_ms: flat.at_ms,
            kind: flat.kind,
            severity: flat.severity,
            sums_up: flat.sums_up,
            verdict,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_when_written_then_reads_back() {
        let muted = SuppressReason::Muted {
            mute_id: "m1".to_owned(),
        };
        let verdicts = [
            PageVerdict::Sent,
            PageVerdict::Suppressed(SuppressReason::Duplicate),
            PageVerdict::Suppressed(SuppressReason::Late),
            PageVerdict::Suppressed(SuppressReason::Flapping),
            PageVerdict::Suppressed(SuppressReason::RateLimited),
            PageVerdict::Suppressed(SuppressReason::DependsOn {
                depends_on: "01JH0000000000000000000001".parse().expect("an id"),
            }),
            PageVerdict::Suppressed(SuppressReason::Calendar {
                calendar: "korea".to_owned(),
            }),
            PageVerdict::Suppressed(muted.clone()),
            PageVerdict::Suppressed(SuppressReason::Snoozed { until_ms: 7 }),
        ];
        for verdict in verdicts {
            let page = Page {
                anomaly_id: "01JH0000000000000000000000".parse().expect("an id"),
                at_ms: 1,
                kind: PageKind::Escalated,
                severity: Severity::Warning,
                sums_up: Some(3),
                verdict,
            };
            let text = serde_json::to_string(&page).expect("a page");
            assert_eq!(serde_json::from_str::<Page>(&text).expect("a page"), page);
        }
        let text = serde_json::to_string(&muted).expect("a reason");
        assert_eq!(
            serde_json::from_str::<SuppressReason>(&text).expect("a reason"),
            muted
        );
        let nameless = serde_json::from_str::<SuppressReason>(r#"{"reason":"muted"}"#);
        assert!(nameless.is_err(), "a mute has a name");
    }
}
