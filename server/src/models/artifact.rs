//! A model on disk: a folder with `model_metadata.json` and `weights.bin`, whole or not there at all.
//!
//! It is written beside its place, flushed, and renamed into it, so that a power cut leaves the old or the new one.
//! Whoever reads it gets what was written, or hears what is wrong and what to do.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use hindcast_shared::api::ModelMetadata;
use hindcast_shared::hash::hex;
use sha2::{Digest as _, Sha256};

use super::{ModelError, Scorer, model};
use crate::config::ModelDevice;

/// Version of the form of artefacts.
pub(crate) const FORMAT: u32 = 1;
/// The readable part.
pub(crate) const METADATA: &str = "model_metadata.json";
/// The rest.
pub(crate) const WEIGHTS: &str = "weights.bin";
/// Longest metadata that are read: a model of a thousand series has some hundred kilobytes.
const MOST_METADATA_BYTES: u64 = 16 << 20;

/// A trained model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Artifact {
    /// All that is known of it.
    pub(crate) metadata: ModelMetadata,
    /// For the algorithm.
    pub(crate) weights: Vec<u8>,
}

/// A trained model that can score.
pub(crate) struct Ready {
    /// All that is known of it.
    pub(crate) metadata: ModelMetadata,
    /// Made of its weights.
    pub(crate) scorer: Box<dyn Scorer>,
}

/// Writes bytes to a file.
type Put = fn(&mut File, &[u8]) -> io::Result<()>;

/// The checksum that metadata carry of weights.
pub(crate) fn checksum(weights: &[u8]) -> String {
    hex(&Sha256::digest(weights))
}

impl Artifact {
    /// Makes it ready to score.
    ///
    /// # Errors
    /// The weights are not of this algorithm or of another width.
    pub(crate) fn open(&self) -> Result<Ready, ModelError> {
        let (spec, width) = (&self.metadata.spec, self.metadata.inputs.width());
        Ok(Ready {
            metadata: self.metadata.clone(),
            scorer: model(spec.kind, ModelDevice::Cpu).open(&self.weights, width)?,
        })
    }

    /// Writes it to a folder that is not there yet.
    ///
    /// # Errors
    /// The folder exists, or the file system refuses; nothing is left behind.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), ModelError> {
        self.write_by(folder, File::write_all)
    }

    fn write_by(&self, folder: &Path, put: Put) -> Result<(), ModelError> {
        if folder.exists() {
            return Err(ModelError::artifact(
                folder,
                "there is something already, and it is not replaced; name another folder",
            ));
        }
        let parent = match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let is_new = !parent.exists();
        fs::create_dir_all(parent).map_err(ModelError::io(parent))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let beside = parent.join(format!(".{name}.{}.new", std::process::id()));
        let written = self.write_into(&beside, put).and_then(|()| {
            fs::rename(&beside, folder).map_err(ModelError::io(folder))?;
            sync_folder(parent)
        });
        written.map_err(|error| {
            // Whatever is in the way stays in the way; the first error is the one to hear.
            fs::remove_dir_all(&beside).ok();
            if is_new {
                fs::remove_dir(parent).ok();
            }
            match error {
                // What is beside is gone; where there is no room is the folder of both.
                ModelError::Full { error, .. } => ModelError::Full {
                    path: parent.to_owned(),
                    error,
                },
                error => error,
            }
        })
    }

    fn write_into(&self, folder: &Path, put: Put) -> Result<(), ModelError> {
        fs::remove_dir_all(folder).ok();
        fs::create_dir(folder).map_err(ModelError::io(folder))?;
        let text = serde_json::to_vec_pretty(&self.metadata)
            .map_err(|error| ModelError::Failed(error.to_string()))?;
        for (name, bytes) in [(WEIGHTS, &self.weights), (METADATA, &text)] {
            let path = folder.join(name);
            let write = || {
                let mut file = File::create(&path)?;
                put(&mut file, bytes)?;
                file.sync_all()
            };
            write().map_err(ModelError::io(&path))?;
        }
        sync_folder(folder)
    }

    /// Reads it from its folder.
    ///
    /// # Errors
    /// It is not there, not whole, of another version, or not a model at all.
    pub(crate) fn read(folder: &Path) -> Result<Self, ModelError> {
        let metadata = read_metadata(folder)?;
        let path = folder.join(WEIGHTS);
        let found = fs::metadata(&path).map_err(ModelError::io(&path))?.len();
        if found != metadata.weights_bytes {
            return Err(ModelError::artifact(
                path,
                format!(
                    "has {found} bytes in place of {}: it was cut off or is of another model; train it anew, or \
                     import it again",
                    metadata.weights_bytes
                ),
            ));
        }
        let weights = fs::read(&path).map_err(ModelError::io(&path))?;
        Self::checked(metadata, weights).map_err(|message| ModelError::artifact(path, message))
    }

    /// Puts metadata and weights together.
    ///
    /// # Errors
    /// A sentence: they do not belong together.
    pub(crate) fn checked(metadata: ModelMetadata, weights: Vec<u8>) -> Result<Self, String> {
        if checksum(&weights) != metadata.weights_sha256 {
            return Err(
                "its checksum is not the one in its metadata: it was changed or is of another model; train it anew, \
                 or import it again"
                    .to_owned(),
            );
        }
        Ok(Self { metadata, weights })
    }
}

