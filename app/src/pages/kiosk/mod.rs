//! The wall: a sentence that is read from the door, at most six charts, and never an old truth that looks new.

mod care;
mod faces;
mod foot;
mod pairing;
mod rotation;

use hindcast_shared::anomaly::{Anomaly, Status};
use hindcast_shared::rule::Severity;
use leptos::prelude::*;

use self::faces::{Alarm, Charts, OneRule, OpenList};
use self::foot::Foot;
use self::pairing::Pair;
use self::rotation::{Face, Plan, Rotation};
use super::state::{State, condition_glyph, condition_name};
use crate::api::ApiError;
use crate::components::{RangeText, stored_anomalies};
use crate::i18n::tf;
use crate::lean::Lasting as _;
use crate::live::{Link, Live};
use crate::load::Load;
use crate::url_state;

/// What a page of the wall is made with.
#[derive(Clone, Copy)]
struct Wall {
    live: Live,
    state: State,
    range: Signal<RangeText>,
    stored: Memo<Option<Vec<Anomaly>>>,
}

impl Wall {
    /// What is open, for a page that will be turned.
    fn active(self) -> Load<Vec<Anomaly>> {
        self.live.active.follow();
        self.live.active.get_untracked()
    }
}

/// The page.
#[component]
pub fn Kiosk() -> impl IntoView {
    let live = expect_context::<Live>();
    let state = State::start(live);
    let range = Signal::stored(RangeText::from_url("now-6h"));
    let wall = Wall {
        live,
        state,
        range,
        stored: stored_anomalies(range, None),
    };
    care::watch_over(live);
    let trouble = care::stay_awake();
    let query = url_state::current();
    let asked = ["pages", "every", "hold", "dim"].map(|name| query.get(name));
    let plan = Plan::read(asked[0], asked[1], asked[2], asked[3]);
    let plan = StoredValue::new(plan);
    let rotation = turning(live, plan);
    let face = Memo::new(move |_| {
        let rotation = rotation.get();
        match rotation.alarm {
            Some(id) => Shown::Alarm(id),
            None => plan.with_value(|plan| {
                Shown::Page(
                    plan.faces
                        .get(rotation.index)
                        .cloned()
                        .unwrap_or(Face::Overview),
                )
            }),
        }
    });
    let link = move || match live.link.get() {
        Link::Stale => "stale",
        Link::Doubtful => "doubtful",
        Link::Live | Link::Connecting => "live",
    };
    // Whoever is not let in shows a code: a wall has nobody who could type a key.
    let outside = Memo::new(move |_| {
        live.active
            .with(|active| matches!(active, Load::Failed(ApiError::SignedOut)))
    });
    let shift = Memo::new(move |_| care::shift(live.now_ms.get()));
    // What is critical is told by night as brightly as by day.
    let dark = Memo::new(move |_| {
        let hour = care::hour(live.now_ms.get());
        matches!(face.get(), Shown::Page(_)) && plan.with_value(|plan| plan.is_dark(hour))
    });
    // The head goes to the foot and back, page by page, so that nothing is burnt in.
    let swap = move || (rotation.get().turns % 2 == 1).to_string();
    let condition = move || match face.get() {
        Shown::Alarm(_) => "critical",
        Shown::Page(_) => condition_name(&state.sentence.get().condition),
    };
    view! {
        <main class="kiosk" id="main" data-link=link data-shift=shift data-swap=swap data-dark=move || dark.get().to_string() data-turns=move || rotation.get().turns.to_string() data-condition=condition>
            {move || if outside.get() {
                view! { <Pair live/> }.into_any()
            } else { match face.get() {
                Shown::Alarm(id) => view! { <Alarm wall id/> }.into_any(),
                Shown::Page(face) => view! { <Head state/> <Page wall face/> }.into_any(),
            }}}
            <Foot live state plan rotation trouble/>
        </main>
    }
}

/// What is on the wall now.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Shown {
    Page(Face),
    Alarm(String),
}

/// Turns the pages by the clock, and stops for what is new and critical.
fn turning(live: Live, plan: StoredValue<Plan>) -> RwSignal<Rotation> {
    let rotation = RwSignal::new(Rotation::start(live.now_ms.get_untracked()));
    crate::lean::effect(move || {
        let now_ms = live.now_ms.get();
        let critical = live
            .active
            .with(|active| active.ready().map(|active| critical(active)));
        let before = rotation.get_untracked();
        let mut after = before.clone();
        if live.link.get_untracked() == Link::Stale {
            // Once nobody answers for long, what was seen last stays: another page would have nothing to show.
            after.wait(now_ms);
        } else {
            plan.with_value(|plan| after.tick(plan, now_ms, critical));
        }
        let turned = after.turns != before.turns;
        let calm = after.alarm.is_none();
        if after != before {
            rotation.set(after);
        }
        if calm {
            care::renew(live, turned);
        }
    });
    rotation
}

/// What is critical and nobody has taken.
fn critical(active: &[Anomaly]) -> Vec<String> {
    let is_new = |anomaly: &&Anomaly| {
        anomaly.severity == Severity::Critical && anomaly.status == Status::Open
    };
    let ids = active
        .iter()
        .filter(is_new)
        .map(|anomaly| anomaly.id.to_string());
    ids.collect()
}

/// How things are, in a sentence.
#[component]
fn Head(state: State) -> impl IntoView {
    let sentence = move || {
        state.sentence.follow();
        state.sentence.get_untracked()
    };
    view! {
        <header class="kiosk-head">
            <span class="kiosk-mark mark" aria-hidden="true">{move || condition_glyph(&sentence().condition)}</span>
            <h1 class="kiosk-sentence" aria-live="polite">{move || sentence().text}</h1>
            <p class="kiosk-also">{move || sentence().also.join(" ")}</p>
        </header>
    }
}

/// One page of the rotation.
#[component]
fn Page(wall: Wall, face: Face) -> impl IntoView {
    match face {
        Face::Overview => view! { <Charts wall/> }.into_any(),
        Face::Anomalies => view! { <OpenList wall/> }.into_any(),
        Face::Rule(id) => view! { <OneRule wall id/> }.into_any(),
        Face::Unknown(page) => {
            let text = tf(
                "There is no page {page}. A wall shows overview, anomalies and rule:… .",
                &[("page", &page)],
            );
            view! { <p class="kiosk-note" role="alert">{text}</p> }.into_any()
        }
    }
}
