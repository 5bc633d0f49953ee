//! The built front end: from inside the binary, or from a folder. Knows nothing of the API.

/// The built front end.
#[derive(Debug)]
pub(crate) struct Assets {}

impl Assets {
    pub(crate) fn open() -> anyhow::Result<Self> {
        Ok(Self {})
    }
}
