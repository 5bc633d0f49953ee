//! All anomalies of the range on one axis of time, a lane a rule: drag to choose a shorter range, keys to walk.

mod lanes;
mod paint;

use std::sync::Arc;

use hindcast_shared::time::TimeRange;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{KeyboardEvent, PointerEvent};

use self::lanes::Lanes;
use self::paint::{Axis, Chosen, FOOT, LANE, paint};
use super::filter::Phase;
use super::roll::Roll;
use crate::browser;
use crate::chart::{ThemeState, gather, observe_size};
use crate::components::RangeText;
use crate::i18n::{plural, t, tf};
use crate::route::Route;
use crate::words;

/// A shorter way of the pointer is a click.
const CLICK: f64 = 6.0;
/// How near to a bar a click must be.
const NEAR: f64 = 8.0;
/// How often the end of what goes on is drawn anew.
const EVERY_MS: i64 = 30_000;

/// The timeline.
#[component]
pub(super) fn Timeline(roll: Roll, range: RwSignal<RangeText>) -> impl IntoView {
    let theme = expect_context::<ThemeState>().theme;
    let (box_ref, canvas_ref) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new());
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    observe_size(box_ref, size);
    let turn = Memo::new(move |_| roll.live.now_ms.get() / EVERY_MS);
    let resolved = Memo::new(move |_| {
        turn.get();
        range.get().resolve(browser::now_ms()).ok()
    });
    let lanes = Memo::new(move |_| {
        turn.get();
        let range = resolved.get()?;
        let filter = roll.filter.get();
        let now_ms = browser::now_ms();
        Some(Arc::new(roll.past.with(|past| {
            let shown = past.iter().flatten().filter(|anomaly| {
                // What is open is no more special here than what is over, unless somebody asks for one of them.
                match filter.phase {
                    Phase::Active | Phase::All => filter.is_about(anomaly),
                    _ => filter.passes(anomaly),
                }
            });
            Lanes::of(shown, range, now_ms)
        })))
    });
    let hand = Hand {
        roll,
        range,
        resolved,
        lanes,
        size,
        chosen: RwSignal::new(Chosen::default()),
        pressed: StoredValue::new(None),
        route: expect_context::<Route>(),
    };
    let painted = gather(move || {
        let (Some(canvas), Some(lanes), Some(range)) = (
            canvas_ref.get_untracked(),
            lanes.get_untracked(),
            resolved.get_untracked(),
        ) else {
            return;
        };
        let size = size.get_untracked();
        let (theme, chosen) = (theme.get_untracked(), hand.chosen.get_untracked());
        let axis = Axis::new(size.0, range);
        let offsets = browser::zone_offsets(range);
        paint(&canvas, size, &lanes, axis, &offsets, &theme, chosen);
    });
    crate::lean::effect(move || {
        lanes.track();
        theme.track();
        size.track();
        hand.chosen.track();
        canvas_ref.track();
        painted();
    });
    let height = move || {
        let count = lanes.get().map_or(1, |lanes| lanes.names.len().max(1));
        format!("{}px", count as f64 * LANE + FOOT)
    };
    let label = move || {
        let count = lanes.get().map_or(0, |lanes| lanes.bars.len() as u64);
        let found = plural(count, "{n} anomaly", "{n} anomalies");
        tf(
            "Timeline of {anomalies}, a lane a rule. Arrow keys go from one to the next, Enter opens it, Space chooses the range from here to the next Space.",
            &[("anomalies", &found)],
        )
    };
    let empty = Memo::new(move |_| lanes.get().is_none_or(|lanes| lanes.bars.is_empty()));
    view! {
        <div class="timeline" class:none=empty>
            <div class="timeline-scroll">
                <div class="timeline-frame" node_ref=box_ref tabindex="0" role="application" aria-label=label style:height=height
                    on:pointerdown=move |event| hand.press(&event)
                    on:pointermove=move |event| hand.move_to(&event)
                    on:pointerup=move |event| hand.release(&event)
                    on:pointerleave=move |_| hand.leave()
                    on:keydown=move |event| hand.key(&event)>
                    <canvas node_ref=canvas_ref></canvas>
                </div>
            </div>
            <output class="timeline-readout" aria-live="polite">{move || hand.words()}</output>
        </div>
        {move || empty.get().then(|| view! { <p class="muted">{t("No anomaly in this range passes the filter.")}</p> })}
    }
}

/// What the viewer's hand does; copied into each handler.
#[derive(Clone, Copy)]
struct Hand {
    roll: Roll,
    range: RwSignal<RangeText>,
    resolved: Memo<Option<TimeRange>>,
    lanes: Memo<Option<Arc<Lanes>>>,
    size: RwSignal<(f64, f64)>,
    chosen: RwSignal<Chosen>,
    /// Where the pointer was pressed.
    pressed: StoredValue<Option<f64>>,
    route: Route,
}

impl Hand {
    fn axis(self) -> Option<Axis> {
        let range = self.resolved.get_untracked()?;
        Some(Axis::new(self.size.get_untracked().0, range))
    }

