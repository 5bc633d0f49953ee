//! The words around an anomaly's own: they are `hindcast_shared::message`'s, these are of messages only.

use hindcast_shared::anomaly::Status;
use hindcast_shared::message::Lang;
use hindcast_shared::rule::Severity;

use crate::severity::severity_word;

/// Words of a language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) open: &'static str,
    pub(super) judge: &'static str,
    pub(super) state: &'static str,
    pub(super) series: &'static str,
    /// `{open}` go on and `{over}` are over.
    pub(super) group: &'static str,
    /// `{count}` are not shown.
    pub(super) more: &'static str,
    /// Before what `{model}` has written.
    pub(super) machine: &'static str,
    /// Nobody has taken it.
    pub(super) unanswered: &'static str,
    pub(super) test_title: &'static str,
    pub(super) test_text: &'static str,
    lang: Lang,
    over: [&'static str; 3],
}

impl Words {
    pub(super) fn severity(&self, severity: Severity) -> &'static str {
        severity_word(self.lang, severity)
    }

    /// How it ended.
    pub(super) fn ended(&self, status: Status) -> &'static str {
        match status {
            Status::FalseAlarm => self.over[1],
            Status::Expected => self.over[2],
            _ => self.over[0],
        }
    }
}

/// The words of a language by its tag.
pub(super) fn words(tag: &str) -> &'static Words {
    match tag.parse().unwrap_or_default() {
        Lang::En => &EN,
        Lang::Ko => &KO,
        Lang::Ru => &RU,
    }
}

static EN: Words = Words {
    open: "Open in Hindcast",
    judge: "Was this right?",
    state: "State",
    series: "Series",
    group: "{open} open, {over} over",
    more: "… and {count} more",
    machine: "Written by a machine ({model}):",
    unanswered: "Nobody has taken this yet.",
    test_title: "Hindcast: this is a test",
    test_text: "Somebody tries whether notifications arrive here. Nothing is wrong.",
    lang: Lang::En,
    over: ["resolved", "false alarm", "expected"],
};

static KO: Words = Words {
    open: "Hindcast에서 열기",
    judge: "올바른 알림이었나요?",
    state: "상태",
    series: "시계열",
    group: "진행 {open}건, 종료 {over}건",
    more: "… 외 {count}건",
    machine: "기계가 쓴 글({model}):",
    unanswered: "아직 아무도 맡지 않았습니다.",
    test_title: "Hindcast: 시험 알림입니다",
    test_text: "알림이 도착하는지 시험하고 있습니다. 아무 문제도 없습니다.",
    lang: Lang::Ko,
    over: ["해결됨", "오탐", "예상됨"],
};

static RU: Words = Words {
    open: "Открыть в Hindcast",
    judge: "Это было верно?",
    state: "Состояние",
    series: "Ряд",
    group: "открыто: {open}, завершено: {over}",
    more: "… и ещё {count}",
    machine: "Написано машиной ({model}):",
    unanswered: "Этим ещё никто не занялся.",
    test_title: "Hindcast: это проверка",
    test_text: "Проверяется, доходят ли сюда уведомления. Всё в порядке.",
    lang: Lang::Ru,
    over: ["решено", "ложная тревога", "ожидалось"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_when_in_any_language_then_have_the_same_places() {
        for lang in Lang::ALL {
            let words = words(lang.tag());
            assert!(words.group.contains("{open}") && words.group.contains("{over}"));
            assert!(words.more.contains("{count}") && words.machine.contains("{model}"));
        }
    }
}
