//! The 1Password CLI: every question and every change is one run of `op`.
//!
//! Knows the CLI's commands and flags. It names things by ids only, writes values as `--flag=value`,
//! and never puts a secret into an argument: the token goes by environment, bytes go by pipe. How it is
//! run is the matter of `program`, what it prints of `answer` and `wire`, what it complains of that of `refusal`.
//!
//! Tested against recorded answers and our own imitation; it has not met a live account.

mod answer;
mod changes;
mod files;
mod identity;
mod kept;
mod limits;
mod program;
mod refusal;
#[cfg(test)]
mod tests;
mod token;
mod version;
mod wire;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use tokio::sync::{OnceCell, OwnedMutexGuard, Semaphore, SemaphorePermit};

use kept::Kept;
pub use limits::Limits;
use program::{Ask, Program};
use token::sign_in_address;
pub use version::Version;

use super::wire::{WireItem, WirePerson, WireVault};
use super::world::World;
use super::{Provider, Sink, Source, crossed};
use crate::domain::access::Principal;
use crate::domain::budget::{Action, Allowance, Scope};
use crate::domain::directory::{
    FileRef, Grant, Group, Identity, Item, ItemDetail, ItemRef, NewDocument, Person, Vault,
};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::{GroupId, PersonId, VaultId};
use crate::domain::operation::{Call, Capabilities, Capability, Receipt};
use crate::domain::secret::{Expose as _, Secret};
use crate::domain::text::SafeText;
use crate::domain::vault_list::VaultList;
use crate::process::{Binary, Ended};

/// How many questions are asked at once, as the `cdkop` project found to be good.
const QUESTIONS: usize = 4;
/// How many of them may be downloads, so that a list is never behind long files only.
const DOWNLOADS: usize = 3;

/// How long it is known whose token it is: a token never changes hands.
const OF_A_TOKEN: Duration = Duration::from_secs(600);
/// How long it is known who is signed in to the app, and who is in which group: long enough for one
/// command, short enough for whoever changes either by hand.
const OF_A_PERSON: Duration = Duration::from_secs(20);

/// The 1Password CLI, with a service account's token or as the person who is signed in.
pub struct Op {
    program: Program,
    /// Where the token signs in; `None` without one.
    address: Option<Result<SafeText>>,
    version: OnceCell<Version>,
    /// Without a token: asked once.
    world: OnceCell<World>,
    questions: Semaphore,
    downloads: Semaphore,
    writers: Mutex<BTreeMap<VaultId, Arc<tokio::sync::Mutex<()>>>>,
    /// Types of groups, which never change.
    types: Mutex<BTreeMap<GroupId, String>>,
    whose: Kept<Identity>,
    groups: Kept<Vec<Group>>,
}

