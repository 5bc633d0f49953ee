//! What the address of a panel asks for. Knows no page.

use crate::url_state::Query;

/// What a panel shows of its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    /// Its chart.
    Chart,
    /// What is open.
    List,
    /// One line.
    State,
}

impl Panel {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Chart => "chart",
            Self::List => "list",
            Self::State => "state",
        }
    }
}

/// What the address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rule: String,
    pub(super) panel: Panel,
    /// Whether the line over the chart is left out.
    pub(super) bare: bool,
    /// The zone in which times are shown; the viewer's otherwise.
    pub(super) zone: Option<String>,
    /// The series by its text form, or the labels that it must have: one of each line, separated by tabs.
    pub(super) labels: Option<String>,
}

impl Options {
    pub(super) fn of(query: &Query) -> Self {
        let panel = match query.get("panel") {
            Some("list") => Panel::List,
            Some("state") => Panel::State,
            _ => Panel::Chart,
        };
        // As Grafana has them: `browser` is the viewer's own, and `utc` is written in small letters.
        let zone = query.get("tz").filter(|zone| *zone != "browser");
        let zone = zone.map(|zone| if zone == "utc" { "UTC" } else { zone }.to_owned());
        Self {
            rule: query.get("rule").unwrap_or_default().to_owned(),
            panel,
            bare: query.has("kiosk"),
            zone,
            labels: query
                .get("series")
                .map(str::to_owned)
                .or_else(|| labels(query)),
        }
    }
}

/// `var-host=a&var-host=b` as the labels that a series must have; what is chosen by `All` narrows nothing.
fn labels(query: &Query) -> Option<String> {
    let mut lines: Vec<(&str, Vec<String>)> = Vec::new();
    let mut all: Vec<&str> = Vec::new();
    for (name, value) in query.pairs() {
        let Some(name) = name.strip_prefix("var-") else {
            continue;
        };
        if matches!(value, "" | "All" | "$__all") {
            all.push(name);
            continue;
        }
        let label = format!("{name}=\"{value}\"");
        match lines.iter_mut().find(|(known, _)| *known == name) {
            Some((_, labels)) => labels.push(label),
            None => lines.push((name, vec![label])),
        }
    }
    lines.retain(|(name, _)| !all.contains(name));
    let lines: Vec<String> = lines
        .into_iter()
        .map(|(_, labels)| labels.join("\t"))
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn of(search: &str) -> Options {
        Options::of(&Query::parse(search))
    }

    #[test]
    fn options_when_grafana_writes_them_then_are_understood() {
        let options =
            of("?rule=a&panel=list&kiosk&tz=utc&var-host=a&var-host=b&var-zone=eu&var-app=$__all");
        assert_eq!((options.panel, options.bare), (Panel::List, true));
        assert_eq!(options.zone.as_deref(), Some("UTC"));
        assert_eq!(
            options.labels.as_deref(),
            Some("host=\"a\"\thost=\"b\"\nzone=\"eu\"")
        );
    }

    #[test]
    fn options_when_nothing_is_said_then_are_the_chart_of_the_viewer() {
        let options = of("?rule=a&tz=browser&panel=7&var-host=All");
        assert_eq!((options.panel, options.bare), (Panel::Chart, false));
        assert_eq!((options.zone, options.labels), (None, None));
    }
}
