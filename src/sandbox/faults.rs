//! What goes wrong on purpose: a seeded plan of faults, for whoever has to live with them.
//!
//! The plan stands between the front desk and everything behind it, so every door has it: Connect's
//! routes, the management routes, and the imitation of the CLI, which is a client of both. The world
//! and its ledger stay true whatever an answer says. Knows requests, answers and the plan; must not
//! know what a route does, beyond which of its answers could be told from a right one by nobody.
//!
//! ```text
//! request ─> Tally::draw(seed, rule, number) ─┬─> refuse, hang            (nothing happens)
//!                                             ├─> inside ─> spoil the answer, or lose it
//!                                             └─> lose the answer, inside later
//! ```

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRef, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

mod bodies;
mod crossed;
pub(super) mod desk;
mod earlier;
mod feeds;
mod mishap;
mod plan;
mod tally;

use super::connect::Lagging;
use super::door::Door;
use super::front::{Front, drain, token};
use super::line::Cutter;
use super::refusal::{Refusal, Result};
use super::routes::{self, Route};
use super::world::{At, Replica, Scope};
use earlier::{Earlier, Key};
use mishap::Mishap;
use plan::{Plan, Side};
use tally::{Asked, Drawn, Tally};

/// The longest request that can be carried out late, in bytes; a longer one is lost.
const LATE_LIMIT: usize = 64 << 20;

/// The plan of a sandbox, if there is one.
pub(super) struct Faults {
    front: Front,
    current: Mutex<Option<Arc<Active>>>,
    shutdown: CancellationToken,
}

/// A plan that is being followed.
struct Active {
    plan: Plan,
    tally: Mutex<Tally>,
    earlier: Earlier,
    /// What a Connect server has, while it lags behind.
    copy: Option<Arc<Replica>>,
}

impl Faults {
    /// Without a plan. Whatever takes time ends when the sandbox does.
    pub(super) fn new(front: Front, shutdown: CancellationToken) -> Self {
        Self { front, current: Mutex::default(), shutdown }
    }

    fn current(&self) -> Option<Arc<Active>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn begin(&self, at: At<'_>, plan: Plan) -> Result<()> {
        let lags = plan.has(|rule| rule.mishap == Mishap::SyncLag);
        let copy = if lags { Some(Arc::new(Replica::of(at)?)) } else { None };
        let tally = Mutex::new(Tally::of(&plan));
        let active = Active { plan, tally, earlier: Earlier::default(), copy };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(active));
        Ok(())
    }

    fn end(&self) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The plan as it was given, and what it has done.
    fn shown(&self) -> Value {
        let Some(active) = self.current() else {
            return json!({ "plan": null, "requests": 0, "injected": 0, "rules": [], "log": [] });
        };
        let tally = active.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let injected: u64 = tally.counts.iter().map(|count| count.injected).sum();
        json!({
            "plan": active.plan.given, "requests": tally.requests, "injected": injected,
            "rules": tally.counts, "log": tally.log,
        })
    }

    /// Waits; `false` if the sandbox is ending.
    async fn wait(&self, time: Duration) -> bool {
        self.shutdown.run_until_cancelled(tokio::time::sleep(time)).await.is_some()
    }
}

impl FromRef<Arc<Faults>> for Front {
    fn from_ref(faults: &Arc<Faults>) -> Self {
        faults.front.clone()
    }
}

impl Active {
    /// The request as the plan looks at it, and whose it is if a rule wants to know that; `None` where
    /// no plan looks.
    fn asked(&self, request: &Request) -> Option<(Asked, Option<String>)> {
        let route = routes::find(request.method().as_str(), request.uri().path())?;
        if !Mishap::Delay.concerns(route) {
            return None;
        }
        let path = request.uri().path().trim_end_matches('/').to_owned();
        let answered_before = self.remembers(route) && self.earlier.has(Key::of(request));
        let by_side = self.plan.has(|rule| rule.principal != Side::Any);
        let token = if by_side { token(request.headers()) } else { None };
        Some((Asked { route, path, side: None, answered_before }, token))
    }

    /// Whether answers of this route may be wanted again.
    fn remembers(&self, route: &Route) -> bool {
        Mishap::Stale.concerns(route) && self.plan.has(|rule| rule.mishap == Mishap::Stale)
    }

    fn draw(&self, asked: &Asked) -> Option<Drawn> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).draw(&self.plan, asked)
    }

    /// Passes an answer on that should have been another one, and could not be.
    fn unspoilt(&self, drawn: &Drawn, answer: Response) -> Response {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).take_back(drawn);
        answer
    }
}

/// Whose request it is, if the token is known.
async fn side(front: &Front, token: Option<String>) -> Option<Side> {
    let token = token?;
    let caller = front.aside(move |at| at.read(|turn| turn.sign_in(&token))).await.ok()?;
    match caller.scope {
        Scope::Connect { .. } => Some(Side::Connect),
        Scope::Events { .. } => None,
        Scope::Account if caller.is_service_account() => Some(Side::ServiceAccount),
        Scope::Account => Some(Side::Person),
    }
}

