//! `notify:` who is told of anomalies, and by what.

mod channel;
mod hours;
mod route;
#[cfg(test)]
mod tests;

pub(crate) use self::channel::Channel;
pub(super) use self::hours::minute_of_day;
pub(crate) use self::route::RouteConfig;

use std::collections::{BTreeMap, BTreeSet};

use hindcast_shared::error::FieldError;
use hindcast_shared::time::Millis;
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

/// Who is told of anomalies, and by what.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NotifyConfig {
    /// Local networks that may be told all the same: `127.0.0.0/8`. Loopback, link-local and clouds' metadata are not.
    #[serde(deserialize_with = "super::http::networks")]
    #[schema(value_type = Vec<String>)]
    pub(crate) allow: Vec<IpNet>,
    /// Networks that must not be told, whatever `allow` says: `10.0.0.0/8`.
    #[serde(deserialize_with = "super::http::networks")]
    #[schema(value_type = Vec<String>)]
    pub(crate) deny: Vec<IpNet>,
    /// Ways to tell somebody; of those that fit the first is taken, unless it says `continue`.
    pub(crate) routes: Vec<RouteConfig>,
}

impl NotifyConfig {
    pub(super) fn check(&self) -> Result<(), FieldError> {
        let mut names = BTreeSet::new();
        for (index, route) in self.routes.iter().enumerate() {
            let under = |error: FieldError| error.under(&format!("routes[{index}]"));
            route.check().map_err(under)?;
            if !names.insert(route.name.as_str()) {
                let message = format!("`{}` is taken already", route.name);
                return Err(under(FieldError::new("name", message)));
            }
        }
        self.escalations()
    }

    /// Escalations lead to routes that there are, and come to an end.
    fn escalations(&self) -> Result<(), FieldError> {
        let next: BTreeMap<&str, &str> = self
            .routes
            .iter()
            .filter_map(|route| Some((route.name.as_str(), route.escalate.as_ref()?.to.as_str())))
            .collect();
        for (index, route) in self.routes.iter().enumerate() {
            let refuse = |message: String| {
                Err(FieldError::new("escalate.to", message).under(&format!("routes[{index}]")))
            };
            let mut at = route.name.as_str();
            for _ in 0..=self.routes.len() {
                let Some(to) = next.get(at) else { break };
                if !self.routes.iter().any(|route| route.name == *to) {
                    return refuse(format!("there is no route `{to}`"));
                }
                if *to == route.name {
                    return refuse("leads back to where it began".to_owned());
                }
                at = to;
            }
        }
        Ok(())
    }
}

/// An address with one of these schemes. The sentence does not repeat it: it may hold a secret.
fn address(text: &str, schemes: &[&str]) -> Result<Url, FieldError> {
    let refuse = |message: String| FieldError::new("url", message);
    let url = Url::parse(text).map_err(|error| refuse(error.to_string()))?;
    if !schemes.contains(&url.scheme()) || url.host_str().is_none_or(str::is_empty) {
        let known: Vec<_> = schemes.iter().map(|one| format!("{one}://")).collect();
        return Err(refuse(format!("must begin with {}", known.join(" or "))));
    }
    Ok(url)
}

fn between(field: &str, value: Millis, least_ms: i64, most_ms: i64) -> Result<(), FieldError> {
    if (least_ms..=most_ms).contains(&value.ms()) {
        return Ok(());
    }
    let message = format!(
        "must lie between {} and {}",
        Millis::new(least_ms),
        Millis::new(most_ms)
    );
    Err(FieldError::new(field, message))
}
