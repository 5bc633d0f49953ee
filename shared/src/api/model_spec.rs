//! What a full model is to be made of: the algorithm, its series, its windows.

use serde::{Deserialize, Serialize};

use super::model_trial::RetrainPlan;
use crate::error::FieldError;
use crate::rule::RuleId;
use crate::series::SourceName;
use crate::time::Millis;

/// Longest window, in samples.
const MAX_WINDOW: u32 = 1_024;

/// Most earlier values beside each value.
const MAX_LAGS: usize = 16;

/// Which algorithm a model is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelKind {
    /// Random cuts that set odd windows apart early.
    IsolationForest,
    /// The smallest region that holds nearly all windows.
    OneClassSvm,
    /// What the main directions of the windows cannot tell.
    Pca,
    /// Distance to the nearest centre of the windows.
    KMeans,
    /// Distance to the nearest window of a dense neighbourhood.
    Dbscan,
    /// What a network cannot tell again from a few numbers.
    Autoencoder,
    /// The same, where these numbers are a cloud.
    Vae,
    /// The same by recurrent layers.
    LstmAutoencoder,
    /// The same by convolutions over time.
    TcnAutoencoder,
}

impl ModelKind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::IsolationForest,
        Self::OneClassSvm,
        Self::Pca,
        Self::KMeans,
        Self::Dbscan,
        Self::Autoencoder,
        Self::Vae,
        Self::LstmAutoencoder,
        Self::TcnAutoencoder,
    ];

    /// Its name in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IsolationForest => "isolation_forest",
            Self::OneClassSvm => "one_class_svm",
            Self::Pca => "pca",
            Self::KMeans => "k_means",
            Self::Dbscan => "dbscan",
            Self::Autoencoder => "autoencoder",
            Self::Vae => "vae",
            Self::LstmAutoencoder => "lstm_autoencoder",
            Self::TcnAutoencoder => "tcn_autoencoder",
        }
    }
}

/// How large a model is: more finds more and costs more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelSize {
    /// Minutes on two cores.
    #[default]
    Small,
    /// Several times that.
    Base,
    /// As large as is of use.
    Large,
}

/// What a model is made of several series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelLayout {
    /// Each series is scored for itself, by one model of them all.
    #[default]
    Each,
    /// All series together make one window: one score for the whole.
    Joint,
}

/// What a model sees of each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelFeatures {
    /// Its value, with lags and gaps.
    #[default]
    Samples,
    /// 98 features of a device, whose series have the same labels and names such as `event_count`.
    Device,
}

/// What is to be trained, on what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Its name: lower-case letters, digits and dashes.
    pub name: String,
    /// The algorithm.
    pub kind: ModelKind,
    /// Name of the source of its series.
    pub source: SourceName,
    /// Query that picks them.
    pub query: String,
    /// Glob over the series' text forms; all unless given.
    #[serde(default)]
    pub series_pattern: Option<String>,
    /// Distance between two samples.
    #[serde(default = "minute")]
    pub step: Millis,
    /// How far back training looks.
    #[serde(default = "month")]
    pub history: Millis,
    /// What is made of several series.
    #[serde(default)]
    pub layout: ModelLayout,
    /// What is seen of each sample.
    #[serde(default)]
    pub features: ModelFeatures,
    /// Samples of a window, 1 to 1,024.
    #[serde(default = "two_dozen")]
    pub window_samples: u32,
    /// Samples from one training window to the next.
    #[serde(default = "one")]
    pub stride_samples: u32,
    /// Earlier values that stand beside each value, in samples before it.
    #[serde(default)]
    pub lags_samples: Vec<u32>,
    /// Whether the time of the day and the day of the week are columns.
    #[serde(default)]
    pub calendar: bool,
    /// Name of the time zone in which these are meant.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// Share of the newest windows by which the thresholds are set, and from which nothing is learned; 0.05 to 0.5.
    #[serde(default = "a_fifth")]
    pub validation: f64,
    /// Share of the training windows that may be odd; 0.001 to 0.5. Only some algorithms ask.
    #[serde(default = "one_in_a_hundred")]
    pub contamination: f64,
    /// How large it is.
    #[serde(default)]
    pub size: ModelSize,
    /// Whether the samples of a window look at each other by attention; only `tcn_autoencoder` can.
    #[serde(default)]
    pub attention: bool,
    /// Most rounds of training of what learns in rounds, 1 to 1,000; it stops earlier where nothing is gained.
    #[serde(default = "fifty")]
    pub epochs: u32,
    /// Seed of everything that is drawn at random.
    #[serde(default = "seven")]
    pub seed: u64,
    /// When it is trained anew.
    #[serde(default, skip_serializing_if = "RetrainPlan::is_empty")]
    pub retrain: RetrainPlan,
}

