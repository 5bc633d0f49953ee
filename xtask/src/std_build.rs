//! Compiles Rust's standard library for the browser out of its source, in a throw-away crate.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::places::Places;
use crate::process::Program;
use crate::wasm::{TARGET, libraries};

/// What is compiled, and how.
#[derive(Debug)]
pub(crate) struct StdBuild {
    /// Folder in the cache.
    pub(crate) dir: &'static str,
    /// Crates of the library, with commas.
    pub(crate) crates: &'static str,
    /// Its features, with commas.
    pub(crate) features: &'static str,
    /// Flags for the compiler.
    pub(crate) flags: &'static [&'static str],
    /// Lines of cargo's release profile.
    pub(crate) profile: &'static str,
}

impl StdBuild {
    /// Gives back the libraries; `program` starts a program of the compiler whose source is taken.
    pub(crate) fn run(
        &self,
        places: &Places,
        program: &dyn Fn(&str) -> Program,
    ) -> Result<Vec<PathBuf>> {
        let dir = places.cache().join(self.dir);
        fs::create_dir_all(dir.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"wasm-std\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\n\n[workspace]\n\n[profile.release]\n{}",
            self.profile
        );
        fs::write(dir.join("Cargo.toml"), manifest)?;
        fs::write(dir.join("src/lib.rs"), "")?;
        let target = dir.join("target");
        // What an earlier compiler or recipe left there must not be taken along.
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        let mut cargo = program("cargo")
            .current_dir(&dir)
            .args(["build", "--release", "--target", TARGET])
            .arg(format!("-Zbuild-std={}", self.crates))
            .env("CARGO_TARGET_DIR", &target)
            // The flag is unstable, and this compiler is the one whose source it is given.
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_ENCODED_RUSTFLAGS", self.encoded_flags());
        if !self.features.is_empty() {
            cargo = cargo.arg(format!("-Zbuild-std-features={}", self.features));
        }
        cargo.run()?;
        let built = target.join(TARGET).join("release/deps");
        let files: Vec<_> = libraries(&built)
            .into_iter()
            .filter(|file| {
                !file
                    .file_name()
                    .is_some_and(|name| name.to_string_lossy().starts_with("libwasm_std-"))
            })
            .collect();
        if files.is_empty() {
            bail!("no library was left in {}", built.display());
        }
        Ok(files)
    }

    fn encoded_flags(&self) -> String {
        // Link-time optimisation of the app needs the bitcode.
        let mut flags = vec!["-Cembed-bitcode=yes"];
        flags.extend(self.flags);
        flags.join("\u{1f}")
    }
}
