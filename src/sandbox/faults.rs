//! What goes wrong on purpose: a seeded plan of faults, for whoever has to live with them.
//!
//! The plan stands between the front desk and everything behind it, so every door has it: Connect's
//! routes, the management routes, and the imitation of the CLI, which is a client of both. The world
//! and its ledger stay true whatever an answer says. Knows requests, answers and the plan; must not
//! know what a route does, beyond which of its answers could be told from a right one by nobody.
//!
//! ```text
//! request ─> Tally::draw(seed, rule, number) ─┬─> refuse, hang            (nothing happens)
//!                                             ├─> Inside ─> spoil the answer, or lose it
//!                                             └─> lose the answer, Inside later
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http::StatusCode;
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
use super::front::{Door, Front, Inside, blocking, token};
use super::line::Cutter;
use super::refusal::{Refusal, Result};
use super::routes;
use super::upload::drain;
use super::world::{At, Replica, Scope};
use earlier::{Earlier, Key};
use mishap::Mishap;
use plan::{Plan, Side};
use tally::{Asked, Drawn, Tally};

/// The longest request that can be carried out late, in bytes; a longer one is lost.
const LATE_LIMIT: usize = 64 << 20;

/// The plan of a sandbox, if there is one.
pub(super) struct Faults {
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
    pub(super) fn new(shutdown: CancellationToken) -> Self {
        Self { current: Mutex::default(), shutdown }
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
    fn remembers(&self, route: &routes::Route) -> bool {
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
    let (front, token) = (front.clone(), token?);
    let caller = blocking(move || front.world.at((front.clock)()).read(|turn| turn.sign_in(&token)));
    let caller = caller.await.ok()?;
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
    inside: Inside,
) -> Response {
    let Some(copy) = active.copy.clone() else { return active.unspoilt(drawn, inside.answer(request).await) };
    let (desk, behind, lag) = (front.clone(), copy.clone(), drawn.rule.delay);
    let is_current = blocking(move || {
        let at = desk.world.at((desk.clock)());
        behind.follow(at, SignedDuration::try_from(lag).unwrap_or(SignedDuration::MAX))?;
        behind.is_current(at)
    });
    match is_current.await {
        Ok(is_current) => {
            request.extensions_mut().insert(Lagging(copy));
            let answer = inside.answer(request).await;
            if is_current { active.unspoilt(drawn, answer) } else { answer }
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// Answers a request as the plan wants it.
pub(super) async fn pass(front: &Front, request: Request, inside: Inside) -> Response {
    let Some(active) = front.faults.current() else { return inside.answer(request).await };
    let Some((mut asked, token)) = active.asked(&request) else { return inside.answer(request).await };
    asked.side = side(front, token).await;
    let key = Key::of(&request);
    let Some(mut drawn) = active.draw(&asked) else {
        let answer = inside.answer(request).await;
        return if active.remembers(asked.route) { active.earlier.note(key, answer).await } else { answer };
    };
    let delay = drawn.rule.delay;
    match drawn.rule.mishap {
        Mishap::Delay => {
            front.faults.wait(delay).await;
            inside.answer(request).await
        }
        Mishap::Drip => bodies::drip(inside.answer(request).await, delay),
        Mishap::Truncated => bodies::half(inside.answer(request).await),
        Mishap::Reset => torn(request, inside).await,
        Mishap::Stale => match active.earlier.one(key, &mut drawn.rng) {
            Some(answer) => answer,
            None => active.unspoilt(&drawn, inside.answer(request).await),
        },
        Mishap::LostReply => {
            // On its own, so that it is carried out though the client may be gone.
            drop(tokio::spawn(inside.answer(request)).await);
            bodies::nothing()
        }
        Mishap::Late => late(front, request, inside, delay).await,
        Mishap::WrongId => {
            let answer = inside.answer(request).await;
            let crossed = crossed::crossed(front, &asked, &mut drawn.rng, answer).await;
            crossed.unwrap_or_else(|answer| active.unspoilt(&drawn, answer))
        }
        Mishap::InvalidUtf8 => {
            let garbled = bodies::garbled(inside.answer(request).await).await;
            garbled.unwrap_or_else(|answer| active.unspoilt(&drawn, answer))
        }
        Mishap::Flood => match inside.answer(request).await {
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
        | Mishap::Conflict => refuse(front, &asked, request, &drawn).await,
    }
}

/// Half of the answer, on a line that is reset.
async fn torn(request: Request, inside: Inside) -> Response {
    let cutter = request.extensions().get::<ConnectInfo<Cutter>>().cloned();
    let answer = inside.answer(request).await;
    if let Some(ConnectInfo(cutter)) = cutter {
        cutter.tear();
    }
    bodies::half(answer)
}

/// Answers in place of everything behind: nothing happens.
async fn refuse(front: &Front, asked: &Asked, request: Request, drawn: &Drawn) -> Response {
    let in_events = Door::of(&request) == Door::Events;
    let worded = |answer| if in_events { Door::Events.worded(answer) } else { answer };
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    // A client may look for the answer, or be seen to leave, only when all was taken from it.
    drain(request.into_body()).await;
    match drawn.rule.mishap {
        Mishap::RateLimit => worded(bodies::rate_limit(Some(drawn.rule.retry_after))),
        Mishap::RateLimitBare => worded(bodies::rate_limit(None)),
        Mishap::Unauthorized => worded(bodies::unauthorized()),
        Mishap::ServerError => worded(bodies::server_error()),
        Mishap::Gateway => bodies::gateway(),
        Mishap::Redirect => bodies::redirect(front.port(), &path),
        Mishap::Forbidden => bodies::of_connect(Refusal::out_of_scope()),
        Mishap::NotReady => bodies::of_connect(Refusal::not_initiated()),
        Mishap::Conflict => bodies::conflict(asked.route.method),
        _ => {
            front.faults.wait(drawn.rule.delay).await;
            bodies::nothing()
        }
    }
}

/// Takes the request, answers nothing, and carries it out later.
async fn late(front: &Front, request: Request, inside: Inside, delay: std::time::Duration) -> Response {
    let (parts, body) = request.into_parts();
    if let Ok(bytes) = to_bytes(body, LATE_LIMIT).await {
        let faults = front.faults.clone();
        tokio::spawn(async move {
            if faults.wait(delay).await {
                drop(inside.answer(Request::from_parts(parts, Body::from(bytes))).await);
            }
        });
    }
    bodies::nothing()
}

impl Faults {
    /// Waits; `false` if the sandbox is ending.
    async fn wait(&self, time: std::time::Duration) -> bool {
        self.shutdown.run_until_cancelled(tokio::time::sleep(time)).await.is_some()
    }
}
