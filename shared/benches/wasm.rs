//! Samples a second through the fold as Wasm in a browser, for each detector.

#![cfg(target_arch = "wasm32")]

mod sample;

use std::hint::black_box;
use std::sync::Arc;

use hindcast_shared::detector::DetectorKind;
use hindcast_shared::pipeline::Evaluator;
use hindcast_shared::rule::Ticks;
use js_sys::Date;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

use sample::{START_MS, STEP_MS, data, rule};

wasm_bindgen_test_configure!(run_in_browser);

const SAMPLES: usize = 10_080;

/// Long enough for a clock of milliseconds.
const AT_LEAST_MS: f64 = 2_000.0;

#[wasm_bindgen_test]
fn evaluator_when_it_runs_in_a_browser_then_tells_its_speed() {
    let data = data(SAMPLES);
    hindcast_shared::detector::link_all();
    for kind in DetectorKind::ALL {
        let rule = Arc::new(rule(kind));
        let fold = || {
            let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
            black_box(evaluator.advance(
                &data,
                START_MS + (SAMPLES as i64 - 1) * STEP_MS,
                &Ticks::Every(STEP_MS),
                &mut (),
            ));
        };
        // The browser compiles the code better after it has run.
        fold();
        let (begin_ms, mut folds) = (Date::now(), 0.0);
        let mut took_ms = 0.0;
        while took_ms < AT_LEAST_MS {
            fold();
            folds += 1.0;
            took_ms = Date::now() - begin_ms;
        }
        let per_s = folds * SAMPLES as f64 / took_ms * 1_000.0;
        console_log!(
            "measured wasm_evaluator_{}_samples_per_s {per_s:.0}",
            kind.as_str()
        );
    }
}
