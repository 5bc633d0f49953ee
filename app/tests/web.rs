//! What only a browser can show: canvases, addresses, zones, components.
#![cfg(target_arch = "wasm32")]

use std::sync::Arc;

use hindcast_app::browser;
use hindcast_app::chart::{Chart, Cursor, ThemeChoice, ThemeState};
use hindcast_app::components::{NumberSlider, SliderSpec};
use hindcast_app::url_state;
use hindcast_shared::chart::{Line, Scene};
use hindcast_shared::reduce::Reduced;
use hindcast_shared::time::{DAY_MS, HOUR_MS, TimeRange, UtcOffsets};
use leptos::mount::mount_to;
use leptos::prelude::*;
use leptos::task::tick;
use wasm_bindgen::JsCast as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlCanvasElement, HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

/// A fresh element in the page.
fn place() -> HtmlElement {
    let element: HtmlElement = browser::document()
        .create_element("div")
        .expect("a div can be made")
        .unchecked_into();
    browser::document()
        .body()
        .expect("a page has a body")
        .append_child(&element)
        .expect("a body takes a div");
    element
}

#[wasm_bindgen_test]
fn address_when_a_key_is_replaced_then_the_rest_stays() {
    url_state::replace(&[("from", Some("now-6h")), ("var-host", Some("a b"))]);
    url_state::replace(&[("from", Some("now/d"))]);
    let query = url_state::current();
    assert_eq!(
        (query.get("from"), query.get("var-host")),
        (Some("now/d"), Some("a b"))
    );
    url_state::replace(&[("from", None), ("var-host", None)]);
    assert_eq!(url_state::current().get("from"), None);
}

#[wasm_bindgen_test]
fn zone_when_asked_over_a_year_then_agrees_with_the_browser() {
    let now_ms = browser::now_ms();
    let range = TimeRange {
        from_ms: now_ms - 365 * DAY_MS,
        to_ms: now_ms,
    };
    let zone = browser::zone_offsets(range);
    for day in 0..365 {
        let at_ms = range.from_ms + day * DAY_MS;
        let date = js_sys::Date::new(&(at_ms as f64).into());
        assert_eq!(
            zone.offset_ms(at_ms),
            (-date.get_timezone_offset() * 60_000.0) as i64
        );
    }
}

#[wasm_bindgen_test]
async fn slider_when_the_number_is_typed_then_tells_the_value_once() {
    let place = place();
    let told = RwSignal::new(Vec::<f64>::new());
    let value = RwSignal::new(3.0);
    let spec = SliderSpec::new(0.5, 12.0, 0.05, false);
    let mounted = mount_to(place.clone(), move || {
        view! {
            <NumberSlider id="t" label="Threshold" unit=Signal::stored("σ".to_owned()) help="Where it begins."
                spec=Signal::stored(spec) value
                on_change=Callback::new(move |new: f64| told.update(|told| told.push(new)))/>
        }
    });
    tick().await;
    let field: HtmlInputElement = place
        .query_selector("#t-number")
        .expect("a valid selector")
        .expect("a number box")
        .unchecked_into();
    assert_eq!(field.value(), "3");
    field.set_value("99");
    field
        .dispatch_event(&web_sys::Event::new("change").expect("an event can be made"))
        .expect("an element takes an event");
    tick().await;
    assert_eq!(
        told.get_untracked()[..],
        [12.0],
        "a strict box stops at the end of the slider"
    );
    drop(mounted);
}

#[wasm_bindgen_test]
async fn chart_when_mounted_then_paints_and_measures_nothing_in_the_page() {
    let place = place();
    let range = TimeRange {
        from_ms: 0,
        to_ms: HOUR_MS,
    };
    let mut scene = Scene::empty(range, UtcOffsets::utc());
    scene.lines.push(Line {
        points: Reduced {
            times_ms: vec![0, HOUR_MS / 2, HOUR_MS - 1],
            values: vec![1.0, 9.0, 4.0],
        },
        color: 0,
    });
    let scene = Signal::stored(Some(Arc::new(scene)));
    let mounted = mount_to(place.clone(), move || {
        provide_context(ThemeState::start(ThemeChoice::Light, 12.0));
        provide_context(Cursor(RwSignal::new(None)));
        view! { <Chart title="cpu" scene/> }
    });
    let frame: HtmlElement = place
        .query_selector(".chart-frame")
        .expect("a valid selector")
        .expect("a frame")
        .unchecked_into();
    // The style sheet is not here, so the box has to be made large by hand.
    frame
        .style()
        .set_property("height", "120px")
        .expect("a length");
    frame
        .style()
        .set_property("width", "400px")
        .expect("a length");
    let canvas: HtmlCanvasElement = place
        .query_selector(".chart-base")
        .expect("a valid selector")
        .expect("a canvas")
        .unchecked_into();
    let before = browser::document()
        .get_elements_by_tag_name("span")
        .length();
    for _ in 0..200 {
        if canvas.width() == 400 && painted(&canvas) {
            break;
        }
        next_frame().await;
    }
    assert!(painted(&canvas), "something was drawn");
    assert_eq!(
        browser::document()
            .get_elements_by_tag_name("span")
            .length(),
        before
    );
    let label = frame.get_attribute("aria-label").unwrap_or_default();
    assert!(
        label.contains("between 1.0") && label.contains("No anomalies"),
        "{label}"
    );
    drop(mounted);
}

/// Waits for the browser to paint.
async fn next_frame() {
    let promise = js_sys::Promise::new(&mut |done, _| {
        let asked = browser::window().request_animation_frame(&done);
        asked.expect("a window has frames");
    });
    wasm_bindgen_futures::JsFuture::from(promise)
        .await
        .expect("a frame comes");
}

fn painted(canvas: &HtmlCanvasElement) -> bool {
    let empty = browser::document()
        .create_element("canvas")
        .expect("a canvas can be made")
        .unchecked_into::<HtmlCanvasElement>();
    empty.set_width(canvas.width());
    empty.set_height(canvas.height());
    let address = |canvas: &HtmlCanvasElement| canvas.to_data_url().unwrap_or_default();
    address(canvas) != address(&empty)
}
