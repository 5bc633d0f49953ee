//! What changes in a rule as YAML, line by line.

use hindcast_shared::api::{DiffLine, LineChange};
use hindcast_shared::rule::RuleDraft;
use similar::{ChangeTag, TextDiff};

use crate::config::rule_yaml;
use crate::error::ApiResult;

/// Lines around a change that stand beside it.
const AROUND: usize = 1;

/// The changed lines and those around them; nothing where nothing changes.
pub(super) fn lines(before: &RuleDraft, after: &RuleDraft) -> ApiResult<Vec<DiffLine>> {
    let text = |draft| rule_yaml(draft).map_err(anyhow::Error::from);
    let (before, after) = (text(before)?, text(after)?);
    let diff = TextDiff::from_lines(&before, &after);
    let groups = diff.grouped_ops(AROUND);
    let changes = groups
        .iter()
        .flatten()
        .flat_map(|operation| diff.iter_changes(operation));
    let line = changes.map(|change| DiffLine {
        change: match change.tag() {
            ChangeTag::Equal => LineChange::Same,
            ChangeTag::Delete => LineChange::Removed,
            ChangeTag::Insert => LineChange::Added,
        },
        text: change.value().trim_end().to_owned(),
    });
    Ok(line.collect())
}
