//! The shape of files: not too long, no stray space.

use std::path::Path;

use super::{Finding, Source};

/// Above this, a module has more than one job. Tests at its end are not counted: they stand by what they test.
const MOST_LINES: usize = 400;

/// How the tests at the end of a module begin.
const TESTS: &str = "#[cfg(test)]";

/// Files that are longer for a reason.
const LONGER: &[(&str, &str)] = &[
    (
        "server/src/detection/tests.rs",
        "one table of scripted runs, which share their set-up",
    ),
    (
        "server/src/router/tests.rs",
        "what every request meets, whatever its route, over one set-up",
    ),
];

/// Files that a program writes, or that are compared byte by byte.
const AS_THEY_ARE: &[&str] = &["snap", "lock", "svg", "csv", "seed"];

pub(super) fn long_files(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.has_extension(&["rs"]))
    {
        let lines = source
            .text
            .lines()
            .take_while(|line| *line != TESTS)
            .count();
        let excused = LONGER
            .iter()
            .any(|(path, _)| Path::new(path) == source.path);
        if lines > MOST_LINES && !excused {
            let text = format!(
                "{lines} lines; split it at {MOST_LINES}, or give a reason in xtask/src/tidy/layout.rs"
            );
            findings.push(source.finding(lines - 1, text));
        }
    }
    findings
}

pub(super) fn spaces(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources
        .iter()
        .filter(|source| !source.has_extension(AS_THEY_ARE))
    {
        for (number, line) in source.text.split('\n').enumerate() {
            if line.ends_with([' ', '\t', '\r']) {
                findings.push(source.finding(number, "space at the end of the line"));
            }
        }
        if !source.text.is_empty() && !source.text.ends_with('\n') {
            let last = source.text.lines().count() - 1;
            findings.push(source.finding(last, "no line end at the end of the file"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Source, long_files, spaces};

    #[test]
    fn long_files_when_one_line_too_many_then_finds_it() {
        let file = |lines| Source {
            path: "a.rs".into(),
            text: "x\n".repeat(lines),
        };
        assert_eq!(long_files(&[file(400)]), []);
        assert_eq!(long_files(&[file(401)]).len(), 1);
        let mut with_tests = file(300);
        with_tests.text.push_str("#[cfg(test)]\n");
        with_tests.text.push_str(&"y\n".repeat(300));
        assert_eq!(long_files(&[with_tests]), []);
    }

    #[test]
    fn spaces_when_a_line_ends_with_one_then_names_the_line() {
        let source = Source {
            path: "a.md".into(),
            text: "fine\nnot fine \nno end".into(),
        };
        let lines: Vec<_> = spaces(&[source])
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(lines, [2, 3]);
    }
}
