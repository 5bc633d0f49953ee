//! One rule as YAML, there and back: what people paste from a file into the app, and out of it.

use std::fmt::Write as _;
use std::sync::Arc;

use hindcast_shared::error::FieldError;
use hindcast_shared::rule::RuleDraft;
use serde_json::Value;

use super::document::{Kind, Node, parse};
use super::place::Place;

/// A rule that was read, with the lines of its keys.
#[derive(Debug)]
pub(crate) struct RuleText {
    tree: Node,
}

/// What is wrong with a text, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextProblem {
    /// Line, from 1.
    pub(crate) line: u32,
    /// Dotted path of the key; empty for the text itself.
    pub(crate) field: String,
    /// Sentence.
    pub(crate) message: String,
}

impl RuleText {
    /// Reads a rule, alone or as the only one of a list under `rules:`.
    pub(crate) fn parse(text: &str) -> Result<Self, TextProblem> {
        let name: Arc<str> = "rule".into();
        let tree = parse(&name, text).map_err(|error| TextProblem {
            line: line(&error.place),
            field: String::new(),
            message: error.message,
        })?;
        let listed = tree.get("rules").or(Some(&tree));
        let one = match listed.map(|node| &node.kind) {
            Some(Kind::List(items)) => match &items[..] {
                [one] => Some(one.clone()),
                _ => {
                    return Err(TextProblem {
                        line: line(&tree.place),
                        field: "rules".to_owned(),
                        message: format!("{} rules; give one", items.len()),
                    });
                }
            },
            _ => None,
        };
        Ok(Self {
            tree: one.unwrap_or(tree),
        })
    }

    /// The rule as JSON, unchecked.
    pub(crate) fn value(&self) -> Value {
        self.tree.value()
    }

    /// An error about a field, with the line of that field.
    pub(crate) fn problem(&self, error: FieldError) -> TextProblem {
        TextProblem {
            line: line(&self.tree.nearest(&error.field).place),
            field: error.field,
            message: error.message,
        }
    }
}

fn line(place: &Place) -> u32 {
    match place {
        Place::File { line, .. } => u32::try_from(*line).unwrap_or(u32::MAX),
        _ => 1,
    }
}

/// Writes a rule as YAML, its keys in the order in which the documentation has them.
pub(crate) fn rule_yaml(rule: &RuleDraft) -> Result<String, serde_json::Error> {
    // JSON is YAML, and this reader keeps the order of keys.
    let json = serde_json::to_string(rule)?;
    let mut out = String::new();
    if let Ok(tree) = parse(&"rule".into(), &json) {
        write_map(&mut out, &tree, 0);
    }
    Ok(out)
}

fn write_map(out: &mut String, node: &Node, indent: usize) {
    let Kind::Map(entries) = &node.kind else {
        return;
    };
    for (key, node) in entries.iter().filter(|(_, node)| !node.is_null()) {
        write!(out, "{:indent$}{}:", "", word(key)).ok();
        match &node.kind {
            Kind::Map(entries) if !entries.is_empty() => {
                out.push('\n');
                write_map(out, node, indent + 2);
            }
            _ => writeln!(out, " {}", flow(node)).unwrap_or_default(),
        }
    }
}

/// A value on one line.
fn flow(node: &Node) -> String {
    match &node.kind {
        Kind::Scalar(Value::String(text), _) => word(text),
        Kind::Scalar(value, _) => value.to_string(),
        Kind::List(items) => {
            let items: Vec<_> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Kind::Map(entries) => {
            let there = entries.iter().filter(|(_, node)| !node.is_null());
            let pairs: Vec<_> = there
                .map(|(key, node)| format!("{}: {}", word(key), flow(node)))
                .collect();
            if pairs.is_empty() {
                "{}".to_owned()
            } else {
                format!("{{ {} }}", pairs.join(", "))
            }
        }
    }
}

/// A text as it may stand in YAML: plain where nothing can be mistaken, in quotes as JSON has them elsewhere.
fn word(text: &str) -> String {
    let first = text.chars().next();
    let plain = first.is_some_and(char::is_alphabetic)
        && !text.ends_with(' ')
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || " _-./".contains(c));
    let read = parse(&"word".into(), text);
    let same = read.is_ok_and(|node| node.kind == Kind::Scalar(text.into(), text.to_owned()));
    if plain && same {
        text.to_owned()
    } else {
        Value::from(text).to_string()
    }
}

#[cfg(test)]
mod tests {
    use hindcast_shared::rule::Rule;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::defaults;

    #[test]
    fn rules_when_written_as_yaml_then_read_back_as_they_were() {
        for rule in defaults::rules() {
            let text = rule_yaml(&RuleDraft::from(rule.clone())).expect("a rule");
            let read = RuleText::parse(&text).expect("YAML");
            assert_eq!(Rule::from_json(read.value()).as_ref(), Ok(&rule), "{text}");
            assert!(text.contains("\ndetector:\n  kind: "), "{text}");
            assert!(!text.contains("null"), "{text}");
        }
    }

    #[test]
    fn text_when_a_field_is_wrong_then_its_line_is_named() {
        let text = "rules:\n  - name: a\n    source: s\n    query: q\n    step: 0s\n    detector: { kind: mad }\n";
        let read = RuleText::parse(text).expect("YAML");
        let error = Rule::from_json(read.value()).expect_err("no step");
        let problem = read.problem(error);
        assert_eq!((problem.line, problem.field.as_str()), (5, "step"));
        let broken = RuleText::parse("name: a\nstep: [1, 2\nx: 3\n").expect_err("a broken text");
        assert!(
            broken.line >= 2 && broken.message.contains("not YAML"),
            "{broken:?}"
        );
        let two = RuleText::parse("rules: [{name: a}, {name: b}]").expect_err("two rules");
        assert_eq!(two.message, "2 rules; give one");
    }

    proptest! {
        #[test]
        fn text_when_any_word_is_written_then_reads_back(text in "\\PC{0,20}") {
            let line = format!("a: {}\n", word(&text));
            let read = RuleText::parse(&line).expect("YAML");
            prop_assert_eq!(read.value(), json!({"a": text}));
        }

        #[test]
        fn text_when_anything_is_typed_then_is_read_or_refused(text in "[a-z:\\- \\n\\[\\]{}&*\"'0-9]{0,60}") {
            let _read = RuleText::parse(&text);
        }
    }
}
