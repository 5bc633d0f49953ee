//! Colours and type of a chart, read from design tokens by whoever draws.

use plotters_backend::BackendColor;

/// A colour with opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Color {
    /// Red, green, blue.
    pub rgb: (u8, u8, u8),
    /// Opacity, 0 to 1.
    pub alpha: f64,
}

impl Color {
    /// The same colour, more transparent.
    #[must_use]
    pub fn alpha(self, alpha: f64) -> Self {
        Self {
            alpha: self.alpha * alpha,
            ..self
        }
    }

    /// Reads `#rgb`, `#rrggbb` and `rgb(1, 2, 3)`, the forms in which style sheets and browsers give a colour.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let opaque = |rgb| Some(Self { rgb, alpha: 1.0 });
        if let Some(hex) = text.strip_prefix('#') {
            if !hex.is_ascii() {
                return None;
            }
            let channel =
                |from: usize, len: usize| u8::from_str_radix(hex.get(from..from + len)?, 16).ok();
            return match hex.len() {
                3 => opaque((
                    channel(0, 1)? * 17,
                    channel(1, 1)? * 17,
                    channel(2, 1)? * 17,
                )),
                6 => opaque((channel(0, 2)?, channel(2, 2)?, channel(4, 2)?)),
                _ => None,
            };
        }
        let inner = text.strip_prefix("rgb(")?.strip_suffix(')')?;
        let mut channels = inner
            .split(',')
            .map(|channel| channel.trim().parse::<u8>().ok());
        let rgb = (channels.next()??, channels.next()??, channels.next()??);
        channels.next().is_none().then_some(())?;
        opaque(rgb)
    }
}

impl From<Color> for BackendColor {
    fn from(color: Color) -> Self {
        Self {
            rgb: color.rgb,
            alpha: color.alpha,
        }
    }
}

/// Everything that a chart takes from the design.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Behind everything.
    pub surface: Color,
    /// Labels.
    pub text: Color,
    /// Labels of less weight.
    pub muted: Color,
    /// Grid and axes.
    pub hairline: Color,
    /// The series, in order; used again from the start when there are more series.
    pub lines: Vec<Color>,
    /// The expected band.
    pub band: Color,
    /// The accent: what can be touched.
    pub accent: Color,
    /// Severity critical.
    pub critical: Color,
    /// Severity warning.
    pub warning: Color,
    /// Severity info.
    pub info: Color,
    /// The saved rule behind the draft, and everything that is gone.
    pub ghost: Color,
    /// CSS list of families.
    pub font_family: String,
    /// Size of labels.
    pub font_size: f64,
}

impl Theme {
    /// Reads a theme from tokens; `token` gives the text of a custom property such as `--text`.
    ///
    /// A token that is missing or no colour shows as the text's colour, so that nothing is invisible.
    pub fn from_tokens(token: impl Fn(&str) -> Option<String>) -> Self {
        let black = Color {
            rgb: (0, 0, 0),
            alpha: 1.0,
        };
        let read = |name: &str| token(name).as_deref().and_then(Color::parse);
        let text = read("--text").unwrap_or(black);
        let color = |name: &str| read(name).unwrap_or(text);
        let lines: Vec<Color> = (1..=6)
            .filter_map(|index| read(&format!("--line-{index}")))
            .collect();
        Self {
            surface: color("--surface"),
            text,
            muted: color("--text-muted"),
            hairline: color("--hairline"),
            lines: if lines.is_empty() { vec![text] } else { lines },
            band: color("--band"),
            accent: color("--accent"),
            critical: color("--critical-mark"),
            warning: color("--warning-mark"),
            info: color("--info-mark"),
            ghost: color("--ghost"),
            font_family: token("--font-ui").map_or_else(
                || "sans-serif".to_owned(),
                |family| family.trim().to_owned(),
            ),
            font_size: 12.0,
        }
    }

    /// The colour of a line.
    pub fn line(&self, index: usize) -> Color {
        self.lines
            .get(index % self.lines.len().max(1))
            .copied()
            .unwrap_or(self.text)
    }

    /// The colour of a severity.
    pub fn severity(&self, severity: crate::rule::Severity) -> Color {
        match severity {
            crate::rule::Severity::Critical => self.critical,
            crate::rule::Severity::Warning => self.warning,
            crate::rule::Severity::Info => self.info,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_when_written_in_either_form_then_is_read() {
        let blue = Color {
            rgb: (0, 114, 178),
            alpha: 1.0,
        };
        assert_eq!(Color::parse(" #0072B2"), Some(blue));
        assert_eq!(Color::parse("rgb(0, 114, 178)"), Some(blue));
        assert_eq!(
            Color::parse("#fff").map(|color| color.rgb),
            Some((255, 255, 255))
        );
        for text in [
            "",
            "#",
            "#12",
            "#ü0",
            "rgb(1,2)",
            "rgb(1,2,3,4)",
            "rgb(300,1,1)",
            "red",
        ] {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }

    #[test]
    fn theme_when_a_token_is_missing_then_takes_the_text_colour() {
        let theme = Theme::from_tokens(|name| (name == "--text").then(|| "#101010".to_owned()));
        assert_eq!(theme.critical, theme.text);
        assert_eq!(theme.line(5), theme.text);
    }
}
