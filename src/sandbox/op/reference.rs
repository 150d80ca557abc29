//! `op read op://vault/item/[section/]field`: one value, or the bytes of a file.

use reqwest::Method;
use serde_json::Value;

use super::Run;
use super::answer::{Answer, Body};
use super::document::deliver;
use super::find::{rows, text};
use super::session::Session;
use super::trouble::{Result, Trouble};

/// A secret reference.
struct Reference {
    vault: String,
    item: String,
    section: Option<String>,
    field: String,
    attribute: Option<String>,
}

impl Reference {
    /// Names in references are made of letters, digits and `-_. ` only; everything else needs an id.
    fn parse(word: &str) -> Result<Self> {
        let bad = |why: &str| Trouble::new(format!("invalid secret reference '{word}': {why}"));
        let rest = word.strip_prefix("op://").ok_or_else(|| bad("it does not begin with op://"))?;
        let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
        let attribute = match query.map(|query| query.split_once('=')) {
            None => None,
            Some(Some(("attribute" | "attr", value))) => Some(value.to_owned()),
            Some(_) => return Err(bad("invalid query parameter")),
        };
        if path.chars().any(|c| !(c.is_ascii_alphanumeric() || "-_. /".contains(c))) {
            return Err(bad("invalid character in secret reference"));
        }
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        let (vault, item, section, field) = match &parts[..] {
            [vault, item, field] => (vault, item, None, field),
            [vault, item, section, field] => (vault, item, Some(section.clone()), field),
            _ => return Err(bad("it has no vault, item and field")),
        };
        if [vault, item, field].iter().any(|part| part.is_empty()) {
            return Err(bad("too few '/'"));
        }
        Ok(Self { vault: vault.clone(), item: item.clone(), section, field: field.clone(), attribute })
    }
}

pub(super) async fn read(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let reference = Reference::parse(&words.objects[0])?;
    let failed = |trouble: Trouble| {
        let message = format!("could not read secret '{}': {}", words.objects[0], trouble.message);
        Trouble { message, ..trouble }
    };
    let vault = session.vault(&reference.vault).await.map_err(failed)?;
    let item = session.item(&vault, &reference.item, false).await.map_err(failed)?;
    let newline = !words.is("no-newline");
    let named = |row: &Value, key: &str| text(row, key).eq_ignore_ascii_case(&reference.field);
    let files = rows(item["files"].clone());
    if let Some(file) = files.iter().find(|row| named(row, "id") || named(row, "name")) {
        let attribute = reference.attribute.as_deref().unwrap_or("content");
        if attribute == "content" {
            let request = session.request(Method::GET, text(file, "content_path"));
            let response = session.answer(request).await.map_err(failed)?;
            return deliver(words, Body::Coming(response), newline).await;
        }
        return value(file, attribute).map_err(failed).map(|bytes| Answer::Bytes { body: bytes, newline });
    }
    let inside =
        |row: &Value| reference.section.as_ref().is_none_or(|id| row["section"]["id"] == id.as_str());
    let fields = rows(item["fields"].clone());
    let field = fields.iter().find(|row| inside(row) && (named(row, "id") || named(row, "label")));
    let field = field.ok_or_else(|| {
        failed(Trouble::new(format!(
            "item '{}/{}' does not have a field '{}'",
            reference.vault, reference.item, reference.field
        )))
    })?;
    let body = value(field, reference.attribute.as_deref().unwrap_or("value")).map_err(failed)?;
    deliver(words, body, newline && words.value("out-file").is_none()).await
}

fn value(row: &Value, attribute: &str) -> Result<Body> {
    match &row[if attribute == "title" { "label" } else { attribute }] {
        Value::String(text) => Ok(Body::Here(text.clone().into_bytes())),
        Value::Number(number) => Ok(Body::Here(number.to_string().into_bytes())),
        _ if attribute == "value" => Ok(Body::Here(Vec::new())),
        _ => Err(Trouble::new(format!("invalid attribute '{attribute}'"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_have_three_or_four_parts_and_plain_names() {
        let reference = Reference::parse("op://v/i/s/f?attr=type").unwrap();
        assert_eq!((reference.section.as_deref(), reference.attribute.as_deref()), (Some("s"), Some("type")));
        assert!(Reference::parse("op://v/i/f").unwrap().section.is_none());
        for word in ["v/i/f", "op://v/i", "op://v/i/", "op://v/i/é", "op://v/i/f?x=y", "op://a/b/c/d/e"] {
            assert!(Reference::parse(word).is_err(), "{word}");
        }
    }
}
