//! The budget of what a browser downloads, counted in brotli.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::Outcome;
use crate::app;
use crate::context::Context;
use crate::figures::Figure;
use crate::lean::Lean;
use crate::wasm::Toolchain;

/// What one program may weigh.
struct Budget {
    /// How its file begins.
    program: &'static str,
    /// How its figure is called.
    figure: &'static str,
    /// What is promised, in kB.
    goal_kb: f64,
    /// From where on the check fails, without any tolerance: the goal, or while that is missed what
    /// docs/bench-goals.md gives a reason for.
    bound_kb: f64,
}

const BUDGETS: &[Budget] = &[
    Budget {
        program: "hindcast-app",
        figure: "bundle_app_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "workbench",
        figure: "bundle_workbench_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    // Fetched by the first click on a tool of the Lab that stands behind one.
    Budget {
        program: "desk",
        figure: "bundle_desk_brotli_kb",
        goal_kb: 150.0,
        bound_kb: 165.0,
    },
    Budget {
        program: "rules",
        figure: "bundle_rules_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "paging",
        figure: "bundle_paging_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "series",
        figure: "bundle_series_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "models",
        figure: "bundle_models_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "anomaly",
        figure: "bundle_anomaly_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "wall",
        figure: "bundle_wall_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 230.0,
    },
    Budget {
        program: "worker",
        figure: "bundle_worker_brotli_kb",
        goal_kb: 150.0,
        bound_kb: 150.0,
    },
    // Fetched only for rules whose detector the worker does not have: the worker's goal and what all detectors
    // may add to it.
    Budget {
        program: "full_worker",
        figure: "bundle_full_worker_brotli_kb",
        goal_kb: 300.0,
        bound_kb: 300.0,
    },
    // Fetched only by a click that asks for a threshold, a setting or the kind of a series: all detectors, and the
    // searches over them.
    Budget {
        program: "study_worker",
        figure: "bundle_study_worker_brotli_kb",
        goal_kb: 350.0,
        bound_kb: 350.0,
    },
];

pub(super) fn run(context: &Context) -> Result<Outcome> {
    app::build(context)?;
    let figures = figures(&context.places.dist())?;
    let mut notes = Vec::new();
    for (budget, figure) in BUDGETS.iter().zip(&figures) {
        let note = format!(
            "{} {} of {} kB",
            budget.program, figure.value, budget.goal_kb
        );
        if figure.value >= budget.bound_kb {
            let lean = Toolchain::find(&context.places)
                .is_some_and(|toolchain| Lean::find(&context.places, &toolchain).is_some());
            let hint = if lean {
                ""
            } else {
                "; the small standard library is missing: `cargo xtask setup`"
            };
            bail!("too large in brotli: {note}{hint}");
        }
        notes.push(note);
    }
    Ok(Outcome {
        note: Some(notes.join("; ")),
        figures,
    })
}

/// The sizes in kB, in the order of the budgets, and what the detectors add to the worker.
pub(crate) fn figures(dist: &Path) -> Result<Vec<Figure>> {
    let figure = |name: &str, kb: f64| Figure {
        name: name.to_owned(),
        value: (kb * 10.0).round() / 10.0,
    };
    let mut figures = Vec::new();
    for budget in BUDGETS {
        let kb = wasm_kb(dist, budget.program, "br")?;
        figures.push(figure(budget.figure, kb));
    }
    let added = wasm_kb(dist, "full_worker", "gz")? - wasm_kb(dist, "worker", "gz")?;
    figures.push(figure("bundle_detectors_gzip_kb", added));
    Ok(figures)
}

fn wasm_kb(dist: &Path, program: &str, packed: &str) -> Result<f64> {
    let ending = format!(".wasm.{packed}");
    let mut sizes = Vec::new();
    for entry in fs::read_dir(dist).with_context(|| format!("{} is missing", dist.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(program) && name.ends_with(&ending) {
            sizes.push(entry.metadata()?.len());
        }
    }
    let [size] = sizes[..] else {
        bail!(
            "{} files {program}*{ending} in {}, not one",
            sizes.len(),
            dist.display()
        );
    };
    Ok(size as f64 / 1_000.0)
}