    /// The bar under the pointer.
    fn under(self, event: &PointerEvent) -> Option<usize> {
        let (axis, lanes) = (self.axis()?, self.lanes.get_untracked()?);
        let lane = (f64::from(event.offset_y()) / LANE) as usize;
        let near_ms = (NEAR / axis.width * axis.range.duration_ms() as f64) as i64;
        lanes.at(lane, axis.at_ms(f64::from(event.offset_x())), near_ms)
    }

    fn press(self, event: &PointerEvent) {
        if event.pointer_type() == "mouse" {
            self.pressed.set_value(Some(f64::from(event.offset_x())));
            let target = event
                .current_target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
            if let Some(target) = target {
                // Without the capture the drag ends at the edge, which is all that is lost.
                target.set_pointer_capture(event.pointer_id()).ok();
            }
        }
    }

    fn move_to(self, event: &PointerEvent) {
        let x = f64::from(event.offset_x());
        let drawn = self
            .pressed
            .get_value()
            .filter(|from| (from - x).abs() >= CLICK);
        let stretch = drawn
            .zip(self.axis())
            .map(|(from, axis)| (axis.at_ms(from), axis.at_ms(x)));
        let bar = if stretch.is_some() {
            None
        } else {
            self.under(event)
        };
        let chosen = Chosen { bar, stretch };
        if self.chosen.get_untracked() != chosen {
            self.chosen.set(chosen);
        }
    }

    fn release(self, event: &PointerEvent) {
        self.pressed.set_value(None);
        match self.chosen.get_untracked().stretch {
            Some(stretch) => self.choose(stretch),
            None => self.open(self.under(event)),
        }
    }

    fn leave(self) {
        if self.pressed.get_value().is_none() {
            self.chosen.set(Chosen::default());
        }
    }

    /// Takes a stretch as the range.
    fn choose(self, (from_ms, to_ms): (i64, i64)) {
        self.chosen.set(Chosen::default());
        if let Some(range) = TimeRange::new(from_ms.min(to_ms), from_ms.max(to_ms)) {
            let text = RangeText::fixed(range);
            text.to_url();
            self.range.set(text);
        }
    }

    fn open(self, bar: Option<usize>) {
        let lanes = self.lanes.get_untracked();
        if let Some(bar) = bar.and_then(|bar| lanes.as_ref()?.bars.get(bar)) {
            self.route.go(&format!("anomalies/{}", bar.id));
        }
    }

    fn key(self, event: &KeyboardEvent) {
        let Some(lanes) = self.lanes.get_untracked() else {
            return;
        };
        let Some(last) = lanes.bars.len().checked_sub(1) else {
            return;
        };
        let Chosen { bar, stretch } = self.chosen.get_untracked();
        let next = match (event.key().as_str(), bar) {
            ("ArrowLeft", None) | ("End", _) => last,
            ("ArrowRight", None) | ("Home", _) => 0,
            ("ArrowLeft", Some(bar)) => bar.saturating_sub(1),
            ("ArrowRight", Some(bar)) => (bar + 1).min(last),
            ("ArrowUp", Some(bar)) => lanes.beside(bar, false).unwrap_or(bar),
            ("ArrowDown", Some(bar)) => lanes.beside(bar, true).unwrap_or(bar),
            ("Enter", Some(_)) => return self.open(bar),
            ("Escape", _) => return self.chosen.set(Chosen::default()),
            (" ", Some(at)) => {
                event.prevent_default();
                let bar = &lanes.bars[at.min(last)];
                return match stretch {
                    Some((from_ms, _)) => self.choose((from_ms, bar.to_ms)),
                    None => self.chosen.set(Chosen {
                        bar: Some(at),
                        stretch: Some((bar.from_ms, bar.to_ms)),
                    }),
                };
            }
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let stretch = stretch.map(|(from_ms, _)| (from_ms, lanes.bars[next].to_ms));
        self.chosen.set(Chosen {
            bar: Some(next),
            stretch,
        });
    }

    /// What is chosen, in words.
    fn words(self) -> Option<String> {
        let bar = self.chosen.get().bar?;
        let lanes = self.lanes.get()?;
        let id = lanes.bars.get(bar)?.id;
        let zone = browser::zone_now();
        let now_ms = self.roll.live.now_ms.get_untracked();
        self.roll.past.with_untracked(|past| {
            let anomaly = past.iter().flatten().find(|anomaly| anomaly.id == id)?;
            let place = tf(
                "{n} of {all}",
                &[
                    ("n", &words::count(bar as u64 + 1)),
                    ("all", &words::count(lanes.bars.len() as u64)),
                ],
            );
            let since = words::since(anomaly.start_ms, now_ms, &zone);
            Some(format!(
                "{place} · {} {} · {} · {} · {since}",
                words::glyph(anomaly.severity),
                words::severity_word(anomaly.severity),
                anomaly.rule_name,
                words::deviation(anomaly),
            ))
        })
    }
}
