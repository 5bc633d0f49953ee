//! The one way in which input is refused: a message and the field it is about.
//!
//! Owns the wording of unknown keys; knows nothing of HTTP or files, which add their own context.

use std::fmt;

use serde::Deserializer;
use serde::de::DeserializeOwned;

/// Why a value was refused, and which field it stood in (`detector.window_samples`; empty for the whole).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FieldError {
    /// Dotted path of the field, as the user wrote it.
    pub field: String,
    /// One sentence that says what is wrong and what is allowed.
    pub message: String,
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.field, self.message)
        }
    }
}

impl FieldError {
    /// Refuses `field` with `message`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }

    /// The same refusal, one level further out: `window` under `detector` is `detector.window`.
    #[must_use]
    pub fn under(mut self, parent: &str) -> Self {
        self.field = match (parent.is_empty(), self.field.is_empty()) {
            (true, _) => self.field,
            (false, true) => parent.to_owned(),
            (false, false) => format!("{parent}.{}", self.field),
        };
        self
    }
}

/// Deserializes `value` and turns a failure into a refusal that names the field.
///
/// # Errors
/// [`FieldError`] with the dotted path of the first offending field.
pub fn from_json<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, FieldError> {
    read(value)
}

/// The same for any self-describing form, such as a query string.
///
/// # Errors
/// [`FieldError`] with the dotted path of the first offending field.
pub fn read<'de, T: DeserializeOwned>(
    deserializer: impl Deserializer<'de>,
) -> Result<T, FieldError> {
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        let path = error.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let message = error.into_inner().to_string();
        match unknown_field(&message) {
            Some((name, expected)) => {
                // Serde reports the path of an unknown key sometimes with and sometimes without the key.
                let parent = path
                    .strip_suffix(name)
                    .unwrap_or(&path)
                    .trim_end_matches('.')
                    .to_owned();
                FieldError::new(name, unknown_key_message(name, &expected)).under(&parent)
            }
            None => match missing_field(&message) {
                Some(name) => FieldError::new(name, "is missing").under(&path),
                None => FieldError::new(path, message),
            },
        }
    })
}

/// Says that `name` is not known, with the nearest of `expected` when one is near.
pub fn unknown_key_message(name: &str, expected: &[&str]) -> String {
    let nearest = expected
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).max(1));
    match nearest {
        Some((_, candidate)) => format!("unknown key `{name}`, did you mean `{candidate}`?"),
        None => format!(
            "unknown key `{name}`, expected one of: {}",
            expected.join(", ")
        ),
    }
}

/// Serde tells the name of a missing field only in its sentence as well.
fn missing_field(message: &str) -> Option<&str> {
    let (name, _) = message.strip_prefix("missing field `")?.split_once('`')?;
    Some(name)
}

/// Takes serde's sentence about an unknown field apart; it is the only place where serde tells the names.
fn unknown_field(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field `")?;
    let (name, rest) = rest.split_once('`')?;
    let expected = rest.split('`').skip(1).step_by(2).collect();
    Some((name, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its name matters here")]
        threshold: f64,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its name matters here")]
        decision: Inner,
    }

    #[test]
    fn unknown_key_when_near_a_known_one_then_suggests_it() {
        let error = from_json::<Outer>(serde_json::json!({"decision": {"treshold": 3.0}}))
            .expect_err("a typo");
        assert_eq!(error.field, "decision.treshold");
        assert_eq!(
            error.message,
            "unknown key `treshold`, did you mean `threshold`?"
        );
    }

    #[test]
    fn missing_key_when_nested_then_is_named() {
        let error = from_json::<Outer>(serde_json::json!({"decision": {}})).expect_err("no key");
        assert_eq!(error.to_string(), "decision.threshold: is missing");
    }

    #[test]
    fn wrong_type_when_nested_then_names_the_path() {
        let error = from_json::<Outer>(serde_json::json!({"decision": {"threshold": "x"}}))
            .expect_err("a string");
        assert_eq!(error.field, "decision.threshold");
    }
}
