//! The Python libraries that detectors and full models are held against, in environments of their own inside the cache.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::Step;
use super::debian::apt_install;
use crate::places::Places;
use crate::process::Program;

/// Some libraries and where they go.
#[derive(Debug, Clone, Copy)]
pub(super) struct PythonPeers {
    /// Exact versions, one a line.
    requirements: &'static str,
    /// Of the folder in the cache.
    name: &'static str,
    folder: fn(&Places) -> PathBuf,
    why: &'static str,
}

impl PythonPeers {
    /// What detectors are timed against.
    pub(super) const DETECTORS: Self = Self {
        requirements: "shared/benches/peers/requirements.txt",
        name: "peers",
        folder: Places::peers,
        why: "detectors are timed against them; about one gigabyte",
    };

    /// What full models are held against.
    pub(super) const MODELS: Self = Self {
        requirements: "tests/peers/requirements.txt",
        name: "peers-deep",
        folder: Places::twins,
        why: "full models are held against them; about six gigabytes",
    };

    /// What was installed last: a copy of the requirements.
    fn stamp(&self, places: &Places) -> PathBuf {
        (self.folder)(places).join("installed.txt")
    }
}

impl Step for PythonPeers {
    fn what(&self) -> String {
        "Python libraries in an environment of their own".to_owned()
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        let wanted = fs::read(places.root().join(self.requirements))?;
        Ok(fs::read(self.stamp(places)).is_ok_and(|installed| installed == wanted))
    }

    fn install(&self, places: &Places) -> Result<()> {
        if places.find_program("python3").is_none() {
            apt_install(places, &["python3", "python3-venv"])?;
        }
        let folder = (self.folder)(places);
        Program::new(places, "python3")
            .args(["-m", "venv"])
            .arg(&folder)
            .run()?;
        let python = folder.join("bin/python").to_string_lossy().into_owned();
        Program::new(places, &python)
            .args(["-m", "pip", "install", "--quiet", "--requirement"])
            .arg(self.requirements)
            .run()?;
        fs::copy(places.root().join(self.requirements), self.stamp(places))?;
        Ok(())
    }

    fn by_hand(&self) -> String {
        format!(
            "python3 -m venv ~/.cache/hindcast/{}, and there pip install -r {}",
            self.name, self.requirements
        )
    }
}
