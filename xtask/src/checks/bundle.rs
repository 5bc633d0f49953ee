//! The budget of what a browser downloads, counted in brotli.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::Outcome;
use crate::app;
use crate::context::Context;
use crate::figures::Figure;

/// What one program may weigh.
struct Budget {
    /// How its file begins.
    program: &'static str,
    /// How its figure is called.
    figure: &'static str,
    /// What is promised, in kB.
    goal_kb: f64,
    /// Where the build fails while the goal is missed: today's weight and a twentieth.
    /// `docs/bench-goals.md` says what bounds it.
    bound_kb: f64,
}

const BUDGETS: &[Budget] = &[
    Budget {
        program: "hindcast-app",
        figure: "bundle_app_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 290.0,
    },
    Budget {
        program: "workbench",
        figure: "bundle_workbench_brotli_kb",
        goal_kb: 230.0,
        bound_kb: 305.0,
    },
    Budget {
        program: "worker",
        figure: "bundle_worker_brotli_kb",
        goal_kb: 150.0,
        bound_kb: 172.0,
    },
];

pub(super) fn run(context: &Context) -> Result<Outcome> {
    app::build(context)?;
    let figures = figures(&context.places.dist())?;
    let mut notes = Vec::new();
    for (budget, figure) in BUDGETS.iter().zip(&figures) {
        let (program, weight_kb) = (budget.program, figure.value);
        if weight_kb >= budget.bound_kb {
            bail!(
                "{program} is {weight_kb} kB in brotli; the bound is {} kB and the goal {} kB",
                budget.bound_kb,
                budget.goal_kb
            );
        }
        let missed = if weight_kb >= budget.goal_kb {
            " (missed: docs/bench-goals.md says why)"
        } else {
            ""
        };
        notes.push(format!(
            "{program} {weight_kb} of {} kB{missed}",
            budget.goal_kb
        ));
    }
    Ok(Outcome {
        note: Some(notes.join("; ")),
        figures,
    })
}

/// The sizes in kB, in the order of the budgets.
pub(crate) fn figures(dist: &Path) -> Result<Vec<Figure>> {
    BUDGETS
        .iter()
        .map(|budget| {
            Ok(Figure {
                name: budget.figure.to_owned(),
                value: wasm_kb(dist, budget.program)?,
            })
        })
        .collect()
}

fn wasm_kb(dist: &Path, program: &str) -> Result<f64> {
    let mut sizes = Vec::new();
    for entry in fs::read_dir(dist).with_context(|| format!("{} is missing", dist.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(program) && name.ends_with(".wasm.br") {
            sizes.push(entry.metadata()?.len());
        }
    }
    let [size] = sizes[..] else {
        bail!(
            "{} files {program}*.wasm.br in {}, not one",
            sizes.len(),
            dist.display()
        );
    };
    Ok((size as f64 / 100.0).round() / 10.0)
}
