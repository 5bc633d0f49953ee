//! The body of a webhook in somebody's own words: minijinja, where what is not there is an error and nothing runs on.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::Value;

/// Steps that a template may take.
const FUEL: u64 = 100_000;

/// Longest body that it may make.
const LONGEST: usize = 256 * 1024;

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment
}

/// Whether a text is a template.
pub(crate) fn check(text: &str) -> Result<(), String> {
    environment()
        .template_from_str(text)
        .map(|_| ())
        .map_err(|error| said(&error))
}

/// What a template makes of a message; `message` is what a webhook without a template is sent.
pub(super) fn render(text: &str, message: &Value) -> Result<String, String> {
    let made = environment()
        .render_str(text, minijinja::value::Serde(message))
        .map_err(|error| said(&error))?;
    if made.len() > LONGEST {
        return Err("it makes more than 256 KiB".to_owned());
    }
    Ok(made)
}

/// What is wrong and where, without the text around it.
fn said(error: &minijinja::Error) -> String {
    let line = error
        .line()
        .map_or(String::new(), |line| format!(" in line {line}"));
    format!("{}{line}", error.kind())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn template_when_filled_then_has_the_words_and_json_where_asked_for() {
        let message = json!({"title": "a \"b\"", "notices": [{"severity": "info"}, {"severity": "critical"}]});
        let text = r#"{"t": {{ title | tojson }}, "n": [{% for n in notices %}"{{ n.severity }}"{% if not loop.last %},{% endif %}{% endfor %}]}"#;
        let made = render(text, &message).expect("a body");
        let read: Value = serde_json::from_str(&made).expect("JSON");
        assert_eq!(read, json!({"t": "a \"b\"", "n": ["info", "critical"]}));
        assert_eq!(render("{{ title }}", &message), Ok("a \"b\"".to_owned()));
    }

    #[test]
    fn template_when_wrong_endless_or_huge_then_is_refused() {
        assert!(check("{{ title ").is_err());
        assert!(render("{{ titel }}", &json!({"title": ""})).is_err());
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}";
        assert!(render(endless, &json!({})).is_err());
    }
}
