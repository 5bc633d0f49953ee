//! Values that several sections use, each impossible to hold a wrong content.

use std::fmt;
use std::str::FromStr;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::ToSchema;

/// A text that is never printed: `***` in every form but [`Secret::reveal`].
#[derive(Clone, ToSchema)]
#[schema(value_type = String, example = "***")]
pub(crate) struct Secret(SecretString);

impl Secret {
    pub(crate) fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub(crate) fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text.is_empty() {
            return Err(D::Error::custom("must not be empty"));
        }
        Ok(Self::new(text))
    }
}

/// Where the product lives under its host: `/`, or `/ml/`; always with both slashes.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "/ml/")]
pub(crate) struct BasePath(String);

impl BasePath {
    /// With the slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the slash at the end: empty for the root.
    pub(crate) fn prefix(&self) -> &str {
        self.0.trim_end_matches('/')
    }
}

impl Default for BasePath {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl FromStr for BasePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse = || format!("`{text}` is not a path; write for example /ml/");
        let inner = text.strip_prefix('/').ok_or_else(refuse)?;
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self::default());
        }
        let fine = |segment: &str| {
            !segment.is_empty()
                && segment != "."
                && segment != ".."
                && segment
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
        };
        if !inner.split('/').all(fine) {
            return Err(refuse());
        }
        Ok(Self(format!("/{inner}/")))
    }
}

/// A web origin: scheme, host and port, such as `https://grafana.example.com`.
#[derive(Debug, Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, example = "https://grafana.example.com")]
pub(crate) struct Origin(String);

impl Origin {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let refuse =
            || format!("`{text}` is not an origin; write for example https://grafana.example.com");
        let url = url::Url::parse(text).map_err(|_| refuse())?;
        let bare =
            matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !bare || !url.username().is_empty() {
            return Err(refuse());
        }
        Ok(Self(url.origin().ascii_serialization()))
    }
}

/// Text forms read through [`FromStr`], so that the sentence of refusal is written once.
macro_rules! serde_by_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(D::Error::custom)
            }
        }
    };
}

serde_by_text!(BasePath);
serde_by_text!(Origin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secret_when_printed_in_any_form_then_is_stars() {
        let secret = Secret::new("hunter2".to_owned());
        assert_eq!(format!("{secret:?}"), "***");
        assert_eq!(serde_json::to_string(&secret).expect("text"), "\"***\"");
    }

    #[test]
    fn base_path_when_written_loosely_then_has_both_slashes() {
        let path = |text: &str| text.parse::<BasePath>().map(|path| path.0);
        assert_eq!(path("/ml"), Ok("/ml/".to_owned()));
        assert_eq!(path("/a/b/"), Ok("/a/b/".to_owned()));
        assert_eq!(path("/"), Ok("/".to_owned()));
        assert!(path("ml").is_err() && path("//").is_ok() && path("/a//b").is_err());
        assert!(path("/../x").is_err() && path("/<x>/").is_err());
    }

    #[test]
    fn origin_when_it_has_more_than_an_origin_then_is_refused() {
        assert!("https://a.example/path".parse::<Origin>().is_err());
        assert!("ftp://a.example".parse::<Origin>().is_err());
        assert!("*".parse::<Origin>().is_err());
        let origin = "https://A.example:443/".parse::<Origin>();
        assert_eq!(
            origin.map(|origin| origin.0),
            Ok("https://a.example".to_owned())
        );
    }
}
