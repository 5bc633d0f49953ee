//! The Python libraries that detectors are timed against, in an environment of their own inside the cache.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::Step;
use super::debian::apt_install;
use crate::places::Places;
use crate::process::Program;

/// Exact versions, one a line.
const REQUIREMENTS: &str = "shared/benches/peers/requirements.txt";

#[derive(Debug, Clone, Copy)]
pub(super) struct PythonPeers;

impl PythonPeers {
    /// What was installed last: a copy of the requirements.
    fn stamp(places: &Places) -> PathBuf {
        places.peers().join("installed.txt")
    }
}

impl Step for PythonPeers {
    fn what(&self) -> String {
        "Python libraries in an environment of their own".to_owned()
    }

    fn why(&self) -> &'static str {
        "detectors are timed against them; about one gigabyte"
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        let wanted = fs::read(places.root().join(REQUIREMENTS))?;
        Ok(fs::read(Self::stamp(places)).is_ok_and(|installed| installed == wanted))
    }

    fn install(&self, places: &Places) -> Result<()> {
        if places.find_program("python3").is_none() {
            apt_install(places, &["python3", "python3-venv"])?;
        }
        let folder = places.peers();
        Program::new(places, "python3")
            .args(["-m", "venv"])
            .arg(&folder)
            .run()?;
        let python = folder.join("bin/python").to_string_lossy().into_owned();
        Program::new(places, &python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(REQUIREMENTS)
            .run()?;
        fs::copy(places.root().join(REQUIREMENTS), Self::stamp(places))?;
        Ok(())
    }

    fn by_hand(&self) -> String {
        format!("python3 -m venv ~/.cache/hindcast/peers, and there pip install -r {REQUIREMENTS}")
    }
}
