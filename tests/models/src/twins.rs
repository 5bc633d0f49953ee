//! The other side: a Python process that is asked a line at a time, and answers a line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};
use hindcast_shared::api::ModelKind;
use serde::Serialize;

use crate::data::Labelled;
use crate::kept::Told;
use crate::plan::Job;

/// What is asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Question<'a> {
    pub(crate) kind: &'a str,
    /// A table as those of the development split: columns, then labels.
    pub(crate) path: &'a Path,
    /// Rows to learn.
    pub(crate) rows: usize,
    /// Most rounds of training.
    pub(crate) epochs: u32,
    pub(crate) seed: u64,
}

/// The process, begun when it is first asked: its libraries take seconds to load.
pub(crate) struct Twins(Option<Running>);

struct Running {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Twins {
    pub(crate) fn new() -> Self {
        Self(None)
    }

    pub(crate) fn run(&mut self, job: &Job, file: &Labelled) -> Result<Told> {
        let spec = crate::ours::spec(ModelKind::Pca);
        self.ask(&Question {
            kind: job.method.name(),
            path: &file.path,
            rows: file.train_rows,
            epochs: spec.epochs,
            seed: spec.seed,
        })
    }

    /// The first rows, where no window ends, have no score.
    pub(crate) fn ask(&mut self, question: &Question<'_>) -> Result<Told> {
        let running = match &mut self.0 {
            Some(running) => running,
            empty => empty.insert(begin()?),
        };
        writeln!(running.questions, "{}", serde_json::to_string(question)?)?;
        running.questions.flush()?;
        let mut answer = String::new();
        if running.answers.read_line(&mut answer)? == 0 {
            bail!("the twins' process ended; what it said is above");
        }
        let mut told: Told = serde_json::from_str(&answer)
            .with_context(|| answer.chars().take(200).collect::<String>())?;
        let without = crate::ours::spec(ModelKind::Pca).window_samples as usize - 1;
        told.scores.splice(..0, vec![f64::NAN; without]);
        Ok(told)
    }
}

fn begin() -> Result<Running> {
    let python = std::env::var_os("HINDCAST_TWINS")
        .context("HINDCAST_TWINS names no Python: run `cargo xtask bench models`")?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../peers/twins.py");
    let mut child = Command::new(python)
        .arg(script)
        // The scripts lie in the clone, where nothing is left behind.
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // Seconds of the processor are compared, and a second thread would spend them on waiting in a circle.
        .env("OMP_NUM_THREADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    Ok(Running {
        questions: child.stdin.take().context("no input")?,
        answers: BufReader::new(child.stdout.take().context("no output")?),
        child,
    })
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
