//! Reads one version out of Cargo.lock.

use anyhow::{Context as _, Result};

use crate::places::Places;

/// The version of a crate that the workspace is locked to.
pub(crate) fn locked_version(places: &Places, package: &str) -> Result<String> {
    let path = places.root().join("Cargo.lock");
    let lock = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    find_version(&lock, package)
        .map(str::to_owned)
        .with_context(|| format!("{package} is not in Cargo.lock"))
}

fn find_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name).skip(1);
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::find_version;

    #[test]
    fn find_version_when_names_share_a_prefix_then_takes_the_exact_one() {
        let lock = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(find_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(find_version(lock, "wasm"), None);
    }
}
