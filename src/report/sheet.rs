//! A view of the screen as a file: `view/1` as JSON, or a table as CSV or Markdown.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::{Format, Look, Page, Table, json};
use crate::domain::fault::Fault;
use crate::domain::sheet::Sheet;
use crate::domain::text::SafeText;

#[derive(Serialize)]
struct View<'a> {
    class: &'a str,
    #[serde(rename = "view")]
    name: &'static str,
    columns: &'a [SafeText],
    rows: Vec<Row<'a>>,
}

/// One object a row, its columns by their headings.
struct Row<'a>(&'a [SafeText], &'a [SafeText]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(column, cell)?;
        }
        map.end()
    }
}

impl Page for View<'_> {
    fn schema(&self) -> &'static str {
        "view/1"
    }

    fn table(&self, _: &Look) -> Table {
        let mut table = Table::new(self.columns.iter().map(SafeText::as_str));
        for row in &self.rows {
            table.push(row.1.iter().cloned());
        }
        table
    }
}

/// The content of the file.
///
/// # Errors
/// Where a value cannot be written in that format, which no text of ours causes.
pub fn written(sheet: &Sheet, format: Format) -> Result<String, Fault> {
    let rows = sheet.rows.iter().map(|row| Row(&sheet.columns, row)).collect();
    let view = View { class: &sheet.class, name: sheet.view, columns: &sheet.columns, rows };
    match format {
        Format::Json => json::object(view.schema(), &view),
        Format::Csv => view.table(&Look::default()).csv(),
        Format::Markdown => Ok(view.table(&Look::default()).markdown()),
        Format::Table => Ok(view.table(&Look::default()).aligned("", "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_is_the_same_in_every_format_and_no_spreadsheet_runs_it() {
        let mut sheet = Sheet::new("CS101", "roster", ["NAME", "Self", "self"]);
        sheet.push(["=HYPERLINK(\"x\")", "W", "a|b"]);
        assert_eq!(
            written(&sheet, Format::Json).unwrap(),
            "{\"schema\":\"strongroom.view/1\",\"class\":\"CS101\",\"view\":\"roster\",\"columns\":[\"name\",\"self\",\
             \"self 2\"],\"rows\":[{\"name\":\"=HYPERLINK(\\\"x\\\")\",\"self\":\"W\",\"self 2\":\"a|b\"}]}\n"
        );
        assert_eq!(
            written(&sheet, Format::Csv).unwrap(),
            "name,self,self 2\n\"'=HYPERLINK(\"\"x\"\")\",W,a|b\n"
        );
        assert!(written(&sheet, Format::Markdown).unwrap().contains("a\\|b"));
    }
}
