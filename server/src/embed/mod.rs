//! Panels without a script: one rule's chart as a picture or a page, drawn by the server.
//!
//! The drawing is the app's own (`hindcast_shared::chart`); this module gives it a surface (`svg`), colours (`theme`)
//! and data (`data`), and keeps what it drew. It knows nothing of who may look.

mod about;
mod check;
mod data;
mod picture;
mod query;
mod svg;
mod theme;
mod words;

pub(crate) use self::about::scene_about;
pub(crate) use self::check::{Asked, checks, page as check_page};
pub(crate) use self::picture::{Form, POLICY_STYLE, fitted, style_hash};
pub(crate) use self::query::PanelQuery;
pub(crate) use self::svg::escaped;
pub(crate) use self::theme::LIGHT;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use self::data::{Panel, Wanted};
use crate::auth::hash_of;
use crate::error::{ApiError, ApiResult};
use crate::state::App;

/// Drawings that are kept: a wall of dashboards asks for the same few again and again.
const KEPT: usize = 128;

/// Panels that are computed at the same time; the others wait.
const AT_A_TIME: usize = 2;

/// What was drawn, and a place in the queue for what is to be drawn.
#[derive(Debug)]
pub(crate) struct Panels {
    kept: Mutex<VecDeque<(String, Arc<Drawn>)>>,
    permits: Semaphore,
}

/// A drawing as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// SVG or HTML.
    pub(crate) text: String,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            kept: Mutex::default(),
            permits: Semaphore::new(AT_A_TIME),
        }
    }
}

/// What a request gets.
pub(crate) struct Answer {
    /// Tag of everything that the drawing is made of.
    pub(crate) etag: String,
    /// The drawing; none when the client has it already.
    pub(crate) drawn: Option<Arc<Drawn>>,
}

impl Panels {
    /// Draws a panel, unless nothing has changed since the drawing that the client or this server has.
    pub(crate) async fn draw(
        &self,
        app: &App,
        query: &PanelQuery,
        form: Form,
        has: impl Fn(&str) -> bool,
    ) -> ApiResult<Answer> {
        let wanted = Wanted::of(app, query).await?;
        let tag = hash_of(&format!("{form:?} {query:?} {}", wanted.version()));
        let etag = format!("\"{}\"", &tag[..32]);
        if has(&etag) {
            return Ok(Answer { etag, drawn: None });
        }
        if let Some(drawn) = self.find(&tag) {
            return Ok(Answer {
                etag,
                drawn: Some(drawn),
            });
        }
        let _permit = self.permits.acquire().await.map_err(anyhow::Error::from)?;
        // Somebody may have drawn the same while this request waited.
        let drawn = if let Some(drawn) = self.find(&tag) {
            drawn
        } else {
            let panel = Panel::load(app, wanted, query).await?;
            let query = query.clone();
            let text = tokio::task::spawn_blocking(move || picture::draw(&panel, &query, form));
            let text = text.await.map_err(anyhow::Error::from)?;
            let drawn = Arc::new(Drawn { text });
            self.keep(tag, drawn.clone());
            drawn
        };
        Ok(Answer {
            etag,
            drawn: Some(drawn),
        })
    }

    /// A refusal as the picture or page that was asked for.
    pub(crate) fn refusal(error: &ApiError, query: &PanelQuery, form: Form) -> String {
        picture::refusal(error, query, form)
    }

    fn find(&self, tag: &str) -> Option<Arc<Drawn>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| known == tag);
        found.map(|(_, drawn)| drawn.clone())
    }

    fn keep(&self, tag: String, drawn: Arc<Drawn>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((tag, drawn));
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }
}
