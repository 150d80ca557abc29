//! A class written down in TOML, made into a world in one transaction.
//!
//! One format for tests, demos and recordings. Knows what a class consists of; must not know HTTP.
//! Class vaults are made and shared by the service account, as Strongroom would have done it: named
//! `{class}-{key}`, with ` [sr:<key>:<nonce>]` at the end of the description. What is `stray` is done
//! by the administrator behind Strongroom's back.
//!
//! ```toml
//! [account]
//! name = "Example University"
//! kind = "business"                     # business | teams | families
//! administrator = { name = "Robin Keller", email = "robin.keller@example.edu" }
//! [class]
//! id = "CS101-F26"
//! title = "Introduction to Security"
//! age_days = 21                         # since when people and vaults are there
//! staff = [{ group = "CS101 staff", level = "read" }]       # or user = "an address"
//! [[student]]
//! key = "s1001"
//! name = "Ngozi Abara"
//! email = "ngozi.abara@example.edu"
//! account = true                        # false: on the roster only
//! state = "ACTIVE"                      # a word of 1Password
//! kind = "MEMBER"                       # or GUEST
//! vault = true                          # false, or a level; by default as the state allows
//! [[person]]                            # in the account, not on the roster
//! name = "Inês Duarte"
//! email = "ines.duarte@example.edu"     # also state, kind, administrator = true
//! [[group]]
//! name = "CS101 staff"
//! members = ["ines.duarte@example.edu"]
//! [service_account]                     # all of it may be left out
//! can_create_vaults = true              # without it no student can have a vault
//! [[service_account.vault]]             # made by the administrator, given at the creation
//! name = "Course material"
//! write = false
//! [[file]]
//! student = "s1001"
//! name = "hw1.txt"                      # also title, hours_ago
//! text = "…"                            # or pdf_bytes = 4096
//! [[note]]                              # a secure note: student, title, text, hours_ago
//! [[stray]]
//! who = "an address"                    # gets access to another student's vault
//! student = "s1001"
//! level = "read"
//! ```

use serde::Deserialize;

mod build;

use super::refusal::{Refusal, Result};
use crate::domain::access::{AccountKind, Level, Permissions, Principal};
use crate::domain::id::VaultId;

/// A scenario as its file says it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    account: Account,
    class: Class,
    #[serde(default)]
    service_account: ServiceAccount,
    #[serde(default)]
    student: Vec<Student>,
    #[serde(default)]
    person: Vec<Other>,
    #[serde(default)]
    group: Vec<Group>,
    #[serde(default)]
    file: Vec<File>,
    #[serde(default)]
    note: Vec<Note>,
    #[serde(default)]
    stray: Vec<Stray>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    name: String,
    #[serde(default = "business")]
    kind: AccountKind,
    administrator: Named,
}

/// What the service account was created with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceAccount {
    #[serde(default = "yes")]
    can_create_vaults: bool,
    #[serde(default)]
    vault: Vec<Given>,
}

impl Default for ServiceAccount {
    fn default() -> Self {
        Self { can_create_vaults: true, vault: Vec::new() }
    }
}

/// A vault that the service account did not make.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    name: String,
    #[serde(default)]
    write: bool,
}

fn business() -> AccountKind {
    AccountKind::Business
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    name: String,
    email: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    id: String,
    title: String,
    /// Days since the vaults were made.
    #[serde(default)]
    age_days: i64,
    #[serde(default)]
    staff: Vec<Staff>,
}

/// A group or a person (by address) with access to every class vault.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Staff {
    group: Option<String>,
    user: Option<String>,
    level: Level,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Student {
    key: String,
    name: String,
    email: String,
    /// Absent from the account if false.
    #[serde(default = "yes")]
    account: bool,
    state: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    vault: Owned,
}

fn yes() -> bool {
    true
}

/// Whether a student has a vault, and at which level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Owned {
    Plain(bool),
    At(Level),
}

