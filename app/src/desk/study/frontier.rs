//! The frontier: a drawing, a table, and how keys and pointer walk it.

use hindcast_shared::chart::{marked, power_of_ten};
use hindcast_shared::study::{Frontier, FrontierPoint};

use super::markup::{delay, found, of, pages, precision};
use super::tree::{Node, button, cell, el, head, hint, scrolled, table as table_of};
use crate::i18n::{t, tf};

const HEIGHT: f64 = 240.0;
/// Room for the words on the left, and below.
const LEFT: f64 = 64.0;
const BOTTOM: f64 = 34.0;
const TOP: f64 = 14.0;
const RIGHT: f64 = 16.0;
/// Rows of the table of all thresholds.
const MOST_ROWS: usize = 200;

struct Axes {
    /// As wide as its place on the page, so that words keep their size.
    width: f64,
    most: f64,
    incidents: u64,
}

impl Axes {
    fn of(frontier: &Frontier, width: f64) -> Self {
        let points = frontier.points.iter().map(|point| &point.outcome);
        let outcomes = points.chain([&frontier.current]);
        let most = outcomes.fold(1.0_f64, |most, outcome| most.max(outcome.pages_per_week));
        Self {
            width,
            most,
            incidents: frontier.current.incidents.max(1),
        }
    }

    fn x(&self, pages_per_week: f64) -> f64 {
        LEFT + pages_per_week / self.most * (self.width - LEFT - RIGHT)
    }

    fn y(&self, found: u64) -> f64 {
        let share = found as f64 / self.incidents as f64;
        HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
    }

    fn place(&self, point: &FrontierPoint) -> (f64, f64) {
        (
            self.x(point.outcome.pages_per_week),
            self.y(point.outcome.found),
        )
    }

    /// Lines and words at the left and below.
    fn grid(&self) -> Vec<Node> {
        let base = HEIGHT - BOTTOM;
        let mut parts = Vec::new();
        let word = |x: f64, y: f64, anchor: &str, text: &str| {
            let word = el("text").at("x", x).at("y", y);
            word.with("text-anchor", anchor).text(text)
        };
        let line = |from: (f64, f64), to: (f64, f64)| {
            let line = el("line").with("class", "grid");
            line.at("x1", from.0)
                .at("y1", from.1)
                .at("x2", to.0)
                .at("y2", to.1)
        };
        let rows = self.incidents.min(8);
        for row in 0..=rows {
            let count = self.incidents * row / rows;
            let y = self.y(count);
            parts.push(line((LEFT, y), (self.width - RIGHT, y)));
            parts.push(word(LEFT - 8.0, y + 4.0, "end", &of(count, self.incidents)));
        }
        let step = nice_step(self.most);
        let mut tick = 0.0;
        while tick <= self.most * 1.0001 {
            let x = self.x(tick);
            parts.push(line((x, base), (x, base + 4.0)));
            parts.push(word(x, base + 17.0, "middle", &pages(tick)));
            tick += step;
        }
        parts.push(word(
            self.width - RIGHT,
            HEIGHT - 3.0,
            "end",
            t("pages a week"),
        ));
        parts
    }
}

/// A threshold as rules write it, shortly; what is taken has all its digits.
pub(super) fn short(threshold: f64) -> String {
    let whole = threshold.to_string();
    if whole.len() > 8 {
        format!("{threshold:.4}")
    } else {
        whole
    }
}

/// The point whose thresholds hold this one.
pub(super) fn holding(frontier: &Frontier, threshold: Option<f64>) -> Option<usize> {
    let threshold = threshold?;
    frontier.points.iter().position(|point| {
        // A fixed limit for low values is the stricter the lower it is.
        let (strict, lenient) = (point.from, point.to);
        let up = strict.is_none_or(|strict| threshold <= strict)
            && lenient.is_none_or(|lenient| threshold > lenient);
        let down = strict.is_none_or(|strict| threshold >= strict)
            && lenient.is_none_or(|lenient| threshold < lenient);
        let is_down =
            matches!((strict, lenient), (Some(strict), Some(lenient)) if strict < lenient);
        point.threshold.total_cmp(&threshold).is_eq() || if is_down { down } else { up }
    })
}

