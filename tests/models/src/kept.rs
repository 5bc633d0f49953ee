//! Results, kept in one file in the cache: whatever was measured once need not be again while its code is the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use hindcast_shared::evaluate::{auc_pr, vus_pr};
use serde::{Deserialize, Serialize};

use crate::data::Labelled;

/// What somebody said of a file, and what it took.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Told {
    /// A score a row, larger is odder; NaN where there is none.
    pub(crate) scores: Vec<f64>,
    /// Rounds of training; 0 of what learns at once.
    pub(crate) rounds: u64,
    /// Seconds of the processor that training took, with the scores that set the thresholds.
    pub(crate) training_s: f64,
    /// Seconds of the processor that scoring the whole file took.
    pub(crate) scoring_s: f64,
    /// Why there is no model, if there is none.
    #[serde(default)]
    pub(crate) note: Option<String>,
}

/// How good it was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Checksum of the code that it was measured with.
    pub(crate) code: String,
    pub(crate) vus_pr: f64,
    pub(crate) auc_pr: f64,
    pub(crate) rounds: u64,
    pub(crate) training_s: f64,
    pub(crate) scoring_s: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) note: Option<String>,
}

impl Entry {
    /// Judges scores by the labels of a file; a row without a score counts as the calmest.
    pub(crate) fn of(code: String, file: &Labelled, told: Told) -> Self {
        let known = told.scores.iter().copied().filter(|it| it.is_finite());
        let least = known.fold(f64::INFINITY, f64::min);
        let least = if least.is_finite() { least } else { 0.0 };
        let filled = |score: &f64| if score.is_finite() { *score } else { least };
        let mut scores: Vec<f64> = told.scores.iter().map(filled).collect();
        scores.resize(file.label.len(), least);
        Self {
            code,
            vus_pr: vus_pr(&file.label, &scores, file.window),
            auc_pr: auc_pr(&file.label, &scores).unwrap_or(0.0),
            rounds: told.rounds,
            training_s: told.training_s,
            scoring_s: told.scoring_s,
            note: told.note,
        }
    }
}

/// All results.
pub(crate) struct Kept {
    path: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// `models-accuracy.json` in the cache.
pub(crate) fn place() -> Result<PathBuf> {
    let cache = if let Some(cache) = std::env::var_os("HINDCAST_CACHE") {
        PathBuf::from(cache)
    } else {
        let home = std::env::var_os("HOME").context("HOME is not set")?;
        PathBuf::from(home).join(".cache/hindcast")
    };
    Ok(cache.join("models-accuracy.json"))
}

impl Kept {
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let entries = match fs::read(path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("{}: remove it to begin anew", path.display()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        Ok(Self {
            path: path.to_owned(),
            entries,
        })
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key)
    }

    pub(crate) fn is_current(&self, key: &str, code: &str) -> bool {
        self.get(key).is_some_and(|entry| entry.code == code)
    }

    /// Keeps a result for good: a run that is cut off loses nothing.
    pub(crate) fn keep(&mut self, key: String, entry: Entry) -> Result<()> {
        self.entries.insert(key, entry);
        let beside = self.path.with_extension("json.new");
        fs::write(&beside, serde_json::to_vec_pretty(&self.entries)?)?;
        fs::rename(&beside, &self.path)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_when_opened_again_then_has_what_was_measured_and_knows_other_code() -> Result<()> {
        let home = tempfile::tempdir()?;
        let path = home.path().join("results.json");
        let file = Labelled {
            set: "univariate",
            name: "A_1".to_owned(),
            path: PathBuf::new(),
            columns: Vec::new(),
            label: vec![false, false, true, false],
            train_rows: 1,
            window: 1,
        };
        let told = Told {
            scores: vec![f64::NAN, 1.0, 5.0, 2.0],
            ..Told::default()
        };
        let entry = Entry::of("abc".to_owned(), &file, told);
        assert!(entry.auc_pr > 0.99, "{entry:?}");
        Kept::open(&path)?.keep("key".to_owned(), entry.clone())?;
        let again = Kept::open(&path)?;
        assert_eq!(again.get("key"), Some(&entry));
        assert!(again.is_current("key", "abc") && !again.is_current("key", "abd"));
        Ok(())
    }
}
