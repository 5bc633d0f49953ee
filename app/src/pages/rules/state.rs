//! How a rule is, and which rules a list shows in which order. Owns no view.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hindcast_shared::api::RuleRecord;

use crate::browser;
use crate::i18n::{key, t};

/// How a rule is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum State {
    /// Its last run failed.
    Failing,
    /// Anomalies of it are open.
    Firing,
    /// Its query finds no series: that nothing is open means nothing.
    Blind,
    /// It has not judged anything yet.
    Learning,
    /// Nothing is wrong.
    Fine,
    /// Switched off.
    Off,
}

impl State {
    /// Every state.
    pub(super) const ALL: [Self; 6] = [
        Self::Failing,
        Self::Firing,
        Self::Blind,
        Self::Learning,
        Self::Fine,
        Self::Off,
    ];

    /// The state of a rule.
    pub(super) fn of(rule: &RuleRecord) -> Self {
        match &rule.last_run {
            _ if !rule.rule.enabled => Self::Off,
            Some(run) if run.error.is_some() => Self::Failing,
            _ if rule.open_anomalies > 0 => Self::Firing,
            Some(run) if run.series == 0 => Self::Blind,
            Some(run) if run.watermark_ms.is_some() => Self::Fine,
            _ => Self::Learning,
        }
    }

    /// The word in the address.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Firing => "firing",
            Self::Blind => "blind",
            Self::Learning => "learning",
            Self::Fine => "fine",
            Self::Off => "off",
        }
    }

    /// The state with this word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }

    /// The word for people.
    pub(super) fn word(self) -> &'static str {
        t(match self {
            Self::Failing => key("Failing"),
            Self::Firing => key("Firing"),
            Self::Blind => key("No data"),
            Self::Learning => key("Learning"),
            Self::Fine => key("Fine"),
            Self::Off => key("Off"),
        })
    }

    /// Told apart without colour.
    pub(super) fn glyph(self) -> &'static str {
        match self {
            Self::Failing => "✕",
            Self::Firing => "▲",
            Self::Blind => "◇",
            Self::Learning => "◌",
            Self::Fine => "✓",
            Self::Off => "–",
        }
    }
}

/// A column that the list can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    State,
    Name,
    Detector,
    Open,
    Anomalies,
    Pages,
    LastRun,
    Cost,
}

impl Column {
    pub(super) const ALL: [Self; 8] = [
        Self::State,
        Self::Name,
        Self::Detector,
        Self::Open,
        Self::Anomalies,
        Self::Pages,
        Self::LastRun,
        Self::Cost,
    ];

    /// The word in the address.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Name => "name",
            Self::Detector => "detector",
            Self::Open => "open",
            Self::Anomalies => "anomalies",
            Self::Pages => "pages",
            Self::LastRun => "run",
            Self::Cost => "cost",
        }
    }

    /// The column with this word.
    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.as_str() == word)
    }

    /// The head of the column.
    pub(super) fn title(self) -> &'static str {
        t(match self {
            Self::State => key("State"),
            Self::Name => key("Rule"),
            Self::Detector => key("Detector"),
            Self::Open => key("Open"),
            Self::Anomalies => key("Anomalies, 7 d"),
            Self::Pages => key("Pages, 7 d"),
            Self::LastRun => key("Last run"),
            Self::Cost => key("Cost"),
        })
    }

    /// Whether the largest comes first when it is clicked for the first time.
    pub(super) fn is_number(self) -> bool {
        !matches!(self, Self::State | Self::Name | Self::Detector)
    }
}

/// What is looked for, and the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) text: String,
    pub(super) source: String,
    pub(super) state: Option<State>,
    pub(super) column: Column,
    pub(super) down: bool,
}

impl Wish {
    fn admits(&self, rule: &RuleRecord, words: &[String]) -> bool {
        let draft = &rule.rule;
        let hay = browser::lower(&format!(
            "{} {} {} {}",
            draft.name,
            draft.id.as_deref().unwrap_or_default(),
            draft.query,
            crate::draft::kind(draft).as_str()
        ));
        words.iter().all(|word| hay.contains(word.as_str()))
            && (self.source.is_empty() || draft.source == self.source)
            && self.state.is_none_or(|state| State::of(rule) == state)
    }

    /// The rules that are wanted, in the order that is wanted; equals by name.
    pub(super) fn pick(
        &self,
        rules: &[RuleRecord],
        anomalies: &BTreeMap<String, u64>,
    ) -> Vec<RuleRecord> {
        let text = browser::lower(&self.text);
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let mut picked: Vec<&RuleRecord> = rules
            .iter()
            .filter(|rule| self.admits(rule, &words))
            .collect();
        picked.sort_by(|a, b| {
            let order = self.compare(a, b, anomalies);
            let order = if self.down { order.reverse() } else { order };
            order.then_with(|| name(a).cmp(&name(b)))
        });
        picked.into_iter().cloned().collect()
    }

    fn compare(
        &self,
        a: &RuleRecord,
        b: &RuleRecord,
        anomalies: &BTreeMap<String, u64>,
    ) -> Ordering {
        let found = |rule: &RuleRecord| found_by(rule, anomalies);
        let run = |rule: &RuleRecord| rule.last_run.as_ref().map(|run| run.at_ms);
        let cost = |rule: &RuleRecord| rule.last_run.as_ref().map(|run| run.duration_ms);
        match self.column {
            Column::State => State::of(a).cmp(&State::of(b)),
            Column::Name => name(a).cmp(&name(b)),
            Column::Detector => {
                let kind = |rule: &RuleRecord| crate::draft::kind(&rule.rule).as_str();
                kind(a).cmp(kind(b))
            }
            Column::Open => a.open_anomalies.cmp(&b.open_anomalies),
            Column::Anomalies => found(a).cmp(&found(b)),
            Column::Pages => a.pages_last_week.cmp(&b.pages_last_week),
            Column::LastRun => run(a).cmp(&run(b)),
            Column::Cost => cost(a).cmp(&cost(b)),
        }
    }
}

fn name(rule: &RuleRecord) -> String {
    browser::lower(&rule.rule.name)
}

/// Anomalies of a rule in the last seven days.
pub(super) fn found_by(rule: &RuleRecord, anomalies: &BTreeMap<String, u64>) -> u64 {
    let id = rule.rule.id.as_deref().unwrap_or_default();
    anomalies.get(id).copied().unwrap_or(0)
}
