//! The files that are recognised: one row a format. Knows what each platform writes besides the
//! students; nothing of how a file is split or a student is made.

use std::fmt;

use super::columns::Role;
use super::table::Row;

/// The kind of file that a roster came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Canvas' gradebook export (Grades, Export, "Export Entire Gradebook"): the header begins with
    /// `Student,ID,SIS User ID,SIS Login ID,Section`, names are `Last, First`, there is no e-mail
    /// column, and some rows are no students.
    CanvasGradebook,
    /// Canvas' other reports, which say `Student Name,Student ID` for the same two columns.
    CanvasReport,
    /// Moodle's offline grading worksheet of one assignment: its `Identifier` belongs to the
    /// assignment, headers are in the language of the site, and addresses are empty under blind marking.
    MoodleWorksheet,
    /// The roster of a GitHub Classroom: `identifier,github_username,github_id,name`; the identifier
    /// is what the teacher chose, often an address or a login.
    GithubRoster,
    /// The grades of a GitHub Classroom: only students who have submitted stand in it.
    GithubGrades,
    /// Google Classroom's participants, as GAM or the API list them (`profile.emailAddress`).
    GoogleClassroom,
    /// The students of a repo-edu course.
    RepoEdu,
    /// `users.csv` of OneRoster.
    OneRoster,
    /// A registrar's list with `Perm #,Student Last,Student First Middle` (UCSB's eGrades).
    Registrar,
    /// Any table with the usual headers, 1Password's own `Name,Email` among them.
    Headers,
}

/// What is special about a format.
pub(super) struct Traits {
    pub format: Format,
    words: &'static str,
    /// The headers, folded, that a file must have to be of this format.
    signature: &'static [&'static str],
    /// The columns whose meaning differs from what their headers would say elsewhere; an empty header
    /// says that there is no such column.
    pub columns: &'static [(Role, &'static str)],
    /// Why a row is no student, if it is none. Gets the row and its name.
    pub junk: fn(&Cells<'_>, &str) -> Option<&'static str>,
    /// Whether a student without a name is called as the login says.
    pub nameless: bool,
    /// What a person should know about every file of this format.
    pub note: Option<&'static str>,
}

/// A format without anything special.
const PLAIN: Traits = Traits {
    format: Format::Headers,
    words: "table with headers",
    signature: &[],
    columns: &[],
    junk: |_, _| None,
    nameless: false,
    note: None,
};

