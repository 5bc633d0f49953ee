//! What the pages that go by calendars ask for.

use hindcast_shared::api::{
    CalendarDraft, CalendarRecord, ListPage, Marker, MarkerDraft, Occurrence, PreviewRequest,
    PreviewResponse,
};
use js_sys::Reflect;
use wasm_bindgen::{JsCast as _, JsValue};

use super::{ApiError, address, get, post, quoted, read, speak};
use crate::i18n;
use crate::json;

/// All calendars.
pub async fn list_calendars() -> Result<Vec<CalendarRecord>, ApiError> {
    let page: ListPage<CalendarRecord> = read(&get("calendars", &[]).await?)?;
    Ok(page.items)
}

/// Ids and names of all calendars: whoever only chooses needs no reader for all that a calendar is.
pub async fn name_calendars() -> Result<Vec<(String, String)>, ApiError> {
    let text = get("calendars", &[]).await?;
    named(&text).ok_or_else(|| ApiError::Unreadable("calendars".to_owned()))
}

fn named(text: &str) -> Option<Vec<(String, String)>> {
    let of = |record: &JsValue, key: &str| Reflect::get(record, &key.into()).ok();
    let items = of(&js_sys::JSON::parse(text).ok()?, "items")?;
    let named = |record: JsValue| {
        let name = of(&of(&record, "calendar")?, "name")?.as_string()?;
        Some((of(&record, "id")?.as_string()?, name))
    };
    items
        .dyn_into::<js_sys::Array>()
        .ok()?
        .iter()
        .map(named)
        .collect()
}

/// Saves a calendar: over the version that was seen, or as a new one.
pub async fn write_calendar(
    seen: Option<(String, u32)>,
    calendar: &CalendarDraft,
) -> Result<CalendarRecord, ApiError> {
    let body = Some(json::write(calendar));
    let Some((id, version)) = seen else {
        return read(&post("calendars", body).await?);
    };
    let (path, tag) = (address(&format!("calendars/{id}"), &[]), quoted(version));
    let headers = [("If-Match", tag.as_str())];
    read(&speak("PUT", &path, &headers, body).await?)
}

/// Takes back a calendar of which a version was seen.
pub async fn delete_calendar(id: &str, version: u32) -> Result<(), ApiError> {
    let (path, tag) = (address(&format!("calendars/{id}"), &[]), quoted(version));
    let headers = [("If-Match", tag.as_str())];
    speak("DELETE", &path, &headers, None).await.map(|_| ())
}

/// When a calendar that is not saved would hold, and what it would have changed.
pub async fn preview_calendar(request: &PreviewRequest) -> Result<PreviewResponse, ApiError> {
    let answer = post("calendars/preview", Some(json::write(request))).await?;
    let mut found: PreviewResponse = read(&answer)?;
    name(&mut found.occurrences).await;
    Ok(found)
}

/// Calls each by its name in the reader's language.
async fn name(occurrences: &mut [Occurrence]) {
    for one in occurrences {
        one.title = i18n::named(&one.title).await;
    }
}

/// When a calendar holds from now on.
pub async fn next_occurrences(id: &str) -> Result<Vec<Occurrence>, ApiError> {
    let path = format!("calendars/{id}/occurrences");
    let query = [("from", "now"), ("to", "now+90d")];
    let mut page: ListPage<Occurrence> = read(&get(&path, &query).await?)?;
    name(&mut page.items).await;
    Ok(page.items)
}

/// Tells a calendar of something that happens now.
pub async fn mark_calendar(id: &str, marker: &MarkerDraft) -> Result<(), ApiError> {
    let body = Some(json::write(marker));
    post(&format!("calendars/{id}/markers"), body)
        .await
        .map(|_| ())
}

/// What was told to calendars in a range, newest first.
pub async fn list_markers(from: &str, to: &str) -> Result<Vec<Marker>, ApiError> {
    let page: ListPage<Marker> = read(&get("markers", &[("from", from), ("to", to)]).await?)?;
    Ok(page.items)
}
