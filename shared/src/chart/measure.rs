//! How wide a text is: asked of the canvas where there is one, of a table elsewhere.

/// Measures text.
pub trait Measure {
    /// Width in CSS pixels of one line at a size in CSS pixels.
    fn width(&self, text: &str, size: f64) -> f64;
}

/// Widths of a common sans-serif face in thousandths of an em, for SVG and PNG, where no canvas can be asked.
#[derive(Debug, Clone, Copy, Default)]
pub struct WidthTable;

/// U+0020 to U+007E; rounded up to what the widest of the usual faces (`DejaVu Sans`) takes.
const ASCII: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632,
    575, 775, 752, 295, 295, 656, 557, 863, 748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685,
    611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579,
    278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

impl Measure for WidthTable {
    fn width(&self, text: &str, size: f64) -> f64 {
        let thousandths: u32 = text.chars().map(|c| u32::from(char_width(c))).sum();
        f64::from(thousandths) / 1000.0 * size
    }
}

fn char_width(c: char) -> u16 {
    match u32::from(c) {
        code @ 0x20..=0x7e => ASCII[(code - 0x20) as usize],
        // Hangul, kana and Chinese characters fill their square.
        0x1100..=0x11ff | 0x2e80..=0xd7ff | 0xf900..=0xfaff | 0xff00..=0xff60 => 1000,
        // Cyrillic, Greek and accented Latin letters, on average.
        _ => 660,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_when_the_text_is_korean_then_counts_letters_and_not_bytes() {
        let hangul = WidthTable.width("지연", 10.0);
        assert!((hangul - 20.0).abs() < 1e-9);
        assert!(WidthTable.width("lll", 10.0) < WidthTable.width("MMM", 10.0));
    }
}