/// Every format, the special ones first; the last one takes every file. A new one is a row here.
static FORMATS: [Traits; 10] = [
    Traits {
        format: Format::CanvasGradebook,
        words: "Canvas gradebook export",
        signature: &["student", "id", "sisloginid", "section"],
        // `ID` is Canvas' own number; nobody outside Canvas knows it.
        columns: &[(Role::Name, "student"), (Role::Key, "sisuserid"), (Role::Login, "sisloginid")],
        junk: canvas_junk,
        ..PLAIN
    },
    Traits {
        format: Format::CanvasReport,
        words: "Canvas report",
        signature: &["studentname", "studentid", "sisloginid", "section"],
        columns: &[(Role::Name, "studentname"), (Role::Key, "sisuserid"), (Role::Login, "sisloginid")],
        junk: canvas_junk,
        ..PLAIN
    },
    Traits {
        format: Format::MoodleWorksheet,
        words: "Moodle grading worksheet",
        signature: &["identifier", "fullname", "emailaddress", "status", "grade", "maximumgrade"],
        columns: &[(Role::Key, "")],
        ..PLAIN
    },
    Traits {
        format: Format::GithubGrades,
        words: "GitHub Classroom grades",
        signature: &["assignmentname", "githubusername", "rosteridentifier", "studentrepositoryname"],
        columns: &[(Role::Name, ""), (Role::Email, ""), (Role::Key, ""), (Role::Login, "rosteridentifier")],
        nameless: true,
        note: Some("only students who have submitted stand in this file: the roster export has them all"),
        ..PLAIN
    },
    Traits {
        format: Format::GithubRoster,
        words: "GitHub Classroom roster",
        signature: &["identifier", "githubusername", "githubid", "name"],
        columns: &[(Role::Email, ""), (Role::Key, ""), (Role::Login, "identifier")],
        nameless: true,
        ..PLAIN
    },
    Traits {
        format: Format::GoogleClassroom,
        words: "Google Classroom participants",
        signature: &["userid", "profileemailaddress", "profilenamefullname"],
        // `userId` is Google's own number; the address says more.
        columns: &[
            (Role::Name, ""),
            (Role::First, "profilenamegivenname"),
            (Role::Last, "profilenamefamilyname"),
            (Role::Email, "profileemailaddress"),
            (Role::Key, ""),
            (Role::Login, ""),
        ],
        junk: |cells, _| {
            let role = cells.get("userrole").to_uppercase();
            (!role.is_empty() && role != "STUDENT").then_some("a teacher, no student")
        },
        ..PLAIN
    },
    Traits {
        format: Format::RepoEdu,
        words: "repo-edu course",
        signature: &["id", "name", "email", "studentnumber", "gitusername", "status"],
        columns: &[(Role::Key, "studentnumber")],
        junk: |cells, _| {
            cells.get("status").eq_ignore_ascii_case("dropped").then_some("has dropped the course")
        },
        ..PLAIN
    },
    Traits {
        format: Format::OneRoster,
        words: "OneRoster users",
        signature: &["sourcedid", "status", "datelastmodified", "email"],
        columns: &[(Role::Key, "sourcedid")],
        junk: |cells, _| {
            let role = cells.get("role").to_lowercase();
            if cells.get("status").eq_ignore_ascii_case("tobedeleted") {
                return Some("is to be deleted");
            }
            (!role.is_empty() && role != "student").then_some("has another role, no student")
        },
        ..PLAIN
    },
    Traits {
        format: Format::Registrar,
        words: "registrar's list",
        signature: &["perm", "studentlast", "studentfirstmiddle", "email"],
        columns: &[
            (Role::Name, ""),
            (Role::Last, "studentlast"),
            (Role::First, "studentfirstmiddle"),
            (Role::Key, "perm"),
        ],
        ..PLAIN
    },
    PLAIN,
];

/// The cells of a row by their folded headers.
pub(super) struct Cells<'a> {
    pub headers: &'a [String],
    pub row: &'a Row,
}

impl<'a> Cells<'a> {
    /// The text under a header; empty where there is none.
    fn get(&self, header: &str) -> &'a str {
        let at = self.headers.iter().position(|other| other == header);
        at.and_then(|at| self.row.get(at)).map_or("", |cell| cell.text.as_str())
    }
}

impl Format {
    /// Recognises a file by its header. Moodle translates its headers, so its worksheet is told by the
    /// word and number that identify the participant of every row, too.
    pub(super) fn recognise(headers: &[String], rows: &[Row]) -> &'static Traits {
        let fits =
            |traits: &&Traits| traits.signature.iter().all(|wanted| headers.iter().any(|h| h == wanted));
        let found = FORMATS.iter().find(fits).unwrap_or(&FORMATS[FORMATS.len() - 1]);
        if found.format == Self::Headers && are_participants(headers, rows) {
            return FORMATS.iter().find(|traits| traits.format == Self::MoodleWorksheet).unwrap_or(found);
        }
        found
    }
}

/// Whether the first column identifies participants, each once: its header begins with `id` in the
/// languages that Moodle is mostly used in (`ID`, `Identifier`, `Identifiant`, `Identificador`).
fn are_participants(headers: &[String], rows: &[Row]) -> bool {
    let first: Vec<&str> = rows.iter().filter_map(|row| Some(row.first()?.text.as_str())).collect();
    let distinct: std::collections::HashSet<&&str> = first.iter().collect();
    headers.first().is_some_and(|header| header.starts_with("id"))
        && !first.is_empty()
        && distinct.len() == first.len()
        && first.iter().all(|text| is_participant(text))
}

