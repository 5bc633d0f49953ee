//! Labels, their canonical text form, and the key made of them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hash::{digest128, hex};

/// The label that carries a metric's name, as in Prometheus.
const NAME: &str = "__name__";

/// Sorted labels of a series; `__name__` is the metric's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Labels(pub BTreeMap<String, String>);

impl Labels {
    /// Labels of a metric with a name.
    pub fn named(name: &str, pairs: &[(&str, &str)]) -> Self {
        let mut labels: BTreeMap<_, _> = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        labels.insert(NAME.to_owned(), name.to_owned());
        Self(labels)
    }

    /// The metric's name; empty if there is none.
    pub fn name(&self) -> &str {
        self.0.get(NAME).map_or("", String::as_str)
    }

    /// The value of a label, if present.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The labels without the name, sorted.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .filter(|(key, _)| *key != NAME)
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// `name{a="x",b="y"}`, labels sorted, values escaped as in `PromQL`: what `source_pattern` matches.
impl fmt::Display for Labels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        let mut separator = '{';
        for (key, value) in self.pairs() {
            write!(f, "{separator}{key}=\"")?;
            for c in value.chars() {
                match c {
                    '\\' => f.write_str("\\\\")?,
                    '"' => f.write_str("\\\"")?,
                    '\n' => f.write_str("\\n")?,
                    c => write!(f, "{c}")?,
                }
            }
            f.write_str("\"")?;
            separator = ',';
        }
        match (separator, self.name()) {
            ('{', "") => f.write_str("{}"),
            ('{', _) => Ok(()),
            _ => f.write_str("}"),
        }
    }
}

/// The reverse of `Display`; nothing when a text was not made by it.
impl FromStr for Labels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("`{text}` is not a series");
        let (name, mut rest) = match text.split_once('{') {
            Some((name, rest)) => (name, rest.strip_suffix('}').ok_or_else(wrong)?),
            None => (text, ""),
        };
        let mut labels = BTreeMap::new();
        if !name.is_empty() {
            labels.insert(NAME.to_owned(), name.to_owned());
        }
        while !rest.is_empty() {
            let (key, after) = rest.split_once("=\"").ok_or_else(wrong)?;
            let (mut value, mut escaped, mut end) = (String::new(), false, None);
            for (at, c) in after.char_indices() {
                match (escaped, c) {
                    (true, 'n') => value.push('\n'),
                    (false, '\\') => {
                        escaped = true;
                        continue;
                    }
                    (false, '"') => {
                        end = Some(at);
                        break;
                    }
                    (_, c) => value.push(c),
                }
                escaped = false;
            }
            labels.insert(key.to_owned(), value);
            let after = &after[end.ok_or_else(wrong)? + 1..];
            rest = match after.strip_prefix(',') {
                Some(more) => more,
                None if after.is_empty() => after,
                None => return Err(wrong()),
            };
        }
        Ok(Self(labels))
    }
}

/// The name of a configured source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct SourceName(pub String);

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for SourceName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// Identity of a series for ever: a 128-bit hash of its source and sorted labels; 32 hexadecimal digits as text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "0f3c9a5b7d1e42860f3c9a5b7d1e4286"))]
pub struct SeriesKey(pub [u8; 16]);

impl SeriesKey {
    /// The key of a source's series.
    pub fn new(source: &SourceName, labels: &Labels) -> Self {
        let mut parts: Vec<&[u8]> = vec![source.0.as_bytes()];
        for (key, value) in &labels.0 {
            parts.push(key.as_bytes());
            parts.push(value.as_bytes());
        }
        Self(digest128(&parts))
    }
}

/// Bytewise, as one number: in Wasm the comparison of an array is a call for each of its bytes, and maps by series
/// are looked into for every sample.
impl Ord for SeriesKey {
    fn cmp(&self, other: &Self) -> Ordering {
        u128::from_be_bytes(self.0).cmp(&u128::from_be_bytes(other.0))
    }
}

impl PartialOrd for SeriesKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl fmt::Debug for SeriesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SeriesKey({self})")
    }
}

impl FromStr for SeriesKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = || format!("`{text}` is not a series key of 32 hexadecimal digits");
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refuse());
        }
        u128::from_str_radix(text, 16)
            .map(|value| Self(value.to_be_bytes()))
            .map_err(|_| refuse())
    }
}

impl Serialize for SeriesKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SeriesKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_when_values_need_escapes_then_escapes_as_promql_does() {
        let labels = Labels::named("up", &[("b", "x\"y\\z\n"), ("a", "1")]);
        assert_eq!(labels.to_string(), r#"up{a="1",b="x\"y\\z\n"}"#);
        assert_eq!(Labels::named("up", &[]).to_string(), "up");
        assert_eq!(Labels::default().to_string(), "{}");
    }

    #[test]
    fn text_when_read_again_then_is_the_labels_it_was_made_of() {
        for labels in [
            Labels::named("up", &[("b", "x\"y\\z\n,={}"), ("a", "")]),
            Labels::named("up", &[]),
            Labels(BTreeMap::from([("a".to_owned(), "1".to_owned())])),
            Labels::default(),
        ] {
            assert_eq!(labels.to_string().parse(), Ok(labels));
        }
        for wrong in ["up{", "up{a}", "up{a=\"}", "up{a=\"1\"b=\"2\"}"] {
            assert!(wrong.parse::<Labels>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn key_when_source_or_label_differs_then_differs() {
        let labels = Labels::named("up", &[("a", "1")]);
        let key = SeriesKey::new(&"prom".into(), &labels);
        assert_ne!(key, SeriesKey::new(&"other".into(), &labels));
        assert_ne!(
            key,
            SeriesKey::new(&"prom".into(), &Labels::named("up", &[("a", "2")]))
        );
        assert_eq!(key.to_string().parse::<SeriesKey>(), Ok(key));
        assert_eq!(
            key.to_string(),
            "902ef357f89f65114b98c6eff4b37d3c",
            "keys are stored for ever and must not change"
        );
    }
}
