//! A real browser, driven by a script of `tests/browser` that speaks JSON lines.
//!
//! A script gets its arguments as JSON, tells what it sees as `{"event": …}` lines and takes orders as lines.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::require;

/// The scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    /// Waits on the overview for anomalies.
    Live,
    /// Reads and moves the Lab.
    Lab,
    /// Uses the Lab's tools.
    LabTools,
    /// Looks at the Lab's charts, and asks for queries to be laid out.
    LabLooks,
    /// Looks at pages: accessibility, console, policy reports, keyboard, size.
    Pages,
    /// Measures how fast the Lab answers.
    LabSpeed,
    /// A page that frames a panel.
    Frame,
    /// Reads why an anomaly is one, and asks `auto` for a whole range.
    Explain,
    /// Reads the same in Russian.
    Words,
    /// Looks at pages in other languages, on a phone.
    Phones,
    /// Drops a table onto the Lab.
    Table,
    /// Draws labels in the Lab.
    Labels,
    /// Has things worked out in the Lab.
    Study,
    /// Looks at many series at once.
    Many,
    /// Reads, filters and acts on the overview.
    Overview,
    /// Measures how fast charts, heat map and many series are drawn.
    FrontEnd,
    /// Looks after rules, mutes and the journal.
    Rulebook,
    /// Makes calendars, and goes by them in the Lab.
    Calendars,
    /// Sends again what was given up, and tries a route.
    Notifications,
    /// A browser that asks to be told, and is.
    Browsers,
    /// Takes pictures of every page.
    Screenshots,
    /// Measures how soon a page is there.
    Boot,
    /// Many tabs of one browser.
    Tabs,
    /// A wall: its turns, its alarms, its age.
    Wall,
    /// A wall for days.
    WallSoak,
    /// A panel in frames of another origin.
    Panel,
    /// One anomaly: what is shown of it and what is done to it.
    Anomaly,
    /// The list of rules, their versions and their text.
    RuleBook,
    /// What a page shows when it is answered badly.
    Trouble,
    /// Looks at a long list of rules.
    ManyRules,
    /// Reads what the server refuses, in other languages.
    Refusals,
    /// A panel without a script, in frames of another origin.
    Still,
}

impl Script {
    fn file(self) -> &'static str {
        match self {
            Self::Live => "live.mjs",
            Self::Lab => "lab.mjs",
            Self::LabTools => "lab_tools.mjs",
            Self::LabLooks => "lab_looks.mjs",
            Self::LabSpeed => "lab_speed.mjs",
            Self::Pages => "pages.mjs",
            Self::Frame => "frame.mjs",
            Self::Explain => "explain.mjs",
            Self::Words => "words.mjs",
            Self::Phones => "phones.mjs",
            Self::Table => "table.mjs",
            Self::Labels => "labels.mjs",
            Self::Study => "study.mjs",
            Self::Many => "many.mjs",
            Self::Overview => "overview.mjs",
            Self::FrontEnd => "front_end.mjs",
            Self::Rulebook => "rulebook.mjs",
            Self::Calendars => "calendars.mjs",
            Self::Notifications => "notifications.mjs",
            Self::Browsers => "browsers.mjs",
            Self::Screenshots => "screenshots.mjs",
            Self::Boot => "boot.mjs",
            Self::Tabs => "tabs.mjs",
            Self::Wall => "wall.mjs",
            Self::WallSoak => "wall_soak.mjs",
            Self::Panel => "panel.mjs",
            Self::Anomaly => "anomaly.mjs",
            Self::RuleBook => "rule_book.mjs",
            Self::Trouble => "trouble.mjs",
            Self::ManyRules => "many_rules.mjs",
            Self::Refusals => "refusals.mjs",
            Self::Still => "still.mjs",
        }
    }
}

/// A running browser.
#[derive(Debug)]
pub struct Browser {
    child: Child,
    orders: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    _profile: TempDir,
}

impl Browser {
    /// Starts a script with a browser.
    ///
    /// # Errors
    /// When node, Chromium or the modules are not installed.
    pub fn start(script: Script, arguments: &Value) -> Result<Self> {
        let node = require("node")?;
        let chromium = require("chromium")?;
        let modules = node_modules()?;
        let profile = tempfile::tempdir()?;
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut child = Command::new(node)
            .arg(root.join("browser").join(script.file()))
            .arg(arguments.to_string())
            .env("HINDCAST_NODE_MODULES", modules)
            .env("HINDCAST_CHROMIUM", chromium)
            // Nothing of one test may be left for the next.
            .env("TMPDIR", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let orders = child.stdin.take().context("no input")?;
        let output = child.stdout.take().context("no output")?;
        Ok(Self {
            child,
            orders,
            lines: BufReader::new(output).lines(),
            _profile: profile,
        })
    }

    /// The script's next word, which must be this event.
    ///
    /// # Errors
    /// When something else comes, the script fails, or nothing comes in time.
    pub async fn hear(&mut self, event: &str, limit: Duration) -> Result<Value> {
        let what = format!("`{event}` of the browser");
        let line = crate::within(&what, limit, async { Ok(self.lines.next_line().await?) });
        let line = line.await?;
        let line = line.with_context(|| format!("the script has ended before `{event}`"))?;
        let word: Value = serde_json::from_str(&line).with_context(|| line.clone())?;
        if word["event"] == "failed" {
            bail!(
                "the browser's script: {}",
                word["why"].as_str().unwrap_or(&line)
            );
        }
        ensure!(
            word["event"] == event,
            "expected `{event}`, the browser says {line}"
        );
        Ok(word)
    }

    /// Gives the script an order.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn order(&mut self, order: &Value) -> Result<()> {
        self.orders
            .write_all(format!("{order}\n").as_bytes())
            .await?;
        Ok(())
    }

    /// Gives an order and hears what is seen then.
    ///
    /// # Errors
    /// When the script has ended, or says nothing for two minutes.
    pub async fn look(&mut self, order: Value) -> Result<Value> {
        self.order(&order).await?;
        self.hear("seen", Duration::from_mins(2)).await
    }

    /// Gives an order and hears what came of it, which is told under the order's own name (`do`).
    ///
    /// # Errors
    /// When the order cannot be done, or nothing is said within `limit`.
    pub async fn carry_out(&mut self, order: &Value, limit: Duration) -> Result<Value> {
        let name = order["do"].as_str().context("an order says what to `do`")?;
        self.order(order).await?;
        let told = self.hear(name, limit).await;
        told.with_context(|| order.to_string())
    }

    /// Lets the script end, and waits until it and its browser have.
    ///
    /// # Errors
    /// When it fails, or does not end in time.
    pub async fn close(mut self) -> Result<()> {
        drop(self.orders);
        let status = crate::within("the end of the browser", Duration::from_secs(20), async {
            Ok(self.child.wait().await?)
        });
        let status = status.await?;
        ensure!(status.success(), "the browser's script ended with {status}");
        Ok(())
    }
}

/// The folder with playwright-core and axe-core.
fn node_modules() -> Result<PathBuf> {
    let folder = match std::env::var_os("HINDCAST_NODE_MODULES") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?)
            .join(".cache/hindcast/node"),
    };
    // Named with or without its last part.
    let inner = folder.join("node_modules");
    let folder = if inner.is_dir() { inner } else { folder };
    for module in ["playwright-core", "axe-core"] {
        ensure!(
            folder.join(module).is_dir(),
            "the node module `{module}` is not in {}; `cargo xtask setup` installs it",
            folder.display()
        );
    }
    Ok(folder)
}
