//! A slider with a number box: the slider for the usual range, the box for exact and unusual values.

use hindcast_shared::chart::power_of_ten;
use leptos::prelude::*;

use crate::browser;

/// Range of a slider.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SliderSpec {
    /// Left end.
    pub min: f64,
    /// Right end.
    pub max: f64,
    /// Distance between positions.
    pub step: f64,
    /// Whether positions are spread by their logarithm.
    pub logarithmic: bool,
    /// Whether the number box stops at the ends too.
    pub strict: bool,
}

/// Positions of a logarithmic slider.
const POSITIONS: f64 = 400.0;

impl SliderSpec {
    /// A slider over whole numbers or reals; logarithmic when whole numbers span more than two decades.
    pub fn new(min: f64, max: f64, step: f64, whole: bool) -> Self {
        Self {
            min,
            max,
            step,
            logarithmic: whole && min > 0.0 && max / min > 100.0,
            strict: true,
        }
    }

    /// Where a value stands on the slider.
    pub fn position(&self, value: f64) -> f64 {
        if self.logarithmic {
            let decades = |value: f64| browser::log10(value / self.min);
            let share = decades(value.max(self.min)) / decades(self.max);
            (share * POSITIONS).clamp(0.0, POSITIONS)
        } else {
            value.clamp(self.min, self.max)
        }
    }

    /// The value at a position.
    pub fn value(&self, position: f64) -> f64 {
        if !self.logarithmic {
            return position;
        }
        let value = self.min * browser::power(self.max / self.min, position / POSITIONS);
        // Three digits are as exact as a hand is.
        let digits = (power_of_ten(value) / 100.0).max(1.0);
        ((value / digits).round() * digits)
            .max(self.min)
            .min(self.max)
    }
}

/// One parameter.
#[component]
pub fn NumberSlider(
    /// Identifies it in the page.
    #[prop(into)]
    id: String,
    /// Its name for people.
    #[prop(into)]
    label: String,
    /// Its unit.
    #[prop(into)]
    unit: Signal<String>,
    /// One sentence of help.
    #[prop(into)]
    help: String,
    /// Its range.
    #[prop(into)]
    spec: Signal<SliderSpec>,
    /// Its value.
    #[prop(into)]
    value: Signal<f64>,
    /// Takes a new value.
    #[prop(into)]
    on_change: Callback<f64>,
) -> impl IntoView {
    // A draft changes as a whole: only the slider that was moved has another value.
    let value = Memo::new(move |_| value.get());
    let slid = move |event: web_sys::Event| {
        if let Some(position) = browser::number(&event_target_value(&event)) {
            on_change.run(spec.get_untracked().value(position));
        }
    };
    let typed = move |event: web_sys::Event| {
        let spec = spec.get_untracked();
        if let Some(value) = browser::number(&event_target_value(&event)) {
            on_change.run(if spec.strict {
                value.clamp(spec.min, spec.max)
            } else {
                value
            });
        }
    };
    let bounds = move || {
        let spec = spec.get();
        if spec.logarithmic {
            (0.0, POSITIONS, 1.0)
        } else {
            (spec.min, spec.max, spec.step)
        }
    };
    let (box_id, help_id) = (format!("{id}-number"), format!("{id}-help"));
    view! {
        <div class="slider">
            <label class="slider-label" for=box_id.clone() title=help.clone()>{label.clone()}</label>
            <input class="slider-number" type="number" id=box_id step="any" aria-describedby=help_id.clone()
                prop:value=move || plain(value.get())
                on:change=typed/>
            <span class="slider-unit">{unit}</span>
            <input class="slider-range" type="range" id=id aria-label=label
                min=move || bounds().0.to_string() max=move || bounds().1.to_string() step=move || bounds().2.to_string()
                aria-valuetext=move || format!("{} {}", plain(value.get()), unit.get())
                prop:value=move || spec.get().position(value.get()).to_string()
                on:input=slid/>
            <span class="visually-hidden" id=help_id>{help}</span>
        </div>
    }
}

/// A number without the dust of binary fractions.
fn plain(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 {
        return format!("{value:e}");
    }
    let text = format!("{value:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

// The logarithms are the browser's.
#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn slider_when_logarithmic_then_goes_there_and_back() {
        let spec = SliderSpec::new(5.0, 100_000.0, 1.0, true);
        assert!(spec.logarithmic);
        for value in [5.0, 240.0, 1_000.0, 100_000.0] {
            let back = spec.value(spec.position(value));
            assert!(
                (back - value).abs() <= value * 0.03,
                "{value} came back as {back}"
            );
        }
    }

    #[test]
    fn number_when_written_then_has_no_dust() {
        assert_eq!(plain(0.1 + 0.2), "0.3");
        assert_eq!(plain(240.0), "240");
        assert_eq!(plain(1e-9), "1e-9");
        assert_eq!(plain(0.0), "0");
    }
}
