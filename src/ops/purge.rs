//! Erasing what is known of people here, and writing that down. Nothing changes in 1Password, and nothing
//! in the log: of whom its pseudonyms speak can only not be looked up any more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::Ops;
use super::lock::{Lock, Over, make_room};
use crate::domain::class::StudentKey;
use crate::domain::directory::{Person, fold_email};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::roster::Student;
use crate::domain::term::Closing;
use crate::domain::text::{SafeText, counted};
use crate::queries::blocking;
use crate::store::{Erased, Erasing, Old, Store, Whom};

/// The names in the log.
const NAME: &str = "purge";
const RETENTION: &str = "retention";
pub(super) const NAMES: [&str; 2] = [NAME, RETENTION];
/// A day as retention counts it.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the retention of the class file has erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// How many students.
    pub students: u64,
    /// How many arrivals of others lost what is older than the days.
    pub arrivals: u64,
    /// Who is kept for longer all the same, and what stands in the way.
    pub kept: Vec<(StudentKey, SafeText)>,
    /// As [`Erased::lingers`].
    pub lingers: bool,
}

/// Those who are erased, and what they are known by.
struct Known {
    /// Their keys, sorted; `None` for everybody.
    only: Option<Vec<StudentKey>>,
    /// Everybody's of them with what stands for them in the log.
    pseudonyms: Vec<(StudentKey, String)>,
    /// What they are called, by key.
    words: BTreeMap<StudentKey, Vec<String>>,
}

/// The locks of students, by student.
type Locks = BTreeMap<StudentKey, Vec<Lock>>;

impl Ops {
    /// Erases what is known here of a student, or of everybody. `anyway` also where the student still has
    /// a vault that is not closed or one in quarantine, or arrivals were not taken yet.
    ///
    /// # Errors
    /// [`Kind::Refused`] where changes are refused, and where something is in the way; [`Kind::Conflict`]
    /// while another program changes the student's vault; those of log and store. Then nothing is erased.
    pub async fn purge(&self, student: Option<&StudentKey>, anyway: bool) -> Result<Erased> {
        // While it is held nobody notes a step of the end of the term, or takes our intent for a dead one's.
        let _turn = self.take_step().await?;
        let (ops, only) = (self.clone(), student.map(|student| vec![student.clone()]));
        let (known, locks) = blocking(move || {
            let known = ops.known(only)?;
            if !anyway {
                may_purge(&ops.queries.store, known.only.as_ref().and_then(|only| only.first()))?;
            }
            make_room(known.pseudonyms.len() * 2);
            let mut locks = Locks::new();
            for (key, _) in &known.pseudonyms {
                locks.insert(key.clone(), ops.locks_of(key)?);
            }
            Ok((known, locks))
        })
        .await?;
        let students: Vec<&String> = known.pseudonyms.iter().map(|(_, pseudonym)| pseudonym).collect();
        let whole = student.is_none();
        let args = json!({ "students": students, "class": whole, "anyway": anyway });
        self.erase(NAME, args, known, locks, None).await
    }

