//! What would otherwise be tried by hand: the frontier of recall against pages, the setting that keeps to a budget of
//! pages, and what kind of series this is. A worker of its own computes, and is ended to stop it.
//!
//! Made of plain elements, with one listener for all of it: each closure that is handed to a view costs two kilobytes.

mod budget;
mod frontier;
mod incidents;
mod markup;
mod profile;
mod tree;

use std::sync::Arc;

use hindcast_shared::profile::Said;
use hindcast_shared::study::{Answer, Frontier};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, Event, HtmlInputElement, KeyboardEvent, MouseEvent};

use self::tree::Node;
use super::Desk;
use super::protocol::Seen;
use crate::bridge::{Bridge, Line};
use crate::i18n::{t, tf};
use crate::json;
use crate::worker::protocol::{Ask, Job, More, Outcome};
use crate::worker::studies::{Profiled, Study as What, Wish};

/// So many pages a week more than the rule sends, or than are asked for, are worth a look.
const MORE_PAGES: f64 = 3.0;

/// What is said of a series, in the reader's words.
pub(super) fn sentence(said: &Said, unit: &str) -> String {
    profile::sentence(said, unit, &crate::browser::zone_now())
}

/// What was worked out.
#[derive(Clone)]
enum Worked {
    Frontier(Arc<Frontier>),
    Budget(Arc<Answer>, f64),
    Profile(Arc<Profiled>),
}

/// A result and what it is about.
#[derive(Clone)]
struct Shown {
    worked: Worked,
    /// What there was then.
    about: Seen,
}

/// The state; copied freely.
#[derive(Clone, Copy)]
struct Studio {
    desk: Desk,
    root: StoredValue<Element, LocalStorage>,
    shown: RwSignal<Option<Shown>>,
    /// How much is done, while something is being done.
    share: RwSignal<Option<f64>>,
    trouble: RwSignal<Option<String>>,
    /// The point of the frontier that the keys or the pointer are at.
    at: RwSignal<Option<usize>>,
    worker: StoredValue<Option<(Bridge, Line)>, LocalStorage>,
    /// What stands below and which incidents there are, so that neither is written again while somebody is in it.
    written: StoredValue<Option<Node>>,
    listed: StoredValue<Option<Node>>,
}

/// What the page's frame lacks, and what its buttons do.
pub(super) fn study(desk: Desk) -> AnyView {
    let root = desk.root.get_value();
    let studio = Studio {
        desk,
        root: desk.root,
        shown: RwSignal::new(None),
        share: RwSignal::new(None),
        trouble: RwSignal::new(None),
        at: RwSignal::new(None),
        worker: StoredValue::new_local(None),
        written: StoredValue::new(None),
        listed: StoredValue::new(None),
    };
    markup::complete(&root);
    crate::lean::effect(move || studio.draw());
    on_cleanup(move || studio.end_worker());
    listen(&root, "click", move |event| {
        if let Some(event) = event.dyn_ref() {
            studio.clicked(event);
        }
    });
    listen(&root, "keydown", move |event| {
        if let Some(event) = event.dyn_ref() {
            studio.pressed(event);
        }
    });
    ().into_any()
}

/// Hears of an event at the page's element for as long as that is there.
fn listen(root: &Element, name: &str, heard: impl Fn(Event) + 'static) {
    let heard = Closure::<dyn Fn(Event)>::new(heard);
    // Any name can be listened for. The element goes with the Lab; the browser then lets go of what listened.
    root.add_event_listener_with_callback(name, heard.into_js_value().unchecked_ref())
        .ok();
}

impl Studio {
    fn end_worker(self) {
        self.worker.try_update_value(Option::take);
        self.share.try_set(None);
    }

    fn part(self, selector: &str) -> Option<Element> {
        self.root.get_value().query_selector(selector).ok()?
    }

    fn clicked(self, event: &MouseEvent) {
        let Some(target) = element(event) else { return };
        let attribute = |name: &str| {
            let holder = target.closest(&format!("[{name}]")).ok()??;
            holder.get_attribute(name)
        };
        if let Some(asked) = attribute("data-do") {
            match &*asked {
                "frontier" => self.work(What::Frontier(self.most_pages())),
                "budget" => self.work(What::Budget(self.wish())),
                "profile" => self.work(What::Profile),
                "take" => self.take_setting(),
                _ => self.end_worker(),
            }
        } else if let Some(at) = attribute("data-point") {
            self.take_point(at.parse().ok());
        } else if let Some(at) = attribute("data-try") {
            self.try_advice(at.parse().unwrap_or(0));
        } else if let Some(chart) = target.closest(".frontier").ok().flatten() {
            let (area, shown) = (chart.get_bounding_client_rect(), self.shown.get_untracked());
            if let Some(Worked::Frontier(frontier)) = shown.map(|shown| shown.worked) {
                let x = f64::from(event.client_x()) - area.left();
                let y = f64::from(event.client_y()) - area.top();
                self.take_point(frontier::nearest(&frontier, area.width(), x, y));
            }
        }
    }

