//! A stand-in for Ollama that answers well, late, not at all, with lies, and in other shapes.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::StatusCode;
use serde_json::{Value, json};

/// An answer.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// These sentences, each with these ids.
    Says(&'static str, &'static [&'static str]),
    /// This as the content.
    Content(String),
    /// This as the whole answer.
    Raw(String),
    /// This status.
    Status(u16),
    /// Nothing, ever.
    Never,
}

/// The stand-in; copies are the same one.
#[derive(Debug, Clone, Default)]
pub(crate) struct StandIn {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    asked: Arc<Mutex<Vec<Value>>>,
}

impl StandIn {
    /// Its address.
    pub(crate) async fn start(&self) -> anyhow::Result<String> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/base/api/chat", post(answer))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(format!("http://{address}/base/"))
    }

    /// What it was asked.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What it answers next.
    pub(crate) fn will(&self, reply: Reply) {
        self.replies
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_back(reply);
    }
}

async fn answer(State(model): State<StandIn>, body: String) -> Response {
    let asked = serde_json::from_str(&body).unwrap_or_default();
    model
        .asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(asked);
    let reply = model
        .replies
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front();
    let chat = |content: String| {
        json!({"model": "m", "message": {"role": "assistant", "content": content}, "done": true})
            .to_string()
    };
    match reply {
        Some(Reply::Says(text, ids)) => {
            let content = json!({"sentences": [{"text": text, "evidence": ids}]});
            chat(content.to_string()).into_response()
        }
        Some(Reply::Content(content)) => chat(content).into_response(),
        Some(Reply::Raw(text)) => text.into_response(),
        Some(Reply::Status(status)) => StatusCode::from_u16(status)
            .unwrap_or_default()
            .into_response(),
        Some(Reply::Never) | None => std::future::pending().await,
    }
}
