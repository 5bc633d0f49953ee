//! Which compiler builds for the browser, and what a child must be told to use it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::context::Context;
use crate::places::Places;
use crate::process::Program;

/// The rustup target of everything that runs in the browser.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The name under which set-up links Debian's compiler, where rustup cannot fetch the target.
pub(crate) const LINKED: &str = "hindcast-wasm";

/// Names a toolchain to use instead of the one that set-up would choose.
const CHOICE: &str = "HINDCAST_WASM_TOOLCHAIN";

/// A compiler that has a standard library for the browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The same one that builds the server.
    Default,
    /// Another one that rustup knows by name.
    Named(String),
}

impl Toolchain {
    /// The compiler to use, or `None` where set-up has work to do.
    pub(crate) fn find(places: &Places) -> Option<Self> {
        let candidates = match std::env::var(CHOICE) {
            Ok(name) => vec![Self::Named(name)],
            Err(_) => vec![Self::Default, Self::Named(LINKED.to_owned())],
        };
        let mut able: Vec<_> = candidates
            .into_iter()
            .filter(|toolchain| toolchain.has_target(places))
            .collect();
        // One with its own source builds a smaller app; whatever it is, it builds everything for the browser.
        let best = able
            .iter()
            .position(|toolchain| toolchain.has_source(places))
            .unwrap_or(0);
        (!able.is_empty()).then(|| able.swap_remove(best))
    }

    /// Whether the standard library's source lies where this compiler's cargo looks for it.
    pub(crate) fn has_source(&self, places: &Places) -> bool {
        self.configure(Program::new(places, "rustc"))
            .args(["--print", "sysroot"])
            .text()
            .is_ok_and(|dir| {
                Path::new(&dir)
                    .join("lib/rustlib/src/rust/library/std/Cargo.toml")
                    .is_file()
            })
    }

    /// Whether the standard library and the `test` crate lie where this compiler looks for them.
    fn has_target(&self, places: &Places) -> bool {
        let dir = self
            .configure(Program::new(places, "rustc"))
            .args(["--print", "target-libdir", "--target", TARGET])
            .text();
        dir.is_ok_and(|dir| {
            has_library(Path::new(&dir), "std") && has_library(Path::new(&dir), "test")
        })
    }

    /// Makes a cargo, rustc or trunk use this compiler.
    pub(crate) fn configure(&self, program: Program) -> Program {
        match self {
            Self::Default => program,
            Self::Named(name) => program
                .env("RUSTUP_TOOLCHAIN", name)
                .without_env("RUSTC")
                .without_env("RUSTDOC"),
        }
    }

    /// For stamps and messages.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Default => "the default toolchain",
            Self::Named(name) => name,
        }
    }
}

/// Whether `lib<name>-*.rlib` is in the folder.
pub(crate) fn has_library(dir: &Path, name: &str) -> bool {
    let prefix = format!("lib{name}-");
    libraries(dir).iter().any(|file| {
        file.file_name()
            .is_some_and(|file| file.to_string_lossy().starts_with(&prefix))
    })
}

/// Every `.rlib` in the folder; none when there is no such folder.
pub(crate) fn libraries(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| file.extension().is_some_and(|ext| ext == "rlib"))
        .collect()
}

/// A program set up to build for the browser into its own target folder.
pub(crate) fn program(context: &Context, name: &str) -> Result<Program> {
    Ok(unclaimed(context, name)?.env("CARGO_TARGET_DIR", context.wasm_target()?))
}

/// The same for a caller with a target folder of its own.
pub(crate) fn unclaimed(context: &Context, name: &str) -> Result<Program> {
    let toolchain = Toolchain::find(&context.places)
        .context("no compiler for the browser: run `cargo xtask setup`")?;
    Ok(toolchain.configure(Program::new(&context.places, name)))
}

/// Makes a cargo run what it builds inside Chromium.
pub(crate) fn in_browser(program: Program, driver: &Path) -> Program {
    program
        .env("CHROMEDRIVER", driver)
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        // A test that does not say where it runs is meant for the browser too.
        .env("WASM_BINDGEN_USE_BROWSER", "1")
        // Seconds; long series take their time in a debug build.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
}
