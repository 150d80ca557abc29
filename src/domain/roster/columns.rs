//! Which column means what: the headers that are recognised, and what a person says instead.
//! Knows headers; nothing of rows or students.

use std::str::FromStr;

use super::aliases::ALIASES;
use super::key;
use super::problem::Problem;
use super::table::Row;
use crate::domain::fault::{Fault, Kind};

/// What a column can tell of a student.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Name,
    First,
    Last,
    Email,
    Key,
    Login,
}

impl Role {
    /// Every role, with its word for `--map` and what it is called in messages.
    const TABLE: [(Self, &'static str, &'static str); 6] = [
        (Self::Name, "name", "the name"),
        (Self::First, "first", "the first name"),
        (Self::Last, "last", "the last name"),
        (Self::Email, "email", "the e-mail"),
        (Self::Key, "key", "the student number"),
        (Self::Login, "login", "the login"),
    ];

    /// What it is called in messages.
    pub(super) fn words(self) -> &'static str {
        Self::TABLE[self as usize].2
    }

    /// Its word for `--map`.
    pub(super) fn option(self) -> &'static str {
        Self::TABLE[self as usize].1
    }
}

/// A header as it is compared: no accents, lower case, letters and digits only.
pub(super) fn fold(header: &str) -> String {
    key::plain(header).filter(|c| c.is_alphanumeric()).collect()
}

/// Which columns a person chose, over what would be recognised: `--map name=COL,email=COL,…`.
///
/// Each is a header (compared without case, accents, spaces and punctuation) or the column's
/// number, counted from 1. What is `None` is recognised by the header.
///
/// # Example
/// ```
/// let columns: strongroom::domain::roster::Columns = "name=2, email=Uni mail".parse()?;
/// assert_eq!(columns.email.as_deref(), Some("Uni mail"));
/// # Ok::<(), strongroom::domain::fault::Fault>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Columns {
    /// The whole name.
    pub name: Option<String>,
    /// The first name; together with `last`, where there is no whole name.
    pub first: Option<String>,
    /// The last name.
    pub last: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The student number, or what else the key is made of.
    pub key: Option<String>,
    /// The login, completed by the e-mail domain where there is no e-mail column.
    pub login: Option<String>,
}

impl Columns {
    pub(super) fn get(&self, role: Role) -> Option<&str> {
        match role {
            Role::Name => &self.name,
            Role::First => &self.first,
            Role::Last => &self.last,
            Role::Email => &self.email,
            Role::Key => &self.key,
            Role::Login => &self.login,
        }
        .as_deref()
    }

    fn slot(&mut self, role: Role) -> &mut Option<String> {
        match role {
            Role::Name => &mut self.name,
            Role::First => &mut self.first,
            Role::Last => &mut self.last,
            Role::Email => &mut self.email,
            Role::Key => &mut self.key,
            Role::Login => &mut self.login,
        }
    }
}

impl FromStr for Columns {
    type Err = Fault;

    /// Reads `name=COL,email=COL,…`. A word that is not known, a missing `=` or column, and a word
    /// given twice are faults of [`Kind::Input`]. A header with a comma is named by its number.
    fn from_str(text: &str) -> Result<Self, Fault> {
        let words = Role::TABLE.map(|row| row.1).join(", ");
        let mut columns = Self::default();
        for part in text.split(',').map(str::trim) {
            let wrong = |what: String| {
                Fault::new(Kind::Input, format!("--map: {what}"))
                    .hint(format!("write --map name=COL,email=COL with a header or a number; known: {words}"))
            };
            let Some((word, column)) = part.split_once('=') else {
                return Err(wrong(format!("\"{part}\" has no \"=\"")));
            };
            let (word, column) = (word.trim().to_ascii_lowercase(), column.trim());
            let Some(row) = Role::TABLE.iter().find(|row| row.1 == word) else {
                return Err(wrong(format!("\"{word}\" is nothing that a column can mean")));
            };
            if column.is_empty() {
                return Err(wrong(format!("\"{word}=\" names no column")));
            }
            if columns.slot(row.0).replace(column.to_owned()).is_some() {
                return Err(wrong(format!("\"{word}\" is given twice")));
            }
        }
        Ok(columns)
    }
}

