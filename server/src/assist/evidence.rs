//! What is known of a draft over a range, and what a model is told of it, one fact a line. Names and labels come from
//! outside and may say anything; whatever they make a model say is checked afterwards.

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::pipeline::PageVerdict;
use hindcast_shared::profile::Advice;
use hindcast_shared::rule::{Rule, RuleDraft};
use hindcast_shared::study::{Answer, Incidents};
use hindcast_shared::time::{DAY_MS, HOUR_MS};
use jiff::Timestamp;

use crate::config::rule_yaml;
use crate::error::ApiResult;
use crate::study::{OfSeries, Stage};

/// Incidents that are told one by one.
const MOST_INCIDENTS: usize = 20;

/// What is known.
pub(super) struct Known {
    lines: Vec<String>,
    /// The setting that the search found, or what comes nearest.
    pub(super) found: Option<RuleDraft>,
    /// Detectors that fit the first series.
    pub(super) advice: Vec<Advice>,
}

impl Known {
    /// Replays and profiles. Takes seconds: not for a thread that answers requests.
    pub(super) fn of(stage: &Stage, incidents: &Incidents, found: Option<Answer>) -> Self {
        let mut lines = replayed(stage, incidents);
        lines.extend(parameters(&stage.rule));
        let mut advice = Vec::new();
        if let Some(series) = stage.data.series.values().next() {
            let of = OfSeries::of(series, stage.range());
            lines.extend(of.said.iter().map(|said| format!("The series: {said}")));
            advice = of.advice;
        }
        let found = found.and_then(|found| {
            let (rule, after) = (found.rule?, found.after?);
            lines.push(format!(
                "A search found this setting: detector {}, threshold {:?}, for {}: {:.1} pages a week, {} of {} incidents \
                 found.",
                rule.detector, rule.decision.threshold, rule.confirm, after.pages_per_week, after.found,
                after.incidents
            ));
            Some(rule)
        });
        Self {
            lines,
            found,
            advice,
        }
    }

    /// What a model is told, with the draft first.
    pub(super) fn facts(&self, draft: &RuleDraft) -> ApiResult<Vec<String>> {
        let yaml = rule_yaml(draft).map_err(anyhow::Error::from)?;
        let mut facts = vec![format!("The rule as YAML:\n{yaml}")];
        facts.extend(self.lines.iter().cloned());
        Ok(facts)
    }
}

/// What the draft would have done, and when.
fn replayed(stage: &Stage, incidents: &Incidents) -> Vec<String> {
    let summary = stage.replay().summary;
    let mut lines = vec![format!(
        "A replay from {} to {}: {} samples, {} over the threshold, {} confirmed, {} anomalies, {} pages, {:.1} pages a \
         week.",
        utc(summary.range.from_ms),
        utc(summary.range.to_ms),
        summary.samples,
        summary.over_threshold,
        summary.confirmed,
        summary.fired.len(),
        summary.pages_sent,
        summary.pages_per_week,
    )];
    let mut hours = [0_u32; 24];
    let pages = summary.fired.iter().flat_map(|fired| &fired.pages);
    for page in pages.filter(|page| page.verdict == PageVerdict::Sent) {
        let hour = page.at_ms.rem_euclid(DAY_MS) / HOUR_MS;
        if let Some(count) = usize::try_from(hour)
            .ok()
            .and_then(|hour| hours.get_mut(hour))
        {
            *count += 1;
        }
    }
    let by_hour: Vec<String> = (0..)
        .zip(hours)
        .filter(|(_, count)| *count > 0)
        .map(|(hour, count)| format!("{hour:02}:00 {count}"))
        .collect();
    if !by_hour.is_empty() {
        lines.push(format!(
            "Pages by hour of the day in UTC: {}.",
            by_hour.join(", ")
        ));
    }
    for (key, spans) in incidents {
        for span in spans {
            let found = summary.fired.iter().any(|fired| {
                let one = &fired.anomaly;
                one.series_key == *key && one.start_ms < span.end && one.end_ms >= span.start
            });
            let word = if found { "found" } else { "missed" };
            lines.push(format!(
                "An incident from {} to {} is {word}.",
                utc(span.start),
                utc(span.end)
            ));
        }
    }
    lines.truncate(2 + MOST_INCIDENTS);
    lines
}

/// The ranges of what the rule's detector takes.
fn parameters(rule: &Rule) -> Vec<String> {
    let kind: DetectorKind = rule.detector.kind();
    let told = kind.params().iter().map(|param| {
        format!(
            "detector.{} is from {} to {}, {} by default: {}",
            param.name, param.min, param.max, param.default, param.help
        )
    });
    told.collect()
}

fn utc(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    at.strftime("%A %Y-%m-%d %H:%M UTC").to_string()
}
