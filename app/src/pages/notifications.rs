//! Notifications: the ways to tell somebody and how they are, what was told, and what was given up.

mod browsers;

use hindcast_shared::api::{
    NoticeEvent, NoticeState, NotificationRecord, NotificationRoute, NotificationTest,
};
use hindcast_shared::chart::minute_text;
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::browsers::Browsers;
use super::rules::may_write;
use crate::api::{ApiError, notifications as api};
use crate::app::Who;
use crate::browser;
use crate::components::{Failure, Waiting};
use crate::i18n::{key, sentences, t, tf};
use crate::lean::CollectAny as _;
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::words;

type Both = (Vec<NotificationRoute>, Vec<NotificationRecord>);

/// What the parts of the page share.
#[derive(Debug, Clone, Copy)]
struct Board {
    who: Who,
    failed: RwSignal<Option<ApiError>>,
    /// What the last tried route said.
    tried: RwSignal<Option<(String, NotificationTest)>>,
    again: RwSignal<u32>,
}

impl Board {
    fn reload(self) {
        // The page may be gone when an answer asks for this.
        self.again.try_update(|again| *again += 1);
    }

    fn test(self, name: String) {
        spawn_local(async move {
            match api::test_route(&name).await {
                Ok(told) => {
                    self.failed.try_set(None);
                    self.tried.try_set(Some((name, told)));
                }
                Err(error) => drop(self.failed.try_set(Some(error))),
            }
            self.reload();
        });
    }

    fn send_again(self, id: i64) {
        spawn_local(async move {
            self.failed.try_set(api::send_again(id).await.err());
            self.reload();
        });
    }
}

async fn both() -> Result<Both, ApiError> {
    Ok((
        api::list_notification_routes().await?,
        api::list_notifications().await?,
    ))
}

/// The page.
#[component]
pub fn Notifications() -> impl IntoView {
    let live = expect_context::<Live>();
    let board = Board {
        who: expect_context::<Who>(),
        failed: RwSignal::new(None),
        tried: RwSignal::new(None),
        again: RwSignal::new(0),
    };
    // Messages have no events of their own: a look every few seconds is enough.
    crate::lean::effect(move || {
        if live.now_ms.get() / 1_000 % 5 == 0 {
            board.reload();
        }
    });
    let seen = loaded(move || {
        board.again.track();
        both()
    });
    let retry = Callback::new(move |()| board.reload());
    let body = move || {
        match seen.get() {
        Load::Waiting => view! { <Waiting what=t("notifications")/> }.into_any(),
        Load::Failed(error) => view! { <Failure error retry/> }.into_any(),
        Load::Ready((routes, _)) if routes.is_empty() => view! {
            <p class="muted">{t("Nobody is told of anomalies yet. Routes stand in the configuration under notify.routes; hindcast notify test tries them.")}</p>
        }
        .into_any(),
        Load::Ready((routes, told)) => tables(board, routes, told),
    }
    };
    view! {
        <div class="mutes-page">
            <p class="crumbs"><a href="rules">{t("Rules")}</a>" / "{t("Notifications")}</p>
            <h1 id="notifications">{t("Notifications")}</h1>
            {move || board.failed.get().map(|error| view! { <Failure error/> })}
            <p role="status">{move || board.tried.get().map(|(name, told)| said(&name, &told))}</p>
            {body}
            <Browsers who=board.who/>
        </div>
    }
}

fn said(name: &str, told: &NotificationTest) -> String {
    let values = [("name", name), ("detail", told.detail.as_str())];
    if told.arrived {
        tf("✓ {name}: the test arrived ({detail}).", &values)
    } else {
        tf("✕ {name}: the test did not arrive: {detail}.", &values)
    }
}

