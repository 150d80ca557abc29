//! `PATCH …/items/{item}`: a part of an item is added, replaced or removed.
//!
//! Like RFC 6902 without `test`, `move` and `copy`, and unlike it in that fields are named by their ids:
//! `/fields/{id}` and `/fields/{id}/{attribute}`; adding an object to `/fields` appends it; `/` is the whole item,
//! as `PUT` has it. Tags and addresses are numbered. Types of fields are read in any case, since the examples of
//! the OpenAPI document write them small.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::sandbox::front::body;
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::world::NewItem;

/// The parts of the longest path: those of `/fields/{id}/recipe/characterSets/0` are five.
const PARTS: usize = 8;
/// How deep an operation may reach into the item, by its path and the nesting of its value. Every one is held to
/// it, so that no row of operations builds what nobody can read any more without running out of stack.
const DEEPEST: usize = 32;
/// What of an item can be changed.
const ITEM: [&str; 7] = ["title", "category", "favorite", "tags", "urls", "sections", "fields"];
/// What of a field can be changed.
const FIELD: [&str; 7] = ["section", "type", "purpose", "label", "value", "generate", "recipe"];

/// A change in parts.
#[derive(Debug, Deserialize)]
pub(super) struct Patch(Vec<Operation>);

#[derive(Debug, Deserialize)]
struct Operation {
    op: Verb,
    path: String,
    value: Option<Value>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Verb {
    Add,
    Remove,
    Replace,
}

impl Patch {
    /// Reads a body; one that is not a list of known operations is refused.
    pub(super) fn read(bytes: &[u8]) -> Result<Self> {
        body(bytes)
    }

    /// The item after all of it, or `None` if it is no change.
    pub(super) fn applied(self, item: &NewItem) -> Result<Option<NewItem>> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let body = &item.body;
        let mut document = json!({
            "title": item.title, "category": item.category, "favorite": item.favorite,
            "tags": body.tags, "urls": body.urls, "sections": body.sections, "fields": body.fields,
        });
        for operation in self.0 {
            operation.apply(&mut document)?;
        }
        for field in document["fields"].as_array_mut().into_iter().flatten() {
            if let Some(kind) = field.get("type").and_then(Value::as_str).map(str::to_ascii_uppercase) {
                field["type"] = Value::from(kind);
            }
        }
        serde_json::from_value(document).map(Some).map_err(|_| Refusal::bad("Invalid item"))
    }
}

fn lacks(name: &str) -> Refusal {
    Refusal::bad(format!("The item doesn't have a {name} field."))
}

impl Operation {
    fn apply(self, document: &mut Value) -> Result<()> {
        let parts = pointer(&self.path)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if parts.len() + self.value.as_ref().map_or(0, depth) > DEEPEST {
            return Err(Refusal::bad("Invalid patch: a value is nested too deep"));
        }
        match parts.as_slice() {
            [""] => self.whole(document),
            ["fields"] if self.verb_of_object() == Some(Verb::Add) => self.append(document),
            ["fields", id] => self.field(id, document),
            ["fields", id, attribute, rest @ ..] => {
                let field = find(document, id).ok_or_else(|| lacks(id))?;
                if !FIELD.contains(attribute) {
                    return Err(lacks(attribute));
                }
                self.at(field, attribute, rest)
            }
            [attribute, rest @ ..] if ITEM.contains(attribute) => self.at(document, attribute, rest),
            [attribute, ..] => Err(lacks(attribute)),
            [] => Err(Refusal::bad("Invalid patch path")),
        }
    }

    /// The verb, if what it brings is an object.
    fn verb_of_object(&self) -> Option<Verb> {
        self.value.as_ref().is_some_and(Value::is_object).then_some(self.op)
    }

    fn value(self) -> Result<Value> {
        self.value.ok_or_else(|| Refusal::bad("Invalid patch: a value is missing"))
    }

    /// The whole item is another one; whatever only the server says of it is passed over.
    fn whole(self, document: &mut Value) -> Result<()> {
        match self.verb_of_object() {
            Some(Verb::Replace) => *document = self.value()?,
            _ => return Err(Refusal::bad("Invalid patch: only an item can replace an item")),
        }
        Ok(())
    }

    /// One more field.
    fn append(self, document: &mut Value) -> Result<()> {
        let field = self.value()?;
        if field["id"].as_str().is_some_and(|id| find(document, id).is_some()) {
            return Err(Refusal::bad("Invalid patch: the item has a field with this id already"));
        }
        push(document, field);
        Ok(())
    }

    /// A field, by its id, which stays what it is.
    fn field(self, id: &str, document: &mut Value) -> Result<()> {
        if self.op == Verb::Remove {
            let fields = fields(document).ok_or_else(|| lacks(id))?;
            let at = fields.iter().position(|field| field["id"] == id).ok_or_else(|| lacks(id))?;
            fields.remove(at);
            return Ok(());
        }
        if self.verb_of_object().is_none() {
            return Err(Refusal::bad("Invalid patch: a field is an object"));
        }
        let (verb, mut field) = (self.op, self.value()?);
        field["id"] = Value::from(id);
        match (find(document, id), verb) {
            (Some(place), _) => *place = field,
            (None, Verb::Add) => push(document, field),
            (None, _) => return Err(lacks(id)),
        }
        Ok(())
    }

