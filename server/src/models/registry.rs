//! The models that the server keeps: artefacts in folders, and in the store which there are and which is live.
//!
//! A version's folder is whole before the store hears of it, and the store forgets it before its folder goes;
//! so whatever the store names is there, and a kill leaves at most a folder that nobody names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hindcast_shared::api::{ModelRecord, ModelVersion};

use super::ModelError;
use super::artifact::{Artifact, Ready, parse_metadata};
use super::meters::Meters;
use super::sweep::sweep;
use crate::config::Config;
use crate::store::{Standing, Store, StoreError};

/// Why the registry could not do something.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryError {
    /// The artefact.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is nothing to go back to.
    #[error("model `{0}` has no former version to go back to")]
    NoFormer(String),
    /// None was promoted.
    #[error("no version of model `{0}` is live; promote one")]
    NoneLive(String),
    /// What nobody names could not be removed.
    #[error("{}: {error}", .folder.display())]
    Sweep {
        /// The folder of all models.
        folder: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The process is going down.
    #[error("interrupted by a shutdown")]
    Interrupted,
}

type Opened = BTreeMap<String, (u32, Arc<Ready>)>;

/// How long what nobody names lies before it is removed: a version is written within seconds, and named then.
const LEFT_OVER: Duration = Duration::from_hours(1);

/// The models that the server keeps; clones share them.
#[derive(Clone)]
pub(crate) struct Registry {
    store: Store,
    folder: PathBuf,
    keep: usize,
    opened: Arc<Mutex<Opened>>,
    meters: Meters,
}

impl Registry {
    /// Those of a store, with their weights in a folder; of each model so many versions are kept beside the live one
    /// and the one before it.
    pub(crate) fn new(store: Store, folder: PathBuf, keep: usize) -> Self {
        Self {
            store,
            folder,
            keep,
            opened: Arc::default(),
            meters: Meters::default(),
        }
    }

    /// What the models measure about themselves.
    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Those of a configuration.
    pub(crate) fn of(config: &Config, store: Store) -> Self {
        let folder = config.models.folder(&config.store.path);
        Self::new(store, folder, config.models.keep as usize)
    }

    fn place(&self, name: &str, version: u32) -> PathBuf {
        self.folder.join(name).join(version.to_string())
    }

    /// All models.
    pub(crate) async fn list(&self) -> Result<Vec<ModelRecord>, RegistryError> {
        Ok(self.store.models().list().await?)
    }

    /// One model.
    pub(crate) async fn get(&self, name: &str) -> Result<ModelRecord, RegistryError> {
        Ok(self.store.models().get(name).await?)
    }

    /// Keeps an artefact as the next version of its model; answers its number.
    pub(crate) async fn add(
        &self,
        mut artifact: Artifact,
        standing: &Standing,
        actor: &str,
        now_ms: i64,
    ) -> Result<u32, RegistryError> {
        let name = artifact.metadata.spec.name.clone();
        let version = self.store.models().reserve(&name).await?;
        artifact.metadata.version = version;
        let (place, written) = (self.place(&name, version), artifact.clone());
        on_a_thread(move || {
            // A number is given once, so what lies there is left over from a store that is not this one any more.
            std::fs::remove_dir_all(&place).ok();
            written.write(&place)
        })
        .await??;
        let models = self.store.models();
        let kept = models
            .add(&artifact.metadata, standing, actor, now_ms)
            .await;
        if let Err(error) = kept {
            self.drop_folder(&name, Some(version)).await;
            return Err(error.into());
        }
        self.prune(&name, actor, now_ms).await?;
        Ok(version)
    }

    /// Makes a version the one that scores, if its weights can be used.
    pub(crate) async fn promote(
        &self,
        name: &str,
        version: u32,
        actor: &str,
        now_ms: i64,
    ) -> Result<ModelRecord, RegistryError> {
        // A version that is not there is the store's to refuse, before its folder is missed.
        let record = self.get(name).await?;
        if record.versions.iter().any(|one| one.version == version) {
            self.open(name, version).await?;
        }
        let models = self.store.models();
        models.promote(name, version, actor, now_ms).await?;
        self.get(name).await
    }

