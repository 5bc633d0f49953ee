//! Deployments and whatever else was told to calendars: a flag and a broken line on every chart below, and a list.

use hindcast_shared::api::Marker;
use hindcast_shared::chart::{Frame, Theme, minute_text};
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::CanvasRenderingContext2d;

use super::canvas::css;
use crate::api::calendars;
use crate::browser;
use crate::i18n::t;
use crate::lean::CollectAny as _;

/// Length of a dash, and of the gap behind it.
const DASH: f64 = 4.0;

/// Room that a flag needs.
const FLAG: f64 = 13.0;

/// Most lines of the list; the newest.
const MOST: usize = 10;

/// What was told in the range of the charts that are given it.
#[derive(Debug, Clone, Copy)]
pub struct Told(RwSignal<Vec<Marker>>);

impl Told {
    /// Asks for it whenever the range changes, and gives it to the charts below.
    pub fn provide(range: impl Fn() -> Option<TimeRange> + 'static) -> Self {
        let told = Self(RwSignal::new(Vec::new()));
        crate::lean::effect(move || {
            let Some(range) = range() else {
                return;
            };
            spawn_local(async move {
                let (from, to) = (range.from_ms.to_string(), range.to_ms.to_string());
                // Charts are read without it, too; whoever cannot be asked is told of elsewhere on the page.
                if let Ok(found) = calendars::list_markers(&from, &to).await {
                    told.0.try_set(found);
                }
            });
        });
        provide_context(told);
        told
    }

    /// What a chart draws of it.
    pub(super) fn here() -> Signal<Vec<Marker>> {
        use_context::<Self>().map_or_else(|| Signal::stored(Vec::new()), |told| told.0.into())
    }

    /// The same as a list, which a chart cannot be for everybody.
    pub fn list(self) -> AnyView {
        let lines = move || {
            let told = self.0.get();
            (!told.is_empty()).then(|| {
                let zone = browser::zone_now();
                let lines = told.iter().take(MOST).map(|one| {
                    let line = format!("{} · {}", minute_text(one.start_ms, &zone), one.title);
                    view! { <li>{line}</li> }
                });
                view! { <section class="told" aria-label=t("Told to calendars")><h2>"⚑ "{t("Told to calendars")}</h2><ul>{lines.collect_any()}</ul></section> }
            })
        };
        crate::lean::live(lines)
    }
}

/// Draws a flag and a broken line where it began.
pub(super) fn paint(
    context: &CanvasRenderingContext2d,
    frame: &Frame,
    theme: &Theme,
    one: &Marker,
) {
    let (range, plot) = (frame.range, frame.plot);
    if one.start_ms < range.from_ms || one.start_ms >= range.to_ms {
        return;
    }
    let x = frame.x(one.start_ms).round();
    context.set_fill_style_str(&css(theme.muted.into()));
    let mut y = plot.y;
    while y < plot.bottom() {
        context.fill_rect(x, y, 1.0, DASH.min(plot.bottom() - y));
        y += 2.0 * DASH;
    }
    context.set_font(&format!("12px {}", theme.font_family));
    context.set_fill_style_str(&css(theme.text.into()));
    // A flag that does not fit is only not seen; the list has it.
    let beside = if x + FLAG > plot.right() { -FLAG } else { 2.0 };
    context.fill_text("⚑", x + beside, plot.y + 11.0).ok();
}
