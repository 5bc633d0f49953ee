//! What the pages must never do: a colour of their own, or a word with another host.

use super::{Finding, Source};

/// The only place with a colour, a space or a layer.
const TOKENS: &str = "style/tokens.css";

/// Functions that make a colour.
const COLOUR_FUNCTIONS: &[&str] = &[
    "rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(",
];

pub(super) fn colours(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let is_style = source.has_extension(&["css"]) && source.path.as_os_str() != TOKENS;
        let is_app = source.path.starts_with("app/src") && source.has_extension(&["rs"]);
        if !is_style && !is_app {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let found = if is_style {
                has_hex_colour(line) || COLOUR_FUNCTIONS.iter().any(|name| line.contains(name))
            } else {
                // In code a colour is a string; `#` alone also starts an attribute.
                has_hex_colour(line) && line.contains("\"#")
            };
            if found {
                findings.push(source.finding(number, format!("a colour outside of {TOKENS}")));
            }
        }
    }
    findings
}

/// Whether there is a `#` with three, four, six or eight hexadecimal digits and no more letters.
fn has_hex_colour(line: &str) -> bool {
    line.match_indices('#').any(|(at, _)| {
        let word: String = line[at + 1..]
            .chars()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        matches!(word.len(), 3 | 4 | 6 | 8) && word.chars().all(|c| c.is_ascii_hexdigit())
    })
}

/// Which element lies over which other is decided in one place.
pub(super) fn layers(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        if !source.has_extension(&["css"]) || source.path.as_os_str() == TOKENS {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let value = line.trim().strip_prefix("z-index:").map(str::trim);
            if value.is_some_and(|value| !value.starts_with("var(")) {
                findings.push(source.finding(number, format!("a z-index outside of {TOKENS}")));
            }
        }
    }
    findings
}

/// Names of XML dialects look like addresses, and nothing is loaded from them.
const NAMESPACES: &str = "http://www.w3.org/";

pub(super) fn other_hosts(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let is_page = ["app", "style", "public"]
            .iter()
            .any(|room| source.path.starts_with(room))
            && source.has_extension(&["css", "html", "js", "svg", "webmanifest"]);
        if !is_page {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            let line = line.replace(NAMESPACES, "");
            if line.contains("http://") || line.contains("https://") || line.contains("url(//") {
                findings
                    .push(source.finding(number, "another host: everything is served from here"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{Source, colours, has_hex_colour, layers, other_hosts};

    fn source(path: &str, text: &str) -> Source {
        Source {
            path: path.into(),
            text: text.into(),
        }
    }

    #[test]
    fn hex_colour_when_it_is_an_anchor_then_is_none() {
        assert!(has_hex_colour("color: #fff;"));
        assert!(has_hex_colour("color: #a1b2c3d4;"));
        assert!(!has_hex_colour("href=\"#added-rows\""));
        assert!(!has_hex_colour("#main { }"));
    }

    #[test]
    fn colours_when_in_the_tokens_then_are_fine() {
        assert_eq!(colours(&[source("style/tokens.css", "--a: #fff;\n")]), []);
        assert_eq!(
            colours(&[source("style/lab.css", "color: #fff;\n")]).len(),
            1
        );
        assert_eq!(
            colours(&[source("app/src/a.rs", "let a = \"#fff\";\n")]).len(),
            1
        );
    }

    #[test]
    fn layers_when_not_a_token_then_are_found() {
        assert_eq!(
            layers(&[source("style/a.css", "  z-index: var(--layer-1);\n")]),
            []
        );
        assert_eq!(layers(&[source("style/a.css", "  z-index: 5;\n")]).len(), 1);
    }

    #[test]
    fn other_hosts_when_a_namespace_then_is_fine() {
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\">\n";
        assert_eq!(other_hosts(&[source("public/icon.svg", svg)]), []);
        let font = "@import \"https://fonts.example\";\n";
        assert_eq!(other_hosts(&[source("style/a.css", font)]).len(), 1);
    }
}
