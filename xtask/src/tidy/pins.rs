//! Versions that are written twice are the same.

use std::fs;

use anyhow::Result;

use super::Finding;
use crate::places::Places;
use crate::setup::{WASM_OPT_VERSION, locked_version};

/// `Trunk.toml` pins the tools that set-up installs, and wasm-bindgen equals its crate.
pub(super) fn trunk(places: &Places) -> Result<Vec<Finding>> {
    let path = places.root().join("Trunk.toml");
    let text = fs::read_to_string(&path)?;
    let wanted = [
        ("wasm_bindgen", locked_version(places, "wasm-bindgen")?),
        ("wasm_opt", format!("version_{WASM_OPT_VERSION}")),
    ];
    let mut findings = Vec::new();
    for (tool, version) in wanted {
        let line = format!("{tool} = \"{version}\"");
        if !text.lines().any(|found| found.trim() == line) {
            findings.push(Finding {
                path: "Trunk.toml".into(),
                line: 1,
                text: format!("`{line}` is missing"),
            });
        }
    }
    Ok(findings)
}