fn tables(board: Board, routes: Vec<NotificationRoute>, told: Vec<NotificationRecord>) -> AnyView {
    let routes = routes
        .into_iter()
        .map(|route| route_row(board, route))
        .collect_any();
    let nothing = told.is_empty().then(|| {
        view! { <p class="muted">{t("Nothing was told yet.")}</p> }
    });
    let rows = told
        .into_iter()
        .map(|record| message_row(board, record))
        .collect_any();
    view! {
        <div class="scroll" tabindex="0" role="region" aria-label=t("Routes")>
            <table class="rules routes">
                <caption class="visually-hidden">{t("Routes")}</caption>
                <thead><tr>
                    <th scope="col">{t("Route")}</th>
                    <th scope="col">{t("State")}</th>
                    <th scope="col" class="number">{t("Waiting")}</th>
                    <th scope="col" class="number">{t("Given up")}</th>
                    <th scope="col">{t("Last arrival")}</th>
                    <th scope="col"><span class="visually-hidden">{t("Send test")}</span></th>
                </tr></thead>
                <tbody>{routes}</tbody>
            </table>
        </div>
        <h2>{t("Messages")}</h2>
        {nothing}
        <div class="scroll" tabindex="0" role="region" aria-label=t("Messages")>
            <table class="rules outbox">
                <caption class="visually-hidden">{t("Messages")}</caption>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn route_row(board: Board, route: NotificationRoute) -> AnyView {
    let now_ms = browser::now_ms();
    let (state, mark, word) = match route.resting_until_ms {
        Some(until_ms) => {
            let time = words::length(until_ms - now_ms);
            ("failing", "◼", tf("rests for {time}", &[("time", &time)]))
        }
        None if route.failures > 0 => ("firing", "◆", t("failed last time").to_owned()),
        None if route.last_sent_ms.is_none() => ("off", "–", t("nothing sent yet").to_owned()),
        None => ("fine", "✓", t("works").to_owned()),
    };
    let last = route
        .last_sent_ms
        .map_or_else(|| "–".to_owned(), |at_ms| words::ago(at_ms, now_ms));
    let (name, id) = (route.name.clone(), route.name.clone());
    // Browsers are told by services of their own, and not at one host.
    let about = match route.host.as_str() {
        "" => route.channel.clone(),
        host => format!("{} · {host}", route.channel),
    };
    let button = may_write(board.who).then(|| {
        view! { <button type="button" data-do="test" on:click=move |_| board.test(name.clone())>{t("Send test")}</button> }
    });
    view! {
        <tr data-route=id data-state=state>
            <th scope="row"><span class="rule-name">{route.name}</span><span class="rule-query">{about}</span></th>
            <td data-state=state><span class="mark" aria-hidden="true">{mark}</span>" "{word}</td>
            <td class="number" data-waiting data-name=t("Waiting")>{route.waiting}</td>
            <td class="number" data-dead data-name=t("Given up")>{route.dead}</td>
            <td data-name=t("Last arrival")>{last}</td>
            <td class="rule-buttons">{button}</td>
        </tr>
    }
    .into_any()
}

fn message_row(board: Board, record: NotificationRecord) -> AnyView {
    let (state, mark, word) = match record.state {
        NoticeState::Sent => ("fine", "✓", key("arrived")),
        NoticeState::Waiting => ("learning", "○", key("waits")),
        NoticeState::Gathering => ("learning", "◌", key("gathers")),
        NoticeState::Dead => ("failing", "✕", key("given up")),
        NoticeState::Silenced => ("off", "◐", key("silenced")),
    };
    let id = record.id;
    let stuck = matches!(record.state, NoticeState::Dead | NoticeState::Silenced);
    let button = (stuck && may_write(board.who)).then(|| {
        view! { <button type="button" data-do="again" on:click=move |_| board.send_again(id)>{t("Send again")}</button> }
    });
    let zone = browser::zone_now();
    let at = minute_text(record.created_at_ms, &zone);
    let event = event_word(record.event);
    let about = if record.notices > 1 {
        format!("{event} × {}", record.notices)
    } else {
        event.to_owned()
    };
    let link = match record.event {
        NoticeEvent::Digest => "tuning".to_owned(),
        _ => format!("anomalies/{}", record.anomaly_id),
    };
    let error = sentences(record.error.into_iter().collect());
    let attempts = (record.attempts > 1).then(|| {
        let count = record.attempts.to_string();
        tf("{count} attempts", &[("count", &count)])
    });
    view! {
        <tr data-message=id data-state=record.state.as_str()>
            <th scope="row"><a class="rule-name" href=link>{about}</a><span class="rule-query">{at}" · "{record.route}</span></th>
            <td data-state=state><span class="mark" aria-hidden="true">{mark}</span>" "{t(word)}</td>
            <td><span class="rule-query">{attempts}</span><span class="rule-query">{error}</span></td>
            <td class="rule-buttons">{button}</td>
        </tr>
    }
    .into_any()
}

fn event_word(event: NoticeEvent) -> &'static str {
    t(match event {
        NoticeEvent::Opened => key("new"),
        NoticeEvent::Escalated => key("got worse"),
        NoticeEvent::Reopened => key("came back"),
        NoticeEvent::CaughtUp => key("found late"),
        NoticeEvent::StillOpen => key("still open"),
        NoticeEvent::Settled => key("has settled"),
        NoticeEvent::Unanswered => key("nobody took it"),
        NoticeEvent::Group => key("several"),
        NoticeEvent::Acknowledged => key("acknowledged"),
        NoticeEvent::Resolved => key("is over"),
        NoticeEvent::Test => key("a test"),
        NoticeEvent::Digest => key("tuning digest"),
    })
}
