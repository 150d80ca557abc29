//! The frame and the rows of a class, from what is stored: no service is asked here.
//!
//! A vault is shown by the name that the class gives it, unless the last list of vaults told another.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::submissions::{by_student, heads};
use super::{IDENTITY, PEOPLE, Queries, groups_of, refused_to};
use crate::domain::access::{Cell, Listed, Permissions, Principal, Why};
use crate::domain::admission::SignUp;
use crate::domain::assignment::Assignment;
use crate::domain::class::{Class, StudentKey};
use crate::domain::directory::{Grant, Group, Identity, Person, PersonState, Vault};
use crate::domain::drift::{Presence, Stray};
use crate::domain::fault::Result;
use crate::domain::frame::{Facts, Frame, OnVault, Standing};
use crate::domain::id::VaultId;
use crate::domain::query::{ClassView, Column, Excess, Other, StatusRow};
use crate::domain::roster::Student;
use crate::domain::term::Closing;
use crate::domain::text::{SafeText, fold};
use crate::store::{Binding, Dated, Store, Uploads};

/// Under this name the store keeps [`Renamed`].
const RENAMED: &str = "renamed-vaults";

/// Students' vaults whose listed name is not the one that the class gives them, by id: mostly none.
type Renamed = BTreeMap<VaultId, SafeText>;

impl Queries {
    /// The people whom the service has told last, from the store; none before it has answered once.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn known_people(&self) -> Result<Vec<Person>> {
        Ok(self.store.cached::<Vec<Person>>(PEOPLE)?.map(|(people, _)| people).unwrap_or_default())
    }

    /// The frame from what is stored, for whoever acts; where that is not known yet, for whoever acted
    /// last. `None` before the service has answered once. Blocks.
    pub(super) fn known_frame(&self) -> Result<Option<Frame>> {
        let identity = match self.acting.get() {
            Some(identity) => Some(identity),
            None => self.store.cached::<Identity>(IDENTITY)?.map(|(identity, _)| identity),
        };
        let Some(identity) = identity else { return Ok(None) };
        frame_of(identity, &self.store, &self.class, self.clock.now())
    }

    /// What is kept of who is on these vaults, whichever program has learned it.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn kept_of(&self, vaults: Vec<VaultId>) -> Result<Vec<(VaultId, OnVault)>> {
        self.with_store(move |store| {
            let kept = |vault: VaultId| on_vault(store, &vault).map(|on| (vault, on));
            vaults.into_iter().map(kept).collect()
        })
        .await
    }

    /// Keeps under which names these vaults were listed, each with its student; whether that differs
    /// from what was kept.
    pub async fn keep_names<'a>(
        &self,
        listed: impl IntoIterator<Item = (&'a StudentKey, &'a Vault)>,
    ) -> Result<bool> {
        let differs = |(key, vault): &(&StudentKey, &Vault)| vault.name != given(&self.class, key);
        let renamed: Renamed = listed
            .into_iter()
            .filter(differs)
            .map(|(_, vault)| (vault.id.clone(), vault.name.clone()))
            .collect();
        let now = self.clock.now();
        self.with_store(move |store| {
            // That every vault has its name need not be written down.
            let differs = self::renamed(store)? != renamed;
            if differs {
                store.put_cached(RENAMED, &renamed, now)?;
            }
            Ok(differs)
        })
        .await
    }
}

/// The names of students' vaults, as they were listed last.
///
/// # Errors
/// A fault of the store.
pub fn kept_vault_names(store: &Store, class: &Class) -> Result<Vec<SafeText>> {
    let mut renamed = renamed(store)?;
    let name =
        |binding: Binding| renamed.remove(&binding.vault).unwrap_or_else(|| given(class, &binding.student));
    Ok(store.bindings()?.into_iter().map(name).collect())
}

/// The name that the class gives to a student's vault.
fn given(class: &Class, student: &StudentKey) -> SafeText {
    class.vault_name(student).as_str().into()
}

fn renamed(store: &Store) -> Result<Renamed> {
    Ok(store.cached(RENAMED)?.map(|(renamed, _)| renamed).unwrap_or_default())
}

