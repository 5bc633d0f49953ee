//! The database file as it lies in its folder. Who has it open goes on writing to it after it was removed or replaced,
//! and nobody reads that any more.

use std::io;
use std::path::{Path, PathBuf};

/// The file that was opened.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
    number: Option<u64>,
}

impl File {
    /// Remembers which file lies there now.
    pub(super) fn opened(path: &Path) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            number: number(path)?,
        })
    }

    /// Whether it still lies there.
    ///
    /// # Errors
    /// What the system says, or that another file lies there.
    pub(super) fn check(&self) -> Result<(), sqlx::Error> {
        let same = number(&self.path)? == self.number;
        same.then_some(()).ok_or_else(|| {
            let message = "the file of the store was replaced while it was open";
            sqlx::Error::Io(io::Error::other(message))
        })
    }
}

/// The number that tells a file from all others of its disk, on systems that have one.
fn number(path: &Path) -> io::Result<Option<u64>> {
    let found = std::fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        Ok(Some(found.ino()))
    }
    #[cfg(not(unix))]
    {
        Ok(found.is_file().then_some(0))
    }
}