    /// Goes back to the version that was live before.
    pub(crate) async fn revert(
        &self,
        name: &str,
        actor: &str,
        now_ms: i64,
    ) -> Result<ModelRecord, RegistryError> {
        let former = self.get(name).await?.former_version;
        let former = former.ok_or_else(|| RegistryError::NoFormer(name.to_owned()))?;
        self.promote(name, former, actor, now_ms).await
    }

    /// Deletes a version that is not live, or the whole model.
    pub(crate) async fn delete(
        &self,
        name: &str,
        version: Option<u32>,
        actor: &str,
        now_ms: i64,
    ) -> Result<(), RegistryError> {
        let models = self.store.models();
        match version {
            Some(version) => models.remove_version(name, version, actor, now_ms).await?,
            None => models.remove(name, actor, now_ms).await?,
        }
        self.drop_folder(name, version).await;
        Ok(())
    }

    /// The live version, ready to score.
    pub(crate) async fn live(&self, name: &str) -> Result<Arc<Ready>, RegistryError> {
        let live = self.get(name).await?.live_version;
        let live = live.ok_or_else(|| RegistryError::NoneLive(name.to_owned()))?;
        if let Some((version, ready)) = self.opened().get(name)
            && *version == live
        {
            return Ok(ready.clone());
        }
        let ready = Arc::new(self.open(name, live).await?);
        let entry = (live, ready.clone());
        self.opened().insert(name.to_owned(), entry);
        Ok(ready)
    }

    /// A version, ready to score.
    pub(crate) async fn open(&self, name: &str, version: u32) -> Result<Ready, RegistryError> {
        let artifact = self.read(name, version).await?;
        Ok(on_a_thread(move || artifact.open()).await??)
    }

    /// A version as it was written.
    pub(crate) async fn read(&self, name: &str, version: u32) -> Result<Artifact, RegistryError> {
        let record = self.get(name).await?;
        let is_it = |one: &&ModelVersion| one.version == version;
        if record.versions.iter().find(is_it).is_none() {
            return Err(StoreError::NotFound {
                what: "model",
                id: format!("{name}/{version}"),
            }
            .into());
        }
        let place = self.place(name, version);
        Ok(on_a_thread(move || Artifact::read(&place)).await??)
    }

    /// Copies every version that these models name to a new folder, from the folder where they lie.
    ///
    /// # Errors
    /// A version cannot be read, or the file system refuses; what was copied is taken away again.
    pub(crate) async fn copy_from(&self, source: PathBuf) -> Result<u32, RegistryError> {
        let (mut copied, target) = (0, self.folder.clone());
        for model in self.list().await? {
            for version in &model.versions {
                let place = Path::new(&model.name).join(version.version.to_string());
                let (from, to) = (source.join(&place), target.join(&place));
                let copy = on_a_thread(move || Artifact::read(&from)?.write(&to)).await?;
                if let Err(error) = copy {
                    std::fs::remove_dir_all(&target).ok();
                    return Err(error.into());
                }
                copied += 1;
            }
        }
        Ok(copied)
    }

    /// Removes what power cuts left behind; answers how many folders that were.
    pub(crate) async fn sweep(&self, now_ms: i64) -> Result<usize, RegistryError> {
        let models = self.store.models().numbers().await?;
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now_ms.max(0).unsigned_abs());
        let folder = self.folder.clone();
        let done = on_a_thread(move || {
            let swept = sweep(&folder, &models, now - LEFT_OVER);
            swept.map_err(|error| RegistryError::Sweep { folder, error })
        });
        let gone = done.await??;
        for path in &gone {
            tracing::info!(path = %path.display(), "what a power cut left of a model was removed");
        }
        Ok(gone.len())
    }

    /// Drops the oldest versions beyond those that are kept.
    async fn prune(&self, name: &str, actor: &str, now_ms: i64) -> Result<(), RegistryError> {
        let record = self.get(name).await?;
        let spared = [record.live_version, record.former_version];
        let others = record.versions.iter().map(|one| one.version);
        let others: Vec<u32> = others.filter(|one| !spared.contains(&Some(*one))).collect();
        for version in others.into_iter().skip(self.keep) {
            self.delete(name, Some(version), actor, now_ms).await?;
        }
        Ok(())
    }

    async fn drop_folder(&self, name: &str, version: Option<u32>) {
        let place = match version {
            Some(version) => self.place(name, version),
            None => self.folder.join(name),
        };
        let gone = on_a_thread(move || std::fs::remove_dir_all(&place).map_err(|e| (place, e)));
        if let Ok(Err((place, error))) = gone.await {
            tracing::warn!(path = %place.display(), %error, "a model's folder could not be removed");
        }
    }

    fn opened(&self) -> std::sync::MutexGuard<'_, Opened> {
        self.opened.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

