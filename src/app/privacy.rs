//! The veil of privacy mode: what a projected or recorded screen must not tell, and what stands there instead.
//!
//! [`Veil::hide`] takes any text of the screen and gives it back without whoever it is about: names of
//! students become pseudonyms, those of others and of vaults, items and files a word and four digits, and
//! addresses, ids and paths are masked by their form, known or not. States, levels, times, counts and
//! assignments stay. The veil learns what there is to hide from what the state learns, and forgets nothing;
//! how long hiding takes follows the text that is drawn and not the class.
//!
//! Pseudonyms are worked out from the student's key and the class's id, so they are the same in every run
//! and on every machine. They keep a secret from onlookers; whoever has the class list can work them out.

mod forms;
mod learn;
mod words;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::command::key_of;
use super::{Effects, State, Weight};
use crate::domain::class::StudentKey;
use crate::domain::query::StatusRow;

/// What stands for a student's key begins so.
pub const KEY: &str = "key-";

/// What there is to hide, and what stands in its place.
#[derive(Clone, Debug)]
pub struct Veil {
    /// The id of the class: the key under which pseudonyms are worked out.
    class: Box<str>,
    /// Each text that is hidden, and what is shown for it.
    masks: HashMap<Box<str>, Box<str>>,
    /// The lengths in bytes of the texts that begin with a word, by that word.
    starts: HashMap<Box<str>, BTreeSet<usize>>,
    students: HashMap<StudentKey, Box<str>>,
    taken: HashSet<Box<str>>,
}

impl Veil {
    /// One that knows nobody yet.
    pub(super) fn new(class: &str) -> Self {
        Self {
            class: class.into(),
            masks: HashMap::new(),
            starts: HashMap::new(),
            students: HashMap::new(),
            taken: HashSet::new(),
        }
    }

    /// A keyed hash of a text, as hexadecimal digits.
    fn digits(&self, kind: &str, text: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.class.as_bytes()) else {
            return String::new(); // it takes a key of any length
        };
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().fold(String::new(), |all, byte| format!("{all}{byte:02x}"))
    }

    /// A word and four digits in the place of a text.
    fn coded(&self, word: &str, text: &str) -> String {
        let digits = self.digits(word, text);
        format!("{word}-{}", digits.get(..4).unwrap_or_default())
    }

    /// The pseudonym of a student: two words, and as many digits as tell them from all that came before.
    fn pseudonym(&mut self, key: &StudentKey) -> Box<str> {
        if let Some(known) = self.students.get(key) {
            return known.clone();
        }
        let digits = self.digits("student", key.as_str());
        let at = |from: usize| {
            let pair = digits.get(from..from + 2).unwrap_or_default();
            usize::from_str_radix(pair, 16).unwrap_or(0) % 64
        };
        let (first, second) = (words::FIRST[at(0)], words::SECOND[at(2)]);
        let of =
            |length: usize| format!("{first} {second} {}", digits.get(4..4 + length).unwrap_or_default());
        let free = (2..=16).map(of).find(|name| !self.taken.contains(name.as_str()));
        let name: Box<str> = free.unwrap_or_else(|| of(40)).into();
        self.taken.insert(name.clone());
        // What is hidden once stays as it is, also where a student is called like a part of it.
        self.add(&name, &name);
        self.students.insert(key.clone(), name.clone());
        name
    }

    /// Notes what is shown for a text; what was noted first counts.
    fn add(&mut self, text: &str, mask: &str) {
        let text = text.trim();
        if text.is_empty() || self.masks.contains_key(text) {
            return;
        }
        self.starts.entry(start(text).into()).or_default().insert(text.len());
        self.masks.insert(text.into(), mask.into());
    }

    /// A text of the screen without whom or what it is about.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let (mut out, mut kept, mut before) = (String::new(), 0, None);
        let mut at = 0;
        while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
            let found = self.known(text, at, before).into_iter().chain(self.formed(text, at, before));
            // The longer one; of two that are equal what is known.
            let found = found.reduce(|one, other| if other.0 > one.0 { other } else { one });
            let Some((length, mask)) = found else {
                before = Some(c);
                at += c.len_utf8();
                continue;
            };
            out.push_str(text.get(kept..at).unwrap_or_default());
            out.push_str(&mask);
            at += length;
            kept = at;
            before = text.get(..at).and_then(|text| text.chars().next_back());
        }
        if kept == 0 {
            return text.into();
        }
        out.push_str(text.get(kept..).unwrap_or_default());
        out.into()
    }

    /// The longest text at this place that is known, with what is shown for it.
    fn known(&self, text: &str, at: usize, before: Option<char>) -> Option<(usize, Cow<'_, str>)> {
        let rest = text.get(at..)?;
        let first = rest.chars().next()?;
        if first == ' ' || (before.is_some_and(joins) && joins(first)) {
            return None;
        }
        let lengths = self.starts.get(start(rest))?;
        lengths.iter().rev().find_map(|length| {
            let one = rest.get(..*length)?;
            let (last, next) = (one.chars().next_back(), rest.get(*length..)?.chars().next());
            let whole = !(last.is_some_and(joins) && next.is_some_and(joins));
            self.masks.get(one).filter(|_| whole).map(|mask| (*length, (&**mask).into()))
        })
    }

    /// The pseudonym of a student, once they are known.
    pub fn student(&self, key: &StudentKey) -> Option<&str> {
        self.students.get(key).map(|name| &**name)
    }

    /// What stands in the place of a student's key, however short.
    pub fn key(&self, key: &StudentKey) -> String {
        self.coded("key", key.as_str())
    }

    /// What stands in the place of the title of an item, the name of a file, or whatever else somebody
    /// outside wrote: the same for the same text, with the ending of a file's name.
    pub fn title(&self, text: &str) -> String {
        if text.is_empty() || forms::is_coded(text) || self.taken.contains(text) {
            return text.to_owned();
        }
        let ending = forms::ending(text).map_or_else(String::new, |ending| format!(".{ending}"));
        format!("{}{ending}", self.coded("item", text))
    }
}

