//! `cargo xtask bench peers`: our detectors and their Python peers on the same data, one after the other.
//!
//! Sets up the peers' environment, builds our side for the baseline of x86-64-v2, and runs each family of works
//! with one thread: first ours, then its twin. Prints one table; `--write` leaves it in docs/peers.md.

use std::fs;
use std::path::PathBuf;

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
            yes_or_no(self.is_met()),
        ]
    }
}

/// A work that no peer has, and our seconds.
type Alone = (String, f64);

/// Results of both sides, compared by the peer's script.
#[derive(Debug, Clone, PartialEq)]
struct Likeness {
    what: String,
    peer: String,
    value: f64,
    is_least: bool,
    goal: f64,
}

impl Likeness {
    /// `check name library value at-least|at-most goal`, or nothing if the line says something else.
    fn parse(line: &str) -> Result<Option<Self>> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let ["check", what, peer, value, limit, goal] = words[..] else {
            return Ok(None);
        };
        Ok(Some(Self {
            what: what.to_owned(),
            peer: peer.to_owned(),
            value: value.parse().with_context(|| line.to_owned())?,
            is_least: limit == "at-least",
            goal: goal.parse().with_context(|| line.to_owned())?,
        }))
    }

    fn is_met(&self) -> bool {
        if self.is_least {
            self.value >= self.goal
        } else {
            self.value <= self.goal
        }
    }

    fn cells(&self) -> [String; 5] {
        let value = if self.value == 0.0 || self.value >= 0.001 {
            format!("{:.4}", self.value)
        } else {
            format!("{:.1e}", self.value)
        };
        let limit = if self.is_least { "at least" } else { "at most" };
        [
            self.what.clone(),
            self.peer.clone(),
            value,
            format!("{limit} {}", self.goal),
            yes_or_no(self.is_met()),
        ]
    }
}

fn yes_or_no(is: bool) -> String {
    (if is { "yes" } else { "no" }).to_owned()
}

/// Measures every family, prints the tables, and gives back the ratios.
pub(crate) fn run(context: &Context, insist: bool, write: bool) -> Result<Vec<Figure>> {
    let ours = build(context)?;
    let data = context.places.cache().join("peers-data");
    fs::create_dir_all(&data)?;
    let families = Program::new(&context.places, &ours).text()?;
    let (mut rows, mut alone, mut alike) = (Vec::new(), Vec::new(), Vec::new());
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
        let (pairs, without) = matched(family, &quick, &slow)?;
        rows.extend(pairs);
        alone.extend(without);
        for line in &slow {
            alike.extend(Likeness::parse(line)?);
        }
    }
    let tables = tables(&rows, &alone, &alike);
    println!("\n{tables}");
    if write {
        fs::write(context.places.root().join(REPORT), report(&tables))?;
        say::note(&format!("written to {REPORT}"));
    }
    let slow = rows.iter().filter(|row| !row.is_met());
    let unlike = alike.iter().filter(|each| !each.is_met());
    let missed: Vec<&str> = slow
        .map(|row| row.work.as_str())
        .chain(unlike.map(|each| each.what.as_str()))
        .collect();
    if insist && !missed.is_empty() {
        bail!("slower than promised, or unlike: {}", missed.join(", "));
    }
    let ratios = rows.iter().map(|row| Figure {
        name: format!("peers_{}_{}_ratio", row.work, row.peer),
        value: row.ratio(),
    });
    Ok(ratios.collect())
}

fn build(context: &Context) -> Result<String> {
    for_baseline(context)?
        .args(["build", "--locked", "--release"])
        .args(["--package", "hindcast-shared", "--example", "peers"])
        .run()?;
    let binary = baseline_target(context)?.join("release/examples/peers");
    Ok(binary.to_string_lossy().into_owned())
}

/// A cargo that builds for the baseline, and apart: other flags would throw the other builds away.
pub(crate) fn for_baseline(context: &Context) -> Result<Program> {
    let program =
        Program::new(&context.places, "cargo").env("CARGO_TARGET_DIR", baseline_target(context)?);
    Ok(if cfg!(target_arch = "x86_64") {
        program.env("RUSTFLAGS", format!("-C target-cpu={BASELINE}"))
    } else {
        program
    })
}

