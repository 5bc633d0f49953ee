//! The built front end: from inside the binary, or from a folder. Knows nothing of the API.
//!
//! Files with a hash in their name may be kept for ever; everything else is asked for again each time, by `ETag`.

mod page;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::response::Response;
use http::header::{
    ACCEPT_ENCODING, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use self::source::Source;
use crate::auth::hash_of_bytes;
use crate::config::{BasePath, Config};

const INDEX: &str = "index.html";

/// Pages of the app, which all begin with the same document.
const PAGES: [&str; 13] = [
    "/",
    "/lab",
    "/lab/series",
    "/rules",
    "/models",
    "/mutes",
    "/notifications",
    "/tuning",
    "/calendars",
    "/journal",
    "/kiosk",
    "/login",
    "/anomalies",
];
const PAGES_UNDER: [&str; 3] = ["/anomalies/", "/embed/", "/rules/"];

/// The built front end.
#[derive(Debug)]
pub(crate) struct Assets {
    source: Source,
    base_path: BasePath,
    /// The index with its base rewritten, and its tag; kept while the file has not changed.
    build: String,
    known: arc_swap::ArcSwap<BTreeMap<String, Arc<Asset>>>,
}

/// A file as it goes out.
#[derive(Debug)]
struct Asset {
    body: Bytes,
    etag: String,
    encoding: Option<&'static str>,
}

impl Assets {
    /// Finds the front end.
    pub(crate) fn open(config: &Config) -> Self {
        let source = Source::find(config.assets_folder.as_deref());
        let index = source.read(INDEX);
        let content = index.as_deref().unwrap_or(b"no app");
        Self {
            build: format!(
                "{}-{}",
                env!("CARGO_PKG_VERSION"),
                &hash_of_bytes(content)[..12]
            ),
            base_path: config.http.base_path.clone(),
            known: arc_swap::ArcSwap::default(),
            source,
        }
    }

    /// Id of the build: changes with every change of the app.
    pub(crate) fn build(&self) -> &str {
        &self.build
    }

    /// Whether there is an app to show.
    pub(crate) fn is_there(&self) -> bool {
        self.source.read(INDEX).is_some()
    }

    /// Where the app comes from, for people.
    pub(crate) fn origin(&self) -> String {
        self.source.to_string()
    }

    /// Answers a `GET` for a path that is no route of the API; none when there is nothing there.
    pub(crate) fn answer(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if is_page(path) {
            return Some(self.index(headers));
        }
        let name = path.strip_prefix('/')?;
        // The compressed copies are forms of a file and not files of their own.
        let is_copy = matches!(name.rsplit('.').next(), Some("br" | "gz"));
        if name == INDEX || is_copy {
            return None;
        }
        let asset = self.file(name, headers)?;
        Some(respond(&asset, name, headers))
    }

    fn index(&self, headers: &HeaderMap) -> Response {
        let Some(content) = self.source.read(INDEX) else {
            return page::not_built(&self.source.to_string());
        };
        let built = String::from_utf8_lossy(&content);
        let html = page::with_base(&built, self.base_path.as_str());
        // The compressed copies serve only while the page goes out as it was built.
        let as_built = if html == built {
            self.file(INDEX, headers)
        } else {
            None
        };
        let asset = as_built.unwrap_or_else(|| {
            let body = Bytes::from(html);
            Arc::new(Asset {
                etag: etag(&body, None),
                body,
                encoding: None,
            })
        });
        respond(&asset, INDEX, headers)
    }

    /// The file in the best form that the client reads.
    fn file(&self, name: &str, headers: &HeaderMap) -> Option<Arc<Asset>> {
        for (encoding, suffix) in [("br", ".br"), ("gzip", ".gz")] {
            if accepts(headers, encoding)
                && let Some(asset) = self.load(&format!("{name}{suffix}"), Some(encoding))
            {
                return Some(asset);
            }
        }
        self.load(name, None)
    }

    fn load(&self, name: &str, encoding: Option<&'static str>) -> Option<Arc<Asset>> {
        if let Some(asset) = self.known.load().get(name) {
            return Some(asset.clone());
        }
        let body = Bytes::from(self.source.read(name)?.into_owned());
        let asset = Arc::new(Asset {
            etag: etag(&body, encoding),
            body,
            encoding,
        });
        // A folder may be built anew while the server runs; what is inside the binary cannot change.
        if self.source.is_fixed() {
            self.known.rcu(|known| {
                let mut known = BTreeMap::clone(known);
                known.insert(name.to_owned(), asset.clone());
                known
            });
        }
        Some(asset)
    }
}

fn is_page(path: &str) -> bool {
    let bare = path.strip_suffix('/').filter(|bare| !bare.is_empty());
    PAGES.contains(&bare.unwrap_or(path))
        || PAGES_UNDER
            .iter()
            .any(|under| path.len() > under.len() && path.starts_with(under))
}

fn etag(body: &[u8], encoding: Option<&str>) -> String {
    let suffix = encoding.map(|encoding| format!("-{encoding}"));
    format!(
        "\"{}{}\"",
        &hash_of_bytes(body)[..24],
        suffix.unwrap_or_default()
    )
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let values = headers.get_all(ACCEPT_ENCODING).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            let refused = matches!(quality.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000");
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
}

fn respond(asset: &Asset, name: &str, request: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    let caching = if is_hashed(name) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
    if is_hashed(name) {
        // A sandboxed frame has no origin of its own, and asks for the app's files as a stranger would.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        let cross = HeaderValue::from_static("cross-origin");
        headers.insert("cross-origin-resource-policy", cross);
    }
    headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&asset.etag) {
        headers.insert(ETAG, etag);
    }
    if matches(request, &asset.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    if let Some(encoding) = asset.encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    *response.body_mut() = Body::from(asset.body.clone());
    response
}

/// Whether the client has this very content. Proxies that compress make the tag weak.
fn matches(request: &HeaderMap, etag: &str) -> bool {
    let values = request.get_all(IF_NONE_MATCH).iter();
    values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| {
            let tag = tag.trim();
            tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
        })
}

/// Whether the name carries a hash of the content, as the build tool writes it: `app-0123456789abcdef.js`.
fn is_hashed(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.split('.').next().unwrap_or(file);
    // `name-hash_bg.wasm` is the form of the Wasm file.
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    stem.rsplit_once('-').is_some_and(|(_, hash)| {
        hash.len() >= 12 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assets(base_path: &str) -> (tempfile::TempDir, Assets) {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            std::fs::write(dir.path().join(name), text).expect("written");
        };
        write("index.html", "<html><head><base href=\"/\"></head></html>");
        write("app-0123456789abcdef.js", "js");
        write("app-0123456789abcdef.js.br", "brotli");
        write("worker.js", "worker");
        let assets = Assets {
            source: Source::Folder(dir.path().to_owned()),
            base_path: base_path.parse().expect("a path"),
            build: String::new(),
            known: arc_swap::ArcSwap::default(),
        };
        (dir, assets)
    }

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 10_000).await;
        String::from_utf8_lossy(&bytes.expect("a body in memory")).into_owned()
    }

    #[tokio::test]
    async fn file_when_hashed_then_is_kept_for_ever_and_brotli_is_preferred() {
        let (_dir, assets) = assets("/");
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip, br;q=0.9"));
        let response = assets
            .answer("/app-0123456789abcdef.js", &headers)
            .expect("a file");
        assert_eq!(response.headers()[CONTENT_ENCODING], "br");
        assert_eq!(
            response.headers()[CONTENT_TYPE],
            "text/javascript; charset=utf-8"
        );
        let caching = response.headers()[CACHE_CONTROL].to_str().expect("text");
        assert!(caching.contains("immutable"));
        assert_eq!(text(response).await, "brotli");
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("br;q=0"));
        let response = assets.answer("/app-0123456789abcdef.js", &headers);
        assert_eq!(text(response.expect("a file")).await, "js");
    }

    #[test]
    fn worker_when_asked_for_again_then_is_not_modified() {
        let (_dir, assets) = assets("/");
        let mut headers = HeaderMap::new();
        let first = assets.answer("/worker.js", &headers).expect("a file");
        assert_eq!(first.headers()[CACHE_CONTROL], "no-cache");
        headers.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        let second = assets.answer("/worker.js", &headers).expect("a file");
        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }

    #[tokio::test]
    async fn page_when_under_a_path_then_its_base_is_rewritten() {
        let (_dir, assets) = assets("/ml/");
        for path in [
            "/",
            "/lab",
            "/lab/",
            "/anomalies/01J",
            "/embed/panel",
            "/login",
        ] {
            let response = assets.answer(path, &HeaderMap::new()).expect("a page");
            assert_eq!(response.headers()[CACHE_CONTROL], "no-cache");
            assert!(
                text(response).await.contains("<base href=\"/ml/\">"),
                "{path}"
            );
        }
    }

    #[test]
    fn path_when_nothing_is_there_or_it_leads_out_then_none() {
        let (_dir, assets) = assets("/");
        for path in [
            "/nothing.js",
            "/../etc/passwd",
            "/worker.js.br",
            "//etc/passwd",
            "/labx",
        ] {
            assert!(assets.answer(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
