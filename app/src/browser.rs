//! The few things that the page asks of the browser: time, zone, storage, addresses.

use std::cell::RefCell;

use hindcast_shared::message::Lang;
use hindcast_shared::time::{Civil, DAY_MS, TimeRange, UtcOffsets};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, HtmlElement, Window};

/// The window; it is always there in a page.
pub fn window() -> Window {
    leptos::prelude::window()
}

/// The document.
pub fn document() -> Document {
    leptos::prelude::document()
}

/// UTC milliseconds since 1970 by this computer's clock.
pub fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// A zone with what writes an instant by its clock.
#[derive(Debug, Clone)]
struct Zone {
    name: String,
    write: js_sys::Function,
}

thread_local! {
    /// The zone that was asked for; the viewer's own otherwise.
    static ZONE: RefCell<Option<Zone>> = const { RefCell::new(None) };
}

/// Where the zone is kept that somebody chose.
const KEPT_ZONE: &str = "hindcast-zone";

/// Shows times in another zone than the viewer's, by its IANA name; one that there is not changes nothing.
pub fn set_zone(name: &str) {
    let write = clock(name);
    ZONE.set(write.map(|write| Zone {
        name: name.to_owned(),
        write,
    }));
}

/// Takes the zone that the address asks for, or the one that was chosen here.
pub fn start_zone() {
    let asked = crate::url_state::current().get("tz").map(str::to_owned);
    if let Some(name) = asked.or_else(|| remembered(KEPT_ZONE)) {
        set_zone(&name);
    }
}

/// Shows every time in this zone from now on, or in the viewer's own where it is empty.
pub fn choose_zone(name: &str) {
    remember(KEPT_ZONE, name);
    crate::url_state::replace(&[("tz", None)]);
    // What a page shows was written by the old clock, and some of it by a worker.
    window().location().reload().ok();
}

/// The names of all zones that this browser knows, after these, which its list may lack.
pub fn zones_and(first: &[String]) -> Vec<String> {
    let listed = intl("supportedValuesOf")
        .and_then(|list| list.call1(&JsValue::UNDEFINED, &"timeZone".into()).ok());
    let listed = listed.and_then(|listed| listed.dyn_into::<js_sys::Array>().ok());
    let names = listed.map_or_else(Vec::new, |listed| listed.to_vec());
    let mut all = first.to_vec();
    all.dedup();
    let others = names.iter().filter_map(JsValue::as_string);
    all.extend(others.filter(|name| !first.contains(name)));
    all
}

fn intl(name: &str) -> Option<js_sys::Function> {
    let intl = js_sys::Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    js_sys::Reflect::get(&intl, &JsValue::from_str(name))
        .ok()?
        .dyn_into()
        .ok()
}

/// Writes instants by the clock of a zone: `2026-11-20 14:05:00`.
fn clock(zone: &str) -> Option<js_sys::Function> {
    let options = js_sys::Object::new();
    for (key, value) in [
        ("timeZone", zone),
        ("dateStyle", "short"),
        ("timeStyle", "medium"),
    ] {
        js_sys::Reflect::set(&options, &key.into(), &value.into()).ok()?;
    }
    // Only Reflect catches what a zone that there is not makes the browser throw.
    let arguments = js_sys::Array::of2(&"sv-SE".into(), &options);
    let format = js_sys::Reflect::construct(&intl("DateTimeFormat")?, &arguments).ok()?;
    js_sys::Reflect::get(&format, &"format".into())
        .ok()?
        .dyn_into()
        .ok()
}

/// Whether this page stands in a frame.
pub fn is_framed() -> bool {
    let window = window();
    !matches!(window.parent(), Ok(Some(parent)) if parent == window)
}

/// The time zone of what is shown as an IANA name.
pub fn zone_name() -> String {
    if let Some(name) = ZONE.with_borrow(|zone| Some(zone.as_ref()?.name.clone())) {
        return name;
    }
    own_zone_name()
}

