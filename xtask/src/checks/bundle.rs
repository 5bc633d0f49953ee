//! The budget of what a browser downloads, counted in brotli.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::Outcome;
use crate::app;
use crate::context::Context;
use crate::figures::Figure;

/// Wasm of one program: how its file begins, how its figure is called, and the most it may weigh.
const BUDGETS: &[(&str, &str, f64)] = &[
    ("hindcast-app", "bundle_app_brotli_kb", 230.0),
    ("workbench", "bundle_workbench_brotli_kb", 230.0),
    ("worker", "bundle_worker_brotli_kb", 150.0),
];

pub(super) fn run(context: &Context) -> Result<Outcome> {
    app::build(context)?;
    let figures = figures(&context.places.dist())?;
    let mut notes = Vec::new();
    for ((program, _, budget), figure) in BUDGETS.iter().zip(&figures) {
        if figure.value >= *budget {
            bail!(
                "{program} is {} kB in brotli, and the budget is {budget} kB",
                figure.value
            );
        }
        notes.push(format!("{program} {} of {budget} kB", figure.value));
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
        .map(|(program, name, _)| {
            Ok(Figure {
                name: (*name).to_owned(),
                value: wasm_kb(dist, program)?,
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
