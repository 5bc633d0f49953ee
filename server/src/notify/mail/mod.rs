//! Mail: text and HTML, by SMTP, threaded by anomaly.
//!
//! The server's name is resolved here, so that the address that is connected to is one that may be told; its
//! certificate is still the name's.

mod mime;

pub(crate) use self::mime::mailbox;

use std::fmt::Write as _;
use std::time::Duration;

use hindcast_shared::hash::hex;
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use sha2::{Digest as _, Sha256};

use self::mime::PICTURE_ID;
use super::Route;
use super::bundle::Bundle;
use super::channel::{cut, escape};
use super::guard::{may_go, refusal};
use super::picture::Picture;
use super::send::Outcome;
use crate::config::{RouteConfig, Secret};

impl Route {
    /// Sends a mail.
    pub(super) async fn mail(
        &self,
        bundle: &Bundle,
        key: &str,
        picture: Option<&Picture>,
        now_ms: i64,
    ) -> Outcome {
        let (envelope, message) = match message(&self.config, bundle, key, picture, now_ms) {
            Ok(made) => made,
            Err(why) => return Outcome::Refused(why),
        };
        let again = |why: String| Outcome::Again { why, after: None };
        let timeout = Duration::from_millis(u64::try_from(self.config.timeout.ms()).unwrap_or(0));
        let sending = async {
            let transport = match self.transport(timeout).await {
                Ok(transport) => transport,
                Err(why) => return again(why),
            };
            match transport.send_raw(&envelope, message.as_bytes()).await {
                Ok(_) => Outcome::Arrived("the mail server has taken it".to_owned()),
                Err(error) if error.is_permanent() => {
                    Outcome::Refused(format!("the mail server said: {}", innermost(&error)))
                }
                Err(error) => again(format!("the mail server: {}", innermost(&error))),
            }
        };
        let late = || again("there was no answer in time".to_owned());
        let outcome = tokio::time::timeout(timeout * 2, sending).await;
        self.without_secrets(outcome.unwrap_or_else(|_| late()))
    }

    async fn transport(
        &self,
        timeout: Duration,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let host = self
            .url
            .host_str()
            .unwrap_or_default()
            .trim_matches(['[', ']']);
        let wrapped = self.url.scheme() == "smtps";
        let port = self.url.port().unwrap_or(if wrapped { 465 } else { 587 });
        let found = tokio::net::lookup_host((host, port)).await;
        let address = found
            .map_err(|_| format!("{host} has no address"))?
            .find(|address| may_go(address.ip(), &self.rules))
            .ok_or_else(|| refusal(host))?;
        let parameters = || self.parameters(host);
        let tls = match self.url.query() {
            _ if wrapped => Tls::Wrapper(parameters()?),
            Some("tls=none") => Tls::None,
            Some("tls=opportunistic") => Tls::Opportunistic(parameters()?),
            _ => Tls::Required(parameters()?),
        };
        let server = address.ip().to_string();
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
            .port(port)
            .tls(tls)
            .timeout(Some(timeout));
        if let (Some(user), Some(secret)) = (&self.config.user, &self.config.secret) {
            let secret = Secret::reveal(secret).to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), secret));
        }
        Ok(builder.build())
    }

    fn parameters(&self, host: &str) -> Result<TlsParameters, String> {
        let mut builder = TlsParameters::builder(host.to_owned());
        if let Some(path) = &self.config.ca_file {
            let pem = std::fs::read(path).map_err(|error| format!("ca_file: {error}"))?;
            let certificate =
                Certificate::from_pem(&pem).map_err(|error| format!("ca_file: {error}"))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder.build().map_err(|error| error.to_string())
    }
}

fn innermost(error: &lettre::transport::smtp::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cut(&cause.to_string(), 300)
}

/// The mail itself. A repetition has the same id, and what is about one anomaly refers to the same thread.
fn message(
    route: &RouteConfig,
    bundle: &Bundle,
    key: &str,
    picture: Option<&Picture>,
    now_ms: i64,
) -> Result<(Envelope, String), String> {
    let from = mailbox(route.from.as_deref().unwrap_or_default())?;
    let to = route
        .to
        .iter()
        .map(|to| mailbox(to))
        .collect::<Result<Vec<_>, _>>()?;
    let lead = bundle.lead();
    let id = |text: &str| hex(&Sha256::digest(text))[..32].to_owned();
    let subject = format!("{} {}", lead.glyph(), one_line(&bundle.title()));
    let written = mime::written(&mime::Parts {
        from: &from,
        to: &to,
        subject: &cut(&subject, 200),
        id: &id(key),
        thread: &id(&lead.anomaly.id.to_string()),
        at_ms: now_ms,
        text: &text(bundle),
        html: &html(bundle, picture),
        picture: picture.map(|picture| picture.png.as_slice()),
    })?;
    let addresses = to.into_iter().map(|to| to.address).collect();
    let envelope =
        Envelope::new(Some(from.address), addresses).map_err(|error| error.to_string())?;
    Ok((envelope, written))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn text(bundle: &Bundle) -> String {
    let words = bundle.words();
    let mut parts = vec![
        bundle.title(),
        String::new(),
        bundle.text().replace('\n', "\r\n"),
        String::new(),
    ];
    for notice in bundle.last_words() {
        if !bundle.is_group() && !notice.is_digest() {
            parts.push(format!("{}: {}", words.series, notice.anomaly.series));
        }
        parts.extend(notice.url.clone());
        if let (false, Some(url)) = (bundle.is_group(), &notice.feedback_url) {
            parts.push(format!("{} {url}", words.judge));
        }
    }
    parts.join("\r\n")
}

fn html(bundle: &Bundle, picture: Option<&Picture>) -> String {
    let words = bundle.words();
    let link = |url: &str, text: &str| format!("<a href=\"{}\">{}</a>", escape(url), escape(text));
    let mut items = String::new();
    for notice in bundle.last_words() {
        if notice.is_digest() {
            items.push_str(&notice.digest_html(words.open));
            continue;
        }
        let anomaly = &notice.anomaly;
        let state = if notice.is_over() {
            words.ended(anomaly.status)
        } else {
            words.severity(anomaly.severity)
        };
        let mut links: Vec<String> = Vec::new();
        links.extend(notice.url.as_ref().map(|url| link(url, words.open)));
        links.extend(
            notice
                .feedback_url
                .as_ref()
                .map(|url| link(url, words.judge)),
        );
        let item = format!(
            "<h2 style=\"font-size:16px\">{} {}</h2><p>{}</p>\n<p>{}: {} · {}: <code>{}</code></p><p>{}</p>\n",
            notice.glyph(),
            escape(&notice.title),
            escape(&notice.text),
            words.state,
            state,
            words.series,
            escape(&anomaly.series),
            links.join(" · "),
        );
        items.push_str(&item);
    }
    if let Some(picture) = picture {
        let alt = escape(&cut(&one_line(&picture.alt), 1_000));
        write!(items, "<p><img src=\"cid:{PICTURE_ID}\" alt=\"{alt}\" width=\"720\" style=\"max-width:100%;height:auto\"></p>").ok();
    }
    let lang = &bundle.notices()[0].lang;
    format!(
        "<!doctype html><html lang=\"{lang}\"><meta charset=\"utf-8\"><body style=\"font-family:sans-serif\">{items}</body></html>"
    )
}
