//! The sandbox: a real vault server on this machine that imitates 1Password.
//!
//! It speaks 1Password Connect's `/v1/…`, the Events API's `/api/…` and, for what neither can do, management
//! routes under `/sandbox/v1/…`. Vaults, people, access, items, files and versions are real and are kept in a
//! database; permissions are enforced on every route as 1Password documents them, and a service
//! account is refused what 1Password refuses it. What is imitated and not real: encryption (there
//! is none, so it must hold no real data), sign-in (a bearer token a principal; tokens of Connect and of the
//! Events API have the claims of real ones under a signature that is none), and everything
//! that happens in 1Password's apps. Figures measured against it are simulated ones.
//!
//! Knows `domain`, axum, SQLite. Must not know the rest of Strongroom: it stands in the place of a
//! foreign service. Its ids begin with `sbx`, which providers of real data refuse.
//!
//! ```text
//! op ARGS… ─> op (a client process) ──┐
//! request ─> front (Host) ─> faults (a plan of what goes wrong) ─> door (words) ─> connect | events | admin
//!                                                                                      │
//!                         world.db, files/ <─ world.at(now) <─ front::Call (token, count, ration)
//! ```

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::MethodRouter;
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

mod admin;
mod connect;
mod door;
mod events;
mod faults;
mod front;
mod line;
pub mod op;
pub mod refusal;
mod routes;
pub mod scenario;
pub mod traffic;
mod wire;
mod worded;
pub mod world;

pub use front::Clock;
pub use scenario::{Built, Scenario};
pub use world::{Limits, PersonToken, View, World};

use crate::domain::access::AccountKind;
use crate::domain::fault::{Fault, Kind};
use crate::domain::id::AccountId;
use crate::domain::secret::Secret;
use faults::Faults;
use front::Front;
use line::{Cutter, Lines};
use refusal::Refusal;
use world::{Founding, Rules};

/// The largest file that is taken: 1 GiB.
pub const MAX_UPLOAD: u64 = 1 << 30;

/// How long [`Running::stop`] waits for calls that are still being answered.
const PATIENCE: Duration = Duration::from_secs(2);

/// How to run a sandbox.
#[derive(Clone)]
pub struct Config {
    /// The data folder; made if it is not there, taken up again if it holds a world.
    pub data: PathBuf,
    /// Where to listen; only loopback addresses are taken, port 0 picks a free one.
    pub listen: SocketAddr,
    /// What a new world holds. A world that exists already cannot be given one.
    pub scenario: Option<Scenario>,
    /// The service account's ration; a new world becomes an account of that kind.
    pub limits: Limits,
    /// What the service account is shown.
    pub view: View,
    /// Where the time comes from.
    pub clock: Clock,
    /// The largest file that is taken, in bytes.
    pub max_upload: u64,
}

impl Config {
    /// A sandbox on a free port of 127.0.0.1, without limits, as blind as the real service.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            scenario: None,
            limits: Limits::None,
            view: View::ServiceAccount,
            clock: Arc::new(Timestamp::now),
            max_upload: MAX_UPLOAD,
        }
    }
}

impl std::fmt::Debug for Config {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("data", &self.data)
            .field("listen", &self.listen)
            .finish_non_exhaustive()
    }
}

/// A sandbox that is answering. Dropping it does not stop it: cancel the token given to [`serve`],
/// or call [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    /// Its address, for example `http://127.0.0.1:4711`, without a slash at the end.
    pub url: String,
    /// The account.
    pub account: AccountId,
    /// Its kind.
    pub kind: AccountKind,
    /// The first administrator's token.
    pub admin: Secret,
    /// The service account's token.
    pub service_account: Secret,
    /// The tokens of people, administrators included, as they were when it started.
    pub people: Vec<PersonToken>,
    /// The 0600 file that holds all tokens and is kept current.
    pub tokens_file: PathBuf,
    /// What the scenario made; only for a world that was made just now.
    pub built: Option<Built>,
    /// The world itself, for whoever runs in the same process.
    pub world: Arc<World>,
    shutdown: CancellationToken,
    task: JoinHandle<std::io::Result<()>>,
}

impl Running {
    /// Stops answering. Calls in flight get two seconds to end.
    pub async fn stop(self) {
        self.shutdown.cancel();
        // Whatever is still running then ends with the process; every change is a transaction.
        drop(tokio::time::timeout(PATIENCE, self.task).await);
    }
}