/// Whether a text is a participant of a Moodle assignment, such as `Participant 123456` or
/// `Teilnehmer/in123456`: a long word, then a number. A login such as `nabara12` has
/// neither space nor slash.
fn is_participant(text: &str) -> bool {
    let word = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    word.len() < text.len()
        && letters >= 6
        && word.contains([' ', '/'])
        && word.trim_end().chars().all(|c| c.is_alphabetic() || c == '/')
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let traits = FORMATS.iter().find(|traits| traits.format == *self);
        f.pad(traits.map_or("", |traits| traits.words))
    }
}

/// The rows of a Canvas gradebook that are no students: the posting policies and the possible
/// points below the header, and the student of the "student view".
fn canvas_junk(cells: &Cells<'_>, name: &str) -> Option<&'static str> {
    const POLICIES: [&str; 2] = ["manual posting", "muted"];
    match name.to_lowercase().as_str() {
        "points possible" => Some("the possible points, no student"),
        "student, test" | "test student" => Some("the test student of Canvas"),
        "" if cells.row.iter().any(|cell| POLICIES.contains(&cell.text.to_lowercase().as_str())) => {
            Some("the posting policies, no student")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::columns::fold;
    use crate::domain::roster::table::Table;

    #[test]
    fn formats_are_recognised_by_their_headers() {
        for (file, format) in [
            ("Student,ID,SIS User ID,SIS Login ID,Section,hw1 (12),Final Score", Format::CanvasGradebook),
            ("Student;ID;SIS Login ID;Section", Format::CanvasGradebook),
            ("Student Name,Student ID,SIS User ID,SIS Login ID,Section,Score", Format::CanvasReport),
            ("Identifier,Full name,Email address,Status,Grade,Maximum Grade,x", Format::MoodleWorksheet),
            (
                "ID,Vollständiger Name,E-Mail-Adresse,Status\nTeilnehmer/in123456,A,a@x.edu,",
                Format::MoodleWorksheet,
            ),
            ("ID,Name,E-Mail\nS123456,A,a@x.edu", Format::Headers),
            ("Section,Name,Email,Student ID\nSection 1,A,a@x.edu,7", Format::Headers),
            ("ID,Name,E-Mail\nStudent 1,A,a@x.edu\nStudent 1,B,b@x.edu", Format::Headers),
            ("identifier,github_username,github_id,name", Format::GithubRoster),
            (
                "assignment_name,assignment_url,starter_code_url,github_username,roster_identifier,\
                 student_repository_name,student_repository_url,submission_timestamp,points_awarded,points_available",
                Format::GithubGrades,
            ),
            (
                "courseId,courseName,userRole,userId,profile.emailAddress,profile.id,profile.name.familyName,\
                 profile.name.fullName,profile.name.givenName",
                Format::GoogleClassroom,
            ),
            ("id,name,email,student_number,git_username,status,enrollment_type", Format::RepoEdu),
            ("sourcedId,status,dateLastModified,orgSourcedIds,role,email", Format::OneRoster),
            ("Enrl Cd,Perm #,Grade,Student Last,Student First Middle,Section,Email", Format::Registrar),
            ("Student,ID,Section,Email", Format::Headers),
            ("Name,Email", Format::Headers),
            ("x", Format::Headers),
        ] {
            let table = Table::read(file.as_bytes()).unwrap();
            let headers: Vec<String> = table.header.iter().map(|cell| fold(&cell.text)).collect();
            assert_eq!(Format::recognise(&headers, &table.rows).format, format, "{file}");
        }
        assert_eq!(Format::CanvasGradebook.to_string(), "Canvas gradebook export");
    }

    #[test]
    fn participants_of_an_assignment_are_no_student_numbers() {
        for text in ["Participant 123456", "Teilnehmer/in123456", "Participante 9", "Deelnemer 77"] {
            assert!(is_participant(text), "{text}");
        }
        for text in ["S123456", "123456", "nabara1", "Participant", "u-2012345", "ab.cdefgh12"] {
            assert!(!is_participant(text), "{text}");
        }
    }
}