/// Where a key leads; nothing for a key that leads nowhere.
pub(super) fn walked(frontier: &Frontier, now: usize, key: &str) -> Option<usize> {
    let last = frontier.points.len().checked_sub(1)?;
    let is_best = |at: &usize| frontier.points[*at].best;
    match key {
        "ArrowRight" | "ArrowUp" => Some((now + 1).min(last)),
        "ArrowLeft" | "ArrowDown" => Some(now.saturating_sub(1)),
        "PageUp" => (now + 1..=last).find(is_best).or(Some(now)),
        "PageDown" => (0..now).rev().find(is_best).or(Some(now)),
        "Home" => Some(0),
        "End" => Some(last),
        _ => None,
    }
}

/// The point nearest to a place on a drawing of this width.
pub(super) fn nearest(frontier: &Frontier, width: f64, x: f64, y: f64) -> Option<usize> {
    let axes = Axes::of(frontier, width);
    let distance = |point: &FrontierPoint| {
        let (at_x, at_y) = axes.place(point);
        let (dx, dy) = (at_x - x, at_y - y);
        // Of equals the one that nothing beats.
        dx * dx + dy * dy + if point.best { 0.0 } else { 25.0 }
    };
    let places = frontier.points.iter().enumerate();
    places
        .min_by(|a, b| distance(a.1).total_cmp(&distance(b.1)))
        .map(|(at, _)| at)
}

/// One point in words.
pub(super) fn said(frontier: &Frontier, at: Option<usize>, now: Option<f64>) -> String {
    let Some(point) = at.and_then(|at| frontier.points.get(at)) else {
        return match now {
            Some(_) => t("The rule's own threshold lies below all of these.").to_owned(),
            None => t("The rule's threshold follows from a budget of alarms; taking a point sets a fixed one.").to_owned(),
        };
    };
    let outcome = &point.outcome;
    tf(
        "Threshold {threshold}: {pages} pages a week, {found} incidents, precision {precision}, delay {delay}",
        &[
            ("threshold", &marked(short(point.threshold))),
            ("pages", &pages(outcome.pages_per_week)),
            ("found", &found(outcome)),
            ("precision", &precision(outcome)),
            ("delay", &delay(outcome)),
        ],
    )
}

/// The drawing: every threshold as a dot, the best ones joined, the rule as a diamond, the cursor as a ring.
pub(super) fn chart(
    frontier: &Frontier,
    width: f64,
    at: Option<usize>,
    now: Option<usize>,
) -> Node {
    let axes = Axes::of(frontier, width);
    let view = format!("0 0 {width} {HEIGHT}");
    let mut parts = axes.grid();
    let dot = |class: &str, (x, y): (f64, f64), r: f64| {
        let dot = el("circle").with("class", class);
        dot.at("cx", x).at("cy", y).at("r", r)
    };
    let places = |best: bool| {
        let points = frontier.points.iter();
        let of = points.filter(move |point| point.best == best);
        of.map(|point| axes.place(point)).collect::<Vec<_>>()
    };
    parts.extend(
        places(false)
            .into_iter()
            .map(|place| dot("any", place, 2.0)),
    );
    let mut path = String::new();
    for (index, (x, y)) in places(true).into_iter().enumerate() {
        let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
        path += &if index == 0 {
            ["M", &x, " ", &y].concat()
        } else {
            ["H", &x, "V", &y].concat()
        };
    }
    parts.push(el("path").with("class", "best").with("d", &path));
    parts.extend(
        places(true)
            .into_iter()
            .map(|place| dot("best", place, 4.0)),
    );
    let (pages_now, found_now) = match now.and_then(|now| frontier.points.get(now)) {
        Some(point) => (point.outcome.pages_per_week, point.outcome.found),
        None => (frontier.current.pages_per_week, frontier.current.found),
    };
    let diamond = format!(
        "M{:.1} {:.1}l7 7-7 7-7-7z",
        axes.x(pages_now),
        axes.y(found_now) - 7.0
    );
    parts.push(el("path").with("class", "now").with("d", &diamond));
    if let Some(point) = at.and_then(|at| frontier.points.get(at)) {
        parts.push(dot("cursor", axes.place(point), 10.0));
    }
    el("svg")
        .with("viewBox", &view)
        .with("aria-hidden", "true")
        .all(parts)
}

/// 1, 2 or 5 times a power of ten, for about six ticks.
fn nice_step(most: f64) -> f64 {
    let rough = most / 6.0;
    let power = power_of_ten(rough);
    let times = [1.0, 2.0, 5.0]
        .into_iter()
        .find(|times| times * power >= rough);
    times.unwrap_or(10.0) * power
}

