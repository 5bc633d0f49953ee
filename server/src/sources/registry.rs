//! The configured sources by name: who may be asked, how each one is, and how many questions it gets at once.
//!
//! One source's slowness delays no other: each has its own limit, and waiting for it holds nothing else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use hindcast_shared::api::{SourceKind, SourceRecord, SourceState};
use hindcast_shared::series::{Series, SourceName, grid_len};
use hindcast_shared::time::{Clock, Millis, TimeRange, ceil_to};
use tokio::sync::Semaphore;

use super::{Source, SourceError};

/// Series that one rule or chart may have.
pub(crate) const SERIES_LIMIT: usize = 1_000;

/// Points a series that one question may ask for.
pub(crate) const POINTS_LIMIT: i64 = 2_000_000;

/// Questions that one source is asked at once.
const QUESTIONS_AT_ONCE: usize = 8;

/// How long a list of suggestions is good for.
const SUGGESTIONS_FOR_MS: i64 = 5 * 60_000;

/// How long a list of sources waits for one of them to make suggestions.
const SUGGESTIONS_WITHIN: Duration = Duration::from_secs(2);

/// The configured sources.
pub(crate) struct Sources {
    entries: BTreeMap<SourceName, Entry>,
    clock: Arc<dyn Clock>,
}

struct Entry {
    source: Arc<dyn Source>,
    questions: Semaphore,
    health: Mutex<Health>,
    suggestions: Mutex<Option<(i64, Vec<String>)>>,
}

struct Health {
    state: SourceState,
    last_ok_ms: Option<i64>,
}

impl std::fmt::Debug for Sources {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.entries.keys()).finish()
    }
}

impl Sources {
    /// The sources by their names; nobody has been asked yet.
    pub(crate) fn new(
        sources: impl IntoIterator<Item = (SourceName, Arc<dyn Source>)>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let entry = |source| Entry {
            source,
            questions: Semaphore::new(QUESTIONS_AT_ONCE),
            health: Mutex::new(Health {
                state: SourceState::Unknown,
                last_ok_ms: None,
            }),
            suggestions: Mutex::new(None),
        };
        let entries = sources
            .into_iter()
            .map(|(name, source)| (name, entry(source)))
            .collect();
        Self { entries, clock }
    }

    /// The kind of a source, if there is one of this name.
    pub(crate) fn kind(&self, name: &SourceName) -> Option<SourceKind> {
        self.entries.get(name).map(|entry| entry.source.kind())
    }

    /// Whether there is a source of this name.
    ///
    /// # Errors
    /// [`SourceError::UnknownSource`], which names those that are there.
    pub(crate) fn check(&self, name: &SourceName) -> Result<(), SourceError> {
        self.entry(name).map(|_| ())
    }

    /// The names of the sources of a kind.
    pub(crate) fn names_of(&self, kind: SourceKind) -> Vec<SourceName> {
        self.entries
            .iter()
            .filter(|(_, entry)| entry.source.kind() == kind)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Asks a source, and remembers how it is.
    ///
    /// # Errors
    /// Whatever the source says, or that the answer would be too large.
    pub(crate) async fn fetch(
        &self,
        name: &SourceName,
        query: &str,
        range: TimeRange,
        step: Millis,
    ) -> Result<Vec<Series>, SourceError> {
        let entry = self.entry(name)?;
        let points = grid_len(ceil_to(range.from_ms, step.ms()), range.to_ms, step.ms()) as i64;
        if points > POINTS_LIMIT {
            return Err(SourceError::TooManyPoints {
                found: points,
                limit: POINTS_LIMIT,
            });
        }
        // The semaphore is never closed.
        let _turn = entry.questions.acquire().await;
        let outcome = entry.source.fetch(query, range, step).await;
        let outcome = outcome.and_then(|series| match series.len() {
            found if found > SERIES_LIMIT => Err(SourceError::TooManySeries {
                found,
                limit: SERIES_LIMIT,
            }),
            _ => Ok(series),
        });
        entry.note(name, self.clock.now_ms(), outcome.as_ref().err());
        outcome
    }

    /// Why a source would refuse a query, in its own words; none when it takes it, or is not there to be asked.
    pub(crate) async fn refusal(&self, name: &SourceName, query: &str) -> Option<String> {
        let step = Millis::from_secs(60);
        let to_ms = self.clock.now_ms();
        let range = TimeRange {
            from_ms: to_ms - step.ms(),
            to_ms,
        };
        let answer = self.fetch(name, query, range, step);
        let answer = tokio::time::timeout(SUGGESTIONS_WITHIN, answer).await;
        let error = answer.ok()?.err()?;
        error.is_invalid_query().then(|| error.to_string())
    }

    /// What is allowed in a query but probably not meant.
    pub(crate) async fn warnings(&self, name: &SourceName, query: &str) -> Vec<String> {
        match self.entry(name) {
            Ok(entry) => entry.source.warnings(query).await,
            Err(_) => Vec::new(),
        }
    }

    /// Asks every source that has not been asked yet for a sign of life.
    pub(crate) async fn probe_unknown(&self) {
        let unknown = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.health().state == SourceState::Unknown);
        join_all(unknown.map(|(name, entry)| async move {
            let outcome = entry.source.probe().await;
            entry.note(name, self.clock.now_ms(), outcome.as_ref().err());
        }))
        .await;
    }

