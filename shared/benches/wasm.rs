//! The same works natively and as Wasm in a browser: each detector in the fold, the default one, a decomposition.
//!
//! `cargo xtask bench wasm` runs it on both sides and divides; a line begins with the side that prints it.

#[cfg(not(target_arch = "wasm32"))]
#[path = "sample/clock.rs"]
mod clock;
mod sample;
#[path = "sample/suppression.rs"]
mod suppression;

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
const AT_LEAST_MS: f64 = 2_000.0;
const AT_LEAST_RUNS: u32 = 6;
/// A longer work is timed in pieces of about this, and a shorter one several times at once: a browser's clock is
/// coarse, and a short piece is seldom disturbed each time.
const PIECE_MS: f64 = 3.0;

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
    let busy = suppression::Work::new(|index| index % 2 == 0);
    let suppressed_ms = best_ms(|clock| {
        black_box(busy.fold());
        clock.mark();
    });
    let per_s = suppression::LEN as f64 / suppressed_ms * 1_000.0;
    tell("evaluator_suppression_samples_per_s", per_s.round());
    let series = values(SAMPLES, &mut 1);
    let full_ms = best_ms(|clock| {
        black_box(auto::full(&series, 0, &mut |_| {
            clock.mark();
            true
        }));
        clock.mark();
    });
    tell("auto_full_ms", full_ms);
    let series = values(2 * SAMPLES, &mut 1);
    let ours = Mstl::new(&[288, 1_440]).with_jumps();
    let theirs = MSTLModel::naive(vec![288, 1_440]);
    let ours_ms = best_ms(|clock| {
        black_box(ours.decompose(&series));
        clock.mark();
    });
    let theirs_ms = best_ms(|clock| {
        black_box(theirs.fit(&series).is_ok());
        clock.mark();
    });
    tell("mstl_ms", ours_ms);
    tell("mstl_over_augurs_ratio", theirs_ms / ours_ms);
}

/// How many samples a fold takes in, and its time.
fn fold_ms(kind: DetectorKind) -> (f64, f64) {
    let (rule, data) = (Arc::new(rule(kind)), data_for(kind));
    let fold = |pieces: usize, clock: &mut Clock| {
        let mut evaluator = Evaluator::new(Arc::clone(&rule), 1);
        for piece in 1..=pieces {
            let until_ms = START_MS + ((SAMPLES * piece / pieces) as i64 - 1) * STEP_MS;
            black_box(evaluator.advance(&data, until_ms, &Ticks::Every(STEP_MS), &mut ()));
            clock.mark();
        }
    };
    let mut rough = Clock::default();
    fold(1, &mut rough);
    rough.begin();
    fold(1, &mut rough);
    let rough_ms = rough.total_ms().max(0.01);
    let samples = (data.series.len() * SAMPLES) as f64;
    if rough_ms > PIECE_MS {
        let pieces = (rough_ms / PIECE_MS).ceil() as usize;
        return (samples, best_ms(|clock| fold(pieces, clock)));
    }
    let times = (PIECE_MS / rough_ms).ceil();
    let together_ms = best_ms(|clock| {
        for _ in 0..times as u32 {
            fold(1, &mut Clock::default());
        }
        clock.mark();
    });
    (samples, together_ms / times)
}

/// The best time of each piece of a work that is done again and again.
#[derive(Default)]
struct Clock {
    best_ms: Vec<f64>,
    next: usize,
    since_ms: f64,
}

impl Clock {
    fn begin(&mut self) {
        self.next = 0;
        self.since_ms = now_ms();
    }

    /// The end of a piece.
    fn mark(&mut self) {
        let took_ms = now_ms() - self.since_ms;
        match self.best_ms.get_mut(self.next) {
            Some(best_ms) => *best_ms = best_ms.min(took_ms),
            None => self.best_ms.push(took_ms),
        }
        self.next += 1;
        self.since_ms = now_ms();
    }

    fn total_ms(&self) -> f64 {
        hindcast_shared::sum::sum(&self.best_ms)
    }
}

/// The sum of the best times of all pieces: other processes can only make them slower.
fn best_ms(mut work: impl FnMut(&mut Clock)) -> f64 {
    work(&mut Clock::default());
    let mut clock = Clock::default();
    let begin_ms = now_ms();
    let mut runs = 0;
    while runs < AT_LEAST_RUNS || now_ms() - begin_ms < AT_LEAST_MS {
        clock.begin();
        work(&mut clock);
        runs += 1;
    }
    clock.total_ms()
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