/// One file of an artefact: its metadata on the first line, its weights after it.
pub(crate) fn exported(artifact: &Artifact) -> Result<Vec<u8>, ModelError> {
    let mut bytes = serde_json::to_vec(&artifact.metadata)
        .map_err(|error| ModelError::Failed(error.to_string()))?;
    bytes.push(b'\n');
    bytes.extend_from_slice(&artifact.weights);
    Ok(bytes)
}

/// The reverse; the artefact can be used.
///
/// # Errors
/// It is cut off, changed, of another version, or no model at all.
pub(crate) fn imported(bytes: &[u8]) -> Result<Artifact, ModelError> {
    let refuse = |message: String| ModelError::artifact(Path::new("the file"), message);
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .unwrap_or(bytes.len());
    let metadata = parse_metadata(&bytes[..end]).map_err(refuse)?;
    let weights = bytes.get(end + 1..).unwrap_or_default().to_vec();
    let artifact = Artifact::checked(metadata, weights).map_err(refuse)?;
    artifact.open()?;
    Ok(artifact)
}

async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RegistryError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| RegistryError::Interrupted)
}

#[cfg(test)]
mod tests {
    use hindcast_shared::api::{ModelKind, ModelTrial, TrialVerdict};
    use hindcast_shared::time::TimeRange;

    use super::*;
    use crate::journal::EntryKind;
    use crate::models::figures::figures;
    use crate::models::testing::{material, spec, wave};
    use crate::models::{Means, Watch, train};
    use crate::store::testing::Fixture;

    fn artifact(seed: u64) -> Artifact {
        let mut spec = spec(ModelKind::Pca);
        spec.seed = seed;
        let material = material(&[wave(400, seed)]);
        train(&spec, &material, 7, Means::PROCESSOR, &Watch::nobody()).expect("trained")
    }

    fn registry(fixture: &Fixture, keep: usize) -> Registry {
        let folder = fixture.folder.path().join("models");
        Registry::new(fixture.store.clone(), folder, keep)
    }

