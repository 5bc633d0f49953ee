//! The range of time: two texts in the grammar of times, quick choices, shift and zoom.

use hindcast_shared::chart::minute_text;
use hindcast_shared::time::{DAY_MS, Edge, HOUR_MS, MINUTE_MS, TimeRange, parse_instant};
use leptos::prelude::*;

use crate::browser;
use crate::i18n::{t, tf};
use crate::lean::CollectAny as _;
use crate::url_state;
use crate::words;

/// A range as it is written; relative ranges stay relative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeText {
    /// Beginning.
    pub from: String,
    /// End.
    pub to: String,
}

impl RangeText {
    /// From `from` until now.
    pub fn last(from: &str) -> Self {
        Self {
            from: from.to_owned(),
            to: "now".to_owned(),
        }
    }

    /// A fixed range.
    pub fn fixed(range: TimeRange) -> Self {
        Self {
            from: range.from_ms.to_string(),
            to: range.to_ms.to_string(),
        }
    }

    /// As the address has it, or `from` until now. Grafana's `time` and `time.window` are read as well.
    pub fn from_url(default_from: &str) -> Self {
        let query = url_state::current();
        if let (Some(center), Some(window)) = (
            query.get("time").and_then(|text| text.parse::<i64>().ok()),
            query
                .get("time.window")
                .and_then(|text| text.parse::<i64>().ok()),
        ) {
            let half = window.clamp(2, 400 * DAY_MS) / 2;
            return Self::fixed(TimeRange {
                from_ms: center.saturating_sub(half),
                to_ms: center.saturating_add(half),
            });
        }
        Self {
            from: query.get("from").unwrap_or(default_from).to_owned(),
            to: query.get("to").unwrap_or("now").to_owned(),
        }
    }

    /// Writes it into the address.
    pub fn to_url(&self) {
        url_state::replace(&[
            ("from", Some(&self.from)),
            ("to", Some(&self.to)),
            ("time", None),
            ("time.window", None),
        ]);
    }

    /// Resolves it at an instant.
    ///
    /// # Errors
    /// A sentence about what cannot be read, or that it runs backwards.
    pub fn resolve(&self, now_ms: i64) -> Result<TimeRange, String> {
        let zone = browser::zone_now();
        let from_ms = parse_instant(&self.from, now_ms, Edge::From, &zone)?;
        let to_ms = parse_instant(&self.to, now_ms, Edge::To, &zone)?;
        TimeRange::new(from_ms, to_ms)
            .ok_or_else(|| t("the range ends before it begins").to_owned())
    }

    /// Whether it moves with the clock.
    pub fn is_live(&self) -> bool {
        self.to == "now"
    }
}

/// How far back, and the length of that in milliseconds.
const QUICK: [(&str, i64); 8] = [
    ("now-15m", 15 * MINUTE_MS),
    ("now-1h", HOUR_MS),
    ("now-6h", 6 * HOUR_MS),
    ("now-24h", 24 * HOUR_MS),
    ("now-2d", 2 * DAY_MS),
    ("now-7d", 7 * DAY_MS),
    ("now-14d", 14 * DAY_MS),
    ("now-30d", 30 * DAY_MS),
];

