//! The axis of values: its bounds, its ticks, and how a number is written.

use std::sync::OnceLock;

/// Bounds and ticks of the axis of values.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueScale {
    /// Value at the bottom.
    pub min: f64,
    /// Value at the top.
    pub max: f64,
    /// Distance between two ticks.
    pub step: f64,
}

impl ValueScale {
    /// A scale that shows `values`, and of `extra` (bands, limits) as much as does not press the values flat.
    pub fn fit(
        values: impl Iterator<Item = f64>,
        extra: impl Iterator<Item = f64>,
        most_ticks: u32,
    ) -> Self {
        let mut bounds = Bounds::default();
        values.for_each(|value| bounds.include(value));
        let mut wide = bounds;
        extra.for_each(|value| wide.include(value));
        let (mut min, mut max) = match (bounds.get(), wide.get()) {
            (Some((min, max)), Some((wide_min, wide_max))) => {
                let room = (max - min).max(max.abs() * 0.05);
                (wide_min.max(min - room), wide_max.min(max + room))
            }
            (None, Some(wide)) => wide,
            _ => (0.0, 1.0),
        };
        // Quantities that are never negative read best from zero, unless that would press them flat.
        if min > 0.0 && min < max * 0.4 {
            min = 0.0;
        }
        if max - min < f64::EPSILON * max.abs().max(1.0) {
            let half = if max == 0.0 { 1.0 } else { max.abs() * 0.1 };
            (min, max) = (min - half, max + half);
        }
        let step = nice_step((max - min) / f64::from(most_ticks.max(1)));
        Self {
            min: libm::floor(min / step) * step,
            max: libm::ceil(max / step) * step,
            step,
        }
    }

    /// The ticks, ascending.
    pub fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let count = libm::round((self.max - self.min) / self.step) as u32;
        (0..=count).map(|index| {
            let value = self.min + f64::from(index) * self.step;
            // Zero is zero, and not the rest of a subtraction.
            if value.abs() < self.step * 1e-6 {
                0.0
            } else {
                value
            }
        })
    }

    /// 0 at the bottom, 1 at the top.
    pub fn share(&self, value: f64) -> f64 {
        (value - self.min) / (self.max - self.min)
    }

    /// The value at a share of the height.
    pub fn value(&self, share: f64) -> f64 {
        self.min + share * (self.max - self.min)
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Bounds(Option<(f64, f64)>);

impl Bounds {
    fn include(&mut self, value: f64) {
        if value.is_finite() {
            let (min, max) = self.0.get_or_insert((value, value));
            if value < *min {
                *min = value;
            }
            if value > *max {
                *max = value;
            }
        }
    }

    fn get(self) -> Option<(f64, f64)> {
        self.0
    }
}

/// The smallest of 1, 2, 2.5 and 5 times a power of ten that is at least `rough`.
fn nice_step(rough: f64) -> f64 {
    let rough = if rough.is_finite() && rough > 0.0 {
        rough
    } else {
        1.0
    };
    let power = power_of_ten(rough);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough * 0.999_999)
        .unwrap_or(10.0 * power)
}

/// The largest power of ten that is not above a value, which is positive and finite.
pub fn power_of_ten(value: f64) -> f64 {
    // Powers are exact up to the twenty-second, and one division rounds but once. A general power is a kilobyte.
    let mut power = 1.0;
    if value < 1.0 {
        while value < 1.0 / power {
            power *= 10.0;
        }
        return 1.0 / power;
    }
    while power * 10.0 <= value && power.is_finite() {
        power *= 10.0;
    }
    power
}

/// What a reader's language writes between the whole and the parts, where a program has one reader; a point otherwise.
static MARK: OnceLock<String> = OnceLock::new();

/// Has every later text write numbers with the mark of a language. Only the first call counts.
pub fn write_decimals_with(mark: String) {
    // A second call would mean two readers of one page.
    MARK.set(mark).ok();
}

/// A written number with the reader's mark in place of the point.
pub fn marked(text: String) -> String {
    match MARK.get() {
        Some(mark) => marked_with(mark, text),
        None => text,
    }
}

