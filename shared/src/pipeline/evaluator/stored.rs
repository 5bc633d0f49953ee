//! The memory of anomalies as bytes: small, stored with every tick, and only a cache.
//!
//! Detectors are not in it: they are rebuilt from the samples of their fit epoch.

use std::sync::Arc;

use super::Evaluator;
use super::level::Level;
use super::series::SeriesState;
use crate::map::Map;
use crate::pipeline::dataset::Dataset;
use crate::pipeline::life::Life;
use crate::rule::{Rule, Ticks};
use crate::series::SeriesKey;

/// First byte of a stored pipeline state; another one means "rebuild".
const STATE_VERSION: u8 = 4;

impl Evaluator {
    /// Folds up to and including `until_ms`, from the boundary before which nothing matters; tells nobody.
    pub fn warm_up(&mut self, data: &Dataset, until_ms: i64, ticks: &Ticks) {
        self.begin_at(self.rule.fold_from_ms(until_ms), data);
        let _told_nobody = self.advance(data, until_ms, ticks, &mut ());
    }

    /// Goes on from a stored state: detectors from the samples, the memory of anomalies from its bytes.
    ///
    /// Bytes of another version are ignored; the fold's own memory, which begins at the boundary, stands then.
    pub fn restore(
        rule: Arc<Rule>,
        version: u32,
        data: &Dataset,
        watermark_ms: i64,
        pipeline_state: &[u8],
        ticks: &Ticks,
    ) -> Self {
        let mut evaluator = Self::new(rule, version);
        let stored = decode(pipeline_state);
        let (lives, levels) =
            stored.map_or((None, None), |stored| (Some(stored.0), Some(stored.1)));
        // What was accepted says what the detectors have learned.
        evaluator.levels = levels.unwrap_or_default();
        evaluator.warm_up(data, watermark_ms, ticks);
        let Some(lives) = lives else {
            return evaluator;
        };
        // The fold's own memory begins at a boundary and may know of a series that is gone since.
        evaluator.series.retain(|key, _| lives.contains_key(key));
        for (key, (text, life)) in lives {
            let rule = &evaluator.rule;
            let gap = life
                .last_value_ms
                .map_or(0, |last_ms| (watermark_ms - last_ms) / rule.step.ms());
            let state = evaluator
                .series
                .get_or_insert_with(key, || SeriesState::new(rule, text));
            state.life = life;
            state.gap = usize::try_from(gap).unwrap_or(0);
        }
        evaluator
    }

    /// The memory of anomalies as bytes, for [`Evaluator::restore`].
    pub fn pipeline_state(&self) -> Vec<u8> {
        let lives: Map<_, _> = self
            .series
            .iter()
            .map(|(key, state)| (key, (&state.text, &state.life)))
            .collect();
        let mut bytes = vec![STATE_VERSION];
        bytes.extend(postcard::to_allocvec(&(lives, &self.levels)).unwrap_or_default());
        bytes
    }
}

type Lives = Map<SeriesKey, (String, Life)>;

fn decode(bytes: &[u8]) -> Option<(Lives, Map<SeriesKey, Vec<Level>>)> {
    let (version, rest) = bytes.split_first()?;
    (*version == STATE_VERSION)
        .then(|| postcard::from_bytes(rest).ok())
        .flatten()
}
