//! What an item consists of: addresses, tags, sections and fields, and what the server makes up of them, ids of
//! fields and values by a recipe.
//!
//! Shapes are those of Connect's OpenAPI document 1.7.1 (`FullItem`, `Field`, `GeneratorRecipe`); what is
//! empty is left out, as in recorded answers of the real server.

use serde::{Deserialize, Deserializer, Serialize};

use super::token;
use crate::sandbox::refusal::{Refusal, Result};

/// The parts of an item that are stored together.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Body {
    /// Web addresses.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub(crate) urls: Vec<Url>,
    /// Labels.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub(crate) tags: Vec<String>,
    /// Sections.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub(crate) sections: Vec<Section>,
    /// Fields.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "Vec::is_empty")]
    pub(crate) fields: Vec<Field>,
}

/// The section that a field stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SectionRef {
    /// Its id.
    pub(crate) id: String,
}

/// A section of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Section {
    /// Unique within the item.
    pub(crate) id: String,
    /// Decorates.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub(crate) label: String,
}

/// A web address of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Url {
    /// Decorates.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub(crate) label: String,
    /// Whether it is the main one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) primary: bool,
    /// The address.
    pub(crate) href: String,
}

/// A field of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Field {
    /// Unique within the item; made up when it is not given.
    #[serde(default)]
    pub(crate) id: String,
    /// Where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) section: Option<SectionRef>,
    /// For example `STRING` or `CONCEALED`.
    #[serde(rename = "type", default = "string_type")]
    pub(crate) kind: String,
    /// `USERNAME`, `PASSWORD`, `NOTES`, or nothing.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub(crate) purpose: String,
    /// Decorates.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub(crate) label: String,
    /// The value; empty for whoever may not read it.
    #[serde(default, deserialize_with = "or_empty", skip_serializing_if = "String::is_empty")]
    pub(crate) value: String,
    /// Whether an empty value is to be made up.
    #[serde(default, skip_serializing)]
    pub(crate) generate: bool,
    /// How.
    #[serde(default, skip_serializing)]
    pub(crate) recipe: Option<Recipe>,
}

/// How to make up a value (`GeneratorRecipe`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Recipe {
    /// 1 to 64 characters; 32 by default.
    pub(crate) length: Option<usize>,
    /// `LETTERS`, `DIGITS`, `SYMBOLS`; all by default.
    pub(crate) character_sets: Option<Vec<String>>,
    /// Characters to leave out.
    #[serde(default)]
    pub(crate) exclude_characters: String,
}

impl Body {
    /// With the ids of fields and the values that the server makes up.
    pub(super) fn completed(mut self) -> Result<Self> {
        for field in &mut self.fields {
            if field.id.is_empty() {
                field.id = token::letters(token::LOWER, 26)?;
            }
            if field.generate && field.value.is_empty() {
                field.value = made_up(field.recipe.as_ref())?;
            }
        }
        Ok(self)
    }
}

/// A value made up by a recipe.
fn made_up(recipe: Option<&Recipe>) -> Result<String> {
    let all = ["LETTERS", "DIGITS", "SYMBOLS"].map(str::to_owned).to_vec();
    let sets = recipe.and_then(|recipe| recipe.character_sets.clone()).unwrap_or(all);
    let excluded = recipe.map(|recipe| recipe.exclude_characters.as_str()).unwrap_or_default();
    let letters: Vec<char> = sets
        .iter()
        .flat_map(|set| match set.as_str() {
            "LETTERS" => "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".chars(),
            "DIGITS" => "0123456789".chars(),
            "SYMBOLS" => "!@.-_*".chars(),
            _ => "".chars(),
        })
        .filter(|c| !excluded.contains(*c))
        .collect();
    let length = recipe.and_then(|recipe| recipe.length).unwrap_or(32);
    if letters.is_empty() || !(1..=64).contains(&length) {
        return Err(Refusal::bad("a recipe has 1 to 64 characters and something to choose from"));
    }
    let bytes = token::random::<64>()?;
    Ok(bytes.iter().take(length).map(|byte| letters[usize::from(*byte) % letters.len()]).collect())
}

/// What is empty may be sent as `null`.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn string_type() -> String {
    "STRING".to_owned()
}
