//! A table and its three forms. Knows cells; nothing of what stands in them.

use std::borrow::Cow;

use crate::domain::fault::{Fault, Kind};
use crate::domain::text::{SafeText, pad, width};

/// Rows of cells below a heading each. Short rows count as filled with empty cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    head: Vec<SafeText>,
    rows: Vec<Vec<SafeText>>,
}

/// Between two columns.
const GAP: &str = "  ";

impl Table {
    /// An empty table with these headings.
    pub fn new<'a>(head: impl IntoIterator<Item = &'a str>) -> Self {
        Self { head: head.into_iter().map(SafeText::new).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, row: impl IntoIterator<Item = SafeText>) {
        self.rows.push(row.into_iter().collect());
    }

    /// Aligned columns. The words around the heading switch its look on and off.
    pub(super) fn aligned(&self, start: &str, end: &str) -> String {
        let size = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at)).chain(self.head.get(at));
            cells.map(|cell| width(cell.as_str())).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.head.len()).map(size).collect();
        let line = |row: &[SafeText]| {
            let cells: Vec<String> =
                widths.iter().enumerate().map(|(at, cells)| pad(text(row, at), *cells)).collect();
            cells.join(GAP).trim_end().to_owned()
        };
        let mut out = format!("{start}{}{end}\n", line(&self.head));
        for row in &self.rows {
            out.push_str(&line(row));
            out.push('\n');
        }
        out
    }

    /// CSV. A cell that a spreadsheet would take for a formula gets a `'` in front.
    pub(super) fn csv(&self) -> Result<String, Fault> {
        let failed =
            |why: String| Fault::new(Kind::Local, format!("a table cannot be written as CSV: {why}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in std::iter::once(&self.head).chain(&self.rows) {
            let cells = (0..self.head.len()).map(|at| disarmed(text(row, at)));
            writer.write_record(cells.map(Cow::into_owned)).map_err(|error| failed(error.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|error| failed(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
    }

    /// A table in Markdown, with what Markdown would read as its own escaped.
    pub(super) fn markdown(&self) -> String {
        let line = |row: &[SafeText]| {
            let cells: Vec<String> = (0..self.head.len()).map(|at| escaped(text(row, at))).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let head = format!("{}|{}\n", line(&self.head), " --- |".repeat(self.head.len()));
        std::iter::once(head).chain(self.rows.iter().map(|row| line(row))).collect()
    }
}

fn text(row: &[SafeText], at: usize) -> &str {
    row.get(at).map_or("", SafeText::as_str)
}

fn disarmed(cell: &str) -> Cow<'_, str> {
    // Spaces before it, and the wide forms of East Asian keyboards, do not keep a spreadsheet from it.
    let first = cell.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').chars().next();
    let formula = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫', '−'];
    let control = cell.starts_with(['\t', '\r', '\n']);
    if control || first.is_some_and(|c| formula.contains(&c)) {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

/// Pipes end a cell; the others would make links, pictures, markup or HTML of a student's title.
pub(super) fn escaped(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    for (at, c) in cell.char_indices() {
        // Many readers make links of addresses by themselves.
        let link = cell.get(at..).is_some_and(|rest| rest.starts_with("://"))
            || cell.get(..at).is_some_and(|before| before.to_ascii_lowercase().ends_with("www")) && c == '.';
        if r"\|`*_[]<>~&$".contains(c) || link {
            out.push('\\');
        }
        match c {
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(["key", "title"]);
        table.push(["s1", "=1+1"].map(SafeText::new));
        table.push(["学生", "a|b, \"c\""].map(SafeText::new));
        table.push([SafeText::new("s3")]);
        table
    }

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        assert_eq!(table().aligned("<", ">"), "<key   title>\ns1    =1+1\n学生  a|b, \"c\"\ns3\n");
    }

    #[test]
    fn a_spreadsheet_runs_nothing() {
        assert_eq!(table().csv().unwrap(), "key,title\ns1,'=1+1\n学生,\"a|b, \"\"c\"\"\"\ns3,\n");
    }

    #[test]
    fn markdown_stays_one_table() {
        let expected = "| key | title |\n| --- | --- |\n| s1 | =1+1 |\n| 学生 | a\\|b, \"c\" |\n| s3 |  |\n";
        assert_eq!(table().markdown(), expected);
        assert_eq!(escaped("![x](http://a) <b>"), r"!\[x\](http\://a) \<b\>");
    }
}