    /// How many of these vaults somebody still has access to: a student's, or everybody's.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn open_vaults(&self, student: Option<&StudentKey>) -> Result<usize> {
        let student = student.cloned();
        self.queries.with_store(move |store| Ok(open(store, student.as_ref())?.len())).await
    }

    /// Erases these between an intent and its result, and their locks with them.
    async fn erase(
        &self,
        op: &'static str,
        args: serde_json::Value,
        known: Known,
        locks: Locks,
        old: Option<Old>,
    ) -> Result<Erased> {
        self.told(op, args, None, move |store| {
            let words: Vec<String> = known.words.into_values().flatten().collect();
            let whom = known.only.as_deref().map_or(Whom::Class, Whom::Students);
            let erasing = Erasing { whom, pseudonyms: &known.pseudonyms, words: &words, old };
            let erased = store.erase(&erasing)?;
            locks.into_values().flatten().try_for_each(Lock::remove)?;
            Ok(erased)
        })
        .await
    }

    /// What these students are known by, or everybody; also those who are left in a part of the store only.
    fn known(&self, only: Option<Vec<StudentKey>>) -> Result<Known> {
        let store = &self.queries.store;
        let (students, people) = (store.students()?, self.queries.known_people()?);
        let mut keys: BTreeSet<StudentKey> = students.iter().map(|row| row.student.key.clone()).collect();
        keys.extend(store.closings()?.into_keys());
        if let Some(only) = &only {
            keys = only.iter().cloned().collect();
        }
        let mut words: BTreeMap<StudentKey, Vec<String>> = BTreeMap::new();
        for key in &keys {
            let vault = self.queries.class.vault_name(key);
            words.insert(key.clone(), vec![key.to_string(), vault]);
        }
        for row in &students {
            let more = called(&row.student, &people);
            if let Some(words) = words.get_mut(&row.student.key) {
                words.extend(more);
            }
        }
        let pseudonym = |key: StudentKey| {
            let pseudonym = self.audit.pseudonym(key.as_str());
            (key, pseudonym)
        };
        Ok(Known { only, pseudonyms: keys.into_iter().map(pseudonym).collect(), words })
    }

    /// The locks of a student's vault and of decisions about the student. Their files are named after the
    /// student, and removed once what they protect is erased.
    fn locks_of(&self, key: &StudentKey) -> Result<Vec<Lock>> {
        let all = [Over::Vault(key.clone()), Over::Decisions(key.clone())];
        all.iter().map(|over| Lock::take(&self.locks, over)).collect()
    }

    /// Takes over a new roster: adds or updates the `present`, and marks the others as `gone`. Whose access
    /// was taken at the end of the term and who was erased since is closed as before.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn enrol(&self, present: Vec<Student>, gone: Vec<StudentKey>) -> Result<()> {
        self.may_change()?;
        let ops = self.clone();
        blocking(move || {
            ops.queries.store.apply_roster(&present, &gone)?;
            ops.recall()
        })
        .await
    }

    /// Notes anew who of the roster was closed before being erased. Blocks.
    pub(super) fn recall(&self) -> Result<()> {
        let store = &self.queries.store;
        if self.read_only || !store.has_tombstones()? {
            return Ok(());
        }
        let marked = |student: Student| {
            let pseudonym = self.audit.pseudonym(student.key.as_str());
            (student.key, pseudonym)
        };
        let students: Vec<_> = store.students()?.into_iter().map(|row| marked(row.student)).collect();
        store.recall(&students, self.queries.clock.now()).map(drop)
    }

    /// Erases what is older than the class file lets it be kept, all of it at once: those who are gone or
    /// closed for so many days, and what says who and what in arrivals that old. Nobody with an open vault is
    /// forgotten, and no arrival that somebody has not taken yet.
    ///
    /// # Errors
    /// As [`Ops::purge`]; what stands in the way of one student keeps nobody else.
    pub async fn retain(&self, days: u32) -> Result<Retained> {
        let now = self.queries.clock.now();
        let age = DAY.saturating_mul(i32::try_from(days).unwrap_or(i32::MAX));
        let before = now.checked_sub(age).unwrap_or(Timestamp::MIN);
        let look = move |store: &Store| {
            let over = over(store, now, before)?;
            // What others reported is not the log's: it goes without a line in it.
            store.forget_activity(before)?;
            Ok((over, store.old_arrivals(before)?))
        };
        let (over, arrivals) = self.queries.with_store(look).await?;
        if over.is_empty() && arrivals == 0 {
            return Ok(Retained::default());
        }
        let _turn = self.take_step().await?;
        let ops = self.clone();
        let (known, locks, kept) = blocking(move || {
            let mut known = ops.known(Some(over))?;
            make_room(known.pseudonyms.len() * 2);
            let (mut locks, mut kept) = (Locks::new(), Vec::new());
            for (key, _) in &known.pseudonyms {
                match ops.may_retain(key, known.words.get(key).map_or(&[], Vec::as_slice)) {
                    Ok(held) => drop(locks.insert(key.clone(), held)),
                    Err(fault) if matches!(fault.kind, Kind::Refused | Kind::Conflict) => {
                        kept.push((key.clone(), fault.message));
                    }
                    Err(fault) => return Err(fault),
                }
            }
            known.only = Some(locks.keys().cloned().collect());
            known.pseudonyms.retain(|(key, _)| locks.contains_key(key));
            known.words.retain(|key, _| locks.contains_key(key));
            Ok((known, locks, kept))
        })
        .await?;
        if locks.is_empty() && arrivals == 0 {
            return Ok(Retained { kept, ..Retained::default() });
        }
        // Titles are what assignments are recognised by.
        let old = Old { before, titles: self.queries.class.assignments.is_empty() };
        let students: Vec<&String> = known.pseudonyms.iter().map(|(_, pseudonym)| pseudonym).collect();
        let args = json!({ "days": days, "students": students, "arrivals": arrivals });
        let erased = self.erase(RETENTION, args, known, locks, Some(old)).await?;
        let Erased { students, trimmed, lingers, .. } = erased;
        Ok(Retained { students, arrivals: trimmed, kept, lingers })
    }

    /// The locks of a student whom nothing keeps from being erased.
    fn may_retain(&self, key: &StudentKey, words: &[String]) -> Result<Vec<Lock>> {
        may_purge(&self.queries.store, Some(key))?;
        let locks = self.locks_of(key)?;
        self.queries.store.is_free(words)?;
        Ok(locks)
    }
}

