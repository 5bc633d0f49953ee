//! One rule over many series: what the full worker does for the page that shows them side by side.

mod fleet;
pub mod wire;

use std::cell::RefCell;

use self::fleet::Fleet;
use self::wire::ManyAsk;
use super::data::Shelf;
use super::jobs::{key_of, needed, valid};
use super::pack::Packed;
use super::protocol::Outcome;
use crate::json;

thread_local! {
    static FLEET: RefCell<Fleet> = RefCell::default();
}

/// A stretch of series, replayed or drawn.
pub(super) async fn answered(
    shelf: &mut Shelf,
    asked: ManyAsk,
) -> Result<(String, Packed), Outcome> {
    let rule = valid(asked.many.rule.clone())?;
    let needs = needed(&rule, &asked.many);
    let began = js_sys::Date::now();
    let kept = shelf
        .get(key_of(&rule, &asked.many), needs, &asked.many)
        .await?;
    let fetch_ms = js_sys::Date::now() - began;
    FLEET.with_borrow_mut(|fleet| {
        fleet.take(kept, &rule);
        if let Some(places) = &asked.draw {
            // A small drawing keeps the edges of what fired, and has no list.
            let mut job = asked.many.clone();
            (job.detail, job.fresh) = (false, false);
            let (drawn, columns) = fleet.draw(&rule, kept, &job, places);
            return Ok((json::write(&drawn), columns));
        }
        let (mut folded, columns) = fleet.fold(&rule, kept, &asked);
        folded.fetch_ms = fetch_ms;
        Ok((json::write(&folded), columns))
    })
}
