//! Arbitrary input for the parsers and the detectors, looked for by libFuzzer.
//!
//! Needs no nightly compiler and no cargo-fuzz: `tests/fuzz/instrument.sh` hands our own crates to the stable one
//! with the flags that libFuzzer wants, and everything else is as the other checks have compiled it.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use super::Outcome;
use crate::context::Context;
use crate::figures::Figure;
use crate::native;
use crate::process::Program;
use crate::say;

const TARGETS: [&str; 3] = ["parsers", "detectors", "server"];

/// How long each target looks for something new; they run side by side.
const SHORT: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_mins(10);

/// Time to read what earlier runs found, on top.
const GRACE: Duration = Duration::from_mins(3);

/// An input that takes longer than this is a finding, in seconds.
const SLOWEST: u32 = 20;

pub(super) fn run(context: &Context) -> Result<Outcome> {
    build(context)?;
    let limit = if context.long { LONG } else { SHORT };
    let places = TARGETS.map(|target| Place::new(context, target));
    let places: Vec<Place> = places.into_iter().collect::<Result<_>>()?;
    let programs = places.iter().map(|place| place.program(context, limit));
    let programs: Vec<Program> = programs.collect::<Result<_>>()?;
    let runs: Vec<_> = thread::scope(|scope| {
        let started = places.iter().zip(programs);
        let started: Vec<_> = started
            .map(|(place, program)| scope.spawn(move || place.fuzz(program, limit)))
            .collect();
        started
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    let mut figures = Vec::new();
    let mut failures = Vec::new();
    for (place, run) in places.iter().zip(runs) {
        match run {
            Ok(Ok(inputs)) => figures.push(Figure {
                name: format!("fuzz_{}_inputs", place.target),
                value: inputs as f64,
            }),
            Ok(Err(error)) => failures.push(format!("{error:#}")),
            Err(_) => failures.push(format!("{}: the run has panicked", place.target)),
        }
    }
    if !failures.is_empty() {
        bail!("{}", failures.join("\n"));
    }
    let total: f64 = figures.iter().map(|figure| figure.value).sum();
    Ok(Outcome {
        note: Some(format!(
            "{total} inputs to {} targets in {} s",
            TARGETS.len(),
            limit.as_secs()
        )),
        figures,
    })
}

fn build(context: &Context) -> Result<()> {
    let wrapper = context.places.root().join("tests/fuzz/instrument.sh");
    let bins = TARGETS.map(|target| format!("--bin=fuzz_{target}"));
    native::cargo(context, &["build", "--locked"])?
        .args(["--features", "hindcast-fuzz/libfuzzer"])
        .args(bins)
        .env("RUSTC_WORKSPACE_WRAPPER", wrapper)
        .run()
}

/// Where one target lies and keeps what it finds.
struct Place {
    target: &'static str,
    binary: PathBuf,
    seeds: PathBuf,
    /// Inputs that took a new way, kept from run to run, outside the clone.
    corpus: PathBuf,
    /// Inputs that are findings.
    found: PathBuf,
    log: PathBuf,
}

impl Place {
    fn new(context: &Context, target: &'static str) -> Result<Self> {
        let kept = context.places.cache().join("fuzz").join(target);
        let place = Self {
            target,
            binary: context
                .check_target()?
                .join("debug")
                .join(format!("fuzz_{target}")),
            seeds: context.places.root().join("tests/fuzz/seeds").join(target),
            corpus: kept.join("corpus"),
            found: kept.join("found"),
            log: kept.join("log"),
        };
        fs::create_dir_all(&place.corpus)?;
        fs::create_dir_all(&place.found)?;
        Ok(place)
    }

    /// A long run goes on from what earlier ones found. A short one says the same of the same code each time:
    /// one seed, and no memory.
    fn program(&self, context: &Context, limit: Duration) -> Result<Program> {
        let log = fs::File::create(&self.log)
            .with_context(|| format!("{} cannot be written", self.log.display()))?;
        let path = |path: &Path| path.display().to_string();
        let dictionary = self.seeds.with_extension("dict");
        let program = Program::new(&context.places, &path(&self.binary));
        let program = if context.long {
            program.arg(path(&self.corpus))
        } else {
            let forgotten = self.corpus.with_file_name("forgotten");
            if forgotten.exists() {
                fs::remove_dir_all(&forgotten)?;
            }
            fs::create_dir_all(&forgotten)?;
            program.arg("-seed=1").arg(path(&forgotten))
        };
        program
            .arg(path(&self.seeds))
            .arg(format!("-max_total_time={}", limit.as_secs()))
            .arg(format!("-timeout={SLOWEST}"))
            .arg(format!("-artifact_prefix={}/", path(&self.found)))
            .arg(format!("-dict={}", path(&dictionary)))
            .args([
                "-max_len=4096",
                "-rss_limit_mb=2048",
                "-print_final_stats=1",
            ])
            .env("RUST_BACKTRACE", "1")
            .log_to(&log)
    }

    /// Runs to the end; answers how many inputs were tried.
    fn fuzz(&self, program: Program, limit: Duration) -> Result<u64> {
        let outcome = program.run_within(limit + GRACE);
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        if let Err(error) = outcome {
            say::note(&log);
            let finding = log
                .lines()
                .find_map(|line| line.split("Test unit written to ").nth(1))
                .unwrap_or("no input was written");
            bail!(
                "{}: {error:#}; the input: {finding} (mend the code, and keep the input in {})",
                self.target,
                self.seeds.display()
            );
        }
        let count = |name: &str| {
            let line = log.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse().ok()
        };
        count("stat::number_of_executed_units:")
            .with_context(|| format!("{} does not say what it did", self.target))
    }
}
