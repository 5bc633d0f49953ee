//! The programs of the distribution: real servers and the browser that the tests talk to.

use std::path::Path;

use anyhow::{Result, bail};

use super::Step;
use crate::places::Places;
use crate::process::{Program, as_root};

/// A program or file, and the Debian package that brings it.
#[derive(Debug, Clone, Copy)]
enum Evidence {
    Program(&'static str),
    File(&'static str),
}

#[derive(Debug)]
pub(super) struct DebianPackages {
    what: &'static str,
    why: &'static str,
    packages: &'static [(&'static str, Evidence)],
}

pub(super) const REAL_SERVERS: DebianPackages = DebianPackages {
    what: "Prometheus, its node exporter, Alertmanager, VictoriaMetrics and a mail server",
    why: "the tests talk to real servers, which they start and stop themselves",
    packages: &[
        ("prometheus", Evidence::Program("prometheus")),
        ("prometheus", Evidence::Program("promtool")),
        (
            "prometheus-node-exporter",
            Evidence::Program("prometheus-node-exporter"),
        ),
        (
            "prometheus-alertmanager",
            Evidence::Program("prometheus-alertmanager"),
        ),
        ("victoria-metrics", Evidence::Program("victoria-metrics")),
        (
            "python3-aiosmtpd",
            Evidence::File("/usr/lib/python3/dist-packages/aiosmtpd"),
        ),
    ],
};

pub(super) const BROWSER: DebianPackages = DebianPackages {
    what: "Chromium, its driver and fonts",
    why: "the pages and the Wasm tests run in a real browser",
    packages: &[
        ("chromium", Evidence::Program("chromium")),
        ("chromium-driver", Evidence::Program("chromedriver")),
        (
            "fonts-dejavu-core",
            Evidence::File("/usr/share/fonts/truetype/dejavu"),
        ),
        (
            "fonts-nanum",
            Evidence::File("/usr/share/fonts/truetype/nanum"),
        ),
    ],
};

pub(super) const CPP_COMPILER: DebianPackages = DebianPackages {
    what: "a C++ compiler",
    why: "libFuzzer, which looks for input that breaks something, is C++",
    packages: &[("g++", Evidence::Program("c++"))],
};

impl DebianPackages {
    fn missing(&self, places: &Places) -> Vec<&'static str> {
        let mut missing: Vec<_> = self
            .packages
            .iter()
            .filter(|(_, evidence)| match evidence {
                Evidence::Program(name) => places.find_program(name).is_none(),
                Evidence::File(path) => !Path::new(path).exists(),
            })
            .map(|(package, _)| *package)
            .collect();
        missing.dedup();
        missing
    }
}

impl Step for DebianPackages {
    fn what(&self) -> String {
        self.what.to_owned()
    }

    fn why(&self) -> &'static str {
        self.why
    }

    fn is_done(&self, places: &Places) -> Result<bool> {
        Ok(self.missing(places).is_empty())
    }

    fn install(&self, places: &Places) -> Result<()> {
        apt_install(places, &self.missing(places))
    }

    fn by_hand(&self) -> String {
        let mut packages: Vec<_> = self.packages.iter().map(|(package, _)| *package).collect();
        packages.dedup();
        format!(
            "install what your system calls {} and have the programs on PATH",
            packages.join(", ")
        )
    }
}

/// Installs packages without their recommendations; a package list that is old is brought up to date once.
pub(super) fn apt_install(places: &Places, packages: &[&str]) -> Result<()> {
    if places.find_program("apt-get").is_none() {
        bail!("there is no apt-get on this machine");
    }
    let install = || -> Result<Program> {
        Ok(as_root(places, "apt-get")?
            .args(["install", "-y", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive"))
    };
    if install()?.run().is_ok() {
        return Ok(());
    }
    as_root(places, "apt-get")?.args(["update", "-qq"]).run()?;
    install()?.run()
}