/// Where each role was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Found([Option<usize>; 6]);

impl Found {
    /// The index of a role's column.
    pub(super) fn at(&self, role: Role) -> Option<usize> {
        self.0[role as usize]
    }

    /// Finds the columns of a header: first as the person says, then as the file's format says,
    /// then by the usual headers.
    pub(super) fn find(
        header: &Row,
        columns: &Columns,
        of_format: &[(Role, &str)],
    ) -> Result<Self, Vec<Problem>> {
        let folded: Vec<String> = header.iter().map(|cell| fold(&cell.text)).collect();
        let (mut found, mut problems) = (Self::default(), Vec::new());
        for (role, aliases) in ALIASES {
            let column = if let Some(said) = columns.get(role) {
                named(header, &folded, role, said)
            } else if let Some((_, name)) = of_format.iter().find(|(of, _)| *of == role) {
                // An empty name says that there is no such column, not that it is the one without a header.
                Ok(folded.iter().position(|header| header == name && !name.is_empty()))
            } else {
                recognised(header, &folded, role, aliases)
            };
            match column {
                Ok(column) => found.0[role as usize] = column,
                Err(problem) => problems.push(problem),
            }
        }
        // In a German or Dutch list with `Name` and `Vorname` the former is the last name.
        if let (Some(name), Some(_), None) =
            (found.at(Role::Name), found.at(Role::First), found.at(Role::Last))
            && LAST.contains(&folded[name].as_str())
            && columns.name.is_none()
        {
            found.0[Role::Last as usize] = found.0[Role::Name as usize].take();
        }
        if problems.is_empty() { Ok(found) } else { Err(problems) }
    }
}

/// Headers of the whole name that stand for the last one beside a first one.
const LAST: [&str; 2] = ["name", "naam"];

/// The column that a person named.
fn named(header: &Row, folded: &[String], role: Role, said: &str) -> Result<Option<usize>, Problem> {
    let wanted = fold(said);
    let mut same = folded.iter().enumerate().filter(|(_, header)| **header == wanted && !wanted.is_empty());
    if let Some((first, _)) = same.next() {
        if same.next().is_none() {
            return Ok(Some(first));
        }
        let message = format!("several columns are called \"{said}\"");
        return Err(Problem::new(header[first].at, message, "name the column by its number"));
    }
    let number = said.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    if let Some(at) = number.filter(|at| *at < header.len()) {
        return Ok(Some(at));
    }
    let (message, names) = (format!("there is no column \"{said}\" for {}", role.words()), names(header));
    Err(Problem::new(header[0].at, message, format!("the columns are: {names}")))
}

/// The column with the surest of the usual headers.
fn recognised(header: &Row, folded: &[String], role: Role, aliases: &str) -> Result<Option<usize>, Problem> {
    let rank = |at: &usize| aliases.split(' ').position(|alias| alias == folded[*at]);
    let mut candidates: Vec<usize> = (0..folded.len()).filter(|at| rank(at).is_some()).collect();
    candidates.sort_by_key(rank);
    // The address decides who gets a vault, so it is never a guess between two columns.
    let rival = candidates.get(1).filter(|at| role == Role::Email || rank(at) == rank(&candidates[0]));
    let Some(rival) = rival else { return Ok(candidates.first().copied()) };
    let (one, other) = (&header[candidates[0]], &header[*rival]);
    let message = format!("both \"{}\" and \"{}\" could be {}", one.text, other.text, role.words());
    let mend = format!("choose with --map {}=COL, where COL is a header or a number", role.option());
    Err(Problem::new(other.at, message, mend))
}

