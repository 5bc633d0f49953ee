//! Tools that npm brings, into the cache.

use anyhow::Result;

use super::Step;
use super::debian::apt_install;
use crate::places::Places;
use crate::process::Program;

/// The wasm-opt that `Trunk.toml` asks for by the same number.
pub(crate) const WASM_OPT_VERSION: &str = "132";

#[derive(Debug, Clone, Copy)]
pub(super) struct NodePackage {
    /// What npm is asked for.
    packages: &'static [&'static str],
    /// Files below the prefix that must be there, with what the first must contain.
    files: &'static [(&'static str, &'static str)],
    why: &'static str,
}

impl NodePackage {
    pub(super) const BINARYEN: Self = Self {
        packages: &["binaryen@132"],
        files: &[("node_modules/binaryen/package.json", "\"version\": \"132.")],
        why: "its wasm-opt makes the app a third smaller",
    };
    /// The newest that Debian 12's Node.js runs; later ones ask for version 20.
    pub(super) const PLAYWRIGHT: Self = Self {
        packages: &["playwright-core@1.61", "axe-core@4"],
        files: &[
            (
                "node_modules/playwright-core/package.json",
                "\"version\": \"1.61.",
            ),
            ("node_modules/axe-core/package.json", "\"version\": \"4."),
        ],
        why: "they drive Chromium in the tests and check that pages are accessible",
    };
}

impl Step for NodePackage {
    fn what(&self) -> String {
        self.packages.join(" and ")
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        Ok(self.files.iter().all(|(file, part)| {
            std::fs::read_to_string(places.node().join(file)).is_ok_and(|text| text.contains(part))
        }))
    }

    fn install(&self, places: &Places) -> Result<()> {
        if places.find_program("npm").is_none() {
            apt_install(places, &["nodejs", "npm"])?;
        }
        std::fs::create_dir_all(places.node())?;
        Program::new(places, "npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(places.node())
            .args(self.packages)
            .run()
    }

    fn by_hand(&self) -> String {
        format!(
            "install Node.js and npm, then `npm install --prefix ~/.cache/hindcast/node {}`",
            self.packages.join(" ")
        )
    }
}
