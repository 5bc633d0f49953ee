//! The sentences. `{name}` is filled in; every language fills in the same names for the same sentence.

use super::Lang;
use crate::detector::DetectorKind;

/// The sentences of one language.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// `source`, `rule`, `what`.
    pub(super) title: &'static str,
    /// Between the whole and the parts of a number.
    pub(super) decimal: &'static str,
    /// In place of a value in the title.
    pub(super) no_data: &'static str,
    /// In place of a value in the title, where the source is down.
    pub(super) no_answer: &'static str,
    /// In place of a value in the title, where the rule itself fails.
    pub(super) failing: &'static str,
    /// `series`, `value`, `lower`, `upper`.
    pub(super) above_band: &'static str,
    /// The same, on the other side.
    pub(super) below_band: &'static str,
    /// `series`, `value`, `expected`.
    pub(super) above_expected: &'static str,
    /// The same, on the other side.
    pub(super) below_expected: &'static str,
    /// `series`, `value`, `threshold`.
    pub(super) above_limit: &'static str,
    /// The same, on the other side.
    pub(super) below_limit: &'static str,
    /// `series`, `value`.
    pub(super) unlike: &'static str,
    /// `method`, `score`, `threshold`.
    pub(super) score: &'static str,
    /// `method`, `score`, `alarms`.
    pub(super) budget: &'static str,
    /// `series`, `lasted`.
    pub(super) silence: &'static str,
    /// `source`, `lasted`.
    pub(super) source_down: &'static str,
    /// `rule`, `lasted`.
    pub(super) rule_failing: &'static str,
    /// `lasted`.
    pub(super) recovered: &'static str,
    /// `lasted`.
    pub(super) closed: &'static str,
    /// No names in these.
    pub(super) series_gone: &'static str,
    pub(super) rule_gone: &'static str,
    pub(super) false_alarm: &'static str,
    pub(super) known: &'static str,
    /// Day, hour, minute, second, as they follow a number.
    pub(super) units: [&'static str; 4],
    /// Threshold, z-score, MAD, IQR, trend.
    methods: [&'static str; 5],
}

impl Catalogue {
    /// A detector's name in a sentence.
    pub(super) fn method(&self, kind: DetectorKind) -> &'static str {
        let index = match kind {
            DetectorKind::Threshold => 0,
            DetectorKind::Zscore => 1,
            DetectorKind::Mad => 2,
            DetectorKind::Iqr => 3,
            DetectorKind::Trend => 4,
            // The names of the other methods are proper names: the same in every language.
            _ => return kind.about().title,
        };
        self.methods[index]
    }
}

/// The sentences of a language.
pub(super) fn catalogue(lang: Lang) -> &'static Catalogue {
    match lang {
        Lang::En => &EN,
        Lang::Ko => &KO,
        Lang::Ru => &RU,
    }
}

const EN: Catalogue = Catalogue {
    title: "[Anomaly] {source} — {rule} {what}",
    decimal: ".",
    no_data: "no data",
    no_answer: "source does not answer",
    failing: "rule fails",
    above_band: "{series} reached {value}, above the expected {lower} to {upper}.",
    below_band: "{series} fell to {value}, below the expected {lower} to {upper}.",
    above_expected: "{series} reached {value}, above the expected {expected}.",
    below_expected: "{series} fell to {value}, below the expected {expected}.",
    above_limit: "{series} reached {value}, above the limit of {threshold}.",
    below_limit: "{series} fell to {value}, below the limit of {threshold}.",
    unlike: "{series} behaved unlike its past; its value was {value}.",
    budget: "By its {method} it scored {score}, where 1 is expected {alarms} times a week.",
    score: "The {method} was {score} times the threshold of {threshold}.",
    silence: "No value came from {series} for {lasted}.",
    source_down: "The source {source} has not answered for {lasted}.",
    rule_failing: "The runs of {rule} have failed for {lasted}.",
    recovered: "It recovered after {lasted}.",
    closed: "It was closed by hand after {lasted}.",
    series_gone: "It was closed because the series is gone.",
    rule_gone: "It was closed because the rule was changed, switched off or removed.",
    false_alarm: "It was judged a false alarm.",
    known: "It was judged to have been expected.",
    units: [" d", " h", " min", " s"],
    methods: [
        "value",
        "z-score",
        "distance from the median",
        "distance from the quartiles",
        "trend",
    ],
};