    /// How a source is.
    #[cfg(test)]
    pub(crate) fn state(&self, name: &SourceName) -> Option<SourceState> {
        self.entries
            .get(name)
            .map(|entry| entry.health().state.clone())
    }

    /// Every source with its state, by name; no suggestions, nobody is asked.
    pub(crate) fn states(&self) -> Vec<(SourceName, SourceKind, SourceState)> {
        self.entries
            .iter()
            .map(|(name, entry)| {
                (
                    name.clone(),
                    entry.source.kind(),
                    entry.health().state.clone(),
                )
            })
            .collect()
    }

    /// Every source for the wire.
    pub(crate) async fn records(&self) -> Vec<SourceRecord> {
        self.probe_unknown().await;
        let now_ms = self.clock.now_ms();
        join_all(self.entries.iter().map(|(name, entry)| async move {
            let suggestions = entry.suggestions(now_ms).await;
            let health = entry.health();
            SourceRecord {
                name: name.to_string(),
                kind: entry.source.kind(),
                state: health.state.clone(),
                last_ok_ms: health.last_ok_ms,
                suggestions,
            }
        }))
        .await
    }

    fn entry(&self, name: &SourceName) -> Result<&Entry, SourceError> {
        self.entries
            .get(name)
            .ok_or_else(|| SourceError::UnknownSource {
                name: name.clone(),
                known: self
                    .entries
                    .keys()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }
}

impl Entry {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers an answer. A refused question says nothing against the source.
    fn note(&self, name: &SourceName, now_ms: i64, error: Option<&SourceError>) {
        let mut health = self.health();
        let error = error.filter(|error| error.means_down());
        health.state = match (error, &health.state) {
            (None, SourceState::Up { since_ms }) => SourceState::Up {
                since_ms: *since_ms,
            },
            (None, before) => {
                if matches!(before, SourceState::Down { .. }) {
                    tracing::info!(source = %name, "the source answers again");
                }
                SourceState::Up { since_ms: now_ms }
            }
            (Some(error), SourceState::Down { since_ms, .. }) => SourceState::Down {
                since_ms: *since_ms,
                why: error.to_string(),
            },
            (Some(error), _) => {
                tracing::warn!(source = %name, %error, "the source is down");
                SourceState::Down {
                    since_ms: now_ms,
                    why: error.to_string(),
                }
            }
        };
        if error.is_none() {
            health.last_ok_ms = Some(now_ms);
        }
    }

    async fn suggestions(&self, now_ms: i64) -> Vec<String> {
        let held = || {
            self.suggestions
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        let known = held().clone();
        let down = matches!(self.health().state, SourceState::Down { .. });
        match known {
            Some((at_ms, names))
                if down || now_ms - at_ms < SUGGESTIONS_FOR_MS && !names.is_empty() =>
            {
                names
            }
            known if down => known.map_or_else(Vec::new, |(_, names)| names),
            known => {
                match tokio::time::timeout(SUGGESTIONS_WITHIN, self.source.suggestions()).await {
                    Ok(names) => {
                        *held() = Some((now_ms, names.clone()));
                        names
                    }
                    Err(_) => known.map_or_else(Vec::new, |(_, names)| names),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
