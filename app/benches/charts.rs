//! How long four charts of ten series take at a width of 1,000 pixels, from new data to the painted frame.
//!
//! `cargo xtask bench front-end` runs it in Chromium, compiled as the Lab is; the charts are the Lab's own.
#![cfg(target_arch = "wasm32")]

use std::sync::Arc;

use hindcast_app::browser;
use hindcast_app::chart::{Chart, Cursor, ThemeChoice, ThemeState};
use hindcast_shared::chart::{Line, PageMark, Scene, Span, StreakMark};
use hindcast_shared::reduce::{Column, envelope, m4, maxima};
use hindcast_shared::rule::Severity;
use hindcast_shared::time::{TimeRange, UtcOffsets};
use leptos::mount::mount_to;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, MessageChannel};

wasm_bindgen_test_configure!(run_in_browser);

const CHARTS: usize = 4;
const SERIES: usize = 10;
const WIDTH: u32 = 1_000;
const HEIGHT: u32 = 200;

/// A week, a sample a minute.
const SAMPLES: usize = 10_080;
const STEP_MS: i64 = 60_000;

const TIMES: usize = 100;
/// What a browser compiles and remembers in its first frames is not of interest.
const WARM: usize = 10;

type Shown = RwSignal<Option<Arc<Scene>>>;

#[wasm_bindgen_test]
async fn charts_when_their_data_are_others_then_are_drawn_anew() {
    let shown = [(); CHARTS].map(|()| Shown::new(None));
    let place = place();
    let mounted = mount_to(place.clone(), move || {
        provide_context(ThemeState::start(ThemeChoice::Light, 12.0));
        provide_context(Cursor(RwSignal::new(None)));
        shown
            .map(|scene| view! { <Chart title="load" scene/> })
            .into_iter()
            .collect_view()
    });
    size(&place);
    let turns = [0, 1].map(|turn| [0, 1, 2, 3].map(|chart| Arc::new(scene(turn * CHARTS + chart))));
    let mut took_ms = Vec::new();
    for time in 0..WARM + TIMES {
        let scenes = turns[time % 2].clone();
        let ms = redrawn_ms(move || {
            for (chart, scene) in shown.iter().zip(scenes) {
                chart.set(Some(scene));
            }
        });
        took_ms.push(ms.await);
    }
    assert_eq!(drawn(&place), CHARTS as u32 * (WARM + TIMES) as u32);
    took_ms.drain(..WARM);
    took_ms.sort_by(f64::total_cmp);
    tell("charts_redraw_p50_ms", took_ms[TIMES / 2]);
    tell("charts_redraw_p95_ms", took_ms[TIMES * 95 / 100]);
    drop(mounted);
}

fn tell(name: &str, value: f64) {
    wasm_bindgen_test::console_log!("measured {name} {value:.1}");
}

/// One chart's data: ten noisy waves with band, scores, anomalies and pages, reduced to the chart's width.
fn scene(seed: usize) -> Scene {
    let range = TimeRange {
        from_ms: 0,
        to_ms: SAMPLES as i64 * STEP_MS,
    };
    let mut scene = Scene::empty(range, UtcOffsets::utc());
    for series in 0..SERIES {
        let values: Vec<f64> = (0..SAMPLES)
            .map(|at| wave(seed * SERIES + series, at) + noise(at, series))
            .collect();
        scene.lines.push(Line {
            points: m4(column(&values), range, WIDTH, &[]),
            color: series,
        });
    }
    let expected: Vec<f64> = (0..SAMPLES).map(|at| wave(seed * SERIES, at)).collect();
    let [lower, upper] = [-3.0, 3.0].map(|by| -> Vec<f64> {
        let moved = expected.iter().map(|value| value + by);
        moved.collect()
    });
    scene.band = envelope(column(&lower), &upper, &expected, range, WIDTH);
    let scores: Vec<f64> = (0..SAMPLES).map(|at| noise(at, seed) * 0.7).collect();
    scene.ribbon = maxima(column(&scores), range, WIDTH);
    for day in 0..7 {
        let from_ms = (day * 1_440 + 600) * STEP_MS;
        let to_ms = from_ms + 20 * STEP_MS;
        scene.spans.push(Span {
            from_ms,
            to_ms,
            severity: Severity::Warning,
            change: hindcast_shared::chart::Change::Kept,
        });
        scene.streaks.push(StreakMark {
            from_ms,
            to_ms,
            samples: 20,
        });
        scene.pages.push(PageMark {
            at_ms: to_ms,
            sent: true,
        });
    }
    scene
}

