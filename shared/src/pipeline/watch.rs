//! Who watches the watchers: anomalies of rules that fail and of sources that do not answer.
//!
//! One for the system; a fold of how each run went. Knows neither clock nor store: whoever drives it stores what it
//! says and remembers. What somebody closes by hand stays in its memory, and is not told again before recovery.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::anomaly::{Anomaly, AnomalyId, AnomalyKind, Origin, Status};
use crate::hash::DataHash;
use crate::rule::{Rule, RuleId, Severity};
use crate::series::{Labels, SeriesKey, SourceName};

/// So many runs in a row that fail are an anomaly.
const RUNS: u32 = 3;

/// How a run of a rule went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// It was folded.
    Fine,
    /// Its source did not answer.
    SourceAway,
    /// It failed for another reason.
    Failed,
}

/// What comes of a run.
#[derive(Debug, Clone, PartialEq)]
pub enum Watched {
    /// This is one from now on.
    Open(Box<Anomaly>),
    /// That one is over.
    Close(AnomalyId),
}

/// First byte of a stored watch; another one means that its memory is lost.
const STATE_VERSION: u8 = 1;

/// The memory of runs that failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Watch {
    failing: BTreeMap<RuleId, Failing>,
    /// What was told of rules, and has not recovered.
    rules: BTreeMap<RuleId, AnomalyId>,
    /// The same of sources, with the rule that noticed it.
    sources: BTreeMap<SourceName, (RuleId, AnomalyId)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Failing {
    since_ms: i64,
    runs: u32,
}

impl Watch {
    /// A watch that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in an anomaly that was told before and is still open; others than its own are let go.
    pub fn remember(&mut self, anomaly: &Anomaly) {
        let (rule, id) = (anomaly.rule_id.clone(), anomaly.id);
        match anomaly.kind {
            AnomalyKind::RuleFailing => {
                self.rules.insert(rule, id);
            }
            AnomalyKind::SourceDown => {
                self.sources.insert(anomaly.source.clone(), (rule, id));
            }
            AnomalyKind::Deviation | AnomalyKind::NoData => {}
        }
    }

    /// Forgets a rule that does not run any more.
    pub fn forget(&mut self, rule: &RuleId) {
        self.failing.remove(rule);
        self.rules.remove(rule);
        self.sources.retain(|_, (noticed_by, _)| noticed_by != rule);
    }

    /// Forgets every rule that does not run.
    pub fn forget_all_but(&mut self, runs: impl Fn(&RuleId) -> bool) {
        self.failing.retain(|rule, _| runs(rule));
        self.rules.retain(|rule, _| runs(rule));
        self.sources.retain(|_, (noticed_by, _)| runs(noticed_by));
    }

    /// The memory as bytes, for [`Watch::restore`].
    pub fn state(&self) -> Vec<u8> {
        let mut bytes = vec![STATE_VERSION];
        bytes.extend(postcard::to_allocvec(self).unwrap_or_default());
        bytes
    }

    /// The watch as it was; nothing if the bytes are of another version.
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let (version, rest) = bytes.split_first()?;
        (*version == STATE_VERSION)
            .then(|| postcard::from_bytes(rest).ok())
            .flatten()
    }

    /// Folds a run at its nominal time.
    ///
    /// A source that is away is told once, by the first rule that has failed often enough because of it.
    pub fn ran(
        &mut self,
        rule: &Rule,
        version: u32,
        at_ms: i64,
        outcome: RunOutcome,
    ) -> Vec<Watched> {
        if outcome == RunOutcome::Fine {
            return self.recovered(rule);
        }
        let failing = self.failing.entry(rule.id.clone()).or_insert(Failing {
            since_ms: at_ms,
            runs: 0,
        });
        failing.runs = failing.runs.saturating_add(1);
        let since_ms = failing.since_ms;
        if failing.runs < RUNS {
            return Vec::new();
        }
        let kind = match outcome {
            RunOutcome::SourceAway => AnomalyKind::SourceDown,
            _ => AnomalyKind::RuleFailing,
        };
        let is_told = match kind {
            AnomalyKind::SourceDown => self.sources.contains_key(&rule.source),
            _ => self.rules.contains_key(&rule.id),
        };
        if is_told {
            return Vec::new();
        }
        let anomaly = anomaly(rule, version, kind, (since_ms, at_ms));
        self.remember(&anomaly);
        vec![Watched::Open(Box::new(anomaly))]
    }

    /// The rule runs, so its source answers; one that it asked before is not its business any more.
    fn recovered(&mut self, rule: &Rule) -> Vec<Watched> {
        self.failing.remove(&rule.id);
        let mut over = Vec::new();
        self.sources.retain(|source, (noticed_by, id)| {
            let is_over = *source == rule.source || *noticed_by == rule.id;
            if is_over {
                over.push(Watched::Close(*id));
            }
            !is_over
        });
        over.extend(self.rules.remove(&rule.id).map(Watched::Close));
        over
    }
}