fn marked_with(mark: &str, text: String) -> String {
    match text.split_once('.') {
        Some((whole, parts)) => format!("{whole}{mark}{parts}"),
        None => text,
    }
}

/// A number with so many digits after the reader's mark.
pub fn decimal(value: f64, digits: usize) -> String {
    marked(format!("{value:.digits$}"))
}

/// Writes a value so that a difference of `step` is seen, with k, M and G from ten thousand on.
pub fn format_value(value: f64, step: f64) -> String {
    marked(with_point(value, step))
}

/// The same with a point in every language, for who writes on.
pub fn with_point(value: f64, step: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let size = value.abs();
    let (divisor, suffix) = match size {
        size if size >= 1e15 => return format!("{value:.2e}"),
        size if size >= 1e9 => (1e9, "G"),
        size if size >= 1e6 => (1e6, "M"),
        size if size >= 1e4 => (1e3, "k"),
        _ => (1.0, ""),
    };
    let (value, step) = (value / divisor, (step / divisor).abs());
    if size > 0.0 && size < 1e-4 {
        return format!("{value:.1e}");
    }
    let mut decimals = 0_usize;
    let mut rest = step;
    while decimals < 6 && rest > 0.0 && (rest - libm::round(rest)).abs() > rest * 1e-3 {
        decimals += 1;
        rest *= 10.0;
    }
    let text = format!("{value:.decimals$}");
    // A rounded zero has no sign.
    let text = if text.bytes().all(|byte| b"-0.".contains(&byte)) {
        text.trim_start_matches('-')
    } else {
        &text
    };
    format!("{text}{suffix}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scale_when_values_are_positive_and_wide_then_begins_at_zero() {
        let scale = ValueScale::fit([12.0, 87.0].into_iter(), std::iter::empty(), 5);
        assert_eq!(
            scale.ticks().collect::<Vec<_>>(),
            [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
        );
    }

    #[test]
    fn scale_when_a_band_is_huge_then_the_values_keep_their_place() {
        let scale = ValueScale::fit([100.0, 110.0].into_iter(), [-1e9, 1e9].into_iter(), 5);
        assert!(scale.share(110.0) - scale.share(100.0) > 0.2);
    }

    #[test]
    fn power_of_ten_when_of_a_value_then_is_the_number_that_is_written_so() {
        for exponent in -22..=22 {
            let written: f64 = format!("1e{exponent}").parse().expect("a number");
            for value in [written, 1.5 * written, 9.99 * written] {
                let power = power_of_ten(value);
                assert_eq!(power.to_bits(), written.to_bits(), "of {value}");
            }
        }
        assert!(power_of_ten(f64::MAX) > 1e307);
        assert!(power_of_ten(f64::INFINITY).is_infinite());
    }

    #[test]
    fn value_when_written_then_shows_the_step_and_no_more() {
        assert_eq!(format_value(0.25, 0.25), "0.25");
        assert_eq!(format_value(40.0, 20.0), "40");
        assert_eq!(format_value(12_500.0, 500.0), "12.5k");
        assert_eq!(format_value(-1e-9, 0.5), "-1.0e-9");
        assert_eq!(format_value(0.0, 0.1), "0.0");
        assert_eq!(format_value(f64::NAN, 1.0), "–");
    }

    #[test]
    fn number_when_a_language_has_a_mark_then_stands_in_place_of_the_point() {
        assert_eq!(marked_with(",", decimal(-1.25, 2)), "-1,25");
        assert_eq!(marked_with(",", format_value(12_500.0, 500.0)), "12,5k");
        assert_eq!(marked_with(",", decimal(12.0, 0)), "12");
    }

    proptest! {
        #[test]
        fn scale_when_any_values_then_contains_them_and_has_few_ticks(values in proptest::collection::vec(-1e12..1e12_f64, 1..20), most in 1_u32..12) {
            let scale = ValueScale::fit(values.iter().copied(), std::iter::empty(), most);
            for value in &values {
                prop_assert!((-1e-6..=1.0 + 1e-6).contains(&scale.share(*value)));
            }
            prop_assert!(scale.ticks().count() <= most as usize + 3);
        }
    }
}
