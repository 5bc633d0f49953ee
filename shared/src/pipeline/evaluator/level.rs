//! The new normal: levels that somebody accepted, from which on a series is learned.
//!
//! A level counts from the first fit boundary after the command, so that a fold that was stopped and begun again
//! learns what an uninterrupted one has learned. Until then what was accepted is held, as after any hand that closes.

use serde::{Deserialize, Serialize};

use super::Evaluator;
use crate::anomaly::AnomalyId;
use crate::pipeline::transition::{Action, Command};
use crate::series::SeriesKey;

/// A level that somebody accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Level {
    /// The anomaly that it began as.
    anomaly_id: AnomalyId,
    /// Nothing before it is learned.
    since_ms: i64,
    /// Newest instant that was evaluated when it was accepted.
    known_ms: i64,
    /// The same of when it was taken back.
    undone_ms: Option<i64>,
}

impl Level {
    fn counts_at(&self, boundary_ms: i64) -> bool {
        let undone = self
            .undone_ms
            .is_some_and(|undone_ms| undone_ms < boundary_ms);
        self.known_ms < boundary_ms && !undone
    }
}

impl Evaluator {
    /// Takes in what people have accepted before the fold begins; other actions are let go.
    pub fn know(&mut self, commands: &[Command]) {
        for command in commands {
            self.accept(command);
        }
    }

    pub(super) fn accept(&mut self, command: &Command) {
        match (command.action, command.level, command.until_ms) {
            (Action::Accept, Some(accepted), None) => {
                let level = Level {
                    anomaly_id: command.anomaly_id,
                    since_ms: accepted.since_ms,
                    known_ms: command.watermark_ms,
                    undone_ms: None,
                };
                let levels = self.levels.get_or_default(accepted.series_key);
                let same = |one: &Level| {
                    (one.anomaly_id, one.known_ms) == (level.anomaly_id, level.known_ms)
                };
                if !levels.iter().any(same) {
                    levels.push(level);
                }
            }
            (Action::Undo | Action::KeepAlarming, ..) => {
                for level in self.levels.values_mut().flatten() {
                    if level.anomaly_id == command.anomaly_id
                        && level.known_ms <= command.watermark_ms
                    {
                        level.undone_ms.get_or_insert(command.watermark_ms);
                    }
                }
            }
            _ => {}
        }
    }

    /// From where on a series is learned at a boundary; from its beginning, where nobody accepted anything.
    pub(super) fn learns_from_ms(&self, key: SeriesKey, boundary_ms: i64) -> i64 {
        let levels = self.levels.get(&key).map_or(&[][..], Vec::as_slice);
        let counting = levels.iter().filter(|level| level.counts_at(boundary_ms));
        counting
            .map(|level| level.since_ms)
            .max()
            .unwrap_or(i64::MIN)
    }

    /// Forgets levels that lie before everything that can still be learned.
    pub(super) fn forget_levels(&mut self, boundary_ms: i64) {
        let oldest_ms = boundary_ms - self.rule.window.ms();
        self.levels.retain(|_, levels| {
            levels.retain(|level| level.since_ms > oldest_ms);
            !levels.is_empty()
        });
    }
}
