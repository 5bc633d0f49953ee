//! Why an anomaly that somebody chose would have fired: told by a full worker, which the first question starts.
//!
//! It works beside the one that replays, which keeps its samples and answers each move as before.

use leptos::prelude::*;

use super::Desk;
use crate::bridge::{Bridge, Line};
use crate::i18n::{t, tf};
use crate::json;
use crate::why::{Reason, Why};
use crate::worker::protocol::{Ask, More, Outcome};

/// What is asked, and what is said; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Asker {
    said: RwSignal<Option<Result<Reason, String>>>,
    /// Series and instant of the newest question.
    about: StoredValue<Option<(String, Option<i64>)>>,
    /// Counts the questions: only the newest is answered.
    turn: StoredValue<u32>,
    worker: StoredValue<Option<(Bridge, Line)>, LocalStorage>,
}

impl Asker {
    pub(super) fn new() -> Self {
        Self {
            said: RwSignal::new(None),
            about: StoredValue::new(None),
            turn: StoredValue::new(0),
            worker: StoredValue::new_local(None),
        }
    }

    /// Says something in place of an explanation.
    pub(super) fn tell(self, why: String) {
        self.turn.update_value(|turn| *turn += 1);
        self.said.set(Some(Err(why)));
    }

    fn worker(self) -> Result<(Bridge, Line), String> {
        if let Some(worker) = self.worker.get_value() {
            return Ok(worker);
        }
        let bridge = Bridge::start_full(|_| {})?;
        let worker = (bridge.clone(), bridge.line());
        self.worker.set_value(Some(worker.clone()));
        Ok(worker)
    }

    /// Has a sample explained.
    pub(super) fn explain(self, asked: &More) {
        let (bridge, line) = match self.worker() {
            Ok(worker) => worker,
            Err(why) => return self.tell(why),
        };
        let about = Some((asked.series.clone(), asked.at_ms));
        if self.about.with_value(|before| *before != about) {
            self.about.set_value(about);
            self.said.set(None);
        }
        self.turn.update_value(|turn| *turn += 1);
        let mine = self.turn.get_value();
        bridge.ask(line, Ask::More(json::write(asked)), move |outcome, _| {
            // Another one may have been chosen since.
            if self.turn.try_get_value() != Some(mine) {
                return;
            }
            let said = match outcome {
                Outcome::More(text) => json::read(&text).map_err(|error| error.to_string()),
                Outcome::Failed { message, .. } => Err(message),
                _ => return,
            };
            self.said.try_set(Some(said));
        });
    }
}

/// The explanation.
pub(super) fn why(desk: Desk) -> AnyView {
    let asker = desk.asker;
    on_cleanup(move || drop(asker.worker.try_update_value(Option::take)));
    let body = move || match asker.said.get() {
        Some(Ok(told)) => view! { <Why reason=told/> }.into_any(),
        Some(Err(why)) => {
            view! { <p class="muted">{tf("Not explained: {why}.", &[("why", &why)])}</p> }
                .into_any()
        }
        None => view! { <p class="muted">{t("Asking the detector…")}</p> }.into_any(),
    };
    body.into_any()
}
