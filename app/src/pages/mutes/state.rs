//! Where a mute stands in time, and what it would keep quiet. Owns no view.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{MuteRecord, RuleRecord};
use hindcast_shared::glob::matches;
use hindcast_shared::rule::Severity;

use crate::i18n::{key, t};
use crate::sorted::insert_by_key;

/// Where a mute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It holds.
    Active,
    /// It will hold.
    ToCome,
    /// It is over.
    Ended,
}

impl Phase {
    pub(super) fn of(mute: &MuteRecord, now_ms: i64) -> Self {
        let end_ms = mute.ended_at_ms.unwrap_or(mute.end_ms).min(mute.end_ms);
        if end_ms <= now_ms {
            Self::Ended
        } else if mute.start_ms > now_ms {
            Self::ToCome
        } else {
            Self::Active
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::ToCome => "to-come",
            Self::Ended => "ended",
        }
    }

    pub(super) fn word(self) -> &'static str {
        t(match self {
            Self::Active => key("Muted now"),
            Self::ToCome => key("To come"),
            Self::Ended => key("Ended in the last 30 days"),
        })
    }

    /// Told apart without colour.
    pub(super) fn glyph(self) -> &'static str {
        match self {
            Self::Active => "◐",
            Self::ToCome => "○",
            Self::Ended => "–",
        }
    }
}

/// The mutes by where they stand; what ends or begins first comes first, and what ended last.
pub(super) fn grouped(mutes: Vec<MuteRecord>, now_ms: i64) -> Vec<(Phase, Vec<MuteRecord>)> {
    let phases = [Phase::Active, Phase::ToCome, Phase::Ended];
    let mut groups: Vec<(Phase, Vec<MuteRecord>)> = phases.map(|phase| (phase, Vec::new())).into();
    for mute in mutes {
        let phase = Phase::of(&mute, now_ms);
        for (each, group) in &mut groups {
            if *each == phase {
                insert_by_key(group, mute.clone(), |mute| match phase {
                    Phase::Active => mute.end_ms,
                    Phase::ToCome => mute.start_ms,
                    Phase::Ended => -mute.ended_at_ms.unwrap_or(mute.end_ms),
                });
            }
        }
    }
    groups.retain(|(_, group)| !group.is_empty());
    groups
}

/// How many rules the pattern names, and how many open anomalies it would keep quiet.
pub(super) fn reach(
    (rule, series, worst): (&str, &str, Severity),
    rules: &[RuleRecord],
    active: &[Anomaly],
) -> (usize, usize) {
    let like = |pattern: &str, text: &str| pattern.is_empty() || matches(pattern, text);
    let named = rules.iter().filter(|record| {
        let id = record.rule.id.as_deref().unwrap_or_default();
        like(rule, id)
    });
    let quiet = active.iter().filter(|anomaly| {
        like(rule, anomaly.rule_id.as_str())
            && like(series, &anomaly.series)
            && anomaly.severity <= worst
    });
    (named.count(), quiet.count())
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn mute(id: &str, start_ms: i64, end_ms: i64, ended_at_ms: Option<i64>) -> MuteRecord {
        MuteRecord {
            id: id.to_owned(),
            rule: "*".to_owned(),
            series: "*".to_owned(),
            max_severity: Severity::Critical,
            start_ms,
            end_ms,
            ended_at_ms,
            comment: "work".to_owned(),
            author: "me".to_owned(),
            version: 1,
            updated_at_ms: 0,
        }
    }

    #[test]
    fn mutes_when_grouped_then_stand_by_time_and_nearest_first() {
        let mutes = vec![
            mute("over", 0, 50, None),
            mute("late", 0, 300, None),
            mute("soon", 0, 200, None),
            mute("coming", 150, 400, None),
            mute("cut", 0, 500, Some(90)),
        ];
        let told: Vec<_> = grouped(mutes, 100)
            .into_iter()
            .map(|(phase, mutes)| {
                let ids: Vec<String> = mutes.into_iter().map(|mute| mute.id).collect();
                (phase, ids.join(" "))
            })
            .collect();
        assert_eq!(
            told,
            [
                (Phase::Active, "soon late".to_owned()),
                (Phase::ToCome, "coming".to_owned()),
                (Phase::Ended, "cut over".to_owned()),
            ]
        );
    }
}
