//! The bench of the full models, for `cargo xtask bench models`: every kind learns the clean beginning of labelled
//! series and scores the whole of each, by the code that production runs; so do twins in `PyTorch` and scikit-learn on
//! the same windows, and the detector `auto`.
//!
//! It takes hours, so each result is kept as soon as it is there, and the next run goes on with what is missing or
//! was made by other code. `HINDCAST_MODELS` has words that narrow it down: kinds (`pca`), parts of files
//! (`multivariate/`, `NASA`), `ours` or `twin`, `report` (nothing new), `times` (only how long training takes) and
//! `minutes=30`, after which nothing new is begun.

mod code;
mod data;
mod kept;
mod ours;
mod period;
mod plan;
mod report;
mod table;
mod times;
mod twins;

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::data::Labelled;
use crate::kept::{Entry, Kept};
use crate::plan::{Side, Wishes};
use crate::twins::Twins;

fn main() -> Result<()> {
    let wishes = Wishes::read(&std::env::var("HINDCAST_MODELS").unwrap_or_default())?;
    let mut twins = Twins::new();
    if wishes.times {
        return times::measure(&mut twins, &wishes);
    }
    let Some(root) = data::root() else {
        println!(
            "skipped: no development data (HINDCAST_DATA, or shared/data beside the checkout)"
        );
        return Ok(());
    };
    let files = data::all(&root)?;
    let mut kept = Kept::open(&kept::place()?)?;
    if !wishes.report {
        work(&wishes, &files, &mut kept, &mut twins)?;
    }
    let text = report::report(&files, &kept);
    println!("\n{text}");
    report::measured(&files, &kept);
    if let Some(path) = std::env::var_os("HINDCAST_REPORT") {
        std::fs::write(&path, text).with_context(|| path.to_string_lossy().into_owned())?;
    }
    Ok(())
}

/// Does what is missing, one after the other.
fn work(wishes: &Wishes, files: &[Labelled], kept: &mut Kept, twins: &mut Twins) -> Result<()> {
    let jobs = plan::jobs(wishes, files);
    let (begun, count) = (Instant::now(), jobs.len());
    for (number, job) in jobs.iter().enumerate() {
        let late = |most: u64| begun.elapsed() > Duration::from_secs(60 * most);
        if wishes.minutes.is_some_and(late) {
            println!("{} of {count} are left for the next run", count - number);
            break;
        }
        let file = &files[job.file];
        let (key, code) = (job.key(file), code::of(job)?);
        if kept.is_current(&key, &code) {
            continue;
        }
        let told = match job.side {
            Side::Ours => ours::run(job, file),
            Side::Twin => twins.run(job, file),
        };
        let told = told.with_context(|| key.clone())?;
        let entry = Entry::of(code, file, told);
        println!(
            "{}/{count} {key}: VUS-PR {:.4}, AUC-PR {:.4}, {} rounds, {:.1} s of the processor{}",
            number + 1,
            entry.vus_pr,
            entry.auc_pr,
            entry.rounds,
            entry.training_s + entry.scoring_s,
            entry
                .note
                .as_deref()
                .map_or(String::new(), |note| format!(" ({note})")),
        );
        kept.keep(key, entry)?;
    }
    Ok(())
}
