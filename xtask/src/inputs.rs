//! The files of the clone, as git sees them, and a stamp over some of them.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::places::Places;
use crate::process::Program;

/// Paths, relative to the root, of files below `parts` that are tracked or could be; sorted.
pub(crate) fn list(places: &Places, parts: &[&str]) -> Result<Vec<PathBuf>> {
    let listed = Program::new(places, "git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
            "--",
        ])
        .args(parts)
        .output()
        .context("the files of the clone cannot be listed")?;
    let mut files: Vec<_> = String::from_utf8_lossy(&listed)
        .split('\0')
        .filter(|path| !path.is_empty())
        .map(PathBuf::from)
        .filter(|path| places.root().join(path).is_file())
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// A number that changes when a name or a byte of these files does.
pub(crate) fn stamp(places: &Places, parts: &[&str], extra: &str) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    extra.hash(&mut hasher);
    for path in list(places, parts)? {
        path.hash(&mut hasher);
        fs::read(places.root().join(&path))
            .with_context(|| format!("{} cannot be read", path.display()))?
            .hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}
