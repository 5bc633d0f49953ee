//! `cargo xtask dev`: trunk's watcher and the server side by side.
//!
//! A debug build of the server reads the app from `dist/`, so a change of the app is there on the next
//! reload of the page; a change of the server restarts it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::app;
use crate::context::Context;
use crate::inputs;
use crate::process::Program;
use crate::say;
use crate::setup;
use crate::wasm;

/// What the server is built from.
const SERVER_INPUTS: &[&str] = &["server", "shared", "Cargo.toml", "Cargo.lock"];

const POLL: Duration = Duration::from_secs(1);

/// How long a server may take to drain before it is ended.
const DRAIN: Duration = Duration::from_secs(10);

pub(crate) fn run(context: &Context, config: Option<&Path>) -> Result<()> {
    setup::ensure(&context.places, setup::FOR_APP)?;
    // What the watcher leaves in dist/ is a debug build.
    app::forget(&context.places)?;
    let mut watcher = wasm::unclaimed(context, "trunk")?
        .args(["watch", "--skip-version-check"])
        // Not the folder that clones share: this command holds it for hours.
        .env(
            "CARGO_TARGET_DIR",
            context.places.product_target().join("wasm"),
        )
        .env(app::HOOK_PROGRAM, std::env::current_exe()?)
        .without_env("NO_COLOR")
        .into_command()
        .spawn()?;
    let result = keep_serving(context, config, &mut watcher);
    stop(&mut watcher).ok();
    result
}

/// Ends when trunk does, which a Ctrl-C in the terminal tells at the same time.
fn keep_serving(context: &Context, config: Option<&Path>, watcher: &mut Child) -> Result<()> {
    let mut server = None;
    let mut built = None;
    while watcher.try_wait()?.is_none() {
        let newest = newest_change(context)?;
        if built != Some(newest) {
            built = Some(newest);
            if let Some(binary) = build_server(context) {
                if let Some(mut old) = server.take() {
                    stop(&mut old)?;
                }
                server = Some(start_server(context, &binary, config)?);
            }
        }
        thread::sleep(POLL);
    }
    if let Some(mut server) = server {
        stop(&mut server)?;
    }
    Ok(())
}

fn newest_change(context: &Context) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for file in inputs::list(&context.places, SERVER_INPUTS)? {
        // A file that was removed since the list was made counts at the next look.
        if let Ok(meta) = fs::metadata(context.places.root().join(file)) {
            newest = newest.max(meta.modified()?);
        }
    }
    Ok(newest)
}

/// `None` when it does not compile: the old server goes on until it does.
fn build_server(context: &Context) -> Option<PathBuf> {
    say::step("building the server");
    let target = context.places.product_target();
    let build = Program::new(&context.places, "cargo")
        .args(["build", "--package", "hindcast", "--features", "embed-ui"])
        .env("CARGO_TARGET_DIR", &target)
        .run();
    build.is_ok().then(|| target.join("debug/hindcast"))
}

fn start_server(context: &Context, binary: &Path, config: Option<&Path>) -> Result<Child> {
    let mut program = Program::new(&context.places, &binary.to_string_lossy()).arg("serve");
    if let Some(config) = config {
        program = program.arg("--config").arg(std::path::absolute(config)?);
    }
    Ok(program.into_command().stdin(Stdio::null()).spawn()?)
}

/// Asks first, so that open streams get their `bye`, and insists later.
fn stop(child: &mut Child) -> Result<()> {
    let pid = child.id().to_string();
    std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .stderr(Stdio::null())
        .status()?;
    let mut waited = Duration::ZERO;
    while child.try_wait()?.is_none() {
        if waited >= DRAIN {
            child.kill()?;
            child.wait()?;
            break;
        }
        thread::sleep(Duration::from_millis(100));
        waited += Duration::from_millis(100);
    }
    Ok(())
}
