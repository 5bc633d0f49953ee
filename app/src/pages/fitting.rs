//! Texts on a canvas that are longer than the room for them.

use web_sys::CanvasRenderingContext2d;

/// As much of the beginning as there is room for in the font that is set.
pub(super) fn beginning(context: &CanvasRenderingContext2d, text: &str, room: f64) -> String {
    let fits = |text: &str| {
        context
            .measure_text(text)
            .is_ok_and(|size| size.width() <= room)
    };
    if fits(text) {
        return text.to_owned();
    }
    let mut kept = text.to_owned();
    while kept.pop().is_some() {
        let cut = format!("{}…", kept.trim_end());
        if fits(&cut) {
            return cut;
        }
    }
    kept
}
