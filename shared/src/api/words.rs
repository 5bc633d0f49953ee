//! What a machine has written, on the wire.

use serde::{Deserialize, Serialize};

/// Sentences about an anomaly by a language model, each of which names what it rests on. They were checked: what could
/// not be found in the evidence was dropped as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineWords {
    /// Which model.
    pub model: String,
    /// In which language: `en`, `ko` or `ru`.
    pub lang: String,
    /// When.
    pub at_ms: i64,
    /// What it wrote.
    pub sentences: Vec<MachineSentence>,
    /// What it was given.
    pub evidence: Vec<Evidence>,
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MachineSentence {
    /// The sentence.
    pub text: String,
    /// Ids of the evidence that it rests on.
    pub evidence: Vec<String>,
}

/// Something that is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// Its id: `E1`.
    pub id: String,
    /// What is known.
    pub text: String,
}

impl MachineWords {
    /// The sentences, one after the other.
    pub fn text(&self) -> String {
        let texts: Vec<&str> = self.sentences.iter().map(|one| one.text.as_str()).collect();
        texts.join(" ")
    }
}
