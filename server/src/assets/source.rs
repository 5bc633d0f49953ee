//! Where the files of the front end are.

use std::borrow::Cow;
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// Files inside the binary, made by the build of the app.
#[cfg(feature = "embed-ui")]
#[derive(rust_embed::RustEmbed)]
#[folder = "../dist"]
#[allow_missing = true]
struct Embedded;

/// Where the files are.
#[derive(Debug)]
pub(super) enum Source {
    /// Inside the binary.
    #[cfg(feature = "embed-ui")]
    Embedded,
    /// In a folder.
    Folder(PathBuf),
}

impl Source {
    /// The folder that is named; otherwise the binary's own files, or `./dist` when it has none.
    pub(super) fn find(folder: Option<&Path>) -> Self {
        if let Some(folder) = folder {
            return Self::Folder(folder.to_owned());
        }
        #[cfg(feature = "embed-ui")]
        if Embedded::get(super::INDEX).is_some() {
            return Self::Embedded;
        }
        Self::Folder(PathBuf::from("dist"))
    }

    /// Whether the files cannot change while the server runs.
    pub(super) fn is_fixed(&self) -> bool {
        match self {
            #[cfg(feature = "embed-ui")]
            Self::Embedded => true,
            Self::Folder(_) => false,
        }
    }

    pub(super) fn read(&self, name: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            #[cfg(feature = "embed-ui")]
            Self::Embedded => Embedded::get(name).map(|file| file.data),
            Self::Folder(folder) => {
                let name = Path::new(name);
                let inside = name
                    .components()
                    .all(|component| matches!(component, Component::Normal(_)));
                if !inside {
                    return None;
                }
                std::fs::read(folder.join(name)).ok().map(Cow::Owned)
            }
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(feature = "embed-ui")]
            Self::Embedded => f.write_str("inside the binary"),
            Self::Folder(folder) => write!(f, "in the folder {}", folder.display()),
        }
    }
}
