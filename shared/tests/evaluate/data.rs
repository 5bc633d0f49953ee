//! The development data, where it is at hand.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

/// `HINDCAST_DATA`, or `shared/data` beside the checkout; says so and gives nothing where neither is there.
pub(crate) fn root() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let root = std::env::var_os("HINDCAST_DATA").map_or(beside, PathBuf::from);
    if root.join("vectors").is_dir() {
        return Some(root);
    }
    println!("skipped: no development data (set HINDCAST_DATA)");
    None
}

/// A JSON file.
pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).expect("the file can be read");
    serde_json::from_str(&text).expect("the file is as expected")
}

/// A series of NAB and its labelled windows.
pub(crate) struct NabSeries {
    pub(crate) values: Vec<f64>,
    pub(crate) windows: Vec<Range<usize>>,
}

/// Reads one series of NAB.
pub(crate) fn nab(root: &Path, name: &str) -> NabSeries {
    let labels: BTreeMap<String, Vec<(String, String)>> =
        json(&root.join("nab/labels/combined_windows.json"));
    let text =
        std::fs::read_to_string(root.join("nab/data").join(name)).expect("the series is there");
    let rows: Vec<(&str, f64)> = text
        .lines()
        .skip(1)
        .map(|line| {
            let (time, value) = line.split_once(',').expect("two columns");
            (time, value.trim().parse().expect("a number"))
        })
        .collect();
    let at = |time: &str| {
        let second = time.split('.').next().unwrap_or(time);
        rows.iter()
            .position(|row| row.0 == second)
            .expect("labels name rows")
    };
    NabSeries {
        windows: labels[name]
            .iter()
            .map(|(start, end)| at(start)..at(end) + 1)
            .collect(),
        values: rows.iter().map(|row| row.1).collect(),
    }
}