impl Op {
    /// The CLI at `binary`; where that is none or may not be run, every question fails with it, and whoever
    /// asks none is not held up. `environment` are the variables of this process, of which only those on
    /// the list of allowed ones are passed on.
    ///
    /// What we set: the answer's format; no cache, since its daemon may answer with an older list
    /// and has been seen to hang (`op-js`, issue 216); and with a token no desktop app, which would
    /// be asked before it.
    pub fn new(binary: Result<Binary>, token: Option<Secret>, environment: &[(String, String)]) -> Self {
        let mut set = vec![
            ("OP_FORMAT", "json"),
            ("OP_CACHE", "false"),
            ("OP_INTEGRATION_NAME", "Strongroom"),
            ("OP_INTEGRATION_ID", "SRM"),
        ];
        if token.is_some() {
            set.push(("OP_BIOMETRIC_UNLOCK_ENABLED", "false"));
        }
        let token = token.map(|token| Secret::from(token.expose_secret().trim()));
        let address = token.as_ref().map(sign_in_address);
        let token = token.map(|token| ("OP_SERVICE_ACCOUNT_TOKEN", token));
        Self {
            program: Program::new(binary, environment, &set, &["--no-color"], token),
            address,
            version: OnceCell::new(),
            world: OnceCell::new(),
            questions: Semaphore::new(QUESTIONS),
            downloads: Semaphore::new(DOWNLOADS),
            writers: Mutex::default(),
            types: Mutex::default(),
            whose: Kept::default(),
            groups: Kept::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.program.limits = limits;
        self
    }

    /// Where the token signs in, for example `example.1password.com`; `None` without a token. Safe to
    /// show: it is the one part of a token that is no secret.
    ///
    /// # Errors
    /// [`Kind::SignIn`] where the token is not one that 1Password makes.
    pub fn sign_in_address(&self) -> Result<Option<SafeText>> {
        self.address.clone().transpose()
    }

    /// The CLI's version, asked once; refused where it is too old to be used.
    pub async fn version(&self) -> Result<Version> {
        let ask = async {
            let ended = self.program.run(&Ask::new("--version"), self.program.limits.read).await?;
            let printed = String::from_utf8_lossy(&ended.answer).into_owned();
            match Version::find(&printed) {
                Some(version) if ended.code == Some(0) => version.new_enough(),
                _ => Err(Fault::new(Kind::Input, "the program does not tell a version of the 1Password CLI")
                    .hint("see what `op --version` prints, and name the right program")),
            }
        };
        self.version.get_or_try_init(|| ask).await.copied()
    }

    fn has_token(&self) -> bool {
        self.address.is_some()
    }

    fn limits(&self) -> Limits {
        self.program.limits
    }

    /// What has to be right before anything is asked: the token's form and the version.
    async fn ready(&self) -> Result<()> {
        self.sign_in_address()?;
        self.version().await.map(drop)
    }

    /// Whose ids are in use: the token's sign-in address tells, else where the person is signed in.
    async fn world(&self) -> Result<World> {
        if let Some(address) = self.sign_in_address()? {
            return Ok(World::of(address.as_str()));
        }
        let ask = async {
            let whoami = self.whoami().await?;
            Ok(whoami.url().map_or(World::Real, World::of))
        };
        self.world.get_or_try_init(|| ask).await.copied()
    }

    /// Refuses ids of the other world, before anything is sent or after an answer has come.
    async fn admit(&self, sandbox: impl IntoIterator<Item = bool>) -> Result<()> {
        let world = self.world().await?;
        sandbox.into_iter().try_for_each(|is_sandbox| world.admit(is_sandbox))
    }

    async fn turn<'a>(&self, at: &'a Semaphore) -> Result<SemaphorePermit<'a>> {
        at.acquire().await.map_err(|_| Fault::new(Kind::Broken, "no more questions are asked"))
    }

    /// Asks a question.
    async fn ask(&self, ask: &Ask, patience: Duration) -> Result<Vec<u8>> {
        self.ready().await?;
        let ended = {
            let _turn = self.turn(&self.questions).await?;
            self.program.run(ask, patience).await?
        };
        self.judge(ask, ended, false).await
    }

    /// Asks about one thing.
    async fn one<T: DeserializeOwned>(&self, ask: Ask) -> Result<T> {
        let printed = self.ask(&ask, self.limits().read).await?;
        parsed(&ask, answer::one(&printed))
    }

    /// Asks for a list.
    async fn list<T: DeserializeOwned>(&self, ask: Ask) -> Result<Vec<T>> {
        let printed = self.ask(&ask, self.limits().list).await?;
        parsed(&ask, answer::list(&printed))
    }

    /// The items of a vault, asked for so.
    async fn items_of(&self, vault: &VaultId, ask: Ask) -> Result<Vec<Item>> {
        self.admit([vault.is_sandbox()]).await?;
        let items: Vec<WireItem> = self.list(ask).await?;
        self.admit(items.iter().map(|item| item.id.is_sandbox())).await?;
        items.iter().map(|item| item.summary(vault)).collect()
    }

    /// What was answered, or why not. A failure counts where the exit code says so, or where nothing
    /// was printed but an error: before 2.32.1 `op` ended with 0 after some server errors.
    async fn judge(&self, ask: &Ask, ended: Ended, changes: bool) -> Result<Vec<u8>> {
        let failed =
            ended.code != Some(0) || (answer::is_blank(&ended.answer) && refusal::is_error(&ended.complaint));
        if failed {
            let fault = refusal::fault(&ended.complaint, ended.code, changes);
            if fault.kind == Kind::SignIn {
                self.whose.forget();
            }
            let fault = self.with_wait(fault, &ended.complaint, changes).await;
            return Err(fault.during(format!("op {}", ask.verb())));
        }
        if ended.cut {
            let kind = if changes { Kind::Unknown } else { Kind::Broken };
            return Err(Fault::new(kind, format!("op {}: the answer is too long", ask.verb())));
        }
        Ok(ended.answer)
    }

    /// Takes the wait after a used-up ration from the ration's own report, which costs nothing of
    /// it; the message rounds, and some leave the number out.
    async fn with_wait(&self, fault: Fault, complaint: &str, changes: bool) -> Fault {
        let spent = refusal::spent(complaint);
        if fault.kind != Kind::RateLimit || !self.has_token() || spent == refusal::Spent::Neither {
            return fault;
        }
        let scope = if spent == refusal::Spent::Account { Scope::Account } else { Scope::Token };
        let action = if changes { Action::Write } else { Action::Read };
        let windows = self.windows().await.unwrap_or_default();
        let empty = windows.iter().filter(|window| window.scope == scope && window.remaining == 0);
        // A change reads too, so either of the token's windows may be the one that is empty.
        let mut empty: Vec<_> = empty.collect();
        empty.sort_by_key(|window| window.action != action);
        match empty.first().map(|window| window.reset) {
            Some(seconds @ 1..) => fault.retry_after(Duration::from_secs(seconds)),
            _ => fault,
        }
    }

    /// The windows of the ration, as the CLI reports them.
    async fn windows(&self) -> Result<Vec<Allowance>> {
        let ask = Ask::new("service-account ratelimit");
        let ended = self.program.run(&ask, self.limits().read).await?;
        if ended.code != Some(0) || ended.cut {
            return parsed(&ask, Err(refusal::fault(&ended.complaint, ended.code, false)));
        }
        let windows: Vec<wire::Window> = answer::list(&ended.answer)?;
        Ok(windows.iter().filter_map(wire::Window::allowance).collect())
    }

    /// One writer a vault at a time: a write takes the vault's version, raises it and puts it back,
    /// and two at once end in 409 (1Password's `onepassword-sdk-js`, issue 151).
    async fn writer(&self, vault: &VaultId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut writers = self.writers.lock().unwrap_or_else(PoisonError::into_inner);
            // Locks that nobody holds or waits for are let go.
            writers.retain(|_, lock| Arc::strong_count(lock) > 1);
            Arc::clone(writers.entry(vault.clone()).or_default())
        };
        lock.lock_owned().await
    }
}

