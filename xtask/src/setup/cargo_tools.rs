//! Tools that cargo compiles: in debug, into the cache, with one target folder for all of them,
//! because their build time matters more than their speed.

use anyhow::{Context as _, Result};

use super::{Step, locked_version};
use crate::places::Places;
use crate::process::Program;

/// The last trunk that compiles with this workspace's `rust-version`.
const TRUNK_VERSION: &str = "0.21.14";

/// Which release will do.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Any,
    Exactly(&'static str),
    /// The version of the crate of this name in Cargo.lock.
    LockedWith(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct CargoTool {
    package: &'static str,
    /// The program and the arguments that make it print its version.
    probe: &'static [&'static str],
    wanted: Wanted,
    why: &'static str,
    /// Whether its own lock file is used; a newer set of dependencies is no harm where it is not.
    locked: bool,
    opt_level: &'static str,
}

impl CargoTool {
    pub(super) const TRUNK: Self = Self {
        package: "trunk",
        probe: &["trunk", "--version"],
        wanted: Wanted::Exactly(TRUNK_VERSION),
        why: "it builds the app and its worker",
        locked: true,
        opt_level: "0",
    };
    pub(super) const WASM_BINDGEN: Self = Self {
        package: "wasm-bindgen-cli",
        probe: &["wasm-bindgen", "--version"],
        wanted: Wanted::LockedWith("wasm-bindgen"),
        why: "it writes the glue between Wasm and the browser, and must equal the crate's version",
        locked: false,
        // It walks through megabytes of Wasm in every build.
        opt_level: "1",
    };
    pub(super) const DENY: Self = Self {
        package: "cargo-deny",
        probe: &["cargo-deny", "--version"],
        wanted: Wanted::Any,
        why: "it checks licences, sources and known holes of the dependencies",
        locked: true,
        opt_level: "0",
    };
    pub(super) const MACHETE: Self = Self {
        package: "cargo-machete",
        probe: &["cargo-machete", "--version"],
        wanted: Wanted::Any,
        why: "it finds dependencies that nobody uses",
        locked: true,
        opt_level: "0",
    };
    pub(super) const NEXTEST: Self = Self {
        package: "cargo-nextest",
        probe: &["cargo-nextest", "nextest", "--version"],
        wanted: Wanted::Any,
        why: "it runs the tests, each in a process of its own",
        locked: true,
        opt_level: "0",
    };

    fn version(&self, places: &Places) -> Result<Option<String>> {
        match self.wanted {
            Wanted::Any => Ok(None),
            Wanted::Exactly(version) => Ok(Some(version.to_owned())),
            Wanted::LockedWith(package) => locked_version(places, package).map(Some),
        }
    }
}

impl Step for CargoTool {
    fn what(&self) -> String {
        self.package.to_owned()
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        let [program, args @ ..] = self.probe else {
            return Ok(false);
        };
        let Ok(printed) = Program::new(places, program).args(args).text() else {
            return Ok(false);
        };
        Ok(self
            .version(places)?
            .is_none_or(|version| printed.split_whitespace().any(|word| word == version)))
    }

    fn install(&self, places: &Places) -> Result<()> {
        let mut program = Program::new(places, "cargo")
            .args(["install", self.package, "--debug", "--force", "--root"])
            .arg(places.tools());
        if let Some(version) = self.version(places)? {
            program = program.args(["--version", &version]);
        }
        if self.locked {
            program = program.arg("--locked");
        }
        program
            .env("CARGO_TARGET_DIR", places.cache().join("tools-target"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("CARGO_PROFILE_DEV_OPT_LEVEL", self.opt_level)
            .without_env("RUSTFLAGS")
            .run()
            .with_context(|| format!("cargo could not install {}", self.package))
    }

    fn by_hand(&self) -> String {
        let version = match self.wanted {
            Wanted::Any => String::new(),
            Wanted::Exactly(version) => format!(" --version {version}"),
            Wanted::LockedWith(package) => format!(" --version <that of {package} in Cargo.lock>"),
        };
        let locked = if self.locked { " --locked" } else { "" };
        format!("cargo install {}{version}{locked}", self.package)
    }
}
