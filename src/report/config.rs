//! `config-print/1`, and `config-check/1`: the settings in effect.

use serde::Serialize;
use serde_json::Value;

use super::{Look, Page, Table};
use crate::domain::fault::{Fault, Kind};
use crate::domain::text::SafeText;

/// The settings in effect, for programs.
#[derive(Serialize)]
pub struct Settings {
    settings: Value,
}

impl Settings {
    /// Reads them back from their TOML form.
    ///
    /// # Errors
    /// [`Kind::Local`] if the text is no TOML, which is a mistake in Strongroom.
    pub fn new(toml: &str) -> Result<Self, Fault> {
        let table: toml::Table = toml.parse().map_err(|error: toml::de::Error| {
            Fault::new(Kind::Local, format!("the settings are no TOML: {}", error.message()))
        })?;
        Ok(Self { settings: json(toml::Value::Table(table)) })
    }
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => number.into(),
        toml::Value::Boolean(yes) => yes.into(),
        toml::Value::Datetime(time) => Value::String(time.to_string()),
        toml::Value::Array(list) => list.into_iter().map(json).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
    }
}

fn flat(path: &str, value: &Value, table: &mut Table) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flat(&path, value, table);
            }
        }
        Value::String(text) => table.push([SafeText::new(path), SafeText::new(text)]),
        other => table.push([SafeText::new(path), SafeText::new(&other.to_string())]),
    }
}

impl Page for Settings {
    fn schema(&self) -> &'static str {
        "config-print/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["setting", "value"]);
        flat("", &self.settings, &mut table);
        table
    }
}

/// Files without a problem.
#[derive(Default, Serialize)]
pub struct Checked {
    /// The class file, where one was checked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<SafeText>,
    /// The id of its class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The files about the screen: settings and themes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<SafeText>,
}

impl Page for Checked {
    fn schema(&self) -> &'static str {
        "config-check/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(["file", "class", "problems"]);
        if let (Some(file), Some(class)) = (&self.file, &self.class) {
            table.push([file.clone(), SafeText::new(class), "none".into()]);
        }
        for file in &self.user {
            table.push([file.clone(), "-".into(), "none".into()]);
        }
        table
    }
}
