//! Reads for screen and commands: the store and the service, put together.
//!
//! Knows the provider, the store and the domain; changes nothing in the world. What the service
//! answered is kept in the store, so that the next first frame needs no network.

pub mod adopt;
mod attention;
mod current;
mod drift;
pub mod enrolment;
mod jobs;
mod journal;
mod plan;
mod quarantine;
mod reported;
mod sightings;
pub mod submissions;
mod view;
mod watching;

use std::collections::HashSet;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{StreamExt, stream};
use tokio::runtime::{Handle, RuntimeFlavor};

use crate::clock::Clock;
use crate::domain::class::{Class, StudentKey};
use crate::domain::directory::{Group, Identity, Item, ItemDetail, ItemRef, Vault};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::query::{ClassView, Column, Data, Query, StatusRow};
use crate::provider::{Provider, Shared};
use crate::store::Store;
pub use current::Current;
pub use view::kept_vault_names;
use view::{unread_view, view};

/// How many reads may be under way at once (more than four starts of the CLI slow each other).
pub const READS_AT_ONCE: usize = 4;
/// How many arrivals the screen opens with.
const ARRIVALS: usize = 500;
/// How many rows the first frame reads.
const FRONT_ROWS: usize = 120;

/// Names under which answers of the service are kept.
const IDENTITY: &str = "identity";
const PEOPLE: &str = "people";
/// A service account is not shown who is in a group, so that its answer is no news for a person.
const GROUPS: [&str; 2] = ["groups", "groups-of-a-person"];
/// And whether they were refused to whoever acts.
const GROUPS_REFUSED: [&str; 2] = ["groups-refused", "groups-refused-to-a-person"];
const STAFF: &str = "staff-columns";
const ASSIGNMENTS: &str = "assignments";

/// Everything a read needs. Cheap to clone.
#[derive(Clone)]
pub struct Queries {
    /// The service.
    pub provider: Shared,
    /// The local state of the class.
    pub store: Store,
    /// The class file.
    pub class: Arc<Class>,
    /// The clock; an argument so that tests can choose the time.
    pub clock: Clock,
    /// Who acts in this program, once the service has said so.
    pub acting: Acting,
}

/// Who acts in this program: shared by everything that asks the same service in it. What is kept in
/// the store was told to some program; another one may act as somebody else at the same time.
#[derive(Clone, Debug, Default)]
pub struct Acting(Arc<Mutex<Option<Identity>>>);

impl Acting {
    fn set(&self, identity: &Identity) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(identity.clone());
    }

    /// Who it is; `None` before the service has told this program.
    pub fn get(&self) -> Option<Identity> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Runs something that blocks on the store away from the threads that answer keys. A runtime with a
/// single thread has work of one kind only, a command's, the live view's, or that of those beside it: there
/// it runs in place and wakes no other thread, and whoever shares that thread waits as long.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    if Handle::current().runtime_flavor() == RuntimeFlavor::CurrentThread {
        return work();
    }
    let ended = |error| Fault::new(Kind::Local, format!("a local read ended early: {error}"));
    tokio::task::spawn_blocking(work).await.map_err(ended)?
}