/// Whether a letter belongs to a word: a name within a longer word is none. Scripts without spaces
/// between words have no such bounds.
fn joins(c: char) -> bool {
    c.is_alphanumeric() && !is_spaceless(c)
}

/// Letters of scripts that put no spaces between words: Thai to Khmer, kana, Han.
fn is_spaceless(c: char) -> bool {
    matches!(u32::from(c), 0xe00..=0xeff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x2e80..=0x9fff
        | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// The word with which a text begins; a single letter where that belongs to no word.
fn start(text: &str) -> &str {
    let word = text.find(|c| !joins(c)).unwrap_or(text.len());
    let one = text.chars().next().map_or(0, char::len_utf8);
    text.get(..word.max(one)).unwrap_or(text)
}

impl State {
    /// The veil, while privacy mode is on.
    pub fn veil(&self) -> Option<&Veil> {
        self.veil.as_deref()
    }

    /// A text as it may be shown.
    pub fn veiled<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.veil().map_or(text.into(), |veil| veil.hide(text))
    }

    /// The title of an item or the name of a file as it may be shown.
    pub fn titled<'a>(&self, title: &'a str) -> Cow<'a, str> {
        self.veil().map_or(title.into(), |veil| veil.title(title).into())
    }

    /// A student's name as it may be shown; two of the same name have two pseudonyms.
    pub fn named<'a>(&'a self, row: &'a StatusRow) -> &'a str {
        self.veil().and_then(|veil| veil.student(&row.key)).unwrap_or(row.name.as_str())
    }

    /// A student's key as it may be shown.
    pub fn keyed<'a>(&self, key: &'a StudentKey) -> Cow<'a, str> {
        self.veil().map_or_else(|| key.as_str().into(), |veil| veil.key(key).into())
    }

    /// Why nothing of the screen may be taken elsewhere, if it may not.
    pub fn why_not_take(&self) -> Result<(), String> {
        if self.veil.is_none() {
            return Ok(());
        }
        let key = key_of(self, "privacy");
        Err(format!("nothing was copied or written: it would have real names; {key} ends privacy mode"))
    }

    /// Switches privacy mode on or off. Nothing is asked of anybody.
    pub fn set_privacy(&mut self, on: bool) {
        self.veil = None;
        if on {
            let mut veil = Veil::new(&self.setting.class);
            veil.learn_state(self);
            self.veil = Some(Arc::new(veil));
        }
        self.share();
        // What is looked through, sorted and found is what is shown.
        self.learn();
        self.dirty = true;
    }

    /// Has the veil learn; the filters compare with what is shown.
    pub(super) fn hide(&mut self, learn: impl FnOnce(&mut Veil)) {
        let Some(mut veil) = self.veil.take() else { return };
        // Nobody else holds it while it learns, so that nothing is copied.
        self.share();
        learn(Arc::make_mut(&mut veil));
        self.veil = Some(veil);
        self.share();
    }

    fn share(&mut self) {
        let filters = [
            &mut self.attention.filter,
            &mut self.rows.filter,
            &mut self.items.filter,
            &mut self.activity.filter,
            &mut self.jobs.filter,
        ];
        for filter in filters {
            filter.veil.clone_from(&self.veil);
        }
    }
}

/// Hides who everybody is, or shows it again.
pub(super) fn toggle(state: &mut State) -> Effects {
    let on = state.veil.is_none();
    state.set_privacy(on);
    let text = if on {
        let key = key_of(state, "privacy");
        format!("privacy: names, addresses, titles and ids are hidden; {key} shows them again")
    } else {
        "everything is shown as it is".to_owned()
    };
    state.say(Weight::Info, text);
    vec![]
}

#[cfg(test)]
mod tests;
