//! What a power cut leaves in the folder of models: versions that were half written, and whole ones that the store
//! never heard of. Nobody names them, so they only take room.
//!
//! It removes nothing but what this store gave a number, and nothing that is new: another process may be writing it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::store::Numbers;

/// Removes what nobody names and nobody has touched since `before`; answers what is gone.
///
/// # Errors
/// The file system refuses; what was removed until then is gone.
pub(super) fn sweep(
    folder: &Path,
    models: &BTreeMap<String, Numbers>,
    before: SystemTime,
) -> io::Result<Vec<PathBuf>> {
    let mut gone = Vec::new();
    for (name, numbers) in models {
        let entries = match fs::read_dir(folder.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if is_left_over(&entry.file_name(), numbers) && entry.metadata()?.modified()? < before {
                fs::remove_dir_all(entry.path())?;
                gone.push(entry.path());
            }
        }
    }
    Ok(gone)
}

/// `.NUMBER.PROCESS.new` is half written; a plain number that was given and is not kept has no owner.
fn is_left_over(name: &OsStr, numbers: &Numbers) -> bool {
    let Some(name) = name.to_str() else {
        return false;
    };
    let half = name
        .strip_prefix('.')
        .and_then(|it| it.strip_suffix(".new"));
    if let Some((version, process)) = half.and_then(|it| it.split_once('.')) {
        return [version, process]
            .iter()
            .all(|it| it.parse::<u32>().is_ok());
    }
    let number = name.parse::<u32>();
    number.is_ok_and(|number| number < numbers.next && !numbers.kept.contains(&number))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn folder_when_swept_then_keeps_what_is_named_new_foreign_or_of_another_store() {
        let home = tempfile::tempdir().expect("a folder");
        let make = |name: &str| {
            let path = home.path().join("load").join(name);
            fs::create_dir_all(&path).expect("made");
            fs::write(path.join("weights.bin"), "x").expect("written");
        };
        for name in [
            "1",
            "2",
            "3",
            ".4.77.new",
            "9",
            "notes",
            ".git",
            "other.new",
        ] {
            make(name);
        }
        fs::create_dir_all(home.path().join("unknown/1")).expect("made");
        let numbers = Numbers {
            next: 5,
            kept: BTreeSet::from([1, 3]),
        };
        let models = BTreeMap::from([
            ("load".to_owned(), numbers),
            ("gone".to_owned(), Numbers::default()),
        ]);
        let written = fs::metadata(home.path()).and_then(|it| it.modified());
        let (now, hour) = (written.expect("a time"), Duration::from_hours(1));
        let fresh = sweep(home.path(), &models, now - hour).expect("read");
        assert_eq!(fresh, Vec::<PathBuf>::new(), "somebody may be writing them");
        let mut gone = sweep(home.path(), &models, now + hour).expect("removed");
        gone.sort();
        let load = home.path().join("load");
        assert_eq!(gone, [load.join(".4.77.new"), load.join("2")]);
        let mut left: Vec<String> = fs::read_dir(&load)
            .expect("there")
            .map(|it| it.expect("read").file_name().to_string_lossy().into_owned())
            .collect();
        left.sort();
        assert_eq!(left, [".git", "1", "3", "9", "notes", "other.new"]);
        assert!(home.path().join("unknown/1").exists());
    }
}
