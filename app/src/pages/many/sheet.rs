//! What is known of the series side by side: names, numbers, scores over time; and the order in which they stand.

use std::cmp::Ordering;

use hindcast_shared::series::{Labels, tell_apart};

use super::filter::Filter;
use super::heat::Cells;
use crate::worker::many::wire::{ManyFolded, STATS, Stat};
use crate::worker::protocol::Columns;

/// One series.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) labels: Labels,
    /// Text form.
    pub(super) full: String,
    /// What tells it apart from the others.
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) stats: [f64; STATS],
}

impl Row {
    pub(super) fn stat(&self, stat: Stat) -> f64 {
        self.stats[stat as usize]
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    pub(super) fetched: u32,
    pub(super) rows: Vec<Row>,
    /// What all names have in common, as text; empty if nothing.
    pub(super) common: String,
    pub(super) heat: Cells,
    /// Sums over what has been replayed.
    pub(super) samples: u64,
    pub(super) over: u64,
    pub(super) confirmed: u64,
    /// How many series have been replayed by the newest wish.
    pub(super) done: u32,
}

impl Sheet {
    /// Takes in a stretch.
    pub(super) fn take(&mut self, folded: ManyFolded, columns: &Columns, heat: u32) {
        if !folded.heads.is_empty() || folded.total == 0 {
            let labels: Vec<&Labels> = folded.heads.iter().map(|head| &head.labels).collect();
            let (common, names) = tell_apart(&labels);
            let rows = folded.heads.into_iter().zip(names);
            self.rows = rows
                .map(|(head, name)| Row {
                    full: head.labels.to_string(),
                    key: head.key,
                    labels: head.labels,
                    name,
                    unit: head.unit,
                    stats: [f64::NAN; STATS],
                })
                .collect();
            self.common = common;
            self.heat = Cells::default();
        }
        self.fetched = folded.fetched;
        if folded.first == 0 {
            (self.samples, self.over, self.confirmed) = (0, 0, 0);
        }
        self.samples += folded.samples;
        self.over += folded.over;
        self.confirmed += folded.confirmed;
        self.done = folded.first + folded.count;
        let from = folded.first as usize;
        let stats = columns.part(folded.stats).chunks_exact(STATS);
        for (row, stats) in self.rows.iter_mut().skip(from).zip(stats) {
            row.stats.copy_from_slice(stats);
        }
        if heat > 0 {
            self.heat.resize(self.rows.len() as u32, heat);
            self.heat.put(folded.first, columns.part(folded.heat));
        }
    }

    /// The sum of a number over all series.
    pub(super) fn sum(&self, stat: Stat) -> f64 {
        let values = self.rows.iter().map(|row| row.stat(stat));
        // The sum of nothing is written without a sign.
        values
            .filter(|value| value.is_finite())
            .fold(0.0, |sum, value| sum + value)
    }

    /// Series that have an anomaly.
    pub(super) fn with_anomalies(&self) -> u32 {
        let some = |row: &&Row| row.stat(Stat::Anomalies) > 0.0;
        self.rows.iter().filter(some).count() as u32
    }

    /// The places of the rows that pass, in order.
    pub(super) fn order(&self, filter: &Filter, sort: Sort) -> Vec<u32> {
        let passing = |place: &u32| filter.passes(&self.rows[*place as usize]);
        let mut places: Vec<u32> = (0..self.rows.len() as u32).filter(passing).collect();
        let row = |place: &u32| &self.rows[*place as usize];
        places.sort_by(|a, b| sort.compare(row(a), row(b)).then(a.cmp(b)));
        places
    }
}

/// By what rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    pub(super) by: By,
    pub(super) falling: bool,
}

/// A column that can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Name,
    Anomalies,
    Score,
    Pages,
    When,
}

impl By {
    pub(super) const ALL: [Self; 5] = [
        Self::Name,
        Self::Anomalies,
        Self::Score,
        Self::Pages,
        Self::When,
    ];

    /// The word in addresses.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Anomalies => "anomalies",
            Self::Score => "score",
            Self::Pages => "pages",
            Self::When => "when",
        }
    }
}

impl Default for Sort {
    fn default() -> Self {
        Self {
            by: By::Anomalies,
            falling: true,
        }
    }
}

impl Sort {
    /// Reads `name` or `-score`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let word = text.trim_start_matches('-');
        let by = By::ALL.into_iter().find(|by| by.as_str() == word)?;
        let falling = text.starts_with('-');
        Some(Self { by, falling })
    }

    /// The text in addresses.
    pub(super) fn text(self) -> String {
        let sign = if self.falling { "-" } else { "" };
        format!("{sign}{}", self.by.as_str())
    }

    /// What a click on a column makes of it: numbers begin with the largest.
    pub(super) fn clicked(self, by: By) -> Self {
        let falling = if self.by == by {
            !self.falling
        } else {
            by != By::Name
        };
        Self { by, falling }
    }

    fn compare(self, a: &Row, b: &Row) -> Ordering {
        let number = |stat: Stat| {
            let (a, b) = (a.stat(stat), b.stat(stat));
            match (a.is_nan(), b.is_nan()) {
                // What is not known stands at the end, whichever way.
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                _ if self.falling => b.total_cmp(&a),
                _ => a.total_cmp(&b),
            }
        };
        match self.by {
            By::Name if self.falling => b.full.cmp(&a.full),
            By::Name => a.full.cmp(&b.full),
            By::Anomalies => number(Stat::Anomalies).then_with(|| number(Stat::Highest)),
            By::Score => number(Stat::Highest),
            By::Pages => number(Stat::Pages).then_with(|| number(Stat::Anomalies)),
            By::When => number(Stat::WorstAt),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    pub(in super::super) fn row(name: &str, labels: &[(&str, &str)], stats: &[f64]) -> Row {
        let labels = Labels::named(name, labels);
        let mut all = [f64::NAN; STATS];
        all[..stats.len()].copy_from_slice(stats);
        Row {
            key: String::new(),
            full: labels.to_string(),
            name: labels.to_string(),
            labels,
            unit: String::new(),
            stats: all,
        }
    }

    #[test]
    fn order_when_a_number_is_not_known_then_stands_at_the_end_either_way() {
        let sheet = Sheet {
            rows: vec![
                row("a", &[], &[1.0, f64::NAN]),
                row("b", &[], &[1.0, 3.0]),
                row("c", &[], &[5.0, 2.0]),
            ],
            ..Sheet::default()
        };
        let by = |text: &str| {
            let sort = Sort::parse(text).expect("a sort");
            sheet.order(&Filter::default(), sort)
        };
        assert_eq!(by("-anomalies"), [2, 1, 0]);
        assert_eq!(by("-score"), [1, 2, 0]);
        assert_eq!(by("score"), [2, 1, 0]);
        assert_eq!(by("-name"), [2, 1, 0]);
        assert_eq!(Sort::parse("nothing"), None);
    }
}
