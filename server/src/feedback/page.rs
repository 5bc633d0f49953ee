//! The page behind a link: what the anomaly is, four buttons, and what was said. HTML without a script.

use hindcast_shared::anomaly::Anomaly;
use hindcast_shared::api::{FeedbackAnswer, FeedbackRecord};
use hindcast_shared::message::{self, Lang};
use jiff::Timestamp;

use super::UNDO_MS;
use super::words::{Words, words};
use crate::embed::escaped;

/// The only style of the page; the policy names it by its hash. Its colours are the reader's own system's.
pub(crate) const PAGE_STYLE: &str = ":root{color-scheme:light dark}\
    body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;padding:24px 16px;max-width:40em}\
    h1{font-size:20px;font-weight:600;margin:0 0 4px}h2{font-size:16px;font-weight:600;margin:24px 0 8px}\
    p{margin:0 0 12px}dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:16px 0;font-size:14px}\
    a{color:inherit}dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere}\
    form{display:grid;gap:8px;margin:0 0 12px;grid-template-columns:repeat(auto-fit,minmax(15em,1fr))}\
    button{font:inherit;text-align:left;padding:12px 16px;min-height:48px;border:1px solid currentColor;\
    border-radius:4px;background:transparent;color:inherit;cursor:pointer}\
    button strong,button span{display:block}button span{font-size:14px}\
    button:hover,button:focus-visible{outline:2px solid currentColor;outline-offset:1px}\
    .told{border-left:4px solid currentColor;padding-left:12px;margin:16px 0}small{font-size:14px}";

/// What the page says above everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The answer was taken.
    Thanks,
    /// Another answer is in force.
    Already,
    /// Somebody has judged it in the app.
    Judged,
    /// The answer was taken back.
    Undone,
    /// It cannot be taken back by this link.
    Late,
    /// No answer came along.
    Choose,
    /// The link opens nothing.
    Unknown,
    /// Its time is over.
    Expired,
    /// The anomaly is gone.
    Gone,
    /// Too much at a time.
    Busy,
}

impl Notice {
    fn told(self, words: &Words) -> &'static str {
        match self {
            Self::Thanks => words.thanks,
            Self::Already => words.already,
            Self::Judged => words.judged,
            Self::Undone => words.undone,
            Self::Late => words.late,
            Self::Choose => words.choose,
            Self::Unknown => words.unknown,
            Self::Expired => words.expired,
            Self::Gone => words.gone,
            Self::Busy => words.busy,
        }
    }
}

/// What the page is made of.
pub(crate) struct Shown<'a> {
    /// The anomaly.
    pub(crate) anomaly: &'a Anomaly,
    /// What is in force.
    pub(crate) current: Option<&'a FeedbackRecord>,
    /// Whether this link may take it back.
    pub(crate) can_undo: bool,
    /// Whether answers are taken.
    pub(crate) asks: bool,
}

/// The page.
pub(crate) fn page(shown: Option<&Shown<'_>>, notice: Option<Notice>, lang: Lang) -> String {
    let words = words(lang);
    let notice = notice.map_or_else(String::new, |notice| {
        format!(
            "<p class=\"told\" role=\"status\">{}</p>",
            escaped(notice.told(words))
        )
    });
    let (title, body) = match shown {
        Some(shown) => (
            words.question.to_owned(),
            format!("{notice}{}{}", about(shown, lang), rest(shown, words)),
        ),
        None => ("Hindcast".to_owned(), notice),
    };
    format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex,nofollow\">\
         <title>{title}</title><style>{PAGE_STYLE}</style></head>\
         <body><main><h1>{title}</h1>{body}</main></body></html>",
        words.tag
    )
}

/// What the anomaly is.
fn about(shown: &Shown<'_>, lang: Lang) -> String {
    let (words, anomaly) = (words(lang), shown.anomaly);
    let row =
        |name: &str, value: &str| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value));
    let rows = [
        row(words.rule, &anomaly.rule_name),
        row(words.series, &anomaly.series),
        row(words.severity, words.severity_of(anomaly.severity)),
        row(words.began, &time(anomaly.start_ms)),
        row(words.lasted_until, &time(anomaly.end_ms)),
    ];
    format!(
        "<p><strong>{}</strong></p><p>{}</p><dl>{}</dl>",
        escaped(&message::title(anomaly, lang)),
        escaped(&message::text(anomaly, lang)),
        rows.concat()
    )
}

/// What was said, or the buttons; and the way into the app.
fn rest(shown: &Shown<'_>, words: &Words) -> String {
    let open = format!(
        "<p><a href=\"../anomalies/{}\" rel=\"noreferrer\">{}</a></p>",
        shown.anomaly.id,
        escaped(words.open)
    );
    if let Some(current) = shown.current {
        let said = words
            .said
            .replace("{answer}", words.answer(current.answer)[0])
            .replace("{who}", &current.actor)
            .replace("{when}", &time(current.at_ms));
        let undo = if shown.can_undo {
            let until = words
                .undo_until
                .replace("{when}", &time(current.at_ms + UNDO_MS));
            format!(
                "<form method=\"post\"><button name=\"answer\" value=\"undo\"><strong>{}</strong>\
                 <span>{}</span></button></form>",
                escaped(words.undo),
                escaped(&until)
            )
        } else {
            format!("<p><small>{}</small></p>", escaped(words.sign_in))
        };
        return format!("<p><strong>{}</strong></p>{undo}{open}", escaped(&said));
    }
    if !shown.asks {
        return open;
    }
    let button = |answer: FeedbackAnswer| {
        let [name, what] = words.answer(answer);
        format!(
            "<button name=\"answer\" value=\"{}\"><strong>{}</strong><span>{}</span></button>",
            answer.as_str(),
            escaped(name),
            escaped(what)
        )
    };
    let buttons = FeedbackAnswer::ALL.map(button).concat();
    format!(
        "<form method=\"post\">{buttons}</form><p><small>{}</small></p>{open}",
        escaped(words.about)
    )
}

fn time(at_ms: i64) -> String {
    let at = Timestamp::from_millisecond(at_ms).unwrap_or_default();
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