/// The frame from what is stored, for this identity. `None` before the service has told of people once.
fn frame_of(identity: Identity, store: &Store, class: &Class, now: Timestamp) -> Result<Option<Frame>> {
    let Some((people, _)) = store.cached::<Vec<Person>>(PEOPLE)? else { return Ok(None) };
    let groups = store.cached::<Vec<Group>>(groups_of(&identity))?;
    let enrolled = store.students()?;
    let gone = enrolled.iter().filter(|row| row.gone).map(|row| row.student.key.clone()).collect();
    let mut students: Vec<Student> = enrolled.into_iter().map(|row| row.student).collect();
    students.sort_by_cached_key(|student| (fold(student.name.as_str()), student.key.clone()));
    let mut frame = Frame::new(Facts {
        class: class.clone(),
        identity,
        students,
        gone,
        people,
        groups: groups.map_or_else(Vec::new, |(groups, _)| groups),
        bindings: store.bindings()?.into_iter().map(|binding| (binding.student, binding.vault)).collect(),
        today: now.to_zoned(class.time_zone.clone()).date(),
    });
    frame.unanswered.groups = store.cached(refused_to(&frame.identity))?.is_some_and(|(refused, _)| refused);
    frame.quarantined = store.quarantined()?.into_iter().map(|one| (one.vault, one.student)).collect();
    frame.closing = store.closings()?;
    frame.foreign = store.foreign(&frame.identity.id)?;
    let listings = store.all_grants()?;
    for ((vault, who), cell) in cells(&listings, &store.ledger()?) {
        frame.know(&vault, &who, cell);
    }
    for (vault, (grants, at)) in listings {
        frame.listed.insert(vault.clone(), at);
        frame.lists.insert(vault, grants);
    }
    Ok(Some(frame))
}

/// The same of one vault.
fn on_vault(store: &Store, vault: &VaultId) -> Result<OnVault> {
    let (list, ledger) = (store.grants(vault)?, store.ledger_of(vault)?);
    let listings: HashMap<_, _> = list.clone().into_iter().map(|list| (vault.clone(), list)).collect();
    let ledger = ledger.into_iter().map(|(who, held)| ((vault.clone(), who), held)).collect();
    let cells = cells(&listings, &ledger).into_iter().map(|((_, who), cell)| (who, cell)).collect();
    Ok(OnVault { list, cells })
}

/// What listings and ledger together tell of every principal that either names.
fn cells(
    listings: &HashMap<VaultId, Dated<Vec<Grant>>>,
    ledger: &HashMap<(VaultId, Principal), Dated<Permissions>>,
) -> HashMap<(VaultId, Principal), Cell> {
    let mut cells = HashMap::new();
    for (vault, (grants, at)) in listings {
        for grant in grants {
            let key = (vault.clone(), grant.who.clone());
            let listed = grant.permissions.map_or(Listed::Somehow, Listed::With);
            let cell = Cell::from(Some((listed, *at)), ledger.get(&key).copied());
            cells.insert(key, cell);
        }
    }
    for (key, entry) in ledger {
        let listed = listings.get(&key.0).map(|(_, at)| (Listed::Absent, *at));
        cells.entry(key.clone()).or_insert_with(|| Cell::from(listed, Some(*entry)));
    }
    cells
}

/// The class as it is shown.
pub(super) fn view(frame: &Frame, store: &Store, now: Timestamp) -> Result<ClassView> {
    let (listings, uploads) = (store.all_grants()?, store.last_upload()?);
    let staff = frame.staff().iter().map(|(who, name, _)| Column { who: who.clone(), name: name.clone() });
    let seen = store.presence()?;
    let mut rows: Vec<StatusRow> = frame
        .students
        .iter()
        .map(|student| row(frame, student, (&listings, &seen), uploads.get(&student.key)))
        .collect();
    let (renamed, mut standings) = (renamed(store)?, by_student(store, frame, now)?);
    let decided = store.decided()?;
    for row in &mut rows {
        let of = |assignment: &Assignment| {
            let own = assignment.extensions.iter().find(|own| own.student == row.key);
            decided.extensions.get(&(row.key.clone(), assignment.id.clone())).or(own).cloned()
        };
        row.extensions = frame.class.assignments.iter().map(of).collect();
        row.standings = standings.remove(&row.key).unwrap_or_default();
        if let Some(name) = row.vault.as_ref().and_then(|vault| renamed.get(vault)) {
            row.vault_name.clone_from(name);
        }
    }
    Ok(ClassView {
        identity: Some(frame.identity.clone()),
        staff: staff.collect(),
        rows,
        total: frame.students.len(),
        people_at: store.cached::<Vec<Person>>(PEOPLE)?.map(|(_, at)| at),
        assignments: heads(&frame.class),
    })
}

