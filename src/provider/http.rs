//! One HTTP client for the providers that speak JSON: bearer token, no redirects, no proxy, bounded
//! answers, and failures told apart by what helps.
//!
//! The token is only ever given to `bearer_auth`, which marks the header as sensitive; addresses
//! are built from checked ids, never from what a server sent.

use std::sync::OnceLock;
use std::time::Duration;

use futures_util::stream;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt as _;
use tokio::sync::mpsc;

use super::{Source, nonsense};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::{Expose, Secret};

/// The longest JSON answer taken, in bytes.
const ANSWER_LIMIT: usize = 64 << 20;
/// How much of a refusal's body is read for its words, in bytes: pages of proxies have no end.
const REFUSAL_LIMIT: usize = 64 << 10;
/// How much of a body is sent at a time, in bytes.
const PIECE: usize = 64 << 10;
/// How long a connection may take, and how long an answer may pause.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The least bytes a second of a file that is fetched, and what the service may take beside that: it may have to
/// fetch the file itself before it sends the first byte.
const SLOWEST: u64 = 16 << 10;
const BEFORE_BYTES: Duration = Duration::from_secs(120);
/// And the longest that any file may take.
const LONGEST: Duration = Duration::from_secs(24 * 3_600);

/// A client for one service with one token. It is built by the first request, since building one
/// takes longer than a first frame may.
pub(super) struct Http {
    client: OnceLock<reqwest::Client>,
    base: String,
    token: Secret,
    way: Way,
    bounds: Bounds,
}

/// What is taken of an answer in JSON.
struct Bounds {
    /// So many bytes.
    bytes: usize,
    /// By then it has to be over, however it comes; a pause is bounded anyway.
    within: Option<Duration>,
}

/// How long fetching a file of so many bytes may take.
pub(super) fn by_size(bytes: u64) -> Duration {
    (BEFORE_BYTES + Duration::from_secs(bytes / SLOWEST)).min(LONGEST)
}

/// How a service is reached.
enum Way {
    /// On this machine: without certificates and proxies.
    Loopback,
    /// Over TLS, through a proxy where one is named.
    Tls(Option<String>),
}

/// The body of an error: Connect and the sandbox write `{"status", "message"}`, the Events API
/// `{"Error": {"Message"}}`.
#[derive(Deserialize)]
struct Refusal {
    message: Option<String>,
    #[serde(rename = "Error")]
    error: Option<Inner>,
}

#[derive(Deserialize)]
struct Inner {
    #[serde(rename = "Message")]
    message: String,
}

impl Refusal {
    /// What a body says, in either shape; `None` where it is neither, such as the page of a proxy.
    fn read(body: &[u8]) -> Option<String> {
        let refusal: Self = serde_json::from_slice(body).ok()?;
        let words = refusal.message.or_else(|| Some(refusal.error?.message))?;
        (!words.is_empty()).then_some(words)
    }
}

impl Http {
    /// A client for a service on this machine. Certificates are not loaded, since the loopback
    /// needs none; a proxy is never used, since it would be handed the token.
    pub(super) fn loopback(base: &str, token: Secret) -> Self {
        Self::new(base, token, Way::Loopback)
    }

    /// A client for a service elsewhere: over TLS alone, with the certificates of this machine, and through no
    /// proxy but the one that is named.
    pub(super) fn tls(base: &str, token: Secret, proxy: Option<&str>) -> Self {
        Self::new(base, token, Way::Tls(proxy.map(str::to_owned)))
    }

    fn new(base: &str, token: Secret, way: Way) -> Self {
        let bounds = Bounds { bytes: ANSWER_LIMIT, within: None };
        Self { client: OnceLock::new(), base: base.trim_end_matches('/').to_owned(), token, way, bounds }
    }

    /// The same, taking answers in JSON that are as long as this at most and are over in this time.
    pub(super) fn bounded(self, bytes: usize, within: Duration) -> Self {
        Self { bounds: Bounds { bytes, within: Some(within) }, ..self }
    }

