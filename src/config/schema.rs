//! The keys as a JSON Schema, for editors, for forms and for those who check a file elsewhere.
//!
//! What it refuses is refused here too. What a regular expression cannot tell it takes: it counts characters where bytes count,
//! and knows no address from a text of its characters.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::key::{KEYS, Key, KeyKind};
use super::settings::Config;
use crate::section::Section;

/// What refuses a value; the rest describes one.
const REFUSING: [&str; 11] = [
    "type",
    "const",
    "anyOf",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "minLength",
    "pattern",
    "items",
    "maxItems",
    "additionalProperties",
];

impl Config {
    /// The schema of a configuration (JSON Schema, draft 7): each key with its type, range, default and description.
    pub fn schema() -> Value {
        let defaults = Self::default();
        let mut whole = Map::new();
        let mut groups: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
        for key in &KEYS {
            let (properties, name) = match key.name().split_once('.') {
                Some((group, name)) => (groups.entry(group).or_default(), name),
                None => (&mut whole, key.name()),
            };
            properties.insert(name.into(), of_key(key, &defaults));
        }
        whole.extend(groups.into_iter().map(|(name, properties)| (name.into(), object(properties))));
        let mut schema = object(whole);
        schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
        schema["title"] = "Configuration of openclaw-prometheus".into();
        schema
    }

    /// The same schema without what refuses a value, for a host that would not start over a mistake in it: it still describes
    /// every key, and what is wrong is told by whoever reads the configuration.
    pub fn advisory_schema() -> Value {
        let mut schema = Self::schema();
        advise(&mut schema);
        schema["type"] = "object".into();
        schema["additionalProperties"] = true.into();
        schema
    }
}

fn object(properties: Map<String, Value>) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

fn of_key(key: &Key, defaults: &Config) -> Value {
    let text = || match key.pattern {
        Some(pattern) => json!({ "type": "string", "pattern": pattern }),
        None => json!({ "type": "string", "minLength": 1 }),
    };
    let mut schema = match &key.kind {
        KeyKind::Bool { .. } | KeyKind::Format(_) => json!({ "type": "boolean" }),
        KeyKind::Whole { range, has_zero: true, .. } if *range.start() > 0 => json!({
            "type": "integer", "anyOf": [{ "const": 0 }, { "minimum": range.start() }], "maximum": range.end(),
        }),
        KeyKind::Whole { range, .. } => {
            json!({ "type": "integer", "minimum": range.start(), "maximum": range.end() })
        }
        KeyKind::Amount { .. } => json!({ "type": "number", "exclusiveMinimum": 0 }),
        KeyKind::Text { .. } | KeyKind::Hidden { .. } => text(),
        KeyKind::Secret { .. } => {
            let mut schema = text();
            schema["writeOnly"] = true.into();
            schema
        }
        KeyKind::Texts { most, .. } => json!({ "type": "array", "maxItems": most, "items": text() }),
        KeyKind::Collectors { .. } => {
            json!({ "type": "array", "items": { "type": "string", "enum": Section::NAMES } })
        }
    };
    schema["description"] = format!("{} Allowed: {}.", key.help(), key.allowed()).into();
    if let Some(default) = key.value(defaults) {
        schema["default"] = default;
    }
    schema
}

/// Takes away what refuses.
fn advise(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    // Names of properties are no words of the schema.
    fields.retain(|name, _| !REFUSING.contains(&name.as_str()));
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        properties.values_mut().for_each(advise);
    }
}
