//! `items/1`: what is in a vault, never a concealed value.

use serde::Serialize;

use super::{Look, Page, Table, cell};
use crate::domain::class::StudentKey;
use crate::domain::directory::{Field, FieldValue, FileMeta, Item, ItemDetail};
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;

/// The items of one vault.
#[derive(Serialize)]
pub struct Items<'a> {
    /// Which vault.
    pub vault: &'a VaultId,
    /// Whose it is, if it belongs to the class.
    pub student: Option<&'a StudentKey>,
    /// Its items, newest first.
    pub items: &'a [Item],
}

impl Page for Items<'_> {
    fn schema(&self) -> &'static str {
        "items/1"
    }

    fn table(&self, look: &Look) -> Table {
        let mut table = Table::new(["item", "title", "category", "version", "changed", "by"]);
        for item in self.items {
            table.push([
                cell(&item.id),
                item.title.clone(),
                item.category.clone(),
                cell(item.version),
                look.time(item.updated_at.or(item.created_at)),
                item.last_edited_by.as_ref().map(cell).unwrap_or_default(),
            ]);
        }
        table
    }

    fn nothing(&self) -> Option<SafeText> {
        self.items.is_empty().then(|| "nothing is in the vault".into())
    }
}

/// One item with fields and files: the same form with a single item.
#[derive(Serialize)]
pub struct OneItem<'a> {
    vault: &'a VaultId,
    student: Option<&'a StudentKey>,
    items: [Detail<'a>; 1],
}

#[derive(Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    item: &'a Item,
    fields: Vec<FieldLine<'a>>,
    files: &'a [FileMeta],
}

#[derive(Serialize)]
struct FieldLine<'a> {
    id: &'a SafeText,
    label: &'a SafeText,
    section: &'a Option<SafeText>,
    #[serde(rename = "type")]
    kind: &'a SafeText,
    value: Option<&'a SafeText>,
    concealed: bool,
}

impl<'a> FieldLine<'a> {
    fn new(field: &'a Field) -> Self {
        let value = match &field.value {
            FieldValue::Shown(value) => Some(value),
            FieldValue::Empty | FieldValue::Concealed => None,
        };
        let concealed = field.value == FieldValue::Concealed;
        let Field { id, label, section, kind, .. } = field;
        Self { id, label, section, kind, value, concealed }
    }
}

impl<'a> OneItem<'a> {
    /// One item of a vault; `student` is whose vault it is.
    pub fn new(vault: &'a VaultId, student: Option<&'a StudentKey>, detail: &'a ItemDetail) -> Self {
        let fields = detail.fields.iter().map(FieldLine::new).collect();
        Self { vault, student, items: [Detail { item: &detail.item, fields, files: &detail.files }] }
    }
}

impl Page for OneItem<'_> {
    fn schema(&self) -> &'static str {
        "items/1"
    }

    fn table(&self, look: &Look) -> Table {
        let [Detail { item, fields, files }] = &self.items;
        let mut table = Table::new(["what", "value"]);
        let mut row = |what: &str, value: SafeText| table.push([SafeText::new(what), value]);
        row("item", cell(&item.id));
        row("title", item.title.clone());
        row("category", item.category.clone());
        row("version", cell(item.version));
        row("made", look.time(item.created_at));
        row("changed", look.time(item.updated_at));
        row("by", item.last_edited_by.as_ref().map(cell).unwrap_or_default());
        for field in fields {
            let value = if field.concealed { Some("(concealed)".into()) } else { field.value.cloned() };
            row(&format!("field {}", field.label), value.unwrap_or_default());
        }
        for file in *files {
            row("file", cell(format_args!("{} ({} bytes, {})", file.name.safe(), file.size, file.id)));
        }
        table
    }
}
