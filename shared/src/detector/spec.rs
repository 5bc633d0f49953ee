//! A detector with its parameters, checked against its table.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::about::{ParamKind, ParamSpec};
use super::registry::DetectorKind;
use crate::error::{FieldError, unknown_key_message};

/// A detector with parameters that are known to be in range; the threshold is not among them, it lives in
/// the decision. Written as `{ kind: zscore, window_samples: 240, … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct DetectorSpec {
    kind: DetectorKind,
    /// In the order of the kind's table; a choice is the index of its word.
    values: Vec<f64>,
}

impl DetectorSpec {
    /// A detector with every parameter at its default.
    pub fn new(kind: DetectorKind) -> Self {
        let values = kind.params().iter().map(|param| param.default).collect();
        Self { kind, values }
    }

    /// Which detector it is.
    pub fn kind(&self) -> DetectorKind {
        self.kind
    }

    /// The value of a parameter; its own default if this kind does not have it.
    pub fn number(&self, param: &ParamSpec) -> f64 {
        self.position(param.name)
            .map_or(param.default, |at| self.values[at])
    }

    /// The value of a whole number.
    pub fn integer(&self, param: &ParamSpec) -> u32 {
        self.number(param) as u32
    }

    /// The index of the chosen word.
    pub fn choice(&self, param: &ParamSpec) -> usize {
        self.number(param) as usize
    }

    /// Samples of history that the detector looks at; none for a fixed limit.
    pub fn lookback_samples(&self) -> usize {
        self.position("window_samples")
            .map_or(0, |at| self.values[at] as usize)
    }

    /// Sets one parameter from its written form.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), FieldError> {
        let Some(at) = self.position(name) else {
            return Err(FieldError::new(name, self.unknown(name)));
        };
        let param = &self.kind.params()[at];
        self.values[at] = read(param, value).map_err(|message| FieldError::new(name, message))?;
        Ok(())
    }

    /// Reads `{ kind: zscore, window_samples: 240 }`.
    ///
    /// # Errors
    /// [`FieldError`] that names the parameter that is unknown, of the wrong type or out of range.
    pub fn from_json(value: Value) -> Result<Self, FieldError> {
        let Value::Object(mut map) = value else {
            return Err(FieldError::new(
                "",
                "expected a detector such as { kind: zscore, window_samples: 240 }",
            ));
        };
        let kind = map
            .remove("kind")
            .ok_or_else(|| FieldError::new("kind", format!("missing; one of {}", kinds())))?;
        let kind = kind.as_str().and_then(DetectorKind::named).ok_or_else(|| {
            FieldError::new("kind", format!("not a detector; one of {}", kinds()))
        })?;
        Self::with_params(kind, &map)
    }

    /// A detector with some parameters given and the others at their defaults.
    ///
    /// # Errors
    /// As for [`DetectorSpec::from_json`].
    pub fn with_params(kind: DetectorKind, given: &Map<String, Value>) -> Result<Self, FieldError> {
        let mut spec = Self::new(kind);
        for (name, value) in given {
            spec.set(name, value)?;
        }
        spec.check_together()
    }

    fn check_together(mut self) -> Result<Self, FieldError> {
        let (Some(least), Some(window)) = (
            self.position("min_samples"),
            self.position("window_samples"),
        ) else {
            return Ok(self);
        };
        let default = self.kind.params()[least].default;
        let longest = self.values[window];
        if self.values[least] > longest {
            // A default gives way to a short window; what somebody wrote is an error.
            if self.values[least].to_bits() != default.to_bits() {
                let message = format!("must not exceed window_samples ({longest})");
                return Err(FieldError::new("min_samples", message));
            }
            self.values[least] = longest;
        }
        Ok(self)
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.kind
            .params()
            .iter()
            .position(|param| param.name == name)
    }

    fn unknown(&self, name: &str) -> String {
        let known: Vec<&str> = self.kind.params().iter().map(|param| param.name).collect();
        if known.is_empty() {
            let kind = self.kind.as_str();
            format!("`{kind}` has no parameter `{name}`; all it has is decision.threshold")
        } else {
            unknown_key_message(name, &known)
        }
    }

    /// The parameters in their written form, by name.
    pub fn params(&self) -> BTreeMap<&'static str, Value> {
        self.written().collect()
    }

    /// The whole in its written form.
    pub fn to_json(&self) -> Value {
        let kind = ("kind", Value::from(self.kind.as_str()));
        let all = std::iter::once(kind).chain(self.written());
        all.map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn written(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let params = self.kind.params().iter().zip(&self.values);
        params.map(|(param, value)| {
            let written = match param.kind {
                ParamKind::Number => Value::from(*value),
                ParamKind::Integer => Value::from(*value as i64),
                ParamKind::Choice(words) => Value::from(words[*value as usize]),
            };
            (param.name, written)
        })
    }
}

/// A parameter's value from its written form.
fn read(param: &ParamSpec, value: &Value) -> Result<f64, String> {
    if let ParamKind::Choice(words) = param.kind {
        let word = value.as_str().unwrap_or_default();
        let index = words.iter().position(|each| *each == word);
        return index
            .map(|index| index as f64)
            .ok_or_else(|| format!("must be one of {}", words.join(", ")));
    }
    let number = value.as_f64().ok_or("must be a number")?;
    if !(param.min..=param.max).contains(&number) {
        return Err(format!("must lie between {} and {}", param.min, param.max));
    }
    if param.kind == ParamKind::Integer && number.fract() != 0.0 {
        return Err("must be a whole number".to_owned());
    }
    Ok(number)
}

fn kinds() -> String {
    DetectorKind::ALL.map(DetectorKind::as_str).join(", ")
}

impl Serialize for DetectorSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.values.len() + 1))?;
        map.serialize_entry("kind", self.kind.as_str())?;
        for (name, value) in self.written() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kind_when_written_then_is_its_word() {
        for kind in DetectorKind::ALL {
            assert_eq!(json!(kind), json!(kind.as_str()));
        }
    }

    #[test]
    fn table_when_read_then_every_default_is_in_its_range() {
        for kind in DetectorKind::ALL {
            let about = kind.about();
            for param in about.params {
                assert!(
                    (param.min..=param.max).contains(&param.default),
                    "{} {}",
                    about.name,
                    param.name
                );
                assert!(param.step > 0.0 && !param.help.is_empty() && !param.label.is_empty());
            }
        }
    }

    #[test]
    fn spec_when_written_and_read_then_is_the_same() {
        for kind in DetectorKind::ALL {
            let spec = DetectorSpec::new(kind);
            assert_eq!(DetectorSpec::from_json(json!(spec)), Ok(spec));
        }
    }

    #[test]
    fn parameter_when_wrong_then_is_named() {
        let field = |value| DetectorSpec::from_json(value).map_err(|error| error.field);
        for (value, name) in [
            (
                json!({"kind": "zscore", "window_samples": 0}),
                "window_samples",
            ),
            (
                json!({"kind": "zscore", "window_samples": 10.5}),
                "window_samples",
            ),
            (
                json!({"kind": "zscore", "window_samples": "ten"}),
                "window_samples",
            ),
            (
                json!({"kind": "zscore", "window_samples": 20, "min_samples": 21}),
                "min_samples",
            ),
            (json!({"kind": "iqr", "quartiles": "halves"}), "quartiles"),
            (json!({"kind": "magic"}), "kind"),
        ] {
            assert_eq!(field(value), Err(name.to_owned()));
        }
    }
}
