//! A wall that nobody has let in yet: it shows a code, and waits until somebody who may says that it is theirs.
//!
//! What it keeps meanwhile is worth nothing before that, and is its token from then on. It never asks for a key.

use hindcast_shared::api::{Pairing, PairingStatus};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api;
use crate::browser;
use crate::components::Failure;
use crate::http;
use crate::i18n::{t, tf};
use crate::live::Live;
use crate::load::{Load, loaded};
use crate::token;
use crate::url_state;

/// How long a wall waits after it was given no code.
const AGAIN_MS: i64 = 30_000;

/// The code, and where it is to be typed.
#[component]
pub(super) fn Pair(live: Live) -> impl IntoView {
    let again = RwSignal::new(0_u32);
    let pairing = loaded(move || {
        again.track();
        // A token that was put out would be sent along with what asks for a new one.
        token::forget();
        api::create_pairing()
    });
    let poll_ms = Memo::new(move |_| {
        pairing
            .get()
            .ready()
            .map_or(AGAIN_MS, |pairing| pairing.poll_ms.max(1_000))
    });
    let turn = Memo::new(move |_| live.now_ms.get() / poll_ms.get());
    crate::lean::effect(move || {
        turn.get();
        match pairing.get_untracked() {
            Load::Ready(pairing) => look(pairing, again),
            Load::Failed(_) => again.update(|again| *again += 1),
            Load::Waiting => {}
        }
    });
    let shown = move || match pairing.get() {
        Load::Waiting => {
            view! { <p class="kiosk-note" role="status">{t("Asking for a code…")}</p> }.into_any()
        }
        Load::Failed(error) => view! { <div class="kiosk-note"><Failure error/></div> }.into_any(),
        Load::Ready(Pairing { code, .. }) => {
            let how = tf(
                "Somebody who may change rules lets it in with {command}",
                &[("command", &format!("hindcast token pair {code}"))],
            );
            view! {
                <p>{t("This wall is not let in yet. Its code is")}</p>
                <h1 class="kiosk-code">{code}</h1>
                <p class="muted">{how}</p>
            }
            .into_any()
        }
    };
    view! { <section class="kiosk-pair" aria-live="polite">{shown}</section> }
}

/// Looks whether somebody has let the wall in.
fn look(pairing: Pairing, again: RwSignal<u32>) {
    http::set_token(Some(pairing.token.clone()));
    spawn_local(async move {
        let Ok(state) = api::find_pairing().await else {
            // It is asked again in a moment.
            return;
        };
        match state.status {
            PairingStatus::Waiting => {}
            PairingStatus::Over => again.try_update(|again| *again += 1).unwrap_or_default(),
            PairingStatus::Paired => {
                token::keep(&pairing.token);
                if url_state::current().get("pages").is_none() && !state.pages.is_empty() {
                    url_state::replace(&[("pages", Some(&state.pages.join(",")))]);
                }
                browser::window().location().reload().ok();
            }
        }
    });
}