    fn client(&self) -> Result<&reqwest::Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let failed = |error: reqwest::Error| {
            Fault::new(Kind::Local, format!("the HTTP client: {}", error.without_url()))
        };
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT);
        let builder = match &self.way {
            Way::Loopback => builder.tls_certs_only([]),
            Way::Tls(None) => builder.https_only(true),
            Way::Tls(Some(proxy)) => {
                builder.https_only(true).proxy(reqwest::Proxy::all(proxy).map_err(failed)?)
            }
        };
        let client = builder.build().map_err(failed)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// A request to a path that begins with `/`.
    pub(super) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        Ok(self.bare(method, path)?.bearer_auth(self.token.expose_secret()))
    }

    /// The same without the token.
    fn bare(&self, method: Method, path: &str) -> Result<RequestBuilder> {
        Ok(self.client()?.request(method, format!("{}{path}", self.base)))
    }

    /// Asks without a token whether anybody answers.
    pub(super) async fn knock(&self, path: &str) -> Result<()> {
        send(self.bare(Method::GET, path)?, false).await.map(drop)
    }

    /// Asks for JSON.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.json(self.request(Method::GET, path)?).await
    }

    /// Asks for JSON by a question that is a JSON body: a read, although it is sent as a POST.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &(impl Serialize + Sync),
    ) -> Result<T> {
        self.json(self.request(Method::POST, path)?.json(question)).await
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let Bounds { bytes, within } = self.bounds;
        let request = within.into_iter().fold(request, RequestBuilder::timeout);
        understood(&collect(send(request, false).await?, bytes).await?)
    }

    /// Sends a change and reads the JSON answer. A failure after the request may have left this
    /// machine is of [`Kind::Unknown`]: the change may have happened.
    pub(super) async fn change<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let answer = send(request, true).await?;
        read(answer).await.map_err(unknown)
    }

    /// Sends a change whose answer has no body.
    pub(super) async fn change_quietly(&self, request: RequestBuilder) -> Result<()> {
        send(request, true).await.map(drop)
    }

    /// Sends a change whose body is taken from a reader, piece by piece, and reads the JSON answer.
    pub(super) async fn send_stream<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        bytes: Source<'_>,
    ) -> Result<T> {
        let (pieces, body) = mpsc::channel::<std::io::Result<Vec<u8>>>(1);
        let body = stream::unfold(body, |mut body| async { Some((body.recv().await?, body)) });
        let request = request.body(reqwest::Body::wrap_stream(body));
        let feed = async move {
            loop {
                let mut piece = vec![0; PIECE];
                let read = bytes.read(&mut piece).await;
                let more = matches!(read, Ok(1..));
                let piece = read.map(|length| {
                    piece.truncate(length);
                    piece
                });
                // Whoever no longer listens has said why in the answer.
                let heard =
                    matches!(piece, Ok(ref piece) if piece.is_empty()) || pieces.send(piece).await.is_ok();
                if !(more && heard) {
                    return;
                }
            }
        };
        tokio::join!(self.change(request), feed).0
    }

    /// Asks for a body that the caller reads piece by piece, and that breaks off where it is not over in time.
    pub(super) async fn stream(&self, path: &str, within: Option<Duration>) -> Result<Response> {
        let request = self.request(Method::GET, path)?;
        send(within.into_iter().fold(request, RequestBuilder::timeout), false).await
    }
}

/// A fault after something was sent whose outcome it leaves open.
pub(super) fn unknown(fault: Fault) -> Fault {
    Fault { kind: Kind::Unknown, ..fault }
}

/// Sends a request and turns everything but success into a fault.
async fn send(request: RequestBuilder, changes: bool) -> Result<Response> {
    let answer = request.send().await.map_err(|error| {
        // Refused connections never carried the request; anything later may have.
        let sent = changes && !error.is_connect();
        let kind = if sent { Kind::Unknown } else { Kind::Unreachable };
        Fault::new(kind, format!("no answer from the service: {}", cause(error)))
    })?;
    if answer.status().is_success() {
        return Ok(answer);
    }
    Err(refusal(answer, changes).await)
}

/// What went wrong, without the address: it holds ids, and a proxy's may hold a password.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    text
}

async fn refusal(answer: Response, changes: bool) -> Fault {
    let status = answer.status();
    if status.is_redirection() {
        let message = format!("the service sends elsewhere ({}), which is never followed", status.as_u16());
        let kind = if changes { Kind::Unknown } else { Kind::Broken };
        return Fault::new(kind, message).hint("name the address itself, if it is the right one");
    }
    let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
    let body = collect(answer, REFUSAL_LIMIT).await.unwrap_or_default();
    let message = Refusal::read(&body).map_or_else(
        || format!("the service answered {}", status.as_u16()),
        |words| format!("{words} ({})", status.as_u16()),
    );
    let kind = match status {
        StatusCode::UNAUTHORIZED => Kind::SignIn,
        StatusCode::FORBIDDEN => Kind::Denied,
        StatusCode::NOT_FOUND => Kind::NotFound,
        StatusCode::CONFLICT => Kind::Conflict,
        StatusCode::TOO_MANY_REQUESTS => Kind::RateLimit,
        // The service did not take it: nothing happened.
        status if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT => Kind::Broken,
        _ if changes => Kind::Unknown,
        _ => Kind::Broken,
    };
    let fault = Fault::new(kind, message);
    match wait {
        Some(seconds) => fault.retry_after(Duration::from_secs(seconds)),
        None => fault,
    }
}

/// Reads the JSON of an answer.
pub(super) async fn read<T: DeserializeOwned>(answer: Response) -> Result<T> {
    understood(&collect(answer, ANSWER_LIMIT).await?)
}

fn understood<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    if body.is_empty() {
        return Err(Fault::new(Kind::Broken, "the answer is empty"));
    }
    serde_json::from_slice(body).map_err(|error| nonsense(&error))
}

/// The body, which is as long as `limit` at most: what announces or sends more is not taken.
async fn collect(mut answer: Response, limit: usize) -> Result<Vec<u8>> {
    let too_long = || Fault::new(Kind::Broken, "the answer is too long");
    if answer.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_long());
    }
    let mut body = Vec::new();
    let broken = |error| Fault::new(Kind::Broken, format!("the answer broke off: {}", cause(error)));
    while let Some(piece) = answer.chunk().await.map_err(broken)? {
        if body.len() + piece.len() > limit {
            return Err(too_long());
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}