/// Answers from a copy of the world that is as old as the plan lets it be.
async fn lagging(
    front: &Front,
    active: &Active,
    drawn: &Drawn,
    mut request: Request,
    inside: Next,
) -> Response {
    let Some(copy) = active.copy.clone() else { return active.unspoilt(drawn, inside.run(request).await) };
    let (behind, lag) = (copy.clone(), drawn.rule.delay);
    let is_current = front.aside(move |at| {
        behind.follow(at, SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX))?;
        behind.is_current(at)
    });
    match is_current.await {
        Ok(is_current) => {
            request.extensions_mut().insert(Lagging(copy));
            let answer = inside.run(request).await;
            if is_current { active.unspoilt(drawn, answer) } else { answer }
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Answers a request as the plan wants it.
pub(super) async fn pass(State(faults): State<Arc<Faults>>, request: Request, inside: Next) -> Response {
    let Some(active) = faults.current() else { return inside.run(request).await };
    let Some((mut asked, token)) = active.asked(&request) else { return inside.run(request).await };
    let front = &faults.front;
    asked.side = side(front, token).await;
    let key = Key::of(&request);
    let Some(mut drawn) = active.draw(&asked) else {
        let answer = inside.run(request).await;
        return if active.remembers(asked.route) { active.earlier.note(key, answer).await } else { answer };
    };
    let delay = drawn.rule.delay;
    match drawn.rule.mishap {
        Mishap::Delay => {
            faults.wait(delay).await;
            inside.run(request).await
        }
        Mishap::Drip => bodies::drip(inside.run(request).await, delay),
        Mishap::Truncated => bodies::half(inside.run(request).await),
        Mishap::Reset => torn(request, inside).await,
        Mishap::Stale => match active.earlier.one(key, &mut drawn.rng) {
            Some(answer) => answer,
            None => active.unspoilt(&drawn, inside.run(request).await),
        },
        Mishap::LostReply => {
            // On its own, so that it is carried out though the client may be gone.
            drop(tokio::spawn(inside.run(request)).await);
            bodies::nothing()
        }
        Mishap::Late => late(&faults, request, inside, delay).await,
        Mishap::WrongId => {
            let answer = inside.run(request).await;
            let crossed = crossed::crossed(front, &asked, &mut drawn.rng, answer).await;
            crossed.unwrap_or_else(|answer| active.unspoilt(&drawn, answer))
        }
        Mishap::InvalidUtf8 => {
            let garbled = bodies::garbled(inside.run(request).await).await;
            garbled.unwrap_or_else(|answer| active.unspoilt(&drawn, answer))
        }
        Mishap::Flood => match inside.run(request).await {
            answer if answer.status() == StatusCode::OK => bodies::flood(answer, drawn.rule.declared),
            answer => active.unspoilt(&drawn, answer),
        },
        Mishap::SyncLag => lagging(front, &active, &drawn, request, inside).await,
        Mishap::DuplicatePage | Mishap::RepeatedCursor | Mishap::OutOfOrderPage | Mishap::LateRecords => {
            let spoilt = feeds::spoilt(front, request, inside, drawn.rule.mishap, &mut drawn.rng).await;
            spoilt.unwrap_or_else(|answer| active.unspoilt(&drawn, answer))
        }
        Mishap::Hang
        | Mishap::RateLimit
        | Mishap::RateLimitBare
        | Mishap::Unauthorized
        | Mishap::ServerError
        | Mishap::Gateway
        | Mishap::Redirect
        | Mishap::Forbidden
        | Mishap::NotReady
        | Mishap::Conflict => refuse(&faults, &asked, request, &drawn).await,
    }
}

/// Half of the answer, on a line that is reset.
async fn torn(request: Request, inside: Next) -> Response {
    let cutter = request.extensions().get::<ConnectInfo<Cutter>>().cloned();
    let answer = inside.run(request).await;
    if let Some(ConnectInfo(cutter)) = cutter {
        cutter.tear();
    }
    bodies::half(answer)
}

/// Answers in place of everything behind: nothing happens.
async fn refuse(faults: &Faults, asked: &Asked, request: Request, drawn: &Drawn) -> Response {
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    // A client may look for the answer, or be seen to leave, only when all was taken from it.
    drain(request.into_body()).await;
    let refusal = match drawn.rule.mishap {
        Mishap::RateLimit => bodies::rate_limit(drawn.rule.retry_after),
        Mishap::RateLimitBare => Refusal::throttled(),
        Mishap::Unauthorized => Refusal::unknown_token(),
        Mishap::ServerError => Refusal::new(500, "Internal Server Error"),
        Mishap::Forbidden => Refusal::out_of_scope(),
        Mishap::NotReady => Refusal::not_initiated(),
        Mishap::Conflict => bodies::conflict(asked.route.method),
        Mishap::Gateway => return bodies::gateway(),
        Mishap::Redirect => return bodies::redirect(faults.front.port(), &path),
        _ => {
            faults.wait(drawn.rule.delay).await;
            return bodies::nothing();
        }
    };
    Door::of(asked.route.path).worded(refusal.into_response())
}

/// Takes the request, answers nothing, and carries it out later.
async fn late(faults: &Arc<Faults>, request: Request, inside: Next, delay: Duration) -> Response {
    let (parts, body) = request.into_parts();
    if let Ok(bytes) = to_bytes(body, LATE_LIMIT).await {
        let faults = faults.clone();
        tokio::spawn(async move {
            if faults.wait(delay).await {
                drop(inside.run(Request::from_parts(parts, Body::from(bytes))).await);
            }
        });
    }
    bodies::nothing()
}
