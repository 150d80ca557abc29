//! Erasing what is known of people here, and writing that down. Nothing changes in 1Password, and nothing
//! in the log: of whom its pseudonyms speak can only not be looked up any more.

use std::fs;

use jiff::SignedDuration;
use serde_json::json;

use super::Ops;
use super::lock::Lock;
use crate::domain::class::StudentKey;
use crate::domain::directory::fold_email;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::term::Closing;
use crate::queries::blocking;
use crate::store::{Erased, Whom};

/// The name in the log.
pub(super) const NAME: &str = "purge";
/// A day as retention counts it.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What the retention of the class file has erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// How many students.
    pub students: u64,
    /// How many arrivals of others lost what is older than the days.
    pub arrivals: u64,
}

impl Ops {
    /// Erases what is known here of a student, or of everybody. `anyway` also where the student still has
    /// a vault that is not closed, or arrivals were not taken yet.
    ///
    /// # Errors
    /// [`Kind::Refused`] where changes are refused, and where something is in the way; [`Kind::Conflict`]
    /// while another program changes the student's vault; those of log and store.
    pub async fn purge(&self, student: Option<&StudentKey>, anyway: bool) -> Result<Erased> {
        if self.read_only {
            return Err(Fault::new(Kind::Refused, "read-only: changes are refused"));
        }
        if !anyway {
            self.may_purge(student).await?;
        }
        let (store, only) = (self.queries.store.clone(), student.cloned());
        let students = blocking(move || store.students()).await?;
        let of = students
            .into_iter()
            .map(|row| row.student)
            .filter(|one| only.as_ref().is_none_or(|key| one.key == *key));
        let (mut pseudonyms, mut keys) = (Vec::new(), Vec::new());
        for one in of {
            pseudonyms.push(self.audit.pseudonym(one.key.as_str()));
            pseudonyms.push(self.audit.pseudonym(&fold_email(one.email.raw())));
            keys.push(one.key);
        }
        let whose = student.map(|student| self.audit.pseudonym(student.as_str()));
        let args = json!({ "student": whose, "students": keys.len(), "anyway": anyway });
        let (ops, student) = (self.clone(), student.cloned());
        let slot = std::sync::Arc::new(std::sync::Mutex::new(Erased::default()));
        let into = std::sync::Arc::clone(&slot);
        self.told(NAME, args, None, move |store| {
            let whom = student.as_ref().map_or(Whom::Class, Whom::Student);
            let erased = store.erase(whom, &pseudonyms)?;
            ops.unlock(&keys)?;
            *into.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = erased;
            Ok(())
        })
        .await?;
        let erased = slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        Ok(erased)
    }

    /// Refuses to forget a vault that somebody still has access to, and arrivals that somebody waits for.
    async fn may_purge(&self, student: Option<&StudentKey>) -> Result<()> {
        let (store, student) = (self.queries.store.clone(), student.cloned());
        blocking(move || {
            let closings = store.closings()?;
            let open = store.bindings()?.into_iter().filter(|binding| {
                student.as_ref().is_none_or(|key| binding.student == *key)
                    && !closings.get(&binding.student).is_some_and(Closing::is_closed)
            });
            let open: Vec<_> = open.collect();
            if let Some(first) = open.first() {
                let others = match open.len() {
                    1 => String::new(),
                    many => format!(" and {} others", many - 1),
                };
                let message = format!("{}{others} still have vaults that are not closed", first.student);
                let message = if open.len() == 1 {
                    message.replace("have vaults that are", "has a vault that is")
                } else {
                    message
                };
                return Err(Fault::new(Kind::Refused, message)
                    .hint("first: strongroom close-term --step revoke; or say so with --confirm"));
            }
            let whom = student.as_ref().map_or(Whom::Class, Whom::Student);
            match store.untaken(whom)? {
                0 => Ok(()),
                count => {
                    let message =
                        format!("{count} arrivals were not taken yet by everybody who follows them");
                    Err(Fault::new(Kind::Refused, message)
                        .hint("look with `strongroom handoff`; or say so with --confirm"))
                }
            }
        })
        .await
    }

    /// Removes the lock files of these students, which are named after them, once nobody holds them.
    fn unlock(&self, keys: &[StudentKey]) -> Result<()> {
        for folder in [self.locks.clone(), self.locks.join("decisions")] {
            for key in keys {
                let path = folder.join(key.as_str());
                if !path.exists() {
                    continue;
                }
                let _lock = Lock::take(&folder, key)?;
                let failed = |error| Fault::new(Kind::Local, format!("a lock file: {error}"));
                fs::remove_file(&path).map_err(failed)?;
            }
        }
        Ok(())
    }

    /// Erases what is older than the class file lets it be kept: those who are gone or closed for so many
    /// days, and what says who and what in arrivals that old. Nobody with an open vault is forgotten, and
    /// no arrival that somebody has not taken yet.
    ///
    /// # Errors
    /// As [`Ops::purge`]; what stands in the way of one student keeps nobody else.
    pub async fn retain(&self, days: u32) -> Result<Retained> {
        let (now, age) =
            (self.queries.clock.now(), DAY.saturating_mul(i32::try_from(days).unwrap_or(i32::MAX)));
        let store = self.queries.store.clone();
        let over = blocking(move || {
            let closed = store.closings()?;
            let closed = closed.into_iter().filter_map(|(key, closing)| Some((key, closing.closed_at()?)));
            let known: std::collections::HashSet<StudentKey> =
                store.students()?.into_iter().map(|row| row.student.key).collect();
            let mut over: Vec<StudentKey> = closed
                .chain(store.gone_since(now)?)
                .filter(|(key, since)| now.duration_since(*since) > age && known.contains(key))
                .map(|(key, _)| key)
                .collect();
            over.sort();
            over.dedup();
            Ok(over)
        })
        .await?;
        let mut retained = Retained::default();
        for student in over {
            match self.purge(Some(&student), false).await {
                Ok(_) => retained.students += 1,
                Err(fault) if matches!(fault.kind, Kind::Refused | Kind::Conflict) => {}
                Err(fault) => return Err(fault),
            }
        }
        // Titles are what assignments are recognised by.
        let titles = self.queries.class.assignments.is_empty();
        let store = self.queries.store.clone();
        let arrivals = blocking(move || store.old_arrivals(now, age)).await?;
        if arrivals > 0 {
            let args = json!({ "days": days, "arrivals": arrivals });
            self.told("retention", args, None, move |store| store.trim_arrivals(now, age, titles).map(drop))
                .await?;
            retained.arrivals = arrivals;
        }
        Ok(retained)
    }
}
