//! Starting other programs: shows what is run, hides what `cargo run` left in the environment,
//! and turns a failure into a sentence.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::places::Places;
use crate::say;

/// Variables that cargo and rustup set for this program and that would mislead a cargo below it.
fn is_inherited_from_cargo(name: &str) -> bool {
    name.starts_with("CARGO_PKG_")
        || name.starts_with("CARGO_MANIFEST_")
        || name.starts_with("CARGO_BIN_")
        || matches!(
            name,
            "CARGO" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE" | "LD_LIBRARY_PATH" | "OUT_DIR"
        )
}

/// How much of a command line is shown.
const LONGEST_SHOWN: usize = 300;

/// A command line that is about to run.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    shown: Vec<String>,
}

impl Program {
    /// Prepares a program that is looked for among the cache's tools first.
    pub(crate) fn new(places: &Places, name: &str) -> Self {
        let found = places
            .find_program(name)
            .unwrap_or_else(|| Path::new(name).to_path_buf());
        let mut command = Command::new(found);
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_inherited_from_cargo) {
                command.env_remove(&name);
            }
        }
        if let Ok(path) = places.search_path() {
            command.env("PATH", path);
        }
        command.current_dir(places.root());
        Self {
            command,
            shown: vec![name.to_owned()],
        }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.shown.push(arg.as_ref().to_string_lossy().into_owned());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn current_dir(mut self, dir: &Path) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Both streams go to a file, so that several programs can run at once.
    pub(crate) fn log_to(mut self, file: &File) -> Result<Self> {
        self.command.stdout(file.try_clone()?);
        self.command.stderr(file.try_clone()?);
        Ok(self)
    }

    /// The command line for people: the end of a very long one tells them nothing.
    fn line(&self) -> String {
        let line = self.shown.join(" ");
        match line.char_indices().nth(LONGEST_SHOWN) {
            Some((end, _)) => format!("{} …", &line[..end]),
            None => line,
        }
    }

    /// Runs it in the foreground; its output is the user's to read.
    pub(crate) fn run(mut self) -> Result<()> {
        say::note(&format!("$ {}", self.line()));
        let status = self
            .command
            .status()
            .with_context(|| format!("`{}` did not start", self.shown[0]))?;
        if !status.success() {
            bail!("`{}` ended with {status}", self.line());
        }
        Ok(())
    }

    /// Runs it in the foreground, but ends it when it takes longer than `limit`.
    pub(crate) fn run_within(mut self, limit: Duration) -> Result<()> {
        say::note(&format!("$ {}", self.line()));
        let mut child = self
            .command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("`{}` did not start", self.shown[0]))?;
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = child.try_wait()? {
                if status.success() {
                    return Ok(());
                }
                bail!("`{}` ended with {status}", self.line());
            }
            if Instant::now() > deadline {
                child.kill()?;
                child.wait()?;
                bail!("`{}` took over {} s", self.line(), limit.as_secs());
            }
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// Runs it, shows what it prints on either stream line by line, and gives that back.
    pub(crate) fn run_and_keep(mut self) -> Result<Kept> {
        say::note(&format!("$ {}", self.line()));
        let (reader, writer) = std::io::pipe()?;
        let mut child = self
            .command
            .stdout(writer.try_clone()?)
            .stderr(writer)
            .spawn()
            .with_context(|| format!("`{}` did not start", self.shown[0]))?;
        // The command holds the pipe's other end, and reading would never end.
        let line = self.line();
        drop(self);
        let mut lines = Vec::new();
        for line in BufReader::new(reader).split(b'\n') {
            let line = String::from_utf8_lossy(&line?).into_owned();
            println!("{line}");
            lines.push(line);
        }
        let status = child.wait()?;
        let failure = (!status.success()).then(|| format!("`{line}` ended with {status}"));
        Ok(Kept { lines, failure })
    }

    /// Runs it silently and gives back its standard output; standard error is part of the failure.
    pub(crate) fn output(mut self) -> Result<Vec<u8>> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("`{}` did not start", self.shown[0]))?;
        if !output.status.success() {
            bail!(
                "`{}` ended with {}: {}",
                self.line(),
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(output.stdout)
    }

    /// Like `output`, as text without the last line end.
    pub(crate) fn text(self) -> Result<String> {
        let line = self.line();
        let text = String::from_utf8(self.output()?)
            .with_context(|| format!("`{line}` printed something that is not UTF-8"))?;
        Ok(text.trim_end().to_owned())
    }

    /// Leaves the standard library's command for callers that keep or become the process.
    pub(crate) fn into_command(self) -> Command {
        say::note(&format!("$ {}", self.line()));
        self.command
    }
}

/// What `run_and_keep` saw.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) lines: Vec<String>,
    /// Why it failed, if it did; the lines are worth having all the same.
    pub(crate) failure: Option<String>,
}

/// A program that changes the system: through sudo unless this is root already.
pub(crate) fn as_root(places: &Places, name: &str) -> Result<Program> {
    let id = Program::new(places, "id").arg("-u").text()?;
    if id == "0" {
        return Ok(Program::new(places, name));
    }
    if places.find_program("sudo").is_none() {
        bail!("`{name}` needs root, and sudo is not installed");
    }
    Ok(Program::new(places, "sudo").arg(name))
}
