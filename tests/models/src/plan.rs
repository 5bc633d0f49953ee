//! What is to be done, in which order: first what is most worth knowing.

use anyhow::{Result, bail};
use hindcast_shared::api::ModelKind;

use crate::data::Labelled;

/// The golden ratio less one: multiples of it fall ever anew into the widest gap.
const EVENLY: f64 = 0.618_033_988_749_895;

/// Who scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Hindcast.
    Ours,
    /// The same algorithm by another library.
    Twin,
}

/// What scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// A full model.
    Model(ModelKind),
    /// The detector `auto`, which sees the past only: the oddest series decides.
    AutoLive,
    /// The same, which sees the whole series.
    AutoFull,
}

impl Method {
    /// As tables and results call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Model(kind) => kind.as_str(),
            Self::AutoLive => "auto_live",
            Self::AutoFull => "auto_full",
        }
    }

    /// Everything that is measured; what learns at once comes first.
    pub(crate) fn all() -> Vec<Self> {
        let mut kinds = ModelKind::ALL.to_vec();
        kinds.sort_by_key(|kind| is_network(*kind));
        let detectors = [Self::AutoLive, Self::AutoFull];
        detectors
            .into_iter()
            .chain(kinds.into_iter().map(Self::Model))
            .collect()
    }

    /// Whether another library has it on the same windows.
    pub(crate) fn twin(self) -> Option<&'static str> {
        match self {
            Self::Model(ModelKind::IsolationForest | ModelKind::OneClassSvm) => {
                Some("scikit-learn")
            }
            Self::Model(kind) if is_network(kind) => Some("PyTorch"),
            _ => None,
        }
    }

    pub(crate) fn is_slow(self) -> bool {
        matches!(self, Self::Model(kind) if is_network(kind))
    }
}

fn is_network(kind: ModelKind) -> bool {
    use ModelKind::{Autoencoder, LstmAutoencoder, TcnAutoencoder, Vae};
    matches!(kind, Autoencoder | Vae | LstmAutoencoder | TcnAutoencoder)
}

/// One thing to measure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) method: Method,
    pub(crate) side: Side,
    /// Place of the file in the list.
    pub(crate) file: usize,
}

impl Job {
    /// Under which its result is kept.
    pub(crate) fn key(&self, file: &Labelled) -> String {
        key(self.method, self.side, file)
    }
}

pub(crate) fn key(method: Method, side: Side, file: &Labelled) -> String {
    let side = match side {
        Side::Ours => "ours",
        Side::Twin => "twin",
    };
    format!("{}/{} {side} {}", file.set, file.name, method.name())
}

/// What somebody asked for.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) minutes: Option<u64>,
    pub(crate) report: bool,
    pub(crate) times: bool,
    side: Option<Side>,
    methods: Vec<Method>,
    files: Vec<String>,
}

impl Wishes {
    /// # Errors
    /// The minutes are no number.
    pub(crate) fn read(words: &str) -> Result<Self> {
        let mut wishes = Self::default();
        for word in words.split_whitespace() {
            let method = Method::all()
                .into_iter()
                .find(|method| method.name() == word);
            match (word, method) {
                (_, Some(method)) => wishes.methods.push(method),
                ("report", _) => wishes.report = true,
                ("times", _) => wishes.times = true,
                ("ours", _) => wishes.side = Some(Side::Ours),
                ("twin", _) => wishes.side = Some(Side::Twin),
                _ => match word.strip_prefix("minutes=").map(str::parse) {
                    Some(Ok(minutes)) => wishes.minutes = Some(minutes),
                    Some(Err(_)) => bail!("`{word}`: minutes are a whole number"),
                    None => wishes.files.push(word.to_owned()),
                },
            }
        }
        Ok(wishes)
    }

    pub(crate) fn wants(&self, method: Method) -> bool {
        self.methods.is_empty() || self.methods.contains(&method)
    }

    fn wants_file(&self, file: &Labelled) -> bool {
        let name = format!("{}/{}", file.set, file.name);
        self.files.is_empty() || self.files.iter().any(|part| name.contains(part.as_str()))
    }
}

/// Many columns before one, what is quick before what is slow; of the files of a set, any beginning is spread evenly.
pub(crate) fn jobs(wishes: &Wishes, files: &[Labelled]) -> Vec<Job> {
    let mut order: Vec<usize> = (0..files.len()).collect();
    order.sort_by(|a, b| {
        let part = |at: usize| (at as f64 * EVENLY).fract();
        part(*a).total_cmp(&part(*b))
    });
    let mut jobs = Vec::new();
    for set in ["multivariate", "univariate"] {
        for slow in [false, true] {
            for at in order.iter().filter(|at| files[**at].set == set) {
                for method in Method::all() {
                    if method.is_slow() != slow || !wishes.wants(method) {
                        continue;
                    }
                    for side in [Side::Ours, Side::Twin] {
                        let exists = side == Side::Ours || method.twin().is_some();
                        let wanted = wishes.side.is_none_or(|only| only == side);
                        if exists && wanted && wishes.wants_file(&files[*at]) {
                            let file = *at;
                            jobs.push(Job { method, side, file });
                        }
                    }
                }
            }
        }
    }
    jobs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(set: &'static str, name: &str) -> Labelled {
        Labelled {
            set,
            name: name.to_owned(),
            path: std::path::PathBuf::new(),
            columns: Vec::new(),
            label: Vec::new(),
            train_rows: 0,
            window: 1,
        }
    }

    #[test]
    fn jobs_when_nothing_is_named_then_are_all_with_what_is_quick_and_has_many_columns_first() {
        let files = [file("univariate", "A_1"), file("multivariate", "B_1")];
        let jobs = jobs(&Wishes::default(), &files);
        let twins = jobs.iter().filter(|job| job.side == Side::Twin).count();
        assert_eq!((jobs.len(), twins), (2 * (11 + 6), 2 * 6));
        let order: Vec<(usize, bool)> = jobs
            .iter()
            .map(|job| (1 - job.file, job.method.is_slow()))
            .collect();
        assert!(order.is_sorted());
    }

    #[test]
    fn wishes_when_words_are_given_then_narrow_down_and_a_wrong_number_is_refused() -> Result<()> {
        let files = [file("univariate", "NASA_1"), file("multivariate", "SMD_1")];
        let wishes = Wishes::read("pca vae ours NASA minutes=5")?;
        assert_eq!(wishes.minutes, Some(5));
        let names: Vec<String> = jobs(&wishes, &files)
            .iter()
            .map(|job| job.key(&files[job.file]))
            .collect();
        assert_eq!(
            names,
            ["univariate/NASA_1 ours pca", "univariate/NASA_1 ours vae"]
        );
        assert!(Wishes::read("minutes=soon").is_err());
        Ok(())
    }
}
