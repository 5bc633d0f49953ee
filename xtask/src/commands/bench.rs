//! `cargo xtask bench`: measures, prints each figure beside its goal, and with `--check` insists on the goals.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use clap::builder::PossibleValuesParser;

use super::build::release_binary;
use super::peers;
use crate::app;
use crate::checks::{bundle, system};
use crate::context::Context;
use crate::figures::{self, Figure, Goal};
use crate::history;
use crate::process::Program;
use crate::say;
use crate::setup::{self, Need};
use crate::wasm;

/// One thing to measure. Another one is a function and a line in `ALL`.
struct Step {
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    /// Whether it only runs when it is named.
    on_request: bool,
    run: fn(&Context, Wishes) -> Result<Vec<Figure>>,
}

/// What the user asked for beside the measuring.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    /// Missed goals are a failure.
    pub(crate) check: bool,
    /// Reports are written where they are committed.
    pub(crate) write: bool,
}

const ALL: &[Step] = &[
    Step {
        name: "bundle",
        about: "what a browser downloads",
        needs: setup::FOR_APP,
        on_request: false,
        run: |context, _| {
            app::build(context)?;
            bundle::figures(&context.places.dist())
        },
    },
    Step {
        name: "shared",
        about: "detectors, pipeline, reduction and drawing, natively",
        needs: &[],
        on_request: false,
        run: |context, _| natively(context),
    },
    Step {
        name: "accuracy",
        about: "how well the detectors find what is labelled in the development data",
        needs: &[],
        on_request: false,
        run: |context, _| accuracy(context),
    },
    Step {
        name: "wasm",
        about: "detectors in a browser beside the same ones natively",
        needs: &[Need::WasmTarget, Need::WasmBindgen, Need::Browser],
        on_request: false,
        run: |context, _| in_the_browser(context),
    },
    Step {
        name: "system",
        about: "the release binary from outside",
        needs: &[Need::RealServers],
        on_request: false,
        run: |context, _| from_outside(context, &["memory", "stream", "outbox", "training"]),
    },
    Step {
        name: "front-end",
        about: "how soon a page is there, and how soon it answers",
        needs: &[
            Need::WasmTarget,
            Need::WasmBindgen,
            Need::Browser,
            Need::BrowserScripts,
        ],
        on_request: false,
        run: |context, _| {
            let mut measured = from_outside(context, &["boot", "lab", "front_end"])?;
            measured.extend(charts(context)?);
            Ok(measured)
        },
    },
    Step {
        name: "peers",
        about: "detectors beside their Python peers",
        needs: &[Need::PythonPeers],
        on_request: true,
        run: |context, wishes| peers::run(context, wishes.check, wishes.write),
    },
    Step {
        name: "models",
        about: "full models on the development data, beside twins in PyTorch and scikit-learn; takes hours, in pieces",
        needs: &[Need::PythonTwins],
        on_request: true,
        run: |context, wishes| models(context, wishes.write),
    },
];

const GOALS: &str = "docs/bench-goals.md";
/// What the figures of steps begin with that only run when they are named: to be without them is no miss.
const ON_REQUEST: &str = "models_";

/// For the command line.
pub(crate) fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(ALL.iter().map(|step| step.name))
}

