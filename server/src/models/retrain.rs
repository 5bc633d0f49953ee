//! Whether a model is due to be trained anew, by its plan. Pure; what it needs to know is brought to it.

use hindcast_shared::api::{JobCause, JobRecord, JobState, ModelCheck, ModelRecord, ModelSpec};
use hindcast_shared::error::FieldError;
use hindcast_shared::rule::Schedule;
use hindcast_shared::time::{HOUR_MS, Millis};

use crate::schedule::Timetable;

/// How long after a training that failed it is not tried again by itself.
const PAUSE_MS: i64 = HOUR_MS;

/// Checks what only the server can of a plan: its cron expression and the zone of it.
///
/// # Errors
/// [`FieldError`] that names `retrain.cron` or `time_zone`.
pub(super) fn check(spec: &ModelSpec) -> Result<(), FieldError> {
    timetable(spec).map(drop)
}

fn timetable(spec: &ModelSpec) -> Result<Option<Timetable>, FieldError> {
    let Some(cron) = spec.retrain.cron.clone() else {
        return Ok(None);
    };
    let schedule = Schedule::Cron {
        cron,
        tz: spec.time_zone.clone(),
        jitter: Millis::new(0),
        catch_up: Millis::new(0),
    };
    let named = |error: FieldError| {
        let field = if error.field == "schedule.tz" {
            "time_zone"
        } else {
            "retrain.cron"
        };
        FieldError::new(field, error.message)
    };
    Timetable::new(&schedule).map(Some).map_err(named)
}

/// The newest training of a model that counts, and none while one is under way or has just failed.
///
/// A version that stayed a candidate was a training too, and a job that somebody cancelled is not begun again at once.
pub(super) fn newest_training_ms(
    model: &ModelRecord,
    job: Option<&JobRecord>,
    now_ms: i64,
) -> Option<i64> {
    let trained = model.versions.iter().map(|version| version.trained_at_ms);
    let newest_ms = trained.max()?;
    let Some(job) = job else {
        return Some(newest_ms);
    };
    let ended_ms = job.ended_at_ms.unwrap_or(now_ms);
    match job.state {
        JobState::Waiting | JobState::Running => None,
        JobState::Failed => (now_ms - ended_ms >= PAUSE_MS).then_some(newest_ms),
        JobState::Done | JobState::Cancelled => Some(newest_ms.max(ended_ms)),
    }
}

/// Why a model that was last trained then is to be trained anew now, with a look at it since then; new samples are
/// counted by whoever asks, because that takes a fetch.
pub(super) fn cause(
    spec: &ModelSpec,
    trained_ms: i64,
    check: Option<&ModelCheck>,
    now_ms: i64,
) -> Option<JobCause> {
    let plan = &spec.retrain;
    let table = timetable(spec).ok().flatten();
    let came_due = table.and_then(|table| table.last_until(now_ms));
    if came_due.is_some_and(|due_ms| due_ms > trained_ms) {
        return Some(JobCause::Cron);
    }
    let is_old = |age: Millis| now_ms - trained_ms >= age.ms();
    if plan.max_age.is_some_and(is_old) {
        return Some(JobCause::Age);
    }
    let has_drifted = check.is_some_and(|check| {
        let columns = plan.column_drift.is_some() && !check.column_drift.is_empty();
        columns || plan.drift.is_some() && check.drift.is_some()
    });
    has_drifted.then_some(JobCause::Drift)
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{ColumnDrift, DriftTest, ModelDrift, RetrainPlan};
    use hindcast_shared::time::{DAY_MS, TimeRange};

    use super::*;
    use crate::models::figures::figures;
    use crate::models::testing::spec;

    fn planned(plan: RetrainPlan) -> ModelSpec {
        let mut spec = spec(hindcast_shared::api::ModelKind::Pca);
        spec.retrain = plan;
        spec
    }

    const DRIFT: ModelDrift = ModelDrift {
        test: DriftTest::Adwin,
        at_ms: 5,
        before: 0.4,
        after: 0.8,
    };

    /// A look that found the scores, or a column, to have drifted.
    fn look(scores: bool, column: bool) -> ModelCheck {
        let range = TimeRange {
            from_ms: 0,
            to_ms: 1,
        };
        let of_column = ColumnDrift {
            column: "value".to_owned(),
            drift: DRIFT,
        };
        ModelCheck {
            version: 1,
            at_ms: 1,
            figures: figures(&[], range, 0),
            auto: None,
            finds_less_than_auto: false,
            drift: scores.then_some(DRIFT),
            column_drift: column.then_some(of_column).into_iter().collect(),
        }
    }

    #[test]
    fn cause_when_nothing_is_planned_then_is_none_whatever_happens() {
        let spec = planned(RetrainPlan::default());
        assert_eq!(
            cause(&spec, 0, Some(&look(true, true)), 1_000 * DAY_MS),
            None
        );
    }

    #[test]
    fn cause_when_the_plan_comes_due_then_names_it_and_not_before() {
        let cron = planned(RetrainPlan {
            cron: Some("0 3 * * *".to_owned()),
            ..RetrainPlan::default()
        });
        let three = 10 * DAY_MS + 3 * HOUR_MS;
        assert_eq!(cause(&cron, three - HOUR_MS, None, three - 1), None);
        let due = cause(&cron, three - HOUR_MS, None, three + HOUR_MS);
        assert_eq!(due, Some(JobCause::Cron), "also when it was missed");
        assert_eq!(cause(&cron, three + 1, None, three + HOUR_MS), None);

        let age = planned(RetrainPlan {
            max_age: Some(Millis::new(DAY_MS)),
            ..RetrainPlan::default()
        });
        assert_eq!(cause(&age, 0, Some(&look(true, true)), DAY_MS - 1), None);
        assert_eq!(cause(&age, 0, None, DAY_MS), Some(JobCause::Age));

        let drift = planned(RetrainPlan {
            drift: Some(DriftTest::Adwin),
            ..RetrainPlan::default()
        });
        let columns = planned(RetrainPlan {
            column_drift: Some(DriftTest::Ddm),
            ..RetrainPlan::default()
        });
        for (plan, scores, column) in [(&drift, true, false), (&columns, false, true)] {
            let seen = |check: &ModelCheck| cause(plan, 0, Some(check), 1);
            assert_eq!(cause(plan, 0, None, DAY_MS), None);
            assert_eq!(seen(&look(scores, column)), Some(JobCause::Drift));
            assert_eq!(
                seen(&look(!scores, !column)),
                None,
                "the other was not asked for"
            );
        }
    }

    #[test]
    fn plan_when_the_cron_expression_or_zone_is_wrong_then_is_refused_by_name() {
        let mut spec = planned(RetrainPlan {
            cron: Some("at dawn".to_owned()),
            ..RetrainPlan::default()
        });
        assert_eq!(check(&spec).expect_err("no cron").field, "retrain.cron");
        spec.retrain.cron = Some("0 3 * * *".to_owned());
        check(&spec).expect("good");
        spec.time_zone = "Nowhere/Else".to_owned();
        assert_eq!(check(&spec).expect_err("no zone").field, "time_zone");
    }
}