/// The viewer's own.
pub fn own_zone_name() -> String {
    let options = js_sys::Intl::DateTimeFormat::new(&js_sys::Array::new(), &js_sys::Object::new())
        .resolved_options();
    js_sys::Reflect::get(&options, &JsValue::from_str("timeZone"))
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

/// The viewer's UTC offset at an instant.
fn offset_ms(at_ms: i64) -> i64 {
    let asked = ZONE.with_borrow(|zone| {
        let at = JsValue::from_f64(at_ms as f64);
        zone.as_ref()?
            .write
            .call1(&JsValue::UNDEFINED, &at)
            .ok()?
            .as_string()
    });
    if let Some(text) = asked {
        let local = js_sys::Date::parse(&(text.replace(' ', "T") + "Z"));
        if local.is_finite() {
            return local as i64 - at_ms.div_euclid(1_000) * 1_000;
        }
    }
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    (-date.get_timezone_offset() * 60_000.0) as i64
}

/// An instant by the viewer's clock, as a field for date and time has it: `2026-11-20T14:05:00`.
pub fn field_time(at_ms: i64) -> String {
    let local_ms = at_ms + offset_ms(at_ms);
    let date = js_sys::Date::new(&JsValue::from_f64(local_ms as f64));
    let text = String::from(date.to_iso_string());
    text.get(..19).map_or_else(String::new, str::to_owned)
}

/// The instant that such a field names; none while it is empty.
pub fn instant_of_field(text: &str) -> Option<i64> {
    let local = js_sys::Date::parse(&(text.replace(' ', "T") + "Z"));
    let local_ms = local.is_finite().then_some(local as i64)?;
    // Where clocks change, the offset is the one of the instant and not of the same digits in UTC.
    let near_ms = local_ms - offset_ms(local_ms);
    Some(local_ms - offset_ms(near_ms))
}

/// The viewer's time zone as a table over a range, found by halving the days on which the clocks change.
pub fn zone_offsets(range: TimeRange) -> UtcOffsets {
    let mut entries = vec![(i64::MIN, offset_ms(range.from_ms))];
    let mut day = range.from_ms;
    while day < range.to_ms {
        let next = (day + DAY_MS).min(range.to_ms);
        if offset_ms(day) != offset_ms(next) {
            let (mut before, mut after) = (day, next);
            while after - before > 1 {
                let middle = before + (after - before) / 2;
                if offset_ms(middle) == offset_ms(before) {
                    before = middle;
                } else {
                    after = middle;
                }
            }
            entries.push((after, offset_ms(after)));
        }
        day = next;
    }
    UtcOffsets::new(entries)
}

/// The zone around now, for short texts.
pub fn zone_now() -> UtcOffsets {
    let now_ms = now_ms();
    UtcOffsets::new(vec![(i64::MIN, offset_ms(now_ms))])
}

/// The path under which the app is served, without the last slash: empty, or `/ml`.
pub fn base_path() -> String {
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    web_sys::Url::new(&base)
        .map(|url| url.pathname().trim_end_matches('/').to_owned())
        .unwrap_or_default()
}

/// A remembered choice; frames may be denied storage.
pub fn remembered(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Remembers a choice, where that is allowed.
pub fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        // A full or blocked storage only means that the choice is asked for again.
        storage.set_item(key, value).ok();
    }
}

/// Offers text as a file.
pub fn download(name: &str, media_type: &str, text: &str) -> Result<(), JsValue> {
    let options = web_sys::BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = js_sys::Array::of1(&JsValue::from_str(text));
    let blob = web_sys::Blob::new_with_str_sequence_and_options(&parts, &options)?;
    let address = web_sys::Url::create_object_url_with_blob(&blob)?;
    let link: HtmlElement = document().create_element("a")?.unchecked_into();
    link.set_attribute("href", &address)?;
    link.set_attribute("download", name)?;
    link.click();
    web_sys::Url::revoke_object_url(&address)
}

