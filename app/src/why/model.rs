//! Why a full model finds a window odd: the parts of its columns as steps from an ordinary window to this one.

use hindcast_shared::api::{ModelExplanation, ModelPart};
use hindcast_shared::chart::minute_text;
use hindcast_shared::series::{Labels, tell_apart};
use hindcast_shared::time::UtcOffsets;

use super::steps::{Axis, Kind, label};
use super::words::signed;
use super::{Reason, Step};
use crate::i18n::{key, plural, t, tf};
use crate::words::quantity;

/// More columns are told together.
const MOST_PARTS: usize = 9;

/// What a column is, in the reader's words: its series stays as it is, what of it is meant is a word.
pub fn column_words(column: &str) -> String {
    let (series, what) = match column.rsplit_once(": ") {
        Some((series, what)) => (Some(series), what),
        None => (None, column),
    };
    let known = match what {
        "value" => t(key("value")).to_owned(),
        "missing" => t(key("missing")).to_owned(),
        "sine of the day" => t(key("sine of the day")).to_owned(),
        "cosine of the day" => t(key("cosine of the day")).to_owned(),
        "sine of the week" => t(key("sine of the week")).to_owned(),
        "cosine of the week" => t(key("cosine of the week")).to_owned(),
        what => label(what),
    };
    match series {
        Some(series) => format!("{series}: {known}"),
        None => known,
    }
}

/// Columns as they are called beside each other: of their series' labels, what tells them apart.
pub fn columns_words(columns: &[&str]) -> Vec<String> {
    let series = |column: &str| -> Option<Labels> { column.rsplit_once(": ")?.0.parse().ok() };
    let mut all: Vec<Labels> = Vec::new();
    for labels in columns.iter().filter_map(|column| series(column)) {
        if !all.contains(&labels) {
            all.push(labels);
        }
    }
    let (_, names) = tell_apart(&all.iter().collect::<Vec<_>>());
    let among_others = |column: &&str| {
        let labels = series(column)?;
        let name = names.get(all.iter().position(|other| *other == labels)?)?;
        let (_, what) = column.rsplit_once(": ")?;
        Some(column_words(&format!("{name}: {what}")))
    };
    let words = |column: &&str| among_others(column).unwrap_or_else(|| column_words(column));
    columns.iter().map(words).collect()
}

impl Reason {
    /// Of a model, on somebody's wall clock.
    pub fn of_model(told: &ModelExplanation, zone: &UtcOffsets) -> Self {
        let parts = loudest(&told.parts);
        let names: Vec<&str> = parts.iter().map(|part| part.column.as_str()).collect();
        let names = columns_words(&names);
        let (first, others) = parts.split_at(MOST_PARTS.min(parts.len()));
        let sum = others.iter().fold(0.0, |sum, part| sum + part.part);
        let total = told
            .parts
            .iter()
            .fold(told.base, |sum, part| sum + part.part);
        let is_exact = told.method == "tree_shap";
        let edge = (!is_exact).then_some(1.0);
        let mut ends = vec![told.base];
        for part in first.iter().map(|part| part.part).chain([sum]) {
            ends.push(ends.last().copied().unwrap_or(told.base) + part);
        }
        let numbers = ends.iter().copied().chain([total]).chain(edge);
        let (behind, caption) = if is_exact {
            let caption = key("How soon the trees set the window apart; further right is odder");
            ("nothing", caption)
        } else {
            let caption = key(
                "What adds up to the score; the line is 1, which 99 of 100 windows do not reach",
            );
            ("edge", caption)
        };
        let mut reason = Self {
            lead: lead(told, parts.first().copied().zip(names.first()), zone),
            more: Vec::new(),
            who: who(told, is_exact),
            caption: t(caption).to_owned(),
            behind: behind.to_owned(),
            places: vec![0.0, 0.0],
            rows: Vec::new(),
        };
        let Some(axis) = Axis::over(numbers) else {
            return reason;
        };
        if let Some(edge) = edge {
            reason.places = vec![axis.at(edge), 0.0];
        }
        let level = |kind: Kind, name: &'static str, value: f64| Step {
            kind: kind.as_str().to_owned(),
            label: name.to_owned(),
            number: quantity(value, ""),
            places: vec![0.0, axis.at(value)],
        };
        reason
            .rows
            .push(level(Kind::Base, t("an ordinary window"), told.base));
        let mut step = |label: String, number: String, at: usize| {
            let (left, width) = axis.between(ends[at], ends[at + 1]);
            reason.rows.push(Step {
                kind: Kind::Part.as_str().to_owned(),
                label,
                number,
                places: vec![left, width],
            });
        };
        for (at, part) in first.iter().enumerate() {
            step(names[at].clone(), number(part), at);
        }
        if !others.is_empty() {
            let label = plural(others.len() as u64, "{n} other", "{n} others");
            step(label, signed(sum, ""), first.len());
        }
        reason
            .rows
            .push(level(Kind::Total, t("this window"), total));
        reason
    }
}

/// The parts, loudest first.
fn loudest(parts: &[ModelPart]) -> Vec<&ModelPart> {
    let mut sorted: Vec<&ModelPart> = Vec::with_capacity(parts.len());
    for part in parts {
        let before = sorted
            .iter()
            .rposition(|other| other.part.abs() >= part.part.abs());
        sorted.insert(before.map_or(0, |at| at + 1), part);
    }
    sorted
}