impl Queries {
    /// Does something with the store, away from the threads that answer keys as [`blocking`] has it.
    pub async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = self.store.clone();
        blocking(move || work(&store)).await
    }

    /// Answers a question.
    pub async fn answer(&self, query: Query) -> Result<Data> {
        match query {
            Query::Class { fresh } => self.class_view(fresh).await.map(|view| Data::Class(Box::new(view))),
            Query::Access(students) => self.access(&students).await.map(Data::Rows),
            Query::Items { vaults, fresh } => self.items(vaults, fresh).await.map(Data::Items),
            Query::Detail(at) => self.detail(&at).await.map(|item| Data::Detail(Box::new(item))),
            Query::Arrivals => {
                let arrivals = self.last_arrivals(ARRIVALS).await?;
                Ok(Data::Arrivals(arrivals, self.read_until().await?))
            }
            Query::Attention => {
                self.attention_beside_a_view().await.map(|list| Data::Attention(Box::new(list)))
            }
            Query::Submissions(id) => self.submissions(&id).await.map(|all| Data::Submissions(Box::new(all))),
            Query::Jobs => self.jobs().await.map(|jobs| Data::Jobs(Box::new(jobs))),
            Query::Copies(vault) => self.copies(&vault).await.map(|copies| Data::Copies(vault, copies)),
            Query::Enrolment(list) => {
                self.class_list(list).await.map(|found| Data::Enrolment(Box::new(found)))
            }
            Query::Plan(wish) => self.plan(&wish).await.map(Data::Plan),
            // The jobs are told by `ops`, which carries them out, and these need the audit log, which only
            // `ops` reads: see `Ops::answer`.
            Query::Drift { fresh } => self.drift(fresh, &[]).await.map(|all| Data::Drift(Box::new(all))),
            Query::Work
            | Query::Left(_)
            | Query::Undo(_)
            | Query::History
            | Query::Why(_)
            | Query::Closing(_) => Err(Fault::new(Kind::Broken, "this is not told here")),
        }
    }

    /// Asks the service whose token is in use, and for people and groups, and keeps the answers.
    /// Returns whether anything is different from the last time.
    pub async fn refresh(&self) -> Result<bool> {
        // Another identity than the last time may act now, such as a person.
        self.identify().await?;
        let (groups, people) = tokio::try_join!(self.refresh_groups(), self.refresh_people())?;
        Ok(people || groups)
    }

    /// Asks for the people and keeps them; whether anything is different. One request.
    pub async fn refresh_people(&self) -> Result<bool> {
        self.keep(PEOPLE, self.provider.people().await?).await
    }

    /// Asks for the groups and keeps them; whether anything is different. One request. A list that this
    /// identity is refused counts as empty, and as not known.
    pub async fn refresh_groups(&self) -> Result<bool> {
        let acting = match self.acting.get() {
            Some(identity) => identity,
            None => self.identify().await?,
        };
        let (mut groups, refused) = match self.provider.groups().await {
            Err(fault) if matches!(fault.kind, Kind::Denied | Kind::Unsupported) => (Vec::new(), true),
            answer => (answer?, false),
        };
        if !acting.is_service_account {
            learn_members(self.provider.as_ref(), &self.class, &mut groups).await?;
        }
        let known = self.keep(refused_to(&acting), refused).await?;
        Ok(known | self.keep(groups_of(&acting), groups).await?)
    }

    /// Keeps an answer where it differs from the one that is kept; whether it did.
    async fn keep<T>(&self, name: &'static str, answer: T) -> Result<bool>
    where
        T: PartialEq + serde::Serialize + serde::de::DeserializeOwned + Send + 'static,
    {
        let now = self.clock.now();
        self.with_store(move |store| store.keep_cached(name, &answer, now)).await
    }

    /// Asks the service again whose token it is; refuses to go on in another account than before.
    pub async fn identify(&self) -> Result<Identity> {
        let identity = self.provider.identity().await?;
        let before = self.with_store(|store| store.cached::<Identity>(IDENTITY)).await?;
        if let Some((before, _)) = before
            && before.account != identity.account
        {
            let message = format!(
                "this class belongs to the account {}, the token to {}",
                before.account, identity.account
            );
            return Err(Fault::refused(message).hint("use the token of the class's account"));
        }
        self.know_identity(identity.clone()).await?;
        Ok(identity)
    }

    /// Takes over who the service has just told that we are.
    pub async fn know_identity(&self, identity: Identity) -> Result<()> {
        self.acting.set(&identity);
        self.keep(IDENTITY, identity).await.map(drop)
    }

    /// The frame of the rules, from what is stored; `fresh` asks the service first.
    pub async fn frame(&self, fresh: bool) -> Result<Frame> {
        if fresh {
            self.refresh().await?;
        }
        let queries = self.clone();
        blocking(move || queries.known_frame()?.ok_or_else(unread)).await
    }

    /// The class as it is shown; `fresh` asks the service for people first.
    ///
    /// # Errors
    /// Those of the store; where the service is asked, also its own.
    pub async fn class_view(&self, fresh: bool) -> Result<ClassView> {
        if fresh {
            self.refresh().await?;
        }
        let queries = self.clone();
        blocking(move || {
            let (store, now) = (&queries.store, queries.clock.now());
            let Some(frame) = queries.known_frame()? else { return unread_view(store) };
            let view = view(&frame, store, now)?;
            store.keep_cached(STAFF, &view.staff, now)?;
            store.keep_cached(ASSIGNMENTS, &view.assignments, now)?;
            store.put_front(&view.rows)?;
            Ok(view)
        })
        .await
    }

    /// The first rows as they were shown last, for a first frame without any network.
    pub fn front(store: &Store) -> Result<Option<ClassView>> {
        let (rows, total) = store.front::<StatusRow>(FRONT_ROWS)?;
        if total == 0 {
            return Ok(None);
        }
        let identity = store.cached::<Identity>(IDENTITY)?;
        let staff = store.cached::<Vec<Column>>(STAFF)?.map_or_else(Vec::new, |(staff, _)| staff);
        let people_at = identity.as_ref().map(|(_, at)| *at);
        Ok(Some(ClassView {
            identity: identity.map(|(identity, _)| identity),
            staff,
            rows,
            total,
            people_at,
            assignments: store.cached(ASSIGNMENTS)?.map_or_else(Vec::new, |(assignments, _)| assignments),
        }))
    }

    /// Asks the service who is on these students' vaults, and keeps the answers.
    pub async fn access(&self, students: &[StudentKey]) -> Result<Vec<StatusRow>> {
        let frame = self.frame(false).await?;
        let vaults: Vec<VaultId> =
            students.iter().filter_map(|key| frame.bindings.get(key).cloned()).collect();
        // A vault whose list cannot be read stays as it was; the others are shown.
        self.try_grants(&vaults).await?;
        let (queries, wanted) = (self.clone(), students.iter().cloned().collect::<HashSet<StudentKey>>());
        blocking(move || {
            let frame = queries.known_frame()?.ok_or_else(unread)?;
            let rows = view(&frame, &queries.store, queries.clock.now())?.rows;
            Ok(rows.into_iter().filter(|row| wanted.contains(&row.key)).collect())
        })
        .await
    }

    /// Asks the service for the lists of who has access to these vaults, keeps them, and tells which could
    /// not be read. What concerns every vault alike, such as a refused token, a ration that is used up or a
    /// service that is away, ends it as a whole.
    pub async fn try_grants(&self, vaults: &[VaultId]) -> Result<Vec<(VaultId, Fault)>> {
        let lists = each(vaults.to_vec(), |vault| async move {
            let answer = self.provider.grants(&vault).await;
            let answer = answer.map_err(|fault| fault.during(format!("who is on {vault}")));
            of_one(vault, answer)
        });
        let now = self.clock.now();
        let lists = lists.await?;
        self.with_store(move |store| {
            let mut failed = Vec::new();
            for (vault, answer) in lists {
                match answer {
                    Ok(grants) => store.put_grants(&vault, &grants, now)?,
                    Err(fault) => failed.push((vault, fault)),
                }
            }
            Ok(failed)
        })
        .await
    }

    /// The items of vaults: as they were last seen, or as the service lists them now.
    async fn items(&self, vaults: Vec<VaultId>, fresh: bool) -> Result<Vec<(VaultId, Vec<Item>)>> {
        if fresh {
            return each(
                vaults,
                |vault| async move { Ok((vault.clone(), self.provider.items(&vault).await?)) },
            )
            .await;
        }
        self.with_store(move |store| {
            let stored = |vault: VaultId| {
                let items = store.seen_items(&vault)?.into_iter().map(|seen| seen.item).collect();
                Ok((vault, newest_first(items)))
            };
            vaults.into_iter().map(stored).collect()
        })
        .await
    }

    /// An item with its fields and files: one read.
    pub async fn detail(&self, at: &ItemRef) -> Result<ItemDetail> {
        self.provider.item(at).await
    }

    /// The vaults of this identity that were named or marked for a student; one read, and one more
    /// for each vault of that name.
    pub async fn candidates(&self, vaults: &[Vault], name: &str) -> Result<Vec<Vault>> {
        let named: Vec<VaultId> =
            vaults.iter().filter(|vault| vault.name.as_str() == name).map(|vault| vault.id.clone()).collect();
        each(named, |id| async move { self.provider.vault(&id).await }).await
    }
}

