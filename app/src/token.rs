//! The token of a wall or a panel: it comes in the address behind `#`, which no server and no log ever sees.
//!
//! A panel keeps it in memory alone, for a frame may have no storage. A wall remembers it, so that it is still paired
//! after the power was away.

use wasm_bindgen::JsValue;

use crate::browser;
use crate::http;
use crate::route::Place;
use crate::url_state::Query;

/// Where a wall keeps it.
const KEPT: &str = "hindcast-wall";

fn is_wall() -> bool {
    let path = browser::window().location().pathname().unwrap_or_default();
    let path = path.strip_prefix(&browser::base_path()).unwrap_or_default();
    Place::of(path) == Place::Kiosk
}

/// Takes the token out of the address, or out of what the wall remembers, and sends it along from now on.
pub fn take() {
    let location = browser::window().location();
    let hash = location.hash().unwrap_or_default();
    let found = Query::parse(hash.trim_start_matches('#'))
        .get("token")
        .map(str::to_owned);
    if let Some(token) = found {
        // Whoever photographs the wall must not find it in the address.
        if let Ok(history) = browser::window().history() {
            let path = location.pathname().unwrap_or_default();
            let address = path + &location.search().unwrap_or_default();
            history
                .replace_state_with_url(&JsValue::NULL, "", Some(&address))
                .ok();
        }
        keep(&token);
    } else if is_wall()
        && let Some(token) = browser::remembered(KEPT)
    {
        http::set_token(Some(token));
    }
}

/// Sends a token along from now on; a wall remembers it.
pub fn keep(token: &str) {
    http::set_token(Some(token.to_owned()));
    if is_wall() {
        browser::remember(KEPT, token);
    }
}

/// Forgets it: it was revoked.
pub fn forget() {
    http::set_token(None);
    if let Ok(Some(storage)) = browser::window().local_storage() {
        // What is not there need not be taken away.
        storage.remove_item(KEPT).ok();
    }
}