/// What a student is called where others are told of: the names, addresses and ids of whoever has the
/// student's address.
fn called(student: &Student, people: &[Person]) -> Vec<String> {
    let email = student.email.raw();
    let mut words = vec![student.name.to_string(), email.to_owned()];
    let address = fold_email(email);
    for person in people.iter().filter(|person| fold_email(person.email.raw()) == address) {
        words.extend([person.name.to_string(), person.id.to_string()]);
    }
    words
}

/// Who of the roster is gone or closed since before a time.
fn over(store: &Store, now: Timestamp, before: Timestamp) -> Result<Vec<StudentKey>> {
    let closed = store.closings()?;
    let closed = closed.into_iter().filter_map(|(key, closing)| Some((key, closing.closed_at()?)));
    let known: BTreeSet<StudentKey> = store.students()?.into_iter().map(|row| row.student.key).collect();
    let over =
        closed.chain(store.gone_since(now)?).filter(|(key, since)| *since < before && known.contains(key));
    let over: BTreeSet<StudentKey> = over.map(|(key, _)| key).collect();
    Ok(over.into_iter().collect())
}

/// Who has a vault that is not closed: of a student, or of everybody.
fn open(store: &Store, student: Option<&StudentKey>) -> Result<Vec<StudentKey>> {
    let closings = store.closings()?;
    let bound = store.bindings()?.into_iter().map(|binding| binding.student);
    let is_open = |key: &StudentKey| !closings.get(key).is_some_and(Closing::is_closed);
    Ok(bound.filter(|key| student.is_none_or(|student| student == key) && is_open(key)).collect())
}

/// Refuses to forget a vault that somebody still has access to, one that is nobody's and still there, and
/// arrivals that somebody waits for.
fn may_purge(store: &Store, student: Option<&StudentKey>) -> Result<()> {
    let is_one = |key: &StudentKey| student.is_none_or(|student| student == key);
    let open = open(store, student)?;
    let refused = |message: String, hint: &str| Err(Fault::refused(message).hint(hint));
    let hint = "first: strongroom close-term --step revoke; or say so with --confirm";
    match open.as_slice() {
        [] => {}
        [one] => return refused(format!("{one} has a vault that is not closed"), hint),
        [one, others @ ..] => {
            let others = counted(others.len(), "other");
            let message = format!("{one} and {others} still have vaults that are not closed");
            return refused(message, hint);
        }
    }
    let left = store.quarantined()?.into_iter().filter(|one| is_one(&one.student)).count();
    if left > 0 {
        let message = match left {
            1 => "a vault in quarantine would be forgotten that is still there".to_owned(),
            many => format!("{many} vaults in quarantine would be forgotten that are still there"),
        };
        return refused(message, "look with `strongroom quarantine`; or say so with --confirm");
    }
    let one = student.map(std::slice::from_ref);
    match store.untaken(one.map_or(Whom::Class, Whom::Students))? {
        0 => Ok(()),
        count => refused(
            format!("not yet taken by everybody who follows them: {}", counted(count, "arrival")),
            "look with `strongroom handoff`; or say so with --confirm",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::frame::tests::{facts, key, vault};
    use crate::domain::quarantine::Quarantined;
    use crate::domain::term::{Detail, Stage};

    #[test]
    fn nobody_is_forgotten_whose_vault_is_open_or_in_quarantine() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        store.enroll(&facts().students).unwrap();
        let refused = |student: Option<&str>, with: &str| match may_purge(&store, student.map(key).as_ref()) {
            Ok(()) => false,
            Err(fault) => fault.kind == Kind::Refused && fault.to_string().contains(with),
        };
        let is_free = |student: Option<&str>| may_purge(&store, student.map(key).as_ref()).is_ok();
        assert!(is_free(None), "nobody has a vault");
        for student in ["a", "b", "e"] {
            store.bind(&key(student), &vault(student), "nonce", now).unwrap();
        }
        assert!(refused(None, "2 others still have vaults"));
        assert!(refused(Some("a"), "a has a vault that is not closed"));
        assert!(is_free(Some("c")), "who has none");
        store.note_closing(Stage::Revoke, &[(key("a"), Detail::Nothing)], now).unwrap();
        assert!(is_free(Some("a")));
        assert!(refused(None, "1 other still have vaults"));
        let rest = ["b", "e"].map(|student| (key(student), Detail::Nothing));
        store.note_closing(Stage::Revoke, &rest, now).unwrap();
        assert!(is_free(None));
        let (left, nonce) = (vault("left"), String::from("nonce"));
        let found = Quarantined { vault: left, student: key("b"), nonce, items: None, found_at: now };
        store.quarantine(&[found]).unwrap();
        assert!(refused(None, "in quarantine"));
        assert!(refused(Some("b"), "in quarantine"));
        assert!(is_free(Some("a")), "it carries somebody else's mark");
    }
}
