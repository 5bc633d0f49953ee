//! Silences that people made in Alertmanager: what they match is told to nobody else either.

use std::collections::BTreeMap;

use hindcast_shared::anomaly::Anomaly;
use regex::Regex;
use serde::Deserialize;

use super::choose::labels;

/// What is silenced, by the route whose Alertmanager said so.
#[derive(Debug, Clone, Default)]
pub(super) struct Silences(BTreeMap<String, Vec<Silence>>);

/// A silence, ready to be compared.
#[derive(Debug, Clone)]
pub(super) struct Silence {
    matchers: Vec<Matcher>,
    starts_ms: i64,
    ends_ms: i64,
    comment: String,
    by: String,
}

#[derive(Debug, Clone)]
struct Matcher {
    name: String,
    pattern: Pattern,
    equal: bool,
}

#[derive(Debug, Clone)]
enum Pattern {
    Is(String),
    Like(Regex),
}

/// A silence as `GET /api/v2/silences` has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct GivenSilence {
    matchers: Vec<GivenMatcher>,
    starts_at: String,
    ends_at: String,
    #[serde(default)]
    created_by: String,
    #[serde(default)]
    comment: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenMatcher {
    name: String,
    value: String,
    #[serde(default)]
    is_regex: bool,
    /// Alertmanager before 0.22 has none: everything was equal.
    #[serde(default = "yes")]
    is_equal: bool,
}

fn yes() -> bool {
    true
}

impl GivenSilence {
    /// None when it cannot be understood: then nothing is silenced by it.
    pub(super) fn read(self) -> Option<Silence> {
        let matchers = self.matchers.into_iter().map(|given| {
            let pattern = if given.is_regex {
                let anchored = format!("^(?:{})$", given.value);
                let limited = regex::RegexBuilder::new(&anchored)
                    .size_limit(100_000)
                    .build();
                Pattern::Like(limited.ok()?)
            } else {
                Pattern::Is(given.value)
            };
            Some(Matcher {
                name: given.name,
                pattern,
                equal: given.is_equal,
            })
        });
        let at_ms = |text: &str| {
            let at: jiff::Timestamp = text.parse().ok()?;
            Some(at.as_millisecond())
        };
        let matchers: Vec<Matcher> = matchers.collect::<Option<_>>()?;
        (!matchers.is_empty()).then_some(Silence {
            matchers,
            starts_ms: at_ms(&self.starts_at)?,
            ends_ms: at_ms(&self.ends_at)?,
            comment: self.comment,
            by: self.created_by,
        })
    }
}

impl Silences {
    /// What an Alertmanager has now.
    pub(super) fn put(&mut self, route: &str, silences: Vec<Silence>) {
        self.0.insert(route.to_owned(), silences);
    }

    /// Why nobody is to be told of an anomaly now; none when somebody is.
    pub(super) fn reason(&self, anomaly: &Anomaly, now_ms: i64) -> Option<String> {
        let silence = self.0.values().flatten().find(|silence| {
            (silence.starts_ms..silence.ends_ms).contains(&now_ms) && silence.matches(anomaly)
        })?;
        Some(format!(
            "silenced in Alertmanager by {}: {}",
            super::channel::cut(&silence.by, 100),
            super::channel::cut(&silence.comment, 200)
        ))
    }
}

impl Silence {
    fn matches(&self, anomaly: &Anomaly) -> bool {
        let labels = labels(anomaly);
        self.matchers.iter().all(|matcher| {
            let value = match matcher.name.as_str() {
                "alertname" => anomaly.rule_id.to_string(),
                "severity" => anomaly.severity.as_str().to_owned(),
                "source" => anomaly.source.0.clone(),
                "hindcast_id" => anomaly.id.to_string(),
                label => labels.get(label).cloned().unwrap_or_default(),
            };
            let found = match &matcher.pattern {
                Pattern::Is(text) => *text == value,
                Pattern::Like(regex) => regex.is_match(&value),
            };
            found == matcher.equal
        })
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::anomaly::Status;
    use rstest::rstest;
    use serde_json::json;

    use super::*;
    use crate::store::testing::anomaly;

    const NOW_MS: i64 = 1_767_614_400_000;

    #[rstest]
    #[case(json!([{"name": "team", "value": "pay", "isRegex": false, "isEqual": true}]), true)]
    #[case(json!([{"name": "team", "value": "p.*", "isRegex": true, "isEqual": true}]), true)]
    #[case(json!([{"name": "team", "value": "p", "isRegex": true}]), false)]
    #[case(json!([{"name": "team", "value": "pay", "isRegex": false, "isEqual": false}]), false)]
    #[case(json!([{"name": "team", "value": "pay"}, {"name": "alertname", "value": "other"}]), false)]
    #[case(json!([{"name": "alertname", "value": "r"}, {"name": "absent", "value": ""}]), true)]
    #[case(json!([{"name": "team", "value": "(", "isRegex": true}]), false)]
    #[case(json!([{"name": "lane", "value": "7"}]), true)]
    #[case(json!([]), false)]
    fn silence_when_compared_then_matches_as_alertmanager_does(
        #[case] matchers: serde_json::Value,
        #[case] silent: bool,
    ) {
        let mut found = anomaly("r", "s{lane=\"7\"}", NOW_MS, Status::Open);
        found
            .origin_mut()
            .labels
            .insert("team".to_owned(), "pay".to_owned());
        let given: GivenSilence = serde_json::from_value(json!({
            "id": "1", "matchers": matchers, "createdBy": "kim", "comment": "works",
            "startsAt": "2026-01-05T11:00:00.000Z", "endsAt": "2026-01-05T13:00:00.000Z",
        }))
        .expect("a silence");
        let mut silences = Silences::default();
        silences.put("am", given.read().into_iter().collect());
        let reason = silences.reason(&found, NOW_MS);
        assert_eq!(reason.is_some(), silent, "{reason:?}");
        assert!(
            silences.reason(&found, NOW_MS + 3_600_000).is_none(),
            "it has ended"
        );
    }
}
