//! `hindcast score`: any detector over a column of a CSV file, one row out for each row in.

mod table;

use std::io::{BufWriter, Read as _, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use hindcast_shared::detector::{DetectorKind, DetectorSpec, PointState};
use hindcast_shared::evaluate::onset;
use hindcast_shared::evaluate::scoring::{self, Job, Scores};
use hindcast_shared::time::UtcOffsets;
use serde_json::{Map, Value};

use self::table::Rows;
use super::print;
use crate::cli::{ScoreArgs, ScoreMode};

/// Rows over the threshold that lie no further apart are one alarm of a budget.
const MERGED_ROWS: i64 = 10;

pub(super) fn run(args: &ScoreArgs) -> anyhow::Result<ExitCode> {
    let spec = spec(args)?;
    let kind = spec.kind();
    let mut decision = scoring::decide(kind, args.threshold, args.direction.into())
        .with_context(|| format!("--threshold: {} has no default, name one", kind.as_str()))?;
    ensure!(
        decision.threshold.is_finite(),
        "--threshold must be a number"
    );
    if let Some(alarms) = args.alarms_per_week {
        ensure!(
            alarms.is_finite() && alarms > 0.0,
            "--alarms-per-week must be a number over 0"
        );
        ensure!(
            args.mode == ScoreMode::Causal && args.train_rows > 0,
            "--alarms-per-week is fitted on calm rows: it needs --mode causal and --train-rows"
        );
        decision.alarms_per_week = Some(alarms);
    }
    let named = || format!("--input {}", args.input.display());
    let bytes = read(&args.input).with_context(named)?;
    let rows =
        table::read(&bytes, args.column.as_deref(), args.time.as_deref()).with_context(named)?;
    for note in &rows.notes {
        eprintln!("{note}");
    }
    ensure!(
        args.train_rows <= rows.places.len(),
        "--train-rows {}: the table has {} rows",
        args.train_rows,
        rows.places.len()
    );
    let job = Job {
        spec: &spec,
        decision: &decision,
        learn_from_anomalies: args.learn_from_anomalies,
        values: &rows.values,
        train_rows: rows.grid_rows(args.train_rows),
        start_ms: rows.start_ms,
        step_ms: rows.step_ms,
        merge_gap_ms: MERGED_ROWS * rows.step_ms,
        offsets: &UtcOffsets::utc(),
        seed: args.seed,
    };
    let scores = scoring::score(&job, args.mode.into())
        .with_context(|| format!("--mode {}: {}", mode(args.mode), kind.as_str()))?;
    let onsets = onset::onsets(kind, &rows.values, job.train_rows, &scores);
    let named = || format!("--output {}", args.output.display());
    let sink: Box<dyn Write> = if args.output == Path::new("-") {
        Box::new(std::io::stdout().lock())
    } else {
        Box::new(std::fs::File::create(&args.output).with_context(named)?)
    };
    let written = write(BufWriter::new(sink), &rows, &scores, &onsets);
    print::heard(written).with_context(named)?;
    Ok(ExitCode::SUCCESS)
}

fn mode(mode: ScoreMode) -> &'static str {
    match mode {
        ScoreMode::Batch => "batch",
        ScoreMode::Causal => "causal",
    }
}

