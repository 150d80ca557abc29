//! A request at the Connect door: signed in, answered from the world or from a copy of it that lags behind, and
//! remembered for `/v1/activity` if it came with a Connect token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use crate::domain::id::{FileId, ItemId, VaultId};
use crate::sandbox::front::{Bearer, Front, parse};
use crate::sandbox::refusal::Result;
use crate::sandbox::routes::Route;
use crate::sandbox::world::{At, Caller, Replica, Turn, Use};

/// Put to a request that is to be answered from a copy of the world: a Connect server has one, and its reads lag
/// behind.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Lagging(pub(in crate::sandbox) Arc<Replica>);

/// The longest name of a program that is remembered, in characters.
const AGENT: usize = 256;

/// A request.
pub(super) struct Asked {
    bearer: Bearer,
    agent: String,
    copy: Option<Lagging>,
}

/// What a request turned out to be about, as far as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) vault: Option<VaultId>,
    pub(super) item: Option<ItemId>,
    pub(super) version: Option<u64>,
    /// What is done with the item, as far as that is told beside a change.
    pub(super) used: Option<Use>,
    /// The copy it is answered from.
    copy: Option<Arc<Replica>>,
}

impl About {
    /// Reads a vault's id.
    pub(super) fn vault(&mut self, text: &str) -> Result<VaultId> {
        let vault: VaultId = parse("Vault", text)?;
        self.vault = Some(vault.clone());
        Ok(vault)
    }

    /// Reads the ids of an item's path.
    pub(super) fn item(&mut self, vault: &str, item: &str) -> Result<(VaultId, ItemId)> {
        let (vault, item) = (self.vault(vault)?, parse::<ItemId>("Item", item)?);
        self.item = Some(item.clone());
        Ok((vault, item))
    }

    /// Tells that the item was read, where that is told.
    fn tell(&self, at: At<'_>, caller: &Caller) -> Result<()> {
        match (self.used, &self.vault, &self.item) {
            (Some(used), Some(vault), Some(item)) => at.tell_use(caller, (vault, item), self.version, used),
            _ => Ok(()),
        }
    }

    /// Whether the bytes of a file would have come to the copy by now.
    pub(super) fn has_bytes(&self, file: &FileId) -> bool {
        self.copy.as_ref().is_none_or(|copy| copy.has_bytes(file))
    }
}

impl Asked {
    /// Looks at the world, or at the copy.
    pub(super) async fn read<T: Send + 'static>(
        self,
        front: &Front,
        route: &'static Route,
        work: impl FnOnce(&Turn<'_>, &Caller, &mut About) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let answered = |at: At<'_>, caller: &Caller, about: &mut About| match about.copy.clone() {
            Some(copy) => copy.read(at, |turn| work(turn, caller, about)),
            None => at.read(|turn| work(turn, caller, about)),
        };
        self.answer(front, route, answered).await
    }

    /// Changes the world.
    pub(super) async fn write<T: Send + 'static>(
        self,
        front: &Front,
        route: &'static Route,
        work: impl FnOnce(&Turn<'_>, &Caller, &mut About) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let done =
            |at: At<'_>, caller: &Caller, about: &mut About| at.write(|turn| work(turn, caller, about));
        self.answer(front, route, done).await
    }

    async fn answer<T: Send + 'static>(
        self,
        front: &Front,
        route: &'static Route,
        work: impl FnOnce(At<'_>, &Caller, &mut About) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Self { bearer, agent, copy } = self;
        let log = front.log.clone();
        let answered = front.call(route, bearer, move |at, caller| {
            let copy = copy.filter(|_| caller.scope.is_connect()).map(|Lagging(copy)| copy);
            let mut about = About { copy, ..About::default() };
            let done = work(at, &caller, &mut about);
            if done.is_ok() {
                // It was read whatever becomes of telling so: what is told is no part of the answer.
                drop(about.tell(at, &caller));
            }
            log.note(at.now(), route, &caller, &agent, about, done.is_ok());
            done
        });
        answered.await
    }
}

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> std::result::Result<Self, Self::Rejection> {
        let bearer = Bearer::from_request_parts(parts, state).await?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let copy = parts.extensions.get::<Lagging>().cloned();
        let agent = agent.unwrap_or_default().chars().take(AGENT).collect();
        Ok(Self { bearer, agent, copy })
    }
}
