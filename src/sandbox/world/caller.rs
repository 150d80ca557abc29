//! Who is behind a call: what that one may do on the account, with which token, and by which program.

use serde::{Deserialize, Serialize};

use super::client::Client;
use super::scope::Scope;
use crate::domain::id::PersonId;
use crate::sandbox::refusal::{Refusal, Result};

/// What somebody may do on the account itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The service account: makes vaults, and has full access to those it made.
    ServiceAccount,
    /// An owner or administrator: people, groups, vaults.
    Administrator,
    /// Everybody else, and whatever a token of Connect or of the Events API stands for.
    Person,
}

impl Role {
    /// What is used where nobody says: a service account has only the CLI, accounts are looked after on
    /// 1Password.com, and everybody else has the apps.
    fn usual_client(self) -> Client {
        match self {
            Self::ServiceAccount => Client::Cli,
            Self::Administrator => Client::Web,
            Self::Person => Client::App,
        }
    }
}

/// Who is behind a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Decides.
    pub(crate) id: PersonId,
    /// What that one may do on the account.
    pub(crate) role: Role,
    /// What the token is good for.
    pub(crate) scope: Scope,
    /// How the service answers during a visit of the CLI; `None` outside of one.
    pub(crate) visit: Option<Favours>,
    /// By which kind of program.
    pub(crate) client: Client,
}

/// Points on which it is not known how the real service treats a service account. The imitation
/// answers with no by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Favours {
    /// Lists of who has access show the permissions.
    pub(crate) levels: bool,
    /// A part of an access can be taken away.
    pub(crate) partial_revoke: bool,
    /// A vault can be renamed.
    pub(crate) vault_edit: bool,
}

impl Caller {
    /// Somebody outside of a visit, with a token for all that this one may do, who uses what is usual.
    pub(crate) fn new(id: PersonId, role: Role) -> Self {
        Self { id, role, scope: Scope::Account, visit: None, client: role.usual_client() }
    }

    /// What this one is let do beyond the default.
    pub(super) fn favours(&self) -> Favours {
        self.visit.unwrap_or_default()
    }

    /// Whether it is the service account.
    pub(crate) fn is_service_account(&self) -> bool {
        self.role == Role::ServiceAccount
    }

    /// Refuses whoever is no administrator.
    pub(crate) fn administrator_only(&self, what: &str) -> Result<()> {
        match self.role {
            Role::Administrator => Ok(()),
            Role::ServiceAccount => Err(Refusal::not_for_service_accounts(what)),
            Role::Person => Err(Refusal::denied()),
        }
    }

    /// Who it is, for the ledger.
    pub(super) fn by(&self) -> By<'_> {
        By { who: Some(&self.id), client: Some(self.client) }
    }

    /// The same one with the program that is used: a token of Connect and a visit of the CLI tell it, and
    /// nobody else can be told otherwise.
    pub(in crate::sandbox) fn using(self, chosen: Option<Client>) -> Self {
        let client = match () {
            () if self.scope.is_connect() => Client::Connect,
            () if self.visit.is_some() => Client::Cli,
            () => chosen.unwrap_or(self.client),
        };
        Self { client, ..self }
    }
}

/// Who does something, and with what.
#[derive(Clone, Copy, Debug)]
pub(super) struct By<'a> {
    /// Nobody for the world itself, which founds and mends.
    pub(super) who: Option<&'a PersonId>,
    /// Nothing for the world itself.
    pub(super) client: Option<Client>,
}

impl By<'_> {
    /// The world itself.
    pub(super) const WORLD: Self = By { who: None, client: None };
}
