//! cargo-deny. Bans, licences and sources need nothing from outside;
//! the list of known holes does, and a run without it says so.

use anyhow::{Result, bail};

use super::Outcome;
use crate::context::Context;
use crate::process::Program;
use crate::say;

/// What cargo-deny says when it could not get the list, as opposed to having found a hole.
const UNREACHABLE: &[&str] = &[
    "failed to fetch advisory database",
    "failed to load advisory database",
    "failed to clone",
];

pub(super) fn run(context: &Context) -> Result<Outcome> {
    let deny = || Program::new(&context.places, "cargo-deny").args(["--log-level", "warn"]);
    deny()
        .args([
            "check",
            "--hide-inclusion-graph",
            "bans",
            "licenses",
            "sources",
        ])
        .run()?;
    let Err(error) = deny().args(["check", "advisories"]).output() else {
        return Ok(Outcome::default());
    };
    let text = format!("{error:#}");
    if UNREACHABLE.iter().any(|sign| text.contains(sign)) {
        let note = "advisories NOT checked: their database could not be reached";
        say::note(note);
        return Ok(Outcome::note(note));
    }
    bail!(text);
}
