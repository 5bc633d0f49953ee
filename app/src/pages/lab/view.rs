//! How the result is looked at: what is hidden, which stage of the pipeline is marked, which anomaly is asked about.
//!
//! All of it is in the address, so that a link shows what its sender saw.

use hindcast_shared::chart::Scene;
use hindcast_shared::time::TimeRange;
use leptos::prelude::*;

use super::bench::{Bench, Shot};
use crate::browser;
use crate::chart::Mark;
use crate::i18n::{key, t};
use crate::lean::CollectAny as _;
use crate::url_state::{self, Query};

/// A stage of the pipeline, in the order in which samples pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Detect,
    Decide,
    Confirm,
    Merge,
    Suppress,
    Page,
}

impl Stage {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Detect, "detect"),
        (Self::Decide, "decide"),
        (Self::Confirm, "confirm"),
        (Self::Merge, "merge"),
        (Self::Suppress, "suppress"),
        (Self::Page, "page"),
    ];

    fn named(word: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, name)| *name == word);
        found.map(|(stage, _)| *stage)
    }

    pub(super) fn name(self) -> &'static str {
        let found = Self::ALL.iter().find(|(stage, _)| *stage == self);
        found.map_or("", |(_, name)| name)
    }
}

/// What can be hidden: its name in the address, and its word.
const PARTS: [(&str, &str); 7] = [
    ("band", key("Expected band")),
    ("bounds", key("Business bounds")),
    ("streaks", key("Streaks")),
    ("saved", key("Saved rule")),
    ("ribbon", key("Score ribbon")),
    ("pages", key("Pages")),
    ("scores", key("Scores")),
];

/// The state; copied freely.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    /// Names of hidden parts.
    hidden: RwSignal<Vec<&'static str>>,
    /// The stage that is marked until somebody says otherwise.
    pub(super) pinned: RwSignal<Option<Stage>>,
    /// The stage under the pointer, or with the focus.
    pub(super) hovered: RwSignal<Option<Stage>>,
    /// The anomaly that is asked about: key of its series, and its beginning.
    pub(super) asked: RwSignal<Option<(String, i64)>>,
}

impl View {
    pub(super) fn of(query: &Query) -> Self {
        let hidden = query.get("hide").unwrap_or_default();
        let is_hidden = |name: &&str| hidden.split(',').any(|part| part == *name);
        let asked = query.get("why").and_then(|text| text.split_once('@'));
        let asked = asked.and_then(|(key, at)| Some((key.to_owned(), at.parse().ok()?)));
        Self {
            hidden: RwSignal::new(
                PARTS
                    .map(|(name, _)| name)
                    .into_iter()
                    .filter(is_hidden)
                    .collect(),
            ),
            pinned: RwSignal::new(query.get("stage").and_then(Stage::named)),
            hovered: RwSignal::new(None),
            asked: RwSignal::new(asked),
        }
    }

    pub(super) fn track(self) {
        self.hidden.track();
        self.pinned.track();
        self.asked.track();
    }

    /// What of it stands in the address.
    pub(super) fn to_url(self) {
        let hidden = self.hidden.with_untracked(|hidden| hidden.join(","));
        let asked = self.asked.get_untracked();
        let asked = asked.map(|(key, at_ms)| format!("{key}@{at_ms}"));
        url_state::replace(&[
            (
                "hide",
                Some(hidden.as_str()).filter(|hidden| !hidden.is_empty()),
            ),
            ("stage", self.pinned.get_untracked().map(Stage::name)),
            ("why", asked.as_deref()),
        ]);
    }

    pub(super) fn shows(self, part: &str) -> bool {
        self.hidden.with(|hidden| !hidden.contains(&part))
    }

    /// Takes out of a drawing what is hidden.
    pub(super) fn hide_in(self, scene: &mut Scene) {
        if !self.shows("band") {
            scene.band = hindcast_shared::reduce::Envelope::default();
        }
        if !self.shows("bounds") {
            scene.bounds = None;
        }
        if !self.shows("streaks") {
            scene.streaks.clear();
        }
        if !self.shows("saved") {
            scene.ghosts.clear();
            scene.compared = false;
        }
        if !self.shows("ribbon") {
            scene.ribbon = hindcast_shared::reduce::Reduced::default();
        }
        if !self.shows("pages") {
            scene.pages.clear();
        }
    }

    /// What survives the stage that somebody looks at, as far as a pixel can tell.
    pub(super) fn marks(self, bench: Bench) -> Vec<Mark> {
        let Some(stage) = self.hovered.get().or(self.pinned.get()) else {
            return Vec::new();
        };
        let Some(shot) = bench.shot.get() else {
            return Vec::new();
        };
        let Some(series) = super::plots::chosen(bench, &shot) else {
            return Vec::new();
        };
        survivors(&shot, series, stage)
    }
}

