//! A digest in words, for messages and the command line.

use hindcast_shared::api::{Digest, DigestAnswers};
use hindcast_shared::message::Lang;

/// Items of each part: a message is no list.
const ITEMS: usize = 5;

struct Words {
    subject: &'static str,
    summary: &'static str,
    answers: &'static str,
    noisiest: &'static str,
    noisy: &'static str,
    unattended: &'static str,
    unanswered: &'static str,
    never: &'static str,
    quiet: &'static str,
    more: &'static str,
}

fn words(lang: Lang) -> &'static Words {
    match lang {
        Lang::En => &EN,
        Lang::Ko => &KO,
        Lang::Ru => &RU,
    }
}

static EN: Words = Words {
    subject: "Tuning digest for {week}: pages: {pages}, acted on by nobody: {unattended}",
    summary: "Anomalies: {anomalies}. Pages: {pages}.",
    answers: "Feedback: right {right}, false alarms {false}, expected {expected}, wrong team {team}.",
    noisiest: "Noisiest rules",
    noisy: "{name}: {pages} pages, {anomalies} anomalies, {unattended} acted on by nobody, {false} false alarms",
    unattended: "Pages that nobody acted on",
    unanswered: "{name}, {series}: {pages} pages",
    never: "Rules that have never fired",
    quiet: "There was no page, and every rule has fired before. Nothing needs tuning.",
    more: "… and {n} more",
};

static KO: Words = Words {
    subject: "{week} 조정 요약: 호출 {pages}건, 무응답 {unattended}건",
    summary: "이상 {anomalies}건, 호출 {pages}건.",
    answers: "피드백: 맞음 {right}, 오탐 {false}, 예상됨 {expected}, 다른 팀 {team}.",
    noisiest: "가장 시끄러운 규칙",
    noisy: "{name}: 호출 {pages}건, 이상 {anomalies}건, 무응답 {unattended}건, 오탐 {false}건",
    unattended: "아무도 대응하지 않은 호출",
    unanswered: "{name}, {series}: 호출 {pages}건",
    never: "한 번도 울리지 않은 규칙",
    quiet: "호출이 없었고 모든 규칙이 울린 적이 있습니다. 조정할 것이 없습니다.",
    more: "… 외 {n}건",
};

static RU: Words = Words {
    subject: "Сводка для настройки за {week}: вызовов {pages}, без ответа {unattended}",
    summary: "Аномалий: {anomalies}. Вызовов: {pages}.",
    answers: "Отзывы: верно {right}, ложных тревог {false}, ожидалось {expected}, не та команда {team}.",
    noisiest: "Самые шумные правила",
    noisy: "{name}: вызовов {pages}, аномалий {anomalies}, без ответа {unattended}, ложных тревог {false}",
    unattended: "Вызовы, на которые никто не ответил",
    unanswered: "{name}, {series}: вызовов {pages}",
    never: "Правила, которые ещё не срабатывали",
    quiet: "Вызовов не было, и каждое правило уже срабатывало. Настраивать нечего.",
    more: "… и ещё {n}",
};

fn put(template: &str, values: &[(&str, &str)]) -> String {
    values
        .iter()
        .fold(template.to_owned(), |text, (key, value)| {
            text.replace(&format!("{{{key}}}"), value)
        })
}

/// One line.
pub(crate) fn subject(digest: &Digest, lang: Lang) -> String {
    put(
        words(lang).subject,
        &[
            ("week", &digest.week),
            ("pages", &digest.pages.to_string()),
            ("unattended", &digest.unattended_total.to_string()),
        ],
    )
}

/// All of it, a line an item; `link` turns an address under the app's own into a whole one, where it is known.
pub(crate) fn text(digest: &Digest, lang: Lang, link: impl Fn(&str) -> Option<String>) -> String {
    let words = words(lang);
    let mut lines = vec![put(
        words.summary,
        &[
            ("anomalies", &digest.anomalies.to_string()),
            ("pages", &digest.pages.to_string()),
        ],
    )];
    if digest.answers != DigestAnswers::default() {
        let told = &digest.answers;
        lines.push(put(
            words.answers,
            &[
                ("right", &told.right.to_string()),
                ("false", &told.false_alarms.to_string()),
                ("expected", &told.expected.to_string()),
                ("team", &told.wrong_team.to_string()),
            ],
        ));
    }
    let mut part = |head: &str, total: u64, items: Vec<(String, &str)>| {
        if items.is_empty() {
            return;
        }
        lines.extend([String::new(), head.to_owned()]);
        let shown = items.len() as u64;
        for (item, lab) in items {
            let lab = link(lab).map_or_else(String::new, |url| format!(" — {url}"));
            lines.push(format!("• {item}{lab}"));
        }
        if total > shown {
            lines.push(put(words.more, &[("n", &(total - shown).to_string())]));
        }
    };
    let noisy = digest.noisiest.iter().take(ITEMS).map(|rule| {
        let item = put(
            words.noisy,
            &[
                ("name", &rule.name),
                ("pages", &rule.pages.to_string()),
                ("anomalies", &rule.anomalies.to_string()),
                ("unattended", &rule.unattended.to_string()),
                ("false", &rule.answers.false_alarms.to_string()),
            ],
        );
        (item, rule.lab.as_str())
    });
    part(
        words.noisiest,
        digest.noisiest.len() as u64,
        noisy.collect(),
    );
    let unanswered = digest.unattended.iter().take(ITEMS).map(|one| {
        let item = put(
            words.unanswered,
            &[
                ("name", &one.rule_name),
                ("series", &one.series),
                ("pages", &one.pages.to_string()),
            ],
        );
        (item, one.lab.as_str())
    });
    part(
        words.unattended,
        digest.unattended_total,
        unanswered.collect(),
    );
    let never = digest.never_fired.iter().take(ITEMS);
    part(
        words.never,
        digest.never_fired.len() as u64,
        never
            .map(|rule| (rule.name.clone(), rule.lab.as_str()))
            .collect(),
    );
    if digest.noisiest.is_empty() && digest.never_fired.is_empty() {
        lines.push(words.quiet.to_owned());
    }
    lines.join("\n")
}
