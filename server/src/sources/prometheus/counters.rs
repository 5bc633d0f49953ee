//! Finds counters that are used raw: a sum since some restart says nothing until `rate()` is taken of it.
//!
//! Reads just enough PromQL to know which functions stand around a metric; the server has the real parser.

/// Functions under which a counter is right.
const RATES: [&str; 18] = [
    "rate",
    "irate",
    "increase",
    "increase_pure",
    "rate_over_sum",
    "rollup_rate",
    "rollup_increase",
    "resets",
    "changes",
    "idelta",
    "delta",
    "deriv",
    "absent",
    "absent_over_time",
    "present_over_time",
    "count",
    "group",
    "timestamp",
];

/// Words that take a list of labels in parentheses.
const LABEL_LISTS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

/// Words that are neither a metric nor a function.
const KEYWORDS: [&str; 12] = [
    "and", "or", "unless", "atan2", "offset", "bool", "inf", "nan", "start", "end", "default", "if",
];

/// Metrics whose name says that they are counters.
const SUFFIXES: [&str; 4] = ["_total", "_count", "_sum", "_bucket"];

/// Whether a metric is a counter by its name.
pub(super) fn looks_like_one(metric: &str) -> bool {
    SUFFIXES.iter().any(|suffix| metric.ends_with(suffix))
}

/// What is said about one.
pub(super) fn warning(metric: &str) -> String {
    format!(
        "`{metric}` is a counter and only ever grows; take rate({metric}[5m]) or increase({metric}[5m])"
    )
}

/// Metrics that stand under no rate function, in the order of their first use.
pub(crate) fn raw_metrics(query: &str) -> Vec<String> {
    let mut metrics: Vec<String> = Vec::new();
    let mut functions: Vec<&str> = Vec::new();
    let mut rest = query;
    while let Some(c) = rest.chars().next() {
        match c {
            '"' | '\'' | '`' => rest = after_string(rest, c),
            '{' => rest = after_braces(rest),
            '[' => rest = after(rest, ']'),
            '#' => rest = after(rest, '\n'),
            '(' => {
                functions.push("");
                rest = &rest[1..];
            }
            ')' => {
                functions.pop();
                rest = &rest[1..];
            }
            c if c.is_ascii_digit() => rest = skip(rest, |c| c.is_ascii_alphanumeric() || c == '.'),
            c if is_word(c) => {
                let tail = skip(rest, is_word);
                let word = &rest[..rest.len() - tail.len()];
                let next = tail.trim_start();
                let lower = word.to_ascii_lowercase();
                rest = tail;
                if LABEL_LISTS.contains(&lower.as_str()) {
                    if next.starts_with('(') {
                        rest = after(next, ')');
                    }
                } else if let Some(body) = next.strip_prefix('(') {
                    functions.push(word);
                    rest = body;
                } else if is_aggregation_with_list(next) {
                    // `sum by (a) (x)`: the function's parentheses come after the list.
                    let list = skip(next, is_word).trim_start();
                    let body = after(list, ')').trim_start();
                    if let Some(body) = body.strip_prefix('(') {
                        functions.push(word);
                        rest = body;
                    }
                } else if !KEYWORDS.contains(&lower.as_str())
                    && !functions.iter().any(|function| RATES.contains(function))
                    && !metrics.iter().any(|metric| metric == word)
                {
                    metrics.push(word.to_owned());
                }
            }
            c => rest = &rest[c.len_utf8()..],
        }
    }
    metrics
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ':')
}

fn is_aggregation_with_list(next: &str) -> bool {
    ["by", "without"].iter().any(|word| {
        next.get(..word.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(word))
            && next[word.len()..].trim_start().starts_with('(')
    })
}

fn skip(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    text.trim_start_matches(belongs)
}

/// What follows the next `end`; nothing if there is none.
fn after(text: &str, end: char) -> &str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

fn after_string(text: &str, quote: char) -> &str {
    let mut chars = text.char_indices().skip(1);
    while let Some((index, c)) = chars.next() {
        if c == '\\' && quote != '`' {
            chars.next();
        } else if c == quote {
            return &text[index + 1..];
        }
    }
    ""
}

/// What follows the matchers; strings inside may hold braces.
fn after_braces(text: &str) -> &str {
    let mut rest = &text[1..];
    while let Some(c) = rest.chars().next() {
        match c {
            '"' | '\'' | '`' => rest = after_string(rest, c),
            '}' => return &rest[1..],
            c => rest = &rest[c.len_utf8()..],
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("node_cpu_seconds_total", &["node_cpu_seconds_total"])]
    #[case("rate(node_cpu_seconds_total[5m])", &[])]
    #[case("sum by (le) (rate(x_bucket[5m]))", &[])]
    #[case("sum(x_bucket) by (le)", &["x_bucket"])]
    #[case("sum by (a_total) (x)", &["x"])]
    #[case("histogram_quantile(0.95, sum by (le, service) (rate(http_bucket{a=\"b}c\"}[5m])))", &[])]
    #[case("x_sum{le=\"}\"} / on (a) group_left (b_total) x_count offset 5m", &["x_sum", "x_count"])]
    #[case("max_over_time(rate(a_total[5m])[1h:1m]) + b_total", &["b_total"])]
    #[case("increase ( a_total [1h] ) > bool 5e3", &[])]
    #[case("label_replace(a_total, \"b_total\", \"$1\", 'c', '(.*)')", &["a_total"])]
    fn metrics_when_outside_of_rates_then_are_found(#[case] query: &str, #[case] raw: &[&str]) {
        assert_eq!(raw_metrics(query), raw);
    }

    proptest! {
        #[test]
        fn metrics_when_any_text_then_never_panics(query in r#"([a-z_]|[{}()\[\]"'`#=,é\\ 0-9]){0,40}"#) {
            let _found = raw_metrics(&query);
        }
    }
}