pub(crate) fn run(context: &Context, wishes: Wishes, chosen: &[String]) -> Result<ExitCode> {
    let goals = figures::read_goals(&context.places.root().join(GOALS))?;
    let mut measured = Vec::new();
    let mut failed = false;
    for step in ALL {
        let is_named = chosen.iter().any(|name| name == step.name);
        if !is_named && (step.on_request || !chosen.is_empty()) {
            continue;
        }
        say::step(&format!("bench {}: {}", step.name, step.about));
        let result =
            setup::ensure(&context.places, step.needs).and_then(|()| (step.run)(context, wishes));
        match result {
            Ok(figures) => measured.extend(figures),
            Err(error) => {
                say::failure(&format!("bench {}: {error:#}", step.name));
                failed = true;
            }
        }
    }
    println!();
    let everything = chosen.is_empty();
    let missed = print_verdicts(&measured, &goals, everything);
    let insisted = wishes.check && missed > 0;
    if insisted {
        println!("{missed} goals missed without an explained bound in {GOALS}");
    }
    if failed || insisted {
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints every figure, and returns how many goals are missed and not explained.
fn print_verdicts(measured: &[Figure], goals: &[Goal], everything: bool) -> usize {
    let mut missed = 0;
    for Figure { name, value } in measured {
        let Some(goal) = figures::goal_of(goals, name) else {
            println!("{name} {value}");
            continue;
        };
        let verdict = if goal.is_met_by(*value) {
            "met".to_owned()
        } else if goal.bound.is_empty() {
            missed += 1;
            "MISSED".to_owned()
        } else {
            format!("missed; {}", goal.bound)
        };
        println!("{name} {value} ({}: {verdict})", goal.text());
    }
    let unmeasured = |goal: &&Goal| {
        let is_measured = measured.iter().any(|figure| goal.is_about(&figure.name));
        !is_measured && !goal.figure.starts_with(ON_REQUEST)
    };
    if everything {
        for goal in goals.iter().filter(unmeasured) {
            missed += 1;
            println!("{} was not measured ({})", goal.figure, goal.text());
        }
    }
    missed
}

fn natively(context: &Context) -> Result<Vec<Figure>> {
    let program = Program::new(&context.places, "cargo")
        .args(["bench", "--package", "hindcast-shared", "--benches"])
        .env("CARGO_TARGET_DIR", context.bench_target()?);
    let lines = kept(program)?;
    Ok(figures::find_criterion(&lines))
}

/// The history of the default detector's figures.
const HISTORY: &str = "shared/benches/accuracy.json";

fn accuracy(context: &Context) -> Result<Vec<Figure>> {
    let places = &context.places;
    let program = Program::new(places, "cargo")
        .args(["bench", "--package", "hindcast-shared"])
        .args(["--bench", "accuracy"])
        .env("CARGO_TARGET_DIR", context.bench_target()?);
    let figures = figures::find(&kept(program)?);
    if figures.is_empty() {
        // Without data there is nothing to compare.
        return Ok(figures);
    }
    let history = places.root().join(HISTORY);
    if std::env::var_os("HINDCAST_BLESS").is_some() {
        let git = |what: &str| Program::new(places, "git").args(["log", "-1", what]).text();
        history::append(
            &history,
            &git("--format=%cs")?,
            &git("--format=%h")?,
            &figures,
        )?;
    } else {
        history::guard(&history, &figures)?;
    }
    Ok(figures)
}

/// What full models reached on the development data.
const MODELS: &str = "docs/models-accuracy.md";

/// Goes on with what is missing; `HINDCAST_MODELS` narrows it down, as tests/models/src/main.rs has it.
fn models(context: &Context, write: bool) -> Result<Vec<Figure>> {
    let places = &context.places;
    let python = places.twins().join("bin/python");
    let mut program = Program::new(places, "cargo")
        .args(["run", "--locked", "--release"])
        .args(["--package", "hindcast-models"])
        .env("CARGO_TARGET_DIR", context.bench_target()?)
        .env("HINDCAST_CACHE", places.cache())
        .env("HINDCAST_TWINS", python);
    if write {
        program = program.env("HINDCAST_REPORT", places.root().join(MODELS));
    }
    Ok(figures::find(&kept(program)?))
}

/// How much of the native speed is left in a browser, beside what either side says of itself.
fn in_the_browser(context: &Context) -> Result<Vec<Figure>> {
    let driver = chromedriver(context)?;
    let program = wasm::program(context, "cargo")?
        .args(["test", "--locked", "--target", wasm::TARGET])
        .args(["--profile", "wasm-bench"])
        .args(["--package", "hindcast-shared", "--bench", "wasm"])
        .args(["--", "--nocapture"]);
    // First the native side: it is built sooner, and what does not build does not need a browser.
    let native = peers::for_baseline(context)?
        .args(["test", "--locked", "--release"])
        .args(["--package", "hindcast-shared", "--bench", "wasm"])
        .args(["--", "--nocapture"]);
    let mut measured = figures::find(&kept(native)?);
    let in_browser = figures::find(&kept(wasm::in_browser(program, &driver))?);
    let ratios: Vec<_> = in_browser
        .iter()
        .filter_map(|figure| {
            let work = figure.name.strip_prefix("wasm_")?;
            let kind = work.strip_prefix("evaluator_")?.strip_suffix(PER_S)?;
            let native = measured
                .iter()
                .find(|each| each.name.strip_prefix("native_") == Some(work))?;
            Some(Figure {
                name: format!("wasm_of_native_{kind}_ratio"),
                value: (figure.value / native.value * 100.0).round() / 100.0,
            })
        })
        .collect();
    measured.extend(in_browser);
    measured.extend(ratios);
    Ok(measured)
}

const PER_S: &str = "_samples_per_s";

/// The charts alone, compiled as the Lab is.
fn charts(context: &Context) -> Result<Vec<Figure>> {
    let program = wasm::program(context, "cargo")?
        .args(["test", "--locked", "--target", wasm::TARGET])
        .args(["--profile", "wasm-page"])
        .args(["--package", "hindcast-app", "--bench", "charts"])
        .args(["--", "--nocapture"]);
    let lines = kept(wasm::in_browser(program, &chromedriver(context)?))?;
    Ok(figures::find(&lines))
}

fn chromedriver(context: &Context) -> Result<PathBuf> {
    let driver = context.places.find_program("chromedriver");
    driver.context("chromedriver is not installed")
}

/// Benches of the whole system, against the release binary with the app inside.
fn from_outside(context: &Context, benches: &[&str]) -> Result<Vec<Figure>> {
    let binary = release_binary(context)?;
    let mut program = Program::new(&context.places, "cargo")
        .args(["bench", "--package", "hindcast-tests"])
        .env("CARGO_TARGET_DIR", context.bench_target()?);
    for bench in benches {
        program = program.args(["--bench", bench]);
    }
    let lines = kept(system::configure(context, program, &binary))?;
    Ok(figures::find(&lines))
}

/// What a program printed, if it went well.
fn kept(program: Program) -> Result<Vec<String>> {
    let kept = program.run_and_keep()?;
    if let Some(failure) = kept.failure {
        bail!(failure);
    }
    Ok(kept.lines)
}
