//! Students out of a class list. Knows what a student needs; how a file is split, which columns
//! mean what and what a platform adds is next door.

use std::collections::HashMap;

use super::columns::{Columns, Found, Role, fold, names};
use super::format::{Cells, Format, Traits};
use super::problem::{Problem, Refusal};
use super::table::{Cell, Row, Table};
use super::{Student, key};
use crate::domain::class::StudentKey;
use crate::domain::directory::fold_email;
use crate::domain::text::{SafeText, Untrusted, is_hostile};

/// How a file is to be read.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The file's name for messages; `-` is standard input.
    pub origin: &'a str,
    /// The columns that a person chose.
    pub columns: &'a Columns,
    /// Completes logins in files without e-mail, for example `example.edu`: `email_domain` under
    /// `[roster]` of the class file, or `--email-domain`.
    pub email_domain: Option<&'a str>,
}

/// What a file held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The students, in the order of the file; keys and folded addresses are unique.
    ///
    /// Names stay as the file has them, and first and last names of separate columns become
    /// `Last, First` as in Canvas' exports: lists are sorted by the name, and turning a name
    /// around cannot be undone.
    pub students: Vec<Student>,
    /// The kind of file it was.
    pub format: Format,
    /// The rows that are no students.
    pub skipped: Vec<Skipped>,
    /// What a person should look at; none of it decided anything.
    pub notes: Vec<SafeText>,
}

/// A row that is no student.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Its line in the file, counted from 1.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// How many problems of a file are listed before they are only counted.
const LISTED: usize = 20;

/// Reads a class list: UTF-8 with or without a byte order mark, delimited by `,`, `;` or tab.
///
/// A student's key is the student number or SIS id, else the login, else what stands before the
/// `@` of the address: its letters and digits, lower case, without accents, what else stands there as one `-`.
///
/// # Errors
/// A file is refused whole, with the problems in it (20 listed, the others counted): text that is not UTF-8, an unclosed quote, no
/// column for the name or the address, a student without either, an address that is none, two
/// students with one key or one address, no student at all.
pub fn read(bytes: &[u8], reading: &Reading<'_>) -> Result<Imported, Refusal> {
    let refuse = |problems| Refusal::new(reading.origin, problems).at_most(LISTED);
    let table = Table::read(bytes).map_err(refuse)?;
    let mut reader = Reader::new(&table, *reading).map_err(refuse)?;
    if let Some(problem) = reader.no_address(&table.rows) {
        return Err(refuse(vec![problem]));
    }
    for row in &table.rows {
        reader.row(row);
    }
    if reader.entries.is_empty() && reader.problems.is_empty() {
        let mend = "export the class list again, with its students";
        reader.problems.push(Problem::new(table.header[0].at, "there is no student below the header", mend));
    }
    if !reader.problems.is_empty() {
        return Err(refuse(reader.problems));
    }
    let notes = reader.notes();
    let students = reader.entries.into_iter().map(|row| row.student).collect();
    Ok(Imported { students, format: reader.traits.format, skipped: reader.skipped, notes })
}

/// A student and where the key and the address came from.
struct Entry {
    student: Student,
    key_at: (usize, usize),
    email_at: (usize, usize),
}

/// What must be unique, with where it was first seen. Rows with other problems count, too.
type Places<T> = HashMap<T, (usize, usize)>;

struct Reader<'a> {
    header: &'a Row,
    /// The headers as they are compared.
    folded: Vec<String>,
    reading: Reading<'a>,
    traits: &'static Traits,
    columns: Found,
    entries: Vec<Entry>,
    keys: Places<StudentKey>,
    emails: Places<String>,
    skipped: Vec<Skipped>,
    problems: Vec<Problem>,
    needs_domain: bool,
}

impl<'a> Reader<'a> {
    fn new(table: &'a Table, reading: Reading<'a>) -> Result<Self, Vec<Problem>> {
        let header = &table.header;
        let folded: Vec<String> = header.iter().map(|cell| fold(&cell.text)).collect();
        let traits = Format::recognise(&folded, &table.rows);
        let columns = Found::find(header, reading.columns, traits.columns)?;
        let mut missing = Vec::new();
        if let Some(domain) = reading.email_domain.filter(|domain| !is_domain(bare(domain))) {
            let message = format!("\"{domain}\", which is to complete the logins, is no e-mail domain");
            missing.push(Problem::new(header[0].at, message, "give it as example.edu"));
        }
        let mut need = |found: bool, what: &str, option: &str| {
            if !found {
                let message = format!("no column is recognised as {what}; there are: {}", names(header));
                let mend = format!("name it: --map {option}=COL, where COL is a header or a number");
                missing.push(Problem::new(header[0].at, message, mend));
            }
        };
        let has = |role| columns.at(role).is_some();
        need(traits.nameless || has(Role::Name) || has(Role::First) || has(Role::Last), "the name", "name");
        need(has(Role::Email) || has(Role::Login), "the e-mail", "email");
        if !missing.is_empty() {
            return Err(missing);
        }
        Ok(Self {
            header,
            folded,
            reading,
            traits,
            columns,
            entries: Vec::new(),
            keys: Places::new(),
            emails: Places::new(),
            skipped: Vec::new(),
            problems: Vec::new(),
            needs_domain: false,
        })
    }

