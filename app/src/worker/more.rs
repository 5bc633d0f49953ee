//! What only the full worker does: it explains a sample, and scores a whole range at once; and the way to studies.
//!
//! The light worker knows no more than that there is such a thing: none of its code is part of that program.

use std::cell::Cell;
use std::pin::Pin;

use hindcast_shared::replay::explain;
use hindcast_shared::series::SeriesKey;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::data::Shelf;
use super::jobs::{key_of, needed, valid};
use super::many;
use super::many::wire::ManyAsk;
use super::pack::Packed;
use super::protocol::{More, Outcome};
use super::{samples, study, table, whole};
use crate::i18n::t;
use crate::json;
use crate::why::Reason;

type ReadTable =
    for<'a> fn(&'a mut Shelf, String, JsValue) -> Pin<Box<dyn Future<Output = Answered> + 'a>>;
type Answered = (Outcome, Option<Packed>);
type Do = for<'a> fn(
    &'a mut Shelf,
    &'a str,
    &'a dyn Fn(f64),
) -> Pin<Box<dyn Future<Output = Answered> + 'a>>;

thread_local! {
    static DO: Cell<Option<Do>> = const { Cell::new(None) };
    static TABLE: Cell<Option<ReadTable>> = const { Cell::new(None) };
}

/// Makes it part of this program.
pub(super) fn link() {
    TABLE.set(Some(|shelf, name, file| {
        Box::pin(async move { read_table(shelf, name, file).await })
    }));
    DO.set(Some(|shelf, text, progress| {
        Box::pin(async move { done(shelf, text, progress).await })
    }));
}

/// Whether this program has it.
pub(super) fn is_linked() -> bool {
    DO.get().is_some()
}

/// Reads a table, where that is linked.
pub(super) async fn table(shelf: &mut Shelf, name: String, file: JsValue) -> Answered {
    match TABLE.get() {
        Some(it) => it(shelf, name, file).await,
        None => (Outcome::Stopped, None),
    }
}

async fn read_table(shelf: &mut Shelf, name: String, file: JsValue) -> Answered {
    let text = JsFuture::from(file.unchecked_into::<web_sys::Blob>().text()).await;
    let text = text.ok().and_then(|text| text.as_string());
    let read = match text {
        Some(text) => table::read(&name, &text, js_sys::Date::parse),
        None => Err(t("the file cannot be read").to_owned()),
    };
    match read {
        Ok(read) => {
            let said = json::write(&read.read);
            shelf.take_table(read);
            (Outcome::More(said), None)
        }
        Err(message) => (Outcome::failed(message), None),
    }
}

/// Does it, where it is linked.
pub(super) async fn answer(shelf: &mut Shelf, text: &str, progress: &dyn Fn(f64)) -> Answered {
    match DO.get() {
        Some(it) => it(shelf, text, progress).await,
        None => (
            Outcome::failed(t("this worker cannot do that").to_owned()),
            None,
        ),
    }
}

async fn done(shelf: &mut Shelf, text: &str, progress: &dyn Fn(f64)) -> Answered {
    // Told apart by the one key that neither is without.
    if let Ok(asked) = json::read::<ManyAsk>(text) {
        return match many::answered(shelf, asked).await {
            Ok((text, columns)) => (Outcome::More(text), Some(columns)),
            Err(outcome) => (outcome, None),
        };
    }
    let answered = match json::read::<More>(text) {
        Ok(asked) if asked.study.is_some() => study::answer(shelf, &asked, progress)
            .await
            .map(|text| (text, None)),
        Ok(asked) if asked.whole => whole::scored(shelf, asked, progress)
            .await
            .map(|(drawn, columns)| (json::write(&drawn), Some(columns))),
        Ok(asked) if asked.at_ms.is_none() => {
            samples::table(shelf, asked).await.map(|text| (text, None))
        }
        Ok(asked) => explained(shelf, asked)
            .await
            .map(|reason| (json::write(&reason), None)),
        Err(error) => Err(Outcome::failed(error.to_string())),
    };
    match answered {
        Ok((text, columns)) => (Outcome::More(text), columns),
        Err(outcome) => (outcome, None),
    }
}

/// Why a sample was judged as it was.
async fn explained(shelf: &mut Shelf, asked: More) -> Result<Reason, Outcome> {
    let rule = valid(asked.job.rule.clone())?;
    let needs = needed(&rule, &asked.job);
    let kept = shelf
        .get(key_of(&rule, &asked.job), needs, &asked.job)
        .await?;
    let key = asked.series.parse::<SeriesKey>().ok();
    key.zip(asked.at_ms)
        .and_then(|(key, at_ms)| explain(&rule, &kept.data, key, at_ms))
        .map(|told| Reason::of(&told, &asked.job.offsets))
        .ok_or_else(|| Outcome::failed(t("the detector has no history of this series").to_owned()))
}
