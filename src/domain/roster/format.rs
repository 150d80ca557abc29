//! The files that are recognised: one row a format. Knows what each platform writes besides the
//! students; nothing of how a file is split or a student is made.

use std::fmt;

use super::columns::{Role, fold};
use super::table::Row;

/// The kind of file that a roster came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Canvas' gradebook export (Grades, Export, "Export Entire Gradebook"): the header begins with
    /// `Student,ID,SIS User ID,SIS Login ID,Section`, names are `Last, First`, there is no e-mail
    /// column, and some rows are no students.
    CanvasGradebook,
    /// Any table with the usual headers.
    Headers,
}

/// What is special about a format.
pub(super) struct Traits {
    pub format: Format,
    words: &'static str,
    /// The headers, folded, that a file must have to be of this format.
    signature: &'static [&'static str],
    /// The columns whose meaning differs from what their headers would say elsewhere.
    pub columns: &'static [(Role, &'static str)],
    /// Why a row is no student, if it is none. Gets the row and its name.
    pub junk: fn(&Row, &str) -> Option<&'static str>,
}

/// Every format, the special ones first; the last one takes every file. A new one is a row here.
static FORMATS: [Traits; 2] = [
    Traits {
        format: Format::CanvasGradebook,
        words: "Canvas gradebook export",
        signature: &["student", "id", "sisloginid", "section"],
        // `ID` is Canvas' own number; nobody outside Canvas knows it.
        columns: &[(Role::Name, "student"), (Role::Key, "sisuserid"), (Role::Login, "sisloginid")],
        junk: canvas_junk,
    },
    Traits {
        format: Format::Headers,
        words: "table with headers",
        signature: &[],
        columns: &[],
        junk: |_, _| None,
    },
];

impl Format {
    /// Recognises a file by its header.
    pub(super) fn recognise(header: &Row) -> &'static Traits {
        let headers: Vec<String> = header.iter().map(|cell| fold(&cell.text)).collect();
        let fits =
            |traits: &&Traits| traits.signature.iter().all(|wanted| headers.iter().any(|h| h == wanted));
        FORMATS.iter().find(fits).unwrap_or(&FORMATS[FORMATS.len() - 1])
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traits = FORMATS.iter().find(|traits| traits.format == *self);
        f.pad(traits.map_or("", |traits| traits.words))
    }
}

/// The rows of a Canvas gradebook that are no students: the posting policies and the possible
/// points below the header, and the student of the "student view".
fn canvas_junk(row: &Row, name: &str) -> Option<&'static str> {
    const POLICIES: [&str; 2] = ["manual posting", "muted"];
    match name.to_lowercase().as_str() {
        "points possible" => Some("the possible points, no student"),
        "student, test" | "test student" => Some("the test student of Canvas"),
        "" if row.iter().any(|cell| POLICIES.contains(&cell.text.to_lowercase().as_str())) => {
            Some("the posting policies, no student")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::table::Table;

    #[test]
    fn formats_are_recognised_by_their_headers() {
        for (header, format) in [
            ("Student,ID,SIS User ID,SIS Login ID,Section,hw1 (12),Final Score", Format::CanvasGradebook),
            ("Student;ID;SIS Login ID;Section", Format::CanvasGradebook),
            ("Student,ID,Section,Email", Format::Headers),
            ("x", Format::Headers),
        ] {
            let header = Table::read(header.as_bytes()).unwrap().header;
            assert_eq!(Format::recognise(&header).format, format);
        }
        assert_eq!(Format::CanvasGradebook.to_string(), "Canvas gradebook export");
    }
}
