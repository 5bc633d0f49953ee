//! When each rule runs: timetables, jitter, overlap and catch-up. Knows nothing of what a run does.
//!
//! A run has a *nominal* time, which decides everything, and a real one, which is later by the rule's jitter.
//! Runs of one rule never overlap: what comes due while one is busy is skipped, and the next run folds its samples.

mod scheduler;
mod timetable;
mod zone;

pub(crate) use self::scheduler::{Runs, Scheduler};
pub(crate) use self::timetable::Timetable;
pub(crate) use self::zone::{offsets, zone};

use hindcast_shared::error::FieldError;
use hindcast_shared::hash::digest128;
use hindcast_shared::rule::{Rule, RuleId, Ticks};
use hindcast_shared::time::{Millis, TimeRange};

/// Checks what only the server can: the cron expression and the time zones.
///
/// # Errors
/// [`FieldError`] that names `schedule.cron`, `schedule.tz` or `time_zone`.
pub(crate) fn check(rule: &Rule) -> Result<(), FieldError> {
    zone(&rule.time_zone).map_err(|message| FieldError::new("time_zone", message))?;
    Timetable::new(&rule.schedule).map(drop)
}

/// The nominal times at which a rule's samples in a range are evaluated.
///
/// # Errors
/// See [`check`].
pub(crate) fn ticks(rule: &Rule, range: TimeRange) -> Result<Ticks, FieldError> {
    Ok(Timetable::new(&rule.schedule)?.ticks(until_final(rule, range)))
}

/// A range with the time that its last samples need to become final.
pub(crate) fn until_final(rule: &Rule, range: TimeRange) -> TimeRange {
    TimeRange {
        from_ms: range.from_ms,
        to_ms: range.to_ms + rule.delay.ms(),
    }
}

/// A rule's own real delay, between nothing and `jitter`: always the same, evenly spread over rules.
fn delay_ms(rule: &RuleId, jitter: Millis) -> i64 {
    let digest = digest128(&[b"jitter", rule.as_str().as_bytes()]);
    let mut word = [0; 8];
    word.copy_from_slice(&digest[..8]);
    let share = (u64::from_be_bytes(word) >> 11) as f64 / (1_u64 << 53) as f64;
    (share * jitter.ms() as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_when_rules_differ_then_is_spread_and_below_the_jitter() {
        let jitter = Millis::from_secs(60);
        let delays: Vec<i64> = (0..200)
            .map(|n| delay_ms(&format!("rule-{n}").parse().expect("a slug"), jitter))
            .collect();
        assert!(delays.iter().all(|delay| (0..60_000).contains(delay)));
        let early = delays.iter().filter(|delay| **delay < 30_000).count();
        assert!(
            (60..140).contains(&early),
            "{early} of 200 in the first half"
        );
        assert_eq!(
            delays[0],
            delay_ms(&"rule-0".parse().expect("a slug"), jitter)
        );
    }
}
