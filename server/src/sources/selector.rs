//! `name{a="x",b=~"y.*",c!="z",d!~"w"}`: how series are picked from every source but Prometheus.
//!
//! Owns the grammar and the matching; knows nothing of where the series are kept.

use std::collections::BTreeMap;
use std::fmt;

use hindcast_shared::series::Labels;
use regex::Regex;

use super::SourceError;

/// The label that carries a metric's name.
const NAME: &str = "__name__";

/// A parsed selector: every condition must hold.
#[derive(Debug, Clone)]
pub(crate) struct Selector {
    matchers: Vec<Matcher>,
}

#[derive(Debug, Clone)]
struct Matcher {
    label: String,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    Equal(String),
    NotEqual(String),
    Match(Regex),
    NotMatch(Regex),
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// [`SourceError::InvalidQuery`] that names the position, counted in characters from 1.
    pub(crate) fn parse(text: &str) -> Result<Self, SourceError> {
        Self::read(text).map_err(|error| SourceError::InvalidQuery {
            message: error.to_string(),
        })
    }

    /// Why a text is no selector, and the position of it, counted in characters from 1; nothing where it is one.
    pub(crate) fn fault(text: &str) -> Option<(usize, String)> {
        let error = Self::read(text).err()?;
        Some((error.position, error.message))
    }

    fn read(text: &str) -> Result<Self, ParseError> {
        Parser {
            text,
            rest: text,
            matchers: Vec::new(),
        }
        .selector()
    }

    /// Whether a series is picked; an absent label counts as empty, as in PromQL.
    pub(crate) fn matches(&self, labels: &Labels) -> bool {
        self.matchers
            .iter()
            .all(|matcher| matcher.matches(&labels.0))
    }
}

impl Matcher {
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.label).map_or("", String::as_str);
        match &self.test {
            Test::Equal(text) => value == text,
            Test::NotEqual(text) => value != text,
            Test::Match(regex) => regex.is_match(value),
            Test::NotMatch(regex) => !regex.is_match(value),
        }
    }
}

/// Where and why a selector cannot be read.
struct ParseError {
    position: usize,
    message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a selector at position {}: {}; write for example name{{label=\"value\"}}",
            self.position, self.message
        )
    }
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
    matchers: Vec<Matcher>,
}

