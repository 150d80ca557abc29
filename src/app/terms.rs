//! What a filter says: words, phrases, fields, and what is turned round. Knows text, not what the rows are.
//!
//! ```text
//! bai lina            every word stands somewhere in the row
//! "ngo thi"           a phrase
//! !bai                the word does not stand there
//! ! bai lina          all of it turned round
//! -f bxm              letters in this order, others between them
//! state:invited       the word stands in this column; state:none where it is empty
//! !vault:none         a field turned round
//! ```
//!
//! Letters are compared without case and accents, so `jose` finds José.

use std::borrow::Cow;
use std::sync::Arc;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::columns::Field;
use super::privacy::Veil;
use crate::domain::nearest::nearest;
use crate::domain::text::fold;

/// One part of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    /// The field it is about, as it was typed; the whole row where there is none.
    field: Option<String>,
    /// What is looked for, folded.
    text: String,
    /// Whether rows that have it are hidden.
    turned: bool,
}

/// A filter that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    all: Vec<Term>,
    /// Whether all of it is turned round.
    turned: bool,
    /// Whether words are letters in an order.
    fuzzy: bool,
}

impl Terms {
    /// Reads what was typed. Everything typed is a filter: what is half typed hides nothing more.
    pub fn of(text: &str) -> Self {
        let (mut text, mut turned) = (text.trim(), false);
        if let Some(rest) =
            text.strip_prefix('!').filter(|rest| rest.starts_with([' ', '-']) || rest.is_empty())
        {
            (text, turned) = (rest.trim_start(), true);
        }
        let fuzzy = text.strip_prefix("-f").filter(|rest| rest.is_empty() || rest.starts_with(' '));
        let all = words(fuzzy.unwrap_or(text)).into_iter().filter(|term| !term.is_nothing()).collect();
        Self { all, turned, fuzzy: fuzzy.is_some() }
    }

    /// Whether it hides nothing.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether it asks for this field.
    pub(super) fn asks(&self, field: Field) -> bool {
        self.all.iter().any(|term| term.field.as_deref() == Some(field.word()))
    }

    /// The first field that these are not, in words, with the one that was probably meant.
    pub fn unknown(&self, fields: &[Field]) -> Option<String> {
        let known: Vec<&str> = fields.iter().map(|field| field.word()).collect();
        let asked = || self.all.iter().filter_map(|term| Some((term.field.as_deref()?, term.text.as_str())));
        let Some((word, _)) = asked().find(|(word, _)| !known.contains(word)) else {
            let (word, _) = asked().find(|(_, text)| text.starts_with(['<', '>', '=']))?;
            return Some(format!("{word}: looks for letters, not for more or less: {word}:3; o sorts by it"));
        };
        let mend = match nearest(word, &known) {
            Some(near) => format!("did you mean {near}:?"),
            None => format!("there are {}", known.join(" ")),
        };
        Some(format!("no field {word}: {mend}"))
    }
}

impl Term {
    /// Whether it is still to be typed.
    fn is_nothing(&self) -> bool {
        self.text.is_empty()
    }
}

/// The words of a text, each with its field: blanks separate, quotes keep together.
fn words(text: &str) -> Vec<Term> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let turned = rest.starts_with('!');
        let (mut word, mut colon, mut quoted, mut end) = (String::new(), None, false, rest.len());
        for (at, c) in rest.char_indices().skip(usize::from(turned)) {
            match c {
                '"' => quoted = !quoted,
                c if c.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                ':' if colon.is_none() && !quoted && is_field(&word) => {
                    colon = Some(word.len());
                    word.push(c);
                }
                c => word.push(c),
            }
        }
        let (field, text) = match colon {
            Some(at) => (word.get(..at), word.get(at + 1..).unwrap_or_default()),
            None => (None, word.as_str()),
        };
        found.push(Term { field: field.map(str::to_lowercase), text: fold(text), turned });
        rest = rest.get(end..).unwrap_or_default().trim_start();
    }
    found
}

/// Whether a word can be the name of a field: a time such as 12:30 is none.
fn is_field(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-')
}

/// A filter at work on the rows of one table: made once for all of them.
pub struct Sieve<'a> {
    terms: Vec<(&'a Term, Option<Field>, Option<Atom>)>,
    turned: bool,
    matcher: Option<Matcher>,
    /// While privacy mode is on, what is shown is compared.
    veil: Option<Arc<Veil>>,
}

impl<'a> Sieve<'a> {
    /// For rows with these fields. What is about another field is left out: it hides nothing.
    pub fn new(terms: &'a Terms, fields: &[Field]) -> Self {
        let field = |term: &Term| match &term.field {
            None => Some(None),
            Some(word) => fields.iter().find(|field| field.word() == word).map(|field| Some(*field)),
        };
        let atom = |term: &Term| {
            let letters = || {
                let (case, plain) = (CaseMatching::Respect, Normalization::Never);
                Atom::new(&term.text, case, plain, AtomKind::Fuzzy, true)
            };
            (terms.fuzzy && term.field.is_none()).then(letters)
        };
        let known = terms.all.iter().filter_map(|term| Some((term, field(term)?, atom(term))));
        Self {
            terms: known.collect(),
            turned: terms.turned,
            matcher: terms.fuzzy.then(|| Matcher::new(Config::DEFAULT)),
            veil: None,
        }
    }

