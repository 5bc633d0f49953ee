//! What a machine must have, and how it gets it.
//!
//! Each step says what it does and why, does nothing when its work is done already,
//! and names what to install by hand when it cannot do it.

mod cargo_tools;
mod debian;
mod lean_std;
mod lockfile;
mod node;
mod python;
mod rust_components;
mod wasm_target;

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::claim;
use crate::places::Places;
use crate::say;

pub(crate) use lockfile::locked_version;
pub(crate) use node::WASM_OPT_VERSION;

/// One thing that a command may need.
trait Step {
    fn what(&self) -> String;
    fn why(&self) -> &'static str;
    fn is_done(&self, places: &Places) -> Result<bool>;
    fn install(&self, places: &Places) -> Result<()>;
    fn by_hand(&self) -> String;
}

/// Names the steps, so that a command can list what it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    WasmTarget,
    LeanStd,
    WasmBindgen,
    WasmOpt,
    Trunk,
    Deny,
    Machete,
    Nextest,
    RealServers,
    Browser,
    BrowserScripts,
    CppCompiler,
    RustComponents,
    PythonPeers,
    PythonTwins,
}

/// What building the app takes; a small app takes `LeanStd` as well.
pub(crate) const FOR_APP: &[Need] = &[
    Need::WasmTarget,
    Need::WasmBindgen,
    Need::WasmOpt,
    Need::Trunk,
];

/// Everything but what only one bench on request needs, quick steps first.
pub(crate) const ALL: &[Need] = &[
    Need::RustComponents,
    Need::RealServers,
    Need::Browser,
    Need::CppCompiler,
    Need::WasmTarget,
    Need::LeanStd,
    Need::WasmOpt,
    Need::BrowserScripts,
    Need::WasmBindgen,
    Need::Trunk,
    Need::Nextest,
    Need::Machete,
    Need::Deny,
];

impl Need {
    fn step(self) -> Box<dyn Step> {
        match self {
            Self::WasmTarget => Box::new(wasm_target::WasmTarget),
            Self::LeanStd => Box::new(lean_std::LeanStd),
            Self::WasmBindgen => Box::new(cargo_tools::CargoTool::WASM_BINDGEN),
            Self::WasmOpt => Box::new(node::NodePackage::BINARYEN),
            Self::Trunk => Box::new(cargo_tools::CargoTool::TRUNK),
            Self::Deny => Box::new(cargo_tools::CargoTool::DENY),
            Self::Machete => Box::new(cargo_tools::CargoTool::MACHETE),
            Self::Nextest => Box::new(cargo_tools::CargoTool::NEXTEST),
            Self::RealServers => Box::new(debian::REAL_SERVERS),
            Self::Browser => Box::new(debian::BROWSER),
            Self::RustComponents => Box::new(rust_components::RustComponents),
            Self::CppCompiler => Box::new(debian::CPP_COMPILER),
            Self::BrowserScripts => Box::new(node::NodePackage::PLAYWRIGHT),
            Self::PythonPeers => Box::new(python::PythonPeers::DETECTORS),
            Self::PythonTwins => Box::new(python::PythonPeers::MODELS),
        }
    }
}

/// Does what is missing of the given steps, and stops at the first that fails.
pub(crate) fn ensure(places: &Places, needs: &[Need]) -> Result<()> {
    for need in needs {
        ensure_one(places, need.step().as_ref())?;
    }
    Ok(())
}

/// Does every step, reports each, and fails at the end if one of them did.
pub(crate) fn everything(places: &Places) -> Result<()> {
    let mut missing = Vec::new();
    for need in ALL {
        let step = need.step();
        if step.is_done(places).unwrap_or(false) {
            say::note(&format!("present: {}", step.what()));
        } else if let Err(error) = ensure_one(places, step.as_ref()) {
            say::failure(&format!("{error:#}"));
            missing.push(step.what());
        }
    }
    if !missing.is_empty() {
        bail!("still missing: {}", missing.join("; "));
    }
    Ok(())
}

fn ensure_one(places: &Places, step: &dyn Step) -> Result<()> {
    if step.is_done(places)? {
        return Ok(());
    }
    fs::create_dir_all(places.cache())?;
    let _lock = claim::lock(&places.cache().join("setup.lock"), "the set-up")?;
    // Another run may have done it while this one waited.
    if step.is_done(places)? {
        return Ok(());
    }
    say::step(&format!("installing {}: {}", step.what(), step.why()));
    let by_hand = || format!("by hand: {}", step.by_hand());
    step.install(places).with_context(by_hand)?;
    if !step.is_done(places)? {
        bail!(
            "installed {}, but it is still not found; {}",
            step.what(),
            by_hand()
        );
    }
    Ok(())
}
