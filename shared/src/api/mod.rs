//! Every type that travels over HTTP, and nothing else does.
//!
//! Times are `*_ms: i64` in UTC; units stand in numeric names; keys are `snake_case`.

mod about;
mod anomaly;
mod assist;
mod calendar;
pub mod columns;
mod digest;
mod embed;
mod error;
mod event;
mod explanation;
mod feedback;
mod grafana;
mod journal;
mod lab;
mod label;
mod model;
mod model_job;
mod model_spec;
mod model_trial;
mod mute;
mod notification;
mod pass;
mod push;
mod query;
mod rule;
mod series;
mod source;
mod system;
mod words;

pub use self::about::{BuildInfo, DetectorRecord, LimitsRecord};
pub use self::anomaly::{
    AcceptRequest, AnomalyDetail, AnomalyStats, AssignRequest, BulkAction, BulkOutcome,
    BulkRequest, BulkResponse, DetectReport, JournalRecord, Likeness, ListAnomaliesQuery,
    NoteRequest, SimilarAnomaly, SimilarQuery, SimilarResponse, SnoozeRequest,
};
pub use self::assist::{
    AssistAnswer, AssistCard, AssistRequest, AssistSilence, Attachment, CardOrigin, DiffLine,
    DropReason, DroppedCard, LineChange,
};
pub use self::calendar::{
    CalendarChange, CalendarDraft, CalendarEvent, CalendarRecord, CalendarWindowsQuery, Marker,
    MarkerDraft, Occurrence, OccurrencesQuery, PreviewRequest, PreviewResponse,
};
pub use self::digest::{
    Digest, DigestAnomaly, DigestAnswers, DigestQuery, DigestRule, DigestSilentRule,
};
pub use self::embed::{EmbedCheck, EmbedCheckState, EmbedReport};
pub use self::error::{ErrorBody, ErrorDetail};
pub use self::event::{AnomalyEvent, Event, EventTopic, SampleEvent, SamplePoint, TrainingEvent};
pub use self::explanation::{Explanation, ExplanationPart, Quiet};
pub use self::feedback::{
    AnomalyFeedback, FeedbackAnswer, FeedbackRecord, FeedbackRequest, RuleChange, Suggestion,
    SuggestionCase, SuggestionRequest, SuggestionSaid, SuggestionState,
};
pub use self::grafana::{
    GrafanaAnnotation, GrafanaAnnotationRequest, GrafanaQuery, GrafanaRange, GrafanaSeries,
    GrafanaSeriesRequest, GrafanaTarget,
};
pub use self::journal::{JournalChain, JournalEntry, JournalOrder, JournalQuery};
pub use self::lab::{LabQuery, LabStart};
pub use self::label::{
    LabelDraft, LabelKind, LabelOrigin, LabelRecord, LabelVersion, ListLabelsQuery,
};
pub use self::model::{
    CalibratedThreshold, LossPoint, ModelData, ModelFeature, ModelInputs, ModelMetadata,
    ModelMetrics, ModelRecord, ModelSeries, ModelThresholds, ModelVersion, PromoteRequest,
};
pub use self::model_job::{
    ExplainModelRequest, JobCause, JobRecord, JobState, ModelExplanation, ModelPart, Promotion,
    TrainRequest,
};
pub use self::model_spec::{ModelFeatures, ModelKind, ModelLayout, ModelSize, ModelSpec};
pub use self::model_trial::{
    ColumnDrift, CompareModelsRequest, DriftTest, ModelCheck, ModelComparison, ModelDrift,
    ModelFigures, ModelTrial, RetrainPlan, TrialVerdict,
};
pub use self::mute::{ListMutesQuery, MuteDraft, MuteRecord};
pub use self::notification::{
    ListNotificationsQuery, NoticeEvent, NoticeState, NotificationRecord, NotificationRoute,
    NotificationTest,
};
pub use self::pass::{
    CapabilityRecord, CapabilityRequest, CreatedCapability, CreatedKiosk, KioskRecord,
    KioskRequest, Pairing, PairingState, PairingStatus,
};
pub use self::push::{PushDevice, PushDevices, PushDraft, PushTaken};
pub use self::query::{FormatRequest, FormatResponse, QueryProblem};
pub use self::rule::{
    ParseProblem, ParseResponse, ReplayRequest, ReplaySummary, RevertRequest, RuleRecord, RuleRun,
    RuleVersion, TransitionsQuery, TransitionsResponse, ValidateResponse, WouldHaveFired,
};
pub use self::series::{
    PushRequest, PushResponse, PushSample, SeriesColumns, SeriesQuery, SeriesResponse,
};
pub use self::source::{SourceKind, SourceRecord, SourceState};
pub use self::system::{
    CreatedToken, Health, HealthCheck, Me, Page as ListPage, Role, SessionRequest, StreamTicket,
    TokenRecord, TokenRequest,
};
pub use self::words::{Evidence, MachineSentence, MachineWords};
