//! The page's side of the tools behind a click: they are a program of their own, `desk`, which the first of them that
//! is opened fetches. What it wants of the draft is done here; it holds nothing of the page.

use hindcast_shared::rule::RuleDraft;
use hindcast_shared::time::TimeRange;
use leptos::leptos_dom::helpers::window_event_listener_untyped;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Element, Event, HtmlElement};

use super::bench::Bench;
use super::view::View;
use crate::browser;
use crate::components::{RangeText, Waiting};
use crate::desk::protocol::{
    DRAFTS, Kept, Opened, SAY, Say, Seen, Shown, Tool, WISH, Wish, fetch, received, send,
};
use crate::i18n::{plural, t};
use crate::later::Later;
use crate::worker::protocol::{Ask, Hello, Job, Outcome};

/// Where a tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Shut,
    Fetching,
    Open,
    Failed,
}

/// The state; copied freely.
#[derive(Clone, Copy)]
pub(super) struct Beside {
    bench: StoredValue<Bench>,
    /// Elements that hold a tool.
    open: StoredValue<Vec<Element>, LocalStorage>,
    /// Number of named drafts.
    kept: RwSignal<u32>,
}

impl Beside {
    pub(super) fn new(bench: Bench) -> Self {
        let beside = Self {
            bench: StoredValue::new(bench),
            open: StoredValue::new_local(Vec::new()),
            kept: RwSignal::new(kept()),
        };
        // Sliders come first: the tools hear when the hand rests, or ask.
        let tell = Later::new(move || {
            let say = Say::Seen(Box::new(beside.seen()));
            for place in &beside.open.get_value() {
                send(place, SAY, &say);
            }
        });
        crate::lean::effect(move || {
            bench.shot.track();
            bench.draft.track();
            bench.known.track();
            bench.series.track();
            bench.view().pinned.track();
            if !beside.open.with_value(Vec::is_empty) {
                tell.call();
            }
        });
        let listening = window_event_listener_untyped(WISH, move |event| {
            if let Some((place, wish)) = received(&event) {
                beside.grant(place, wish);
            }
        });
        on_cleanup(move || {
            listening.remove();
            for place in beside.open.try_get_value().unwrap_or_default() {
                send(&place, SAY, &Say::Close);
            }
        });
        beside
    }

    fn seen(self) -> Seen {
        let bench = self.bench.get_value();
        let (shot, draft) = (bench.shot.get_untracked(), bench.draft.get_untracked());
        let range = RangeText::clone(&bench.range.read_untracked());
        let shown = shot.map(|shot| {
            let at = untrack(|| super::plots::chosen(bench, &shot));
            let series = at.and_then(|at| shot.drawn.series.get(at));
            let text = |of: fn(&crate::worker::protocol::DrawnSeries) -> &String| {
                series.map_or_else(String::new, |series| of(series).clone())
            };
            Shown {
                range: shot.drawn.range,
                key: text(|series| &series.key),
                name: text(|series| &series.name),
                unit: text(|series| &series.unit),
                pages_per_week: shot.drawn.funnel.pages_per_week,
            }
        });
        let over = shown.as_ref().map(|shown| shown.range);
        let over = over.or_else(|| bench.resolved.get_untracked());
        let over = over.unwrap_or(TimeRange {
            from_ms: 0,
            to_ms: 0,
        });
        let saved = bench.saved.get_untracked();
        Seen {
            job: Job {
                saved: None,
                ..bench.job(&draft, over, false)
            },
            rule: saved.and_then(|saved| saved.rule.id),
            from: range.from,
            to: range.to,
            series: bench.series.get_untracked(),
            stage: bench
                .view()
                .pinned
                .get_untracked()
                .map(|stage| stage.name().to_owned()),
            shown,
        }
    }

    fn grant(self, place: Element, wish: Wish) {
        let bench = self.bench.get_value();
        let take = |draft: Box<RuleDraft>| bench.change(|old| *old = *draft);
        match wish {
            Wish::Look => send(&place, SAY, &Say::Seen(Box::new(self.seen()))),
            Wish::Change(draft) => take(draft),
            Wish::Take(draft) => {
                take(draft);
                bench.settle();
            }
            Wish::Open(kept) => {
                let Kept {
                    rule,
                    draft,
                    from,
                    to,
                    series,
                    ..
                } = *kept;
                bench.open(rule.as_deref(), draft);
                let range = RangeText { from, to };
                range.to_url();
                bench.range.set(range);
                bench.series.set(series);
            }
            Wish::Kept(count) => self.kept.set(count),
            // On a line of its own: a replay that waits or is under way goes on.
            Wish::Export => bench.ask_about(Ask::Export, JsValue::UNDEFINED, move |outcome, _| {
                if let Outcome::Exported { json } = outcome {
                    send(&place, SAY, &Say::Exported(json));
                }
            }),
        }
    }

    /// Has a tool shown in an element, and goes on when it is there.
    pub(super) fn fetch(
        self,
        tool: Tool,
        stand: RwSignal<Stand>,
        root: Element,
        then: impl FnOnce() + 'static,
    ) {
        self.fetch_for(tool, stand, root, Box::new(then));
    }

    fn fetch_for(self, tool: Tool, stand: RwSignal<Stand>, root: Element, then: Box<dyn FnOnce()>) {
        if matches!(stand.get_untracked(), Stand::Fetching | Stand::Open) {
            return;
        }
        stand.set(Stand::Fetching);
        spawn_local(async move {
            let is_there = fetch().await.is_ok();
            let now = if is_there { Stand::Open } else { Stand::Failed };
            // Its place may be gone meanwhile.
            if stand.try_set(now).is_some() || !is_there || !root.is_connected() {
                return;
            }
            let opened = Opened {
                hello: Hello::own(),
                tool,
                seen: self.seen(),
            };
            send(&root, SAY, &Say::Open(Box::new(opened)));
            self.open.update_value(|open| open.push(root));
            then();
        });
    }

