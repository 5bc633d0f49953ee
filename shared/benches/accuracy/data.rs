//! The development split, as it lies on the disk: series with labels, and NAB's with their windows.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// `HINDCAST_DATA`, or `shared/data` beside the checkout.
pub(crate) fn root() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("HINDCAST_DATA").map_or(beside, PathBuf::from);
    root.join("univariate_windows.csv")
        .is_file()
        .then_some(root)
}

/// A labelled series.
pub(crate) struct Labelled {
    pub(crate) name: String,
    /// What its name begins with, up to the first underscore.
    pub(crate) group: String,
    pub(crate) values: Vec<f64>,
    pub(crate) label: Vec<bool>,
    /// Rows at the beginning that are known to be calm.
    pub(crate) train_rows: usize,
    /// Longest buffer of its VUS-PR.
    pub(crate) window: usize,
}

/// The univariate series, in the order of their names.
pub(crate) fn univariate(root: &Path) -> Vec<Labelled> {
    let windows = fs::read_to_string(root.join("univariate_windows.csv")).expect("the windows");
    windows
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(','))
        .map(|(name, window)| {
            let text = fs::read_to_string(root.join("univariate").join(name)).expect("a series");
            let (values, label) = text.lines().skip(1).filter_map(row).unzip();
            Labelled {
                name: name.to_owned(),
                group: name.split('_').next().unwrap_or_default().to_owned(),
                values,
                label,
                train_rows: after(name, "_tr_"),
                window: window.trim().parse().expect("a window"),
            }
        })
        .collect()
}

fn row(line: &str) -> Option<(f64, bool)> {
    let (value, label) = line.split_once(',')?;
    Some((value.parse().unwrap_or(f64::NAN), label.trim() != "0"))
}

/// The number behind a mark in a file's name.
fn after(name: &str, mark: &str) -> usize {
    name.split(mark)
        .nth(1)
        .and_then(|rest| rest.split('_').next())
        .and_then(|number| number.parse().ok())
        .expect("the file's name says where the clean prefix ends")
}

/// A series of NAB.
pub(crate) struct Stream {
    pub(crate) values: Vec<f64>,
    /// Labelled windows as rows.
    pub(crate) windows: Vec<Range<usize>>,
}

/// All series of NAB that have labels and data.
pub(crate) fn nab(root: &Path) -> Vec<Stream> {
    let text = fs::read_to_string(root.join("nab/labels/combined_windows.json")).expect("labels");
    let labels: BTreeMap<String, Vec<(String, String)>> =
        serde_json::from_str(&text).expect("labels");
    labels
        .iter()
        .filter_map(|(name, windows)| {
            let text = fs::read_to_string(root.join("nab/data").join(name)).ok()?;
            let rows: Vec<(&str, f64)> = text
                .lines()
                .skip(1)
                .filter_map(|line| line.split_once(','))
                .map(|(time, value)| (time, value.trim().parse().unwrap_or(f64::NAN)))
                .collect();
            let at = |time: &str| {
                let second = time.split('.').next().unwrap_or(time);
                rows.iter().position(|row| row.0 == second).expect("a row")
            };
            let windows = windows.iter().map(|(first, last)| at(first)..at(last) + 1);
            Some(Stream {
                windows: windows.collect(),
                values: rows.iter().map(|row| row.1).collect(),
            })
        })
        .collect()
}
