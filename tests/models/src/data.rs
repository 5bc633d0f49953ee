//! The development split as it lies on the disk: labelled series, single ones and such with many columns.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::period::longest_buffer;

/// `HINDCAST_DATA`, or `shared/data` beside the checkout.
pub(crate) fn root() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let root = std::env::var_os("HINDCAST_DATA").map_or(beside, PathBuf::from);
    root.join("multivariate").is_dir().then_some(root)
}

/// A labelled series, or several that belong together.
pub(crate) struct Labelled {
    /// `univariate` or `multivariate`.
    pub(crate) set: &'static str,
    /// Its file without the ending.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) label: Vec<bool>,
    /// Rows at the beginning that are known to be calm.
    pub(crate) train_rows: usize,
    /// Longest buffer of its VUS-PR.
    pub(crate) window: usize,
}

impl Labelled {
    /// Where it is from: what its name begins with.
    pub(crate) fn group(&self) -> &str {
        self.name.split('_').next().unwrap_or_default()
    }
}

/// Every file, those with many columns first, in the order of their names.
pub(crate) fn all(root: &Path) -> Result<Vec<Labelled>> {
    let windows = root.join("univariate_windows.csv");
    let windows = fs::read_to_string(&windows).with_context(|| windows.display().to_string())?;
    let windows: BTreeMap<&str, &str> = windows
        .lines()
        .filter_map(|line| line.split_once(','))
        .collect();
    let mut files = Vec::new();
    for set in ["multivariate", "univariate"] {
        let folder = root.join(set);
        let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
        let paths = entries.map(|entry| Ok(entry?.path()));
        let mut paths = paths.collect::<Result<Vec<PathBuf>>>()?;
        paths.retain(|path| path.extension().is_some_and(|it| it == "csv"));
        paths.sort();
        for path in paths {
            let named = path.display().to_string();
            let mut file = read(set, path).context(named)?;
            if let Some(window) = windows.get(format!("{}.csv", file.name).as_str()) {
                file.window = window.trim().parse().context("univariate_windows.csv")?;
            }
            files.push(file);
        }
    }
    Ok(files)
}

fn read(set: &'static str, path: PathBuf) -> Result<Labelled> {
    let text = fs::read_to_string(&path)?;
    let mut lines = text.lines();
    let width = lines.next().context("it is empty")?.split(',').count() - 1;
    let (mut columns, mut label) = (vec![Vec::new(); width], Vec::new());
    for line in lines {
        let mut cells = line.split(',');
        for column in &mut columns {
            let cell = cells.next().context("a line is short")?;
            column.push(cell.trim().parse().unwrap_or(f64::NAN));
        }
        label.push(cells.next().context("a line is short")?.trim() != "0");
    }
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = name.into_owned();
    Ok(Labelled {
        set,
        train_rows: clean_rows(&name)
            .context("the name does not say where the clean beginning ends")?,
        window: longest_buffer(&columns[0]),
        name,
        path,
        columns,
        label,
    })
}

/// The number behind `_tr_` in a file's name.
fn clean_rows(name: &str) -> Option<usize> {
    let (_, rest) = name.split_once("_tr_")?;
    rest.split(['_', '.']).next()?.parse().ok()
}