fn row(
    frame: &Frame,
    student: &Student,
    (listings, seen): (&HashMap<VaultId, Dated<Vec<Grant>>>, &Presence),
    uploads: Option<&Uploads>,
) -> StatusRow {
    let (state, person) = frame.sign_up(student);
    let user = person.map(|person| person.id.clone());
    let vault = frame.bindings.get(&student.key).cloned();
    let listing = vault.as_ref().and_then(|vault| listings.get(vault));
    let known = |who: &Principal| match &vault {
        Some(vault) => frame.cell(vault, who),
        None => Cell::Unknown { why: Why::NotRead },
    };
    let own =
        user.clone().map_or(Cell::Unknown { why: Why::NotRead }, |user| known(&Principal::Person(user)));
    StatusRow {
        key: student.key.clone(),
        name: student.name.clone(),
        email: student.email.safe(),
        state,
        user,
        vault_name: vault.as_ref().map_or_else(SafeText::default, |_| given(&frame.class, &student.key)),
        own,
        staff: frame.staff().iter().map(|(who, ..)| known(who)).collect(),
        others: vault
            .as_ref()
            .zip(listing)
            .map(|(vault, (grants, _))| others(frame, student, vault, (grants, seen))),
        wider: vault.as_ref().map_or_else(Vec::new, |vault| wider(frame, vault, seen)),
        foreign: vault.as_ref().is_some_and(|vault| frame.is_foreign(vault)),
        vault,
        items: uploads.map_or(0, |uploads| u32::try_from(uploads.items).unwrap_or(u32::MAX)),
        last_upload: uploads.and_then(|uploads| uploads.last),
        gone: frame.gone.contains(&student.key),
        closing: frame.closing.get(&student.key).and_then(Closing::word).map(SafeText::from),
        look_alikes: frame.look_alikes(&student.key).to_vec(),
        standings: Vec::new(),
        extensions: Vec::new(),
    }
}

/// Who is on the vault by an exception, or should not be there at all.
fn others(
    frame: &Frame,
    owner: &Student,
    vault: &VaultId,
    (grants, seen): (&[Grant], &Presence),
) -> Vec<Other> {
    let other = |grant: &Grant| {
        let judged = frame.stray(vault, &grant.who).map(|judged| judged.kind);
        let kind = judged.filter(|kind| *kind != Stray::Wider);
        let excepted = kind.is_none() && matches!(frame.standing(owner, &grant.who), Standing::Exception(_));
        let cell = frame.cell(vault, &grant.who);
        // What was revoked since the list was read is not there any more.
        if kind.is_none() && !excepted || cell.set().is_some_and(Permissions::is_empty) {
            return None;
        }
        let since = seen.get(&(vault.clone(), grant.who.clone())).map(|present| present.since);
        Some(Other { who: grant.who.clone(), name: frame.name(&grant.who), cell, excepted, kind, since })
    };
    grants.iter().filter_map(other).collect()
}

/// Who belongs on the vault and has more than the class file asks for.
fn wider(frame: &Frame, vault: &VaultId, seen: &Presence) -> Vec<Excess> {
    let excess = |who: &Principal| {
        let asked = frame.stray(vault, who).filter(|judged| judged.kind == Stray::Wider)?.asked;
        let since = seen.get(&(vault.clone(), who.clone())).map(|present| present.since);
        Some(Excess { name: frame.name(who), who: who.clone(), asked, since })
    };
    let mut wider: Vec<Excess> = frame.known(vault).filter_map(|(who, _)| excess(who)).collect();
    wider.sort_by(|a, b| a.who.cmp(&b.who));
    wider
}

/// The roster before the service has answered once: names, and nothing that would be a guess.
pub(super) fn unread_view(store: &Store) -> Result<ClassView> {
    let unknown = Cell::Unknown { why: Why::NotRead };
    let bindings: HashMap<_, _> = store.bindings()?.into_iter().map(|b| (b.student, b.vault)).collect();
    let mut rows: Vec<_> = store.students()?.into_iter().collect();
    rows.sort_by_cached_key(|row| fold(row.student.name.as_str()));
    let rows: Vec<_> = rows
        .into_iter()
        .map(|row| StatusRow {
            vault: bindings.get(&row.student.key).cloned(),
            name: row.student.name,
            email: row.student.email.safe(),
            key: row.student.key,
            state: SignUp::Person(PersonState::Other("?".into())),
            user: None,
            vault_name: SafeText::default(),
            own: unknown,
            staff: Vec::new(),
            others: None,
            wider: Vec::new(),
            items: 0,
            last_upload: None,
            gone: row.gone,
            closing: None,
            foreign: false,
            look_alikes: Vec::new(),
            standings: Vec::new(),
            extensions: Vec::new(),
        })
        .collect();
    let total = rows.len();
    Ok(ClassView { identity: None, staff: Vec::new(), rows, total, people_at: None, assignments: Vec::new() })
}