    /// The same over what a veil shows.
    #[must_use]
    pub(super) fn behind(self, veil: Option<Arc<Veil>>) -> Self {
        Self { veil, ..self }
    }

    /// A text as it is compared.
    pub(super) fn fold(&self, text: &str) -> String {
        self.veil.as_ref().map_or_else(|| fold(text), |veil| fold(&veil.hide(text)))
    }

    /// Whether it lets every row through.
    pub fn is_open(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a row is shown: its folded text, one line a field, and what a field says where it is asked.
    pub fn accepts<'t>(&mut self, folded: &str, told: impl Fn(Field) -> Cow<'t, str>) -> bool {
        if self.is_open() {
            return true;
        }
        let veil = self.veil.clone();
        let shown =
            |text: Cow<'_, str>| veil.as_ref().map_or_else(|| fold(&text), |veil| fold(&veil.hide(&text)));
        let matcher = &mut self.matcher;
        let all = self.terms.iter().all(|(term, field, atom)| {
            let hit = match (field, atom, matcher.as_mut()) {
                (Some(Field::Level), ..) => is_level(&shown(told(Field::Level)), &term.text),
                (Some(field), ..) => says(&shown(told(*field)), &term.text),
                (None, Some(atom), Some(matcher)) => folded.lines().any(|line| {
                    let mut letters = Vec::new();
                    atom.score(Utf32Str::new(line, &mut letters), matcher).is_some()
                }),
                (None, ..) => folded.contains(&term.text),
            };
            hit != term.turned
        });
        all != self.turned
    }
}

/// Whether a level is the one that is looked for, by its letter or by its word as far as that is typed: of
/// `level:r` a word with an r in it is none. What is told is the word and the letter.
fn is_level(told: &str, wanted: &str) -> bool {
    let begins = |word: &str| word == wanted || (wanted.chars().count() > 1 && word.starts_with(wanted));
    told.split(' ').any(begins) || says_nothing(told, wanted)
}

/// Whether an empty field is looked for and this is one.
fn says_nothing(field: &str, wanted: &str) -> bool {
    field.is_empty() && matches!(wanted, "none" | "-")
}

/// Whether a field says what is looked for; `none` is an empty one.
fn says(field: &str, wanted: &str) -> bool {
    match wanted {
        "none" | "-" => says_nothing(field, wanted) || field == wanted,
        wanted => field.contains(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [Field; 3] = [Field::Name, Field::State, Field::Vault];

    /// Whether a student of this name, state and vault is shown.
    fn shown(filter: &str, row: [&str; 3]) -> bool {
        let told = |field| match field {
            Field::Name => row[0].to_owned().into(),
            Field::State => row[1].to_owned().into(),
            _ => row[2].to_owned().into(),
        };
        Sieve::new(&Terms::of(filter), &FIELDS).accepts(&fold(&row.join("\n")), told)
    }

    const NGO: [&str; 3] = ["Ngô Thị Ánh", "active", "CS101-s007"];
    const BAI: [&str; 3] = ["Bai, Xiaoming", "invited", ""];

    #[test]
    fn every_word_has_to_stand_in_the_row() {
        for (filter, ngo, bai) in [
            ("", true, true),
            ("ngo", true, false),
            ("anh ngo", true, false),
            ("\"ngo thi\"", true, false),
            ("\"thi ngo\"", false, false),
            ("ngo invited", false, false),
            ("!ngo", false, true),
            ("!ngo !bai", false, false),
            ("xiao !active", false, true),
            ("! ngo active", false, true),
            ("!", true, true),
            ("! ", true, true),
        ] {
            assert_eq!((shown(filter, NGO), shown(filter, BAI)), (ngo, bai), "{filter:?}");
        }
    }

    #[test]
    fn a_field_looks_in_its_column_only() {
        for (filter, ngo, bai) in [
            ("state:act", true, false),
            ("STATE:Active", true, false),
            ("!state:active", false, true),
            ("vault:none", false, true),
            ("!vault:none", true, false),
            ("name:\"ngo thi\"", true, false),
            ("name:active", false, false),
            ("state:", true, true),
            ("\"state:act\"", false, false),
        ] {
            assert_eq!((shown(filter, NGO), shown(filter, BAI)), (ngo, bai), "{filter:?}");
        }
    }

    #[test]
    fn fuzzy_letters_stand_in_their_order_within_one_field() {
        for (filter, ngo, bai) in [
            ("-f bxm", false, true),
            ("-f xmb", false, false),
            ("-f nta", true, false),
            ("!-f bxm", true, false),
            ("-f", true, true),
            ("-f ngact", false, false),
        ] {
            assert_eq!((shown(filter, NGO), shown(filter, BAI)), (ngo, bai), "{filter:?}");
        }
    }

    #[test]
    fn an_unknown_field_is_told_and_hides_nothing() {
        let unknown = |text: &str| Terms::of(text).unknown(&FIELDS);
        assert_eq!(unknown("stat:x").unwrap(), "no field stat: did you mean state:?");
        assert_eq!(unknown("colour:red").unwrap(), "no field colour: there are name state vault");
        assert_eq!(unknown("bai 12:30 state:x"), None, "a time is a word");
        assert!(shown("stat:nobody", NGO) && shown("!stat:nobody", NGO) && shown("! stat:nobody", NGO));
        assert!(shown("stat:nobody ngo", NGO) && !shown("stat:nobody ngo", BAI));
    }
}
