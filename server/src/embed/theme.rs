//! The colours of a panel: those of the app, out of the same style sheet.

use std::str::FromStr;
use std::sync::LazyLock;

use hindcast_shared::chart::Theme;

/// The only place with a colour.
const TOKENS: &str = include_str!("../../../style/tokens.css");

/// Which colours are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    /// Those that the reader's system has.
    Auto,
    /// For bright pages.
    Light,
    /// For dark pages.
    Dark,
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "light" => Ok(Self::Light),
            "dark" => Ok(Self::Dark),
            other => Err(format!(
                "`{other}` is not a theme; one of auto, light, dark"
            )),
        }
    }
}

/// Colours for bright pages.
pub(crate) static LIGHT: LazyLock<Theme> = LazyLock::new(|| read(&[":root {"]));

/// Colours for dark pages.
pub(super) static DARK: LazyLock<Theme> =
    LazyLock::new(|| read(&[":root[data-theme=\"dark\"] {", ":root {"]));

/// Reads tokens from the first of these blocks of rules that has them.
fn read(heads: &[&str]) -> Theme {
    Theme::from_tokens(|name| {
        let mut blocks = heads.iter().flat_map(|head| {
            TOKENS
                .split(*head)
                .skip(1)
                .filter_map(|rest| rest.split('}').next())
        });
        blocks.find_map(|block| {
            block.lines().find_map(|line| {
                let value = line.trim().strip_prefix(name)?.strip_prefix(':')?;
                Some(value.trim().trim_end_matches(';').to_owned())
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_when_read_out_of_the_style_sheet_then_are_those_of_the_app() {
        let (light, dark) = (&*LIGHT, &*DARK);
        assert!(light.surface.rgb.0 > 200 && dark.surface.rgb.0 < 50);
        assert!(light.text.rgb.0 < 50 && dark.text.rgb.0 > 200);
        assert_ne!(light.critical, light.text, "no colour is missing");
        assert_eq!((light.lines.len(), dark.lines.len()), (6, 6));
        assert!(dark.font_family.contains("sans-serif"));
    }
}
