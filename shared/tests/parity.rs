//! Every detector and the pipeline give the committed bits: natively, and as Wasm in a browser.
//!
//! `HINDCAST_BLESS=1` writes the list anew (natively), after a change of meaning that was meant.

#[path = "parity/cases.rs"]
mod cases;

#[cfg(target_arch = "wasm32")]
// Not on the page itself: a minute without an answer, and the driver takes it for dead. It is also where detectors
// run in the app.
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn detectors_and_pipeline_when_run_on_any_target_then_give_the_committed_bits() {
    let digests = cases::digests();
    if std::env::var_os("HINDCAST_BLESS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/parity/digests.txt");
        std::fs::write(path, &digests).expect("the list can be written");
        return;
    }
    for (ours, committed) in digests.lines().zip(cases::DIGESTS.lines()) {
        assert_eq!(ours, committed);
    }
    assert_eq!(digests.lines().count(), cases::DIGESTS.lines().count());
}