    /// The problem of a file whose column of addresses is empty, as platforms write it where they hide
    /// them (blind marking, missing scopes): it is one problem, not one a row.
    fn no_address(&self, rows: &[Row]) -> Option<Problem> {
        let at = self.columns.at(Role::Email)?;
        let empty = rows.iter().all(|row| row.get(at).is_none_or(|cell| cell.text.is_empty()));
        (empty && rows.len() > 1).then(|| {
            let header = &self.header[at];
            let message = format!("the column \"{}\" is empty: the platform hid the addresses", header.text);
            Problem::new(header.at, message, "export the list with e-mail addresses")
        })
    }

    fn row(&mut self, row: &Row) {
        let name = self.name(row);
        if let Some(reason) = (self.traits.junk)(&Cells { headers: &self.folded, row }, &name) {
            self.skipped.push(Skipped { line: row[0].at.0, reason });
            return;
        }
        if let Some(extra) = row.iter().skip(self.header.len()).find(|cell| !cell.text.is_empty()) {
            let message = format!("the row has {} cells, the header has {}", row.len(), self.header.len());
            self.report(extra.at, message, "put cells that hold the delimiter in quotes");
            return; // its cells may stand under the wrong headers
        }
        if name.is_empty() {
            let role =
                [Role::Name, Role::Last, Role::First].into_iter().find(|r| self.columns.at(*r).is_some());
            let at = self.cell(row, role.unwrap_or(Role::Name)).at;
            self.report(at, "the name is missing", "fill it in, or remove the row");
        }
        let email = self.email(row);
        let key = self.key(row, email.as_ref());
        self.check_unique(key.as_ref(), email.as_ref());
        // A row with a problem may stay in: the file is refused anyway.
        if let (Some(email), Some((key, key_at))) = (email, key) {
            let student = Student { key, name: SafeText::new(&name), email: Untrusted::new(email.text) };
            self.entries.push(Entry { student, key_at, email_at: email.at });
        }
    }

    /// The cell of a role; where the row is too short or there is no column, an empty one.
    fn cell(&self, row: &Row, role: Role) -> Cell {
        let cell = self.columns.at(role).and_then(|at| row.get(at));
        cell.cloned()
            .unwrap_or_else(|| Cell { text: String::new(), at: row.last().map_or((1, 1), |last| last.at) })
    }

    /// The name in one line, with single spaces.
    fn name(&self, row: &Row) -> String {
        let text = |role| self.cell(row, role).text.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts = match self.columns.at(Role::Name) {
            Some(_) => vec![text(Role::Name)],
            None => vec![text(Role::Last), text(Role::First)],
        };
        let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        if name.is_empty() && self.traits.nameless { text(Role::Login) } else { name }
    }

    /// The address: its column, else the login, completed by the domain. Where there is an e-mail
    /// column it is the only source: a made-up address could be somebody else's.
    fn email(&mut self, row: &Row) -> Option<Cell> {
        let (role, domain) = match self.columns.at(Role::Email) {
            Some(_) => (Role::Email, None),
            None => (Role::Login, self.reading.email_domain.map(bare)),
        };
        let mut cell = self.cell(row, role);
        if cell.text.is_empty() {
            let what = format!("{} is missing", role.words());
            self.report(cell.at, what, "fill it in, or remove the row");
            return None;
        }
        if role == Role::Login && !cell.text.contains('@') {
            let Some(domain) = domain else {
                self.report_domain(&cell);
                return None;
            };
            cell.text = format!("{}@{domain}", cell.text);
        }
        if is_email(&cell.text) {
            return Some(cell);
        }
        self.report(
            cell.at,
            format!("\"{}\" is no e-mail address", cell.text),
            "write it as name@example.edu",
        );
        None
    }

