//! Where things lie: the clone, the cache outside of it, and the folders that compilers write to.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The folders of one clone and its cache; nothing in here is created by asking for it.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    root: PathBuf,
    cache: PathBuf,
    own_target: Option<PathBuf>,
}

impl Places {
    /// Finds the clone from where `cargo run` says this package lies, or else from the current folder upwards.
    pub(crate) fn discover() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => env::current_dir().context("the current folder cannot be read")?,
        };
        let root = start
            .ancestors()
            .find(|dir| dir.join("xtask/Cargo.toml").is_file())
            .with_context(|| format!("{} is not inside a clone of Hindcast", start.display()))?
            .to_path_buf();
        let cache = match env::var_os("HINDCAST_CACHE") {
            Some(dir) => std::path::absolute(PathBuf::from(dir))?,
            None => home()?.join(".cache/hindcast"),
        };
        let own_target = env::var_os("CARGO_TARGET_DIR")
            .map(|dir| std::path::absolute(root.join(dir)))
            .transpose()?;
        Ok(Self {
            root,
            cache,
            own_target,
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn cache(&self) -> &Path {
        &self.cache
    }

    /// Cargo's `--root` for the tools that are compiled here.
    pub(crate) fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The Python environment that detectors are timed against.
    pub(crate) fn peers(&self) -> PathBuf {
        self.cache.join("peers")
    }

    /// The Python environment that full models are held against.
    pub(crate) fn twins(&self) -> PathBuf {
        self.cache.join("peers-deep")
    }

    /// npm's `--prefix`.
    pub(crate) fn node(&self) -> PathBuf {
        self.cache.join("node")
    }

    /// Debug builds for the checks: outside the clone, so that the next clone starts warm.
    pub(crate) fn check_target(&self) -> PathBuf {
        self.own_target
            .clone()
            .unwrap_or_else(|| self.cache.join("target"))
    }

    /// Builds that somebody asked for and looks for where cargo leaves them.
    pub(crate) fn product_target(&self) -> PathBuf {
        self.own_target
            .clone()
            .unwrap_or_else(|| self.root.join("target"))
    }

    /// Optimised builds for measuring.
    pub(crate) fn bench_target(&self) -> PathBuf {
        self.own_target
            .clone()
            .unwrap_or_else(|| self.cache.join("target-release"))
    }

    /// Wasm builds stand apart: another compiler or other flags would throw the native ones away.
    pub(crate) fn wasm_target(&self) -> PathBuf {
        match &self.own_target {
            Some(own) => own.join("wasm"),
            None => self.cache.join("target-wasm"),
        }
    }

    /// The built app, as trunk leaves it and the server embeds it.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The search path for children: the cache's tools first, because their versions are pinned.
    pub(crate) fn search_path(&self) -> Result<OsString> {
        let mut dirs = vec![
            self.tools().join("bin"),
            self.node().join("node_modules/.bin"),
        ];
        if let Some(path) = env::var_os("PATH") {
            dirs.extend(env::split_paths(&path));
        }
        env::join_paths(dirs).context("a folder on PATH has a colon in its name")
    }

    /// Finds a program on that search path.
    pub(crate) fn find_program(&self, name: &str) -> Option<PathBuf> {
        let path = self.search_path().ok()?;
        env::split_paths(&path)
            .map(|dir| dir.join(name))
            .find(|file| file.is_file())
    }
}

fn home() -> Result<PathBuf> {
    env::var_os("HOME")
        .map(PathBuf::from)
        .context("HOME is not set: name a folder for tools in HINDCAST_CACHE")
}