    /// An attribute, or something within it.
    fn at(self, whole: &mut Value, attribute: &str, rest: &[&str]) -> Result<()> {
        let Some((last, inner)) = rest.split_last() else {
            let verb = self.op;
            let whole = whole.as_object_mut().ok_or_else(|| lacks(attribute))?;
            if verb == Verb::Remove {
                whole.remove(attribute);
            } else {
                whole.insert(attribute.to_owned(), self.value()?);
            }
            return Ok(());
        };
        let mut place = whole.get_mut(attribute).ok_or_else(|| lacks(attribute))?;
        for part in inner {
            place = step(place, part).ok_or_else(|| lacks(part))?;
        }
        match place {
            Value::Array(values) => self.in_list(values, last),
            Value::Object(map) => self.in_map(map, last),
            _ => Err(lacks(last)),
        }
    }

    fn in_list(self, list: &mut Vec<Value>, part: &str) -> Result<()> {
        let at = if part == "-" { Some(list.len()) } else { part.parse().ok() };
        let at = at.ok_or_else(|| lacks(part))?;
        match self.op {
            Verb::Add if at <= list.len() => list.insert(at, self.value()?),
            Verb::Replace if at < list.len() => list[at] = self.value()?,
            Verb::Remove if at < list.len() => drop(list.remove(at)),
            _ => return Err(lacks(part)),
        }
        Ok(())
    }

    fn in_map(self, map: &mut Map<String, Value>, part: &str) -> Result<()> {
        match self.op {
            Verb::Remove => drop(map.remove(part).ok_or_else(|| lacks(part))?),
            _ => drop(map.insert(part.to_owned(), self.value()?)),
        }
        Ok(())
    }
}

fn fields(document: &mut Value) -> Option<&mut Vec<Value>> {
    document.get_mut("fields")?.as_array_mut()
}

/// One more field; an item that was put in place of another one may have none yet.
fn push(document: &mut Value, field: Value) {
    match fields(document) {
        Some(fields) => fields.push(field),
        None => document["fields"] = json!([field]),
    }
}

fn find<'d>(document: &'d mut Value, id: &str) -> Option<&'d mut Value> {
    fields(document)?.iter_mut().find(|field| field["id"] == id)
}

fn step<'v>(place: &'v mut Value, part: &str) -> Option<&'v mut Value> {
    match place {
        Value::Array(list) => list.get_mut(part.parse::<usize>().ok()?),
        Value::Object(map) => map.get_mut(part),
        _ => None,
    }
}

