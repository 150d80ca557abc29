//! What a pane shows as rows of a table, to be written to a file.

use super::text::SafeText;

/// The rows of a view under the headings of its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The class's id.
    pub class: String,
    /// What it shows, in a word: `roster`.
    pub view: &'static str,
    /// One heading a column, in small letters; no two are the same.
    pub columns: Vec<SafeText>,
    /// One cell a column.
    pub rows: Vec<Vec<SafeText>>,
}

impl Sheet {
    /// An empty one. A heading that is there already is numbered.
    pub fn new<'a>(class: &str, view: &'static str, columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all: Vec<SafeText> = Vec::new();
        for name in columns {
            let (mut heading, mut number) = (SafeText::new(&name.to_lowercase()), 1);
            while all.contains(&heading) {
                number += 1;
                heading = SafeText::new(&format!("{} {number}", name.to_lowercase()));
            }
            all.push(heading);
        }
        Self { class: class.to_owned(), view, columns: all, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push<T: AsRef<str>>(&mut self, row: impl IntoIterator<Item = T>) {
        self.rows.push(row.into_iter().map(|cell| SafeText::new(cell.as_ref())).collect());
    }
}