fn baseline_target(context: &Context) -> Result<PathBuf> {
    Ok(context.bench_target()?.join(BASELINE))
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

/// Pairs `name seconds` with `name peer seconds goal`; a work that only a peer knows is a mistake.
///
/// A work has as many rows as peers; a peer that is a program like ours speaks in our lines.
fn matched(family: &str, ours: &[String], peers: &[String]) -> Result<(Vec<Row>, Vec<Alone>)> {
    let mut known: Vec<(&str, f64, bool)> = Vec::new();
    for line in ours {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let [work, seconds] = words[..] {
            known.push((work, seconds.parse().with_context(|| line.clone())?, false));
        }
    }
    let mut rows = Vec::new();
    for line in peers.iter().chain(ours) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [work, peer, seconds, goal] = words[..] else {
            continue;
        };
        let (_, ours_s, is_matched) = known
            .iter_mut()
            .find(|(each, ..)| *each == work)
            .with_context(|| format!("{family}: we do not measure {work}"))?;
        *is_matched = true;
        rows.push(Row {
            work: work.to_owned(),
            peer: peer.to_owned(),
            peer_s: seconds.parse().with_context(|| line.clone())?,
            ours_s: *ours_s,
            goal: goal.parse().with_context(|| line.clone())?,
        });
    }
    let alone = known.into_iter().filter(|(.., is_matched)| !is_matched);
    let alone = alone.map(|(work, seconds, _)| (work.to_owned(), seconds));
    Ok((rows, alone.collect()))
}

fn tables(rows: &[Row], alone: &[Alone], alike: &[Likeness]) -> String {
    let speed = table(
        ["work", "peer", "peer s", "ours s", "ratio", "goal", "met"],
        rows.iter().map(Row::cells),
    );
    let likeness = table(
        ["results", "peer", "value", "goal", "met"],
        alike.iter().map(Likeness::cells),
    );
    let alone = table(
        ["work without a peer", "ours s"],
        alone
            .iter()
            .map(|(work, s)| [work.clone(), format!("{s:.3e}")]),
    );
    format!("{speed}\n{likeness}\n{alone}")
}

fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut cells = vec![head.map(str::to_owned)];
    cells.extend(rows);
    let widths: [usize; N] = std::array::from_fn(|column| {
        let lengths = cells.iter().map(|row| row[column].len());
        lengths.max().unwrap_or(0)
    });
    cells.insert(1, widths.map(|width| "-".repeat(width)));
    let line = |row: &[String; N]| {
        let padded = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!(" {cell:<width$} "));
        format!("|{}|\n", padded.collect::<Vec<_>>().join("|"))
    };
    cells.iter().map(line).collect()
}

fn report(tables: &str) -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "# Speed beside the peers\n\n\
         Written by `cargo xtask bench peers --write` on a virtual machine with {cores} cores of {}.\n\
         Each work is done on the same data by one thread, ours first and the peer right after it; \
         the time is that of the processor, the best of several runs, in seconds.\n\
         Our side is built for {BASELINE}; the peers' versions stand in `{FOLDER}/requirements.txt` and `Cargo.lock`.\n\
         krcf is a library in Rust, called through its package for Python; augurs is called in Rust.\n\n{tables}",
        processor.as_deref().unwrap_or("an unnamed processor"),
    )
}

#[cfg(test)]
mod tests {
    use super::{Likeness, matched, tables};

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn matched_when_both_sides_know_a_work_then_divides() {
        let (rows, alone) = matched(
            "change",
            &lines(&["adwin 1e-3", "a line of something else"]),
            &lines(&["adwin river 0.012 6"]),
        )
        .expect("both know it");
        assert!((rows[0].ratio() - 12.0).abs() < 1e-9 && rows[0].is_met());
        let tables = tables(&rows, &alone, &[]);
        assert!(tables.contains("| 12.0  | 6    | yes |"), "{tables}");
    }

    #[test]
    fn matched_when_we_lack_a_work_then_fails() {
        assert!(matched("a", &[], &lines(&["x river 1 2"])).is_err());
    }

    #[test]
    fn matched_when_no_peer_has_a_work_then_it_stands_alone() -> anyhow::Result<()> {
        let (rows, alone) = matched("a", &lines(&["x 1"]), &[])?;
        assert!(rows.is_empty());
        assert_eq!(alone, [("x".to_owned(), 1.0)]);
        Ok(())
    }

    #[test]
    fn matched_when_a_work_has_two_peers_then_has_two_rows() {
        let (rows, _) = matched(
            "forest",
            &lines(&["row 1e-3", "row krcf 2e-3 1.5"]),
            &lines(&["row rrcf 0.5 200"]),
        )
        .expect("both are peers of one work");
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(super::Row::is_met));
    }

    #[test]
    fn likeness_when_a_value_is_over_its_most_then_is_not_met() -> anyhow::Result<()> {
        let met = |line| anyhow::Ok(Likeness::parse(line)?.map(|each| each.is_met()));
        assert_eq!(met("check stl statsmodels 1e-9 at-most 1e-6")?, Some(true));
        assert_eq!(met("check stl statsmodels 1e-3 at-most 1e-6")?, Some(false));
        assert_eq!(met("check rank sklearn 0.9 at-least 0.95")?, Some(false));
        assert_eq!(met("adwin river 0.012 6")?, None);
        Ok(())
    }
}