const KO: Catalogue = Catalogue {
    title: "[이상 탐지] {source} — {rule} {what}",
    decimal: ".",
    no_data: "데이터 없음",
    no_answer: "소스 응답 없음",
    failing: "규칙 실행 실패",
    above_band: "{series} 값이 {value}까지 올라 예상 범위({lower} ~ {upper})를 넘었습니다.",
    below_band: "{series} 값이 {value}까지 내려가 예상 범위({lower} ~ {upper})보다 낮습니다.",
    above_expected: "{series} 값이 {value}까지 올라 예상값 {expected}보다 높습니다.",
    below_expected: "{series} 값이 {value}까지 내려가 예상값 {expected}보다 낮습니다.",
    above_limit: "{series} 값이 {value}까지 올라 한계값 {threshold}보다 높습니다.",
    below_limit: "{series} 값이 {value}까지 내려가 한계값 {threshold}보다 낮습니다.",
    unlike: "{series}의 움직임이 과거와 다릅니다. 값은 {value}입니다.",
    budget: "{method} 기준 점수는 {score}이며, 1은 주당 {alarms}회 예상되는 수준입니다.",
    score: "{method} 기준으로 임계값 {threshold}의 {score}배입니다.",
    silence: "{series}에서 {lasted} 동안 값이 들어오지 않았습니다.",
    source_down: "소스 {source}에서 {lasted} 동안 응답이 없습니다.",
    rule_failing: "규칙 {rule}의 실행이 {lasted} 동안 실패했습니다.",
    recovered: "{lasted} 후 정상으로 돌아왔습니다.",
    closed: "{lasted} 후 담당자가 종료했습니다.",
    series_gone: "시계열이 사라져 종료되었습니다.",
    rule_gone: "규칙이 변경, 비활성화 또는 삭제되어 종료되었습니다.",
    false_alarm: "오탐으로 판정되었습니다.",
    known: "예상된 일로 판정되었습니다.",
    units: ["일", "시간", "분", "초"],
    methods: ["측정값", "Z-점수", "중앙값 편차", "사분위 범위", "추세"],
};

const RU: Catalogue = Catalogue {
    title: "[Аномалия] {source} — {rule} {what}",
    decimal: ",",
    no_data: "нет данных",
    no_answer: "источник не отвечает",
    failing: "правило не выполняется",
    above_band: "{series}: значение {value} выше ожидаемого диапазона от {lower} до {upper}.",
    below_band: "{series}: значение {value} ниже ожидаемого диапазона от {lower} до {upper}.",
    above_expected: "{series}: значение {value} выше ожидаемого {expected}.",
    below_expected: "{series}: значение {value} ниже ожидаемого {expected}.",
    above_limit: "{series}: значение {value} выше предела {threshold}.",
    below_limit: "{series}: значение {value} ниже предела {threshold}.",
    unlike: "{series}: поведение не похоже на прошлое, значение {value}.",
    budget: "Метод «{method}»: оценка {score}, где 1 ожидается {alarms} раз в неделю.",
    score: "Метод «{method}»: {score} × порог ({threshold}).",
    silence: "От {series} не было значений в течение {lasted}.",
    source_down: "Источник {source} не отвечает в течение {lasted}.",
    rule_failing: "Правило {rule} не выполняется в течение {lasted}.",
    recovered: "Значения вернулись к норме через {lasted}.",
    closed: "Закрыто вручную через {lasted}.",
    series_gone: "Закрыто, потому что ряд исчез.",
    rule_gone: "Закрыто, потому что правило изменено, выключено или удалено.",
    false_alarm: "Признано ложной тревогой.",
    known: "Признано ожидаемым.",
    units: [" д", " ч", " мин", " с"],
    methods: [
        "предел",
        "z-оценка",
        "отклонение от медианы",
        "межквартильный размах",
        "тренд",
    ],
};

#[cfg(test)]
mod tests {
    use super::*;

    fn names(template: &str) -> Vec<&str> {
        let mut names: Vec<_> = template
            .split('{')
            .skip(1)
            .filter_map(|part| part.split_once('}'))
            .map(|(name, _)| name)
            .collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn sentences_when_compared_between_languages_then_fill_in_the_same_names() {
        let all = |words: &'static Catalogue| {
            [
                words.title,
                words.no_data,
                words.above_band,
                words.below_band,
                words.above_expected,
                words.below_expected,
                words.above_limit,
                words.below_limit,
                words.score,
                words.no_answer,
                words.failing,
                words.silence,
                words.source_down,
                words.rule_failing,
                words.recovered,
                words.closed,
                words.series_gone,
                words.rule_gone,
                words.false_alarm,
                words.known,
            ]
            .map(names)
        };
        assert_eq!(all(catalogue(Lang::Ko)), all(catalogue(Lang::En)));
        assert_eq!(all(catalogue(Lang::Ru)), all(catalogue(Lang::En)));
    }
}
