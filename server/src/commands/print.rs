//! What the commands say on standard output. A reader that has heard enough (`| head -1`) is no failure.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write as _};

/// Writes a line.
///
/// # Errors
/// When it cannot be written, for another reason than that nobody reads on.
pub(super) fn line(text: impl Display) -> io::Result<()> {
    heard(writeln!(io::stdout().lock(), "{text}"))
}

/// Writes a text that has its own line ends.
///
/// # Errors
/// When it cannot be written, for another reason than that nobody reads on.
pub(super) fn text(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    heard(write!(out, "{text}").and_then(|()| out.flush()))
}

/// Counts a reader that has gone away as one that has heard enough.
pub(super) fn heard(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_when_nobody_reads_on_then_is_no_failure_and_any_other_is() {
        let of = |kind: ErrorKind| heard(Err(kind.into()));
        assert!(of(ErrorKind::BrokenPipe).is_ok());
        assert!(of(ErrorKind::StorageFull).is_err());
    }
}
