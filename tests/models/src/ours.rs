//! Our side: full models through the code that trains and scores in production, and the detector `auto`.

use anyhow::{Context as _, Result};
use hindcast::bench::learn;
use hindcast_shared::api::{ModelKind, ModelLayout, ModelSpec};
use hindcast_shared::detector::{DetectorKind, DetectorSpec};
use hindcast_shared::evaluate::scoring::{self, Mode};
use hindcast_shared::rule::Direction;
use hindcast_shared::time::UtcOffsets;
use rustix::time::{ClockId, clock_gettime};

use crate::data::Labelled;
use crate::kept::Told;
use crate::plan::{Job, Method};

/// What a model is trained by: everything as it is unless said, all columns one window.
pub(crate) fn spec(kind: ModelKind) -> ModelSpec {
    let mut spec = ModelSpec::new("bench", kind, "table".into(), "c");
    spec.layout = ModelLayout::Joint;
    spec
}

pub(crate) fn run(job: &Job, file: &Labelled) -> Result<Told> {
    match job.method {
        Method::Model(kind) => Ok(model(&spec(kind), file)),
        Method::AutoLive => auto(file, Mode::Causal),
        Method::AutoFull => auto(file, Mode::Batch),
    }
}

/// Trains by a specification and scores the whole file; a model that refuses to learn says nothing of any row.
pub(crate) fn model(spec: &ModelSpec, file: &Labelled) -> Told {
    let begun = processor_seconds();
    let learned = match learn(spec, &file.columns, file.train_rows) {
        Ok(learned) => learned,
        Err(error) => {
            return Told {
                note: Some(error),
                ..Told::default()
            };
        }
    };
    let trained = processor_seconds();
    let (scores, note) = match learned.score(&file.columns) {
        Ok(scores) => (scores, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Told {
        scores,
        rounds: learned.metadata().metrics.losses.len() as u64,
        training_s: trained - begun,
        scoring_s: processor_seconds() - trained,
        note,
    }
}

/// Of several series the oddest one decides, as on the page of a model.
fn auto(file: &Labelled, mode: Mode) -> Result<Told> {
    let begun = processor_seconds();
    let kind = DetectorKind::Auto;
    let decision = scoring::decide(kind, None, Direction::Both).context("no threshold")?;
    let mut scores = vec![0.0_f64; file.label.len()];
    for values in &file.columns {
        let job = scoring::Job {
            spec: &DetectorSpec::new(kind),
            decision: &decision,
            learn_from_anomalies: false,
            values,
            train_rows: file.train_rows,
            start_ms: 0,
            step_ms: 60_000,
            merge_gap_ms: 0,
            offsets: &UtcOffsets::utc(),
            seed: 0,
        };
        let found = scoring::score(&job, mode)?;
        // Of one series the score without a threshold is what other tables have; several are compared by how far
        // each is over its own.
        let found = if file.columns.len() == 1 {
            found.raw
        } else {
            found.score
        };
        for (most, score) in scores.iter_mut().zip(found) {
            *most = most.max(score);
        }
    }
    Ok(Told {
        scores,
        scoring_s: processor_seconds() - begun,
        ..Told::default()
    })
}

/// Seconds of the processor that all threads of this process have had.
pub(crate) fn processor_seconds() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 + now.tv_nsec as f64 / 1e9
}
