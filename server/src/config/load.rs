//! From the merged tree to a valid [`Config`], with everything that is wrong found in one go.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use hindcast_shared::api::CalendarDraft;
use hindcast_shared::error::{FieldError, from_json, unknown_key_message};
use hindcast_shared::rule::{Rule, RuleId};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::document::{self, Kind, Node};
use super::layers::Inputs;
use super::place::{ConfigError, ConfigErrors};
use super::sources::SourceConfig;
use super::{Config, ProvisionedRule};
use crate::calendar::Calendar;
use crate::schedule;

const SECTIONS: [&str; 17] = [
    "http",
    "auth",
    "limits",
    "store",
    "models",
    "embed",
    "heartbeat",
    "feedback",
    "digest",
    "log",
    "notify",
    "words",
    "lab",
    "mcp",
    "sources",
    "calendars",
    "rules",
];

/// Reads and checks a configuration.
///
/// # Errors
/// Everything that is wrong, each with its place and key.
pub(crate) fn load(inputs: &Inputs) -> Result<Config, ConfigErrors> {
    checked(inputs.merged()?)
}

fn checked(tree: Node) -> Result<Config, ConfigErrors> {
    let mut reader = Reader {
        tree,
        errors: Vec::new(),
    };
    let config = reader.config();
    if reader.errors.is_empty() {
        Ok(config)
    } else {
        Err(ConfigErrors(reader.errors))
    }
}

/// Reads and checks a configuration that is one text, without variables and flags.
///
/// # Errors
/// Everything that is wrong, each with its place and key.
pub(crate) fn load_text(text: &str) -> Result<Config, ConfigErrors> {
    let tree = document::parse(&"configuration".into(), text)
        .map_err(|error| ConfigErrors(vec![error]))?;
    checked(tree)
}

/// Reads one rule from a file of its own, YAML or JSON.
///
/// # Errors
/// What is wrong, with its place and key.
pub(crate) fn load_rule(path: &Path) -> anyhow::Result<Rule> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let tree = document::parse(&path.display().to_string().into(), &text)
        .map_err(|error| ConfigErrors(vec![error]))?;
    let mut reader = Reader {
        tree,
        errors: Vec::new(),
    };
    let rule = reader.read("", |value| {
        let rule = Rule::from_json(value)?;
        schedule::check(&rule).map(|()| rule)
    });
    rule.ok_or_else(|| ConfigErrors(reader.errors).into())
}

/// A calendar with an id that can be read.
fn calendar(value: Value) -> Result<CalendarDraft, FieldError> {
    let mut draft: CalendarDraft = from_json(value)?;
    let id = match draft.id.take() {
        Some(id) => id.parse::<RuleId>().map_err(|_| {
            FieldError::new(
                "id",
                "use lower-case letters, digits and dashes, at most 64",
            )
        })?,
        None => RuleId::slug(&draft.name).map_err(|message| FieldError::new("name", message))?,
    };
    draft.id = Some(id.to_string());
    Calendar::read(&draft).map(|_| draft)
}

struct Reader {
    tree: Node,
    errors: Vec<ConfigError>,
}

