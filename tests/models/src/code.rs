//! By which code a result was made: the checksum of the files that decide it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use hindcast_shared::api::ModelKind;
use hindcast_shared::hash::hex;
use sha2::{Digest as _, Sha256};

use crate::plan::{Job, Method, Side};

/// How windows are cut and scaled, for every model.
const WINDOWS: [&str; 4] = ["dataset.rs", "frame.rs", "inputs.rs", "rows.rs"];
/// Files of networks that decide no score.
const IDLE: [&str; 2] = ["tests.rs", "device.rs"];

/// Of what the job runs.
pub(crate) fn of(job: &Job) -> Result<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (models, shared) = (root.join("server/src/models"), root.join("shared/src"));
    let twins = root.join("tests/peers");
    let mut files: Vec<PathBuf> = Vec::new();
    match (job.side, job.method) {
        (Side::Twin, method) => {
            files.push(twins.join("twins.py"));
            files.push(twins.join("windows.py"));
            files.push(twins.join(if method.is_slow() {
                "networks.py"
            } else {
                "shallow.py"
            }));
        }
        (Side::Ours, Method::Model(kind)) => {
            files.extend(WINDOWS.map(|name| models.join(name)));
            if job.method.is_slow() {
                under(&models.join("deep"), &mut files)?;
                files.retain(|path| !IDLE.iter().any(|idle| path.ends_with(idle)));
            } else {
                files.push(models.join(format!("{}.rs", kind.as_str())));
            }
            if kind == ModelKind::IsolationForest {
                under(&shared.join("detector/forest"), &mut files)?;
            }
        }
        (Side::Ours, Method::AutoLive | Method::AutoFull) => {
            under(&shared.join("detector"), &mut files)?;
        }
    }
    let mut digest = Sha256::new();
    for path in files {
        digest.update(fs::read(&path).with_context(|| path.display().to_string())?);
    }
    Ok(hex(&digest.finalize())[..12].to_owned())
}

/// All files in a folder and below it, in the order of their names.
fn under(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut found = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<PathBuf>>>()?;
    found.sort();
    for path in found {
        if path.is_dir() {
            under(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