    #[tokio::test]
    async fn model_when_promoted_reverted_and_deleted_then_the_live_one_is_always_whole()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let models = registry(&fixture, 5);
        assert_eq!(
            models
                .add(artifact(1), &Standing::Candidate, "ann", 10)
                .await?,
            1
        );
        let none = models.live("model").await.err().expect("none was promoted");
        assert!(none.to_string().contains("promote one"), "{none}");
        assert_eq!(
            models.add(artifact(2), &Standing::Live, "ann", 20).await?,
            2
        );
        assert_eq!(models.live("model").await?.metadata.version, 2);
        models.promote("model", 1, "ben", 30).await?;
        assert_eq!(models.live("model").await?.metadata.version, 1);
        let record = models.revert("model", "ben", 40).await?;
        assert_eq!(
            (record.live_version, record.former_version),
            (Some(2), Some(1))
        );
        let live = models
            .delete("model", Some(2), "ben", 50)
            .await
            .expect_err("it is live");
        assert!(live.to_string().contains("is live"), "{live}");
        models.delete("model", Some(1), "ben", 50).await?;
        let gone = models
            .revert("model", "ben", 60)
            .await
            .expect_err("nothing to go back to");
        assert!(matches!(gone, RegistryError::NoFormer(_)), "{gone}");
        models.delete("model", None, "ben", 70).await?;
        assert!(models.list().await?.is_empty());
        assert!(!fixture.folder.path().join("models/model").exists());
        assert_eq!(
            models
                .add(artifact(3), &Standing::Candidate, "ann", 80)
                .await?,
            3,
            "numbers are given once"
        );
        fixture.store.journal().verify_chain().await?;
        Ok(())
    }

    #[tokio::test]
    async fn version_when_it_was_tried_then_scores_only_if_it_passed_and_says_why_not()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let models = registry(&fixture, 5);
        models.add(artifact(1), &Standing::Live, "ann", 10).await?;
        let figures = figures(
            &[],
            TimeRange {
                from_ms: 0,
                to_ms: 1,
            },
            0,
        );
        for (version, verdict) in [(2, TrialVerdict::FindsLess), (3, TrialVerdict::NoWorse)] {
            let held = ModelTrial {
                against: 1,
                verdict,
                challenger: figures.clone(),
                champion: Some(figures.clone()),
            };
            let standing = Standing::Tried(Box::new(held.clone()));
            let added = models.add(artifact(2), &standing, "schedule", 20).await?;
            assert_eq!(added, version);
            let record = models.get("model").await?;
            assert_eq!(record.versions[0].trial, Some(held));
            let live = if verdict.is_passed() { version } else { 1 };
            assert_eq!(record.live_version, Some(live), "{verdict:?}");
        }
        let journal = fixture.store.journal().after(0, 20).await?;
        let held: Vec<_> = journal
            .iter()
            .filter(|entry| entry.draft.kind == EntryKind::ModelHeld)
            .collect();
        assert_eq!(held.len(), 1);
        assert!(held[0].draft.payload.contains("finds_less"));
        Ok(())
    }

    #[tokio::test]
    async fn versions_when_there_are_more_than_are_kept_then_the_oldest_go() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let models = registry(&fixture, 1);
        models.add(artifact(1), &Standing::Live, "ann", 10).await?;
        for at_ms in [20, 30, 40] {
            models
                .add(artifact(2), &Standing::Candidate, "ann", at_ms)
                .await?;
        }
        let versions = models.get("model").await?.versions;
        let versions: Vec<u32> = versions.iter().map(|one| one.version).collect();
        assert_eq!(versions, [4, 1], "the live one and the newest");
        let folders = std::fs::read_dir(fixture.folder.path().join("models/model"))?;
        assert_eq!(folders.count(), 2);
        Ok(())
    }

    #[tokio::test]
    async fn version_when_its_weights_are_broken_then_is_not_promoted() -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let models = registry(&fixture, 5);
        models.add(artifact(1), &Standing::Live, "ann", 10).await?;
        models
            .add(artifact(2), &Standing::Candidate, "ann", 20)
            .await?;
        let weights = fixture.folder.path().join("models/model/2/weights.bin");
        std::fs::write(&weights, b"cut")?;
        let refused = models
            .promote("model", 2, "ann", 30)
            .await
            .expect_err("broken");
        assert!(refused.to_string().contains("cut off"), "{refused}");
        assert_eq!(models.live("model").await?.metadata.version, 1);
        Ok(())
    }

    #[tokio::test]
    async fn models_when_copied_then_score_from_there_and_a_missing_one_leaves_nothing()
    -> anyhow::Result<()> {
        let fixture = Fixture::new().await?;
        let models = registry(&fixture, 5);
        models.add(artifact(1), &Standing::Live, "ann", 10).await?;
        models
            .add(artifact(2), &Standing::Candidate, "ann", 20)
            .await?;
        let home = fixture.folder.path();
        let copy = Registry::new(fixture.store.clone(), home.join("copy"), 5);
        assert_eq!(copy.copy_from(home.join("models")).await?, 2);
        assert_eq!(copy.live("model").await?.metadata.version, 1);
        std::fs::remove_dir_all(home.join("models/model/2"))?;
        let broken = Registry::new(fixture.store.clone(), home.join("broken"), 5);
        let copied = broken.copy_from(home.join("models")).await;
        copied.expect_err("a version is not there");
        assert!(!home.join("broken").exists());
        Ok(())
    }

    #[test]
    fn model_when_exported_and_imported_then_is_the_same_and_half_of_it_is_refused() {
        let artifact = artifact(1);
        let bytes = exported(&artifact).expect("bytes");
        assert_eq!(imported(&bytes).expect("its own"), artifact);
        for broken in [&bytes[..bytes.len() / 2], &bytes[..100], b"\n", b""] {
            imported(broken).expect_err("not whole");
        }
    }
}
