//! `status/1`: one row a student.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;

use super::access::Known;
use super::{Look, Page, Table, cell};
use crate::domain::access::{AccountKind, Cell, Why};
use crate::domain::admission;
use crate::domain::admission::SignUp;
use crate::domain::assignment::AssignmentId;
use crate::domain::class::StudentKey;
use crate::domain::directory::PersonState;
use crate::domain::frame::Seats;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::query::{AssignmentHead, ClassView, StatusRow};
use crate::domain::submission::Standing;
use crate::domain::text::SafeText;

/// How every student stands.
#[derive(Serialize)]
pub struct Status {
    class: String,
    /// Whether the service was asked just now.
    fresh: bool,
    people_at: Option<Timestamp>,
    rows: Vec<Row>,
    #[serde(skip)]
    seats: Option<Seats>,
}

#[derive(Serialize)]
struct Row {
    student: Who,
    state: Option<SafeText>,
    next: Option<SafeText>,
    vault: Option<VaultId>,
    vault_name: Option<SafeText>,
    level: Level,
    /// `None` while nobody has looked into the vault.
    items: Option<u32>,
    last_upload: Option<Timestamp>,
    /// `None` where the class has no assignments.
    submissions: Option<Handed>,
    gone: bool,
    /// How far the end of the term is: frozen, closed or deleted.
    closing: Option<SafeText>,
    /// Whether the service account in use did not make the vault, and so cannot change who is on it.
    foreign: bool,
    #[serde(skip)]
    label: SafeText,
    #[serde(skip)]
    shown: SafeText,
}

#[derive(Serialize)]
struct Who {
    key: StudentKey,
    name: SafeText,
    email: SafeText,
    user_id: Option<PersonId>,
}

/// How many of the assignments that a student has to hand in are there, in time or late.
#[derive(Serialize)]
struct Handed {
    #[serde(rename = "handed_in")]
    there: usize,
    of: usize,
    standings: Vec<Stands>,
}

#[derive(Serialize)]
struct Stands {
    assignment: AssignmentId,
    #[serde(flatten)]
    standing: Standing,
}

impl Handed {
    fn new(row: &StatusRow, assignments: &[AssignmentHead]) -> Option<Self> {
        let stands = |(head, standing): (&AssignmentHead, &Standing)| Stands {
            assignment: head.id.clone(),
            standing: *standing,
        };
        let standings: Vec<Stands> = assignments.iter().zip(&row.standings).map(stands).collect();
        let count =
            |wanted: fn(Standing) -> bool| standings.iter().filter(|one| wanted(one.standing)).count();
        let there = count(|standing| matches!(standing, Standing::OnTime | Standing::Late(_)));
        let of = count(|standing| standing != Standing::Excused);
        (!standings.is_empty()).then_some(Self { there, of, standings })
    }
}

#[derive(Serialize)]
struct Level {
    value: Option<&'static str>,
    known: &'static str,
}

/// Where a sign-up stands, as a word for programs; `None` before the service was ever asked.
pub fn state(state: &SignUp) -> Option<SafeText> {
    let word = match state {
        SignUp::NotInvited => "not-invited",
        SignUp::Ambiguous => "ambiguous",
        SignUp::Person(person) => match person {
            PersonState::Active => "active",
            PersonState::AwaitingConfirmation => "awaiting-confirmation",
            PersonState::Invited => "invited",
            PersonState::InvitationLapsed => "invitation-lapsed",
            PersonState::Suspended => "suspended",
            PersonState::Recovering => "recovering",
            PersonState::Deleted => "deleted",
            PersonState::Other(word) if word.as_str() == "?" => return None,
            PersonState::Other(word) => word.as_str(),
        },
    };
    Some(word.into())
}

/// What has to happen next for a student, if anything, with the command that does it. Where a service
/// account acts, a person has to do what it may not.
pub fn next(row: &StatusRow, is_service_account: bool) -> Option<SafeText> {
    if let Some(closing) = row.closing.as_ref().filter(|word| word.as_str() != "frozen") {
        return Some(cell(format_args!(
            "the term is over ({closing}); to take that back: strongroom close-term --reopen {}",
            row.key
        )));
    }
    if row.gone {
        return Some("no longer in the class list; look at the access".into());
    }
    if state(&row.state).is_none() {
        return Some("not known: the service was never asked".into());
    }
    // Granting is also how a level is learned that nobody has told us.
    let untold = row.vault.is_some() && row.own == Cell::Unknown { why: Why::NotRead };
    let due = !row.foreign && (row.awaits_vault() || row.lacks_access() || untold);
    let provision = || due.then(|| cell(format_args!("strongroom provision {}", row.key)));
    let command =
        admission::next(&row.state).map(|act| admission::command(act, &row.key, is_service_account));
    let next = match (row.state.next(), command) {
        (Some(next), Some(command)) if is_service_account => {
            Some(cell(format_args!("{next}, or: {command}")))
        }
        (_, Some(command)) => Some(cell(command)),
        (next, None) => next.map(SafeText::new).or_else(provision),
    };
    match (next, row.look_alikes.as_slice()) {
        (next, []) => next,
        (Some(next), [other, ..]) => Some(cell(format_args!("{next}; but {}", other.in_words()))),
        (None, [other, ..]) => Some(cell(other.in_words())),
    }
}

