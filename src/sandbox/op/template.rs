//! What `op item create` is told: a template as JSON, flags, and assignments such as
//! `password=…` or `notes.hint[text]=…`.

use std::io::Read as _;

use serde_json::{Value, json};

use super::trouble::{Result, Trouble};
use super::words::Words;

/// A file that an assignment attaches.
pub(super) struct Attached {
    pub(super) name: String,
    pub(super) path: String,
}

/// A category as JSON has it: `secure note` and `Secure Note` are `SECURE_NOTE`.
pub(super) fn category(word: &str) -> String {
    word.trim().to_uppercase().replace([' ', '-'], "_")
}

/// The item that template and flags describe; flags win.
pub(super) fn of(words: &Words, piped: bool) -> Result<Value> {
    let mut item = if piped {
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|_| Trouble::new("invalid JSON in piped input"))?;
        parsed(&text).ok_or_else(|| Trouble::new("invalid JSON in piped input"))?
    } else if let Some(path) = words.value("template") {
        let text = std::fs::read_to_string(path)
            .map_err(|_| Trouble::new(format!("open {path}: no such file or directory")))?;
        parsed(&text).ok_or_else(|| Trouble::new("invalid JSON in the template file"))?
    } else {
        json!({})
    };
    if let Some(word) = words.value("category") {
        item["category"] = category(word).into();
    }
    let named = item["category"].as_str().map(category);
    item["category"] = named
        .ok_or_else(|| Trouble::usage("required flag(s) \"category\" not set", "op item create"))?
        .into();
    if let Some(title) = words.value("title") {
        item["title"] = title.into();
    }
    if words.value("tags").is_some() {
        item["tags"] = words.several("tags").into();
    }
    if let Some(url) = words.value("url") {
        item["urls"] = json!([{ "primary": true, "href": url }]);
    }
    if words.is("favorite") {
        item["favorite"] = true.into();
    }
    if words.is("generate-password") {
        push(
            &mut item,
            json!({
                "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "generate": true,
            }),
        );
    }
    Ok(item)
}

fn parsed(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_object)
}

fn push(item: &mut Value, field: Value) {
    match item["fields"].as_array_mut() {
        Some(fields) => fields.push(field),
        None => item["fields"] = json!([field]),
    }
}

/// Carries assignments out on an item; files are returned, since they are sent on their own.
pub(super) fn assign(item: &mut Value, assignments: &[String]) -> Result<Vec<Attached>> {
    let mut files = Vec::new();
    for word in assignments {
        let (name, value) = split(word, '=').ok_or_else(|| {
            Trouble::new(format!(
                "invalid assignment: \"{word}\" is not of the form [<section>.]<field>[[<type>]]=<value>"
            ))
        })?;
        let (name, kind) = match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
            Some((name, kind)) => (name.to_owned(), kind.to_owned()),
            None => (name, "password".to_owned()),
        };
        if kind == "file" {
            let own = value.rsplit('/').next().unwrap_or_default();
            let name = if name.is_empty() { own.to_owned() } else { name };
            files.push(Attached { name, path: value });
            continue;
        }
        set(item, &name, &kind, &value)?;
    }
    Ok(files)
}

fn set(item: &mut Value, name: &str, kind: &str, value: &str) -> Result<()> {
    let (section, label) =
        split(name, '.').map_or((None, name.to_owned()), |(section, label)| (Some(section), label));
    if let Some(field) = item["fields"].as_array_mut().and_then(|fields| {
        fields.iter_mut().find(|field| field["id"] == label.as_str() || field["label"] == label.as_str())
    }) {
        field["value"] = value.into();
        return Ok(());
    }
    let (kind, purpose) = match (label.as_str(), kind) {
        ("username", _) => ("STRING", "USERNAME"),
        ("password", _) => ("CONCEALED", "PASSWORD"),
        ("notesPlain", _) => ("STRING", "NOTES"),
        (_, "password") => ("CONCEALED", ""),
        (_, "text") => ("STRING", ""),
        (_, "email") => ("EMAIL", ""),
        (_, "url") => ("URL", ""),
        (_, "date") => ("DATE", ""),
        (_, "monthYear") => ("MONTH_YEAR", ""),
        (_, "phone") => ("PHONE", ""),
        (_, "otp") => ("OTP", ""),
        (_, other) => return Err(Trouble::new(format!("\"{other}\" is not a supported field type"))),
    };
    let mut field = json!({ "id": label, "type": kind, "label": label, "value": value });
    if !purpose.is_empty() {
        field["purpose"] = purpose.into();
    }
    if let Some(section) = section {
        field["section"] = json!({ "id": section });
        let known =
            item["sections"].as_array().is_some_and(|list| list.iter().any(|s| s["id"] == section.as_str()));
        match item["sections"].as_array_mut() {
            Some(_) if known => {}
            Some(sections) => sections.push(json!({ "id": section, "label": section })),
            None => item["sections"] = json!([{ "id": section, "label": section }]),
        }
    }
    push(item, field);
    Ok(())
}

/// Splits at the first separator that no backslash stands before, and takes those backslashes out of
/// what is left of it.
fn split(word: &str, separator: char) -> Option<(String, String)> {
    let (mut left, mut escaped) = (String::new(), false);
    for (at, c) in word.char_indices() {
        if escaped {
            left.push(c);
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == separator {
            return Some((left, word.get(at + c.len_utf8()..)?.to_owned()));
        } else {
            left.push(c);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_have_sections_types_and_escapes() {
        let mut item = json!({});
        let words = [
            "password=a=b",
            "notes.hint[text]=x",
            r"odd\.name[text]=y",
            "hw1.pdf[file]=a.pdf",
            "[file]=in/b.pdf",
        ];
        let files = assign(&mut item, &words.map(str::to_owned)).unwrap();
        let fields = item["fields"].as_array().unwrap();
        assert_eq!((&fields[0]["value"], &fields[0]["purpose"]), (&json!("a=b"), &json!("PASSWORD")));
        assert_eq!((&fields[1]["section"]["id"], &fields[1]["type"]), (&json!("notes"), &json!("STRING")));
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["hw1.pdf", "b.pdf"]);
        assert!(assign(&mut item, &["nothing".to_owned()]).is_err());
    }

    #[test]
    fn categories_have_several_spellings() {
        for word in ["SECURE_NOTE", "Secure Note", "secure note"] {
            assert_eq!(category(word), "SECURE_NOTE");
        }
    }
}
