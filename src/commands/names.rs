//! Whom and what a word on the command line names: by id or exactly, never by look-alike.
//!
//! What names nobody, or more than one, is a fault of [`Kind::Input`] (exit code 2), so that a
//! schedule never does something to the wrong student.

use std::collections::BTreeSet;

use super::from_store;
use crate::domain::access::Principal;
use crate::domain::class::StudentKey;
use crate::domain::directory::Item;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::{ItemId, PersonId, VaultId};
use crate::domain::text::SafeText;
use crate::queries::Queries;
use crate::setup::Opened;
use crate::store::Store;

/// The student of a roster key, an exact address, or a user id.
pub(super) fn student(frame: &Frame, word: &str) -> Result<StudentKey> {
    known_student(frame, word).ok_or_else(|| no_student(word))
}

/// The students of these words, each once.
pub(super) fn students(frame: &Frame, words: &[String]) -> Result<Vec<StudentKey>> {
    let mut keys = Vec::new();
    for word in words {
        let key = student(frame, word)?;
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// The students of these words, of whom the service is asked; nobody is asked where there are no words.
pub(super) async fn asked(opened: &Opened, words: &[String]) -> Result<Vec<StudentKey>> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    students(&opened.queries.frame(true).await?, words)
}

/// The student of a word, also before the service was ever asked: then only a roster key is known.
pub(super) async fn student_here(opened: &Opened, word: &str) -> Result<StudentKey> {
    if let Ok(frame) = opened.queries.frame(false).await {
        return student(&frame, word);
    }
    let mut students = from_store(&opened.queries, Store::students).await?.into_iter();
    let found = students.find(|row| row.student.key.as_str() == word);
    found.map(|row| row.student.key).ok_or_else(|| {
        Fault::new(Kind::Input, format!("no student has the key \"{word}\"")).hint(
            "the account's people are not known here now, so that only roster keys are; see `strongroom roster list`",
        )
    })
}

/// What is said where a word names no student.
pub(super) fn no_student(word: &str) -> Fault {
    Fault::new(Kind::Input, format!("no student is named \"{word}\""))
        .hint("name a roster key, an exact e-mail address or a user id; see `strongroom roster list`")
}

fn known_student(frame: &Frame, word: &str) -> Option<StudentKey> {
    let by_key = StudentKey::parse(word).and_then(|key| frame.student(&key));
    let by_id = || {
        let person = frame.person(&PersonId::parse(word).ok()?)?;
        frame.student_by_email(person.email.raw())
    };
    let student = by_key.or_else(|| frame.student_by_email(word)).or_else(by_id);
    student.map(|student| student.key.clone())
}

/// The vault of an id, of a student, or of an exact name. Only a name costs a request.
pub(super) async fn vault(frame: &Frame, queries: &Queries, word: &str) -> Result<VaultId> {
    let id = VaultId::parse(word).ok();
    let student = known_student(frame, word);
    if let Some(key) = student {
        let own = frame.bindings.get(&key);
        return match (own, id.filter(|id| frame.owner(id).is_some())) {
            (Some(own), Some(id)) if *own != id => Err(ambiguous(word, "vaults")),
            (Some(own), _) => Ok(own.clone()),
            (None, Some(id)) => Ok(id),
            (None, None) => Err(Fault::new(Kind::NotFound, format!("{key} has no vault yet"))
                .hint(format!("make it with `strongroom provision {key}`"))),
        };
    }
    if let Some(id) = id {
        return Ok(id);
    }
    let vaults = queries.provider.vaults().await?;
    let mut named = vaults.into_iter().filter(|vault| vault.name.as_str() == word);
    match (named.next(), named.next()) {
        (Some(vault), None) => Ok(vault.id),
        (Some(_), Some(_)) => Err(ambiguous(word, "vaults")),
        (None, _) => Err(Fault::new(Kind::Input, format!("no vault and no student is named \"{word}\""))
            .hint("name a vault by id or exact name, or by its student; see `strongroom status`")),
    }
}

/// The principal of a user or group id, an exact address, a roster key, or a group's exact name.
pub(super) fn who(frame: &Frame, word: &str) -> Result<Principal> {
    if let Some(principal) = Principal::parse(word) {
        return Ok(principal);
    }
    let mut found: BTreeSet<Principal> =
        frame.people_by_email(word).map(|person| Principal::Person(person.id.clone())).collect();
    let groups = frame.groups.iter().filter(|group| group.name.as_str() == word);
    found.extend(groups.map(|group| Principal::Group(group.id.clone())));
    let student = StudentKey::parse(word).and_then(|key| frame.student(&key));
    let mut unready = None;
    if let Some(student) = student {
        match frame.sign_up(student) {
            (_, Some(person)) => drop(found.insert(Principal::Person(person.id.clone()))),
            (state, None) => {
                let fault = Fault::new(Kind::Input, format!("{} is {}", student.key, state.label()));
                unready = Some(fault.hint(state.next().unwrap_or("look at this person in 1Password")));
            }
        }
    }
    let mut found = found.into_iter();
    match (found.next(), found.next(), unready) {
        (Some(principal), None, None) => Ok(principal),
        (None, _, Some(fault)) => Err(fault),
        (None, _, None) => Err(Fault::new(Kind::Input, format!("nobody is named \"{word}\"")).hint(
            "name a user or group by id, a person by exact e-mail address or roster key, or a group by its exact name",
        )),
        _ => Err(ambiguous(word, "people and groups")),
    }
}

/// The item of an id or an exact title among those of a vault.
pub(super) fn item(items: &[Item], word: &str) -> Result<ItemId> {
    if let Some(item) = ItemId::parse(word).ok().and_then(|id| items.iter().find(|item| item.id == id)) {
        return Ok(item.id.clone());
    }
    let title = SafeText::new(word);
    let mut named = items.iter().filter(|item| item.title == title);
    match (named.next(), named.next()) {
        (Some(item), None) => Ok(item.id.clone()),
        (Some(_), Some(_)) => Err(ambiguous(word, "items")),
        (None, _) => Err(Fault::new(Kind::Input, format!("the vault has no item \"{word}\""))
            .hint("name it by id or exact title; see `strongroom items`")),
    }
}

fn ambiguous(word: &str, what: &str) -> Fault {
    Fault::new(Kind::Input, format!("several {what} are named \"{word}\"")).hint("name the one by its id")
}
