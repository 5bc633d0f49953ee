//! What is said again and again to Alertmanager, which forgets what it is not told; and its silences.

use std::time::Duration;

use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::channel::{self, Outgoing, alerts, to_alertmanager, watchdog};
use super::send::Outcome;
use super::silence::{GivenSilence, Silence};
use super::{Notice, Notify, Route};
use crate::config::{Channel, Secret};
use crate::store::StoreResult;

/// Largest list of silences that is read.
const MAX_SILENCES: usize = 4 * 1024 * 1024;

impl Notify {
    /// Keeps an Alertmanager told, and reads its silences, until the token is cancelled.
    pub(super) async fn keep_alive(&self, route: &Route, stop: &CancellationToken) {
        if route.config.channel != Channel::Alertmanager {
            return;
        }
        let pause = Duration::from_millis(u64::try_from(route.config.keep_alive.ms()).unwrap_or(0));
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                said = self.say_again(route) => if let Err(error) = said {
                    tracing::error!(route = route.config.name, %error, "Alertmanager could not be told what goes on");
                },
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Tells once what goes on, and reads the silences.
    pub(super) async fn say_again(&self, route: &Route) -> StoreResult<()> {
        let now_ms = self.now_ms();
        let believed_ms = route.config.believed_ms();
        let going_on = self.store.outbox().going_on(&route.config.name).await?;
        let mut told: Vec<Value> = going_on
            .iter()
            .filter_map(|body| serde_json::from_str::<Notice>(body).ok())
            .flat_map(|notice| alerts(&notice, now_ms, believed_ms))
            .collect();
        if route.config.watchdog {
            let url = self.public_url.as_ref().map(url::Url::as_str);
            told.push(watchdog(now_ms, believed_ms, url));
        }
        if !told.is_empty() {
            let out = to(route, "/api/v2/alerts", Value::from(told).to_string());
            if let Outcome::Again { why, .. } | Outcome::Refused(why) =
                route.post(out, now_ms).await
            {
                tracing::warn!(
                    route = route.config.name,
                    why,
                    "Alertmanager was not told what goes on"
                );
            }
        }
        if route.config.silences {
            self.listen(route).await?;
        }
        Ok(())
    }

    /// Reads the silences; what was silenced and is not any more is told now.
    async fn listen(&self, route: &Route) -> StoreResult<()> {
        let out = to(route, "/api/v2/silences", String::new());
        match route
            .get(out, MAX_SILENCES)
            .await
            .and_then(|text| read(&text))
        {
            Ok(silences) => self.silences().put(&route.config.name, silences),
            // The ones that are known go on until they end.
            Err(why) => {
                tracing::warn!(
                    route = route.config.name,
                    why,
                    "Alertmanager's silences could not be read"
                );
                return Ok(());
            }
        }
        let (outbox, now_ms) = (self.store.outbox(), self.now_ms());
        for (id, body) in outbox.silenced().await? {
            let notice: Option<Notice> = serde_json::from_str(&body).ok();
            let still = notice
                .is_none_or(|notice| self.silences().reason(&notice.anomaly, now_ms).is_some());
            if !still && outbox.resend(id, now_ms).await? {
                self.wake();
            }
        }
        Ok(())
    }
}

fn to(route: &Route, path: &str, body: String) -> Outgoing {
    let mut out = Outgoing {
        url: route.url.clone(),
        headers: Vec::new(),
        content_type: "application/json".to_owned(),
        body: body.into_bytes(),
    };
    let token = route.config.secret.as_ref().map(Secret::reveal);
    to_alertmanager(&mut out, token, path);
    out
}

fn read(text: &str) -> Result<Vec<Silence>, String> {
    let given: Vec<GivenSilence> =
        serde_json::from_str(text).map_err(|error| channel::cut(&error.to_string(), 200))?;
    Ok(given.into_iter().filter_map(GivenSilence::read).collect())
}