fn survivors(shot: &Shot, series: usize, stage: Stage) -> Vec<Mark> {
    let drawn = &shot.drawn.series[series];
    let columns = &shot.columns;
    let range = shot.drawn.range;
    let mark = |from_ms: i64, to_ms: i64| Mark {
        from_ms,
        to_ms,
        kind: None,
    };
    let [from, to] = [drawn.spans[0], drawn.spans[1]].map(|part| columns.times(part));
    let spans = || {
        from.iter()
            .zip(&to)
            .map(|(from_ms, to_ms)| (*from_ms, *to_ms + drawn.step_ms))
    };
    match stage {
        // Everything but where the detector was learning.
        Stage::Detect => {
            let [from, to] = drawn.learning.map(|part| columns.times(part));
            gaps(range, from.into_iter().zip(to))
                .map(|(from_ms, to_ms)| mark(from_ms, to_ms))
                .collect()
        }
        Stage::Decide => over(shot, series)
            .map(|(from_ms, to_ms)| mark(from_ms, to_ms))
            .collect(),
        Stage::Confirm => over(shot, series)
            .filter(|(from_ms, to_ms)| {
                spans().any(|(begin_ms, end_ms)| *from_ms < end_ms && begin_ms < *to_ms)
            })
            .map(|(from_ms, to_ms)| mark(from_ms, to_ms))
            .collect(),
        Stage::Merge => spans()
            .map(|(from_ms, to_ms)| mark(from_ms, to_ms))
            .collect(),
        Stage::Suppress | Stage::Page => {
            let sent = columns.part(drawn.pages[1]);
            let times = columns.times(drawn.pages[0]);
            let wanted = stage == Stage::Page;
            let pages = times.into_iter().zip(sent);
            pages
                .filter(|(_, sent)| (**sent > 0.0) == wanted)
                .map(|(at_ms, _)| mark(at_ms, at_ms + drawn.step_ms))
                .collect()
        }
    }
}

/// The pixel columns in which a sample is over the threshold, those side by side as one.
fn over(shot: &Shot, series: usize) -> impl Iterator<Item = (i64, i64)> + use<> {
    let drawn = &shot.drawn.series[series];
    let highest = shot.columns.reduced(drawn.ribbon);
    let range = shot.drawn.range;
    let points = highest.times_ms.len().max(1) as i64;
    let width_ms = (range.duration_ms() / points).max(drawn.step_ms);
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for (at_ms, score) in highest.times_ms.iter().zip(&highest.values) {
        if *score < 1.0 || !score.is_finite() {
            continue;
        }
        match runs.last_mut() {
            Some((_, to_ms)) if *at_ms <= *to_ms + width_ms => *to_ms = at_ms + drawn.step_ms,
            _ => runs.push((*at_ms, at_ms + drawn.step_ms)),
        }
    }
    runs.into_iter()
}

/// What lies between stretches that are in order.
fn gaps(
    range: TimeRange,
    stretches: impl Iterator<Item = (i64, i64)>,
) -> impl Iterator<Item = (i64, i64)> {
    let mut from_ms = range.from_ms;
    let end = std::iter::once((range.to_ms, range.to_ms));
    stretches.chain(end).filter_map(move |(begin_ms, end_ms)| {
        let gap = (from_ms, begin_ms);
        from_ms = from_ms.max(end_ms);
        (gap.0 < gap.1).then_some(gap)
    })
}

/// What is shown, and the link to it.
#[component]
pub(super) fn Shows(view: View) -> impl IntoView {
    let said = RwSignal::new("");
    let boxes = PARTS.map(|(name, word)| {
        let flip = move |_| {
            view.hidden.update(|hidden| match hidden.iter().position(|part| *part == name) {
                Some(at) => drop(hidden.remove(at)),
                None => hidden.push(name),
            });
        };
        view! {
            <label class="check"><input type="checkbox" data-part=name prop:checked=move || view.shows(name) on:change=flip/>{t(word)}</label>
        }
    });
    let copy = move |_| {
        let address = browser::window().location().href().unwrap_or_default();
        if let Some(clipboard) = browser::clipboard() {
            drop(clipboard.write_text(&address));
            said.set(t("Copied."));
        } else {
            said.set(t("The address of this page is the link."));
        }
    };
    // Again, or Esc, leaves it.
    let fullscreen = move |_| {
        let document = browser::document();
        if document.fullscreen_element().is_some() {
            document.exit_fullscreen();
        } else if let Ok(Some(plots)) = document.query_selector(".plots") {
            // Whether the browser lets the page do so is its affair.
            plots.request_fullscreen().ok();
        }
    };
    view! {
        <div class="row shows" role="group" aria-label=t("Shown on the chart")>
            {boxes.into_iter().collect_any()}
            <button type="button" class="link" id="fullscreen" on:click=fullscreen>{t("Full screen")}</button>
            <button type="button" class="link" id="copy-link" on:click=copy>{t("Copy link")}</button>
            <span class="muted" role="status">{said}</span>
        </div>
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn gaps_when_the_detector_learned_twice_then_lie_between_and_after() {
        let range = TimeRange {
            from_ms: 0,
            to_ms: 100,
        };
        let found: Vec<_> = gaps(range, [(0, 10), (40, 50)].into_iter()).collect();
        assert_eq!(found, [(10, 40), (50, 100)]);
        let all: Vec<_> = gaps(range, std::iter::empty()).collect();
        assert_eq!(all, [(0, 100)]);
    }
}