    fn pressed(self, event: &KeyboardEvent) {
        let on_chart =
            element(event).is_some_and(|target| target.matches(".frontier").is_ok_and(|it| it));
        let Some(Worked::Frontier(frontier)) = self
            .shown
            .get_untracked()
            .map(|shown| shown.worked)
            .filter(|_| on_chart)
        else {
            return;
        };
        let threshold = untrack(|| self.threshold());
        let now = self
            .at
            .get_untracked()
            .or(frontier::holding(&frontier, threshold));
        match frontier::walked(&frontier, now.unwrap_or(0), &event.key()) {
            Some(next) => self.at.set(Some(next)),
            None if event.key() == "Enter" || event.key() == " " => self.take_point(now),
            None => return,
        }
        event.prevent_default();
    }

    /// What the field asks for.
    fn pages(self) -> f64 {
        let field = self.part("#study-pages");
        let field = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok());
        let number = field.map(|field| field.value_as_number());
        number.filter(|number| *number >= 0.0).unwrap_or(2.0)
    }

    fn wish(self) -> Wish {
        let root = self.root.get_value();
        let named = |seen: &Seen| incidents::never_miss(&root, seen);
        Wish {
            pages: self.pages(),
            never_miss: self.desk.seen.with_untracked(named),
        }
    }

    fn most_pages(self) -> f64 {
        let now = self.desk.seen.with_untracked(|seen| {
            let shown = seen.shown.as_ref();
            shown.map_or(0.0, |shown| shown.pages_per_week)
        });
        now.max(self.pages()) + MORE_PAGES
    }

    /// The draft's threshold, unless it follows from a budget.
    fn threshold(self) -> Option<f64> {
        self.desk.seen.with(|seen| {
            let draft = &seen.job.rule;
            let given = draft.decision.threshold;
            let is_budget = crate::draft::budget(draft).is_some();
            given
                .or(crate::draft::kind(draft).default_threshold())
                .filter(|_| !is_budget)
        })
    }

    fn work(self, what: What) {
        let about = self.desk.look();
        let Some(shown) = &about.shown else {
            return self.say(t("Nothing has been replayed yet.").to_owned());
        };
        // What is under way is about something else now.
        self.end_worker();
        let started = Bridge::start_study(move |share| _ = self.share.try_set(Some(share)));
        let bridge = match started {
            Ok(bridge) => bridge,
            Err(why) => return self.say(why),
        };
        let line = bridge.line();
        self.worker.set_value(Some((bridge.clone(), line)));
        let asked = More {
            job: about.job.clone(),
            series: shown.key.clone(),
            at_ms: None,
            whole: false,
            study: Some(what.clone()),
        };
        self.trouble.set(None);
        self.at.set(None);
        self.share.set(Some(0.0));
        bridge.ask(line, Ask::More(json::write(&asked)), move |outcome, _| {
            self.share.try_set(None);
            let worked = match outcome {
                Outcome::More(text) => read(&what, &text),
                Outcome::Failed { message, .. } => Err(message),
                _ => return,
            };
            match worked {
                Ok(worked) => {
                    self.shown.try_set(Some(Shown { worked, about }));
                }
                Err(why) => self.say(why),
            }
        });
    }

    fn say(self, why: String) {
        self.trouble.try_set(Some(why));
    }

    /// Takes the threshold of a point.
    fn take_point(self, at: Option<usize>) {
        let Some(Worked::Frontier(frontier)) = self.shown.get_untracked().map(|shown| shown.worked)
        else {
            return;
        };
        let Some(point) = at.and_then(|at| frontier.points.get(at)) else {
            return;
        };
        let threshold = point.threshold;
        self.at.set(at);
        self.desk.change(|draft| {
            draft.decision.threshold = Some(threshold);
            draft.decision.alarms_per_week = None;
        });
    }

    fn take_setting(self) {
        let Some(Worked::Budget(answer, _)) = self.shown.get_untracked().map(|shown| shown.worked)
        else {
            return;
        };
        if let Some(found) = &answer.rule {
            self.desk.change(|draft| budget::into_draft(found, draft));
        }
    }

    fn try_advice(self, at: usize) {
        let Some(Worked::Profile(profiled)) = self.shown.get_untracked().map(|shown| shown.worked)
        else {
            return;
        };
        if let Some(advice) = profiled.advice.get(at) {
            self.desk.change(|draft| profile::into_draft(advice, draft));
        }
    }

    /// Writes what is known into the panel.
    fn draw(self) {
        let (shown, share) = (self.shown.get(), self.share.get());
        let (trouble, at) = (self.trouble.get(), self.at.get());
        let (root, threshold) = (self.root.get_value(), self.threshold());
        let status = match (share, &shown) {
            (Some(share), _) => tf(
                "Working it out: {share}",
                &[("share", &markup::share(share))],
            ),
            (None, Some(shown)) if self.is_stale(shown) => {
                t("Rule, range or labels have changed since: work it out again.").to_owned()
            }
            _ => String::new(),
        };
        let is = |is: bool, name: &str| root.toggle_attribute_with_force(name, is).ok();
        is(share.is_some(), "data-busy");
        is(
            shown
                .as_ref()
                .is_some_and(|shown| matches!(shown.worked, Worked::Frontier(_))),
            "data-frontier",
        );
        markup::put(self.part("[role=status]"), &status);
        markup::put(self.part("[role=alert]"), &trouble.unwrap_or_default());
        if let Some(bar) = self.part("progress") {
            bar.set_attribute("value", &share.unwrap_or(0.0).to_string())
                .ok();
        }
        let list = self.desk.seen.with(incidents::list);
        self.write(self.listed, ".study-must", list);
        let Some(shown) = shown else { return };
        let below = match &shown.worked {
            Worked::Frontier(frontier) => {
                if let Some(chart) = self.part(".frontier") {
                    let now = frontier::holding(frontier, threshold);
                    let said = frontier::said(frontier, at.or(now), threshold);
                    frontier::chart(frontier, f64::from(chart.client_width()), at, now)
                        .fill(&chart);
                    chart.set_attribute("aria-valuetext", &said).ok();
                    chart
                        .set_attribute("aria-valuemax", &frontier.points.len().to_string())
                        .ok();
                    let place = at.or(now).map_or(0, |at| at + 1).to_string();
                    chart.set_attribute("aria-valuenow", &place).ok();
                    markup::put(self.part(".frontier-said"), &said);
                }
                frontier::table(frontier)
            }
            Worked::Budget(answer, most) => budget::told(answer, *most),
            Worked::Profile(profiled) => profile::told(profiled, &shown.about),
        };
        self.write(self.written, ".study-out", below);
    }

    /// Fills a part, unless just this stands there.
    fn write(self, before: StoredValue<Option<Node>>, part: &str, now: Node) {
        if before.with_value(|before| before.as_ref() != Some(&now)) {
            if let Some(place) = self.part(part) {
                now.fill(&place);
            }
            before.set_value(Some(now));
        }
    }

    /// Whether something else than the threshold is different now; what was taken from here is what was told.
    fn is_stale(self, shown: &Shown) -> bool {
        let now = self.desk.seen.get();
        let (draft, then) = (&now.job.rule, &shown.about.job.rule);
        let is_about_settings = match &shown.worked {
            Worked::Frontier(_) => {
                let mut then = then.clone();
                then.decision.threshold = draft.decision.threshold;
                then.decision.alarms_per_week = draft.decision.alarms_per_week;
                then != *draft
            }
            Worked::Budget(answer, _) => {
                let mut taken = then.clone();
                if let Some(found) = &answer.rule {
                    budget::into_draft(found, &mut taken);
                }
                draft != then && *draft != taken
            }
            Worked::Profile(_) => {
                (&draft.source, &draft.query, draft.step) != (&then.source, &then.query, then.step)
            }
        };
        let range = |seen: &Option<super::protocol::Shown>| seen.as_ref().map(|shown| shown.range);
        is_about_settings
            || range(&now.shown).is_some_and(|now| Some(now) != range(&shown.about.shown))
            || labels(&now.job) != labels(&shown.about.job)
    }
}

/// How many labels a replay knows.
fn labels(job: &Job) -> usize {
    job.labels.as_ref().map_or(0, Vec::len)
}

fn read(what: &What, text: &str) -> Result<Worked, String> {
    match what {
        What::Frontier(_) => json::read(text).map(|it| Worked::Frontier(Arc::new(it))),
        What::Budget(wish) => json::read(text).map(|it| Worked::Budget(Arc::new(it), wish.pages)),
        What::Profile => json::read(text).map(|it| Worked::Profile(Arc::new(it))),
    }
    .map_err(|error| error.to_string())
}

fn element(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}
