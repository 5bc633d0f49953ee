//! The few words of a panel, in the reader's language.

use hindcast_shared::message::Lang;
use hindcast_shared::rule::Severity;

use crate::severity::severity_word;

/// The words of one language.
pub(super) struct Words {
    /// Nothing is wrong.
    pub(super) fine: &'static str,
    lang: Lang,
    /// `since {time}`.
    pub(super) since: &'static str,
    /// `as of {time}`.
    pub(super) as_of: &'static str,
    /// The data is older than it should be.
    pub(super) late: &'static str,
    /// The data is much older than it should be.
    pub(super) stale: &'static str,
    /// There are no samples in the range.
    pub(super) no_data: &'static str,
    /// `{n} series`.
    pub(super) series: &'static str,
    /// Heads of the table: anomalies, from, to, severity, what.
    pub(super) table: [&'static str; 5],
}

const EN: Words = Words {
    fine: "no anomaly",
    lang: Lang::En,
    since: "since {time}",
    as_of: "as of {time}",
    late: "LATE",
    stale: "STALE",
    no_data: "No data in this range",
    series: "1 of {n} series",
    table: ["Anomalies", "From", "To", "Severity", "What"],
};

const KO: Words = Words {
    fine: "이상 없음",
    lang: Lang::Ko,
    since: "{time}부터",
    as_of: "{time} 기준",
    late: "지연",
    stale: "오래된 데이터",
    no_data: "이 구간에 데이터가 없습니다",
    series: "시계열 {n}개 중 1개",
    table: ["이상", "시작", "끝", "심각도", "내용"],
};

const RU: Words = Words {
    fine: "аномалий нет",
    lang: Lang::Ru,
    since: "с {time}",
    as_of: "на {time}",
    late: "ЗАДЕРЖКА",
    stale: "УСТАРЕЛО",
    no_data: "В этом интервале нет данных",
    series: "1 ряд из {n}",
    table: ["Аномалии", "С", "По", "Важность", "Что"],
};

/// The words of a language.
pub(super) fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &EN,
        Lang::Ko => &KO,
        Lang::Ru => &RU,
    }
}

impl Words {
    pub(super) fn severity(&self, severity: Severity) -> &'static str {
        severity_word(self.lang, severity)
    }
}

/// Why there is no panel, by the code of the refusal: what is the matter, and what to do.
pub(super) fn refusal(code: &str, lang: Lang) -> Option<[&'static str; 2]> {
    let all = match code {
        "unknown_token" => [
            ["This link is not known", "Make a new one in Hindcast."],
            ["알 수 없는 링크입니다", "Hindcast에서 새 링크를 만드세요."],
            ["Ссылка неизвестна", "Создайте новую в Hindcast."],
        ],
        "expired_token" => [
            ["This link has expired", "Make a new one in Hindcast."],
            ["만료된 링크입니다", "Hindcast에서 새 링크를 만드세요."],
            ["Срок ссылки истёк", "Создайте новую в Hindcast."],
        ],
        "revoked_token" => [
            [
                "This link was revoked",
                "Ask whoever runs Hindcast for a new one.",
            ],
            [
                "취소된 링크입니다",
                "Hindcast 운영자에게 새 링크를 요청하세요.",
            ],
            [
                "Ссылка отозвана",
                "Попросите новую у того, кто ведёт Hindcast.",
            ],
        ],
        "unauthorized" => [
            [
                "Nobody is signed in here",
                "Use a link with a token: a frame of another site gets no cookies.",
            ],
            [
                "로그인되어 있지 않습니다",
                "토큰이 있는 링크를 쓰세요. 다른 사이트의 프레임에는 쿠키가 전달되지 않습니다.",
            ],
            [
                "Вход не выполнен",
                "Используйте ссылку с токеном: кадр чужого сайта не получает cookie.",
            ],
        ],
        "forbidden" => [
            ["This link shows another panel", "Make one for this rule."],
            ["다른 패널의 링크입니다", "이 규칙의 링크를 만드세요."],
            [
                "Ссылка для другой панели",
                "Создайте ссылку для этого правила.",
            ],
        ],
        "unknown_rule" => [
            ["There is no such rule", "Check the name after rule=."],
            ["그런 규칙이 없습니다", "rule= 뒤의 이름을 확인하세요."],
            ["Такого правила нет", "Проверьте имя после rule=."],
        ],
        "source_unavailable" => [
            [
                "The source does not answer",
                "The panel comes back by itself.",
            ],
            ["소스가 응답하지 않습니다", "패널은 자동으로 복구됩니다."],
            ["Источник не отвечает", "Панель вернётся сама."],
        ],
        _ => return None,
    };
    Some(match lang {
        Lang::En => all[0],
        Lang::Ko => all[1],
        Lang::Ru => all[2],
    })
}