/// A part with its sign, and with its error where it is estimated.
fn number(part: &ModelPart) -> String {
    let text = signed(part.part, "");
    if part.error > 0.0 {
        format!("{text} ± {}", quantity(part.error, ""))
    } else {
        text
    }
}

fn lead(
    told: &ModelExplanation,
    loudest: Option<(&ModelPart, &String)>,
    zone: &UtcOffsets,
) -> String {
    let text = if told.score > 1.0 {
        key(
            "The window that ends at {time} has a score of {score}: it is odd, for 1 is the p99 of ordinary ones.",
        )
    } else {
        key(
            "The window that ends at {time} has a score of {score}: it is not odd, for 1 is the p99 of ordinary ones.",
        )
    };
    let mut words = tf(
        text,
        &[
            ("time", &minute_text(told.at_ms, zone)),
            ("score", &quantity(told.score, "")),
        ],
    );
    if let Some((_, column)) = loudest.filter(|(part, _)| part.part > 0.0) {
        words.push(' ');
        words.push_str(&tf("Most of it is {column}.", &[("column", column)]));
    }
    words
}

fn who(told: &ModelExplanation, is_exact: bool) -> String {
    let text = if is_exact {
        key("Exact parts (TreeSHAP) of the mean way through the trees of version {n}, below 0.")
    } else {
        key(
            "Parts of the score of version {n}, estimated over random orders (Shapley); ± is the standard error.",
        )
    };
    tf(text, &[("n", &told.version.to_string())])
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn told(method: &str, base: f64, parts: &[(&str, f64, f64)]) -> ModelExplanation {
        let score = parts.iter().fold(base, |sum, part| sum + part.1);
        ModelExplanation {
            model: "load".to_owned(),
            version: 3,
            series: "s".to_owned(),
            at_ms: 0,
            score,
            method: method.to_owned(),
            base,
            parts: parts
                .iter()
                .map(|(column, part, error)| ModelPart {
                    column: (*column).to_owned(),
                    part: *part,
                    error: *error,
                })
                .collect(),
            heat: None,
            columns: Vec::new(),
            values: Vec::new(),
        }
    }

    #[test]
    fn steps_when_parts_are_estimated_then_add_up_loudest_first_with_their_errors() {
        let parts = [
            ("cpu: value", 0.5, 0.1),
            ("disk: value", -0.75, 0.0),
            ("2 earlier", 2.0, 0.25),
        ];
        let reason = Reason::of_model(&told("sampled_shapley", 0.25, &parts), &UtcOffsets::utc());
        let labels: Vec<&str> = reason.rows.iter().map(|row| row.label.as_str()).collect();
        assert_eq!(
            labels,
            [
                "an ordinary window",
                "2 earlier",
                "disk: value",
                "cpu: value",
                "this window"
            ]
        );
        assert_eq!(reason.rows[1].number, "+2 ± 0.25");
        assert_eq!(reason.rows[2].number, "\u{2212}0.75");
        assert_eq!(reason.rows[4].number, "2");
        let ends = |at: usize| {
            (
                reason.rows[at].places[0],
                reason.rows[at].places[0] + reason.rows[at].places[1],
            )
        };
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(
            near(ends(0).1, ends(1).0),
            "begins where an ordinary window is"
        );
        assert!(near(ends(1).1, ends(2).1), "what is below 0 goes back");
        assert!(near(ends(3).1, ends(4).1), "ends where this window is");
        assert!(reason.behind == "edge" && reason.places[0] < ends(4).1);
        assert!(reason.lead.contains("it is odd"), "{}", reason.lead);
        assert!(
            reason.lead.ends_with("Most of it is 2 earlier."),
            "{}",
            reason.lead
        );
    }

    #[test]
    fn columns_when_series_share_labels_then_are_called_by_the_others() {
        let columns = [
            "cpu{env=\"prod\",host=\"a\"}: value",
            "cpu{env=\"prod\",host=\"b\"}: 5 earlier",
            "sine of the day",
        ];
        let words = columns_words(&columns);
        assert_eq!(words, ["a: value", "b: 5 earlier", "sine of the day"]);
        assert_eq!(columns_words(&columns[..1]), [columns[0]]);
    }

    #[test]
    fn steps_when_there_are_many_columns_then_the_quiet_ones_are_one() {
        let parts: Vec<(String, f64)> = (1..=14)
            .map(|at| (format!("c{at}"), f64::from(at)))
            .collect();
        let parts: Vec<_> = parts
            .iter()
            .map(|(name, part)| (name.as_str(), *part, 0.0))
            .collect();
        let reason = Reason::of_model(&told("tree_shap", -110.0, &parts), &UtcOffsets::utc());
        assert_eq!(reason.rows.len(), MOST_PARTS + 3);
        assert_eq!(reason.rows[MOST_PARTS + 1].label, "5 others");
        assert_eq!(reason.rows[MOST_PARTS + 1].number, "+15");
        assert_eq!(reason.behind, "nothing");
        let widths: f64 = reason.rows[1..=MOST_PARTS + 1]
            .iter()
            .map(|row| row.places[1])
            .sum();
        let [base, total] = [0, MOST_PARTS + 2].map(|at| reason.rows[at].places[1]);
        assert!((base + widths - total).abs() < 1e-9);
    }
}
