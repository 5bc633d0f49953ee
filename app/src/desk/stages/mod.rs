//! What a stage of the pipeline let go, with its reason: the list behind a count of the column.
//!
//! The scores are told by a worker with every detector, which lives as long as the list; what fired, by the page.

mod dropped;

use hindcast_shared::chart::minute_text;
use hindcast_shared::pipeline::SuppressReason;
use hindcast_shared::rule::RuleDraft;
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

use self::dropped::{Dropped, Fired, Sample, bare, dropped, samples};
use super::Desk;
use super::exchange::inside;
use super::protocol::Seen;
use crate::bridge::{Bridge, Line};
use crate::i18n::{key, plural, t, tf};
use crate::json;
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::protocol::{Ask, Job, More, Outcome};

/// Longest list.
const MOST: usize = 100;

/// Names of the stages, as the address and the column have them.
const STAGES: [(&str, &str); 6] = [
    ("detect", key("Detect")),
    ("decide", key("Decide")),
    ("confirm", key("Confirm")),
    ("merge", key("Merge")),
    ("suppress", key("Suppress")),
    ("page", key("Page")),
];

type Scores = (Seen, [Vec<Sample>; 2]);

/// The state; copied freely.
#[derive(Clone, Copy)]
struct Teller {
    desk: Desk,
    /// The scores, those by a rule for which every side counts, and what they are the scores of.
    scores: StoredValue<Option<Scores>>,
    listed: RwSignal<Option<Result<Vec<Dropped>, String>>>,
    worker: StoredValue<Option<(Bridge, Line)>, LocalStorage>,
}

/// Whether the scores are the same.
fn same_scores(one: &Seen, other: &Seen) -> bool {
    let key = |seen: &Seen| {
        seen.shown
            .as_ref()
            .map(|shown| (shown.key.clone(), shown.range))
    };
    one.job.rule == other.job.rule && key(one) == key(other)
}

impl Teller {
    fn ask(self, seen: Seen) {
        let known = |kept: &Option<Scores>| {
            kept.as_ref()
                .is_some_and(|(about, _)| same_scores(about, &seen))
        };
        if self.scores.with_value(known) {
            return self.list(&seen);
        }
        let read = |text: String| samples(&text, js_sys::Date::parse);
        let rule = seen.job.rule.clone();
        let about = seen.clone();
        self.table(&seen, rule.clone(), move |text| {
            let (scores, kept) = (read(text), about.clone());
            let keep = move |odd: Vec<Sample>| {
                self.scores.try_set_value(Some((kept, [scores, odd])));
                // Another stage may be wanted since.
                self.list(&self.desk.seen.get_untracked());
            };
            match bare(&rule) {
                None => keep(Vec::new()),
                Some(bare) => self.table(&about, bare, move |text| keep(read(text))),
            }
        });
    }

