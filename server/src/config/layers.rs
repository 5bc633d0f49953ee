//! The layers of a configuration and how one lies over another.
//!
//! Mappings are merged key by key; everything else is replaced. Every value keeps the place it came from.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{Kind, Node, parse, parse_value};
use super::place::{ConfigError, Place};

/// How a variable of the environment begins.
const PREFIX: &str = "HINDCAST__";

/// Keys whose value may stand in a file of its own, named by a variable with this ending.
const FILE_SUFFIX: &str = "_FILE";
const SECRET_KEYS: [&str; 2] = ["password", "bearer_token"];

/// Everything that a configuration is made of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inputs {
    /// `--config`.
    pub(crate) file: Option<PathBuf>,
    /// `--profile`: the file beside it, `hindcast.prod.yaml`.
    pub(crate) profile: Option<String>,
    /// The environment.
    pub(crate) env: Vec<(String, String)>,
    /// Flags, each with the key it stands for and its value.
    pub(crate) flags: Vec<Override>,
}

/// A flag that stands for a key.
#[derive(Debug, Clone)]
pub(crate) struct Override {
    /// As it was written, for errors.
    pub(crate) flag: String,
    /// Dotted key.
    pub(crate) key: String,
    /// Value, as text.
    pub(crate) value: String,
}

impl Inputs {
    /// All layers as one tree.
    pub(super) fn merged(&self) -> Result<Node, ConfigError> {
        let mut tree = match &self.file {
            Some(path) => read(path)?,
            None => Node::empty_map(Place::Default),
        };
        if let Some(profile) = &self.profile {
            let path = profile_path(self.file.as_deref(), profile);
            // A stage that is meant and not there must be noticed; development needs no file of its own.
            if profile != "dev" || path.exists() {
                merge(&mut tree, read(&path)?);
            }
        }
        let mut env: Vec<_> = self
            .env
            .iter()
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        env.sort();
        for (name, value) in env {
            apply_variable(&mut tree, name, value)?;
        }
        for flag in &self.flags {
            let place = Place::Flag(flag.flag.clone());
            let steps: Vec<_> = flag.key.split('.').map(str::to_owned).collect();
            let node = parse_value(&flag.value, &place);
            put(&mut tree, &steps, node, &flag.key)?;
        }
        Ok(tree)
    }
}

/// `hindcast.yaml` and `prod` make `hindcast.prod.yaml`, in the same folder.
fn profile_path(file: Option<&Path>, profile: &str) -> PathBuf {
    let file = file.unwrap_or(Path::new("hindcast.yaml"));
    let extension = file.extension().and_then(|extension| extension.to_str());
    file.with_extension(format!("{profile}.{}", extension.unwrap_or("yaml")))
}

fn read(path: &Path) -> Result<Node, ConfigError> {
    let name: Arc<str> = path.display().to_string().into();
    let refuse = |message: String| ConfigError {
        place: Place::Default,
        key: String::new(),
        message,
    };
    let text = fs::read_to_string(path)
        .map_err(|error| refuse(format!("{name} cannot be read: {error}")))?;
    let node = parse(&name, &text)?;
    match node.kind {
        Kind::Map(_) => Ok(node),
        _ => Err(ConfigError {
            place: node.place,
            key: String::new(),
            message: "expected sections such as `http:` at the top".to_owned(),
        }),
    }
}

fn merge(under: &mut Node, over: Node) {
    match (&mut under.kind, over.kind) {
        (Kind::Map(under), Kind::Map(over)) => {
            for (key, node) in over {
                match under.iter_mut().find(|(name, _)| *name == key) {
                    Some((_, existing)) => merge(existing, node),
                    None => under.push((key, node)),
                }
            }
        }
        (kind, over_kind) => {
            *kind = over_kind;
            under.place = over.place;
        }
    }
}

fn apply_variable(tree: &mut Node, name: &str, value: &str) -> Result<(), ConfigError> {
    let place = Place::Env(name.to_owned());
    let rest = &name[PREFIX.len()..];
    let from_file = rest.strip_suffix(FILE_SUFFIX).filter(|stem| {
        SECRET_KEYS
            .iter()
            .any(|key| stem.to_lowercase().ends_with(&format!("__{key}")))
    });
    let steps: Vec<_> = from_file
        .unwrap_or(rest)
        .split("__")
        .map(str::to_lowercase)
        .collect();
    let node = if from_file.is_some() {
        let text = fs::read_to_string(value).map_err(|error| ConfigError {
            place: place.clone(),
            key: steps.join("."),
            message: format!("{value} cannot be read: {error}"),
        })?;
        let text = text.trim_end_matches(['\r', '\n']).to_owned();
        let kind = Kind::Scalar(text.clone().into(), text);
        Node { place, kind }
    } else {
        parse_value(value, &place)
    };
    put(tree, &steps, node, &steps.join("."))
}