/// Reads the readable part.
///
/// # Errors
/// It is not there, of another version, or nothing of the kind.
pub(crate) fn read_metadata(folder: &Path) -> Result<ModelMetadata, ModelError> {
    let path = folder.join(METADATA);
    let length = fs::metadata(&path).map_err(ModelError::io(&path))?.len();
    if length > MOST_METADATA_BYTES {
        return Err(ModelError::artifact(
            path,
            "is too large to be the metadata of a model; train it anew, or import it again",
        ));
    }
    let text = fs::read(&path).map_err(ModelError::io(&path))?;
    parse_metadata(&text).map_err(|message| ModelError::artifact(path, message))
}

/// Reads metadata.
///
/// # Errors
/// A sentence that says what is wrong and what to do.
pub(crate) fn parse_metadata(text: &[u8]) -> Result<ModelMetadata, String> {
    #[derive(serde::Deserialize)]
    struct Form {
        format: u32,
    }
    let foreign = |error: serde_json::Error| {
        format!(
            "is not the metadata of a model of Hindcast: {error}; train it anew, or take what was exported by Hindcast"
        )
    };
    // The form first, so that a newer one is told apart from nonsense.
    let form: Form = serde_json::from_slice(text).map_err(foreign)?;
    if form.format != FORMAT {
        return Err(format!(
            "has format {}, and this version knows {FORMAT}; train the model anew, or start the version that wrote it",
            form.format
        ));
    }
    let metadata: ModelMetadata = serde_json::from_slice(text).map_err(foreign)?;
    metadata.spec.check().map_err(|error| error.to_string())?;
    Ok(metadata)
}