/// The headers, for messages; of a wide table the first ones, since a gradebook has hundreds.
pub(super) fn names(header: &Row) -> String {
    const SHOWN: usize = 12;
    let names = header.iter().take(SHOWN).map(|cell| format!("\"{}\"", cell.text));
    let names = names.collect::<Vec<_>>().join(", ");
    match header.len().saturating_sub(SHOWN) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::roster::table::Table;

    fn find(header: &str, map: &str) -> Result<Found, String> {
        let columns = if map.is_empty() { Columns::default() } else { map.parse().unwrap() };
        let header = Table::read(header.as_bytes()).unwrap().header;
        Found::find(&header, &columns, &[]).map_err(|problems| problems[0].to_string())
    }

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (at, (row, aliases)) in Role::TABLE.iter().zip(ALIASES).enumerate() {
            assert_eq!((row.0 as usize, aliases.0 as usize), (at, at));
            for alias in aliases.1.split(' ') {
                assert_eq!(fold(alias), alias);
            }
        }
    }

    #[test]
    fn usual_headers_are_recognised() {
        // Columns of name, first, last, e-mail, key, login.
        for (header, columns) in [
            ("Name,E-mail", "0--1--"),
            ("Full  name;EMAIL ADDRESS;ID number", "0--12-"),
            ("Student ID,First name,Last name,E-Mail", "-1230-"),
            ("Matrikelnr.;Nachname;Vorname;E-Mail-Adresse", "-2130-"),
            ("Numéro d'étudiant;Nom;Prénom;Courriel", "-2130-"),
            ("Apellidos,Nombre,Correo electrónico,Matrícula", "-1023-"),
            ("Cognome,Nome,Indirizzo e-mail,Matricola", "-1023-"),
            ("Nome completo,E-mail,Número de aluno", "0--12-"),
            ("Studentnummer,Voornaam,Achternaam,E-mailadres", "-1230-"),
            ("Nom;Courriel", "--01--"),
            ("Name;Vorname;E-Mail", "-102--"),
            ("Username,Name,Mail", "1--2-0"),
        ] {
            let found = find(header, "").unwrap();
            let text: String = found.0.iter().map(|at| at.map_or("-".into(), |at| at.to_string())).collect();
            assert_eq!(text, columns, "{header}");
        }
    }

    #[test]
    fn a_person_overrules_by_header_or_number() {
        let found = find("A,B,Email,Mail", "name=b,email=4").unwrap();
        assert_eq!((found.at(Role::Name), found.at(Role::Email)), (Some(1), Some(3)));
        assert!(find("2,1", "name=1").is_ok_and(|found| found.at(Role::Name) == Some(1)), "headers win");
        let error = find("A,B", "name=C").unwrap_err();
        assert_eq!(error, "1:1: there is no column \"C\" for the name (the columns are: \"A\", \"B\")");
        assert!(find("A,a", "name=A").unwrap_err().contains("several columns"));
        assert!(find("A", "name=0").is_err());
    }

    #[test]
    fn a_wide_header_is_cut_in_messages() {
        let header = (1..=40).map(|n| format!("hw{n}")).collect::<Vec<_>>().join(",");
        let error = find(&header, "name=who").unwrap_err();
        assert!(error.ends_with("\"hw12\" and 28 more)"), "{error}");
    }

    #[test]
    fn two_addresses_are_never_guessed() {
        let error = find("Name,Email,Mail", "").unwrap_err();
        assert!(error.starts_with("1:12: both \"Email\" and \"Mail\" could be the e-mail"), "{error}");
        assert!(error.contains("--map email=COL"), "{error}");
    }

    #[test]
    fn wrong_maps_say_why() {
        for (text, why) in [
            ("name", "has no \"=\""),
            ("name=", "names no column"),
            ("nmae=1", "\"nmae\" is nothing"),
            ("name=1,name=2", "given twice"),
            ("", "has no \"=\""),
        ] {
            let fault = text.parse::<Columns>().unwrap_err();
            assert!(fault.message.as_str().contains(why), "{fault}");
            assert_eq!(fault.exit_code(), 2);
        }
    }
}
