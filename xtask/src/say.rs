//! What the commands tell the person in front of them: one manner for all, on stderr.

use std::io::IsTerminal;

fn marked(colour: &str, mark: &str, text: &str) {
    if std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        eprintln!("\u{1b}[{colour}m{mark}\u{1b}[0m {text}");
    } else {
        eprintln!("{mark} {text}");
    }
}

/// Announces a step that takes a while.
pub(crate) fn step(text: &str) {
    marked("1;34", "==>", text);
}

/// Adds a detail to the step before.
pub(crate) fn note(text: &str) {
    eprintln!("    {text}");
}

/// Tells of something that went wrong and ends the command or the check.
pub(crate) fn failure(text: &str) {
    marked("1;31", "error:", text);
}
