//! Words by a language model of one's own, beside an anomaly. Off unless configured.
//!
//! It follows the journal, as whoever tells people does, and nobody waits for it: it decides nothing, delays nothing,
//! asks one thing at a time, and drops the oldest when there is too much. What it gets back is checked against the
//! evidence (`check`) and kept only if all of it holds; otherwise the catalogues' words stand alone, and `/metrics`
//! counts why.

mod check;
mod evidence;
mod ollama;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub(crate) use self::check::{fit, numbers};
pub(crate) use self::ollama::{Model, Question, Silence, language};

use std::collections::VecDeque;
use std::time::Duration;

use hindcast_shared::anomaly::{Anomaly, AnomalyId};
use hindcast_shared::api::MachineWords;
use hindcast_shared::message::Lang;
use hindcast_shared::pipeline::TransitionKind;
use hindcast_shared::time::DAY_MS;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use tokio_util::sync::CancellationToken;

use crate::config::Ollama;
use crate::journal::EntryKind;
use crate::metrics::OutcomeLabels;
use crate::store::{AnomalyFilter, Store, StoreResult};

/// Entries of the journal that are read at a time.
const BATCH: u32 = 200;

/// How long to wait after the store has failed.
const RETRY: Duration = Duration::from_secs(1);

/// How far back other anomalies of a series are counted, and how many at most.
const EARLIER_MS: i64 = 30 * DAY_MS;
const MOST_EARLIER: u32 = 100;

/// How often what was written or dropped, by what became of it.
pub(crate) type Outcomes = Family<OutcomeLabels, Counter>;

/// Writes about what is found.
#[derive(Debug)]
pub(crate) struct Writer {
    store: Store,
    model: Model,
    name: String,
    lang: Lang,
    most: usize,
    outcomes: Outcomes,
    /// What waits, oldest first.
    waiting: VecDeque<AnomalyId>,
    cursor: i64,
}

impl Writer {
    /// One that writes about what happens from now on.
    pub(crate) fn open(config: &Ollama, store: Store, outcomes: Outcomes) -> anyhow::Result<Self> {
        Ok(Self {
            cursor: store.head(),
            model: Model::open(config.clone())?,
            name: config.model.clone(),
            lang: config.lang.parse().unwrap_or_default(),
            most: config.queue as usize,
            waiting: VecDeque::new(),
            store,
            outcomes,
        })
    }

    /// Writes until the token is cancelled.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let mut head = self.store.watch_head();
        loop {
            head.borrow_and_update();
            if let Err(error) = self.gather().await {
                tracing::warn!(%error, "the journal cannot be read for the language model");
                tokio::time::sleep(RETRY).await;
            }
            let Some(id) = self.waiting.pop_front() else {
                tokio::select! {
                    () = stop.cancelled() => return,
                    changed = head.changed() => if changed.is_err() { return },
                }
                continue;
            };
            let outcome = tokio::select! {
                () = stop.cancelled() => return,
                outcome = self.write(id) => outcome,
            };
            match outcome {
                Ok(what) => self.count(what),
                Err(error) => tracing::warn!(%error, "the language model's words cannot be kept"),
            }
        }
    }

    fn count(&self, what: &str) {
        let labels = OutcomeLabels {
            outcome: what.to_owned(),
        };
        self.outcomes.get_or_create(&labels).inc();
    }

    /// Takes in what has begun or got worse.
    async fn gather(&mut self) -> StoreResult<()> {
        loop {
            let entries = self.store.journal().after(self.cursor, BATCH).await?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            self.cursor = last.seq;
            for entry in &entries {
                let begins = matches!(
                    entry.draft.kind,
                    EntryKind::Transition(TransitionKind::Opened | TransitionKind::Escalated)
                );
                if let (true, Some(id)) = (begins, entry.draft.anomaly_id) {
                    self.take(id);
                }
            }
        }
    }

    fn take(&mut self, id: AnomalyId) {
        if self.waiting.contains(&id) {
            return;
        }
        self.waiting.push_back(id);
        while self.waiting.len() > self.most {
            self.waiting.pop_front();
            self.count("crowded_out");
        }
    }

    /// Writes about one; answers what became of it.
    async fn write(&self, id: AnomalyId) -> StoreResult<&'static str> {
        let Some(stored) = self.store.anomalies().get(id).await? else {
            return Ok("gone");
        };
        let anomaly = stored.anomaly;
        let earlier = self.earlier(&anomaly).await?;
        let evidence = evidence::evidence(&anomaly, earlier, self.lang);
        let answer = match self.model.ask(&evidence, self.lang).await {
            Ok(answer) => answer,
            Err(silence) => return Ok(silence.as_str()),
        };
        let sentences = match check::checked(&answer, &evidence) {
            Ok(sentences) => sentences,
            Err(flaw) => return Ok(flaw.as_str()),
        };
        let words = MachineWords {
            model: self.name.clone(),
            lang: self.lang.tag().to_owned(),
            at_ms: anomaly.detected_at_ms,
            sentences,
            evidence,
        };
        self.store.keep_machine_words(id, &words).await?;
        Ok("written")
    }

    async fn earlier(&self, anomaly: &Anomaly) -> StoreResult<u32> {
        let filter = AnomalyFilter {
            from_ms: anomaly.start_ms - EARLIER_MS,
            to_ms: anomaly.start_ms,
            statuses: Vec::new(),
            severities: Vec::new(),
            rule: Some(anomaly.rule_id.clone()),
            source: None,
            series: Some(anomaly.series.clone()),
            min_score: None,
            limit: MOST_EARLIER,
            after: None,
        };
        let (found, _) = self.store.anomalies().list(&filter).await?;
        let others = found.iter().filter(|other| other.id != anomaly.id).count();
        Ok(u32::try_from(others).unwrap_or(u32::MAX))
    }
}
