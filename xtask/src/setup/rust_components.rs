//! The parts of Rust that rustup's minimal profile leaves out.

use anyhow::Result;

use super::Step;
use crate::places::Places;
use crate::process::Program;

#[derive(Debug)]
pub(super) struct RustComponents;

impl Step for RustComponents {
    fn what(&self) -> String {
        "clippy and rustfmt".to_owned()
    }

    fn why(&self) -> &'static str {
        "two of the checks are theirs"
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        let answers = |tool| {
            Program::new(places, "cargo")
                .args([tool, "--version"])
                .output()
                .is_ok()
        };
        Ok(answers("clippy") && answers("fmt"))
    }

    fn install(&self, places: &Places) -> Result<()> {
        Program::new(places, "rustup")
            .args(["component", "add", "clippy", "rustfmt"])
            .run()
    }

    fn by_hand(&self) -> String {
        "`rustup component add clippy rustfmt`".to_owned()
    }
}