    /// A tool behind a summary, in an element of this id and class.
    pub(super) fn drawer(self, tool: Tool, name: &'static str, summary: AnyView) -> AnyView {
        let stand = RwSignal::new(Stand::Shut);
        let root = NodeRef::<leptos::html::Details>::new();
        let open = move || {
            if let Some(root) = root.get_untracked() {
                self.fetch(tool, stand, root.into(), || ());
            }
        };
        view! {
            <details class=name id=name node_ref=root on:toggle=move |_| open()>
                <summary>{summary}</summary>
                {instead(stand, open)}
            </details>
        }
        .into_any()
    }

    /// Takes a tool away before its place goes.
    pub(super) fn close(self, stand: RwSignal<Stand>, root: &Element) {
        stand.try_set(Stand::Shut);
        self.open
            .try_update_value(|open| open.retain(|one| one != root));
        send(root, SAY, &Say::Close);
    }
}

/// How many drafts this browser keeps.
fn kept() -> u32 {
    let kept = browser::remembered(DRAFTS).and_then(|text| js_sys::JSON::parse(&text).ok());
    kept.and_then(|kept| kept.dyn_into::<js_sys::Array>().ok())
        .map_or(0, |kept| kept.length())
}

/// What stands where a tool will be; `again` tries once more.
pub(super) fn instead(stand: RwSignal<Stand>, again: impl Fn() + Send + Sync + 'static) -> AnyView {
    missing(stand, Callback::new(move |()| again()))
}

fn missing(stand: RwSignal<Stand>, again: Callback<()>) -> AnyView {
    crate::lean::live(move || {
        match stand.get() {
        Stand::Fetching => view! { <Waiting what=t("this part of the Lab")/> }.into_any(),
        Stand::Failed => view! {
            <p class="row refused" role="alert">{t("This part of the Lab is fetched when it is first opened, and the server does not answer.")}
                <button type="button" class="link" on:click=move |_| again.run(())>{t("Try again")}</button></p>
        }
        .into_any(),
        Stand::Shut | Stand::Open => ().into_any(),
    }
    })
}

/// What lies under the plots: proposals, queries, named drafts, files.
#[component]
pub(super) fn Drawers(beside: Beside) -> impl IntoView {
    let drafts = move || {
        plural(
            beside.kept.get().into(),
            "{n} named draft",
            "{n} named drafts",
        )
    };
    let ask = beside.drawer(Tool::Ask, "ask", t("Ask for a better setting").into_any());
    let drafts = beside.drawer(Tool::Drafts, "drafts", drafts.into_any());
    let queries = beside.drawer(Tool::Queries, "queries", t("Queries").into_any());
    let files = beside.drawer(
        Tool::Exchange,
        "exchange",
        t("Export and import").into_any(),
    );
    view! { {ask}{queries}{drafts}{files} }
}

/// What would otherwise be tried by hand: the buttons that ask for it.
#[component]
pub(super) fn Study(beside: Beside) -> impl IntoView {
    let stand = RwSignal::new(Stand::Shut);
    let root = NodeRef::<leptos::html::Section>::new();
    let fetch = move |pressed: Option<HtmlElement>| {
        if let Some(root) = root.get_untracked() {
            beside.fetch(Tool::Study, stand, root.into(), move || {
                // What was pressed before anybody heard it.
                if let Some(pressed) = pressed {
                    pressed.click();
                }
            });
        }
    };
    let clicked = move |event: web_sys::MouseEvent| {
        let target = Event::target(&event).and_then(|target| target.dyn_into::<Element>().ok());
        let button = target.and_then(|target| target.closest("[data-do]").ok().flatten());
        if let Some(button) = button {
            fetch(button.dyn_into().ok());
        }
    };
    let button = |what: &'static str, word: &'static str| {
        view! { <button type="button" data-do=what id=format!("study-{what}")>{word}</button> }
    };
    view! {
        <section class="study" aria-labelledby="study-title" node_ref=root on:click=clicked>
            <div class="study-frame">
                <div class="section-head"><h2 id="study-title">{t("Work it out")}</h2></div>
                <div class="study-ask">
                    {button("frontier", t("Recall against pages"))}
                    <span class="study-budget">
                        <label class="field inline">{t("Pages a week at most")}<input id="study-pages" type="number" min="0" step="0.5" value="2" class="short"/></label>
                        {button("budget", t("Find a setting"))}
                    </span>
                    {button("profile", t("What kind of series is this?"))}
                </div>
                {instead(stand, move || fetch(None))}
                <div class="study-state"><p role="status"></p></div>
                <p class="refused" role="alert"></p>
            </div>
        </section>
    }
}

/// What the stage that somebody chose let go.
#[component]
pub(super) fn StageList(beside: Beside, view: View) -> impl IntoView {
    let stand = RwSignal::new(Stand::Shut);
    let root = NodeRef::<leptos::html::Section>::new();
    let open = move || {
        if let Some(root) = root.get_untracked() {
            beside.fetch(Tool::Stage, stand, root.into(), || ());
        }
    };
    crate::lean::effect(move || {
        if view.pinned.get().is_some() && root.get().is_some() {
            open();
        }
    });
    view! {
        <section class="dropped" aria-label=t("What went no further") node_ref=root hidden=move || view.pinned.get().is_none()>
            {instead(stand, open)}
        </section>
    }
}
