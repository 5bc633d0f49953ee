//! Web push: the browsers that people have asked to be told by, through the push service of each browser's maker.
//!
//! One message of the outbox goes to every browser; which ones it has reached is written down, so that a repetition
//! reaches the others only. A browser that is gone is let go. Nobody on the way can read what is said.

mod encrypt;
mod vapid;

#[cfg(test)]
pub(super) use self::encrypt::testing::Browser;

use std::time::Duration;

use futures::StreamExt as _;
use hindcast_shared::api::{PushDevices, PushDraft};
use hindcast_shared::hash::hex;
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use ulid::Ulid;
use url::{Host, Url};

use self::vapid::Vapid;
use super::bundle::Bundle;
use super::channel::{Outgoing, cut};
use super::guard::check_literal;
use super::send::{Outcome, judged, reason};
use super::{Notify, Route};
use crate::base64::read_base64url;
use crate::config::Channel;
use crate::error::{ApiError, ApiResult};
use crate::store::{StoreResult, Subscription};

/// Name of the key, among the store's secrets.
const KEY: &str = "push key";

/// How long a push service keeps what it cannot deliver yet, in seconds.
const KEEP_S: u32 = 86_400;

/// Browsers that are told at the same time.
const AT_A_TIME: usize = 8;

/// Most browsers.
const MOST: u32 = 1_000;

/// What became of one browser.
enum Told {
    Reached,
    Gone,
    Missed(String, Option<Duration>),
}

