//! What needs the instructor, from what is stored: nothing is asked of the service.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::journal::READ;
use super::view::{unread_view, view};
use super::{Queries, blocking};
use crate::domain::access::{Permissions, Principal};
use crate::domain::admission::{Admission, SignUp};
use crate::domain::attention::{ACCESS, Alarm, Attention, FailedRow, PROVISION, Since, TOKEN};
use crate::domain::class::StudentKey;
use crate::domain::directory::PersonState;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Seats;
use crate::domain::job::Head;
use crate::domain::needs::Needs;
use crate::domain::quarantine::Quarantined;
use crate::domain::query::{ClassView, StatusRow};
use crate::store::Store;

/// How far back times without a watcher are told to somebody who has not read the list yet.
const UNREAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What stands before `/student/operation` in the subject of a failed row.
const FAILED: &str = "failed";

/// What the store tells of the class, read at once.
struct Stored {
    view: ClassView,
    seats: Option<Seats>,
    /// On whose vaults somebody of the staff is missing.
    without_staff: Vec<StudentKey>,
    taken: HashSet<StudentKey>,
    failed: Vec<FailedRow>,
    alarms: Vec<Alarm>,
    left_behind: Vec<Quarantined>,
    left: Vec<Head>,
    since: Since,
}

impl Queries {
    /// What needs the instructor now, the gravest first.
    pub async fn attention(&self) -> Result<Attention> {
        let (mut needs, since) = self.needs().await?;
        needs.unwatched(self.clock.now(), self.last_look().await?);
        Ok(Attention { needs: needs.list(), since })
    }

    /// The same for whoever has a live view beside it: that tells by itself how the watching stands.
    pub(super) async fn attention_beside_a_view(&self) -> Result<Attention> {
        let (needs, since) = self.needs().await?;
        Ok(Attention { needs: needs.list(), since })
    }

    async fn needs(&self) -> Result<(Needs, Since)> {
        let stored = self.stored_needs().await?;
        let view = &stored.view;
        let names = view.rows.iter().map(|row| (row.key.clone(), row.name.clone())).collect();
        let mut needs = Needs::new(names, self.class.time_zone.clone());
        let service = view.identity.as_ref().is_none_or(|identity| identity.is_service_account);
        // Before the service has answered once nothing is known of anybody.
        if view.identity.is_some() {
            needs.rows(&view.rows, service, &stored.taken);
        }
        needs.failed(&stored.failed, |failed| is_settled(&view.rows, failed));
        needs.alarms(&stored.alarms);
        needs.left_behind(&stored.left_behind);
        needs.left_jobs(&stored.left);
        needs.without_staff(&stored.without_staff);
        needs.seats(stored.seats);
        needs.jobs(&self.jobs().await?);
        let now = self.clock.now();
        if !self.class.assignments.is_empty() {
            let all = self.submissions_of_all().await?;
            needs.unmatched(all.first().map_or(&[], |one| &one.unmatched));
            for submissions in &all {
                needs.standings(submissions, now);
            }
        }
        let since = stored.since.at.unwrap_or_else(|| now.checked_sub(UNREAD).unwrap_or(now));
        needs.gaps(&self.gaps(since).await?);
        let checked_at = self.checked_at().await?;
        Ok((needs, Since { checked_at, ..stored.since }))
    }

    async fn stored_needs(&self) -> Result<Stored> {
        let queries = self.clone();
        blocking(move || {
            let store = &queries.store;
            let (view, seats, without_staff, taken) = match queries.known_frame()? {
                Some(frame) => {
                    let view = view(&frame, store, queries.clock.now())?;
                    let taken = taken(store, &view.rows)?;
                    (view, frame.seats(), frame.without_staff(), taken)
                }
                None => (unread_view(store)?, None, Vec::new(), HashSet::new()),
            };
            let marker = store.cached::<u64>(READ)?;
            let (seq, at) = marker.map_or((0, None), |(seq, at)| (seq, Some(at)));
            let (failed, alarms, since) = (store.failed_rows()?, store.alarms()?, store.since(seq, at)?);
            let (left_behind, left) = (store.quarantined()?, store.jobs(0)?);
            Ok(Stored { view, seats, without_staff, taken, failed, alarms, left_behind, left, since })
        })
        .await
    }

    /// Puts an alarm, or a failed row of the list, away; whether there was one.
    ///
    /// # Errors
    /// [`Kind::Local`] where the store fails.
    pub async fn dismiss(&self, subject: &str) -> Result<bool> {
        let subject = subject.to_owned();
        self.with_store(move |store| {
            let mut parts = subject.splitn(3, '/');
            if let (Some(FAILED), Some(key), Some(op)) = (parts.next(), parts.next(), parts.next())
                && let Some(student) = StudentKey::parse(key)
            {
                let noted = |row: &FailedRow| row.student == student && row.op == op;
                let was = store.failed_rows()?.iter().any(noted);
                store.made_good(&student, op)?;
                return Ok(was);
            }
            store.dismiss_alarm(&subject)
        })
        .await
    }

    /// Notes for the list that the service has refused the token, where a fault says so.
    pub async fn token_refused(&self, fault: &Fault) -> Result<()> {
        if fault.kind != Kind::SignIn {
            return Ok(());
        }
        let (subject, message, at) = (TOKEN.to_owned(), fault.message.clone(), self.clock.now());
        let alarm = Alarm { subject, student: None, message, at };
        self.with_store(move |store| store.raise_alarm(&alarm)).await
    }

    /// Notes that the service has taken the token. Costs no write where nothing else was noted.
    pub async fn token_accepted(&self) -> Result<()> {
        self.with_store(move |store| {
            let noted = store.alarms()?.iter().any(|alarm| alarm.subject == TOKEN);
            if noted { store.dismiss_alarm(TOKEN).map(drop) } else { Ok(()) }
        })
        .await
    }
}

/// Whose access to the own vault somebody took away here: the ledger says that nothing was left of it.
fn taken(store: &Store, rows: &[StatusRow]) -> Result<HashSet<StudentKey>> {
    let ledger = store.ledger()?;
    let is_taken = |row: &&StatusRow| {
        if row.closing.is_some() {
            return true;
        }
        let own = row.vault.clone().zip(row.user.clone().map(Principal::Person));
        let held = own.and_then(|own| ledger.get(&own).map(|(set, _)| *set));
        held.is_some_and(Permissions::is_empty)
    };
    Ok(rows.iter().filter(is_taken).map(|row| row.key.clone()).collect())
}

/// Whether what failed is so by now, or is nothing that could be done any more.
fn is_settled(rows: &[StatusRow], failed: &FailedRow) -> bool {
    let Some(row) = rows.iter().find(|row| row.key == failed.student) else { return true };
    let is = |state: PersonState| row.state == SignUp::Person(state);
    match failed.op.as_str() {
        // Nothing is given to whose term has come to its end.
        PROVISION if row.closing.is_some() => true,
        PROVISION => row.own.set().is_some_and(|set| !set.is_empty()),
        ACCESS => false,
        act if act == Admission::Invite.name() => row.state != SignUp::NotInvited,
        act if act == Admission::Suspend.name() => is(PersonState::Suspended),
        _ => is(PersonState::Active),
    }
}