/// What was printed as it was read, with the command in front of what is wrong with it.
fn parsed<T>(ask: &Ask, read: Result<T>) -> Result<T> {
    read.map_err(|fault| fault.during(format!("op {}", ask.verb())))
}

#[async_trait]
impl Provider for Op {
    fn capabilities(&self) -> Capabilities {
        use Capability as C;
        const BOTH: [C; 5] = [C::ReadPeople, C::ReadAccess, C::ReadItems, C::CreateVaults, C::ChangeAccess];
        if self.has_token() {
            return Capabilities::of(&BOTH);
        }
        Capabilities::of(&[&BOTH[..], &[C::RevokePartly, C::ManagePeople]].concat())
    }

    async fn identity(&self) -> Result<Identity> {
        let age = if self.has_token() { OF_A_TOKEN } else { OF_A_PERSON };
        self.whose.get(age, Box::pin(self.whose())).await
    }

    async fn people(&self) -> Result<Vec<Person>> {
        let users: Vec<WirePerson> = self.list(Ask::new("user list")).await?;
        self.admit(users.iter().map(|user| user.id.is_sandbox())).await?;
        Ok(users.into_iter().map(Person::from).collect())
    }

    async fn groups(&self) -> Result<Vec<Group>> {
        self.groups.get(OF_A_PERSON, Box::pin(self.all_groups())).await
    }

    async fn members(&self, group: &GroupId) -> Result<Option<Vec<PersonId>>> {
        self.members_of(group).await
    }

    async fn vaults(&self) -> Result<VaultList> {
        let vaults: Vec<WireVault> = self.list(Ask::new("vault list")).await?;
        self.admit(vaults.iter().map(|vault| vault.id.is_sandbox())).await?;
        Ok(vaults.into_iter().map(Vault::from).collect())
    }

    async fn vault(&self, id: &VaultId) -> Result<Vault> {
        self.admit([id.is_sandbox()]).await?;
        let vault: WireVault = self.one(Ask::new("vault get").word(id.as_str())).await?;
        if vault.id == *id { Ok(vault.into()) } else { Err(crossed("vault")) }
    }

    async fn grants(&self, vault: &VaultId) -> Result<Vec<Grant>> {
        self.admit([vault.is_sandbox()]).await?;
        let users = self.list::<wire::Listed<PersonId>>(Ask::new("vault user list").word(vault.as_str()));
        let groups = self.list::<wire::Listed<GroupId>>(Ask::new("vault group list").word(vault.as_str()));
        let (users, groups) = tokio::try_join!(users, groups)?;
        self.admit(users.iter().map(|user| user.id.is_sandbox())).await?;
        self.admit(groups.iter().map(|group| group.id.is_sandbox())).await?;
        // A service account is shown no levels; an empty one says the same in other words.
        let hidden = self.has_token();
        let set = |names: Option<wire::Names>| names?.set().filter(|set| !(hidden && set.is_empty()));
        let users = users.into_iter().map(|user| (Principal::Person(user.id), user.permissions));
        let groups = groups.into_iter().map(|group| (Principal::Group(group.id), group.permissions));
        Ok(users.chain(groups).map(|(who, names)| Grant { who, permissions: set(names) }).collect())
    }

    async fn items(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.items_of(vault, Ask::new("item list").flag("vault", vault)).await
    }

    async fn whole_list(&self, vault: &VaultId) -> Result<Vec<Item>> {
        self.items_of(vault, Ask::new("item list").flag("vault", vault).word("--include-archive")).await
    }

    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        self.admit([at.vault.is_sandbox(), at.item.is_sandbox()]).await?;
        let ask = Ask::new("item get").word(at.item.as_str()).flag("vault", &at.vault);
        self.one::<WireItem>(ask).await?.detail(at)
    }

    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        self.fetch(file, to).await
    }

    async fn upload(&self, to: &NewDocument, bytes: Source<'_>) -> Result<ItemRef> {
        self.make_document(to, bytes).await
    }

    async fn allowances(&self) -> Result<Vec<Allowance>> {
        if !self.has_token() {
            return Ok(Vec::new());
        }
        self.ready().await?;
        self.windows().await
    }

    async fn apply(&self, call: &Call) -> Result<Receipt> {
        self.carry_out(call).await
    }
}
