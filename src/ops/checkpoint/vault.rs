//! Which vault may keep checkpoints: none that a student can reach, as far as can be seen.
//!
//! Knows the frame and what the service shows of a vault. It stores nothing.

use super::{CHOOSE, Place};
use crate::domain::access::Principal;
use crate::domain::class::Marker;
use crate::domain::directory::Vault;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::text::SafeText;
use crate::ops::Ops;

impl Ops {
    /// The vault that is meant, if it may be used.
    pub(super) async fn place(&self, frame: &Frame, word: &str) -> Result<Place> {
        let vaults = self.queries.provider.vaults().await?;
        let mut meant =
            vaults.into_iter().filter(|vault| vault.id.as_str() == word || vault.name.as_str() == word);
        let vault = match (meant.next(), meant.next()) {
            (Some(vault), None) => vault,
            (Some(_), Some(_)) => return Err(several(word)),
            (None, _) => return Err(nowhere(word)),
        };
        is_no_students(frame, &vault)?;
        let described = self.queries.provider.vault(&vault.id).await?;
        is_no_students(frame, &described)?;
        let told = self.who_is_on(frame, &vault).await?;
        Ok(Place { vault: vault.id, name: vault.name, told })
    }

    /// Refuses a vault that a student is on, or a group that may hold one; what else is to be said.
    async fn who_is_on(&self, frame: &Frame, vault: &Vault) -> Result<Vec<SafeText>> {
        let grants = match self.queries.provider.grants(&vault.id).await {
            Err(fault) if matches!(fault.kind, Kind::Denied | Kind::Unsupported) => {
                return Ok(vec![cell(format_args!(
                    "not verified: who is on {}: {}",
                    vault.name, fault.message
                ))]);
            }
            grants => grants?,
        };
        let mut told = Vec::new();
        for grant in grants {
            told.extend(judge(frame, vault, &grant.who)?);
        }
        Ok(told)
    }

    /// The vault of exactly that name.
    pub(super) async fn named(&self, name: &str) -> Result<Option<Vault>> {
        let vaults = self.queries.provider.vaults().await?;
        let mut named = vaults.into_iter().filter(|vault| vault.name.as_str() == name);
        match (named.next(), named.next()) {
            (Some(_), Some(_)) => Err(several(name)),
            (found, _) => Ok(found),
        }
    }
}

/// Refuses a vault that is a student's, by binding, name or mark.
fn is_no_students(frame: &Frame, vault: &Vault) -> Result<()> {
    let mark = vault.description.as_ref().and_then(Marker::read);
    let named = frame.class.student_of(vault.name.as_str()).filter(|key| frame.student(key).is_some());
    if frame.owner(&vault.id).is_none() && mark.is_none() && named.is_none() {
        return Ok(());
    }
    let message = format!("the vault {} ({}) is a student's", vault.name, vault.id);
    Err(Fault::refused(message).hint(CHOOSE))
}

/// Refuses whoever could read or change checkpoints and is watched by the log; what is to be said of the
/// others.
fn judge(frame: &Frame, vault: &Vault, who: &Principal) -> Result<Option<SafeText>> {
    let (name, place) = (frame.name(who), &vault.name);
    let refused = |why: String| Err(Fault::refused(format!("{why} is on the vault {place}")).hint(CHOOSE));
    match who {
        Principal::Person(id) => {
            let Some(person) = frame.person(id) else {
                return Ok(Some(cell(format_args!("not verified: who {id} is, who is on {place}"))));
            };
            let is_student = frame.students.iter().any(|student| student.has_email(&person.email));
            if is_student {
                return refused(format!("the student {name}"));
            }
            let ours = *id == frame.identity.id || frame.staff().iter().any(|(staff, ..)| staff == who);
            Ok((!ours).then(|| {
                cell(format_args!("{name} is on {place} and not among the staff of the class file"))
            }))
        }
        Principal::Group(id) => {
            let Some(group) = frame.groups.iter().find(|group| group.id == *id) else {
                return refused(format!("a group that is not known ({id})"));
            };
            let staff = frame.staff().iter().any(|(staff, ..)| staff == who);
            if !group.is_administration && !staff {
                return refused(format!("the group {name}, which is not of the staff,"));
            }
            let Some(members) = &group.members else {
                return Ok(Some(cell(format_args!(
                    "not verified: who is in the group {name}, which is on {place}"
                ))));
            };
            let people = members.iter().filter_map(|member| frame.person(member));
            let student = people
                .into_iter()
                .find(|one| frame.students.iter().any(|student| student.has_email(&one.email)));
            student.map_or(Ok(None), |one| refused(format!("the group {name} with the student {}", one.name)))
        }
    }
}

pub(super) fn nowhere(word: &str) -> Fault {
    Fault::new(Kind::Input, format!("no vault \"{word}\" can be seen for checkpoints")).hint(CHOOSE)
}

fn several(word: &str) -> Fault {
    Fault::new(Kind::Input, format!("several vaults are named \"{word}\"")).hint(CHOOSE)
}

pub(super) fn cell(text: std::fmt::Arguments<'_>) -> SafeText {
    SafeText::new(&text.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::directory::{Group, PersonState};
    use crate::domain::frame::tests::{frame, group, id, person, someone, vault};

    #[test]
    fn whoever_the_log_watches_keeps_a_vault_from_holding_checkpoints() {
        let frame = frame(|facts| {
            facts.people.push(person("sa", "", PersonState::Active));
            let own = |name: &str, members: &[&str]| Group {
                id: group(name),
                name: SafeText::new(name),
                is_administration: true,
                members: Some(members.iter().map(|name| id(name)).collect()),
            };
            facts.groups.extend([own("with", &["t", "b"]), own("without", &["t", "x"])]);
        });
        let (own, description) = (vault("log"), None);
        let place = Vault {
            id: own,
            name: "log".into(),
            description,
            content_version: 1,
            items: None,
            created_at: None,
        };
        let of = |name: &str| Principal::Group(group(name));
        for (who, told) in [
            (someone("a"), Err("the student a")),
            (someone("e"), Err("the student e")),
            (someone("t"), Ok(None)),
            (someone("sa"), Ok(None)),
            (someone("x"), Ok(Some("not among the staff"))),
            (someone("unknown"), Ok(Some("not verified: who "))),
            (of("nowhere"), Err("a group that is not known")),
            (of("friends"), Err("not of the staff")),
            (of("tas"), Ok(Some("not verified: who is in the group tas"))),
            (of("owners"), Ok(Some("not verified: who is in the group owners"))),
            (of("with"), Err("the group with with the student b")),
            (of("without"), Ok(None)),
        ] {
            match (judge(&frame, &place, &who), told) {
                (Ok(None), Ok(None)) => {}
                (Ok(Some(line)), Ok(Some(told))) => assert!(line.as_str().contains(told), "{who:?}: {line}"),
                (Err(fault), Err(told)) => {
                    assert!(fault.kind == Kind::Refused && fault.to_string().contains(told), "{fault}");
                }
                (found, _) => panic!("{who:?}: {found:?}"),
            }
        }
    }
}