/// Does one thing for each, a few at a time, in order; the first fault ends it.
pub async fn each<T, U, F>(list: Vec<T>, work: impl Fn(T) -> F) -> Result<Vec<U>>
where
    F: Future<Output = Result<U>>,
{
    let mut answers = stream::iter(list).map(work).buffered(READS_AT_ONCE);
    let mut found = Vec::new();
    while let Some(answer) = answers.next().await {
        found.push(answer?);
    }
    Ok(found)
}

/// The answer about one vault; a fault that concerns every vault alike ends the whole.
fn of_one<T, U>(vault: T, answer: Result<U>) -> Result<(T, Result<U>)> {
    match answer {
        Err(fault) if matches!(fault.kind, Kind::SignIn | Kind::RateLimit | Kind::Unreachable) => Err(fault),
        answer => Ok((vault, answer)),
    }
}

/// Asks who is in the groups that rules are about: those of staff and of the administration. There may
/// be hundreds of others.
///
/// # Errors
/// The first fault of an answer.
pub async fn learn_members(provider: &dyn Provider, class: &Class, groups: &mut [Group]) -> Result<()> {
    let matters = |group: &&mut Group| {
        let named = class.has_staff_group(group.id.as_str(), group.name.as_str());
        group.members.is_none() && (group.is_administration || named)
    };
    let unread: Vec<&mut Group> = groups.iter_mut().filter(matters).collect();
    let ids = unread.iter().map(|group| group.id.clone()).collect();
    let members = each(ids, |id| async move { provider.members(&id).await }).await?;
    for (group, members) in unread.into_iter().zip(members) {
        group.members = members;
    }
    Ok(())
}

/// Under which name it is kept whether somebody was refused them.
fn refused_to(identity: &Identity) -> &'static str {
    GROUPS_REFUSED[usize::from(!identity.is_service_account)]
}

/// Under which name the groups are kept that somebody was told of.
fn groups_of(identity: &Identity) -> &'static str {
    GROUPS[usize::from(!identity.is_service_account)]
}

fn unread() -> Fault {
    Fault::new(Kind::Unreachable, "the service has not answered yet: people and groups are not known")
}

fn newest_first(mut items: Vec<Item>) -> Vec<Item> {
    items.sort_by(|a, b| b.updated_at.cmp(&a.updated_at).then_with(|| a.id.cmp(&b.id)));
    items
}
