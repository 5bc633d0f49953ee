//! The chart of an anomaly as a picture, for those who read of it in a chat or a mail.
//!
//! Drawn by `hindcast_shared::chart` like every other chart, off the threads that serve requests, one at a time, in
//! bounded time and size; what was drawn is kept for a while. A picture that cannot be had delays nothing and fails
//! nothing: the message goes without it.

mod drawing;
mod face;
mod link;
mod png;
mod surface;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hindcast_shared::anomaly::AnomalyId;
use hindcast_shared::api::NoticeEvent;
use hindcast_shared::message::{self, Lang};
use tokio::sync::Semaphore;

use super::bundle::Bundle;
use super::{Notice, Notify};
use crate::embed::{LIGHT, scene_about};
use crate::sources::Sources;
use crate::store::{Store, StoreResult, random_secret};

/// Longest time that a message waits for its picture.
const LONGEST: Duration = Duration::from_secs(3);

/// Largest picture that is sent.
const MOST_BYTES: usize = 1024 * 1024;

/// Pictures that are kept: several routes tell of the same anomaly, and repetitions do.
const KEPT: usize = 32;

/// Name of the key that signs links, among the store's secrets.
const KEY: &str = "picture links";

/// What a message shows beside its words.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// The file.
    pub(super) png: Arc<Vec<u8>>,
    /// The same in words, for those who do not see it.
    pub(super) alt: String,
    /// Where it can be fetched; none when nobody could reach this server by it.
    pub(super) url: Option<String>,
}

/// Draws, and keeps what it drew.
#[derive(Debug)]
pub(super) struct Painter {
    sources: Option<Arc<Sources>>,
    kept: Mutex<VecDeque<(String, Arc<Vec<u8>>)>>,
    permits: Arc<Semaphore>,
}

impl Painter {
    /// One that has no data, and draws words only.
    pub(super) fn new() -> Self {
        Self {
            sources: None,
            kept: Mutex::default(),
            permits: Arc::new(Semaphore::new(1)),
        }
    }

    fn find(&self, name: &str) -> Option<Arc<Vec<u8>>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| known == name);
        found.map(|(_, png)| png.clone())
    }

    fn keep(&self, name: String, png: Arc<Vec<u8>>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((name, png));
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }

    /// The picture of a notice; an error says why there is none.
    async fn draw(
        &self,
        store: &Store,
        notice: &Notice,
        now_ms: i64,
    ) -> Result<Arc<Vec<u8>>, String> {
        let anomaly = &notice.anomaly;
        let name = format!(
            "{} {} {} {:?} {:?}",
            anomaly.id, notice.lang, notice.title, anomaly.status, anomaly.end_ms
        );
        if let Some(png) = self.find(&name) {
            return Ok(png);
        }
        let permits = self.permits.clone();
        let permit = permits
            .acquire_owned()
            .await
            .map_err(|error| error.to_string())?;
        if let Some(png) = self.find(&name) {
            return Ok(png);
        }
        let scene = match &self.sources {
            Some(sources) if notice.event != NoticeEvent::Test => {
                let columns = drawing::COLUMNS;
                scene_about(store, sources, anomaly, now_ms, columns)
                    .await
                    .map_err(|error| error.to_string())?
            }
            _ => None,
        };
        if scene.is_none() && notice.event != NoticeEvent::Test {
            return Err("there is nothing to be seen".to_owned());
        }
        let notice = notice.clone();
        let drawn = tokio::task::spawn_blocking(move || {
            // Kept to the end: whoever waits no longer must not make room for a second one.
            let _permit = permit;
            let words = drawing::Words {
                title: &notice.title,
                series: &notice.anomaly.series,
                anomaly: &notice.anomaly,
                over: notice.is_over(),
            };
            drawing::picture(&words, scene.as_ref(), &LIGHT)
        });
        let png = drawn.await.map_err(|error| error.to_string())?;
        let png = png.ok_or("it cannot be drawn")?;
        if png.len() > MOST_BYTES {
            return Err(format!("it is too large: {} bytes", png.len()));
        }
        let png = Arc::new(png);
        self.keep(name, png.clone());
        Ok(png)
    }
}

impl Notify {
    /// Draws charts from these sources.
    pub(crate) fn with_sources(mut self, sources: Arc<Sources>) -> Self {
        self.painter.sources = Some(sources);
        self
    }

    /// The picture of a message, if it has one and in time.
    pub(super) async fn picture(&self, bundle: &Bundle) -> Option<Picture> {
        use NoticeEvent::{Acknowledged, CaughtUp, Digest};
        let lead = bundle.lead();
        if matches!(lead.event, Acknowledged | CaughtUp | Digest)
            || !lead.anomaly.kind.is_of_samples()
        {
            return None;
        }
        let now_ms = self.now_ms();
        let drawing = self.painter.draw(&self.store, lead, now_ms);
        let drawn = match tokio::time::timeout(LONGEST, drawing).await {
            Ok(drawn) => drawn,
            Err(_) => Err("it was not ready in time".to_owned()),
        };
        match drawn {
            Ok(png) => Some(Picture {
                png,
                alt: format!("{}. {}", lead.title, lead.text),
                url: self.picture_link(lead, now_ms).await,
            }),
            Err(why) => {
                let id = lead.anomaly.id.to_string();
                tracing::warn!(anomaly = id, why, "a message goes without its picture");
                None
            }
        }
    }

    async fn picture_link(&self, notice: &Notice, now_ms: i64) -> Option<String> {
        if notice.event == NoticeEvent::Test {
            return None;
        }
        let key = self.link_key().await.ok()?;
        let lang = notice.lang.parse().unwrap_or_default();
        let token = link::token(&key, notice.anomaly.id, lang, now_ms);
        self.link(&format!("embed/t/{token}/anomaly.png"))
    }

    /// The picture that a link shows; none when it shows nothing any more.
    pub(crate) async fn picture_of_link(&self, token: &str) -> StoreResult<Option<Arc<Vec<u8>>>> {
        let key = self.link_key().await?;
        let now_ms = self.now_ms();
        let Some((id, lang)) = link::read(&key, token, now_ms) else {
            return Ok(None);
        };
        let Some(notice) = self.as_it_stands(id, lang).await? else {
            return Ok(None);
        };
        let drawing = self.painter.draw(&self.store, &notice, now_ms);
        let drawn = tokio::time::timeout(LONGEST * 3, drawing).await;
        Ok(drawn.ok().and_then(Result::ok))
    }

    /// What would be told of an anomaly now.
    async fn as_it_stands(&self, id: AnomalyId, lang: Lang) -> StoreResult<Option<Notice>> {
        let stored = self.store.anomalies().get(id).await?;
        Ok(stored.map(|stored| {
            let anomaly = stored.anomaly;
            let over = !anomaly.status.is_active();
            Notice {
                event: if over {
                    NoticeEvent::Resolved
                } else {
                    NoticeEvent::Opened
                },
                at_ms: anomaly.detected_at_ms,
                lang: lang.tag().to_owned(),
                title: message::title(&anomaly, lang),
                text: message::text(&anomaly, lang),
                url: None,
                feedback_url: None,
                sums_up: None,
                anomaly,
            }
        }))
    }

    async fn link_key(&self) -> StoreResult<Vec<u8>> {
        self.store.secret(KEY, random_secret).await
    }
}
