//! Patterns over names: `*` is any text, `?` any one letter, everything else itself.

/// Whether the whole of `text` fits `pattern`; upper and lower case differ.
pub fn matches(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // Where to go on when what follows the last `*` does not fit: behind it, with one more letter swallowed.
    let mut retry = None;
    loop {
        let (pattern_here, text_here) = (pattern.clone(), text.clone());
        match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                let mut swallowed = text_here.clone();
                retry = swallowed.next().map(|_| (pattern_here, swallowed));
                text = text_here;
            }
            (Some('?'), Some(_)) => {}
            (Some(wanted), Some(letter)) if wanted == letter => {}
            _ => match retry.take() {
                Some((from, rest)) => (pattern, text) = (from, rest),
                None => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(not(target_arch = "wasm32"))]
    use proptest::prelude::*;

    #[test]
    fn pattern_when_it_fits_the_whole_then_matches() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("**", "a"),
            ("a*c", "abbc"),
            ("a*b?d", "axbxbcd"),
            ("*cpu*", "node_cpu{mode=\"idle\"}"),
            ("при*", "привет"),
            ("?", "é"),
        ] {
            assert!(matches(pattern, text), "{pattern} did not match {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("?", ""),
            ("a", ""),
            ("a*c", "abcd"),
            ("a", "A"),
            ("*b", "ba"),
        ] {
            assert!(!matches(pattern, text), "{pattern} matched {text}");
        }
    }

    /// The definition, without any care for time.
    #[cfg(not(target_arch = "wasm32"))]
    fn defined(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, rest) => rest.is_none(),
            (Some(('*', after)), rest) => {
                defined(after, text) || rest.is_some_and(|(_, rest)| defined(pattern, rest))
            }
            (Some((wanted, after)), Some((letter, rest))) => {
                (*wanted == '?' || wanted == letter) && defined(after, rest)
            }
            (Some(_), None) => false,
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    proptest! {
        #[test]
        fn pattern_when_matched_then_agrees_with_the_definition(
            pattern in "[ab*?]{0,8}",
            text in "[ab]{0,12}",
        ) {
            let (p, t): (Vec<_>, Vec<_>) = (pattern.chars().collect(), text.chars().collect());
            prop_assert_eq!(matches(&pattern, &text), defined(&p, &t));
        }
    }
}
