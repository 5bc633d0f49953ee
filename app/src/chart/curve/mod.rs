//! A small chart of a few lines over rounds or over looks: how a training goes, how well a model does.
//!
//! It is drawn by `shared::chart` like every other chart; unlike [`super::Chart`] it can stand on numbers that are no
//! times, tells all lines under the cursor, and has them all in its table.

mod course;
mod paint;
mod table;

use std::sync::Arc;

use hindcast_shared::chart::Frame;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::{HtmlCanvasElement, KeyboardEvent, PointerEvent};

use super::pace::{gather, observe_size};
use super::theme::ThemeState;
use crate::lean::{CollectAny as _, Lasting as _};

pub use self::course::{Axis, Course, Flag, Strand};

/// How the points of a line look, the first line's first: told apart without colour.
const POINTS: [&str; 3] = ["●", "○", "■"];

/// The chart.
#[component]
pub fn Curve(
    /// What it is about.
    #[prop(into)]
    title: Signal<String>,
    /// What it shows.
    #[prop(into)]
    course: Signal<Arc<Course>>,
) -> impl IntoView {
    let theme = expect_context::<ThemeState>().theme;
    let frame_ref = NodeRef::<Div>::new();
    let [base_ref, over_ref] = [(); 2].map(|()| NodeRef::<Canvas>::new());
    let size = RwSignal::new((0.0_f64, 0.0_f64));
    let frame = StoredValue::new(None::<Frame>);
    let chosen = RwSignal::new(None::<usize>);
    observe_size(frame_ref, size);
    let paint_over = move || {
        let canvas: Option<HtmlCanvasElement> = over_ref.get_untracked();
        if let (Some(canvas), Some(frame)) = (canvas, frame.get_value()) {
            let (theme, size) = (theme.get_untracked(), size.get_untracked());
            let course = course.get_untracked();
            let chosen = chosen.get_untracked();
            paint::paint_over(&canvas, &frame, &course, &theme, size, chosen);
        }
    };
    let painted = gather(move || {
        let size = size.get_untracked();
        if let Some(canvas) = base_ref.get_untracked().filter(|_| size.0 > 0.0) {
            let (course, theme) = (course.get_untracked(), theme.get_untracked());
            frame.set_value(paint::paint(&canvas, &course, &theme, size));
            paint_over();
        }
    });
    crate::lean::effect(move || {
        course.track();
        theme.follow();
        size.track();
        painted();
    });
    let over_painted = gather(paint_over);
    crate::lean::effect(move || {
        chosen.track();
        over_painted();
    });
    let moved = move |event: PointerEvent| {
        let place = frame.with_value(|frame| Some(frame.as_ref()?.at_ms(event.offset_x().into())));
        chosen.set(place.and_then(|place| course.with_untracked(|course| course.nearest(place))));
    };
    let pressed = move |event: KeyboardEvent| {
        let last = course.with_untracked(|course| course.at.len().saturating_sub(1));
        let at = chosen.get_untracked().unwrap_or(last).min(last);
        let next = match event.key().as_str() {
            "ArrowLeft" => at.saturating_sub(1),
            "ArrowRight" => (at + 1).min(last),
            "Home" => 0,
            "End" => last,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        chosen.set(Some(next));
    };
    let readout = move || {
        let chosen = chosen.get()?;
        course.with(|course| (chosen < course.at.len()).then(|| course.readout(chosen)))
    };
    let keys = move || {
        let course = course.get();
        let keys = course.strands.iter().zip(POINTS).map(|(strand, point)| {
            view! { <span class="curve-key" data-line=strand.color.to_string()><span class="mark" aria-hidden="true">{point}</span>" "{strand.name}</span> }
        });
        keys.collect_any()
    };
    view! {
        <figure class="chart curve" data-points=move || course.with(|course| course.at.len().to_string())>
            <figcaption class="chart-head">
                <span class="chart-title">{title}</span>
                <span class="curve-keys">{keys}</span>
                <output class="chart-readout">{readout}</output>
            </figcaption>
            <div class="chart-frame" node_ref=frame_ref tabindex="0" role="img"
                aria-label=move || course.with(|course| course.summary(&title.get()))
                on:pointermove=moved on:pointerdown=moved on:pointerleave=move |_| chosen.set(None) on:keydown=pressed>
                <canvas class="chart-base" node_ref=base_ref></canvas>
                <canvas class="chart-over" node_ref=over_ref></canvas>
            </div>
            {table::table(title, course)}
        </figure>
    }
}
