//! Which anomalies are looked at: by severity, status, source, rule and words; written into the address.

use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::rule::Severity;

use crate::url_state::Query;

/// By status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Phase {
    /// Going on, taken or not.
    #[default]
    Active,
    /// Going on, and nobody has taken it.
    Open,
    /// Somebody has taken it.
    Taken,
    /// Over.
    Over,
    /// Every one of the range.
    All,
}

impl Phase {
    pub(super) const ALL: [Self; 5] =
        [Self::Active, Self::Open, Self::Taken, Self::Over, Self::All];

    /// The word in addresses.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Open => "open",
            Self::Taken => "acknowledged",
            Self::Over => "over",
            Self::All => "all",
        }
    }

    /// Reads the word.
    pub(super) fn parse(text: &str) -> Self {
        let known = Self::ALL.into_iter().find(|phase| phase.as_str() == text);
        known.unwrap_or_default()
    }

    /// Whether only those that go on are asked for.
    pub(super) fn is_now(self) -> bool {
        matches!(self, Self::Active | Self::Open | Self::Taken)
    }

    fn holds(self, status: Status) -> bool {
        match self {
            Self::Active => status.is_active(),
            Self::Open => status == Status::Open,
            Self::Taken => status == Status::Acknowledged,
            Self::Over => !status.is_active(),
            Self::All => true,
        }
    }
}

/// Everything that must hold; nothing is left out by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Filter {
    /// None means all.
    pub(super) severities: Vec<Severity>,
    pub(super) phase: Phase,
    pub(super) source: String,
    pub(super) rule: String,
    /// Words, all of which must be somewhere in names, series or labels.
    pub(super) words: String,
}

/// In the order in which they are offered.
pub(super) const SEVERITIES: [Severity; 3] =
    [Severity::Critical, Severity::Warning, Severity::Info];

impl Filter {
    pub(super) fn of_address(query: &Query) -> Self {
        let text = |key: &str| query.get(key).unwrap_or_default().to_owned();
        let wanted = text("severity");
        let named = |severity: &Severity| wanted.split(',').any(|word| word == severity.as_str());
        Self {
            severities: SEVERITIES.into_iter().filter(named).collect(),
            phase: Phase::parse(&text("status")),
            source: text("source"),
            rule: text("rule"),
            words: text("q"),
        }
    }

    /// What the address says; keys without a value are left out.
    pub(super) fn to_address(&self) -> [(&'static str, String); 5] {
        let words: Vec<_> = self
            .severities
            .iter()
            .map(|severity| severity.as_str())
            .collect();
        let phase = if self.phase == Phase::default() {
            ""
        } else {
            self.phase.as_str()
        };
        [
            ("severity", words.join(",")),
            ("status", phase.to_owned()),
            ("source", self.source.clone()),
            ("rule", self.rule.clone()),
            ("q", self.words.clone()),
        ]
    }

    /// Turns a severity on or off.
    pub(super) fn toggle(&mut self, severity: Severity) {
        if self.severities.contains(&severity) {
            self.severities.retain(|other| *other != severity);
        } else {
            self.severities.push(severity);
        }
    }

    /// Whether an anomaly passes, whatever its status.
    pub(super) fn is_about(&self, anomaly: &Anomaly) -> bool {
        (self.severities.is_empty() || self.severities.contains(&anomaly.severity))
            && (self.source.is_empty() || self.source == anomaly.source.0)
            && (self.rule.is_empty() || self.rule == anomaly.rule_id.as_str())
            && self.words.split_whitespace().all(|word| {
                let word = word.to_ascii_lowercase();
                let has = |text: &str| text.to_ascii_lowercase().contains(&word);
                has(&anomaly.rule_name)
                    || has(&anomaly.series)
                    || anomaly
                        .labels
                        .iter()
                        .any(|(key, value)| has(&format!("{key}={value}")))
            })
    }

    /// Whether an anomaly passes.
    pub(super) fn passes(&self, anomaly: &Anomaly) -> bool {
        self.phase.holds(anomaly.status) && self.is_about(anomaly)
    }

    /// Whether a rule's series are to be shown.
    pub(super) fn shows(&self, id: &str, name: &str, source: &str) -> bool {
        let words = self.words.split_whitespace();
        (self.source.is_empty() || self.source == source)
            && (self.rule.is_empty() || self.rule == id)
            && words
                .map(str::to_ascii_lowercase)
                .all(|word| name.to_ascii_lowercase().contains(&word))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn filter_when_written_into_an_address_then_reads_back() {
        let filter = Filter {
            severities: vec![Severity::Critical, Severity::Info],
            phase: Phase::Over,
            source: "prom".to_owned(),
            rule: "checkout".to_owned(),
            words: "team=payments eu".to_owned(),
        };
        let mut query = Query::default();
        for (key, value) in filter.to_address() {
            query.set(key, (!value.is_empty()).then_some(value.as_str()));
        }
        assert_eq!(Filter::of_address(&query), filter);
        assert_eq!(Filter::of_address(&Query::default()), Filter::default());
        let nothing = Filter::default().to_address();
        assert!(nothing.iter().all(|(_, value)| value.is_empty()));
    }

    #[test]
    fn phase_when_status_is_over_then_only_the_right_ones_hold() {
        let held = |phase: Phase| phase.holds(Status::Resolved);
        assert_eq!(Phase::ALL.map(held), [false, false, false, true, true]);
        let held = |phase: Phase| phase.holds(Status::Acknowledged);
        assert_eq!(Phase::ALL.map(held), [true, false, true, false, true]);
    }
}
