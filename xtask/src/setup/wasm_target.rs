//! A standard library for the browser: from rustup, or built from Debian's source of it.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::Step;
use super::debian::apt_install;
use crate::places::Places;
use crate::process::{Program, as_root};
use crate::say;
use crate::wasm::{LINKED, TARGET, Toolchain, libraries};

/// A download of 30 MB; longer than this means that nobody answers.
const RUSTUP_LIMIT: Duration = Duration::from_mins(3);

/// Debian's compiler, its own source, and a linker for Wasm.
const DEBIAN_RUST: &[&str] = &[
    "rustc-web",
    "cargo-web",
    "rust-web-src",
    "rust-web-llvm",
    "rust-web-clippy",
    "lld-22",
];

/// Where Debian's compiler looks for the target's libraries.
const DEBIAN_LIBRARIES: &str = "/usr/lib/rustlib/wasm32-unknown-unknown/lib";

#[derive(Debug)]
pub(super) struct WasmTarget;

impl Step for WasmTarget {
    fn what(&self) -> String {
        format!("Rust's standard library for {TARGET}")
    }

    fn why(&self) -> &'static str {
        "the app and its worker are Rust that runs in the browser"
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        Ok(Toolchain::find(places).is_some())
    }

    fn install(&self, places: &Places) -> Result<()> {
        let by_rustup = Program::new(places, "rustup")
            .args(["target", "add", TARGET])
            .run_within(RUSTUP_LIMIT);
        match by_rustup {
            Ok(()) => Ok(()),
            Err(error) => {
                say::note(&format!(
                    "rustup could not fetch it ({error:#}); building it with Debian's compiler"
                ));
                build_with_debian(places)
            }
        }
    }

    fn by_hand(&self) -> String {
        format!("`rustup target add {TARGET}`, with rustup's servers in reach")
    }
}

/// Builds the library out of the source that Debian ships with its compiler, puts it where that
/// compiler looks, and gives the compiler a name that rustup knows.
fn build_with_debian(places: &Places) -> Result<()> {
    apt_install(places, DEBIAN_RUST)?;
    let built = build_library(places)?;
    let old: Vec<_> = libraries(Path::new(DEBIAN_LIBRARIES));
    // All of them or none: two builds of the same library do not mix.
    if !old.is_empty() {
        as_root(places, "rm")?.arg("-f").args(&old).run()?;
    }
    as_root(places, "mkdir")?
        .args(["-p", DEBIAN_LIBRARIES])
        .run()?;
    as_root(places, "cp")?
        .args(&built)
        .arg(DEBIAN_LIBRARIES)
        .run()?;
    Program::new(places, "rustup")
        .args(["toolchain", "link", LINKED, "/usr"])
        .run()
}

/// Compiles std, `panic_abort` and test in a throw-away crate, and returns their libraries.
fn build_library(places: &Places) -> Result<Vec<std::path::PathBuf>> {
    let dir = places.cache().join("wasm-std");
    fs::create_dir_all(dir.join("src"))?;
    fs::write(
        dir.join("Cargo.toml"),
        "[package]\nname = \"wasm-std\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\n\n[workspace]\n",
    )?;
    fs::write(dir.join("src/lib.rs"), "")?;
    let target = dir.join("target");
    let built = target.join(TARGET).join("release/deps");
    // What an earlier compiler left there must not be copied along.
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    Program::new(places, "/usr/bin/cargo")
        .current_dir(&dir)
        .args(["build", "--release", "--target", TARGET])
        .arg("-Zbuild-std=std,panic_abort,test")
        .env("CARGO_TARGET_DIR", &target)
        .env("RUSTC", "/usr/bin/rustc")
        // The flag is unstable, and this compiler is the one whose source it is given.
        .env("RUSTC_BOOTSTRAP", "1")
        // Link-time optimisation of the app needs the bitcode.
        .env("RUSTFLAGS", "-Cembed-bitcode=yes")
        .run()?;
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
