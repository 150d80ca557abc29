//! `access/1`: who has direct access to which vault, and how that is known.

mod fold;
mod ways;

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{Look, Page, Table, cell, unverified};
use crate::domain::access::{AccountKind, Cell, Level, Permissions, Principal, Why};
use crate::domain::class::StudentKey;
use crate::domain::events::Actor;
use crate::domain::id::{PersonId, VaultId};
use crate::domain::query::{ClassView, Other, StatusRow};
use crate::domain::text::SafeText;
use crate::domain::ways::{Holder, Path, Via, Ways};

/// What the mark of a level from the ledger means.
pub(super) const LEDGER: &str =
    "* as Strongroom granted it: 1Password shows a service account who has access, not at which level";

/// What the mark of a vault means that the service account did not make.
pub(super) const FOREIGN: &str = "(f) not made by this service account: it is shown, and only a person or an administrator can change who is on it";

/// A vault's name with its mark, if it has one.
pub(super) fn marked(name: Option<&SafeText>, foreign: bool) -> SafeText {
    let name = name.cloned().unwrap_or_default();
    if foreign { cell(format_args!("{name} (f)")) } else { name }
}

/// What we granted and were told, by vault and principal: the store's ledger.
pub type Ledger = HashMap<(VaultId, Principal), (Permissions, Timestamp)>;

/// What is known of one access, in words.
pub(super) struct Known {
    /// The level; `None` where it is not known.
    pub(super) level: Option<&'static str>,
    /// `proved`, `ledger` or `unknown`.
    pub(super) basis: &'static str,
    /// When an answer of the service showed it.
    seen_at: Option<Timestamp>,
    pub(super) why: Option<&'static str>,
}

/// What a principal is.
pub(super) fn kind_of(who: &Principal) -> &'static str {
    match who {
        Principal::Person(_) => "person",
        Principal::Group(_) => "group",
    }
}

impl Known {
    pub(super) fn new(cell: Cell, kind: AccountKind) -> Self {
        let level = cell.level(kind).map(Level::name);
        let (basis, seen_at, why) = match cell {
            Cell::Proved { at, .. } => ("proved", Some(at), None),
            Cell::Ledger { .. } => ("ledger", None, None),
            Cell::Unknown { why } => ("unknown", None, Some(why.words())),
        };
        Self { level, basis, seen_at, why }
    }

    /// As it stands in a table: `write`, `write*` from the ledger, `?` where it is not known.
    pub(super) fn shown(&self) -> SafeText {
        let mark = if self.basis == "ledger" { "*" } else { "" };
        cell(format_args!("{}{mark}", self.level.unwrap_or("?")))
    }
}

/// The matrix of some vaults.
#[derive(Serialize)]
pub struct Access {
    vaults: Vec<Vault>,
    /// What cannot be seen under this identity.
    unverified: Vec<SafeText>,
    #[serde(skip)]
    staff: Vec<SafeText>,
    #[serde(skip)]
    why: bool,
}

#[derive(Serialize)]
struct Vault {
    id: VaultId,
    name: SafeText,
    student: StudentKey,
    /// Whether the service account in use did not make it, and so cannot change who is on it.
    foreign: bool,
    cells: Vec<Line>,
    /// `None` where the vault's list was not read.
    others: Option<Vec<Line>>,
    /// Everybody of whom an access is known or supposed, by every way that can be seen; `None` where
    /// nobody has asked for it.
    ways: Option<Vec<Way>>,
}

/// One way by which somebody has access to a vault.
#[derive(Serialize)]
struct Way {
    who: String,
    name: SafeText,
    kind: &'static str,
    /// `direct`, `group`, `maker` or `administration`.
    via: &'static str,
    /// The group, where it is one.
    group: Option<String>,
    group_name: Option<SafeText>,
    /// Whether they are in the group; `None` where this identity is not shown that.
    member: Option<bool>,
    level: Option<&'static str>,
    known: &'static str,
    why: Option<&'static str>,
    seen_at: Option<Timestamp>,
    since: Option<Timestamp>,
    /// Who gave it: a job of ours, somebody whom 1Password reports, or not by us; `None` where that is not
    /// known.
    by: Option<SafeText>,
    /// Whom 1Password reports to have given it; `None` where it reports nothing of it.
    actor: Option<Actor>,
    /// Why they may, or that nothing allows it.
    because: SafeText,
    #[serde(skip)]
    shown: SafeText,
}

