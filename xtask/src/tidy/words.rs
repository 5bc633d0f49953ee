//! Words that must not stay behind.

use super::{Finding, Source};

/// In code: promises instead of work, and tests that do not run.
/// Written in halves, because this file is looked at as well.
const LEFT_BEHIND: &[(&str, &str)] = &[
    (
        concat!("TO", "DO"),
        "do it, or write an entry in the tracker",
    ),
    (concat!("FIX", "ME"), "fix it"),
    (concat!("XX", "X"), "say what is meant"),
    (concat!("to", "do!("), "write it"),
    (concat!("unimple", "mented!("), "write it"),
    (concat!("#[ig", "nore"), "a test runs, or it is deleted"),
    (concat!("#[should", "_panic"), "assert on the error"),
    (
        concat!("console.", "log("),
        "the page's console stays empty",
    ),
];

const CODE: &[&str] = &["rs", "js", "mjs", "css", "html", "toml", "sql", "sh"];

pub(super) fn left_behind(sources: &[Source]) -> Vec<Finding> {
    find(sources, CODE, LEFT_BEHIND)
}

/// Paths of the machine on which something was written.
const MACHINE_PATHS: &[(&str, &str)] = &[
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/Us", "ers/"), "a path of one machine"),
];

const TEXT: &[&str] = &[
    "rs", "js", "mjs", "css", "html", "toml", "sql", "sh", "md", "yaml", "yml", "json", "snap",
];

pub(super) fn machine_paths(sources: &[Source]) -> Vec<Finding> {
    find(sources, TEXT, MACHINE_PATHS)
}

fn find(sources: &[Source], extensions: &[&str], words: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.has_extension(extensions))
    {
        for (number, line) in source.text.lines().enumerate() {
            for (word, advice) in words {
                if line.contains(word) {
                    findings.push(source.finding(number, format!("`{word}`: {advice}")));
                }
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Source, left_behind};

    #[test]
    fn left_behind_when_a_test_is_switched_off_then_finds_it() {
        let source = |extension: &str| Source {
            path: format!("a.{extension}").into(),
            text: format!("fn a() {{}}\n{}]\nfn b() {{}}\n", concat!("#[ig", "nore")),
        };
        assert_eq!(left_behind(&[source("rs")])[0].line, 2);
        assert_eq!(left_behind(&[source("md")]), []);
    }
}
