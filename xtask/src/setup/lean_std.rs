//! The standard library of the shipped app, and the source that it is compiled from.

use anyhow::{Context as _, Result};

use super::Step;
use super::wasm_target::{RUSTUP_LIMIT, build_with_debian};
use crate::lean::Lean;
use crate::places::Places;
use crate::process::Program;
use crate::say;
use crate::wasm::{LINKED, Toolchain};

#[derive(Debug)]
pub(super) struct LeanStd;

impl Step for LeanStd {
    fn what(&self) -> String {
        "Rust's standard library, compiled for a small app".to_owned()
    }

    fn why(&self) -> &'static str {
        "the usual one is compiled for speed and for words that a page never shows"
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        Ok(Toolchain::find(places)
            .is_some_and(|toolchain| Lean::find(places, &toolchain).is_some()))
    }

    fn install(&self, places: &Places) -> Result<()> {
        let missing = "no compiler for the browser";
        let toolchain = Toolchain::find(places).context(missing)?;
        if !toolchain.has_source(places) {
            fetch_source(places, &toolchain)?;
        }
        // Fetching may have brought another compiler.
        let toolchain = Toolchain::find(places).context(missing)?;
        Lean::build(places, &toolchain)
    }

    fn by_hand(&self) -> String {
        "`rustup component add rust-src`, with rustup's servers in reach".to_owned()
    }
}

fn fetch_source(places: &Places, toolchain: &Toolchain) -> Result<()> {
    let mut rustup = Program::new(places, "rustup").args(["component", "add", "rust-src"]);
    if let Toolchain::Named(name) = toolchain {
        if name == LINKED {
            return build_with_debian(places);
        }
        rustup = rustup.args(["--toolchain", name]);
    }
    rustup.run_within(RUSTUP_LIMIT).or_else(|error| {
        say::note(&format!(
            "rustup could not fetch the source ({error:#}); taking Debian's compiler, which has its own"
        ));
        build_with_debian(places)
    })
}
