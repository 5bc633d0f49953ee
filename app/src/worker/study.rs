//! What is worked out about a rule or a series, on request: a program of its own does it, so that others stay small.
//!
//! It takes its time and says how far it has come. Whoever wants it to stop ends the worker.

use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::pin::Pin;

use hindcast_shared::api::{LabelDraft, LabelKind};
use hindcast_shared::evaluate::joined;
use hindcast_shared::profile::{advice, characteristics, sentences};
use hindcast_shared::rule::Rule;
use hindcast_shared::series::SeriesKey;
use hindcast_shared::study::{Answer, Budget, Cannot, Incidents, Patience, Scene, Search, Walk};

use super::data::{Kept, Shelf};
use super::jobs::{key_of, needed, valid};
use super::protocol::{More, Outcome};
use super::run::past_of;
use super::studies::{Profiled, Study};
use crate::i18n::t;
use crate::json;

/// How long a search or a walk may take, in milliseconds.
const PATIENCE_MS: f64 = 9_000.0;
/// How often it is told how far it has come.
const TELL_EVERY_MS: f64 = 100.0;

type Studied<'a> = Pin<Box<dyn Future<Output = Result<String, Outcome>> + 'a>>;
type Do = for<'a> fn(&'a mut Shelf, &'a More, &'a dyn Fn(f64)) -> Studied<'a>;

thread_local! {
    static DO: Cell<Option<Do>> = const { Cell::new(None) };
}

/// Makes it part of this program.
pub(super) fn link() {
    DO.set(Some(|shelf, asked, progress| {
        Box::pin(studied(shelf, asked, progress))
    }));
}

/// Does it, where it is linked.
pub(super) async fn answer(
    shelf: &mut Shelf,
    asked: &More,
    progress: &dyn Fn(f64),
) -> Result<String, Outcome> {
    match DO.get() {
        Some(it) => it(shelf, asked, progress).await,
        None => Err(Outcome::failed(t("this worker cannot do that").to_owned())),
    }
}

/// Answers a study as JSON.
async fn studied(
    shelf: &mut Shelf,
    asked: &More,
    progress: &dyn Fn(f64),
) -> Result<String, Outcome> {
    let job = &asked.job;
    let rule = valid(job.rule.clone())?;
    let needs = needed(&rule, job);
    let kept = shelf.get(key_of(&rule, job), needs, job).await?;
    let incidents = incidents_of(kept, job.labels.as_deref().unwrap_or(&[]));
    let never_miss = match &asked.study {
        Some(Study::Budget(wish)) => wish.never_miss.as_deref(),
        _ => None,
    };
    let required = never_miss.map(|labels| incidents_of(kept, labels));
    let (ticks, people) = past_of(&rule, kept);
    let pace = Pace::new(progress);
    let scene = Scene {
        data: &kept.data,
        range: job.range,
        ticks: &ticks,
        people,
        incidents: &incidents,
        required: required.as_ref(),
        normal: None,
        patience: &pace,
    };
    match &asked.study {
        Some(Study::Frontier(most)) => walked(scene, &rule, *most, &pace).map_err(refused),
        Some(Study::Budget(wish)) => searched(scene, &rule, wish.pages, &pace).map_err(refused),
        _ => {
            let key = asked.series.parse::<SeriesKey>().ok();
            let series = key
                .and_then(|key| kept.data.series.get(&key))
                .ok_or_else(|| {
                    Outcome::failed(t("the source does not have this series").to_owned())
                })?;
            let found = characteristics(series, needs);
            Ok(json::write(&Profiled {
                name: series.labels.to_string(),
                said: sentences(&found),
                advice: advice(&found),
            }))
        }
    }
}

fn refused(cannot: Cannot) -> Outcome {
    let why = match cannot {
        Cannot::Compares => t(
            "This detector compares series with each other; only one that judges each alone can be studied.",
        ),
        Cannot::NoTime => {
            t("There was no time for it; choose a shorter range or a plainer detector.")
        }
        Cannot::TooMuch => t("There are too many samples; choose a shorter range or fewer series."),
    };
    Outcome::failed(why.to_owned())
}

fn walked(scene: Scene<'_>, rule: &Rule, most: f64, pace: &Pace<'_>) -> Result<String, Cannot> {
    let mut walk = Walk::new(scene, rule, most)?;
    while walk.step()? {
        pace.done.set(walk.share());
    }
    Ok(json::write(&walk.finish()?))
}

fn searched(
    scene: Scene<'_>,
    rule: &Rule,
    most_pages_per_week: f64,
    pace: &Pace<'_>,
) -> Result<String, Cannot> {
    let budget = Budget {
        most_pages_per_week,
    };
    let mut search = Search::new(scene, rule, budget)?;
    while search.step()? {
        pace.done.set(search.share());
    }
    Ok(json::write(&Answer::from(search.finish())))
}

/// Tells now and then how far something has come, and when it has taken long enough.
struct Pace<'a> {
    progress: &'a dyn Fn(f64),
    began_ms: f64,
    told_ms: Cell<f64>,
    /// How far it has come by its own account.
    done: Cell<f64>,
}

impl<'a> Pace<'a> {
    fn new(progress: &'a dyn Fn(f64)) -> Self {
        let began_ms = js_sys::Date::now();
        Self {
            progress,
            began_ms,
            told_ms: Cell::new(began_ms),
            done: Cell::new(0.0),
        }
    }
}

impl fmt::Debug for Pace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}

impl Patience for Pace<'_> {
    fn is_over(&self) -> bool {
        let now_ms = js_sys::Date::now();
        let spent = (now_ms - self.began_ms) / PATIENCE_MS;
        if now_ms - self.told_ms.get() >= TELL_EVERY_MS {
            self.told_ms.set(now_ms);
            (self.progress)(self.done.get().max(spent).min(1.0));
        }
        spent >= 1.0
    }
}

/// What people called incidents, series by series.
fn incidents_of(kept: &Kept, labels: &[LabelDraft]) -> Incidents {
    let of = |key: SeriesKey, name: &str| -> Vec<Range<i64>> {
        let about = labels
            .iter()
            .filter(|label| label.kind == LabelKind::Incident && label.speaks_of(key, name));
        joined(about.map(|label| label.start_ms..label.end_ms))
    };
    let series = kept.data.series.iter();
    series
        .map(|(key, series)| (*key, of(*key, &series.labels.to_string())))
        .collect()
}