impl Notify {
    /// Tells every browser that a message has not reached yet.
    pub(super) async fn push(&self, route: &Route, bundle: &Bundle, key: &str) -> Outcome {
        match self.pushed(route, bundle, key).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::Again {
                why: format!("the list of browsers cannot be read: {error}"),
                after: None,
            },
        }
    }

    async fn pushed(&self, route: &Route, bundle: &Bundle, key: &str) -> StoreResult<Outcome> {
        let devices = self.store.push_devices();
        if devices.count().await? == 0 {
            let why = "no browser has asked to be told; the page of notifications has the button";
            return Ok(Outcome::Refused(why.to_owned()));
        }
        let vapid = self.vapid().await?;
        let text = text(bundle);
        let mut telling = futures::stream::iter(devices.not_reached(key).await?)
            .map(|device| {
                let (vapid, text) = (&vapid, text.as_bytes());
                async move {
                    let told = self.tell_browser(route, &device, text, bundle, vapid).await;
                    (device, told)
                }
            })
            .buffer_unordered(AT_A_TIME);
        let (mut reached, mut missed, mut longest) = (0, Vec::new(), None);
        while let Some((device, told)) = telling.next().await {
            match told {
                Told::Reached => {
                    reached += 1;
                    devices.reached(&device.id, key, self.now_ms()).await?;
                }
                Told::Gone => {
                    tracing::info!(device = device.id, "a browser is gone, and is told no more");
                    devices.delete(&device.id).await?;
                }
                Told::Missed(why, after) => {
                    devices.missed(&device.id, &why).await?;
                    longest = longest.max(after);
                    missed.push(why);
                }
            }
        }
        if let Some(why) = missed.first() {
            return Ok(Outcome::Again {
                why: format!("{} of {}: {why}", missed.len(), missed.len() + reached),
                after: longest,
            });
        }
        devices.forget(key).await?;
        Ok(Outcome::Arrived(format!("browsers: {reached}")))
    }

    async fn tell_browser(
        &self,
        route: &Route,
        device: &Subscription,
        text: &[u8],
        bundle: &Bundle,
        vapid: &Vapid,
    ) -> Told {
        let missed = |why: &str| Told::Missed(why.to_owned(), None);
        let Ok(url) = Url::parse(&device.endpoint) else {
            return missed("its address cannot be read");
        };
        if let Err(why) = check_literal(&url, &route.rules) {
            return Told::Missed(why, None);
        }
        let Ok(body) = encrypt::encrypted(text, &device.p256dh, &device.auth) else {
            return missed("its key cannot be used");
        };
        let now_ms = self.now_ms();
        let contact = self
            .public_url
            .as_ref()
            .filter(|url| url.scheme() == "https");
        let Some(word) = vapid.header(&url, contact.map(Url::as_str), now_ms) else {
            return missed("the server's own key cannot be used");
        };
        let lead = bundle.lead();
        // What has not been delivered yet makes room for what is newer.
        let topic = hex(&Sha256::digest(lead.anomaly.id.to_string()))[..32].to_owned();
        let urgency = if bundle.severity().is_some() {
            "high"
        } else {
            "normal"
        };
        let out = Outgoing {
            url,
            headers: vec![
                ("authorization", word),
                ("content-encoding", "aes128gcm".to_owned()),
                ("ttl", KEEP_S.to_string()),
                ("topic", topic),
                ("urgency", urgency.to_owned()),
            ],
            content_type: "application/octet-stream".to_owned(),
            body,
        };
        let response = match route.request(reqwest::Method::POST, out).send().await {
            Ok(response) => response,
            Err(error) => return Told::Missed(reason(&error), None),
        };
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Told::Gone;
        }
        match judged(response, now_ms).await {
            Outcome::Arrived(_) => Told::Reached,
            Outcome::Again { why, after } => Told::Missed(why, after),
            Outcome::Refused(why) => Told::Missed(why, None),
        }
    }

    async fn vapid(&self) -> StoreResult<Vapid> {
        Vapid::read(&self.store.secret(KEY, Vapid::make).await?)
    }

    /// The browsers, and what one needs to become one of them.
    pub(crate) async fn browsers(&self) -> StoreResult<PushDevices> {
        Ok(PushDevices {
            key: self.vapid().await?.public(),
            routes: self
                .configs()
                .filter(|route| route.channel == Channel::Push)
                .map(|route| route.name.clone())
                .collect(),
            items: self.store.push_devices().list().await?,
        })
    }

    /// Takes a browser in.
    pub(crate) async fn take_browser(&self, draft: &PushDraft, owner: &str) -> ApiResult<String> {
        let refuse =
            |field: &str, message: &str| ApiError::invalid_query(field, message.to_owned());
        let url = Url::parse(&draft.endpoint)
            .ok()
            .filter(|url| draft.endpoint.len() <= 2_000 && matches!(url.scheme(), "http" | "https"))
            .ok_or_else(|| refuse("endpoint", "is not the address of a push service"))?;
        check_literal(&url, &self.rules).map_err(|why| refuse("endpoint", &why))?;
        // Push services speak TLS; only one that was allowed by its very address may do without.
        if url.scheme() != "https" && matches!(url.host(), None | Some(Host::Domain(_))) {
            return Err(refuse("endpoint", "must begin with https://"));
        }
        let p256dh = read_base64url(&draft.p256dh).filter(|key| encrypt::is_public_key(key));
        let p256dh = p256dh.ok_or_else(|| refuse("p256dh", "is not a browser's public key"))?;
        let auth = read_base64url(&draft.auth).filter(|auth| auth.len() == 16);
        let auth = auth.ok_or_else(|| refuse("auth", "is not a browser's secret of 16 bytes"))?;
        let devices = self.store.push_devices();
        if devices.count().await? >= MOST {
            let message = format!("there are {MOST} already; delete those that nobody uses");
            return Err(ApiError::conflict("too_many_devices", message));
        }
        let name = cut(draft.name.trim(), 80);
        let device = Subscription {
            id: Ulid::from_parts(self.now_ms() as u64, rand_part()?).to_string(),
            endpoint: draft.endpoint.clone(),
            p256dh,
            auth,
        };
        Ok(devices.put(&device, &name, owner, self.now_ms()).await?)
    }
}

fn rand_part() -> ApiResult<u128> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| ApiError::internal(anyhow::anyhow!("no entropy: {error}")))?;
    Ok(u128::from_le_bytes(bytes))
}

/// What the service worker is told.
fn text(bundle: &Bundle) -> String {
    let lead = bundle.lead();
    let told = |most: usize| {
        json!({
            "title": cut(&format!("{} {}", lead.glyph(), bundle.title()), most / 4),
            "text": cut(&bundle.text(), most),
            "lang": lead.lang,
            "tag": lead.anomaly.id.to_string(),
            "url": lead.url,
            "open": bundle.severity().is_some(),
        })
        .to_string()
    };
    // A letter can take twelve bytes when it is escaped: what does not fit is shortened until it does.
    [800, 400, 100]
        .into_iter()
        .map(told)
        .find(|text| text.len() <= encrypt::LONGEST)
        .unwrap_or_else(|| {
            json!({"title": "Hindcast", "tag": lead.anomaly.id.to_string()}).to_string()
        })
}
