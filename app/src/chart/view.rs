//! The chart as a component: canvases, pointer, keyboard, words.

use std::sync::Arc;

use hindcast_shared::chart::Scene;
use hindcast_shared::time::TimeRange;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{KeyboardEvent, PointerEvent};

use super::marks::Mark;
use super::pace::observe_size;
use super::painter::{Drag, Painter};
use super::readout::{readout, summary};
use super::table::DataTable;
use super::theme::ThemeState;
use super::told::Told;
use crate::later::Later;

/// The instant under the cursor, the same in every chart of a page.
#[derive(Debug, Clone, Copy)]
pub struct Cursor(pub RwSignal<Option<i64>>);

/// How near the pointer must be to the limit to take hold of it.
const GRIP: f64 = 8.0;
/// A shorter movement is a click and no selection.
const SHORTEST_SELECTION: f64 = 6.0;

/// A chart.
#[component]
pub fn Chart(
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// What it shows; nothing yet.
    #[prop(into)]
    scene: Signal<Option<Arc<Scene>>>,
    /// A range was selected.
    #[prop(optional, into)]
    on_zoom: Option<Callback<TimeRange>>,
    /// The limit was dragged to a value.
    #[prop(optional, into)]
    on_limit: Option<Callback<f64>>,
    /// A streak was chosen, of so many samples.
    #[prop(optional, into)]
    on_streak: Option<Callback<u32>>,
    /// What people said about stretches of it.
    #[prop(optional, into)]
    marks: Signal<Vec<Mark>>,
    /// Whether a selection is for a label: then every pointer may draw one, and the keyboard too.
    #[prop(optional, into)]
    brushing: Signal<bool>,
    /// Whether words around the canvas are left out: small embeds.
    #[prop(optional)]
    bare: bool,
) -> impl IntoView {
    let theme = expect_context::<ThemeState>().theme;
    let cursor = use_context::<Cursor>().map_or_else(|| RwSignal::new(None), |cursor| cursor.0);
    let frame_ref = NodeRef::<Div>::new();
    let [base_ref, over_ref] = [(); 2].map(|()| NodeRef::<Canvas>::new());
    let scene = shared_scene(scene);
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    let drag = RwSignal::new(Drag::None);
    observe_size(frame_ref, size);
    let painter = Painter {
        canvases: [base_ref, over_ref],
        scene,
        theme,
        size,
        marks,
        told: Told::here(),
        cursor,
        drag,
        drawn: StoredValue::new(None),
    };
    painter.start();
    let hand = Hand {
        painter,
        scene,
        cursor,
        drag,
        on_zoom,
        on_limit,
        on_streak,
        pressed_x: StoredValue::new(0.0),
        brushing,
    };
    let described = described(title, scene);
    view! {
        <figure class="chart" class:bare=bare>
            <Show when=move || !bare>
                <figcaption class="chart-head">
                    <span class="chart-title">{title}</span>
                    <output class="chart-readout">{move || hand.words()}</output>
                </figcaption>
            </Show>
            <div
                class="chart-frame" node_ref=frame_ref tabindex="0" role="img"
                aria-label=described
                class:grab=move || on_limit.is_some()
                class:brush=brushing
                on:pointermove=move |event| hand.moved(&event)
                on:pointerdown=move |event| hand.pressed(&event)
                on:pointerup=move |_| hand.released()
                on:click=move |event| hand.clicked(&event)
                on:pointerleave=move |_| cursor.set(None)
                on:keydown=move |event| hand.key(&event)
            >
                <canvas class="chart-base" node_ref=base_ref></canvas>
                <canvas class="chart-over" node_ref=over_ref></canvas>
            </div>
            <Show when=move || !bare>
                <DataTable title scene/>
            </Show>
        </figure>
    }
}

/// The chart in words, which follow a moment later: nobody listens to a sentence a frame.
fn described(title: Signal<String>, scene: Signal<Option<Arc<Scene>>>) -> RwSignal<String> {
    let say = move || match scene.get_untracked() {
        None => title.get_untracked(),
        Some(scene) => summary(&title.get_untracked(), &scene),
    };
    let said = RwSignal::new(title.get_untracked());
    let later = Later::new(move || said.set(say()));
    let mut is_first = true;
    crate::lean::effect(move || {
        title.track();
        match scene.try_with(Option::is_some) {
            Some(true) if std::mem::take(&mut is_first) => said.set(say()),
            Some(_) => later.nudge(),
            // The chart is gone: effects may run once more when their owner is.
            None => {}
        }
    });
    said
}

/// The scene, made once for all who read it: the painter, the words, the table.
fn shared_scene(scene: Signal<Option<Arc<Scene>>>) -> Signal<Option<Arc<Scene>>> {
    let is_other = |old: Option<&Option<Arc<Scene>>>, new: Option<&Option<Arc<Scene>>>| {
        let same = match (old, new) {
            (Some(Some(old)), Some(Some(new))) => Arc::ptr_eq(old, new),
            (Some(None), Some(None)) => true,
            _ => false,
        };
        !same
    };
    Memo::new_with_compare(move |_| scene.get(), is_other).into()
}

