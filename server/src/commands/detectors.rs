//! `hindcast detectors`: every detector with its parameters, as a page of Markdown.

use std::fmt::Write as _;
use std::process::ExitCode;

use hindcast_shared::detector::{DetectorKind, Family, ParamKind, ParamSpec, ScaleKind};

use super::print;

pub(super) fn run() -> anyhow::Result<ExitCode> {
    print::line(page())?;
    Ok(ExitCode::SUCCESS)
}

fn page() -> String {
    let mut page = String::from(
        "# Detectors\n\nWhat `hindcast detectors` prints: every detector of the server, of the browser's worker and of `hindcast score`,\nwith the key of each parameter in a rule, its range and its default.\n",
    );
    for family in Family::ALL {
        write!(page, "\n## {}\n", family.title()).ok();
        for kind in family.detectors() {
            page.push_str(&section(kind));
        }
    }
    page.trim_end().to_owned()
}

fn section(kind: DetectorKind) -> String {
    let about = kind.about();
    let mut text = format!(
        "\n### {}\n\n`{}`: {}\n",
        about.title, about.name, about.help
    );
    let threshold = match (about.scale, kind.default_threshold()) {
        (ScaleKind::Calibrated, _) => "a budget of one alarm a week".to_owned(),
        (_, Some(default)) => format!("{default} {}", about.threshold.unit),
        (_, None) => "none: every rule must name one".to_owned(),
    };
    writeln!(text, "Default threshold: {}.", threshold.trim()).ok();
    if about.params.is_empty() {
        return text;
    }
    text.push_str("\n| parameter | range | default | what it is |\n|---|---|---|---|\n");
    for param in about.params {
        let (range, default) = allowed(param);
        writeln!(
            text,
            "| `{}` | {range} | {default} | {} |",
            param.name, param.help
        )
        .ok();
    }
    text
}

fn allowed(param: &ParamSpec) -> (String, String) {
    let number = |value: f64| format!("{value:?}").trim_end_matches(".0").to_owned();
    match param.kind {
        ParamKind::Choice(words) => (words.join(", "), words[param.default as usize].to_owned()),
        ParamKind::Number | ParamKind::Integer => (
            format!(
                "{} to {} {}",
                number(param.min),
                number(param.max),
                param.unit
            )
            .trim_end()
            .to_owned(),
            number(param.default),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn page_when_printed_then_has_every_detector() {
        let page = page();
        for kind in DetectorKind::ALL {
            assert!(page.contains(&format!("\n`{}`: ", kind.as_str())));
        }
    }
}