impl ModelSpec {
    /// A model of some series, all else as it is unless said.
    pub fn new(
        name: impl Into<String>,
        kind: ModelKind,
        source: SourceName,
        query: impl Into<String>,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            source,
            query: query.into(),
            series_pattern: None,
            step: minute(),
            history: month(),
            layout: ModelLayout::default(),
            features: ModelFeatures::default(),
            window_samples: two_dozen(),
            stride_samples: one(),
            lags_samples: Vec::new(),
            calendar: false,
            time_zone: utc(),
            validation: a_fifth(),
            contamination: one_in_a_hundred(),
            size: ModelSize::default(),
            attention: false,
            epochs: fifty(),
            seed: seven(),
            retrain: RetrainPlan::default(),
        }
    }

    /// Whether every field is within its bounds.
    ///
    /// # Errors
    /// [`FieldError`] with the first field that is not.
    pub fn check(&self) -> Result<(), FieldError> {
        self.name.parse::<RuleId>().map_err(|_| {
            let message = "use lower-case letters, digits and dashes, at most 64";
            FieldError::new("name", message)
        })?;
        if self.query.trim().is_empty() {
            return Err(FieldError::new("query", "must not be empty"));
        }
        let bounds = |field: &str, fine: bool, message: String| {
            if fine {
                Ok(())
            } else {
                Err(FieldError::new(field, message))
            }
        };
        bounds(
            "step",
            self.step.ms() >= 1_000,
            "must be at least 1s".into(),
        )?;
        bounds(
            "window_samples",
            (1..=MAX_WINDOW).contains(&self.window_samples),
            format!("must be from 1 to {MAX_WINDOW}"),
        )?;
        bounds(
            "stride_samples",
            (1..=MAX_WINDOW).contains(&self.stride_samples),
            format!("must be from 1 to {MAX_WINDOW}"),
        )?;
        let lags = &self.lags_samples;
        bounds(
            "lags_samples",
            lags.len() <= MAX_LAGS && lags.iter().all(|lag| (1..=100_000).contains(lag)),
            format!("must be at most {MAX_LAGS} numbers from 1 to 100000"),
        )?;
        bounds(
            "lags_samples",
            lags.is_empty() || self.features == ModelFeatures::Samples,
            "features of devices look back by themselves and have no lags: leave them out".into(),
        )?;
        bounds(
            "history",
            self.history.ms() > self.step.ms() * i64::from(self.window_samples),
            "must be longer than a window".into(),
        )?;
        bounds(
            "validation",
            (0.05..=0.5).contains(&self.validation),
            "must be from 0.05 to 0.5".into(),
        )?;
        bounds(
            "contamination",
            (0.001..=0.5).contains(&self.contamination),
            "must be from 0.001 to 0.5".into(),
        )?;
        bounds(
            "epochs",
            (1..=1_000).contains(&self.epochs),
            "must be from 1 to 1000".into(),
        )?;
        bounds(
            "attention",
            !self.attention || self.kind == ModelKind::TcnAutoencoder,
            "only tcn_autoencoder has it".into(),
        )?;
        self.retrain.check()
    }
}

fn minute() -> Millis {
    Millis::from_secs(60)
}
fn month() -> Millis {
    Millis::from_secs(30 * 86_400)
}
fn two_dozen() -> u32 {
    24
}
fn one() -> u32 {
    1
}
fn utc() -> String {
    "UTC".to_owned()
}
fn a_fifth() -> f64 {
    0.2
}
fn one_in_a_hundred() -> f64 {
    0.01
}
fn fifty() -> u32 {
    50
}
fn seven() -> u64 {
    7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ModelSpec {
        ModelSpec::new(
            "cpu-forest",
            ModelKind::IsolationForest,
            SourceName("demo".to_owned()),
            "cpu",
        )
    }

    #[test]
    fn spec_when_written_with_what_must_be_then_has_the_rest() {
        let text =
            r#"{"name":"cpu-forest","kind":"isolation_forest","source":"demo","query":"cpu"}"#;
        let read: ModelSpec = serde_json::from_str(text).expect("enough");
        assert_eq!(read, spec());
        read.check().expect("good");
    }

    #[test]
    fn spec_when_a_field_is_out_of_bounds_then_is_refused_by_name() {
        type Change = fn(&mut ModelSpec);
        let wrong: [(&str, Change); 11] = [
            ("name", |spec| spec.name = "Not A Slug".to_owned()),
            ("query", |spec| spec.query = " ".to_owned()),
            ("step", |spec| spec.step = Millis::new(10)),
            ("window_samples", |spec| spec.window_samples = 0),
            ("stride_samples", |spec| spec.stride_samples = 0),
            ("lags_samples", |spec| spec.lags_samples = vec![0]),
            ("lags_samples", |spec| {
                (spec.lags_samples, spec.features) = (vec![3], ModelFeatures::Device);
            }),
            ("history", |spec| spec.history = Millis::from_secs(60)),
            ("validation", |spec| spec.validation = f64::NAN),
            ("epochs", |spec| spec.epochs = 0),
            ("attention", |spec| spec.attention = true),
        ];
        for (field, change) in wrong {
            let mut spec = spec();
            change(&mut spec);
            assert_eq!(spec.check().expect_err(field).field, field);
        }
    }
}