impl Reader {
    fn config(&mut self) -> Config {
        self.unknown_sections();
        let mut config = Config {
            http: self.section("http", super::Http::check),
            auth: self.section("auth", super::AuthConfig::check),
            limits: self.section("limits", super::Limits::check),
            store: self.section("store", super::StoreConfig::check),
            models: self.section("models", super::ModelsConfig::check),
            embed: self.section("embed", |_: &super::Embed| Ok(())),
            heartbeat: self.section("heartbeat", super::Heartbeat::check),
            feedback: self.section("feedback", super::FeedbackConfig::check),
            digest: self.section("digest", super::DigestConfig::check),
            log: self.section("log", super::Log::check),
            notify: self.section("notify", super::NotifyConfig::check),
            words: self.section("words", super::Words::check),
            lab: self.section("lab", super::LabConfig::check),
            mcp: self.section("mcp", |_: &super::McpConfig| Ok(())),
            ..Config::default()
        };
        config.default_sources = self.tree.get("sources").is_none_or(Node::is_null);
        config.sources = if config.default_sources {
            SourceConfig::defaults()
        } else {
            let written = self.items("sources", SourceConfig::from_json);
            written
                .into_iter()
                .flat_map(SourceConfig::per_tenant)
                .collect()
        };
        self.unique(
            "sources",
            config.sources.iter().map(|source| source.name.0.clone()),
        );
        config.calendars = self.items("calendars", calendar);
        let ids = config
            .calendars
            .iter()
            .map(|one| one.id.clone().unwrap_or_default());
        self.unique("calendars", ids);
        let rules = self.items("rules", |value| {
            let rule = Rule::from_json(value)?;
            schedule::check(&rule).map(|()| rule)
        });
        self.unique("rules", rules.iter().map(|rule| rule.id.to_string()));
        config.rules = rules
            .into_iter()
            .enumerate()
            .map(|(index, rule)| ProvisionedRule {
                rule,
                place: self
                    .tree
                    .nearest(&format!("rules[{index}]"))
                    .place
                    .to_string(),
            })
            .collect();
        if self.errors.is_empty() {
            self.known_sources(&config);
            self.known_routes(&config);
        }
        config
    }

    /// A digest goes to routes that there are, and that can tell something that is no anomaly.
    fn known_routes(&mut self, config: &Config) {
        for (index, name) in config.digest.routes.iter().enumerate() {
            let route = config
                .notify
                .routes
                .iter()
                .find(|route| route.name == *name);
            let message = match route {
                Some(route) if route.channel.takes_groups() => continue,
                Some(route) => format!(
                    "{} knows nothing but anomalies; name a webhook, a chat or mail",
                    route.channel.as_str()
                ),
                None => format!("there is no route `{name}` in notify.routes"),
            };
            self.refuse(FieldError::new(format!("digest.routes[{index}]"), message));
        }
    }

    fn refuse(&mut self, error: FieldError) {
        self.errors.push(ConfigError {
            place: self.tree.nearest(&error.field).place.clone(),
            key: error.field,
            message: error.message,
        });
    }

    fn unknown_sections(&mut self) {
        let Kind::Map(entries) = &self.tree.kind else {
            return;
        };
        let unknown: Vec<_> = entries
            .iter()
            .filter(|(key, _)| !SECTIONS.contains(&key.as_str()))
            .map(|(key, _)| FieldError::new(key, unknown_key_message(key, &SECTIONS)))
            .collect();
        for error in unknown {
            self.refuse(error);
        }
    }

    fn section<T: DeserializeOwned + Default>(
        &mut self,
        key: &str,
        check: impl Fn(&T) -> Result<(), FieldError>,
    ) -> T {
        if self.tree.get(key).is_none_or(Node::is_null) {
            return T::default();
        }
        let read = |value| {
            let section: T = from_json(value)?;
            check(&section).map(|()| section)
        };
        self.read(key, read).unwrap_or_default()
    }

    fn items<T>(&mut self, key: &str, read: impl Fn(Value) -> Result<T, FieldError>) -> Vec<T> {
        let len = match self.tree.get(key).map(|node| &node.kind) {
            Some(Kind::List(items)) => items.len(),
            None | Some(Kind::Scalar(Value::Null, _)) => 0,
            Some(_) => {
                self.refuse(FieldError::new(key, "expected a list"));
                0
            }
        };
        (0..len)
            .filter_map(|index| self.read(&format!("{key}[{index}]"), &read))
            .collect()
    }

    /// Reads what stands at a path. What came without a type (a variable, a flag) and was taken for a number
    /// is tried again as text before it is refused.
    fn read<T>(&mut self, path: &str, read: impl Fn(Value) -> Result<T, FieldError>) -> Option<T> {
        loop {
            let error = match read(self.tree.nearest(path).value()) {
                Ok(value) => return Some(value),
                Err(error) => error.under(path),
            };
            let retyped = self.tree.at_mut(&error.field).is_some_and(|node| {
                let Kind::Scalar(value, text) = &mut node.kind else {
                    return false;
                };
                let retype = node.place.untyped() && !value.is_string();
                if retype {
                    *value = Value::from(text.as_str());
                }
                retype
            });
            if !retyped {
                self.refuse(error);
                return None;
            }
        }
    }

