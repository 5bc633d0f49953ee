//! Mutes: who is not woken, by what, until when; made, changed and ended here.

mod form;
mod state;

use hindcast_shared::api::{MuteRecord, RuleRecord};
use hindcast_shared::chart::minute_text;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::form::MuteForm;
use self::state::{Phase, grouped};
use super::rules::may_write;
use crate::api::{self, ApiError};
use crate::app::Who;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::words;

/// How far back ended mutes are told.
const BACK: &str = "now-30d";

/// What the form is open for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Open {
    Closed,
    New,
    Change(MuteRecord),
}

/// What the list and the form share.
#[derive(Debug, Clone, Copy)]
struct Board {
    mutes: RwSignal<Load<Vec<MuteRecord>>>,
    rules: RwSignal<Load<Vec<RuleRecord>>>,
    open: RwSignal<Open>,
    failed: RwSignal<Option<ApiError>>,
    again: RwSignal<u32>,
}

impl Board {
    fn reload(self) {
        // The page may be gone when an answer asks for this.
        self.again.try_update(|again| *again += 1);
    }

    fn end(self, mute: MuteRecord) {
        spawn_local(async move {
            let done = api::end_mute(&mute.id, mute.version).await;
            self.failed.try_set(done.err());
            self.reload();
        });
    }
}

/// The page.
#[component]
pub fn Mutes() -> impl IntoView {
    let live = expect_context::<Live>();
    let who = expect_context::<Who>();
    let again = RwSignal::new(0_u32);
    let board = Board {
        mutes: loaded(move || {
            again.track();
            live.epoch.track();
            api::list_mutes(BACK)
        }),
        rules: loaded(api::list_rules),
        open: RwSignal::new(Open::Closed),
        failed: RwSignal::new(None),
        again,
    };
    let retry = Callback::new(move |()| board.reload());
    // Once a minute is often enough for what begins and ends by itself.
    let minute = Memo::new(move |_| live.now_ms.get() / 60_000);
    let body = move || {
        minute.track();
        match board.mutes.get() {
            Load::Waiting => view! { <Waiting what=t("mutes")/> }.into_any(),
            Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
            Load::Ready(mutes) if mutes.is_empty() => view! {
                <p class="muted">{t("Nothing is muted. A mute keeps anomalies from paging anybody while people work on something; they are found and listed all the same.")}</p>
            }
            .into_any(),
            Load::Ready(mutes) => grouped(mutes, browser::now_ms())
                .into_iter()
                .map(|(phase, mutes)| group(board, phase, mutes))
                .collect_any(),
        }
    };
    let form = move || match board.open.get() {
        Open::Closed => ().into_any(),
        Open::New => view! { <MuteForm board mute=None/> }.into_any(),
        Open::Change(mute) => view! { <MuteForm board mute=Some(mute)/> }.into_any(),
    };
    view! {
        <div class="mutes-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Mutes")}</p>
            <div class="section-head">
                <h1>{t("Mutes")}</h1>
                {move || (may_write(who) && board.open.get() == Open::Closed).then(|| view! {
                    <button type="button" class="primary" id="new-mute" data-command=t("New mute") on:click=move |_| board.open.set(Open::New)>{t("New mute")}</button>
                })}
            </div>
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            {form}
            {body}
        </div>
    }
}

fn group(board: Board, phase: Phase, mutes: Vec<MuteRecord>) -> AnyView {
    let count = mutes.len();
    let rows = mutes
        .into_iter()
        .map(|mute| row(board, phase, mute))
        .collect_any();
    view! {
        <section class="mute-group" data-phase=phase.as_str() data-count=count>
            <h2><span class="mark" aria-hidden="true">{phase.glyph()}</span>" "{phase.word()}" "<span class="count">{count}</span></h2>
            <ul class="mutes">{rows}</ul>
        </section>
    }
    .into_any()
}

/// What a mute is about, in words.
fn about(mute: &MuteRecord) -> String {
    let rules = if mute.rule == "*" {
        t("every rule").to_owned()
    } else {
        tf("rules like {pattern}", &[("pattern", &mute.rule)])
    };
    let series = if mute.series == "*" {
        String::new()
    } else {
        let pattern = [("pattern", mute.series.as_str())];
        format!(", {}", tf("series like {pattern}", &pattern))
    };
    let level = words::severity_word(mute.max_severity);
    let level = tf("up to {severity}", &[("severity", &browser::lower(level))]);
    format!("{rules}{series}, {level}")
}

fn row(board: Board, phase: Phase, mute: MuteRecord) -> AnyView {
    let who = expect_context::<Who>();
    let live = expect_context::<Live>();
    let zone = browser::zone_now();
    let end_ms = mute.ended_at_ms.unwrap_or(mute.end_ms);
    let times = tf(
        "{from} to {to}",
        &[
            ("from", &minute_text(mute.start_ms, &zone)),
            ("to", &minute_text(end_ms, &zone)),
        ],
    );
    let left = move || {
        let now_ms = live.now_ms.get();
        match phase {
            Phase::Active => tf("{time} left", &[("time", &words::length(end_ms - now_ms))]),
            Phase::ToCome => tf(
                "in {time}",
                &[("time", &words::length(mute.start_ms - now_ms))],
            ),
            Phase::Ended => tf("{time} ago", &[("time", &words::length(now_ms - end_ms))]),
        }
    };
    let early = (mute.ended_at_ms.is_some() && phase == Phase::Ended)
        .then(|| view! { <span class="tag">{t("ended early")}</span> });
    let by = tf("by {who}", &[("who", &mute.author)]);
    let (words, comment, id) = (about(&mute), mute.comment.clone(), mute.id.clone());
    let buttons = move || {
        (may_write(who) && phase != Phase::Ended).then(|| {
            let (changed, ended) = (mute.clone(), mute.clone());
            view! {
                <button type="button" data-do="edit" on:click=move |_| board.open.set(Open::Change(changed.clone()))>{t("Edit")}</button>
                <button type="button" data-do="end" on:click=move |_| board.end(ended.clone())>{if phase == Phase::Active { t("End now") } else { t("Cancel it") }}</button>
            }
        })
    };
    view! {
        <li class="mute" data-id=id>
            <div class="mute-text">
                <p class="mute-comment">{comment}</p>
                <p class="muted">{words}</p>
            </div>
            <p class="mute-time"><span>{left}</span>" "{early}<span class="muted">{times}</span><span class="muted">{by}</span></p>
            <p class="row">{buttons}</p>
        </li>
    }
    .into_any()
}
