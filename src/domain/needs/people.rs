//! What the rows of the class need: sign-ups, vaults, and who should not be on them.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;

use super::{FEW, Needs};
use crate::domain::access::{Level, Principal};
use crate::domain::admission::{Admission, SignUp, as_person, command};
use crate::domain::attention::{Need, Reason};
use crate::domain::class::StudentKey;
use crate::domain::directory::{PersonState, fold_email};
use crate::domain::drift::Stray;
use crate::domain::look_alike::COMPARE;
use crate::domain::query::StatusRow;
use crate::domain::text::{SafeText, counted};

/// How many students a command names.
const NAMED: usize = 40;

/// An access that the class file does not ask for.
#[derive(Clone, Copy)]
struct Found<'a> {
    row: &'a StatusRow,
    name: &'a SafeText,
    asked: Level,
    since: Option<Timestamp>,
}

impl Needs {
    /// What the rows of the class need; `is_service_account` is who acts, `taken` are students whose
    /// access somebody took away on purpose: they need nothing.
    pub fn rows(&mut self, rows: &[StatusRow], is_service_account: bool, taken: &HashSet<StudentKey>) {
        // Whose term has come to its end is given nothing any more.
        let here: Vec<&StatusRow> = rows.iter().filter(|row| !row.gone && row.closing.is_none()).collect();
        self.unexpected(rows);
        self.confirm(&here, is_service_account);
        self.look_alikes(&here);
        self.no_vault(&here, taken);
        self.invite(&here, is_service_account);
    }