/// Puts a node at a path, making mappings on the way; an item of a list is found by number or by its `name`.
fn put(tree: &mut Node, steps: &[String], node: Node, key: &str) -> Result<(), ConfigError> {
    let refuse = |place: &Place, message: String| {
        Err(ConfigError {
            place: place.clone(),
            key: key.to_owned(),
            message,
        })
    };
    let Some((step, rest)) = steps.split_first() else {
        merge(tree, node);
        return Ok(());
    };
    if step.is_empty() {
        return refuse(&node.place, "a part of the key is empty".to_owned());
    }
    if tree.is_null() {
        tree.kind = Kind::Map(Vec::new());
    }
    match &mut tree.kind {
        Kind::Map(entries) => {
            if let Some((_, next)) = entries.iter_mut().find(|(name, _)| name == step) {
                return put(next, rest, node, key);
            }
            let mut next = Node::empty_map(node.place.clone());
            if rest.is_empty() {
                next = node;
            } else {
                put(&mut next, rest, node, key)?;
            }
            entries.push((step.clone(), next));
            Ok(())
        }
        Kind::List(items) => match find_item(items, step) {
            Some(index) => put(&mut items[index], rest, node, key),
            None => refuse(
                &node.place,
                format!("the list has no item `{step}`; give its number from 0, or its name"),
            ),
        },
        Kind::Scalar(..) => refuse(
            &node.place,
            format!("there is nothing below a value, so no `{step}`"),
        ),
    }
}

fn find_item(items: &[Node], step: &str) -> Option<usize> {
    if let Ok(index) = step.parse::<usize>() {
        return (index < items.len()).then_some(index);
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '.'], "_");
    items.iter().position(|item| {
        matches!(item.get("name").map(|node| &node.kind), Some(Kind::Scalar(_, text)) if plain(text) == plain(step))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn inputs(dir: &Path, env: &[(&str, &str)], flags: &[(&str, &str)]) -> Inputs {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Inputs {
            file: Some(dir.join("hindcast.yaml")),
            profile: None,
            env: env.iter().map(own).collect(),
            flags: flags
                .iter()
                .map(|(key, value)| Override {
                    flag: format!("--set {key}={value}"),
                    key: (*key).to_owned(),
                    value: (*value).to_owned(),
                })
                .collect(),
        }
    }

    #[test]
    fn layers_when_all_name_a_key_then_flags_beat_environment_beats_profile_beats_file() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(
            dir.path().join("hindcast.yaml"),
            "x: { a: file, b: file, c: file, d: file }\n",
        )
        .expect("written");
        fs::write(
            dir.path().join("hindcast.prod.yaml"),
            "x: { b: profile, c: profile, d: profile }\n",
        )
        .expect("written");
        let mut inputs = inputs(
            dir.path(),
            &[
                ("HINDCAST__X__C", "env"),
                ("HINDCAST__X__D", "env"),
                ("OTHER", "1"),
            ],
            &[("x.d", "flag")],
        );
        inputs.profile = Some("prod".to_owned());
        let tree = inputs.merged().expect("a tree");
        assert_eq!(
            tree.value(),
            json!({"x": {"a": "file", "b": "profile", "c": "env", "d": "flag"}})
        );
        assert_eq!(
            tree.nearest("x.c").place,
            Place::Env("HINDCAST__X__C".to_owned())
        );
    }

    #[test]
    fn variable_when_it_names_an_item_or_a_file_then_finds_it() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(
            dir.path().join("hindcast.yaml"),
            "sources:\n  - { name: prom-a, url: x }\nauth: { keys_file: old }\n",
        )
        .expect("written");
        let secret = dir.path().join("token");
        fs::write(&secret, "0123\n").expect("written");
        let inputs = inputs(
            dir.path(),
            &[
                (
                    "HINDCAST__SOURCES__PROM_A__BEARER_TOKEN_FILE",
                    &secret.to_string_lossy(),
                ),
                ("HINDCAST__SOURCES__0__URL", "y"),
                ("HINDCAST__AUTH__KEYS_FILE", "keys"),
            ],
            &[],
        );
        assert_eq!(
            inputs.merged().expect("a tree").value(),
            json!({
                "sources": [{"name": "prom-a", "url": "y", "bearer_token": "0123"}],
                "auth": {"keys_file": "keys"},
            })
        );
    }

    #[test]
    fn variable_when_it_names_nothing_that_can_be_then_is_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join("hindcast.yaml"), "sources: []\nx: 1\n").expect("written");
        for name in [
            "HINDCAST__SOURCES__PROM__URL",
            "HINDCAST__X__Y",
            "HINDCAST__",
        ] {
            let error = inputs(dir.path(), &[(name, "1")], &[])
                .merged()
                .expect_err("nothing there");
            assert_eq!(error.place, Place::Env(name.to_owned()));
        }
    }
}
