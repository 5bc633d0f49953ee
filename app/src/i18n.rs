//! Words in the reader's language: the English text in the program is the key to the catalogue's line.
//!
//! `public/boot.js` chooses the language and fetches the catalogue (`app/i18n`) before the program starts. Owns no
//! text; `cargo xtask check tidy` fails when a catalogue lacks a line or keeps one that nobody asks for. A worker has
//! no page: the page hands it its catalogue.

use hindcast_shared::api::ErrorDetail;
use hindcast_shared::chart;
use hindcast_shared::message::{Lang, fill};
use leptos::prelude::{RwSignal, Set as _};
use leptos::task::spawn_local;

use crate::browser;

/// Marks a text in a table that is handed to [`t`] later, so that the catalogues are held against it.
pub const fn key(text: &'static str) -> &'static str {
    text
}

/// The text in the reader's language; itself where the catalogue has no line.
pub fn t(english: &'static str) -> &'static str {
    page::look_up(english).unwrap_or(english)
}

/// What somebody else says, such as the server: where its words are few, they have lines as well.
pub fn told(english: &str) -> String {
    page::fetched(english).unwrap_or_else(|| english.to_owned())
}

/// What the server says of its own accord, such as a refusal, as `public/said.js` reads it in the reader's language.
pub fn said(english: &str) -> String {
    page::said(english).unwrap_or_else(|| english.to_owned())
}

/// Waits for the catalogue of what is [`said`]; without it everything said is in English.
async fn catalogue() {
    if let Some(catalogue) = page::saying() {
        wasm_bindgen_futures::JsFuture::from(catalogue).await.ok();
    }
}

/// Sentences that the server said, in English until the catalogue is there.
pub fn sentences(english: Vec<String>) -> RwSignal<String> {
    let own = RwSignal::new(english.join(" "));
    if !english.is_empty() {
        spawn_local(async move {
            catalogue().await;
            let said: Vec<String> = english.iter().map(|text| said(text)).collect();
            own.try_set(said.join(" "));
        });
    }
    own
}

/// A refusal as the reader reads it, once the catalogue is there.
pub async fn in_own_words(mut refusal: ErrorDetail) -> ErrorDetail {
    catalogue().await;
    refusal.message = said(&refusal.message);
    refusal
}

/// What a day is called, in the reader's language where it is a known holiday; one that is several has a name for each.
pub async fn named(english: &str) -> String {
    catalogue().await;
    let names: Vec<String> = english.split("; ").map(said).collect();
    names.join("; ")
}

/// The text with its `{names}` filled in.
pub fn tf(english: &'static str, values: &[(&str, &str)]) -> String {
    fill(t(english), values)
}

/// A count with the form of the word that the language asks for; `{n}` is the number.
///
/// The catalogue's line stands under the English `other`; its forms are separated by ` | `.
pub fn plural(count: u64, one: &'static str, other: &'static str) -> String {
    pluralf(count, one, other, &[])
}

/// The same with other `{names}` filled in.
pub fn pluralf(
    count: u64,
    one: &'static str,
    other: &'static str,
    values: &[(&str, &str)],
) -> String {
    let (text, lang) = match page::look_up(other) {
        Some(text) => (text, language()),
        None if count == 1 => (one, Lang::En),
        None => (other, Lang::En),
    };
    let wanted = match lang {
        Lang::En | Lang::Ko => 0,
        Lang::Ru => russian_form(count),
    };
    let form = text.split(" | ").nth(wanted).unwrap_or(text);
    let number = crate::words::count(count);
    let mut all = vec![("n", &*number)];
    all.extend(values);
    fill(form, &all)
}

/// One, few or many, by the rules of CLDR for whole numbers.
fn russian_form(count: u64) -> usize {
    match (count % 10, count % 100) {
        (_, 11..=14) => 2,
        (1, _) => 0,
        (2..=4, _) => 1,
        _ => 2,
    }
}

/// Takes the first paint away, and has charts and lists write days and numbers as the page's language does.
pub fn start() {
    if let Some(boot) = browser::document().get_element_by_id("boot") {
        boot.remove();
    }
    write_as_language();
}

fn write_as_language() {
    if language() != Lang::En {
        chart::write_days_with(|date| browser::day_words(language(), date));
        chart::write_decimals_with(browser::decimal_mark(language()));
    }
}

/// What a page hands to its workers: its catalogue, as it was fetched.
pub fn handed() -> Option<wasm_bindgen::JsValue> {
    page::words()
}

/// Takes the page's catalogue: from now on this worker speaks as the page does.
pub fn take(words: &wasm_bindgen::JsValue) {
    // The global object takes any key.
    js_sys::Reflect::set(&js_sys::global(), &page::WORDS.into(), words).ok();
    write_as_language();
}

/// The language of the texts; each catalogue says its own.
pub fn language() -> Lang {
    t(OWN).parse().unwrap_or_default()
}

/// The line under which a catalogue says its language.
const OWN: &str = "en";

/// Remembers a language, and loads the page again in it.
pub fn choose(lang: Lang) {
    browser::remember("hindcast-language", lang.tag());
    let location = browser::window().location();
    let Ok(url) = location.href().and_then(|href| web_sys::Url::new(&href)) else {
        return;
    };
    // A language in the address would win over the choice.
    url.search_params().delete("lang");
    if location.set_href(&url.href()).is_err() {
        location.reload().ok();
    }
}

#[cfg(target_arch = "wasm32")]
mod page {
    use std::cell::RefCell;

    use wasm_bindgen::{JsCast as _, JsValue};

    /// Where the catalogue is kept.
    pub(super) const WORDS: &str = "hindcastWords";

    thread_local! {
        /// Lines that were asked for, sorted by the English; each is kept for as long as the page lives.
        static KNOWN: RefCell<Vec<(&'static str, Option<&'static str>)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) fn look_up(english: &'static str) -> Option<&'static str> {
        KNOWN.with_borrow_mut(|known| {
            let place = known.binary_search_by(|(key, _)| (*key).cmp(english));
            let at = place.unwrap_or_else(|at| {
                let line = fetched(english).map(|line| &*line.leak());
                known.insert(at, (english, line));
                at
            });
            known.get(at).and_then(|(_, text)| *text)
        })
    }

    pub(super) fn fetched(english: &str) -> Option<String> {
        let line = js_sys::Reflect::get(&words()?, &JsValue::from_str(english));
        line.ok()?.as_string()
    }

    pub(super) fn words() -> Option<JsValue> {
        global(WORDS).filter(JsValue::is_object)
    }

    pub(super) fn said(english: &str) -> Option<String> {
        let said: js_sys::Function = global("hindcastSaid")?.dyn_into().ok()?;
        said.call1(&JsValue::NULL, &JsValue::from_str(english))
            .ok()?
            .as_string()
    }

    pub(super) fn saying() -> Option<js_sys::Promise> {
        global("hindcastSaying")?.dyn_into().ok()
    }

    fn global(name: &str) -> Option<JsValue> {
        js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str(name)).ok()
    }
}

/// Where there is no page, texts are in English.
#[cfg(not(target_arch = "wasm32"))]
mod page {
    pub(super) const WORDS: &str = "";

    pub(super) fn look_up(_english: &'static str) -> Option<&'static str> {
        None
    }

    pub(super) fn fetched(_english: &str) -> Option<String> {
        None
    }

    pub(super) fn words() -> Option<wasm_bindgen::JsValue> {
        None
    }

    pub(super) fn said(_english: &str) -> Option<String> {
        None
    }

    pub(super) fn saying() -> Option<js_sys::Promise> {
        None
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn plural_when_there_is_one_or_more_then_takes_the_form() {
        assert_eq!(plural(1, "{n} page", "{n} pages"), "1 page");
        assert_eq!(plural(0, "{n} page", "{n} pages"), "0 pages");
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn catalogues_when_detectors_are_described_then_have_every_text() {
        use hindcast_shared::detector::{DetectorKind, Family, PART_LABELS, ParamKind};

        let mut texts = std::collections::BTreeSet::from([OWN]);
        texts.extend(Family::ALL.map(Family::title));
        texts.extend(PART_LABELS);
        for kind in DetectorKind::ALL {
            let about = kind.about();
            texts.extend([about.title, about.help]);
            for param in about.params.iter().chain([&about.threshold]) {
                texts.extend([param.label, param.help, param.unit]);
                if let ParamKind::Choice(words) = param.kind {
                    texts.extend(words);
                }
            }
        }
        texts.remove("");
        let catalogues = [
            include_str!("../i18n/ko.json"),
            include_str!("../i18n/ru.json"),
        ];
        for catalogue in catalogues {
            let lines: serde_json::Map<_, _> = serde_json::from_str(catalogue).expect("JSON");
            let missing: Vec<_> = texts
                .iter()
                .filter(|text| !lines.contains_key(**text))
                .collect();
            assert!(missing.is_empty(), "{missing:#?}");
        }
    }

    #[test]
    fn russian_form_when_numbers_end_alike_then_teens_are_many() {
        let forms = [1, 2, 5, 11, 12, 21, 22, 111, 1_002].map(russian_form);
        assert_eq!(forms, [0, 1, 2, 2, 2, 0, 1, 2, 1]);
    }

    #[test]
    fn text_when_names_are_given_then_are_filled_in() {
        assert_eq!(tf("{a} of {b}", &[("b", "2"), ("a", "1")]), "1 of 2");
    }
}