impl Parser<'_> {
    fn selector(mut self) -> Result<Selector, ParseError> {
        self.skip_space();
        let name = self.word(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'));
        if !name.is_empty() {
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                return Err(ParseError {
                    position: 1,
                    message: "a name does not begin with a digit".to_owned(),
                });
            }
            self.matchers.push(Matcher {
                label: NAME.to_owned(),
                test: Test::Equal(name.clone()),
            });
        }
        self.skip_space();
        if self.take("{") {
            self.braces()?;
        } else if name.is_empty() {
            return Err(self.error("expected a name or {"));
        }
        self.skip_space();
        if !self.rest.is_empty() {
            return Err(self.error("expected the end"));
        }
        Ok(Selector {
            matchers: self.matchers,
        })
    }

    fn braces(&mut self) -> Result<(), ParseError> {
        loop {
            self.skip_space();
            if self.take("}") {
                return Ok(());
            }
            let label = self.word(|c| c.is_alphanumeric() || c == '_');
            if label.is_empty() {
                return Err(self.error("expected a label or }"));
            }
            self.skip_space();
            let test = self.test()?;
            self.matchers.push(Matcher { label, test });
            self.skip_space();
            if !self.take(",") {
                if self.take("}") {
                    return Ok(());
                }
                return Err(self.error("expected , or }"));
            }
        }
    }

    fn test(&mut self) -> Result<Test, ParseError> {
        // The longer operators first: `=` is a prefix of `=~`.
        let operator = ["=~", "!~", "!=", "="]
            .into_iter()
            .find(|operator| self.take(operator))
            .ok_or_else(|| self.error("expected =, !=, =~ or !~"))?;
        self.skip_space();
        let at = self.position();
        let text = self.quoted()?;
        let regex = |text: &str| {
            // Anchored, as in PromQL.
            Regex::new(&format!("^(?:{text})$")).map_err(|_| ParseError {
                position: at,
                message: format!("`{text}` is not a regular expression"),
            })
        };
        Ok(match operator {
            "=~" => Test::Match(regex(&text)?),
            "!~" => Test::NotMatch(regex(&text)?),
            "!=" => Test::NotEqual(text),
            _ => Test::Equal(text),
        })
    }

    fn quoted(&mut self) -> Result<String, ParseError> {
        let Some(quote @ ('"' | '\'')) = self.rest.chars().next() else {
            return Err(self.error("expected a value in quotes"));
        };
        let start = self.position();
        self.rest = &self.rest[1..];
        let mut value = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((index, c)) = chars.next() {
            match c {
                '\\' => match chars.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, 't')) => value.push('\t'),
                    Some((_, c @ ('\\' | '"' | '\''))) => value.push(c),
                    // Left as they are, so that `\d` in a pattern needs no doubling.
                    Some((_, c)) => value.extend(['\\', c]),
                    None => break,
                },
                c if c == quote => {
                    self.rest = &self.rest[index + c.len_utf8()..];
                    return Ok(value);
                }
                c => value.push(c),
            }
        }
        Err(ParseError {
            position: start,
            message: "the value's quote is not closed".to_owned(),
        })
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> String {
        let end = self
            .rest
            .find(|c: char| !belongs(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_owned()
    }

    fn take(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn position(&self) -> usize {
        self.text[..self.text.len() - self.rest.len()]
            .chars()
            .count()
            + 1
    }

    fn error(&self, message: &str) -> ParseError {
        ParseError {
            position: self.position(),
            message: message.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn labels() -> Labels {
        Labels::named("http_requests", &[("path", "/api/v1"), ("code", "500")])
    }

    #[rstest]
    #[case("http_requests", true)]
    #[case("  http_requests  { } ", true)]
    #[case("{}", true)]
    #[case("http", false)]
    #[case(r#"{code="500"}"#, true)]
    #[case(r#"http_requests{code=~"5..",}"#, true)]
    #[case(r#"http_requests{code=~"5"}"#, false)]
    #[case(r#"http_requests{code!~'4..', path != "x"}"#, true)]
    #[case(r#"http_requests{code=~"\d+"}"#, true)]
    #[case(r#"{__name__=~"http_.*",absent=""}"#, true)]
    #[case(r#"{absent!=""}"#, false)]
    fn selector_when_well_formed_then_picks(#[case] text: &str, #[case] picked: bool) {
        let selector = Selector::parse(text).expect("a selector");
        assert_eq!(selector.matches(&labels()), picked);
    }

    #[rstest]
    #[case("", 1)]
    #[case("rate(x[5m])", 5)]
    #[case("a b", 3)]
    #[case("1a", 1)]
    #[case("a{", 3)]
    #[case("a{b}", 4)]
    #[case("a{b=c}", 5)]
    #[case("a{b=\"c}", 5)]
    #[case("a{b=~\"(\"}", 6)]
    #[case("a{b=\"c\" d=\"e\"}", 9)]
    #[case("ä{é=\"ö\"}!", 9)]
    fn selector_when_malformed_then_names_the_position(
        #[case] text: &str,
        #[case] position: usize,
    ) {
        let error = Selector::parse(text)
            .expect_err("not a selector")
            .to_string();
        assert!(
            error.contains(&format!("at position {position}:")),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn selector_when_any_text_then_never_panics(text in ".{0,40}") {
            let _outcome = Selector::parse(&text);
        }

        #[test]
        fn selector_when_tokens_are_shuffled_then_never_panics(text in r#"([a-z]|[{}=!~,"'\\]| ){0,30}"#) {
            let _outcome = Selector::parse(&text);
        }

        #[test]
        fn text_form_of_labels_when_parsed_then_picks_them(
            name in "[a-z_][a-z0-9_]{0,8}",
            pairs in proptest::collection::btree_map("[a-z_]{1,5}", ".{0,8}", 0..4),
        ) {
            let pairs: Vec<(&str, &str)> = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let labels = Labels::named(&name, &pairs);
            let selector = Selector::parse(&labels.to_string()).expect("a text form");
            prop_assert!(selector.matches(&labels));
        }
    }
}