#[derive(Serialize)]
struct Line {
    who: Option<String>,
    name: SafeText,
    /// As whom: `student`, `staff`, `exception` or `unexpected`.
    standing: &'static str,
    kind: &'static str,
    level: Option<&'static str>,
    known: &'static str,
    /// How the access comes about; `None` where there is none.
    via: Option<&'static str>,
    /// When Strongroom granted it, or else since when lists show it.
    since: Option<Timestamp>,
    /// Who gave it, where that was asked for and is known.
    by: Option<SafeText>,
    seen_at: Option<Timestamp>,
    why: Option<&'static str>,
    #[serde(skip)]
    shown: SafeText,
}

/// What the lines of one vault are made from.
struct Maker<'a> {
    kind: AccountKind,
    service_account: Option<&'a PersonId>,
    vault: &'a VaultId,
    ledger: &'a Ledger,
    holders: &'a [Holder],
}

impl Maker<'_> {
    /// Every way to the vault, a line each.
    fn ways(&self) -> Vec<Way> {
        let ways = self.holders.iter().flat_map(|holder| holder.paths.iter().map(move |path| (holder, path)));
        ways.map(|(holder, path)| self.way(holder, path)).collect()
    }

    fn way(&self, holder: &Holder, path: &Path) -> Way {
        let known = Known::new(path.cell, self.kind);
        let (via, group, group_name, member) = match &path.via {
            Via::Direct => ("direct", None, None, None),
            Via::Group { group, name, member } => {
                ("group", Some(group.id().to_owned()), Some(name.clone()), *member)
            }
            Via::Maker => ("maker", None, None, None),
            Via::Administration => ("administration", None, None, None),
        };
        Way {
            who: holder.who.id().to_owned(),
            name: holder.name.clone(),
            kind: if path.via == Via::Maker { "service-account" } else { kind_of(&holder.who) },
            via,
            group,
            group_name,
            member,
            shown: known.shown(),
            level: known.level,
            known: known.basis,
            why: known.why,
            seen_at: known.seen_at,
            since: path.since,
            by: path.by.clone(),
            actor: path.actor.clone(),
            because: path.because.clone(),
        }
    }

    /// What was given to somebody directly.
    fn given(&self, who: Option<&Principal>) -> Option<&Path> {
        let holder = self.holders.iter().find(|holder| Some(&holder.who) == who)?;
        holder.paths.iter().find(|path| matches!(path.via, Via::Direct | Via::Administration))
    }

    fn line(&self, who: Option<&Principal>, name: SafeText, standing: &'static str, access: Cell) -> Line {
        let known = Known::new(access, self.kind);
        let granted = who.and_then(|who| self.ledger.get(&(self.vault.clone(), who.clone())));
        let holds = known.level != Some("none");
        Line {
            who: who.map(|who| who.id().to_owned()),
            name,
            standing,
            kind: match who {
                Some(Principal::Group(_)) => "group",
                Some(Principal::Person(id)) if Some(id) == self.service_account => "service-account",
                _ => "person",
            },
            shown: known.shown(),
            level: known.level,
            known: known.basis,
            via: (holds && known.why != Some(Why::NotRead.words())).then_some("direct"),
            since: match self.given(who) {
                Some(path) => path.since,
                None => granted.filter(|(set, _)| holds && !set.is_empty()).map(|(_, at)| *at),
            },
            by: self.given(who).and_then(|path| path.by.clone()),
            seen_at: known.seen_at,
            why: known.why,
        }
    }

    fn other(&self, other: &Other) -> Line {
        let standing = if other.excepted { "exception" } else { "unexpected" };
        self.line(Some(&other.who), other.name.clone(), standing, other.cell)
    }
}

