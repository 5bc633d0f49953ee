//! `hindcast simulate`: a labelled series as CSV.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use hindcast_shared::evaluate::simulate::{Drawn, draw};
use jiff::Timestamp;

use super::print;
use crate::cli::SimulateArgs;

pub(super) fn run(args: &SimulateArgs) -> anyhow::Result<ExitCode> {
    ensure!(args.min <= args.max, "--min must not exceed --max");
    for (flag, value) in [
        ("noise", args.noise),
        ("season", args.season),
        ("size", args.size),
    ] {
        ensure!(
            value.is_finite() && value >= 0.0,
            "--{flag} must be a number from 0 upwards"
        );
    }
    ensure!(args.level.is_finite(), "--level must be a number");
    instant(args, args.rows as usize)?;
    let drawn = draw(&args.plan());
    write_to(&args.output, "--output", |out| samples(args, &drawn, out))?;
    if let Some(path) = &args.labels {
        write_to(path, "--labels", |out| intervals(args, &drawn, out))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens a file, or the standard output for `-`.
fn write_to(
    path: &Path,
    flag: &str,
    write: impl Fn(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let named = || format!("{flag} {}", path.display());
    let sink: Box<dyn Write> = if path == Path::new("-") {
        Box::new(std::io::stdout().lock())
    } else {
        Box::new(std::fs::File::create(path).with_context(named)?)
    };
    let mut out = BufWriter::new(sink);
    let written = write(&mut out).and_then(|()| Ok(out.flush()?));
    match written.map_err(anyhow::Error::downcast::<io::Error>) {
        Ok(()) => Ok(()),
        Err(Ok(error)) => print::heard(Err(error)).with_context(named),
        Err(Err(error)) => Err(error).with_context(named),
    }
}

fn samples(args: &SimulateArgs, drawn: &Drawn, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "timestamp,value,label")?;
    let mut ahead = drawn.incidents.iter().peekable();
    for (row, value) in drawn.values.iter().enumerate() {
        while ahead.next_if(|incident| incident.rows.end <= row).is_some() {}
        let label = ahead
            .peek()
            .is_some_and(|incident| incident.rows.contains(&row));
        let at = instant(args, row)?;
        if value.is_nan() {
            writeln!(out, "{at},,{}", u8::from(label))?;
        } else {
            writeln!(out, "{at},{value:.4},{}", u8::from(label))?;
        }
    }
    Ok(())
}

fn intervals(args: &SimulateArgs, drawn: &Drawn, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "start,end,shape")?;
    for incident in &drawn.incidents {
        let (start, end) = (
            instant(args, incident.rows.start)?,
            instant(args, incident.rows.end)?,
        );
        writeln!(out, "{start},{end},{}", incident.shape.as_str())?;
    }
    Ok(())
}

fn instant(args: &SimulateArgs, row: usize) -> anyhow::Result<Timestamp> {
    let at_ms = args
        .step
        .ms()
        .checked_mul(row as i64)
        .and_then(|after_ms| args.start.checked_add(after_ms));
    at_ms
        .and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok())
        .context("--start, --step and --rows lead beyond the year 9999")
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn args(line: &str) -> SimulateArgs {
        let words = ["hindcast", "simulate"]
            .into_iter()
            .chain(line.split_whitespace());
        match Cli::try_parse_from(words).expect("a command line").command {
            Some(Command::Simulate(args)) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn simulate_when_asked_for_then_its_labels_can_be_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (samples, labels) = (folder.path().join("a.csv"), folder.path().join("b.csv"));
        let line = format!(
            "--rows 3000 --step 1h --incidents 4 --shapes missing,spike --output {} --labels {}",
            samples.display(),
            labels.display()
        );
        run(&args(&line)).expect("written");
        let read = |path: &Path| std::fs::read(path).expect("a file");
        let all = i64::MIN..i64::MAX;
        let points = crate::labels::read(&read(&samples), None).expect("labels");
        let intervals = crate::labels::read(&read(&labels), None).expect("labels");
        assert_eq!(points.of("value", &all).len(), 4);
        assert_eq!(points.of("value", &all), intervals.of("value", &all));
        let series = crate::sources::csv::parse::parse(&read(&samples), None).expect("a table");
        assert!(
            series
                .iter()
                .any(|series| series.labels.to_string() == "value")
        );
    }

    #[test]
    fn simulate_when_numbers_are_odd_then_names_the_flag() {
        let error = run(&args("--min 5 --max 1")).expect_err("no range");
        assert!(error.to_string().contains("--min"), "{error}");
        let error = run(&args("--noise=-1")).expect_err("no noise");
        assert!(error.to_string().contains("--noise"), "{error}");
        let error = run(&args("--rows 10000000 --step 400d")).expect_err("no such time");
        assert!(format!("{error:#}").contains("--rows"), "{error:#}");
    }
}
