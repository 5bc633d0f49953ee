//! The standard library of the shipped app: the compiler's own source, compiled for size.
//!
//! The usual one carries what a page never shows: words for each panic and the code that formats them.
//! In this one a panic is a trap, as it was for the page before: the browser reports `unreachable` where it happened.
//! Debug builds (`cargo xtask dev`, tests) keep the usual library, and with it the words.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::places::Places;
use crate::process::Program;
use crate::say;
use crate::std_build::StdBuild;
use crate::wasm::{TARGET, Toolchain, has_library};

/// How library and app are compiled alike: a panic traps at once, and neither places nor `{:?}` are kept as text.
const FLAGS: &[&str] = &[
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zlocation-detail=none",
    "-Zfmt-debug=none",
];

/// What `.cargo/config.toml` says for this target; flags from the environment take its place.
const CONFIGURED: &[&str] = &["--cfg", "erase_components", "-C", "target-feature=+simd128"];

const BUILD: StdBuild = StdBuild {
    dir: "wasm-lean",
    crates: "std,panic_abort",
    // Not `optimize_for_size`: it takes the slower sorts, and the worker sorts a lot.
    features: "",
    flags: FLAGS,
    profile: "opt-level = \"z\"\ncodegen-units = 1\n",
};

/// A library that is there.
#[derive(Debug)]
pub(crate) struct Lean {
    sysroot: PathBuf,
}

impl Lean {
    /// The one for a compiler, if it was built.
    pub(crate) fn find(places: &Places, toolchain: &Toolchain) -> Option<Self> {
        let sysroot = sysroot(places, toolchain).ok()?;
        has_library(&libraries(&sysroot), "std").then_some(Self { sysroot })
    }

    /// Builds the one for a compiler whose source is there.
    pub(crate) fn build(places: &Places, toolchain: &Toolchain) -> Result<()> {
        let sysroot = sysroot(places, toolchain)?;
        let built = BUILD.run(places, &|name| {
            toolchain.configure(Program::new(places, name))
        })?;
        // Complete or not at all: a build that was cut off must not be taken for one.
        let unfinished = sysroot.with_extension("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished)?;
        }
        let into = libraries(&unfinished);
        fs::create_dir_all(&into)?;
        for library in built {
            if let Some(name) = library.file_name() {
                fs::copy(&library, into.join(name))?;
            }
        }
        fs::rename(&unfinished, &sysroot)?;
        Ok(())
    }

    /// Makes a trunk or cargo compile everything for the browser with this library.
    pub(crate) fn configure(&self, program: Program) -> Program {
        let sysroot = self.sysroot.to_string_lossy();
        let flags: Vec<_> = CONFIGURED
            .iter()
            .chain(FLAGS)
            .copied()
            .chain(["--sysroot", &sysroot])
            .collect();
        program
            // This form takes folders with a space in their name.
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            // The flags are unstable; the library was built by this very compiler.
            .env("RUSTC_BOOTSTRAP", "1")
    }

    /// Changes with everything that changes the library; for stamps.
    pub(crate) fn name(&self) -> String {
        self.sysroot
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }
}

/// Where the library for a compiler lies or will lie: each compiler and each recipe has its own.
fn sysroot(places: &Places, toolchain: &Toolchain) -> Result<PathBuf> {
    let compiler = toolchain
        .configure(Program::new(places, "rustc"))
        .arg("-vV")
        .text()?;
    let mut hasher = DefaultHasher::new();
    (compiler, BUILD.features, BUILD.flags, BUILD.profile).hash(&mut hasher);
    let name = format!("lean-{:016x}", hasher.finish());
    Ok(places.cache().join("wasm-sysroots").join(name))
}

fn libraries(sysroot: &Path) -> PathBuf {
    sysroot.join("lib/rustlib").join(TARGET).join("lib")
}

/// Says what is lost without it.
pub(crate) fn do_without(error: &anyhow::Error) {
    say::note(&format!(
        "no standard library for a small app ({error:#}); building with the usual one, which works alike but is too large for `cargo xtask check bundle`"
    ));
}