impl Status {
    /// How the students of a class stand; `fresh` if the service was asked just now, `looked` the
    /// vaults whose items are known.
    pub fn new(class: &str, view: &ClassView, fresh: bool, looked: &HashSet<VaultId>) -> Self {
        let kind = view.identity.as_ref().map_or(AccountKind::Business, |identity| identity.kind);
        let service = view.identity.as_ref().is_none_or(|identity| identity.is_service_account);
        let row = |row| Row::new(row, (kind, service), looked, &view.assignments);
        let rows = view.rows.iter().map(row).collect();
        Self { class: class.to_owned(), fresh, people_at: view.people_at, rows, seats: None }
    }

    /// The same, with how many seats for guests are used.
    #[must_use]
    pub fn with_seats(self, seats: Option<Seats>) -> Self {
        Self { seats, ..self }
    }
}

impl Row {
    fn new(
        row: &StatusRow,
        (kind, service): (AccountKind, bool),
        looked: &HashSet<VaultId>,
        assignments: &[AssignmentHead],
    ) -> Self {
        let known = Known::new(row.own, kind);
        Self {
            student: Who {
                key: row.key.clone(),
                name: row.name.clone(),
                email: row.email.clone(),
                user_id: row.user.clone(),
            },
            state: state(&row.state),
            next: next(row, service),
            vault: row.vault.clone(),
            vault_name: row.vault.as_ref().map(|_| row.vault_name.clone()),
            level: Level { value: known.level, known: known.basis },
            items: row.vault.as_ref().filter(|vault| looked.contains(*vault)).map(|_| row.items),
            last_upload: row.last_upload,
            submissions: Handed::new(row, assignments),
            gone: row.gone,
            closing: row.closing.clone(),
            foreign: row.foreign,
            label: match &row.closing {
                Some(closing) => closing.clone(),
                None if row.gone => "gone".into(),
                None => row.state.label().into(),
            },
            shown: if row.vault.is_some() { known.shown() } else { SafeText::default() },
        }
    }
}

fn items(row: &Row) -> SafeText {
    match (&row.vault, row.items) {
        (None, _) => SafeText::default(),
        (Some(_), None) => "?".into(),
        (Some(_), Some(items)) => cell(items),
    }
}

impl Page for Status {
    fn schema(&self) -> &'static str {
        "status/1"
    }

    fn table(&self, look: &Look) -> Table {
        // Without assignments there is no column about them.
        let handed = self.rows.iter().any(|row| row.submissions.is_some());
        let columns =
            ["student", "name", "state", "vault", "level", "items", "handed in", "last upload", "next"];
        let mut table = Table::new(columns.into_iter().filter(|column| handed || *column != "handed in"));
        for row in &self.rows {
            let submissions = row.submissions.as_ref();
            let submissions =
                submissions.map(|one| cell(format_args!("{}/{}", one.there, one.of))).unwrap_or_default();
            table.push(
                [
                    Some(cell(&row.student.key)),
                    Some(row.student.name.clone()),
                    Some(row.label.clone()),
                    Some(super::access::marked(row.vault_name.as_ref(), row.foreign)),
                    Some(row.shown.clone()),
                    Some(items(row)),
                    handed.then_some(submissions),
                    Some(look.time(row.last_upload)),
                    Some(row.next.clone().unwrap_or_default()),
                ]
                .into_iter()
                .flatten(),
            );
        }
        table
    }

    fn notes(&self, look: &Look) -> Vec<SafeText> {
        let mut notes = Vec::new();
        if self.rows.iter().any(|row| row.level.known == "ledger" && row.vault.is_some()) {
            notes.push(super::access::LEDGER.into());
        }
        if self.rows.iter().any(|row| row.vault.is_some() && row.items.is_none()) {
            notes.push("? nobody has looked into the vault yet: `strongroom watch --once`".into());
        }
        if self.rows.iter().any(|row| row.foreign) {
            notes.push(super::access::FOREIGN.into());
        }
        if let Some(seats) = self.seats {
            notes.push(cell(seats.in_words()));
        }
        if !self.fresh {
            let at = look.time(self.people_at);
            notes.push(cell(format_args!("as it was stored; people last changed {at}")));
        }
        notes
    }
}
