//! Two texts line by line: what went, what came, what stayed. Knows nothing of rules.

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in both.
    Stayed,
    /// It is only in the older one.
    Went,
    /// It is only in the newer one.
    Came,
}

/// The lines of both, in order; what went stands before what came in its place.
pub(super) fn lines<'a>(old: &'a str, new: &'a str) -> Vec<(Fate, &'a str)> {
    let old: Vec<&str> = old.lines().collect();
    let new: Vec<&str> = new.lines().collect();
    let width = new.len() + 1;
    // How many lines stay from here on, filled from the end.
    let mut common = vec![0_u32; (old.len() + 1) * width];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            common[left * width + right] = if old[left] == new[right] {
                common[(left + 1) * width + right + 1] + 1
            } else {
                common[(left + 1) * width + right].max(common[left * width + right + 1])
            };
        }
    }
    let (mut left, mut right) = (0, 0);
    let mut told = Vec::with_capacity(old.len() + new.len());
    loop {
        match (old.get(left), new.get(right)) {
            (Some(before), Some(after)) if before == after => {
                told.push((Fate::Stayed, *before));
                left += 1;
                right += 1;
            }
            (Some(before), after)
                if after.is_none()
                    || common[(left + 1) * width + right] >= common[left * width + right + 1] =>
            {
                told.push((Fate::Went, *before));
                left += 1;
            }
            (_, Some(after)) => {
                told.push((Fate::Came, *after));
                right += 1;
            }
            _ => return told,
        }
    }
}

/// Only what changed, with so many lines around it; none marks where lines were left out.
pub(super) fn near_changes<'a>(
    lines: &[(Fate, &'a str)],
    around: usize,
) -> Vec<Option<(Fate, &'a str)>> {
    let mut told = Vec::new();
    let mut left_out = false;
    for (at, line) in lines.iter().enumerate() {
        let from = at.saturating_sub(around);
        let to = (at + around + 1).min(lines.len());
        if lines[from..to]
            .iter()
            .any(|(fate, _)| *fate != Fate::Stayed)
        {
            if left_out {
                told.push(None);
            }
            left_out = false;
            told.push(Some(*line));
        } else {
            left_out = true;
        }
    }
    if left_out && !told.is_empty() {
        told.push(None);
    }
    told
}

#[cfg(test)]
mod tests {
    #[cfg(not(target_arch = "wasm32"))]
    use proptest::prelude::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn line_when_changed_then_goes_and_comes_at_its_place() {
        let told = lines("a\nb\nc\nd", "a\nB\nc\nd\ne");
        assert_eq!(
            told,
            [
                (Fate::Stayed, "a"),
                (Fate::Went, "b"),
                (Fate::Came, "B"),
                (Fate::Stayed, "c"),
                (Fate::Stayed, "d"),
                (Fate::Came, "e"),
            ]
        );
    }

    #[test]
    fn lines_when_far_from_a_change_then_are_left_out() {
        let told = lines("1\n2\n3\n4\n5\n6", "1\n2\n3\n4\nX\n6");
        let near = near_changes(&told, 1);
        assert_eq!(
            near,
            [
                None,
                Some((Fate::Stayed, "4")),
                Some((Fate::Went, "5")),
                Some((Fate::Came, "X")),
                Some((Fate::Stayed, "6")),
            ]
        );
        assert_eq!(near_changes(&lines("1\n2", "1\n2"), 1), []);
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest! {
        #[test]
        fn lines_when_put_together_then_give_both_texts(
            old in proptest::collection::vec("[a-c]", 0..12), new in proptest::collection::vec("[a-c]", 0..12)
        ) {
            let (old, new) = (old.join("\n"), new.join("\n"));
            let told = lines(&old, &new);
            let of = |without: Fate| -> Vec<&str> {
                told.iter().filter(|(fate, _)| *fate != without).map(|(_, line)| *line).collect()
            };
            prop_assert_eq!(of(Fate::Came), old.lines().collect::<Vec<_>>());
            prop_assert_eq!(of(Fate::Went), new.lines().collect::<Vec<_>>());
        }
    }
}
