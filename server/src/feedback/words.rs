//! The words of the page behind a link, in the reader's language.

use hindcast_shared::api::FeedbackAnswer;
use hindcast_shared::message::Lang;
use hindcast_shared::rule::Severity;

use crate::severity::severity_word;

/// The words of one language.
pub(super) struct Words {
    pub(super) tag: &'static str,
    /// Head of the page.
    pub(super) question: &'static str,
    /// What becomes of an answer.
    pub(super) about: &'static str,
    /// Answers in the order of [`FeedbackAnswer::ALL`], each with what it does.
    answers: [[&'static str; 2]; 4],
    pub(super) series: &'static str,
    pub(super) rule: &'static str,
    pub(super) severity: &'static str,
    pub(super) began: &'static str,
    pub(super) lasted_until: &'static str,
    lang: Lang,
    /// It was said: `{answer}`, `{who}`, `{when}`.
    pub(super) said: &'static str,
    pub(super) thanks: &'static str,
    pub(super) already: &'static str,
    pub(super) judged: &'static str,
    pub(super) undone: &'static str,
    pub(super) undo: &'static str,
    pub(super) undo_until: &'static str,
    pub(super) late: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) open: &'static str,
    pub(super) expired: &'static str,
    pub(super) unknown: &'static str,
    pub(super) gone: &'static str,
    pub(super) choose: &'static str,
    pub(super) busy: &'static str,
}

impl Words {
    pub(super) fn answer(&self, answer: FeedbackAnswer) -> [&'static str; 2] {
        let at = FeedbackAnswer::ALL.iter().position(|one| *one == answer);
        self.answers[at.unwrap_or(0)]
    }

    pub(super) fn severity_of(&self, severity: Severity) -> &'static str {
        severity_word(self.lang, severity)
    }
}

pub(super) fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &EN,
        Lang::Ko => &KO,
        Lang::Ru => &RU,
    }
}

static EN: Words = Words {
    tag: "en",
    question: "Was this right?",
    about: "Your answer teaches the rule: it becomes a label of the series. Nothing happens before you choose.",
    answers: [
        ["Right", "Something was wrong"],
        ["False alarm", "Nothing was wrong; this closes it"],
        ["Expected", "It was known beforehand; this closes it"],
        ["Wrong team", "It is not ours; it stays open"],
    ],
    series: "Series",
    rule: "Rule",
    severity: "Severity",
    began: "Began",
    lasted_until: "Until",
    lang: Lang::En,
    said: "{answer} — {who}, {when}",
    thanks: "Thank you. It is written down.",
    already: "Somebody has answered already, so this answer was not taken.",
    judged: "Somebody has judged this in Hindcast already, so it is not asked here any more.",
    undone: "The answer was taken back. You can give another one.",
    undo: "Take it back",
    undo_until: "This link can take its answer back until {when}.",
    late: "This answer cannot be taken back by this link any more.",
    sign_in: "To change it, open it in Hindcast.",
    open: "Open in Hindcast",
    expired: "This link has expired.",
    unknown: "This link opens nothing: it is incomplete, or it was revoked.",
    gone: "This anomaly is not kept any more.",
    choose: "Choose one of the four answers.",
    busy: "Too many answers at a time from your address. Wait a minute, then try again.",
};

static KO: Words = Words {
    tag: "ko",
    question: "올바른 알림이었나요?",
    about: "답은 시계열의 라벨이 되어 규칙을 다듬는 데 쓰입니다. 선택하기 전에는 아무 일도 일어나지 않습니다.",
    answers: [
        ["맞음", "실제로 문제가 있었습니다"],
        ["오탐", "문제가 없었습니다. 이상을 종료합니다"],
        ["예상됨", "미리 알고 있었습니다. 이상을 종료합니다"],
        ["다른 팀", "우리 담당이 아닙니다. 열린 채로 둡니다"],
    ],
    series: "시계열",
    rule: "규칙",
    severity: "심각도",
    began: "시작",
    lasted_until: "끝",
    lang: Lang::Ko,
    said: "{answer} — {who}, {when}",
    thanks: "고맙습니다. 답을 기록했습니다.",
    already: "이미 다른 답이 있어 이 답은 받지 않았습니다.",
    judged: "Hindcast에서 이미 판정했으므로 여기에서는 더 묻지 않습니다.",
    undone: "답을 취소했습니다. 다시 답할 수 있습니다.",
    undo: "취소하기",
    undo_until: "이 링크로는 {when}까지 답을 취소할 수 있습니다.",
    late: "이 링크로는 더 이상 이 답을 취소할 수 없습니다.",
    sign_in: "바꾸려면 Hindcast에서 여세요.",
    open: "Hindcast에서 열기",
    expired: "만료된 링크입니다.",
    unknown: "열 수 없는 링크입니다. 주소가 잘렸거나 링크가 폐기되었습니다.",
    gone: "이 이상은 더 이상 보관되어 있지 않습니다.",
    choose: "네 가지 답 중 하나를 고르세요.",
    busy: "이 주소에서 답이 너무 많이 왔습니다. 1분 뒤에 다시 시도하세요.",
};

static RU: Words = Words {
    tag: "ru",
    question: "Это было верно?",
    about: "Ответ учит правило: он становится разметкой ряда. Пока вы не выбрали, ничего не происходит.",
    answers: [
        ["Верно", "Что-то действительно было не так"],
        ["Ложная тревога", "Всё было в порядке; аномалия закроется"],
        ["Ожидалось", "Об этом знали заранее; аномалия закроется"],
        ["Не та команда", "Это не к нам; аномалия останется открытой"],
    ],
    series: "Ряд",
    rule: "Правило",
    severity: "Важность",
    began: "Начало",
    lasted_until: "Конец",
    lang: Lang::Ru,
    said: "{answer} — {who}, {when}",
    thanks: "Спасибо. Ответ записан.",
    already: "Ответ уже дан, поэтому этот не принят.",
    judged: "Это уже оценили в Hindcast, поэтому здесь больше не спрашивают.",
    undone: "Ответ отозван. Можно дать другой.",
    undo: "Отозвать",
    undo_until: "По этой ссылке ответ можно отозвать до {when}.",
    late: "По этой ссылке ответ больше нельзя отозвать.",
    sign_in: "Чтобы изменить его, откройте аномалию в Hindcast.",
    open: "Открыть в Hindcast",
    expired: "Срок ссылки истёк.",
    unknown: "Ссылка ничего не открывает: она неполная или отозвана.",
    gone: "Эта аномалия больше не хранится.",
    choose: "Выберите один из четырёх ответов.",
    busy: "Слишком много ответов с вашего адреса. Подождите минуту и попробуйте снова.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_when_in_any_language_then_have_the_same_places() {
        for lang in Lang::ALL {
            let words = words(lang);
            for place in ["{answer}", "{who}", "{when}"] {
                assert!(words.said.contains(place));
            }
            assert!(words.undo_until.contains("{when}"));
        }
    }
}