/// How many lists and objects are around its innermost value. A value of a body is not nested deeper than the
/// parser lets one be.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// The parts of a JSON pointer (RFC 6901), if they are not too many.
fn pointer(path: &str) -> Result<Vec<String>> {
    let rest = path.strip_prefix('/').filter(|rest| rest.split('/').count() <= PARTS);
    let rest = rest.ok_or_else(|| Refusal::bad("Invalid patch path"))?;
    Ok(rest.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> NewItem {
        serde_json::from_value(json!({
            "title": "L", "category": "LOGIN", "tags": ["a", "b"],
            "fields": [{ "id": "user", "type": "STRING", "label": "user", "value": "ngozi" },
                       { "id": "other", "type": "STRING", "label": "other" }],
        }))
        .unwrap()
    }

    fn after(patch: &Value) -> Result<NewItem> {
        let item = Patch::read(patch.to_string().as_bytes())?.applied(&item())?;
        Ok(item.unwrap())
    }

    #[test]
    fn the_examples_of_the_document_do_what_they_say() {
        let changed = after(&json!([
            { "op": "replace", "path": "/favorite", "value": true },
            { "op": "remove", "path": "/tags/1" },
            { "op": "add", "path": "/fields", "value": { "label": "New", "type": "string", "value": "x" } },
            { "op": "add", "path": "/fields/user/label", "value": "New name" },
            { "op": "remove", "path": "/fields/user/value" },
            { "op": "replace", "path": "/fields/other", "value": { "label": "O", "type": "string", "value": "n" } },
        ]))
        .unwrap();
        assert!(changed.favorite && changed.body.tags == ["a"]);
        let [user, other, new] = changed.body.fields.as_slice() else { unreachable!("three fields") };
        assert_eq!((user.label.as_str(), user.value.as_str()), ("New name", ""));
        assert_eq!((other.id.as_str(), other.label.as_str(), other.kind.as_str()), ("other", "O", "STRING"));
        assert_eq!((new.label.as_str(), new.kind.as_str()), ("New", "STRING"));
        let whole =
            json!({ "title": "T", "category": "LOGIN", "id": "x", "version": 9, "vault": { "id": "v" } });
        let changed = after(&json!([{ "op": "replace", "path": "/", "value": whole }])).unwrap();
        assert!(changed.title == "T" && changed.body.fields.is_empty());
    }

    #[test]
    fn lists_and_nested_attributes_are_reached() {
        let changed = after(&json!([
            { "op": "add", "path": "/tags/-", "value": "c" },
            { "op": "replace", "path": "/tags/0", "value": "A" },
            { "op": "add", "path": "/urls/0", "value": { "href": "https://example.com" } },
            { "op": "add", "path": "/urls/0/label", "value": "site" },
            { "op": "add", "path": "/fields/named", "value": { "label": "x~y" } },
            { "op": "remove", "path": "/fields/other" },
            { "op": "add", "path": "/fields/user/section", "value": { "id": "s" } },
            { "op": "replace", "path": "/fields/user/section/id", "value": "t" },
        ]))
        .unwrap();
        assert_eq!(changed.body.tags, ["A", "b", "c"]);
        assert_eq!(changed.body.urls[0].label, "site");
        let ids: Vec<&str> = changed.body.fields.iter().map(|field| field.id.as_str()).collect();
        assert_eq!(ids, ["user", "named"]);
        assert_eq!(changed.body.fields[0].section.as_ref().unwrap().id, "t");
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for (patch, said) in [
            (json!({ "op": "add", "path": "/title", "value": "x" }), "Invalid request body"),
            (json!([{ "op": "test", "path": "/title", "value": "x" }]), "Invalid request body"),
            (json!([{ "op": "move", "path": "/title", "from": "/tags" }]), "Invalid request body"),
            (json!([{ "op": "add", "path": "title", "value": "x" }]), "Invalid patch path"),
            (json!([{ "op": "add", "path": "/title" }]), "a value is missing"),
            (json!([{ "op": "add", "path": "/title", "value": 5 }]), "Invalid item"),
            (json!([{ "op": "replace", "path": "/version", "value": 9 }]), "have a version field."),
            (json!([{ "op": "replace", "path": "/fields/none/value", "value": "" }]), "have a none field."),
            (json!([{ "op": "replace", "path": "/fields/user/id", "value": "x" }]), "have a id field."),
            (json!([{ "op": "replace", "path": "/fields/none", "value": {} }]), "have a none field."),
            (json!([{ "op": "replace", "path": "/fields/user", "value": "x" }]), "a field is an object"),
            (json!([{ "op": "add", "path": "/fields", "value": { "id": "user" } }]), "already"),
            (json!([{ "op": "remove", "path": "/fields/none" }]), "have a none field."),
            (json!([{ "op": "remove", "path": "/tags/2" }]), "have a 2 field."),
            (json!([{ "op": "remove", "path": "/" }]), "only an item can replace an item"),
        ] {
            let refusal = after(&patch).unwrap_err();
            assert!(refusal.status == 400 && refusal.message.contains(said), "{patch}: {refusal}");
        }
        assert_eq!(Patch::read(b"[]").unwrap().applied(&item()), Ok(None));
    }

    /// That many lists, one in the other.
    fn nested(lists: usize) -> Value {
        (1..lists).fold(json!([]), |inner, _| json!([inner]))
    }

    #[test]
    fn no_row_of_operations_reaches_deeper_than_one_may() {
        let first = |value: Value| json!([{ "op": "add", "path": "/urls/0", "value": value }]);
        for (lists, said) in [(DEEPEST - 2, "Invalid item"), (DEEPEST - 1, "nested too deep")] {
            let refusal = after(&first(nested(lists))).unwrap_err();
            assert!(refusal.status == 400 && refusal.message.contains(said), "{lists}: {refusal}");
        }
        // Each operation hangs its value into the innermost list of the one before.
        let hung = |row: usize| {
            let path = format!("/urls{}/-", "/0".repeat(100 * row));
            json!({ "op": "add", "path": path, "value": nested(100) })
        };
        let refusal = after(&(0..40).map(hung).collect()).unwrap_err();
        assert!(refusal.status == 400 && refusal.message.contains("too deep"), "{refusal}");
        // One list a time, each in the one before, as far as a path may lead.
        let one =
            |row: usize| json!({ "op": "add", "path": format!("/urls{}", "/0".repeat(row)), "value": [] });
        assert_eq!(after(&(1..40).map(one).collect()).unwrap_err(), Refusal::bad("Invalid patch path"));
        assert_eq!(after(&(1..PARTS).map(one).collect()).unwrap_err(), Refusal::bad("Invalid item"));
        let path = "/fields/user/section/a/b/c/d/e/f";
        let refusal = after(&json!([{ "op": "add", "path": path, "value": "x" }])).unwrap_err();
        assert_eq!(refusal, Refusal::bad("Invalid patch path"));
    }
}
