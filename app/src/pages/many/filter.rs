//! What somebody types to see fewer series: words, `label=text`, and numbers such as `score>2`.

use super::sheet::Row;
use crate::worker::many::wire::Stat;

/// Terms that must all hold.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Filter(Vec<Term>);

#[derive(Debug, Clone, PartialEq)]
enum Term {
    /// Somewhere in the text form.
    Word(String),
    /// Somewhere in the value of a label.
    Label { name: String, text: String },
    /// A number of the row.
    Number { stat: Stat, sign: Sign, than: f64 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Over,
    AtLeast,
    Under,
    AtMost,
    Equal,
}

/// The longer ones first: `>=` begins with `>`.
const SIGNS: [(&str, Sign); 5] = [
    (">=", Sign::AtLeast),
    ("<=", Sign::AtMost),
    (">", Sign::Over),
    ("<", Sign::Under),
    ("=", Sign::Equal),
];

/// Names of the numbers in a filter.
const NUMBERS: [(&str, Stat); 4] = [
    ("anomalies", Stat::Anomalies),
    ("score", Stat::Highest),
    ("pages", Stat::Pages),
    ("open", Stat::Open),
];

impl Filter {
    /// Reads it; whatever is no label and no number is a word.
    pub(super) fn parse(text: &str) -> Self {
        Self(text.split_whitespace().map(term).collect())
    }

    pub(super) fn passes(&self, row: &Row) -> bool {
        self.0.iter().all(|term| term.holds(row))
    }
}

fn term(word: &str) -> Term {
    let lower = word.to_ascii_lowercase();
    let cut = SIGNS.iter().find_map(|(text, sign)| {
        let (name, rest) = lower.split_once(text)?;
        Some((name, *sign, rest))
    });
    let Some((name, sign, rest)) = cut.filter(|(name, ..)| !name.is_empty()) else {
        return Term::Word(lower);
    };
    let number = NUMBERS.iter().find(|(known, _)| *known == name);
    if let (Some((_, stat)), Ok(than)) = (number, rest.parse::<f64>()) {
        return Term::Number {
            stat: *stat,
            sign,
            than,
        };
    }
    if sign == Sign::Equal {
        let text = rest.trim_matches('"').to_owned();
        let name = name.to_owned();
        return Term::Label { name, text };
    }
    Term::Word(lower)
}

impl Term {
    fn holds(&self, row: &Row) -> bool {
        match self {
            Self::Word(word) => row.full.to_ascii_lowercase().contains(word),
            Self::Label { name, text } => row.labels.pairs().any(|(key, value)| {
                key.eq_ignore_ascii_case(name) && value.to_ascii_lowercase().contains(text)
            }),
            Self::Number { stat, sign, than } => {
                let value = row.stat(*stat);
                match sign {
                    Sign::Over => value > *than,
                    Sign::AtLeast => value >= *than,
                    Sign::Under => value < *than,
                    Sign::AtMost => value <= *than,
                    Sign::Equal => (value - than).abs() < 1e-9,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::sheet::tests::row;
    use super::*;

    #[test]
    fn filter_when_terms_are_of_all_kinds_then_all_must_hold() {
        let row = row("cpu", &[("zone", "EU-1")], &[3.0, 2.5, 1.0]);
        for (text, passes) in [
            ("", true),
            ("CPU", true),
            ("zone=eu", true),
            ("zone=us", false),
            ("zone=\"eu-1\" anomalies>=3 score>2 pages<2", true),
            ("anomalies>3", false),
            ("anomalies=3", true),
            ("other", false),
            ("score>much", false),
        ] {
            assert_eq!(Filter::parse(text).passes(&row), passes, "{text}");
        }
    }

    #[test]
    fn filter_when_a_number_is_not_known_then_it_does_not_hold() {
        let row = row("cpu", &[], &[f64::NAN]);
        assert!(!Filter::parse("anomalies<5").passes(&row));
    }
}
