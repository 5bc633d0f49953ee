//! Measured values: how a program reports one, and what was promised of it.
//!
//! Any test or bench prints `measured NAME VALUE`, with the unit at the end of the name
//! (`measured sse_latency_p99_ms 31.4`); that is all it takes to appear in the summaries.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

const MARK: &str = "measured ";

/// One measured value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// Picks the measured values out of a program's output.
pub(crate) fn find(lines: &[String]) -> Vec<Figure> {
    lines.iter().filter_map(|line| parse(line)).collect()
}

fn parse(line: &str) -> Option<Figure> {
    let mut words = line.trim().strip_prefix(MARK)?.split_whitespace();
    let (name, value) = (words.next()?, words.next()?);
    Some(Figure {
        name: name.to_owned(),
        value: value.parse().ok()?,
    })
}

/// Picks the throughput of each benchmark out of criterion's report:
/// its name, alone or before `time:`, and the middle one of three estimates after `thrpt:`.
pub(crate) fn find_criterion(lines: &[String]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let mut name = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        if let Some((before, _)) = line.split_once("time:") {
            if !before.trim().is_empty() {
                before.trim().clone_into(&mut name);
            }
        } else if let Some(estimates) = line.strip_prefix("thrpt:") {
            figures.extend(throughput(estimates).map(|value| Figure {
                name: format!("{}_samples_per_s", name.replace(['/', '-', ' '], "_")),
                value,
            }));
        } else if !line.is_empty() {
            line.clone_into(&mut name);
        }
    }
    figures
}

/// `[1.0 Melem/s 2.0 Melem/s 3.0 Melem/s]` in elements a second.
fn throughput(estimates: &str) -> Option<f64> {
    let mut words = estimates.trim().trim_matches(['[', ']']).split_whitespace();
    let (value, unit) = (words.nth(2)?, words.next()?);
    let scale = match unit {
        "elem/s" => 1.0,
        "Kelem/s" => 1e3,
        "Melem/s" => 1e6,
        "Gelem/s" => 1e9,
        _ => return None,
    };
    Some((value.parse::<f64>().ok()? * scale).round())
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// A promise about one figure, from a row of the goals' table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Goal {
    pub(crate) figure: String,
    limit: Limit,
    /// Why it cannot be met; a figure that misses its goal is accepted only with this.
    pub(crate) bound: String,
}

impl Goal {
    pub(crate) fn is_met_by(&self, value: f64) -> bool {
        match self.limit {
            Limit::AtMost(limit) => value <= limit,
            Limit::AtLeast(limit) => value >= limit,
        }
    }

    /// Whether it is about this figure; a `*` at the end of its own name stands for anything.
    pub(crate) fn is_about(&self, figure: &str) -> bool {
        match self.figure.strip_suffix('*') {
            Some(begin) => figure.starts_with(begin),
            None => self.figure == figure,
        }
    }

    pub(crate) fn text(&self) -> String {
        match self.limit {
            Limit::AtMost(limit) => format!("at most {limit}"),
            Limit::AtLeast(limit) => format!("at least {limit}"),
        }
    }
}

/// The goal of a figure: its own before one of many.
pub(crate) fn goal_of<'a>(goals: &'a [Goal], figure: &str) -> Option<&'a Goal> {
    let own = goals.iter().find(|goal| goal.figure == figure);
    own.or_else(|| goals.iter().find(|goal| goal.is_about(figure)))
}

/// Reads the first table in a Markdown file: `| figure | at most 16 | why it is missed, if it is |`.
pub(crate) fn read_goals(path: &Path) -> Result<Vec<Goal>> {
    let text =
        fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    parse_goals(&text).with_context(|| format!("{} is not a table of goals", path.display()))
}

fn parse_goals(text: &str) -> Result<Vec<Goal>> {
    let is_row = |line: &&str| line.starts_with('|');
    let rows = text
        .lines()
        .skip_while(|line| !is_row(line))
        .take_while(is_row);
    rows.skip(2)
        .map(|row| {
            let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [figure, limit, bound] = cells[..] else {
                bail!("a row needs three cells: {row}");
            };
            let limit = if let Some(value) = limit.strip_prefix("at most ") {
                Limit::AtMost(value.parse().with_context(|| row.to_owned())?)
            } else if let Some(value) = limit.strip_prefix("at least ") {
                Limit::AtLeast(value.parse().with_context(|| row.to_owned())?)
            } else {
                bail!("a goal begins with `at most` or `at least`: {row}");
            };
            Ok(Goal {
                figure: figure.trim_matches('`').to_owned(),
                limit,
                bound: bound.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{find, find_criterion, goal_of, parse_goals};

    #[test]
    fn find_when_output_is_indented_then_sees_the_figure() {
        let lines = [
            "    measured sse_latency_p99_ms 31.4".to_owned(),
            "measured nothing".to_owned(),
            "something else".to_owned(),
        ];
        let figures = find(&lines);
        assert_eq!(figures.len(), 1);
        assert_eq!(figures[0].name, "sse_latency_p99_ms");
        assert!((figures[0].value - 31.4).abs() < 1e-9);
    }

    #[test]
    fn criterion_when_a_name_is_long_then_stands_on_the_line_before() {
        let lines = [
            "evaluator/mad           time:   [1.0 ms 1.1 ms 1.2 ms]",
            "                        thrpt:  [8.4 Melem/s 9.2 Melem/s 10.1 Melem/s]",
            "replay/threshold/1000000",
            "                        time:   [1.0 ms 1.1 ms 1.2 ms]",
            "                        thrpt:  [900.0 Kelem/s 950.5 Kelem/s 990.0 Kelem/s]",
        ]
        .map(str::to_owned);
        let figures = find_criterion(&lines);
        assert_eq!(figures[0].name, "evaluator_mad_samples_per_s");
        assert!((figures[0].value - 9_200_000.0).abs() < 1.0);
        assert_eq!(figures[1].name, "replay_threshold_1000000_samples_per_s");
        assert!((figures[1].value - 950_500.0).abs() < 1.0);
    }

    #[test]
    fn goals_when_limits_point_both_ways_then_each_is_kept() -> anyhow::Result<()> {
        let goals = parse_goals(
            "# Goals\n\n| figure | goal | bound |\n|---|---|---|\n\
             | `rss_mb` | at most 100 | |\n| `rate` | at least 5 | two cores |\n",
        )?;
        assert!(goals[0].is_met_by(100.0));
        assert!(!goals[0].is_met_by(100.5));
        assert!(!goals[1].is_met_by(4.0));
        assert_eq!(goals[1].bound, "two cores");
        Ok(())
    }

    #[test]
    fn goals_when_there_is_another_table_then_only_the_first_counts() -> anyhow::Result<()> {
        let goals = parse_goals(
            "| figure | goal | bound |\n|---|---|---|\n| `a` | at most 1 | |\n\n| step | page |\n|---|---|\n",
        )?;
        assert_eq!(goals.len(), 1);
        Ok(())
    }

    #[test]
    fn goal_of_when_one_stands_for_many_then_an_own_one_comes_first() -> anyhow::Result<()> {
        let goals = parse_goals(
            "| figure | goal | bound |\n|---|---|---|\n| `ratio_*` | at least 1 | |\n\
             | `ratio_slow` | at least 1 | it is bound by memory |\n",
        )?;
        let bound = |figure| goal_of(&goals, figure).map(|goal| goal.bound.as_str());
        assert_eq!(bound("ratio_fast"), Some(""));
        assert_eq!(bound("ratio_slow"), Some("it is bound by memory"));
        assert_eq!(bound("rate"), None);
        Ok(())
    }
}
