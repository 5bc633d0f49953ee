//! How good the rule is by the labelled incidents, beside the list of what would have fired.

use leptos::prelude::*;

use super::bench::Bench;
use crate::i18n::{pluralf, t, tf};
use crate::lean::CollectAny as _;
use crate::words;
use crate::worker::protocol::Grade;

/// Precision, recall, F1 and delay; a hint where nothing is labelled.
#[component]
pub(super) fn Graded(bench: Bench) -> impl IntoView {
    // Most moves of a slider leave it alone.
    let grade = Memo::new(move |_| {
        bench
            .shot
            .with(|shot| shot.as_ref().map(|shot| shot.drawn.grade))
    });
    crate::lean::live(move || {
        match grade.get()? {
        None => Some(
            view! { <p class="muted">{t("No incident is labelled in this range: with some, precision, recall and delay stand here.")}</p> }
                .into_any(),
        ),
        Some(grade) => {
            let facts = facts(&grade)
                .map(|(name, value, how)| {
                    view! { <div><dt>{name}</dt><dd><strong>{value}</strong>" "<span class="muted">{how}</span></dd></div> }
                })
                .into_iter()
                .collect_any();
            Some(
                view! { <dl class="grade" aria-label=t("Held against the labelled incidents")>{facts}</dl> }
                    .into_any(),
            )
        }
    }
    })
}

/// Name, figure, and how it came about.
fn facts(grade: &Grade) -> [(&'static str, String, String); 4] {
    let share = |share: Option<f64>| {
        share.map_or_else(|| "–".to_owned(), |share| format!("{:.0}%", share * 100.0))
    };
    let delay = |ms: Option<i64>| ms.map_or_else(|| "–".to_owned(), words::length);
    let right = grade.alarms - grade.false_alarms;
    [
        (
            t("Precision"),
            share(grade.precision),
            pluralf(
                u64::from(grade.alarms),
                "{part} of {n} anomaly",
                "{part} of {n} anomalies",
                &[("part", &words::count(right.into()))],
            ),
        ),
        (
            t("Recall"),
            share(grade.recall),
            pluralf(
                u64::from(grade.events),
                "{part} of {n} incident",
                "{part} of {n} incidents",
                &[("part", &words::count(grade.found.into()))],
            ),
        ),
        (
            "F1",
            grade
                .f1
                .map_or_else(|| "–".to_owned(), |f1| format!("{f1:.2}")),
            String::new(),
        ),
        (
            t("Delay"),
            delay(grade.median_delay_ms),
            match grade.longest_delay_ms {
                Some(longest_ms) => tf(
                    "median, {longest} at most",
                    &[("longest", &words::length(longest_ms))],
                ),
                None => t("nothing was found").to_owned(),
            },
        ),
    ]
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn facts_when_nothing_fired_then_say_so_without_numbers() {
        let grade = Grade {
            events: 2,
            recall: Some(0.0),
            f1: Some(0.0),
            ..Grade::default()
        };
        let [precision, recall, _, delay] = facts(&grade);
        assert_eq!((&*precision.1, &*precision.2), ("–", "0 of 0 anomalies"));
        assert_eq!((&*recall.1, &*recall.2), ("0%", "0 of 2 incidents"));
        assert_eq!((&*delay.1, &*delay.2), ("–", "nothing was found"));
    }

    #[test]
    fn facts_when_some_were_found_then_say_how_many_and_how_late() {
        let grade = Grade {
            events: 2,
            found: 1,
            alarms: 3,
            false_alarms: 1,
            precision: Some(2.0 / 3.0),
            recall: Some(0.5),
            f1: Some(4.0 / 7.0),
            median_delay_ms: Some(120_000),
            longest_delay_ms: Some(240_000),
        };
        let [precision, recall, f1, delay] = facts(&grade);
        assert_eq!((&*precision.1, &*precision.2), ("67%", "2 of 3 anomalies"));
        assert_eq!((&*recall.1, &*recall.2), ("50%", "1 of 2 incidents"));
        assert_eq!((&*f1.1, &*delay.1), ("0.57", "2 min"));
        assert_eq!(delay.2, "median, 4 min at most");
    }
}