/// What the viewer's hand does; copied into each handler.
#[derive(Clone, Copy)]
struct Hand {
    painter: Painter,
    scene: Signal<Option<Arc<Scene>>>,
    cursor: RwSignal<Option<i64>>,
    drag: RwSignal<Drag>,
    on_zoom: Option<Callback<TimeRange>>,
    on_limit: Option<Callback<f64>>,
    on_streak: Option<Callback<u32>>,
    /// Where the pointer went down last.
    pressed_x: StoredValue<f64>,
    brushing: Signal<bool>,
}

impl Hand {
    /// What stands under the cursor.
    fn words(self) -> Option<String> {
        let scene = self.scene.get()?;
        let frame = self.painter.frame();
        let step = frame.map_or(1.0, |frame| frame.values.step);
        let at_ms = self.cursor.get()?;
        Some(readout(&scene, at_ms, step))
    }

    fn moved(self, event: &PointerEvent) {
        let Some(frame) = self.painter.frame() else {
            return;
        };
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        match self.drag.get_untracked() {
            Drag::None => {}
            Drag::Select { from, .. } => self.drag.set(Drag::Select { from, to: x }),
            Drag::Limit => {
                if let Some(on_limit) = self.on_limit {
                    on_limit.run(frame.value(y));
                }
            }
        }
        self.cursor.set(Some(frame.at_ms(x)));
    }

    fn pressed(self, event: &PointerEvent) {
        let Some(frame) = self.painter.frame() else {
            return;
        };
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        self.pressed_x.set_value(x);
        let limit = self.scene.get_untracked().and_then(|scene| scene.limit);
        let near = limit.is_some_and(|limit| (frame.y(limit) - y).abs() <= GRIP);
        let brushing = self.brushing.get_untracked();
        if near && self.on_limit.is_some() && !brushing {
            self.drag.set(Drag::Limit);
        } else if self.on_zoom.is_some() && (brushing || event.pointer_type() == "mouse") {
            self.drag.set(Drag::Select { from: x, to: x });
        } else {
            return;
        }
        let target = event
            .current_target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        if let Some(target) = target {
            // Without the capture the drag ends at the edge, which is all that is lost.
            target.set_pointer_capture(event.pointer_id()).ok();
        }
    }

    fn released(self) {
        let drag = self.drag.get_untracked();
        self.drag.set(Drag::None);
        if let (Drag::Select { from, to }, Some(frame), Some(on_zoom)) =
            (drag, self.painter.frame(), self.on_zoom)
            && (to - from).abs() >= SHORTEST_SELECTION
        {
            let (from, to) = (frame.at_ms(from.min(to)), frame.at_ms(from.max(to)));
            if let Some(range) = TimeRange::new(from, to) {
                on_zoom.run(range);
            }
        }
    }

    /// A click that is no drag takes the streak under it.
    fn clicked(self, event: &web_sys::MouseEvent) {
        let x = f64::from(event.offset_x());
        if (x - self.pressed_x.get_value()).abs() < SHORTEST_SELECTION {
            self.choose(x);
        }
    }

    fn choose(self, x: f64) {
        let (Some(on_streak), Some(frame), Some(scene)) = (
            self.on_streak.filter(|_| !self.brushing.get_untracked()),
            self.painter.frame(),
            self.scene.get_untracked(),
        ) else {
            return;
        };
        if let Some(streak) = frame.streak_at(&scene.streaks, x) {
            on_streak.run(streak.samples);
        }
    }

    /// Moves the cursor from point to point; the readout is announced.
    fn key(self, event: &KeyboardEvent) {
        let Some(scene) = self.scene.get_untracked() else {
            return;
        };
        let Some(times) = scene
            .lines
            .first()
            .map(|line| &line.points.times_ms)
            .filter(|times| !times.is_empty())
        else {
            return;
        };
        let last = times.len() - 1;
        let at = self.cursor.get_untracked().map_or(last, |at_ms| {
            times.partition_point(|time_ms| *time_ms < at_ms).min(last)
        });
        let next = match event.key().as_str() {
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowRight" => (at + 1).min(last),
            "PageUp" => at.saturating_sub(times.len() / 10),
            "PageDown" => (at + times.len() / 10).min(last),
            "Home" => 0,
            "End" => last,
            "Enter" if self.brushing.get_untracked() => at,
            "Enter" => {
                let frame = self.painter.frame();
                if let Some((frame, at_ms)) = frame.zip(self.cursor.get_untracked()) {
                    self.choose(frame.x(at_ms));
                }
                return;
            }
            "Escape" => return self.drag.set(Drag::None),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        let at_ms = times[next];
        self.cursor.set(Some(at_ms));
        // The first Enter begins a selection at the cursor, which then draws it; the second one ends it.
        let x = self.painter.frame().map(|frame| frame.x(at_ms));
        match (self.drag.get_untracked(), x) {
            (Drag::Select { from, .. }, Some(to)) => {
                self.drag.set(Drag::Select { from, to });
                if event.key() == "Enter" {
                    self.released();
                }
            }
            (_, Some(from)) if event.key() == "Enter" => {
                self.drag.set(Drag::Select { from, to: from });
            }
            _ => {}
        }
    }
}