impl Default for Owned {
    fn default() -> Self {
        Self::Plain(true)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Other {
    name: String,
    email: String,
    state: Option<String>,
    kind: Option<String>,
    #[serde(default)]
    administrator: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    name: String,
    #[serde(default)]
    members: Vec<String>,
}

/// A document that a student uploaded: its text, or so many bytes that look like a PDF.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    student: String,
    name: String,
    title: Option<String>,
    text: Option<String>,
    pdf_bytes: Option<usize>,
    #[serde(default)]
    hours_ago: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    student: String,
    title: String,
    text: String,
    #[serde(default)]
    hours_ago: i64,
}

/// Access that the class does not ask for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stray {
    who: String,
    student: String,
    level: Level,
}

/// A student of the roster, in the account or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// The roster key.
    pub key: String,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Which vault is a student's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The roster key.
    pub key: String,
    /// The vault.
    pub vault: VaultId,
    /// The nonce in the vault's description.
    pub nonce: String,
}

/// A grant that the service account made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    /// On which vault.
    pub vault: VaultId,
    /// To whom.
    pub who: Principal,
    /// The resulting permissions, as 1Password answered.
    pub set: Permissions,
}

/// What a scenario made: all that Strongroom would know if it had done this itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The class's id.
    pub class_id: String,
    /// The class's title.
    pub title: String,
    /// The roster.
    pub students: Vec<Enrolled>,
    /// Staff and the level at which they have access to every class vault.
    pub staff: Vec<(Principal, Level)>,
    /// Whose vault is which.
    pub bindings: Vec<Binding>,
    /// The service account's grants, in order.
    pub grants: Vec<Granted>,
}

impl Scenario {
    /// Reads a scenario; the message names line and column.
    pub fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| Refusal::bad(format!("the scenario: {error}")))
    }

    /// The demo class.
    pub fn demo() -> Result<Self> {
        Self::parse(include_str!("../../assets/scenarios/demo.toml"))
    }
}

impl Student {
    fn enrolled(&self) -> Enrolled {
        Enrolled { key: self.key.clone(), name: self.name.clone(), email: self.email.clone() }
    }

    fn level(&self) -> Option<Level> {
        match self.vault {
            Owned::Plain(false) => None,
            Owned::Plain(true) if self.state.as_deref().is_some_and(|state| state != "ACTIVE") => None,
            Owned::Plain(true) => Some(Level::Write),
            Owned::At(level) => Some(level),
        }
        .filter(|_| self.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Expose as _;
    use crate::sandbox::world::{Rules, World};

    #[test]
    fn a_mistake_in_a_scenario_is_named() {
        let error = Scenario::parse("[account]\nnam = \"x\"").unwrap_err();
        assert!(error.message.contains("line 2"), "{error}");
    }

    #[test]
    fn a_service_account_comes_with_what_it_was_created_with() {
        let class = "[account]\nname = \"a\"\nadministrator = { name = \"n\", email = \"n@example.edu\" }\n\
                     [class]\nid = \"CS101\"\ntitle = \"t\"\n";
        let bare = Scenario::parse(class).unwrap();
        assert!(bare.service_account.can_create_vaults && bare.service_account.vault.is_empty());
        let more = "[service_account]\ncan_create_vaults = false\n[[service_account.vault]]\nname = \"m\"\n";
        let scenario = Scenario::parse(&format!("{class}{more}")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let world = World::open(&folder.path().join("w"), Rules::default()).unwrap();
        let at = world.at(jiff::Timestamp::UNIX_EPOCH);
        at.write(|turn| scenario.build(turn, "http://127.0.0.1:1", None)).unwrap();
        let service = world.tokens().service_account;
        at.read(|turn| {
            let caller = turn.sign_in(service.expose_secret())?;
            let names: Vec<_> = turn.vaults(&caller)?.into_iter().map(|vault| vault.name).collect();
            assert_eq!((names, turn.may_create_vaults()?), (vec!["m".to_owned()], false));
            Ok(())
        })
        .unwrap();
    }

    #[test]
    fn the_demo_holds_a_hostile_title_written_as_escapes() {
        let source = include_str!("../../assets/scenarios/demo.toml");
        assert!(source.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'));
        let demo = Scenario::demo().unwrap();
        let hostile = |file: &File| file.title.as_deref().is_some_and(|title| title.contains('\u{1b}'));
        assert_eq!(demo.file.iter().filter(|file| hostile(file)).count(), 1);
    }
}