    /// Says once, not on every row, that logins need a domain.
    fn report_domain(&mut self, login: &Cell) {
        if !std::mem::replace(&mut self.needs_domain, true) {
            let message =
                format!("the file has no e-mail column and the login \"{}\" is no address", login.text);
            let mend = "set `email_domain` under [roster] in the class file, or give --email-domain DOMAIN";
            self.report(login.at, message, mend);
        }
    }

    /// The key and where it was found.
    fn key(&mut self, row: &Row, email: Option<&Cell>) -> Option<(StudentKey, (usize, usize))> {
        let (number, login) = (self.cell(row, Role::Key), self.cell(row, Role::Login));
        let source = [Some(number), Some(login), email.cloned()];
        let source = source.into_iter().flatten().find(|cell| !cell.text.is_empty())?;
        if is_rounded(&source.text) {
            let what = format!("a spreadsheet rounded the number \"{}\"", source.text);
            self.report(source.at, what, "export again with that column as text");
            return None;
        }
        // A number or login that is an address counts as the address.
        let key = key::fold(local_part(&source.text));
        if key.is_none() {
            let what = format!("no key can be made of \"{}\": it has neither a-z nor 0-9", source.text);
            self.report(source.at, what, "add a column with a student number, or choose one: --map key=COL");
        }
        key.map(|key| (key, source.at))
    }

    /// Reports a key and an address that an earlier student has.
    fn check_unique(&mut self, key: Option<&(StudentKey, (usize, usize))>, email: Option<&Cell>) {
        if let Some((key, at)) = key
            && let Some(first) = self.keys.insert(key.clone(), *at)
        {
            let message = format!("line {} has the same key \"{key}\" as this one", first.0);
            let mend = "give both different student numbers, or choose another column: --map key=COL";
            self.report(*at, message, mend);
        }
        if let Some(Cell { text, at }) = email
            && let Some(first) = self.emails.insert(fold_email(text), *at)
        {
            let message =
                format!("line {} has the same e-mail \"{}\" as this one", first.0, fold_email(text));
            self.report(*at, message, "remove one of the rows, or correct its address");
        }
    }

    /// Which columns were used, and names and addresses that are easily taken for others.
    fn notes(&self) -> Vec<SafeText> {
        let roles = [Role::Name, Role::Last, Role::First, Role::Email, Role::Key, Role::Login];
        let used = roles.into_iter().filter_map(|role| {
            let header = self.header.get(self.columns.at(role)?)?;
            Some(format!("{} from \"{}\"", role.words(), header.text))
        });
        let mut notes = vec![SafeText::new(&used.collect::<Vec<_>>().join(", "))];
        notes.extend(self.traits.note.map(SafeText::new));
        let mut names: HashMap<String, &Entry> = HashMap::new();
        for found in &self.entries {
            let plain: String = key::plain(found.student.name.as_str()).collect();
            if let Some(first) = names.insert(plain, found) {
                let (one, other) = (first.key_at.0, found.key_at.0);
                notes.push(SafeText::new(&format!("lines {one} and {other} have names that look alike")));
            }
            if !found.student.email.raw().is_ascii() {
                let line = found.email_at.0;
                notes.push(SafeText::new(&format!("line {line}: the e-mail has letters beyond ASCII")));
            }
        }
        notes
    }

    fn report(&mut self, at: (usize, usize), message: impl AsRef<str>, mend: impl AsRef<str>) {
        self.problems.push(Problem::new(at, message, mend));
    }
}

/// A domain, which many write with its `@`.
fn bare(domain: &str) -> &str {
    domain.strip_prefix('@').unwrap_or(domain)
}

/// What stands before the `@`, or the whole text.
fn local_part(text: &str) -> &str {
    text.split_once('@').map_or(text, |(local, _)| local)
}

/// Whether a spreadsheet turned a long number into `1.23457E+11`.
fn is_rounded(text: &str) -> bool {
    text.split_once(['E', 'e']).is_some_and(|(digits, power)| {
        let digits = digits.replace([',', '.'], "");
        power.starts_with('+')
            && [digits.as_str(), &power.replacen('+', "", 1)]
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// Whether a text has the shape of one e-mail address, without a display name. Letters beyond
/// ASCII are taken (RFC 6531); quoted local parts and address literals are not.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let odd = |c: char| c.is_whitespace() || is_hostile(c) || "()<>[]:;,\\\"".contains(c);
    (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local.contains(odd)
        && is_domain(domain)
}

/// Whether a text has the shape of a mail domain: at least two labels of letters, digits and `-`.
pub fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || c.is_alphanumeric())
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

#[cfg(test)]
mod tests;
