//! The crates' own tests; those of the whole system are a check of their own.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::Outcome;
use crate::context::Context;
use crate::inputs;
use crate::native;

/// How many cases a property test tries in a long run: eight times the usual; ten times more of them take hours.
const LONG_CASES: &str = "2000";

/// From which property tests draw their cases in a short run.
const SHORT_SEED: &str = "1";

pub(super) fn run(context: &Context) -> Result<Outcome> {
    let references = context.check_target()?.join("snapshot-references");
    if references.exists() {
        fs::remove_file(&references)?;
    }
    let mut program = native::cargo(context, &["nextest", "run", "--locked"])?
        .args(["-E", "not package(hindcast-tests)"])
        // A missing snapshot is a failure, not a file to be written.
        .env("INSTA_UPDATE", "no")
        .env("INSTA_SNAPSHOT_REFERENCES_FILE", &references);
    if context.long {
        program = program
            .args(["--profile", "long"])
            .env("PROPTEST_CASES", LONG_CASES);
    } else {
        // A short run says the same of the same code each time; new cases are for long runs and for people.
        program = program.env("PROPTEST_RNG_SEED", SHORT_SEED);
    }
    program.run()?;
    let forgotten = unused_snapshots(context, &references)?;
    if !forgotten.is_empty() {
        bail!("no test looks at {}; delete it", forgotten.join(", "));
    }
    Ok(Outcome::default())
}

/// Snapshots that no test compared with anything.
fn unused_snapshots(context: &Context, references: &Path) -> Result<Vec<String>> {
    let used: BTreeSet<PathBuf> = fs::read_to_string(references)
        .unwrap_or_default()
        .lines()
        .filter_map(|path| fs::canonicalize(path).ok())
        .collect();
    let mut forgotten = Vec::new();
    for path in inputs::list(&context.places, &["*.snap"])? {
        let full = fs::canonicalize(context.places.root().join(&path))?;
        if !path.starts_with("tests") && !used.contains(&full) {
            forgotten.push(path.display().to_string());
        }
    }
    Ok(forgotten)
}