    fn unique(&mut self, key: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeMap::new();
        let mut twice = Vec::new();
        // After a refused item the positions are shifted; that item is reported first anyway.
        for (index, name) in names.enumerate() {
            if let Some(first) = seen.insert(name.clone(), index) {
                let place = &self.tree.nearest(&format!("{key}[{first}]")).place;
                let message = format!("`{name}` is taken already, at {place}");
                twice.push(FieldError::new(format!("{key}[{index}].name"), message));
            }
        }
        for error in twice {
            self.refuse(error);
        }
    }

    fn known_sources(&mut self, config: &Config) {
        let known: Vec<_> = config
            .sources
            .iter()
            .map(|source| source.name.0.as_str())
            .collect();
        let mut errors = Vec::new();
        for (index, provisioned) in config.rules.iter().enumerate() {
            let source = provisioned.rule.source.0.as_str();
            if !known.contains(&source) {
                let message = unknown_key_message(source, &known).replacen("key", "source", 1);
                errors.push(FieldError::new(format!("rules[{index}].source"), message));
            }
        }
        for (key, source) in config.lab.sources() {
            if !known.contains(&source) {
                let message = unknown_key_message(source, &known).replacen("key", "source", 1);
                errors.push(FieldError::new(format!("lab.{key}"), message));
            }
        }
        for error in errors {
            self.refuse(error);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::config::layers::Override;

    fn load_text(text: &str) -> Result<Config, ConfigErrors> {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("hindcast.yaml");
        std::fs::write(&path, text).expect("written");
        load(&Inputs {
            file: Some(path),
            ..Inputs::default()
        })
    }

    const FULL: &str = include_str!("full.example.yaml");

    #[test]
    fn config_when_there_is_no_file_then_the_defaults_watch_host_and_demo() {
        let config = load(&Inputs::default()).expect("the defaults");
        assert!(config.default_sources && config.rules.is_empty());
        let names: Vec<_> = config
            .sources
            .iter()
            .map(|source| source.name.0.as_str())
            .collect();
        assert_eq!(names, ["host", "demo"]);
        assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");
    }

    #[test]
    fn config_when_in_full_dress_then_is_read() {
        let config = load_text(FULL).expect("a valid configuration");
        assert_eq!(config.http.base_path.as_str(), "/ml/");
        assert_eq!(config.sources.len(), 8);
        let tenants = config.sources.iter().map(|source| source.name.0.as_str());
        assert_eq!(
            tenants.skip(5).take(2).collect::<Vec<_>>(),
            ["mimir.shop", "mimir.search"]
        );
        assert_eq!(config.lab.queries[0].source, "mimir.shop");
        let ids = config.calendars.iter().map(|one| one.id.as_deref());
        assert_eq!(ids.collect::<Vec<_>>(), [Some("korea"), Some("nights")]);
        assert_eq!(config.rules[0].rule.id.as_str(), "checkout-latency");
        assert!(config.rules[0].place.contains("hindcast.yaml:"));
        assert!(!config.default_sources);
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[rstest]
    #[case("htpp: {}\n", 1, "htpp", "did you mean `http`?")]
    #[case("http:\n  bindd: x\n", 2, "http.bindd", "did you mean `bind`?")]
    #[case("http:\n  bind: nowhere\n", 2, "http.bind", "is not an address")]
    #[case("http: { base_path: ml }\n", 1, "http.base_path", "is not a path")]
    #[case("store:\n  retention: 90\n", 2, "store.retention", "expected a string")]
    #[case(
        "limits:\n  list_per_minute: 0\n",
        2,
        "limits.list_per_minute",
        "at least 1"
    )]
    #[case("log:\n  level: loud\n", 2, "log.level", "is not one of")]
    #[case("sources: 5\n", 1, "sources", "expected a list")]
    #[case(
        "sources:\n  - name: p\n    kind: prometeus\n",
        3,
        "sources[0].kind",
        "did you mean `prometheus`?"
    )]
    #[case(
        "sources:\n  - name: p\n    kind: prometheus\n",
        2,
        "sources[0].url",
        "is missing"
    )]
    #[case("lab: { source: dmo }\n", 1, "lab.source", "did you mean `demo`?")]
    #[case(
        "sources:\n  - { name: p, kind: prometheus, url: \"http://p\", tenants: [\"a b\"] }\n",
        2,
        "sources[0].tenants[0]",
        "letters, digits"
    )]
    #[case(
        "sources:\n  - { name: p, kind: host }\n  - { name: p, kind: push }\n",
        3,
        "sources[1].name",
        "taken already"
    )]
    #[case(
        "rules:\n  - name: a\n    source: host\n    query: x\n    detector:\n      kind: zscore\n      window_samples: 0\n",
        7,
        "rules[0].detector.window_samples",
        ""
    )]
    #[case(
        "rules:\n  - name: a\n    source: hots\n    query: x\n    detector: { kind: zscore }\n",
        3,
        "rules[0].source",
        "did you mean `host`?"
    )]
    #[case(
        "rules:\n  - name: a\n    source: host\n    query: x\n    detector: { kind: zscore }\n    schedule: { cron: every day }\n",
        6,
        "rules[0].schedule.cron",
        ""
    )]
    #[case(
        "calendars:\n  - { name: a, holidays: xx }\n",
        2,
        "calendars[0].holidays",
        "not known"
    )]
    #[case("http: { tls: { cert: a } }\n", 1, "http.tls.key", "is missing")]
    fn config_when_wrong_then_file_line_and_key_are_named(
        #[case] text: &str,
        #[case] line: usize,
        #[case] key: &str,
        #[case] message: &str,
    ) {
        let errors = load_text(text).expect_err("a wrong configuration").0;
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert_eq!(errors[0].key, key);
        assert!(errors[0].message.contains(message), "{}", errors[0]);
        assert!(
            errors[0]
                .place
                .to_string()
                .ends_with(&format!("hindcast.yaml:{line}")),
            "{}",
            errors[0]
        );
    }

    #[test]
    fn config_when_several_things_are_wrong_then_all_are_told() {
        let errors =
            load_text("http: { bind: x }\nlog: { level: loud }\nrules: [{}, { name: a }]\n");
        assert_eq!(errors.expect_err("a wrong configuration").0.len(), 4);
    }

    #[test]
    fn variable_when_it_looks_like_a_number_but_text_is_needed_then_is_text() {
        let config = load(&Inputs {
            env: vec![
                ("HINDCAST__STORE__PATH".to_owned(), "123".to_owned()),
                (
                    "HINDCAST__LIMITS__LIST_PER_MINUTE".to_owned(),
                    "7".to_owned(),
                ),
                (
                    "HINDCAST__AUTH__ALLOWED_HOSTS".to_owned(),
                    "[a.example]".to_owned(),
                ),
            ],
            flags: vec![Override {
                flag: "--bind".to_owned(),
                key: "http.bind".to_owned(),
                value: "127.0.0.1:0".to_owned(),
            }],
            ..Inputs::default()
        })
        .expect("a valid configuration");
        assert_eq!(config.store.path.to_string_lossy(), "123");
        assert_eq!(config.limits.list_per_minute, 7);
        assert_eq!(config.auth.allowed_hosts, ["a.example"]);
        assert_eq!(config.http.bind.port(), 0);
    }

    #[test]
    fn variable_when_wrong_then_is_named() {
        let errors = load(&Inputs {
            env: vec![("HINDCAST__HTTP__BASE_PATH".to_owned(), "5".to_owned())],
            ..Inputs::default()
        })
        .expect_err("a wrong variable");
        let text = errors.to_string();
        assert!(
            text.contains("environment variable HINDCAST__HTTP__BASE_PATH: http.base_path"),
            "{text}"
        );
    }
}
