//! `cargo xtask bench peers`: our detectors and their Python peers on the same data, one after the other.
//!
//! Sets up the peers' environment, builds our side for the baseline of x86-64-v2, and runs each family of works
//! with one thread: first ours, then its twin. Prints one table; `--write` leaves it in docs/peers.md.

use std::fs;

use anyhow::{Context as _, Result, bail};

use crate::context::Context;
use crate::figures::Figure;
use crate::process::{Kept, Program};
use crate::say;

const FOLDER: &str = "shared/benches/peers";
const REPORT: &str = "docs/peers.md";

/// Numeric libraries start a thread for each core unless told otherwise.
const ONE_THREAD: &[&str] = &[
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
];

/// The oldest processors that a measured build runs on, and what the goals are for.
const BASELINE: &str = "x86-64-v2";

/// One work, measured on both sides.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    work: String,
    peer: String,
    peer_s: f64,
    ours_s: f64,
    goal: f64,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.peer_s / self.ours_s
    }

    fn is_met(&self) -> bool {
        self.ratio() >= self.goal
    }

    fn cells(&self) -> [String; 7] {
        [
            self.work.clone(),
            self.peer.clone(),
            format!("{:.3e}", self.peer_s),
            format!("{:.3e}", self.ours_s),
            format!("{:.1}", self.ratio()),
            format!("{}", self.goal),
            (if self.is_met() { "yes" } else { "no" }).to_owned(),
        ]
    }
}

/// Measures every family, prints the table, and gives back the ratios.
pub(crate) fn run(context: &Context, insist: bool, write: bool) -> Result<Vec<Figure>> {
    let ours = build(context)?;
    let data = context.places.cache().join("peers-data");
    fs::create_dir_all(&data)?;
    let families = Program::new(&context.places, &ours).text()?;
    let mut rows = Vec::new();
    for family in families.lines() {
        say::step(&format!("family {family}"));
        let quick = one_thread(Program::new(&context.places, &ours))
            .arg(&data)
            .arg(family);
        let quick = lines(quick.run_and_keep()?)?;
        let script = context
            .places
            .root()
            .join(FOLDER)
            .join(format!("{family}.py"));
        let python = context.places.peers().join("bin/python");
        let slow = one_thread(Program::new(&context.places, &python.to_string_lossy()))
            // The scripts lie in the clone, where nothing is left behind.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .arg(script)
            .arg(&data);
        let slow = lines(slow.run_and_keep()?)?;
        rows.extend(matched(family, &quick, &slow)?);
    }
    println!("\n{}", table(&rows));
    if write {
        fs::write(context.places.root().join(REPORT), report(&rows))?;
        say::note(&format!("written to {REPORT}"));
    }
    let missed: Vec<&str> = rows
        .iter()
        .filter(|row| !row.is_met())
        .map(|row| row.work.as_str())
        .collect();
    if insist && !missed.is_empty() {
        bail!("slower than promised: {}", missed.join(", "));
    }
    Ok(rows
        .iter()
        .map(|row| Figure {
            name: format!("peers_{}_ratio", row.work),
            value: row.ratio(),
        })
        .collect())
}

/// Our side, built apart: other flags would throw the other builds away.
fn build(context: &Context) -> Result<String> {
    let target = context.bench_target()?.join(BASELINE);
    let mut program = Program::new(&context.places, "cargo")
        .args(["build", "--locked", "--release"])
        .args(["--package", "hindcast-shared", "--example", "peers"])
        .env("CARGO_TARGET_DIR", &target);
    if cfg!(target_arch = "x86_64") {
        program = program.env("RUSTFLAGS", format!("-C target-cpu={BASELINE}"));
    }
    program.run()?;
    let binary = target.join("release/examples/peers");
    Ok(binary.to_string_lossy().into_owned())
}

fn one_thread(program: Program) -> Program {
    ONE_THREAD
        .iter()
        .fold(program, |program, name| program.env(name, "1"))
}

fn lines(kept: Kept) -> Result<Vec<String>> {
    match kept.failure {
        Some(failure) => bail!(failure),
        None => Ok(kept.lines),
    }
}

/// Pairs `name seconds` with `name peer seconds goal`; a work that only one side knows is a mistake.
fn matched(family: &str, ours: &[String], peers: &[String]) -> Result<Vec<Row>> {
    let mut left: Vec<(&str, f64)> = Vec::new();
    for line in ours {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [work, seconds] = words[..] {
            left.push((work, seconds.parse().with_context(|| line.clone())?));
        }
    }
    let mut rows = Vec::new();
    for line in peers {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [work, peer, seconds, goal] = words[..] else {
            continue;
        };
        let at = left
            .iter()
            .position(|(each, _)| *each == work)
            .with_context(|| format!("{family}: we do not measure {work}"))?;
        let (_, ours_s) = left.remove(at);
        rows.push(Row {
            work: work.to_owned(),
            peer: peer.to_owned(),
            peer_s: seconds.parse().with_context(|| line.clone())?,
            ours_s,
            goal: goal.parse().with_context(|| line.clone())?,
        });
    }
    if let Some((work, _)) = left.first() {
        bail!("{family}: its script does not measure {work}");
    }
    Ok(rows)
}

const HEAD: [&str; 7] = ["work", "peer", "peer s", "ours s", "ratio", "goal", "met"];

fn table(rows: &[Row]) -> String {
    let mut cells = vec![HEAD.map(str::to_owned)];
    cells.extend(rows.iter().map(Row::cells));
    let widths: [usize; 7] = std::array::from_fn(|column| {
        let lengths = cells.iter().map(|row| row[column].len());
        lengths.max().unwrap_or(0)
    });
    cells.insert(1, widths.map(|width| "-".repeat(width)));
    let line = |row: &[String; 7]| {
        let padded = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!(" {cell:<width$} "));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    cells.iter().map(line).collect()
}

fn report(rows: &[Row]) -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    format!(
        "# Speed beside Python\n\n\
         Written by `cargo xtask bench peers --write` on {}.\n\
         Each work is done on the same data by one thread, ours first and the peer right after it; \
         the time is the best of several runs, in seconds.\n\
         Our side is built for {BASELINE}; the peers' versions stand in `{FOLDER}/requirements.txt`.\n\n{}",
        processor.as_deref().unwrap_or("an unnamed processor"),
        table(rows)
    )
}

#[cfg(test)]
mod tests {
    use super::{matched, table};

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn matched_when_both_sides_know_a_work_then_divides() {
        let rows = matched(
            "change",
            &lines(&["adwin 1e-3", "a line of something else"]),
            &lines(&["adwin river 0.012 6"]),
        )
        .expect("both know it");
        assert!((rows[0].ratio() - 12.0).abs() < 1e-9 && rows[0].is_met());
        assert!(
            table(&rows).contains("| 12.0  | 6    | yes |"),
            "{}",
            table(&rows)
        );
    }

    #[test]
    fn matched_when_one_side_lacks_a_work_then_fails() {
        assert!(matched("a", &lines(&["x 1"]), &[]).is_err());
        assert!(matched("a", &[], &lines(&["x river 1 2"])).is_err());
    }
}
