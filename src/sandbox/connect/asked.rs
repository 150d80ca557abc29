//! A request at the Connect door: signed in, answered from the world or from a copy of it that lags behind, and
//! remembered for `/v1/activity` if it came with a Connect token.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::Server;
use super::about::About;
use super::activity::{Log, Request};
use crate::sandbox::front::Call;
use crate::sandbox::refusal::{Refusal, Result};
use crate::sandbox::world::{At, Caller, Replica, Turn};

/// Put to a request that is to be answered from a copy of the world: a Connect server has one, and its reads lag
/// behind.
#[derive(Clone, Debug)]
pub(in crate::sandbox) struct Lagging(pub(in crate::sandbox) Arc<Replica>);

/// The longest name of a program that is remembered, in characters.
const AGENT: usize = 256;

/// A request.
pub(super) struct Asked {
    call: Call,
    log: Arc<Log>,
    agent: String,
    copy: Option<Lagging>,
}

impl Asked {
    /// Looks at the world, or at the copy.
    pub(super) async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&Turn<'_>, &Caller, &mut About) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.answer(|at, caller, about| match about.copy.clone() {
            Some(copy) => copy.read(at, |turn| work(turn, caller, about)),
            None => at.read(|turn| work(turn, caller, about)),
        })
        .await
    }

    /// Changes the world.
    pub(super) async fn write<T: Send + 'static>(
        self,
        work: impl FnOnce(&Turn<'_>, &Caller, &mut About) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.answer(|at, caller, about| at.write(|turn| work(turn, caller, about))).await
    }

    async fn answer<T: Send + 'static>(
        self,
        work: impl FnOnce(At<'_>, &Caller, &mut About) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Self { call, log, agent, copy } = self;
        let route = call.route();
        let answered = call.answer(move |at, caller| {
            let copy = copy.filter(|_| caller.scope.is_connect()).map(|Lagging(copy)| copy);
            let mut about = About { copy, ..About::default() };
            let done = work(at, &caller, &mut about);
            if done.is_ok() {
                // It was read whatever becomes of telling so: what is told is no part of the answer.
                drop(about.tell(at, &caller));
            }
            about.copy = None; // what is remembered holds no copy of the world
            log.note(at.now(), route, &caller, Request { agent, about, done: done.is_ok() });
            done
        });
        answered.await
    }
}

impl FromRequestParts<Server> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, server: &Server) -> Result<Self> {
        let call = Call::from_request_parts(parts, server).await?;
        let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let copy = parts.extensions.get::<Lagging>().cloned();
        let agent = agent.unwrap_or_default().chars().take(AGENT).collect();
        Ok(Self { call, log: server.log.clone(), agent, copy })
    }
}
