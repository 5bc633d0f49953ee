//! Elements as plain values, made real in one place: text stays text, and no closure is compiled for any of them.

use web_sys::{Element, Node as DomNode};

/// An element.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    tag: &'static str,
    attributes: Vec<(&'static str, String)>,
    inside: Vec<Inside>,
}

#[derive(Debug, Clone, PartialEq)]
enum Inside {
    Text(String),
    Node(Node),
}

const SVG: &str = "http://www.w3.org/2000/svg";
/// What is drawn; everything else is HTML.
const DRAWN: [&str; 5] = ["svg", "line", "text", "circle", "path"];

/// An element without anything.
pub(super) fn el(tag: &'static str) -> Node {
    Node {
        tag,
        attributes: Vec::new(),
        inside: Vec::new(),
    }
}

impl Node {
    /// With an attribute.
    pub(super) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.attributes.push((name, value.to_owned()));
        self
    }

    /// With a coordinate.
    pub(super) fn at(self, name: &'static str, value: f64) -> Self {
        self.with(name, &format!("{value:.1}"))
    }

    /// With text inside, after what is there.
    pub(super) fn text(mut self, text: &str) -> Self {
        self.inside.push(Inside::Text(text.to_owned()));
        self
    }

    /// With an element inside.
    pub(super) fn add(mut self, node: Node) -> Self {
        self.inside.push(Inside::Node(node));
        self
    }

    /// With several.
    pub(super) fn all(mut self, nodes: Vec<Node>) -> Self {
        self.inside.extend(nodes.into_iter().map(Inside::Node));
        self
    }

    /// Makes it the only thing inside of an element.
    pub(super) fn fill(&self, parent: &Element) {
        if let Some(made) = self.made() {
            parent.replace_children_with_node_1(&made);
        }
    }

    /// Makes it the last thing inside of an element.
    pub(super) fn append_to(&self, parent: &Element) {
        if let Some(made) = self.made() {
            parent.append_child(&made).ok();
        }
    }

    fn made(&self) -> Option<DomNode> {
        let document = crate::browser::document();
        let made = if DRAWN.contains(&self.tag) {
            document.create_element_ns(Some(SVG), self.tag)
        } else {
            document.create_element(self.tag)
        };
        let made = made.ok()?;
        for (name, value) in &self.attributes {
            made.set_attribute(name, value).ok();
        }
        for inside in &self.inside {
            let child: Option<DomNode> = match inside {
                Inside::Text(text) => Some(document.create_text_node(text).into()),
                Inside::Node(node) => node.made(),
            };
            if let Some(child) = child {
                made.append_child(&child).ok();
            }
        }
        Some(made.into())
    }

    /// How many elements of a tag there are, this one included.
    #[cfg(test)]
    pub(super) fn count(&self, tag: &str) -> usize {
        let inside = self.inside.iter().map(|inside| match inside {
            Inside::Text(_) => 0,
            Inside::Node(node) => node.count(tag),
        });
        usize::from(self.tag == tag) + inside.sum::<usize>()
    }
}

/// A table of rows of cells; the first cell of a row is its head.
pub(super) fn table(caption: &str, heads: &[&str], rows: Vec<Vec<Node>>) -> Node {
    // A corner without a word is no head of anything.
    let head = |text: &&str| match *text {
        "" => el("td"),
        text => el("th").with("scope", "col").text(text),
    };
    let row = |cells: Vec<Node>| el("tr").all(cells);
    el("table")
        .add(el("caption").with("class", "visually-hidden").text(caption))
        .add(el("thead").add(el("tr").all(heads.iter().map(head).collect())))
        .add(el("tbody").all(rows.into_iter().map(row).collect()))
}

/// The first cell of a row.
pub(super) fn head(text: &str) -> Node {
    el("th").with("scope", "row").text(text)
}

/// Any other cell.
pub(super) fn cell(text: &str) -> Node {
    el("td").text(text)
}

/// A table that may be wider than the page.
pub(super) fn scrolled(table: Node, name: &str) -> Node {
    el("div")
        .with("class", "scroll")
        .with("tabindex", "0")
        .with("role", "group")
        .with("aria-label", name)
        .add(table)
}

/// A button by what it does.
pub(super) fn button(attribute: &'static str, value: &str, text: &str) -> Node {
    el("button")
        .with("type", "button")
        .with(attribute, value)
        .text(text)
}

/// Words that say something in passing.
pub(super) fn hint(text: &str) -> Node {
    el("p").with("class", "muted").text(text)
}
