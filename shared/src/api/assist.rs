//! Proposals for a draft, on the wire.

use serde::{Deserialize, Serialize};

use crate::profile::Said;
use crate::rule::RuleDraft;
use crate::study::Outcome;

/// Body of `POST /api/v1/assist`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AssistRequest {
    /// The draft that is to become better.
    pub rule: RuleDraft,
    /// Beginning of the range over which everything is replayed, in the grammar of times.
    pub from: String,
    /// End.
    pub to: String,
    /// What is wanted, in words, at most 2,000 characters; nothing asks no model.
    #[serde(default)]
    pub wish: String,
    /// Texts that are to be considered; at most 4.
    #[serde(default)]
    pub attachments: Vec<Attachment>,
    /// Pages a week that the search allows; 2 unless given.
    #[serde(default)]
    pub most_pages_per_week: Option<f64>,
    /// Language in which a model is asked to write: `en`, `ko` or `ru`; English unless given.
    #[serde(default)]
    pub lang: Option<String>,
}

/// A text beside a wish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// How it is called; at most 100 characters.
    pub name: String,
    /// The text; at most 16 KiB.
    pub text: String,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssistAnswer {
    /// The model that is configured; none where none is.
    pub model: Option<String>,
    /// Why it proposed nothing at all; none where it was not asked, or did.
    pub silence: Option<AssistSilence>,
    /// What comes of the draft as it is.
    pub before: Outcome,
    /// The proposals, each replayed.
    pub cards: Vec<AssistCard>,
    /// What a model proposed and is not shown.
    pub dropped: Vec<DroppedCard>,
}

/// Why a model proposed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AssistSilence {
    /// Its answer did not come in time.
    Timeout,
    /// Nobody is there, or an error was answered.
    Unreachable,
    /// The answer is not what was asked for.
    Unreadable,
}

/// Who proposes something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum CardOrigin {
    /// A language model.
    Model,
    /// The search for a setting within a budget of pages.
    Search,
    /// What kind of series it is.
    Profile,
}

/// One change of the draft and what comes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AssistCard {
    /// Who proposes it.
    pub origin: CardOrigin,
    /// What a model calls it; empty for others.
    pub title: String,
    /// Why, in a model's words; empty for others.
    pub why: String,
    /// Why, where it follows from the kind of the series.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Object>))]
    pub said: Option<Said>,
    /// The changed draft.
    pub rule: RuleDraft,
    /// What changes in the draft as YAML; lines that stay stand only around it.
    pub diff: Vec<DiffLine>,
    /// What comes of it.
    pub after: Outcome,
}

/// A line of a text that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DiffLine {
    /// What becomes of it.
    pub change: LineChange,
    /// The line.
    pub text: String,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LineChange {
    /// It stays.
    Same,
    /// It goes.
    Removed,
    /// It comes.
    Added,
}

/// A proposal that is not shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DroppedCard {
    /// What the model called it, if that can be shown.
    pub title: String,
    /// Why.
    pub why: DropReason,
    /// What exactly: the field with its fault, or the number.
    pub detail: String,
}

/// Why a proposal is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// Its words are empty, too long, or not plain text.
    Text,
    /// It cites a number that was not in the evidence.
    Number,
    /// It changes what a proposal may not change.
    Field,
    /// The changed rule is not valid.
    Invalid,
    /// It changes nothing, or what another one changes already.
    Nothing,
    /// It could not be replayed in time.
    NotReplayed,
}