fn anomaly(rule: &Rule, version: u32, kind: AnomalyKind, (start_ms, at_ms): (i64, i64)) -> Anomaly {
    // As the metrics are called that count the same.
    let labels = match kind {
        AnomalyKind::SourceDown => {
            Labels::named("hindcast_source_up", &[("source", rule.source.0.as_str())])
        }
        _ => Labels::named(
            "hindcast_detection_errors_total",
            &[("rule", rule.id.as_str())],
        ),
    };
    let series_key = SeriesKey::new(&rule.source, &labels);
    Anomaly {
        id: AnomalyId::new(&rule.id, series_key, kind, start_ms),
        origin: Arc::new(Origin {
            kind,
            rule_id: rule.id.clone(),
            rule_name: rule.name.clone(),
            rule_version: version,
            config_hash: rule.config_hash(),
            data_hash: format!("{:016x}", DataHash::EMPTY.0),
            source: rule.source.clone(),
            series: labels.to_string(),
            series_key,
            unit: String::new(),
            labels: rule.labels.clone(),
            detector: rule.detector.kind(),
            threshold: rule.decision.threshold,
            alarms_per_week: rule.decision.alarms_per_week,
        }),
        status: Status::Open,
        severity: rule
            .no_data
            .map_or(Severity::Warning, |no_data| no_data.severity),
        start_ms,
        end_ms: at_ms,
        detected_at_ms: at_ms,
        closed_at_ms: None,
        close_reason: None,
        peak: None,
        reopened: 0,
        snoozed_until_ms: None,
        assignee: None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(name: &str, source: &str) -> Rule {
        Rule::from_json(json!({
            "name": name, "source": source, "query": "q",
            "detector": {"kind": "threshold"}, "decision": {"threshold": 1.0},
        }))
        .expect("a valid rule")
    }

    fn opened(said: &[Watched]) -> &Anomaly {
        match said {
            [Watched::Open(anomaly)] => anomaly,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rule_when_three_runs_in_a_row_fail_then_is_told_once_until_it_runs() {
        use RunOutcome::{Failed, Fine};
        let (mut watch, rule) = (Watch::new(), rule("a", "s"));
        let mut ran = |at_ms, outcome| watch.ran(&rule, 4, at_ms, outcome);
        for (at_ms, outcome) in [
            (1, Failed),
            (2, Failed),
            (3, Fine),
            (4, Failed),
            (5, Failed),
        ] {
            assert_eq!(ran(at_ms, outcome), []);
        }
        let said = ran(6, Failed);
        let told = opened(&said);
        assert_eq!(told.kind, AnomalyKind::RuleFailing);
        assert_eq!(
            (told.start_ms, told.detected_at_ms, told.rule_version),
            (4, 6, 4)
        );
        assert_eq!(told.series, "hindcast_detection_errors_total{rule=\"a\"}");
        assert_eq!(ran(7, Failed), []);
        assert_eq!(ran(8, Fine), [Watched::Close(told.id)]);
        assert_eq!(ran(9, Fine), []);
    }

    #[test]
    fn source_when_it_is_away_for_many_rules_then_is_told_once_and_any_of_them_ends_it() {
        use RunOutcome::{Failed, Fine, SourceAway};
        let mut watch = Watch::new();
        let [one, two, other] = [rule("a", "s"), rule("b", "s"), rule("c", "t")];
        let mut said = Vec::new();
        for at_ms in 1..=5 {
            for rule in [&one, &two] {
                said.extend(watch.ran(rule, 1, at_ms, SourceAway));
            }
            assert_eq!(watch.ran(&other, 1, at_ms, Fine), [], "another source");
        }
        let told = opened(&said).clone();
        assert_eq!(
            (told.kind, told.rule_id.as_str()),
            (AnomalyKind::SourceDown, "a")
        );
        // After a restart the same is known, and not told again.
        let mut watch = Watch::new();
        watch.remember(&told);
        for at_ms in 6..=9 {
            assert_eq!(watch.ran(&two, 1, at_ms, SourceAway), []);
        }
        let failed = watch.ran(&two, 1, 10, Failed);
        assert_eq!(opened(&failed).kind, AnomalyKind::RuleFailing);
        let over = watch.ran(&two, 1, 11, Fine);
        assert_eq!(
            over,
            [Watched::Close(told.id), Watched::Close(opened(&failed).id)]
        );
        watch.remember(&told);
        watch.forget(&one.id);
        assert_eq!(
            watch.ran(&two, 1, 12, Fine),
            [],
            "the rule that noticed it is gone"
        );
    }
}
