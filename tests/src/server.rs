//! A child process that serves something: ended by its id when its value goes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// Lines of its output that a failed test shows.
const SHOWN_LINES: usize = 40;

/// A running child.
#[derive(Debug)]
pub struct Server {
    name: String,
    child: Child,
    log: PathBuf,
}

/// Finds a program on the search path.
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// The program, or a failure that names it.
///
/// # Errors
/// When it is not installed.
pub fn require(name: &str) -> Result<PathBuf> {
    find_program(name)
        .with_context(|| format!("`{name}` is not installed; `cargo xtask setup` installs it"))
}

impl Server {
    /// Starts a program whose output goes to a file in `dir`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command, dir: &Path) -> Result<Self> {
        let log = dir.join(format!("{name}.log"));
        let file = File::options().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone()?)
            .stderr(file)
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        Ok(Self {
            name: name.to_owned(),
            child,
            log,
        })
    }

    /// What it has written so far.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The last lines that it has written.
    pub fn last_lines(&self) -> String {
        let output = self.output();
        let lines: Vec<_> = output.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }

    /// Fails when it has ended by itself.
    ///
    /// # Errors
    /// With its last lines.
    pub fn check_alive(&mut self) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("{} ended with {status}:\n{}", self.name, self.last_lines());
        }
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it at once, as a power cut would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks it to end (SIGTERM).
    ///
    /// # Errors
    /// When it is gone.
    pub fn ask_to_stop(&self) -> Result<()> {
        let id = i32::try_from(self.child.id())?;
        kill_process(Pid::from_raw(id).context("no process")?, Signal::TERM)?;
        Ok(())
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it has not ended in time.
    pub async fn ended(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                let seconds = limit.as_secs_f64();
                bail!(
                    "{} has not ended in {seconds} s:\n{}",
                    self.name,
                    self.last_lines()
                );
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is no failure.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
