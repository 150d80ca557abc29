//! Guests: one vault at most, and seats that cost.
//!
//! "A guest can only be given access to one vault" and the numbers of included seats: 1Password
//! Support, "Add and manage guests" (support.1password.com/guests-teams). Knows the frame; what vaults
//! outside the class a guest is in cannot be seen from here.

use super::Frame;
use crate::domain::access::{AccountKind, Principal};
use crate::domain::directory::{PersonKind, PersonState};
use crate::domain::fault::Fault;
use crate::domain::id::VaultId;
use crate::domain::text::counted;

/// How many guests the account has, and how many its plan includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// Guests who are in the account or invited.
    pub used: usize,
    /// How many seats the plan of the account includes; `None` where that is not known. More may have
    /// been bought, which no client is told.
    pub included: Option<usize>,
}

impl Seats {
    /// In words, for example `3 of 5 included seats for guests are used`.
    pub fn in_words(self) -> String {
        let Self { used, included } = self;
        match included {
            Some(included) if used > included => {
                format!("{used} guests; {included} seats are included, more cost extra")
            }
            Some(included) => format!("{used} of {included} included seats for guests are used"),
            None => counted(used, "guest"),
        }
    }

    /// Whether no included seat is left.
    pub(in crate::domain) fn are_used_up(self) -> bool {
        self.included.is_some_and(|included| self.used >= included)
    }
}

impl Frame {
    /// The seats for guests; `None` where the account has no guest.
    pub fn seats(&self) -> Option<Seats> {
        let guests = self
            .people
            .iter()
            .filter(|person| person.kind == PersonKind::Guest && person.state != PersonState::Deleted);
        let included = match self.identity.kind {
            AccountKind::Business => Some(20),
            AccountKind::Teams => Some(5),
            AccountKind::Families => None,
        };
        Some(Seats { used: guests.count(), included }).filter(|seats| seats.used > 0)
    }

    /// Whether somebody is a guest.
    pub(in crate::domain) fn is_guest(&self, who: &Principal) -> bool {
        let Principal::Person(id) = who else { return false };
        self.person(id).is_some_and(|person| person.kind == PersonKind::Guest)
    }

    /// Refuses a second vault to a guest; `vault` is the one that is meant, nothing where it is still to
    /// be made.
    pub(super) fn single_vault(&self, vault: Option<&VaultId>, who: &Principal) -> Result<(), Fault> {
        if !self.is_guest(who) {
            return Ok(());
        }
        let is_on = |other: &VaultId| self.cell(other, who).is_held();
        let other = self.bindings.iter().find(|(_, other)| Some(*other) != vault && is_on(other));
        other.map_or(Ok(()), |(owner, _)| Err(self.second_vault(who, owner.as_str())))
    }

    /// Why a guest who is in the vault of somebody gets no other one.
    pub(in crate::domain) fn second_vault(&self, who: &Principal, owner: &str) -> Fault {
        let message = format!(
            "{} is a guest and is in the vault of {owner}: 1Password lets a guest be in one vault only",
            self.name(who)
        );
        let mend =
            format!("make them a member, or take the other away: strongroom revoke {who} --vault {owner}");
        Fault::refused(message).hint(mend)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use jiff::Timestamp;

    use super::*;
    use crate::domain::access::{Cell, Level, Permissions, Why};
    use crate::domain::class::Exception;
    use crate::domain::frame::tests::{frame, id, key, set, someone, vault};
    use crate::domain::plan::{Change, Plan, Wish};

    /// Student c is a guest, and may be on the vaults of a and b.
    fn with_guest() -> Frame {
        frame(|facts| {
            let guest = facts.people.iter_mut().find(|person| person.id == id("c")).unwrap();
            guest.kind = PersonKind::Guest;
            for of in ["a", "b"] {
                facts.class.exceptions.push(Exception {
                    who: "c@example.edu".into(),
                    vault: key(of),
                    level: Level::Read,
                    reason: "pair".into(),
                    until: facts.today,
                });
            }
        })
    }

    fn words(frame: &Frame, wish: &Wish) -> Vec<String> {
        let rows = Plan::make(frame, wish).unwrap().rows;
        rows.iter().map(|row| format!("{} {:?}", row.outcome.name(), row.outcome.message())).collect()
    }

    #[test]
    fn a_guest_gets_one_vault_and_no_second_one() {
        let mut frame = with_guest();
        let provision = Wish::Provision(vec![key("c")]);
        assert!(words(&frame, &provision)[0].starts_with("planned"));
        let (read, at) = (set(Level::Read), Timestamp::UNIX_EPOCH);
        frame.know(&vault("a"), &someone("c"), Cell::Ledger { set: read, at });
        let told = words(&frame, &provision);
        assert!(told[0].starts_with("refused") && told[0].contains("one vault only"), "{told:?}");
        assert!(told[0].contains("--vault a"), "the mend names the other vault: {told:?}");
        frame.know(&vault("a"), &someone("c"), Cell::Ledger { set: Permissions::NONE, at });
        assert!(words(&frame, &provision)[0].starts_with("planned"));
        frame.know(&vault("b"), &someone("c"), Cell::Unknown { why: Why::LevelNotShown });
        assert!(words(&frame, &provision)[0].starts_with("refused"), "there is there, at whatever level");
    }

    #[test]
    fn one_plan_puts_a_guest_on_one_vault() {
        let changes = ["a", "b"].map(|of| Change { vault: vault(of), who: someone("c"), to: Level::Read });
        let told = words(&with_guest(), &Wish::Access(changes.clone().into()));
        assert!(told[0].starts_with("planned") && told[1].starts_with("refused"), "{told:?}");
        let member = frame(|facts| facts.class.exceptions = with_guest().class.exceptions.clone());
        assert!(words(&member, &Wish::Access(changes.into())).iter().all(|row| row.starts_with("planned")));
    }

    #[test]
    fn seats_are_told_where_there_are_guests() {
        assert_eq!(frame(|_| {}).seats(), None);
        let seats = with_guest().seats().unwrap();
        assert_eq!(seats.in_words(), "1 of 20 included seats for guests are used");
        assert!(!seats.are_used_up() && Seats { used: 5, included: Some(5) }.are_used_up());
        assert_eq!(
            Seats { used: 6, included: Some(5) }.in_words(),
            "6 guests; 5 seats are included, more cost extra"
        );
    }
}
