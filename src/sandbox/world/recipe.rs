//! What the server makes up of an item: ids of fields, and values by a recipe.

use serde::Deserialize;

use super::items::Body;
use super::token;
use crate::sandbox::refusal::{Refusal, Result};

/// How to make up a value (`GeneratorRecipe`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    /// 1 to 64 characters; 32 by default.
    pub length: Option<usize>,
    /// `LETTERS`, `DIGITS`, `SYMBOLS`; all by default.
    pub character_sets: Option<Vec<String>>,
    /// Characters to leave out.
    #[serde(default)]
    pub exclude_characters: String,
}

/// Fields with the ids and values that the server makes up.
pub(super) fn completed(mut body: Body) -> Result<Body> {
    for field in &mut body.fields {
        if field.id.is_empty() {
            field.id = token::letters(token::LOWER, 26)?;
        }
        if field.generate && field.value.is_empty() {
            field.value = made_up(field.recipe.as_ref())?;
        }
    }
    Ok(body)
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