/// Picks a range; the address follows.
#[component]
pub fn RangePicker(
    /// The range.
    range: RwSignal<RangeText>,
) -> impl IntoView {
    let refused = RwSignal::new(None::<String>);
    let set = move |text: RangeText| match text.resolve(browser::now_ms()) {
        Ok(_) => {
            refused.set(None);
            text.to_url();
            range.set(text);
        }
        Err(why) => refused.set(Some(why)),
    };
    let moved = move |change: fn(TimeRange) -> TimeRange| {
        if let Ok(now) = range.get_untracked().resolve(browser::now_ms()) {
            set(RangeText::fixed(change(now)));
        }
    };
    let resolved = move || {
        let text = range.get();
        text.resolve(browser::now_ms()).map_or_else(
            |why| why,
            |range| {
                let zone = browser::zone_offsets(range);
                tf(
                    "{from} to {to}, {zone}",
                    &[
                        ("from", &minute_text(range.from_ms, &zone)),
                        ("to", &minute_text(range.to_ms, &zone)),
                        ("zone", &browser::zone_name()),
                    ],
                )
            },
        )
    };
    let quick = move |event: web_sys::Event| {
        let from = event_target_value(&event);
        if !from.is_empty() {
            set(RangeText::last(&from));
        }
    };
    let edited = move |from: Option<String>, to: Option<String>| {
        let old = range.get_untracked();
        set(RangeText {
            from: from.unwrap_or(old.from),
            to: to.unwrap_or(old.to),
        });
    };
    view! {
        <div class="range" role="group" aria-label=t("Range of time") title=resolved>
            <select aria-label=t("Quick ranges") on:change=quick
                prop:value=move || { let range = range.get(); if range.is_live() { range.from } else { String::new() } }>
                <option value="">{t("Custom")}</option>
                {QUICK.map(|(from, length)| view! {
                    <option value=from selected=move || { let range = range.get(); range.is_live() && range.from == from }>{words::length(length)}</option>
                }).into_iter().collect_any()}
            </select>
            <input type="text" class="instant" aria-label=t("From") size="14" spellcheck="false" autocomplete="off"
                prop:value=move || shown(&range.get().from)
                on:change=move |event| edited(Some(meant(event_target_value(&event))), None)/>
            <span aria-hidden="true">"–"</span>
            <input type="text" class="instant" aria-label=t("To") size="14" spellcheck="false" autocomplete="off"
                prop:value=move || shown(&range.get().to)
                on:change=move |event| edited(None, Some(meant(event_target_value(&event))))/>
            <button type="button" class="icon" data-key="t ArrowLeft" data-command=t("Earlier") aria-label=t("Earlier") title=t("Earlier") on:click=move |_| moved(earlier)>"‹"</button>
            <button type="button" class="icon" data-key="t ArrowRight" data-command=t("Later") aria-label=t("Later") title=t("Later") on:click=move |_| moved(later)>"›"</button>
            <button type="button" class="icon" data-key="t z" data-command=t("Zoom out") aria-label=t("Zoom out") title=t("Zoom out") on:click=move |_| moved(wider)>"−"</button>
            // Without room in the bar: by keys and by the palette.
            <button type="button" hidden data-key="t c" data-command=t("Copy the range") on:click=move |_| copy(&range.get_untracked())></button>
            <button type="button" hidden data-key="t v" data-command=t("Paste a range") on:click=move |_| paste(Callback::new(set))></button>
            {move || refused.get().map(|why| view! { <span class="refused" role="alert">{why}</span> })}
        </div>
    }
}

/// As it stands in its field: an instant by the viewer's clock, and what is relative as it was written.
fn shown(text: &str) -> String {
    let Ok(at_ms) = text.parse::<i64>() else {
        return text.to_owned();
    };
    let local = browser::field_time(at_ms).replace('T', " ");
    local
        .strip_suffix(":00")
        .map_or(local.clone(), str::to_owned)
}

/// What somebody wrote there: a date by the viewer's clock, or anything in the grammar of times.
fn meant(text: String) -> String {
    let is_date = text.get(..10).is_some_and(|date| {
        date.char_indices().all(|(at, c)| match at {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        })
    });
    let local = match text.len() {
        10 if is_date => format!("{text} 00:00"),
        16 | 19 if is_date => text.clone(),
        _ => return text,
    };
    let at_ms = browser::instant_of_field(&local);
    at_ms.map_or(text, |at_ms| at_ms.to_string())
}

/// As JSON, which Grafana copies and pastes as well.
fn copy(range: &RangeText) {
    let text = format!("{{\"from\":\"{}\",\"to\":\"{}\"}}", range.from, range.to);
    if let Some(clipboard) = browser::clipboard() {
        // Whether the browser lets the page write is its affair; there is nothing else to do about it.
        drop(clipboard.write_text(&text));
    }
}

fn paste(set: Callback<RangeText>) {
    let Some(clipboard) = browser::clipboard() else {
        return;
    };
    let reading = clipboard.read_text();
    leptos::task::spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(reading).await;
        let text = text.ok().and_then(|text| text.as_string());
        let part = |text: &str, name: &str| {
            let (_, rest) = text.split_once(&format!("\"{name}\""))?;
            Some(rest.split('"').nth(1)?.to_owned())
        };
        if let Some((from, to)) = text.and_then(|text| part(&text, "from").zip(part(&text, "to"))) {
            set.run(RangeText { from, to });
        }
    });
}

fn earlier(range: TimeRange) -> TimeRange {
    let half = range.duration_ms() / 2;
    TimeRange {
        from_ms: range.from_ms - half,
        to_ms: range.to_ms - half,
    }
}

fn later(range: TimeRange) -> TimeRange {
    let half = range.duration_ms() / 2;
    TimeRange {
        from_ms: range.from_ms + half,
        to_ms: range.to_ms + half,
    }
}

fn wider(range: TimeRange) -> TimeRange {
    let half = range.duration_ms() / 2;
    TimeRange {
        from_ms: range.from_ms - half,
        to_ms: range.to_ms + half,
    }
}
