//! What a request needs before anything is computed: its rule, its columns, a worker that has the detector.

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::replay::needs_from_ms;
use hindcast_shared::rule::{Rule, RuleDraft};
use hindcast_shared::time::TimeRange;

use super::data::Key;
use super::more;
use super::protocol::{Ask, Job, Outcome};
use crate::draft;

/// What a job's columns are called.
pub(super) fn key_of(rule: &Rule, job: &Job) -> Key {
    Key {
        stored: job.stored.clone(),
        source: rule.source.0.clone(),
        query: rule.query.clone(),
        step_ms: rule.step.ms(),
        zone: rule.time_zone.clone(),
        // Since when a rule goes by a calendar only the journal knows.
        detail: job.detail || !rule.calendars.is_empty(),
    }
}

/// What a job's columns must cover.
pub(super) fn needed(rule: &Rule, job: &Job) -> TimeRange {
    TimeRange {
        from_ms: needs_from_ms(rule, job.range.from_ms),
        ..job.range
    }
}

/// Whether this worker has the detectors that are asked for; a word that is none is the replay's to refuse.
pub(super) fn is_here(ask: &Ask) -> bool {
    let job = match ask {
        Ask::Replay(job) => job,
        Ask::More(_) | Ask::Table(_) => return more::is_linked(),
        Ask::Export | Ask::Stop => return true,
    };
    let saved = job.saved.as_ref().map(|saved| &saved.0);
    let kinds = std::iter::once(&job.rule).chain(saved);
    kinds
        .map(draft::named_kind)
        .all(|kind| kind.is_none_or(DetectorKind::is_linked))
}

pub(super) fn valid(draft: RuleDraft) -> Result<Rule, Outcome> {
    draft.validate().map_err(|error| Outcome::Failed {
        message: error.message,
        field: (!error.field.is_empty()).then_some(error.field),
        status: None,
    })
}
