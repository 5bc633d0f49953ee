//! A page of somebody else with a frame in it.
//!
//! It is asked for under `localhost` and frames what is on `127.0.0.1`: two origins for a browser.

use anyhow::Result;

use crate::responder::{Reply, Responder};

/// A running server of that page.
#[derive(Debug)]
pub struct FramePage {
    responder: Responder,
}

impl FramePage {
    /// Starts one; what is framed stands in the page's own query: `/?http://127.0.0.1:1/embed/panel`.
    ///
    /// # Errors
    /// When there is no free port.
    pub fn start() -> Result<Self> {
        let responder = Responder::start(|path| {
            let framed = path.split_once('?').map_or("", |(_, framed)| framed);
            Reply {
                status: "200 OK",
                content_type: "text/html; charset=utf-8",
                body: page(framed),
            }
        })?;
        Ok(Self { responder })
    }

    /// Its origin.
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.responder.address().port())
    }

    /// The address of the page that frames another.
    pub fn framing(&self, url: &str) -> String {
        format!("{}/?{url}", self.origin())
    }
}

fn page(framed: &str) -> String {
    let framed = framed.replace('&', "&amp;");
    format!(
        "<!doctype html><html lang=en><title>Frame</title><link rel=icon href=data:,>\
         <iframe title=panel width=200 height=120 style=\"border:0\" src=\"{framed}\"></iframe>"
    )
}
