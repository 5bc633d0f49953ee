//! One user at a time for a target folder that several clones share.
//!
//! Cargo tells workspace packages of different clones apart by their path *inside* the clone and by
//! modification times, so an older clone could be given a newer one's artifacts.
//! Whoever takes over a folder from another clone therefore throws away the workspace's own fingerprints;
//! those of the dependencies, which are most of the work, stay.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::say;

const LOCK: &str = "hindcast.lock";
const OWNER: &str = "hindcast.root";

/// Holds a folder until it is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    _lock: File,
}

/// Takes a file lock, and says so when somebody else has it.
pub(crate) fn lock(path: &Path, what: &str) -> Result<File> {
    let file = File::create(path).with_context(|| format!("{} is not writable", path.display()))?;
    if file.try_lock().is_err() {
        say::step(&format!("waiting: another run holds {what}"));
        file.lock()?;
    }
    Ok(file)
}

/// Takes `target` for the clone at `root`.
pub(crate) fn claim(target: &Path, root: &Path) -> Result<Claim> {
    fs::create_dir_all(target)
        .with_context(|| format!("{} cannot be created", target.display()))?;
    let lock = lock(&target.join(LOCK), &target.display().to_string())?;
    let owner = target.join(OWNER);
    let mine = root.display().to_string();
    if fs::read_to_string(&owner).ok().as_deref() != Some(&mine) {
        forget_workspace(target, 3)?;
        fs::write(&owner, mine)?;
    }
    Ok(Claim { _lock: lock })
}

/// Removes the workspace's own fingerprints, `depth` folders down at the most
/// (`debug/.fingerprint`, `wasm32-unknown-unknown/release/.fingerprint`).
fn forget_workspace(dir: &Path, depth: usize) -> Result<()> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name == ".fingerprint" {
            for unit in fs::read_dir(entry.path())? {
                let unit = unit?;
                let package = unit.file_name();
                let package = package.to_string_lossy();
                if package.starts_with("hindcast") || package.starts_with("xtask-") {
                    fs::remove_dir_all(unit.path())?;
                }
            }
        } else if depth > 1 && !matches!(&*name, "deps" | "build" | "incremental" | "examples") {
            forget_workspace(&entry.path(), depth - 1)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::claim;

    #[test]
    fn claim_when_the_clone_changes_then_forgets_the_workspace_and_nothing_else()
    -> anyhow::Result<()> {
        let target = std::env::temp_dir().join(format!("hindcast-claim-{}", std::process::id()));
        let units = target.join("wasm32-unknown-unknown/debug/.fingerprint");
        let (own, foreign) = (units.join("hindcast-shared-0a"), units.join("serde-0b"));
        let touch = || fs::create_dir_all(&own).and(fs::create_dir_all(&foreign));

        drop(claim(&target, "/one".as_ref())?);
        touch()?;
        drop(claim(&target, "/one".as_ref())?);
        assert!(own.exists(), "the same clone keeps what it built");
        drop(claim(&target, "/two".as_ref())?);
        assert!(!own.exists(), "another clone builds the workspace anew");
        assert!(foreign.exists(), "and keeps the dependencies");
        fs::remove_dir_all(target)?;
        Ok(())
    }
}