/// What is drawn, in rows: the best first, all of them behind a word.
pub(super) fn table(frontier: &Frontier) -> Node {
    let out = el("div").with("class", "study-answer");
    if frontier.current.incidents == 0 {
        let text = t(
            "No incident is labelled in this range: label some, and recall can be held against pages.",
        );
        return out.add(hint(text));
    }
    let heads = [
        t("Threshold"),
        t("Pages a week"),
        t("Found"),
        t("Precision"),
        t("False alarms"),
        t("Delay"),
        t("Actions"),
    ];
    let row = |(at, point): (usize, &FrontierPoint)| {
        let (outcome, threshold) = (&point.outcome, marked(short(point.threshold)));
        let word = tf("Take {threshold}", &[("threshold", &threshold)]);
        let take = button("data-point", &at.to_string(), &word).with("class", "link");
        vec![
            head(&threshold),
            cell(&pages(outcome.pages_per_week)),
            cell(&found(outcome)),
            cell(&precision(outcome)),
            cell(&outcome.false_alarms.to_string()),
            cell(&delay(outcome)),
            el("td").add(take),
        ]
    };
    let all = || frontier.points.iter().enumerate();
    let (best_name, all_name) = (t("The best thresholds"), t("All thresholds"));
    let best = all().filter(|(_, point)| point.best).map(row).collect();
    let every = all().take(MOST_ROWS).map(row).collect();
    let count = frontier.points.len().to_string();
    let summary = tf(
        "All {n} thresholds at which something changes",
        &[("n", &count)],
    );
    let details = el("details")
        .with("class", "data-table")
        .add(el("summary").text(&summary))
        .add(scrolled(table_of(all_name, &heads, every), all_name));
    let out = out
        .add(scrolled(table_of(best_name, &heads, best), best_name))
        .add(details);
    if frontier.is_complete {
        out
    } else {
        out.add(hint(t("There was no time to go further down.")))
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::study::Outcome;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// Three points: nothing, one page for one incident, three pages for it and another.
    fn frontier() -> Frontier {
        let point = |threshold, from, to, pages: u32, found, best| FrontierPoint {
            threshold,
            from,
            to,
            outcome: Outcome {
                pages_per_week: f64::from(pages),
                incidents: 2,
                found,
                ..Outcome::default()
            },
            is_exact: true,
            best,
        };
        Frontier {
            points: vec![
                point(9.0, None, Some(8.0), 0, 0, true),
                point(6.0, Some(8.0), Some(5.0), 1, 1, true),
                point(4.5, Some(5.0), Some(4.0), 3, 1, false),
                point(3.5, Some(4.0), Some(3.0), 3, 2, true),
            ],
            current: Outcome {
                incidents: 2,
                ..Outcome::default()
            },
            ..Frontier::default()
        }
    }

    #[test]
    fn threshold_when_it_lies_between_two_ends_then_is_on_that_point() {
        let frontier = frontier();
        let at = |threshold| holding(&frontier, Some(threshold));
        assert_eq!([at(100.0), at(5.5), at(3.5)], [Some(0), Some(1), Some(3)]);
        assert_eq!((at(2.0), holding(&frontier, None)), (None, None));
    }

    #[test]
    fn keys_when_pressed_then_walk_all_points_or_the_best_ones() {
        let frontier = frontier();
        let to = |now, key| walked(&frontier, now, key);
        assert_eq!(
            [to(0, "ArrowRight"), to(3, "ArrowRight")],
            [Some(1), Some(3)]
        );
        assert_eq!([to(0, "ArrowDown"), to(1, "PageUp")], [Some(0), Some(3)]);
        assert_eq!(
            [to(3, "PageDown"), to(3, "Home"), to(0, "End")],
            [Some(1), Some(0), Some(3)]
        );
        assert_eq!(to(0, "a"), None);
    }

    #[test]
    fn drawing_when_a_place_is_clicked_then_the_nearest_point_is_meant() {
        let frontier = frontier();
        let axes = Axes::of(&frontier, 640.0);
        for (at, point) in frontier.points.iter().enumerate() {
            let (x, y) = axes.place(point);
            assert_eq!(nearest(&frontier, 640.0, x, y), Some(at));
        }
        let svg = chart(&frontier, 640.0, Some(1), Some(3));
        assert_eq!(svg.count("circle"), 5, "four points and the cursor");
        assert_eq!(svg.count("path"), 2, "the line and the rule");
    }
}