fn column(values: &[f64]) -> Column<'_> {
    Column {
        start_ms: 0,
        step_ms: STEP_MS,
        values,
    }
}

fn wave(phase: usize, at: usize) -> f64 {
    50.0 + 4.0 * phase as f64 + (at as f64 / 230.0 + phase as f64).sin() * 8.0
}

fn noise(at: usize, series: usize) -> f64 {
    ((at * SERIES + series) * 2_654_435_761 % 1_000) as f64 / 500.0
}

/// An element in the page.
fn place() -> HtmlElement {
    let document = browser::document();
    let element = document.create_element("div").expect("a div can be made");
    let body = document.body().expect("a page has a body");
    body.append_child(&element).expect("a body takes a div");
    element.unchecked_into()
}

/// The style sheet is not here: the charts' boxes are made as large by hand, and their canvases lie on each other.
fn size(place: &HtmlElement) {
    let style = browser::document()
        .create_element("style")
        .expect("a style can be made");
    style.set_text_content(Some(&format!(
        ".chart-frame {{ position: relative; width: {WIDTH}px; height: {HEIGHT}px }}
         canvas {{ position: absolute; inset: 0; width: 100%; height: 100% }} .data-table {{ display: none }}"
    )));
    place.append_child(&style).expect("a div takes a style");
}

/// How often the lines of all charts were drawn.
fn drawn(place: &HtmlElement) -> u32 {
    let canvases = place
        .query_selector_all("canvas[data-drawn]")
        .expect("a valid selector");
    let one = |index| -> Option<u32> {
        let canvas: web_sys::Element = canvases.get(index)?.dyn_into().ok()?;
        canvas.get_attribute("data-drawn")?.parse().ok()
    };
    (0..canvases.length()).filter_map(one).sum()
}

fn now_ms() -> f64 {
    browser::window().performance().map_or(0.0, |one| one.now())
}

/// What the change takes by itself, and the frame after it with all of its work; not the waiting for that frame.
async fn redrawn_ms(change: impl FnOnce()) -> f64 {
    next(|done| {
        browser::window()
            .request_animation_frame(done)
            .expect("a window has frames");
    })
    .await;
    let frame = frame();
    let began_ms = now_ms();
    change();
    leptos::task::tick().await;
    let changed_ms = now_ms() - began_ms;
    let frame_ms = JsFuture::from(frame).await.expect("a frame comes");
    changed_ms + frame_ms.as_f64().unwrap_or(f64::NAN)
}

/// The time of the next frame: from its first callback, which is this one, until it is painted.
fn frame() -> js_sys::Promise {
    js_sys::Promise::new(&mut |told, _| {
        let began = Closure::once_into_js(move || {
            let began_ms = now_ms();
            let channel = MessageChannel::new().expect("a channel can be made");
            let painted = Closure::once_into_js(move || {
                let took_ms = JsValue::from(now_ms() - began_ms);
                told.call1(&JsValue::NULL, &took_ms)
                    .expect("a promise takes a value");
            });
            channel.port1().set_onmessage(Some(painted.unchecked_ref()));
            // A message comes after the paint that the frame leads to.
            channel
                .port2()
                .post_message(&JsValue::NULL)
                .expect("a port takes a message");
        });
        browser::window()
            .request_animation_frame(began.unchecked_ref())
            .expect("a window has frames");
    })
}

async fn next(mut ask: impl FnMut(&js_sys::Function)) {
    let promise = js_sys::Promise::new(&mut |done, _| ask(&done));
    JsFuture::from(promise).await.expect("it comes");
}
