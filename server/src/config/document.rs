//! YAML as a tree in which every value knows its line.
//!
//! Scalars have the types of YAML's core schema. A key given twice is refused; anchors and aliases work,
//! within a budget of nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};
use serde_json::{Map, Number, Value};

use super::place::{ConfigError, Place};

/// More nodes than this are an alias bomb and not a configuration.
const MAX_NODES: usize = 200_000;

/// Deeper nesting than this is refused, so that no walk over the tree can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// A value and where it was written (for a value under a key, the place of the key).
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// The value, and the text that it was written as.
    Scalar(Value, String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn empty_map(place: Place) -> Self {
        let kind = Kind::Map(Vec::new());
        Self { place, kind }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::Null, _))
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Kind::Map(entries) = &self.kind else {
            return None;
        };
        let (_, node) = entries.iter().find(|(name, _)| name == key)?;
        Some(node)
    }

    /// As JSON, without places.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value, _) => value.clone(),
            Kind::List(items) => items.iter().map(Self::value).collect(),
            Kind::Map(entries) => {
                let pairs = entries
                    .iter()
                    .map(|(key, node)| (key.clone(), node.value()));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// The node at a dotted path (`a.b[2].c`), or the deepest one on the way to it.
    pub(super) fn nearest(&self, path: &str) -> &Self {
        let mut node = self;
        for step in steps(path) {
            let next = match &node.kind {
                Kind::List(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
                _ => node.get(step),
            };
            let Some(next) = next else { break };
            node = next;
        }
        node
    }

    /// The node exactly at a dotted path.
    pub(super) fn at_mut(&mut self, path: &str) -> Option<&mut Self> {
        let mut node = self;
        for step in steps(path) {
            node = match &mut node.kind {
                Kind::List(items) => items.get_mut(step.parse::<usize>().ok()?)?,
                Kind::Map(entries) => {
                    let (_, next) = entries.iter_mut().find(|(name, _)| name == step)?;
                    next
                }
                Kind::Scalar(..) => return None,
            };
        }
        Some(node)
    }
}

fn steps(path: &str) -> impl Iterator<Item = &str> {
    path.split(['.', '[', ']']).filter(|step| !step.is_empty())
}

/// Reads a file; an empty one is an empty mapping.
pub(super) fn parse(path: &Arc<str>, text: &str) -> Result<Node, ConfigError> {
    let place = |line| Place::File {
        path: path.clone(),
        line,
    };
    let node = Reader::new(text, &place).document()?;
    match node {
        Some(node) if !node.is_null() => Ok(node),
        _ => Ok(Node::empty_map(place(1))),
    }
}

/// Reads one value, as it stands in a variable or after `--set key=`.
pub(super) fn parse_value(text: &str, place: &Place) -> Node {
    let parsed = Reader::new(text, &|_| place.clone()).document();
    let as_text = || Node {
        place: place.clone(),
        kind: Kind::Scalar(Value::from(text), text.to_owned()),
    };
    match parsed {
        // Only flow collections and scalars: `a: b` in a variable is text.
        Ok(Some(node)) if !matches!(node.kind, Kind::Scalar(..)) => {
            if text.trim_start().starts_with(['[', '{']) {
                node
            } else {
                as_text()
            }
        }
        Ok(Some(node)) => node,
        _ => as_text(),
    }
}

struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    place: &'a dyn Fn(usize) -> Place,
    anchors: BTreeMap<usize, Node>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, place: &'a dyn Fn(usize) -> Place) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            place,
            anchors: BTreeMap::new(),
            nodes: 0,
        }
    }

    fn refuse<T>(&self, line: usize, message: impl Into<String>) -> Result<T, ConfigError> {
        Err(ConfigError {
            place: (self.place)(line),
            key: String::new(),
            message: message.into(),
        })
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ConfigError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => self.refuse(error.marker().line(), scan_message(&error)),
            None => self.refuse(1, "the text ends too early"),
        }
    }

    fn document(&mut self) -> Result<Option<Node>, ConfigError> {
        let mut node = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => return Ok(node),
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if node.is_some() => {
                    return self.refuse(span.start.line(), "a second document; one is allowed");
                }
                Event::DocumentStart(_) => {
                    let event = self.next()?;
                    node = Some(self.node(event, 0)?);
                }
                _ => return self.refuse(span.start.line(), "text outside of the document"),
            }
        }
    }

    fn node(
        &mut self,
        (event, span): (Event<'a>, Span),
        depth: usize,
    ) -> Result<Node, ConfigError> {
        let line = span.start.line();
        self.nodes += 1;
        if self.nodes > MAX_NODES || depth > MAX_DEPTH {
            return self.refuse(line, "too large or too deeply nested for a configuration");
        }
        let (kind, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, line),
            Event::Scalar(text, style, anchor, _) => {
                let value = match style {
                    ScalarStyle::Plain => self.scalar(&text, line)?,
                    _ => Value::from(text.as_ref()),
                };
                (Kind::Scalar(value, text.into_owned()), anchor)
            }
            Event::SequenceStart(anchor, _) => (self.list(depth)?, anchor),
            Event::MappingStart(anchor, _) => (self.map(depth)?, anchor),
            _ => return self.refuse(line, "expected a value"),
        };
        let place = (self.place)(line);
        let node = Node { place, kind };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<Node, ConfigError> {
        let Some(node) = self.anchors.get(&anchor).cloned() else {
            return self.refuse(line, "the alias has no anchor before it");
        };
        self.nodes += count(&node);
        if self.nodes > MAX_NODES {
            return self.refuse(line, "too large for a configuration");
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Kind, ConfigError> {
        let mut items = Vec::new();
        loop {
            let event = self.next()?;
            if event.0 == Event::SequenceEnd {
                return Ok(Kind::List(items));
            }
            items.push(self.node(event, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Kind, ConfigError> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            let line = span.start.line();
            let key = match event {
                Event::MappingEnd => return Ok(Kind::Map(entries)),
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return self.refuse(line, "a key must be a word"),
            };
            if let Some((_, first)) = entries.iter().find(|(name, _)| *name == key) {
                let message = format!("the key `{key}` is given twice, first at {}", first.place);
                return self.refuse(line, message);
            }
            let event = self.next()?;
            let mut node = self.node(event, depth + 1)?;
            node.place = (self.place)(line);
            entries.push((key, node));
        }
    }

    /// The core schema of YAML 1.2, less what JSON cannot say.
    fn scalar(&self, text: &str, line: usize) -> Result<Value, ConfigError> {
        Ok(match text {
            "" | "~" | "null" | "Null" | "NULL" => Value::Null,
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            ".inf" | "-.inf" | "+.inf" | ".nan" | ".NaN" | ".Inf" | "-.Inf" => {
                return self.refuse(line, "must be a finite number");
            }
            _ => number(text).map_or_else(|| Value::from(text), Value::Number),
        })
    }
}

fn number(text: &str) -> Option<Number> {
    let first = text.trim_start_matches(['+', '-']).bytes().next()?;
    if !first.is_ascii_digit() && first != b'.' {
        return None;
    }
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.into());
    }
    Number::from_f64(text.parse().ok()?)
}

fn count(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::Scalar(..) => 0,
        Kind::List(items) => items.iter().map(count).sum(),
        Kind::Map(entries) => entries.iter().map(|(_, node)| count(node)).sum(),
    }
}

fn scan_message(error: &ScanError) -> String {
    format!(
        "not YAML: {} (column {})",
        error.info(),
        error.marker().col() + 1
    )
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Node, ConfigError> {
        parse(&"a.yaml".into(), text)
    }

    fn line(node: &Node) -> usize {
        match node.place {
            Place::File { line, .. } => line,
            _ => 0,
        }
    }

    #[test]
    fn tree_when_nested_then_every_value_knows_its_line() {
        let text = "http:\n  bind: 127.0.0.1:80\nrules:\n  - name: a\n    step: 15s\n  - name: b\n";
        let node = read(text).expect("valid YAML");
        assert_eq!(line(node.nearest("http.bind")), 2);
        assert_eq!(line(node.nearest("rules[0].step")), 5);
        assert_eq!(line(node.nearest("rules[1].missing")), 6);
        assert_eq!(
            node.value(),
            json!({"http": {"bind": "127.0.0.1:80"}, "rules": [{"name": "a", "step": "15s"}, {"name": "b"}]})
        );
    }

    #[test]
    fn scalar_when_plain_or_quoted_then_has_the_type_it_looks_like() {
        let node = read("a: 1\nb: '1'\nc: 1.5\nd: true\ne: ~\nf: 1e3\ng: 90s\nh: 1.2.3\n");
        assert_eq!(
            node.expect("valid YAML").value(),
            json!({"a": 1, "b": "1", "c": 1.5, "d": true, "e": null, "f": 1000.0, "g": "90s", "h": "1.2.3"})
        );
    }

    #[test]
    fn alias_when_anchored_before_then_is_the_same_value() {
        let node = read("a: &x { k: 1 }\nb: *x\n").expect("valid YAML");
        assert_eq!(node.value(), json!({"a": {"k": 1}, "b": {"k": 1}}));
    }

    #[rstest]
    #[case("a: 1\nb: 2\na: 3\n", 3, "given twice")]
    #[case("a: [1, 2\nb: 3\n", 2, "not YAML")]
    #[case("a: 1\n---\nb: 1\n", 2, "second document")]
    #[case("a: .nan\n", 1, "finite")]
    fn text_when_broken_then_the_line_is_named(
        #[case] text: &str,
        #[case] at: usize,
        #[case] message: &str,
    ) {
        let error = read(text).expect_err("a broken text");
        assert!(error.message.contains(message), "{error}");
        assert_eq!(
            error.place,
            Place::File {
                path: "a.yaml".into(),
                line: at
            }
        );
    }

    #[test]
    fn alias_when_it_explodes_then_is_refused() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let inner = vec![format!("*a{}", level - 1); 10].join(", ");
            text = format!("{text}a{level}: &a{level} [{inner}]\n");
        }
        let error = read(&text).expect_err("a bomb");
        assert!(error.message.contains("too large"), "{error}");
    }
}