/// The detector with its parameters.
fn spec(args: &ScoreArgs) -> anyhow::Result<DetectorSpec> {
    let Some(kind) = DetectorKind::named(&args.detector) else {
        bail!("--detector {}: there is no such detector", args.detector);
    };
    let mut given = Map::new();
    for param in &args.param {
        let (name, text) = param
            .split_once('=')
            .with_context(|| format!("--param {param}: write NAME=VALUE"))?;
        // What is no number is a word of a choice.
        let value = serde_json::from_str(text)
            .ok()
            .filter(Value::is_number)
            .unwrap_or_else(|| Value::from(text));
        given.insert(name.to_owned(), value);
    }
    DetectorSpec::with_params(kind, &given)
        .map_err(|error| anyhow::anyhow!("--param {}: {}", error.field, error.message))
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn write(mut out: impl Write, rows: &Rows, scores: &Scores, onsets: &[f64]) -> std::io::Result<()> {
    writeln!(out, "raw,score,onset,state")?;
    for &place in &rows.places {
        let state = match scores.state[place] {
            PointState::Scored => "scored",
            PointState::Learning => "learning",
            PointState::Gap => "gap",
            PointState::Excluded => "excluded",
        };
        let (raw, score) = (scores.raw[place], scores.score[place]);
        writeln!(out, "{raw},{score},{},{state}", onsets[place])?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    fn score(table: &str, flags: &str) -> anyhow::Result<Vec<String>> {
        let folder = tempfile::tempdir()?;
        let (input, output) = (folder.path().join("in.csv"), folder.path().join("out.csv"));
        std::fs::write(&input, table)?;
        let files = [
            "--input".to_owned(),
            input.display().to_string(),
            "--output".to_owned(),
            output.display().to_string(),
        ];
        let words = ["hindcast", "score"]
            .into_iter()
            .chain(flags.split_whitespace())
            .map(str::to_owned)
            .chain(files);
        match Cli::try_parse_from(words)?.command {
            Some(Command::Score(args)) => run(&args)?,
            other => panic!("{other:?}"),
        };
        let text = std::fs::read_to_string(&output)?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn table(rows: u32) -> String {
        let mut text = "Data,Label\n".to_owned();
        for row in 0..rows {
            let value = if row == 90 { 500 } else { row * 7 % 10 };
            writeln!(text, "{value},0").expect("text takes all");
        }
        text
    }

    #[test]
    fn score_when_given_a_plain_column_then_writes_a_row_a_point() {
        let lines = score(&table(100), "--detector zscore --column Data").expect("scores");
        assert_eq!(lines.len(), 101);
        assert_eq!(lines[0], "raw,score,onset,state");
        assert_eq!(lines[1], "0,0,0,learning");
        let cells: Vec<&str> = lines[91].split(',').collect();
        assert_eq!(cells[3], "scored");
        assert_eq!(cells[1], cells[2], "an anomaly begins here");
        assert!(cells[1].parse::<f64>().expect("a number") > 10.0);
        assert!(lines[92].ends_with(",0,scored"));
    }

    #[test]
    fn score_when_rows_are_known_to_be_calm_then_judges_at_once() {
        let flags = "--detector mad --train-rows 50 --param window_samples=30";
        let lines = score(&table(100), flags).expect("scores");
        assert!(lines[51].ends_with("scored"));
    }

    #[test]
    fn score_when_given_a_budget_of_alarms_then_finds_a_threshold() {
        let flags = "--detector zscore --train-rows 80 --alarms-per-week";
        let top = |alarms: &str| -> f64 {
            let lines = score(&table(100), &format!("{flags} {alarms}")).expect("scores");
            let cell = lines[91].split(',').nth(1).expect("a score");
            cell.parse().expect("a number")
        };
        assert!(
            top("100") > top("1"),
            "fewer alarms need a higher threshold"
        );
    }

    #[test]
    fn score_when_rows_are_missing_then_still_writes_one_a_row() {
        let mut text = "when,cpu\n".to_owned();
        for row in (0..100).filter(|row| *row != 40) {
            writeln!(text, "{},{}", 1_768_472_400 + row * 60, row % 5).expect("text takes all");
        }
        let flags = "--detector zscore --time when --column cpu";
        assert_eq!(score(&text, flags).expect("scores").len(), 100);
    }

    #[test]
    fn score_when_something_is_wrong_then_names_the_flag() {
        let wrong = |flags: &str| {
            let error = score(&table(20), flags).expect_err("wrong");
            format!("{error:#}")
        };
        assert!(wrong("--detector threshold").contains("--threshold"));
        assert!(wrong("--detector zscore --train-rows 21").contains("--train-rows"));
        assert!(wrong("--detector zscore --param windows=3").contains("--param windows"));
        assert!(wrong("--detector zscore --param window_samples=x").contains("window_samples"));
        assert!(wrong("--detector zscore --column cpu").contains("`cpu`"));
        assert!(wrong("--detector trend --mode batch").contains("--mode batch"));
        assert!(wrong("--detector nonsense").contains("nonsense"));
        assert!(wrong("--detector mad --alarms-per-week 3").contains("--train-rows"));
        assert!(wrong("--detector mad --alarms-per-week 0 --train-rows 9").contains("over 0"));
    }
}