fn sync_folder(folder: &Path) -> Result<(), ModelError> {
    let sync = || File::open(folder)?.sync_all();
    sync().map_err(ModelError::io(folder))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use hindcast_shared::api::ModelKind;

    use super::*;
    use crate::models::testing::{material, spec, wave};
    use crate::models::{Means, Watch, train};

    fn trained() -> Artifact {
        let material = material(&[wave(600, 1)]);
        train(
            &spec(ModelKind::Pca),
            &material,
            1_000,
            Means::PROCESSOR,
            &Watch::nobody(),
        )
        .expect("trained")
    }

    #[test]
    fn artifact_when_written_and_read_then_is_the_same_and_leaves_nothing_beside() {
        let (home, artifact) = (tempfile::tempdir().expect("a folder"), trained());
        let folder = home.path().join("new/1");
        artifact.write(&folder).expect("written");
        assert_eq!(Artifact::read(&folder).expect("read"), artifact);
        artifact.open().expect("its own weights");
        let again = artifact.write(&folder).expect_err("it is there");
        assert!(again.to_string().contains("not replaced"), "{again}");
        let beside = fs::read_dir(home.path().join("new")).expect("a folder");
        assert_eq!(beside.count(), 1);
    }

    #[test]
    fn artifact_when_cut_off_changed_newer_or_foreign_then_says_so() {
        let (home, artifact) = (tempfile::tempdir().expect("a folder"), trained());
        let folder = home.path().join("1");
        artifact.write(&folder).expect("written");
        let refused = |file: &str, bytes: &[u8]| {
            let path = folder.join(file);
            let before = fs::read(&path).expect("there");
            fs::write(&path, bytes).expect("written");
            let error = Artifact::read(&folder).expect_err("broken").to_string();
            fs::write(&path, before).expect("written");
            error
        };
        let half = &artifact.weights[..artifact.weights.len() / 2];
        assert!(refused(WEIGHTS, half).contains("cut off"));
        let mut other = artifact.weights.clone();
        other[20] ^= 1;
        assert!(refused(WEIGHTS, &other).contains("checksum"));
        assert!(refused(METADATA, b"{\"format\": 9}").contains("format 9"));
        for foreign in [&b"[]"[..], b"{\"format\": 1}", b"\x80\x04model.pt", b""] {
            let told = refused(METADATA, foreign);
            assert!(
                told.contains("not the metadata") && told.contains("train it anew"),
                "{told}"
            );
        }
        fs::remove_file(folder.join(WEIGHTS)).expect("there");
        assert!(matches!(
            Artifact::read(&folder),
            Err(ModelError::Io { .. })
        ));
    }

    #[test]
    fn artifact_when_of_another_width_or_kind_then_is_not_opened() {
        let artifact = trained();
        for kind in ModelKind::ALL {
            let width = artifact.metadata.inputs.width() + 1;
            let opened = model(kind, ModelDevice::Cpu).open(&artifact.weights, width);
            let refused = opened.err().expect("another width").to_string();
            assert!(refused.contains("train it anew"), "{refused}");
        }
    }

    #[test]
    fn artifact_when_the_disk_is_full_then_names_the_folder_and_leaves_nothing() {
        let (home, artifact) = (tempfile::tempdir().expect("a folder"), trained());
        // Half of it fits, as on a disk.
        let full = |file: &mut File, bytes: &[u8]| {
            file.write_all(&bytes[..bytes.len() / 2])?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        };
        let folder = home.path().join("load/1");
        for is_there in [false, true] {
            let error = artifact.write_by(&folder, full).expect_err("full");
            let (text, load) = (error.to_string(), home.path().join("load"));
            assert!(text.starts_with(&format!("{}: ", load.display())), "{text}");
            assert!(text.contains("make room there"), "{text}");
            assert_eq!(load.exists(), is_there, "a folder of one's own stays");
            let left = fs::read_dir(if is_there { &load } else { home.path() });
            assert_eq!(left.expect("there").count(), 0);
            fs::create_dir_all(&load).expect("made");
        }
        artifact.write(&folder).expect("there is room again");
        assert_eq!(Artifact::read(&folder).expect("whole"), artifact);
    }

    #[test]
    fn artifact_when_the_folder_cannot_be_written_then_nothing_is_there() {
        let (home, artifact) = (tempfile::tempdir().expect("a folder"), trained());
        let locked = home.path().join("locked");
        fs::create_dir(&locked).expect("made");
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).expect("locked");
        // Whoever is root may write anyhow; a file in the way stops everybody.
        let in_the_way = home.path().join("file");
        fs::write(&in_the_way, "x").expect("written");
        let error = artifact
            .write(&in_the_way.join("1"))
            .expect_err("a file is no folder");
        assert!(
            error.to_string().contains("nothing was replaced"),
            "{error}"
        );
        assert_eq!(fs::read(&in_the_way).expect("there"), b"x");
    }
}
