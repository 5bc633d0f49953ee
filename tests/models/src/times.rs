//! How long networks learn beside their twins: the same windows, the same rounds, one right after the other, by the
//! time of the processor.

use std::fmt::Write as _;

use anyhow::Result;
use hindcast_shared::api::ModelKind;
use hindcast_shared::math::random::Random;

use crate::data::Labelled;
use crate::kept::Told;
use crate::ours;
use crate::plan::{Method, Wishes};
use crate::twins::{Question, Twins};

/// Columns of the table, as many as the largest set of features has.
const COLUMNS: usize = 98;
/// Windows that are learned: as many as a small model takes.
const WINDOWS: usize = 10_000;
/// Rounds, too few to stop early.
const ROUNDS: u32 = 3;

/// Measures every network, or those that were named, and prints figures.
pub(crate) fn measure(twins: &mut Twins, wishes: &Wishes) -> Result<()> {
    let file = table()?;
    for method in Method::all() {
        let Method::Model(kind) = method else {
            continue;
        };
        if !method.is_slow() || !wishes.wants(method) {
            continue;
        }
        let mut spec = ours::spec(kind);
        spec.epochs = ROUNDS;
        let own = ours::model(&spec, &file);
        let twin = twins.ask(&Question {
            kind: kind.as_str(),
            path: &file.path,
            rows: file.train_rows,
            epochs: ROUNDS,
            seed: spec.seed,
        })?;
        tell(kind, &file, &own, &twin);
    }
    std::fs::remove_file(&file.path)?;
    Ok(())
}

fn tell(kind: ModelKind, file: &Labelled, own: &Told, twin: &Told) {
    let scored = file.label.len() as f64;
    println!(
        "{}: {ROUNDS} rounds of {WINDOWS} windows x {COLUMNS} columns take {:.1} s of the processor, the twin {:.1} s",
        kind.as_str(),
        own.training_s,
        twin.training_s
    );
    let name = kind.as_str();
    println!(
        "measured models_training_over_pytorch_{name}_ratio {:.3}",
        own.training_s / twin.training_s
    );
    println!(
        "measured models_scored_per_min_{name} {:.0}",
        scored / own.scoring_s * 60.0
    );
    println!(
        "measured models_pytorch_scored_per_min_{name} {:.0}",
        scored / twin.scoring_s * 60.0
    );
}

/// Columns that go round at their own pace, with noise, long enough that as many windows are learned as a small model
/// takes at most; it lies on the disk for the twin.
fn table() -> Result<Labelled> {
    let window = ours::spec(ModelKind::Pca).window_samples as usize;
    let share = 1.0 - ours::spec(ModelKind::Pca).validation;
    let rows = ((WINDOWS + window) as f64 / share).ceil() as usize;
    let mut random = Random::new(5);
    let paces: Vec<f64> = (0..COLUMNS).map(|_| random.between(5.0, 50.0)).collect();
    let column = |pace: &f64| -> Vec<f64> {
        let value = |row| (f64::from(row) / pace).sin() + 0.2 * random.normal();
        (0..rows as u32).map(value).collect()
    };
    let columns: Vec<Vec<f64>> = paces.iter().map(column).collect();
    let mut text = "c,".repeat(COLUMNS) + "label\n";
    for row in 0..rows {
        for column in &columns {
            write!(text, "{},", column[row])?;
        }
        text.push_str("0\n");
    }
    let path = std::env::temp_dir().join(format!("hindcast-models-{}.csv", std::process::id()));
    std::fs::write(&path, text)?;
    Ok(Labelled {
        set: "times",
        name: "times".to_owned(),
        path,
        columns,
        label: vec![false; rows],
        train_rows: rows,
        window: 1,
    })
}
