//! Severities in words: the same in each message, panel and page that the server writes.

use hindcast_shared::message::Lang;
use hindcast_shared::rule::Severity;

/// What a severity is called within a sentence.
pub(crate) fn severity_word(lang: Lang, severity: Severity) -> &'static str {
    let [info, warning, critical] = match lang {
        Lang::En => ["info", "warning", "critical"],
        Lang::Ko => ["정보", "경고", "치명"],
        Lang::Ru => ["замечание", "предупреждение", "критично"],
    };
    match severity {
        Severity::Info => info,
        Severity::Warning => warning,
        Severity::Critical => critical,
    }
}
