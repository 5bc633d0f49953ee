//! What every command is given: the places, and the target folders once they are claimed.

use std::cell::OnceCell;
use std::path::PathBuf;

use anyhow::Result;

use crate::claim::{Claim, claim};
use crate::places::Places;

/// Shared by everything that one command runs.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) places: Places,
    /// The full figures instead of the short ones.
    pub(crate) long: bool,
    native: OnceCell<Claim>,
    wasm: OnceCell<Claim>,
    bench: OnceCell<Claim>,
}

impl Context {
    pub(crate) fn new(places: Places, long: bool) -> Self {
        Self {
            places,
            long,
            native: OnceCell::new(),
            wasm: OnceCell::new(),
            bench: OnceCell::new(),
        }
    }

    /// The folder for native debug builds, claimed for this clone.
    pub(crate) fn check_target(&self) -> Result<PathBuf> {
        self.claimed(self.places.check_target(), &self.native)
    }

    /// The folder for Wasm builds, claimed for this clone.
    pub(crate) fn wasm_target(&self) -> Result<PathBuf> {
        self.claimed(self.places.wasm_target(), &self.wasm)
    }

    /// The folder for measured builds, claimed for this clone.
    pub(crate) fn bench_target(&self) -> Result<PathBuf> {
        if self.places.bench_target() == self.places.check_target() {
            return self.check_target();
        }
        self.claimed(self.places.bench_target(), &self.bench)
    }

    fn claimed(&self, target: PathBuf, cell: &OnceCell<Claim>) -> Result<PathBuf> {
        if cell.get().is_none() {
            let claim = claim(&target, self.places.root())?;
            cell.set(claim).ok();
        }
        Ok(target)
    }
}
