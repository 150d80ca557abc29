//! The front desk: who may talk to the sandbox at all, and how a call reaches the world.
//!
//! Knows HTTP headers, the table of routes, the ration and the counts of requests. Must not know what a route
//! does, nor anything of a door beyond whose tokens it takes. Only the address that we listen on is a valid
//! `Host`, and any `Origin` is refused: a web page cannot talk to the sandbox, whatever its name resolves to.
//! All work on the database runs on blocking threads.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::door::Door;
use super::refusal::{Refusal, Result};
use super::routes::{self, Route};
use super::world::{At, Caller, Client, Cost, Favours, Limits, Turn, World, nonce};
use crate::domain::id::{BadId, PersonId};

/// The header that names a visit of the CLI.
pub(super) const VISIT_NAME: &str = "sandbox-visit";

/// The header in which somebody says what is used: `app`, `web` or `cli`.
pub(super) const CLIENT_NAME: &str = "sandbox-client";

/// Where the time comes from.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How often a principal asked for a route: by principal (`None` for a token that is not known),
/// method and path.
pub(super) type Counts = BTreeMap<(Option<String>, &'static str, &'static str), u64>;

/// The words of a query.
pub(super) type Words = Query<HashMap<String, String>>;

/// What all routes share.
#[derive(Clone)]
pub(super) struct Front {
    pub(super) world: Arc<World>,
    pub(super) max_upload: u64,
    clock: Clock,
    address: SocketAddr,
    counts: Arc<Mutex<Counts>>,
    visits: Arc<Mutex<VecDeque<Visit>>>,
}

/// How many visits of the CLI are remembered; the oldest are forgotten.
const VISITS: usize = 4096;

/// One run of the CLI that has paid: its further calls are not charged and not counted, since the
/// real one's request table counts commands.
struct Visit {
    name: String,
    who: PersonId,
    favours: Favours,
}

impl Front {
    pub(super) fn new(world: Arc<World>, clock: Clock, max_upload: u64, address: SocketAddr) -> Self {
        Self { world, max_upload, clock, address, counts: Arc::default(), visits: Arc::default() }
    }

    /// The world as it is now.
    pub(super) fn at(&self) -> At<'_> {
        self.world.at((self.clock)())
    }

    /// Works with the world off the asynchronous threads, for nobody: nothing is counted nor charged.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        work: impl FnOnce(At<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let front = self.clone();
        blocking(move || work(front.at())).await
    }

    /// Takes the cost from the service account's ration; nobody else has one. A call that is
    /// refused afterwards has been charged all the same.
    pub(super) fn charge(&self, at: At<'_>, caller: &Caller, cost: Cost) -> Result<()> {
        let free = cost == Cost::default() || self.world.rules().limits == Limits::None;
        if free || !caller.is_service_account() || caller.visit.is_some() {
            return Ok(());
        }
        at.write(|turn| turn.charge(cost))
    }

    fn count(&self, route: &'static Route, caller: Option<&Caller>) {
        use super::routes::{FAULTS, REQUESTS, VISIT};
        if ![REQUESTS.path, VISIT.path, FAULTS.path].contains(&route.path) {
            let who = caller.map(|caller| caller.id.as_str().to_owned());
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.entry((who, route.method, route.path)).or_default() += 1;
        }
    }

    /// Notes whose visit the caller is on, if it is a known one of the same principal.
    fn visiting(&self, caller: Caller, name: Option<&str>) -> Caller {
        let visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = visits.iter().find(|visit| name == Some(visit.name.as_str()) && visit.who == caller.id);
        Caller { visit: visit.map(|visit| visit.favours), ..caller }
    }

    /// Lets a run of the CLI in, which has paid: the name that its further calls carry.
    pub(super) fn open_visit(&self, caller: &Caller, favours: Favours) -> Result<String> {
        let name = format!("{}{}{}", nonce()?, nonce()?, nonce()?);
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.truncate(VISITS - 1);
        visits.push_front(Visit { name: name.clone(), who: caller.id.clone(), favours });
        Ok(name)
    }

    /// Counts a command of the CLI, as `op …`, under the method that its cost speaks for.
    pub(super) fn count_command(&self, command: &'static str, cost: Cost, caller: &Caller) {
        let method = if cost.writes == 0 { "GET" } else { "POST" };
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((Some(caller.id.as_str().to_owned()), method, command)).or_default() += 1;
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where we listen.
    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Whether a `Host` names exactly the address that we listen on.
    fn is_ours(&self, host: &str) -> bool {
        host == self.address.to_string() || host == format!("localhost:{}", self.address.port())
    }
}

/// A request at the desk: the route that it came by, and what its sender shows.
pub(super) struct Call {
    front: Front,
    route: &'static Route,
    token: Option<String>,
    visit: Option<String>,
    client: Option<String>,
}

