//! Every check, in the order in which `cargo xtask test` runs them: quick ones first,
//! and each after the one whose build it can use.

mod app_build;
pub(crate) mod bundle;
mod clippy;
mod deny;
mod docs;
mod fmt;
mod fuzz;
mod generated;
mod lock;
mod machete;
mod nextest;
pub(crate) mod system;
mod tidy;
mod wasm_clippy;
mod wasm_tests;

use anyhow::Result;
use clap::builder::PossibleValuesParser;

use crate::context::Context;
use crate::figures::Figure;
use crate::setup::{self, Need};

/// What a check that passed has to tell.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// For the table: what was left out, or the figure that matters most.
    pub(crate) note: Option<String>,
    pub(crate) figures: Vec<Figure>,
}

impl Outcome {
    fn note(note: impl Into<String>) -> Self {
        Self {
            note: Some(note.into()),
            figures: Vec::new(),
        }
    }
}

/// One check: a command of its own and a line in the table.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) about: &'static str,
    pub(crate) needs: &'static [Need],
    pub(crate) run: fn(&Context) -> Result<Outcome>,
}

pub(crate) const ALL: &[Check] = &[
    Check {
        name: "tidy",
        about: "the conventions that no other tool knows",
        needs: &[],
        run: tidy::run,
    },
    Check {
        name: "fmt",
        about: "rustfmt has nothing to change",
        needs: &[Need::RustComponents],
        run: fmt::run,
    },
    Check {
        name: "lock",
        about: "Cargo.lock is up to date, and every crate is here",
        needs: &[],
        run: lock::run,
    },
    Check {
        name: "machete",
        about: "no dependency that nobody uses",
        needs: &[Need::Machete],
        run: machete::run,
    },
    Check {
        name: "deny",
        about: "bans, licences, sources, and known holes where their list can be fetched",
        needs: &[Need::Deny],
        run: deny::run,
    },
    Check {
        name: "clippy",
        about: "no warning in anything that runs natively",
        needs: &[Need::RustComponents],
        run: clippy::run,
    },
    Check {
        name: "docs",
        about: "the documentation builds, its links and examples work",
        needs: &[],
        run: docs::run,
    },
    Check {
        name: "nextest",
        about: "the tests of each crate",
        needs: &[Need::Nextest, Need::RealServers],
        run: nextest::run,
    },
    Check {
        name: "fuzz",
        about: "any bytes for the parsers, any values for the detectors",
        needs: &[Need::CppCompiler],
        run: fuzz::run,
    },
    Check {
        name: "generated",
        about: "docs/openapi.json and docs/config.schema.json are what the server prints",
        needs: &[],
        run: generated::run,
    },
    Check {
        name: "wasm-clippy",
        about: "no warning in anything that runs in the browser",
        needs: &[Need::WasmTarget],
        run: wasm_clippy::run,
    },
    Check {
        name: "wasm-tests",
        about: "the tests that run inside Chromium",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Browser],
        run: wasm_tests::run,
    },
    Check {
        name: "app",
        about: "the app builds in release",
        needs: setup::FOR_APP,
        run: app_build::run,
    },
    Check {
        name: "bundle",
        about: "the app and its worker are small enough",
        needs: setup::FOR_APP,
        run: bundle::run,
    },
    Check {
        name: "system",
        about: "the real binary with real servers and a real browser",
        needs: &[
            Need::Nextest,
            Need::RealServers,
            Need::Browser,
            Need::BrowserScripts,
            Need::WasmTarget,
            Need::WasmBindgen,
            Need::WasmOpt,
            Need::Trunk,
        ],
        run: system::run,
    },
    Check {
        name: "endurance",
        about: "the real binary through power cuts and a long time under load",
        needs: &[Need::Nextest, Need::RealServers],
        run: system::endure,
    },
];

/// For the command line.
pub(crate) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|check| check.name))
}
