//! The JSON schema of the configuration file, for editors; made from the same types that read it.

use hindcast_shared::api::CalendarDraft;
use hindcast_shared::rule::RuleDraft;
use serde_json::{Map, Value, json};
use utoipa::{PartialSchema, ToSchema};

use super::{
    AuthConfig, CsvSource, DemoSource, DigestConfig, Embed, FeedbackConfig, Heartbeat, HostSource,
    Http, LabConfig, Limits, Log, McpConfig, ModelSource, ModelsConfig, NotifyConfig,
    PrometheusSource, PushSource, StoreConfig, Words,
};

/// The schema as JSON, every key in a fixed order.
pub(crate) fn schema() -> Value {
    let mut definitions = Definitions(Map::new());
    let mut properties = Map::new();
    properties.insert("http".to_owned(), definitions.add::<Http>());
    properties.insert("auth".to_owned(), definitions.add::<AuthConfig>());
    properties.insert("limits".to_owned(), definitions.add::<Limits>());
    properties.insert("store".to_owned(), definitions.add::<StoreConfig>());
    properties.insert("models".to_owned(), definitions.add::<ModelsConfig>());
    properties.insert("embed".to_owned(), definitions.add::<Embed>());
    properties.insert("heartbeat".to_owned(), definitions.add::<Heartbeat>());
    properties.insert("feedback".to_owned(), definitions.add::<FeedbackConfig>());
    properties.insert("digest".to_owned(), definitions.add::<DigestConfig>());
    properties.insert("log".to_owned(), definitions.add::<Log>());
    properties.insert("notify".to_owned(), definitions.add::<NotifyConfig>());
    properties.insert("words".to_owned(), definitions.add::<Words>());
    properties.insert("lab".to_owned(), definitions.add::<LabConfig>());
    properties.insert("mcp".to_owned(), definitions.add::<McpConfig>());
    let sources = [
        definitions.source::<PrometheusSource>("prometheus"),
        definitions.source::<HostSource>("host"),
        definitions.source::<DemoSource>("demo"),
        definitions.source::<CsvSource>("csv"),
        definitions.source::<PushSource>("push"),
        definitions.source::<ModelSource>("model"),
    ];
    let sources = json!({
        "type": "array",
        "description": "Where series come from; `host` and `demo` when left out.",
        "items": { "oneOf": sources },
    });
    properties.insert("sources".to_owned(), sources);
    let calendars = json!({
        "type": "array",
        "description": "Calendars that the file owns; rules name them by id.",
        "items": definitions.add::<CalendarDraft>(),
    });
    properties.insert("calendars".to_owned(), calendars);
    let rules = json!({
        "type": "array",
        "description": "Rules that the file owns: they are shown with a lock.",
        "items": definitions.add::<RuleDraft>(),
    });
    properties.insert("rules".to_owned(), rules);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Hindcast configuration",
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
        "$defs": definitions.0,
    });
    rewrite_references(&mut schema);
    schema
}

struct Definitions(Map<String, Value>);

impl Definitions {
    /// Adds a type and everything that it refers to; answers the reference to it.
    fn add<T: ToSchema>(&mut self) -> Value {
        let mut inner = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut inner);
        for (name, schema) in inner {
            let schema = serde_json::to_value(schema).unwrap_or(Value::Null);
            self.0.insert(name, schema);
        }
        json!({ "$ref": format!("#/$defs/{}", T::name()) })
    }

    /// A source: what its kind has, with `name` and `kind` beside it.
    fn source<T: ToSchema + PartialSchema>(&mut self, kind: &str) -> Value {
        let _reference = self.add::<T>();
        let mut schema = self.0.remove(T::name().as_ref()).unwrap_or_default();
        let mut properties = Map::new();
        properties.insert("name".to_owned(), json!({ "type": "string" }));
        properties.insert("kind".to_owned(), json!({ "const": kind }));
        if let Some(Value::Object(own)) = schema.get("properties") {
            properties.extend(own.clone());
        }
        let mut required = vec![json!("name"), json!("kind")];
        if let Some(Value::Array(own)) = schema.get("required") {
            required.extend(own.iter().cloned());
        }
        schema["type"] = json!("object");
        schema["properties"] = Value::Object(properties);
        schema["required"] = Value::Array(required);
        schema
    }
}

fn rewrite_references(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            if let Some(Value::String(reference)) = entries.get_mut("$ref") {
                *reference = reference.replace("#/components/schemas/", "#/$defs/");
            }
            entries.values_mut().for_each(rewrite_references);
        }
        Value::Array(items) => items.iter_mut().for_each(rewrite_references),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_when_followed_then_every_reference_exists_and_objects_are_closed() {
        let schema = schema();
        let text = schema.to_string();
        for (_, rest) in text
            .match_indices("\"#/$defs/")
            .map(|(at, found)| (at, &text[at + found.len()..]))
        {
            let name = rest.split('"').next().unwrap_or_default();
            assert!(schema["$defs"].get(name).is_some(), "{name} is missing");
        }
        assert_eq!(
            schema["$defs"]["Http"]["additionalProperties"],
            json!(false)
        );
        assert_eq!(
            schema["properties"]["sources"]["items"]["oneOf"][0]["properties"]["kind"]["const"],
            "prometheus"
        );
    }
}