impl Call {
    /// Signs in, counts, charges, and looks at the world.
    pub(super) async fn read<T: Send + 'static>(
        self,
        work: impl FnOnce(&Turn<'_>, &Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.answer(|at, caller| at.read(|turn| work(turn, &caller))).await
    }

    /// The same, and changes the world.
    pub(super) async fn write<T: Send + 'static>(
        self,
        work: impl FnOnce(&Turn<'_>, &Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.answer(|at, caller| at.write(|turn| work(turn, &caller))).await
    }

    /// Signs in, counts, charges, and works with the world off the asynchronous threads.
    pub(super) async fn answer<T: Send + 'static>(
        self,
        work: impl FnOnce(At<'_>, Caller) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let chosen = self.chosen();
        let Self { front, route, token, visit, .. } = self;
        blocking(move || {
            let at = front.at();
            let caller = token.ok_or_else(Refusal::unknown_token);
            let caller = caller.and_then(|token| at.read(|turn| turn.sign_in(&token)));
            let is_taken = |caller: &Caller| Door::of(route.path).takes(&caller.scope);
            let caller = caller
                .and_then(|caller| is_taken(&caller).then_some(caller).ok_or_else(Refusal::unknown_token));
            let caller = caller.map(|caller| front.visiting(caller, visit.as_deref()));
            if caller.as_ref().map_or(true, |caller| caller.visit.is_none()) {
                front.count(route, caller.as_ref().ok());
            }
            let caller = caller?.using(chosen?);
            front.charge(at, &caller, route.cost)?;
            work(at, caller)
        })
        .await
    }

    /// The route that it came by.
    pub(super) fn route(&self) -> &'static Route {
        self.route
    }

    /// Whether it comes with a token at all.
    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// What is said to be used, if anything is.
    fn chosen(&self) -> Result<Option<Client>> {
        let Some(word) = &self.client else { return Ok(None) };
        let unknown = || Refusal::bad("Sandbox-Client is app, web or cli");
        Client::parse(word).map(Some).ok_or_else(unknown)
    }
}

impl<S: Sync> FromRequestParts<S> for Call
where
    Front: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        // axum answers HEAD with the head of what GET is answered.
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let route = routes::find(method.as_str(), parts.uri.path());
        let word = |name| {
            let value = parts.headers.get(name)?;
            Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        Ok(Self {
            front: Front::from_ref(state),
            route: route.ok_or_else(Refusal::no_route)?,
            token: token(&parts.headers),
            visit: word(VISIT_NAME),
            client: word(CLIENT_NAME),
        })
    }
}

/// Runs work that blocks; a panic in it becomes a 500.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(Refusal::new(500, "Something went wrong")))
}

/// The bearer token of a request, if it has one.
pub(super) fn token(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

/// Lets a request in or turns it away.
pub(super) async fn guard(State(front): State<Front>, request: Request, next: Next) -> Response {
    match admissible(&front, &request) {
        Ok(()) => next.run(request).await,
        Err(refusal) => Door::of(request.uri().path()).worded(refusal.into_response()),
    }
}

fn admissible(front: &Front, request: &Request) -> Result<()> {
    let foreign = || Refusal::new(403, "this address is not the sandbox's");
    let host = only(request.headers(), &header::HOST).ok_or_else(foreign)?;
    let target = request.uri().authority().map(axum::http::uri::Authority::as_str);
    if !front.is_ours(host) || target.is_some_and(|target| !front.is_ours(target)) {
        return Err(foreign());
    }
    if request.headers().contains_key(header::ORIGIN) {
        return Err(Refusal::new(403, "the sandbox does not talk to web pages"));
    }
    Ok(())
}

/// The value of a header that is there exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() { None } else { value.to_str().ok() }
}

/// How much of a refused body is taken and thrown away, in bytes.
const DRAIN: usize = 16 << 20;

/// Takes a little more of what nobody wants: many clients read the answer only after they have
/// sent everything, and would see a broken connection instead of the refusal.
pub(super) async fn drain(body: Body) {
    let (mut pieces, mut left) = (body.into_data_stream(), DRAIN);
    while let Some(Ok(piece)) = pieces.next().await {
        left = left.saturating_sub(piece.len());
        if left == 0 {
            return;
        }
    }
}

/// Reads an id of a path; a bad shape is refused as Connect does it, for example
/// `Invalid Vault UUID`.
pub(super) fn parse<T: TryFrom<String, Error = BadId>>(kind: &str, text: &str) -> Result<T> {
    T::try_from(text.to_owned()).map_err(|_| Refusal::shape(kind))
}

/// Reads a JSON body. The parser's message is not passed on: it repeats what was sent.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    serde_json::from_slice(bytes).map_err(|error| {
        let at = format!("line {} column {}", error.line(), error.column());
        Refusal::bad(format!("Invalid request body at {at}"))
    })
}