    /// The scores of a series by a rule.
    fn table(self, seen: &Seen, rule: RuleDraft, then: impl FnOnce(String) + 'static) {
        let Some(shown) = &seen.shown else {
            return;
        };
        let (bridge, line) = match self.worker() {
            Ok(worker) => worker,
            Err(why) => return self.listed.set(Some(Err(why))),
        };
        let asked = More {
            job: Job {
                rule,
                detail: false,
                ..seen.job.clone()
            },
            series: shown.key.clone(),
            at_ms: None,
            whole: false,
            study: None,
        };
        bridge.ask(
            line,
            Ask::More(json::write(&asked)),
            move |outcome, _| match outcome {
                Outcome::More(text) => then(text),
                Outcome::Failed { message, .. } => drop(self.listed.try_set(Some(Err(message)))),
                _ => {}
            },
        );
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

    fn list(self, seen: &Seen) {
        let (stage, shown) = (seen.stage.clone(), seen.shown.clone());
        let (Some(stage), Some(shown)) = (stage, shown) else {
            return;
        };
        let draft = seen.job.rule.clone();
        self.desk.export(move |text| {
            let fired = fired(&text, &shown.key);
            let listed = self.scores.try_with_value(|kept| {
                let (_, [samples, odd]) = kept.as_ref()?;
                Some(dropped(&stage, samples, odd, &fired, &draft))
            });
            if let Some(Some(listed)) = listed {
                self.listed.try_set(Some(Ok(listed)));
            }
        });
    }
}

/// What fired of a series, out of the whole result; read by the browser, as files are.
fn fired(text: &str, series: &str) -> Vec<Fired> {
    let list = |value: JsValue| value.dyn_into::<js_sys::Array>().unwrap_or_default();
    let number = |value: &JsValue, key: &str| inside(value, &[key]).as_f64().unwrap_or(0.0) as i64;
    let page = |page: JsValue| {
        let why = js_sys::JSON::stringify(&page)
            .ok()
            .and_then(|text| text.as_string());
        let why = why.and_then(|text| json::read::<SuppressReason>(&text).ok());
        (number(&page, "at_ms"), why.as_ref().map(words::suppressed))
    };
    let one = |one: JsValue| {
        let anomaly = inside(&one, &["anomaly"]);
        let own = inside(&anomaly, &["series_key"]).as_string().as_deref() == Some(series);
        own.then(|| Fired {
            start_ms: number(&anomaly, "start_ms"),
            end_ms: number(&anomaly, "end_ms"),
            pages: list(inside(&one, &["pages"])).iter().map(page).collect(),
        })
    };
    let summary = js_sys::JSON::parse(text).unwrap_or_default();
    list(inside(&summary, &["fired"]))
        .iter()
        .filter_map(one)
        .collect()
}

/// The list.
pub(super) fn stages(desk: Desk) -> AnyView {
    let teller = Teller {
        desk,
        scores: StoredValue::new(None),
        listed: RwSignal::new(None),
        worker: StoredValue::new_local(None),
    };
    crate::lean::effect(move || {
        let seen = desk.seen.get();
        if seen.stage.is_some() {
            teller.ask(seen);
        }
    });
    on_cleanup(move || drop(teller.worker.try_update_value(Option::take)));
    let title = move || {
        let stage = desk
            .seen
            .with(|seen| seen.stage.clone())
            .unwrap_or_default();
        let name = STAGES.iter().find(|(name, _)| *name == stage);
        tf(
            "Let go by “{stage}”",
            &[("stage", name.map_or("", |(_, word)| t(word)))],
        )
    };
    let said = move || match teller.listed.get() {
        None => t("Asking the detector…").to_owned(),
        Some(Err(why)) => why,
        Some(Ok(listed)) if listed.is_empty() => t("Nothing was let go here.").to_owned(),
        Some(Ok(listed)) => {
            let samples = listed.iter().map(|one| u64::from(one.samples)).sum();
            let places = plural(listed.len() as u64, "{n} stretch", "{n} stretches");
            let series = desk.seen.with(|seen| {
                let name = seen.shown.as_ref().map_or("", |shown| shown.name.as_str());
                words::short_series(name).to_owned()
            });
            match samples {
                0 => format!("{series}: {places}"),
                _ => format!(
                    "{series}: {places}, {}",
                    plural(samples, "{n} sample", "{n} samples")
                ),
            }
        }
    };
    let counted = move || {
        let listed = teller.listed.get()?.ok()?;
        Some(listed.iter().map(|one| one.samples).sum::<u32>())
    };
    let rows = move || {
        let Some(Ok(listed)) = teller.listed.get() else {
            return ().into_any();
        };
        let zone = desk.seen.with(|seen| seen.job.offsets.clone());
        let step_ms = desk.seen.with(|seen| seen.job.rule.step.ms());
        let row = |one: Dropped| {
            let length = match one.samples {
                0 => String::new(),
                _ => words::length(one.to_ms - one.from_ms + step_ms),
            };
            view! { <tr><th scope="row">{minute_text(one.from_ms, &zone)}</th><td class="number">{length}</td><td>{one.why}</td></tr> }
        };
        listed.into_iter().rev().take(MOST).map(row).collect_any()
    };
    view! {
        <div class="section-head">
            <h2 id="dropped-title">{title}</h2>
            <p class="muted" role="status" id="dropped-said" data-samples=counted>{said}</p>
        </div>
        <div class="scroll" tabindex="0" role="group" aria-labelledby="dropped-title">
            <table class="dropped-rows"><tbody>{rows}</tbody></table>
        </div>
    }
    .into_any()
}
