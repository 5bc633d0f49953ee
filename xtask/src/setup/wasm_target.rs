//! A standard library for the browser: from rustup, or built from Debian's source of it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::Step;
use super::debian::apt_install;
use crate::places::Places;
use crate::process::{Program, as_root};
use crate::say;
use crate::std_build::StdBuild;
use crate::wasm::{LINKED, TARGET, Toolchain, libraries};

/// A download of 30 MB; longer than this means that nobody answers.
pub(super) const RUSTUP_LIMIT: Duration = Duration::from_mins(3);

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

/// The usual library, with what tests need.
const LIBRARY: StdBuild = StdBuild {
    dir: "wasm-std",
    crates: "std,panic_abort,test",
    features: "",
    flags: &[],
    profile: "",
};

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
pub(super) fn build_with_debian(places: &Places) -> Result<()> {
    apt_install(places, DEBIAN_RUST)?;
    let built = LIBRARY.run(places, &|name| {
        Program::new(places, &format!("/usr/bin/{name}")).env("RUSTC", "/usr/bin/rustc")
    })?;
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
