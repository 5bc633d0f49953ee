//! Conventions that no other tool knows, as tests over the text of the files.
//!
//! Each rule is a function from the files to its findings, in a file of its own.

mod browser;
mod catalogues;
mod layout;
mod pins;
mod rooms;
mod said;
mod spoken;
mod words;

use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use crate::inputs;
use crate::places::Places;

/// A text file of the clone.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    fn has_extension(&self, wanted: &[&str]) -> bool {
        self.path
            .extension()
            .and_then(|ext| ext.to_str())
            .is_some_and(|ext| wanted.contains(&ext))
    }

    /// A finding at a line of this file, counted from 0.
    fn finding(&self, line: usize, text: impl Into<String>) -> Finding {
        Finding {
            path: self.path.clone(),
            line: line + 1,
            text: text.into(),
        }
    }
}

/// Something untidy, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    path: PathBuf,
    line: usize,
    text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.text)
    }
}

/// Applies every rule to the clone.
pub(crate) fn findings(places: &Places) -> Result<Vec<Finding>> {
    let sources = read_sources(places)?;
    let rules = [
        layout::long_files,
        layout::spaces,
        words::left_behind,
        words::machine_paths,
        rooms::sql_outside_the_store,
        rooms::io_in_shared,
        browser::colours,
        catalogues::catalogues,
        said::said,
        spoken::spoken,
        browser::layers,
        browser::other_hosts,
    ];
    let mut findings: Vec<_> = rules.iter().flat_map(|rule| rule(&sources)).collect();
    findings.extend(pins::trunk(places)?);
    Ok(findings)
}

/// Every file that is text; pictures and other bytes have no conventions here.
fn read_sources(places: &Places) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for path in inputs::list(places, &["."])? {
        if let Ok(text) = fs::read_to_string(places.root().join(&path)) {
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}
