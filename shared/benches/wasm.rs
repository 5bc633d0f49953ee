//! The same works natively and as Wasm in a browser: each detector in the fold, the default one, a decomposition.
//!
//! `cargo xtask bench wasm` runs it on both sides and divides; a line begins with the side that prints it.

#[cfg(not(target_arch = "wasm32"))]
#[path = "sample/clock.rs"]
mod clock;
mod sample;

use std::hint::black_box;
use std::sync::Arc;

use augurs_core::Fit as _;
use augurs_mstl::MSTLModel;
use hindcast_shared::detector::seasonal::mstl::Mstl;
use hindcast_shared::detector::{DetectorKind, auto};
use hindcast_shared::pipeline::Evaluator;
use hindcast_shared::rule::Ticks;

use sample::{SAMPLES, START_MS, STEP_MS, data_for, rule, values};

// Not on the page itself: a minute without an answer, and the driver takes it for dead. It is also where detectors
// run in the app.
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A work is repeated for so long, and at least so often; a browser compiles code better after it has run.
const AT_LEAST_MS: f64 = 400.0;
const AT_LEAST_RUNS: u32 = 3;
/// What is shorter is done several times at once: a browser's clock is coarse.
const LEAST_RUN_MS: f64 = 5.0;

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn works_when_they_run_on_either_side_then_tell_their_speed() {
    hindcast_shared::detector::link_all();
    for kind in DetectorKind::ALL {
        let (samples, fold_ms) = fold_ms(kind);
        let per_s = samples / fold_ms * 1_000.0;
        let name = format!("evaluator_{}_samples_per_s", kind.as_str());
        tell(&name, per_s.round());
        if kind == DetectorKind::Auto {
            tell("auto_live_ms", fold_ms);
        }
    }
    let series = values(SAMPLES, &mut 1);
    tell(
        "auto_full_ms",
        best_ms(|| auto::full(&series, 0, &mut |_| true)),
    );
    let series = values(2 * SAMPLES, &mut 1);
    let ours = Mstl::new(&[288, 1_440]).with_jumps();
    let theirs = MSTLModel::naive(vec![288, 1_440]);
    let ours_ms = best_ms(|| ours.decompose(&series));
    let theirs_ms = best_ms(|| theirs.fit(&series).is_ok());
    tell("mstl_over_augurs_ratio", theirs_ms / ours_ms);
}

/// How many samples a fold takes in, and its time.
fn fold_ms(kind: DetectorKind) -> (f64, f64) {
    let (rule, data) = (Arc::new(rule(kind)), data_for(kind));
    let until_ms = START_MS + (SAMPLES as i64 - 1) * STEP_MS;
    let fold_ms = best_ms(|| {
        let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
        evaluator.advance(&data, until_ms, &Ticks::Every(STEP_MS), &mut ())
    });
    ((data.series.len() * SAMPLES) as f64, fold_ms)
}

/// The best time of a work: other processes can only make it slower.
fn best_ms<T>(mut work: impl FnMut() -> T) -> f64 {
    let begin = now_ms();
    black_box(work());
    let times = (LEAST_RUN_MS / (now_ms() - begin).max(0.01)).ceil();
    let (mut best, mut runs) = (f64::INFINITY, 0);
    while runs < AT_LEAST_RUNS || now_ms() - begin < AT_LEAST_MS {
        let start = now_ms();
        for _ in 0..times as u32 {
            black_box(work());
        }
        best = best.min((now_ms() - start) / times);
        runs += 1;
    }
    best
}

#[cfg(target_arch = "wasm32")]
fn tell(name: &str, value: f64) {
    wasm_bindgen_test::console_log!("measured wasm_{name} {value}");
}

#[cfg(not(target_arch = "wasm32"))]
fn tell(name: &str, value: f64) {
    println!("measured native_{name} {value}");
}

/// The finer of the browser's clocks.
#[cfg(target_arch = "wasm32")]
fn now_ms() -> f64 {
    use std::cell::RefCell;

    use js_sys::{Function, JsString, Reflect};

    thread_local! {
        static CLOCK: RefCell<Option<(js_sys::Object, Function)>> = const { RefCell::new(None) };
    }
    let find = || {
        let global = js_sys::global();
        let clock =
            Reflect::get(&global, &JsString::from("performance")).expect("every worker has it");
        let now = Reflect::get(&clock, &JsString::from("now")).expect("every clock has it");
        (js_sys::Object::from(clock), Function::from(now))
    };
    CLOCK.with_borrow_mut(|known| {
        let (clock, now) = known.get_or_insert_with(find);
        let read = now.call0(clock).expect("it takes nothing");
        read.as_f64().expect("it is a number")
    })
}

#[cfg(not(target_arch = "wasm32"))]
fn now_ms() -> f64 {
    clock::thread_s() * 1_000.0
}