    /// What the class file does not ask for: one line each, unless somebody is on many vaults for one reason.
    fn unexpected(&mut self, rows: &[StatusRow]) {
        let mut strays: BTreeMap<(Stray, &Principal), Vec<Found<'_>>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.vault.is_some()) {
            for other in row.others.iter().flatten() {
                let kind = other.kind.unwrap_or(Stray::Stranger);
                // A group with students in it is told whatever else allows it.
                if other.excepted && kind != Stray::ByGroup {
                    continue;
                }
                let found = Found { row, name: &other.name, asked: Level::None, since: other.since };
                strays.entry((kind, &other.who)).or_default().push(found);
            }
            for more in &row.wider {
                let found = Found { row, name: &more.name, asked: more.asked, since: more.since };
                strays.entry((Stray::Wider, &more.who)).or_default().push(found);
            }
        }
        for ((kind, who), found) in strays {
            if kind == Stray::ByGroup || found.len() >= FEW {
                self.on_many(kind, who, &found);
                continue;
            }
            for Found { row, name, asked, since } in found {
                let (text, next) =
                    (kind.in_words(name, &row.name), kind.mend(who, &row.key, asked, row.foreign));
                let need = Need::new(Reason::UnexpectedAccess, text, next);
                self.lines.push(Need { since, student: Some(row.key.clone()), ..need });
            }
        }
    }

    /// One line for somebody who is on many vaults. It names no command that takes an access away: who is
    /// everywhere may well belong there, and be missing in the class file.
    fn on_many(&mut self, kind: Stray, who: &Principal, found: &[Found<'_>]) {
        let Some(first) = found.first() else { return };
        let (text, next) = (kind.on_many_in_words(first.name, found.len()), kind.mend_many(who));
        // How long students are in a group is not known from the vaults.
        let since = found.iter().filter_map(|one| one.since).min().filter(|_| kind != Stray::ByGroup);
        let need = Need::new(Reason::UnexpectedAccess, text, next);
        self.lines.push(Need { since, count: found.len() as u64, ..need });
    }

    fn confirm(&mut self, rows: &[&StatusRow], is_service_account: bool) {
        let waits = |row: &&&StatusRow| row.state == SignUp::Person(PersonState::AwaitingConfirmation);
        let rows: Vec<&&StatusRow> = rows.iter().filter(waits).collect();
        if rows.len() > FEW {
            let names = self.some(rows.iter().map(|row| &row.key));
            let text = format!("{} accepted the invitation: {names}", counted(rows.len(), "student"));
            let next = format!("strongroom confirm --all{}", as_person(is_service_account));
            let need = Need::new(Reason::Confirm, text, next);
            return self.lines.push(Need { count: rows.len() as u64, ..need });
        }
        for row in rows {
            let text = format!("{} has accepted the invitation", row.name);
            let next = command(Admission::Confirm, &row.key, is_service_account);
            let need = Need::new(Reason::Confirm, text, next);
            self.lines.push(Need { student: Some(row.key.clone()), ..need });
        }
    }

    fn look_alikes(&mut self, rows: &[&StatusRow]) {
        let mut tell = |row: &StatusRow, text: String, next: &str| {
            let need = Need::new(Reason::LookAlike, text, next);
            self.lines.push(Need { student: Some(row.key.clone()), ..need });
        };
        for row in rows {
            if row.state == SignUp::Ambiguous {
                let text = format!("{}: several people have the address {}", row.name, row.email);
                tell(row, text, "remove all but one in 1Password; until then nothing is given");
            }
            for other in &row.look_alikes {
                tell(row, format!("{} ({}): {}", row.name, row.email, other.in_words()), COMPARE);
            }
        }
        let mut by_address: BTreeMap<String, Vec<&StudentKey>> = BTreeMap::new();
        for row in rows.iter().filter(|row| !row.email.as_str().trim().is_empty()) {
            by_address.entry(fold_email(row.email.as_str())).or_default().push(&row.key);
        }
        for (address, students) in by_address.into_iter().filter(|(_, students)| students.len() > 1) {
            let text = format!(
                "{} have one address in the class list: {address}",
                self.some(students.iter().copied())
            );
            let next = "correct the class list and import it again; until then nothing is given";
            let need = Need::new(Reason::LookAlike, text, next);
            self.lines.push(Need { count: students.len() as u64, ..need });
        }
    }

    fn no_vault(&mut self, rows: &[&StatusRow], taken: &HashSet<StudentKey>) {
        let lacks = |row: &StatusRow| row.awaits_vault() || (row.lacks_access() && !taken.contains(&row.key));
        let rows: Vec<&&StatusRow> = rows.iter().filter(|row| !row.foreign && lacks(row)).collect();
        if rows.len() > FEW {
            let names = self.some(rows.iter().map(|row| &row.key));
            let text =
                format!("{} without a vault or access to it: {names}", counted(rows.len(), "active student"));
            // Whoever lost the access on purpose is not among them, so that everybody is not who is meant.
            let students: Vec<StudentKey> = rows.iter().map(|row| row.key.clone()).collect();
            let keys: Vec<&str> = students.iter().take(NAMED).map(StudentKey::as_str).collect();
            let more = if students.len() > NAMED { " …" } else { "" };
            let next = format!("strongroom provision {}{more}", keys.join(" "));
            let need = Need::new(Reason::NoVault, text, next);
            return self.lines.push(Need { count: students.len() as u64, students, ..need });
        }
        for row in rows {
            let what = if row.vault.is_none() { "no vault" } else { "no access to the own vault" };
            let text = format!("{} is active and has {what}", row.name);
            let need = Need::new(Reason::NoVault, text, format!("strongroom provision {}", row.key));
            self.lines.push(Need { student: Some(row.key.clone()), ..need });
        }
    }

    /// One line for those to be invited, one for lapsed invitations: it is done for many at once.
    fn invite(&mut self, rows: &[&StatusRow], is_service_account: bool) {
        let lapsed = SignUp::Person(PersonState::InvitationLapsed);
        for (state, what) in [(SignUp::NotInvited, "not invited"), (lapsed, "whose invitation has lapsed")] {
            let students: Vec<&StudentKey> =
                rows.iter().filter(|row| row.state == state).map(|row| &row.key).collect();
            let Some(first) = students.first() else { continue };
            let text = format!(
                "{} {what}: {}",
                counted(students.len(), "student"),
                self.some(students.iter().copied())
            );
            let person = as_person(is_service_account);
            let next = match state {
                SignUp::NotInvited if students.len() <= FEW => {
                    let keys: Vec<&str> = students.iter().map(|key| key.as_str()).collect();
                    format!("strongroom invite {}{person}", keys.join(" "))
                }
                SignUp::NotInvited => format!("strongroom invite {first} …{person}"),
                _ => "invite them again in 1Password".to_owned(),
            };
            self.lines.push(Need {
                student: Some((*first).clone()).filter(|_| students.len() == 1),
                count: students.len() as u64,
                ..Need::new(Reason::Invite, text, next)
            });
        }
    }
}
