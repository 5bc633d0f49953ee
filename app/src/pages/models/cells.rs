//! The cells of a map of samples and columns: which rows it has, and what a cell says. Knows no view.

use hindcast_shared::api::ModelExplanation;

use crate::i18n::{plural, t, tf};
use crate::why::columns_words;
use crate::words::quantity;

/// Most columns that are drawn: the loudest ones.
const MOST_COLUMNS: usize = 40;

/// Rows of the map, loudest first, and what is known of each cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Map {
    pub(super) names: Vec<String>,
    /// Part of each sample, oldest first, row by row; below 0 nothing is odd.
    pub(super) parts: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
    pub(super) highest: f64,
    pub(super) samples: usize,
    pub(super) hidden: usize,
}

impl Map {
    pub(super) fn of(told: &ModelExplanation, heat: &[Vec<f64>]) -> Self {
        let column = |rows: &[Vec<f64>], column: usize| -> Vec<f64> {
            let cell = |row: &Vec<f64>| row.get(column).copied().unwrap_or(f64::NAN);
            rows.iter().map(cell).collect()
        };
        let mut rows: Vec<(f64, usize)> = Vec::with_capacity(told.columns.len());
        for index in 0..told.columns.len() {
            let sum = heat.iter().filter_map(|row| row.get(index)).sum::<f64>();
            let before = rows.iter().position(|(other, _)| *other < sum);
            rows.insert(before.unwrap_or(rows.len()), (sum, index));
        }
        let hidden = rows.len().saturating_sub(MOST_COLUMNS);
        rows.truncate(MOST_COLUMNS);
        let columns: Vec<&str> = told.columns.iter().map(String::as_str).collect();
        let names = columns_words(&columns);
        let highest = heat.iter().flatten().copied();
        Self {
            names: rows
                .iter()
                .map(|(_, index)| names[*index].clone())
                .collect(),
            parts: rows.iter().map(|(_, index)| column(heat, *index)).collect(),
            values: rows
                .iter()
                .map(|(_, index)| column(&told.values, *index))
                .collect(),
            highest: highest.fold(0.0, f64::max),
            samples: heat.len(),
            hidden,
        }
    }

    /// Shares of the highest, row by row.
    pub(super) fn shares(&self) -> Vec<f64> {
        let share = |part: &f64| (part / self.highest.max(f64::MIN_POSITIVE)).max(0.0);
        self.parts.iter().flatten().map(share).collect()
    }

    /// The row and sample of the highest part.
    pub(super) fn hottest(&self) -> (usize, usize) {
        let mut best = (0, 0);
        for (row, parts) in self.parts.iter().enumerate() {
            for (sample, part) in parts.iter().enumerate() {
                if *part > self.parts[best.0][best.1] {
                    best = (row, sample);
                }
            }
        }
        best
    }

    /// How long before the end of the window a sample lies.
    pub(super) fn when(&self, sample: usize) -> String {
        match self.samples.saturating_sub(sample + 1) {
            0 => t("newest sample").to_owned(),
            before => earlier(before),
        }
    }

    pub(super) fn cell(&self, (row, sample): (usize, usize)) -> Option<String> {
        let part = quantity(*self.parts.get(row)?.get(sample)?, "");
        let value = quantity(*self.values.get(row)?.get(sample)?, "");
        let values = [
            ("column", self.names.get(row)?.as_str()),
            ("when", &self.when(sample)),
            ("part", &part),
            ("value", &value),
        ];
        Some(tf(
            "{column}, {when}: {part}; scaled value {value}",
            &values,
        ))
    }
}

/// How far before the end.
pub(super) fn earlier(samples: usize) -> String {
    plural(samples as u64, "{n} sample earlier", "{n} samples earlier")
}

/// The cell that a key moves to; nothing of keys that move nowhere.
pub(super) fn neighbour(
    key: &str,
    (row, sample): (usize, usize),
    (rows, samples): (usize, usize),
) -> Option<(usize, usize)> {
    let (last_row, last) = (rows.saturating_sub(1), samples.saturating_sub(1));
    Some(match key {
        "ArrowLeft" => (row, sample.saturating_sub(1)),
        "ArrowRight" => (row, (sample + 1).min(last)),
        "ArrowUp" => (row.saturating_sub(1), sample),
        "ArrowDown" => ((row + 1).min(last_row), sample),
        "Home" => (row, 0),
        "End" => (row, last),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn told(heat: &[Vec<f64>]) -> ModelExplanation {
        ModelExplanation {
            model: "load".to_owned(),
            version: 1,
            series: "s".to_owned(),
            at_ms: 0,
            score: 2.0,
            method: "sampled_shapley".to_owned(),
            base: 0.5,
            parts: Vec::new(),
            heat: Some(heat.to_vec()),
            columns: vec!["a: value".to_owned(), "b: value".to_owned()],
            values: vec![vec![0.0, 1.0]; heat.len()],
        }
    }

    #[test]
    fn cursor_when_a_key_would_leave_the_map_then_stays_at_its_edge() {
        let most = (2, 3);
        assert_eq!(neighbour("ArrowRight", (0, 2), most), Some((0, 2)));
        assert_eq!(neighbour("ArrowLeft", (0, 2), most), Some((0, 1)));
        assert_eq!(neighbour("ArrowDown", (1, 2), most), Some((1, 2)));
        assert_eq!(neighbour("ArrowUp", (1, 0), most), Some((0, 0)));
        assert_eq!(neighbour("End", (1, 0), most), Some((1, 2)));
        assert_eq!(neighbour("a", (1, 0), most), None);
    }

    #[test]
    fn map_when_a_column_is_louder_then_stands_first_and_its_worst_sample_is_named() {
        let heat = [vec![0.1, 0.5], vec![0.2, 4.0], vec![0.0, -1.0]];
        let map = Map::of(&told(&heat), &heat);
        assert_eq!(map.names, ["b: value", "a: value"]);
        assert_eq!(map.parts[0], [0.5, 4.0, -1.0]);
        assert_eq!(map.hottest(), (0, 1));
        assert_eq!(map.shares(), [0.125, 1.0, 0.0, 0.025, 0.05, 0.0]);
        assert_eq!(
            map.cell((0, 1)).as_deref(),
            Some("b: value, 1 sample earlier: 4; scaled value 1")
        );
    }
}