/// Opens the world and answers until `shutdown` is cancelled or [`Running::stop`] is called.
///
/// A new world is made from the scenario, or empty. The service account's token names the address
/// that was bound. A world that is served on another address than before keeps accepting the old
/// token, and a new one with the new address is written to the tokens file.
pub async fn serve(config: Config, shutdown: CancellationToken) -> Result<Running, Fault> {
    if !config.listen.ip().is_loopback() {
        let fault =
            Fault::new(Kind::Input, format!("{} is not an address of this machine alone", config.listen));
        return Err(fault.hint("the sandbox listens on 127.0.0.1 only"));
    }
    let unreachable =
        |error: std::io::Error| Fault::new(Kind::Unreachable, format!("cannot listen: {error}"));
    let listener = TcpListener::bind(config.listen).await.map_err(unreachable)?;
    let address = listener.local_addr().map_err(unreachable)?;
    let url = format!("http://{address}");
    let (clock, max_upload) = (config.clock.clone(), config.max_upload);
    let opening = {
        let url = url.clone();
        front::blocking(move || open(&config, &url))
    };
    let Opened { world, built, account, kind } = opening.await.map_err(|refusal| local(&refusal))?;
    let tokens = world.tokens();
    let shutdown = shutdown.child_token();
    let front = Front::new(world.clone(), clock, max_upload, address);
    let faults = Arc::new(Faults::new(front.clone(), shutdown.clone()));
    let stopping = shutdown.clone();
    let routes = router(front, faults).into_make_service_with_connect_info::<Cutter>();
    let serving = axum::serve(Lines(listener), routes).with_graceful_shutdown(stopping.cancelled_owned());
    Ok(Running {
        url,
        account,
        kind,
        admin: tokens.admin,
        service_account: tokens.service_account,
        people: tokens.people,
        tokens_file: world.tokens_file(),
        built,
        world,
        shutdown,
        task: tokio::spawn(async move { serving.await }),
    })
}

struct Opened {
    world: Arc<World>,
    built: Option<Built>,
    account: AccountId,
    kind: AccountKind,
}

#[allow(
    clippy::redundant_closure_for_method_calls,
    reason = "the paths of the methods are not general enough over the turn's lifetime"
)]
fn open(config: &Config, url: &str) -> refusal::Result<Opened> {
    let world = World::open(&config.data, Rules { limits: config.limits, view: config.view })?;
    let at = world.at((config.clock)());
    let exists = at.read(|turn| turn.is_founded())?;
    let built = match (&config.scenario, exists) {
        (Some(_), true) => {
            return Err(Refusal::bad(format!("{} holds a world already", config.data.display())));
        }
        (Some(scenario), false) => Some(at.write(|turn| scenario.build(turn, url, config.limits.kind()))?),
        (None, false) => {
            let kind = config.limits.kind().unwrap_or(AccountKind::Business);
            at.write(|turn| turn.found(&Founding { kind, ..Founding::default() }, url))?;
            None
        }
        (None, true) => {
            at.write(|turn| turn.refresh_tokens(url))?;
            None
        }
    };
    let account = at.read(|turn| turn.account())?;
    Ok(Opened { built, account: account.id, kind: account.kind, world: Arc::new(world) })
}

fn local(refusal: &Refusal) -> Fault {
    let kind = if refusal.status == 400 { Kind::Input } else { Kind::Local };
    Fault::new(kind, &refusal.message).during("opening the sandbox")
}

/// Every door, behind the desk and the plan of faults.
fn router(front: Front, faults: Arc<Faults>) -> Router {
    mounted(connect::routes(), connect::Server::new(front.clone()))
        .merge(mounted(events::routes(), events::Reporting::new(front.clone())))
        .merge(mounted(admin::routes(), front.clone()))
        .merge(mounted(faults::desk::routes(), faults.clone()))
        .fallback(|| async { Refusal::no_route() })
        .method_not_allowed_fallback(|| async { Refusal::new(405, "this route does not take that method") })
        .layer(from_fn(door::word))
        .layer(from_fn_with_state(faults, faults::pass))
        .layer(from_fn_with_state(front, front::guard))
}

/// The routes of a door, each with and without a slash at its end (Connect's JavaScript client sends one).
fn mounted<S: Clone + Send + Sync + 'static>(
    routes: Vec<(&'static str, MethodRouter<S>)>,
    state: S,
) -> Router {
    let add = |router: Router<S>, (path, answer): (&'static str, MethodRouter<S>)| {
        router.route(path, answer.clone()).route(&format!("{path}/"), answer)
    };
    routes.into_iter().fold(Router::new(), add).with_state(state)
}