thread_local! {
    /// How a language writes a day, without and with the year: making one takes longer than using it.
    static DAYS: RefCell<Option<[js_sys::Function; 2]>> = const { RefCell::new(None) };
}

/// A day as a language writes it, with the year where a year begins.
pub fn day_words(lang: Lang, date: Civil) -> String {
    let at = js_sys::Date::new_with_year_month_day(
        date.year as u32,
        date.month as i32 - 1,
        date.day as i32,
    );
    let with_year = (date.day, date.month) == (1, 1);
    DAYS.with_borrow_mut(|days| {
        let [plain, with_year_too] =
            days.get_or_insert_with(|| [false, true].map(|year| day_format(lang, year)));
        let format = if with_year { with_year_too } else { plain };
        format
            .call1(&JsValue::UNDEFINED, &at)
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    })
}

fn day_format(lang: Lang, year: bool) -> js_sys::Function {
    let options = js_sys::Object::new();
    let parts = [("day", "numeric"), ("month", "short"), ("year", "numeric")];
    for (name, form) in &parts[..if year { 3 } else { 2 }] {
        // A plain object takes any key.
        js_sys::Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(form)).ok();
    }
    let locales = js_sys::Array::of1(&JsValue::from_str(lang.tag()));
    js_sys::Intl::DateTimeFormat::new(&locales, &options).format()
}

/// What a language writes between the whole and the parts of a number.
pub fn decimal_mark(lang: Lang) -> String {
    let half = js_sys::Number::from(0.5).to_locale_string(lang.tag());
    half.char_at(1).into()
}

/// The clipboard; pages that did not come over https or from this machine have none.
pub fn clipboard() -> Option<web_sys::Clipboard> {
    let window = window();
    window
        .is_secure_context()
        .then(|| window.navigator().clipboard())
}

/// Says in the console what panics. The shipped app has no words for that: there, a panic is a bare trap.
#[cfg(debug_assertions)]
pub fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
}

/// The number that a text begins with.
pub fn number(text: &str) -> Option<f64> {
    Some(js_sys::parse_float(text)).filter(|value| value.is_finite())
}

/// The browser's own logarithm: a library's weighs as much as a small chart.
pub fn log10(value: f64) -> f64 {
    js_sys::Math::log10(value)
}

/// A power, by the browser.
pub fn power(base: f64, exponent: f64) -> f64 {
    js_sys::Math::pow(base, exponent)
}

/// Lower case in any script: the browser has the tables for it.
pub fn lower(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

/// Upper case in any script.
pub fn upper(text: &str) -> String {
    js_sys::JsString::from(text).to_upper_case().into()
}

/// Whether the viewer asked for less motion.
pub fn reduced_motion() -> bool {
    window()
        .match_media("(prefers-reduced-motion: reduce)")
        .ok()
        .flatten()
        .is_some_and(|query| query.matches())
}

/// The shorter side of the window in CSS pixels.
pub fn short_side() -> f64 {
    let side = |length: Result<wasm_bindgen::JsValue, wasm_bindgen::JsValue>| {
        length.ok().and_then(|length| length.as_f64())
    };
    let window = window();
    let (width, height) = (side(window.inner_width()), side(window.inner_height()));
    width.unwrap_or(0.0).min(height.unwrap_or(0.0))
}

/// Where the dropped table lies: the programs of a page share its window and no memory.
const TABLE: &str = "hindcastTable";

/// Keeps the file of a dropped table for every worker of this page, or lets it go.
pub fn hold_table(file: &JsValue) {
    // A window takes any property.
    js_sys::Reflect::set(&window(), &JsValue::from_str(TABLE), file).ok();
}

/// The file of the dropped table; undefined where there is none.
pub fn held_table() -> JsValue {
    js_sys::Reflect::get(&window(), &JsValue::from_str(TABLE)).unwrap_or(JsValue::UNDEFINED)
}