impl Access {
    /// The matrix of these rows of a class; with `ways`, which are every way to each vault, a line for each.
    pub fn new(
        view: &ClassView,
        rows: &[StatusRow],
        ledger: &Ledger,
        unverified: Vec<SafeText>,
        ways: Option<&Ways>,
    ) -> Self {
        let identity = view.identity.as_ref();
        let vault = |row: &StatusRow| {
            let id = row.vault.clone()?;
            let maker = Maker {
                kind: identity.map_or(AccountKind::Business, |identity| identity.kind),
                service_account: identity.filter(|who| who.is_service_account).map(|who| &who.id),
                vault: &id,
                ledger,
                holders: ways.and_then(|ways| ways.get(&id)).map_or(&[], Vec::as_slice),
            };
            let own = row.user.clone().map(Principal::Person);
            let own = maker.line(own.as_ref(), row.name.clone(), "student", row.own);
            let staff = view.staff.iter().zip(&row.staff);
            let staff = staff
                .map(|(column, access)| maker.line(Some(&column.who), column.name.clone(), "staff", *access));
            Some(Vault {
                name: row.vault_name.clone(),
                student: row.key.clone(),
                foreign: row.foreign,
                cells: std::iter::once(own).chain(staff).collect(),
                others: row.others.as_ref().map(|others| others.iter().map(|o| maker.other(o)).collect()),
                ways: ways.map(|_| maker.ways()),
                id: id.clone(),
            })
        };
        let vaults = rows.iter().filter_map(vault).collect();
        let staff = view.staff.iter().map(|column| column.name.clone()).collect();
        Self { vaults, unverified, staff, why: ways.is_some() }
    }

    fn matrix(&self) -> Table {
        let staff = self.staff.iter().map(SafeText::as_str);
        let head = ["student", "vault", "self"].into_iter().chain(staff).chain(["others"]);
        let mut table = Table::new(head);
        for vault in &self.vaults {
            let others = vault.others.as_ref().map_or_else(
                || "?".to_owned(),
                |others| others.iter().map(other_in_words).collect::<Vec<_>>().join(", "),
            );
            let cells = vault.cells.iter().map(|line| line.shown.clone());
            let row =
                [cell(&vault.student), marked(Some(&vault.name), vault.foreign)].into_iter().chain(cells);
            table.push(row.chain([SafeText::new(&others)]));
        }
        table
    }

    /// How many accesses are listed.
    pub(super) fn lines(&self) -> usize {
        self.vaults.iter().map(|vault| vault.cells.len() + vault.others.as_ref().map_or(0, Vec::len)).sum()
    }

    /// A line an access, those that give nothing among them.
    pub(super) fn accesses(&self, look: &Look) -> Table {
        let head =
            ["student", "vault", "who", "name", "as", "kind", "level", "known", "via", "granted", "seen"];
        let mut table = Table::new(head);
        for vault in &self.vaults {
            for line in vault.cells.iter().chain(vault.others.iter().flatten()) {
                table.push([
                    cell(&vault.student),
                    vault.name.clone(),
                    line.who.as_deref().unwrap_or_default().into(),
                    line.name.clone(),
                    line.standing.into(),
                    line.kind.into(),
                    line.level.unwrap_or("?").into(),
                    line.known.into(),
                    line.via.unwrap_or_default().into(),
                    look.time(line.since),
                    look.time(line.seen_at),
                ]);
            }
        }
        table
    }
}

fn other_in_words(line: &Line) -> String {
    let mark = if line.standing == "exception" { " (exception)" } else { "!" };
    format!("{} {}{mark}", line.name, line.shown)
}

impl Page for Access {
    fn schema(&self) -> &'static str {
        "access/1"
    }

    fn table(&self, look: &Look) -> Table {
        match (self.why, look.is_for_people()) {
            (false, _) => self.matrix(),
            (true, true) => self.folded_list(look),
            (true, false) => self.list(look),
        }
    }

    fn notes(&self, _: &Look) -> Vec<SafeText> {
        let mut notes = Vec::new();
        for vault in &self.vaults {
            let unexpected = vault.others.iter().flatten().filter(|line| line.standing == "unexpected");
            for line in unexpected {
                let (who, student) = (line.who.as_deref().unwrap_or_default(), &vault.student);
                notes.push(cell(format_args!(
                    "unexpected: {} ({who}) has access to the vault of {student}: {}",
                    line.name,
                    line.level.unwrap_or("level not known")
                )));
            }
        }
        let lines = self.vaults.iter().flat_map(|vault| &vault.cells);
        if lines.clone().any(|line| line.known == "ledger") {
            notes.push(LEDGER.into());
        }
        if self.vaults.iter().any(|vault| vault.foreign) {
            notes.push(FOREIGN.into());
        }
        if self.why {
            notes.extend(unverified(&self.unverified));
        }
        notes
    }
}
