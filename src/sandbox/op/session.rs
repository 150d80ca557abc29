//! One run's way to the sandbox: where it is, whose token, and the visit that pays for the whole run.
//!
//! With `OP_SERVICE_ACCOUNT_TOKEN` the address is the token's `signInAddress`; without it the
//! administrator of the running sandbox counts as signed in, found by its tokens file. Only addresses of
//! this machine are called, whatever a token says: a real token given to the imitation goes nowhere.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde::Deserialize;
use serde_json::Value;

use super::commands::{Visiting, is_refused};
use super::home::env;
use super::trouble::{Result, Trouble};
use super::{Profile, Run};
use crate::domain::host::is_loopback_http;
use crate::domain::secret::{Expose as _, Secret};
use crate::sandbox::front::VISIT_NAME;
use crate::sandbox::routes;

/// What a service account's token tells.
#[derive(Deserialize)]
struct TokenBody {
    #[serde(rename = "signInAddress")]
    address: String,
    #[serde(rename = "deviceUuid")]
    device: Option<String>,
}

/// A sandbox's tokens file, as far as it is read here.
#[derive(Deserialize)]
struct TokensFile {
    admin: Secret,
    service_account: Secret,
}

/// What a running sandbox announces.
#[derive(Deserialize)]
struct Announced {
    tokens_file: PathBuf,
}

/// Who is at the door.
pub(super) struct Key {
    pub(super) url: String,
    token: Secret,
    pub(super) is_service_account: bool,
    /// The exit code of a ration that is used up.
    rations_exit: u8,
}

impl Key {
    /// The service account of the environment, else the signed-in person.
    pub(super) fn of(run: &Run) -> Result<Self> {
        let Some(token) = env("OP_SERVICE_ACCOUNT_TOKEN") else { return person(run) };
        let token = token.into_string().map_err(|_| Trouble::malformed())?;
        let body = read_token(&token).ok_or_else(Trouble::malformed)?;
        let device = env("OP_DEVICE").map(|device| device.to_string_lossy().into_owned());
        if device.is_some() && device != body.device {
            return Err(Trouble::new(
                "Signin credentials are not compatible with the provided user auth from server",
            ));
        }
        let url = loopback(&body.address)?;
        Ok(Self { url, token: token.into(), is_service_account: true, rations_exit: rations_exit(run) })
    }

    /// The answer to a request, if it is no refusal; that is turned into the CLI's words.
    async fn answer(&self, request: RequestBuilder) -> Result<Response> {
        let response = request.send().await.map_err(|error| Trouble::unanswered(&self.url, &error))?;
        let status = response.status().as_u16();
        if response.status().is_success() {
            return Ok(response);
        }
        let body: Value = response.json().await.unwrap_or_default();
        let message = body["message"].as_str().unwrap_or("Something went wrong");
        Err(match status {
            401 if self.is_service_account => Trouble::deleted(),
            401 => Trouble::new("account is not signed in"),
            429 => Trouble { message: message.to_owned(), code: self.rations_exit },
            _ if message.starts_with("the accessor doesn't") => Trouble::new(message),
            400 if message.starts_with("In order to grant") => Trouble::new(message),
            404 => Trouble::raw(404, "The requested resource was not found."),
            _ => Trouble::raw(status, &format!("{}.", message.trim_end_matches('.'))),
        })
    }
}

fn rations_exit(run: &Run) -> u8 {
    if run.home.has(Profile::Exit4On429) { 4 } else { 1 }
}

fn read_token(token: &str) -> Option<TokenBody> {
    let body = token.strip_prefix("ops_")?;
    let bytes = URL_SAFE_NO_PAD.decode(body).or_else(|_| URL_SAFE.decode(body)).ok()?;
    serde_json::from_slice(&bytes).ok()
}

fn loopback(address: &str) -> Result<String> {
    let address = address.trim_end_matches('/');
    if !is_loopback_http(address) {
        return Err(Trouble::new(
            "error initializing client: the token's address is not a sandbox on this machine, and this \
             imitation calls nothing else",
        ));
    }
    Ok(address.to_owned())
}

fn person(run: &Run) -> Result<Key> {
    let tokens = run.home.setting.tokens.clone().or_else(announced).ok_or_else(Trouble::nobody)?;
    let text = std::fs::read(&tokens).map_err(|_| Trouble::nobody())?;
    let file: TokensFile = serde_json::from_slice(&text).map_err(|_| Trouble::nobody())?;
    // The service account's token is renewed whenever the sandbox moves, so it knows the address.
    let body = read_token(file.service_account.expose_secret()).ok_or_else(Trouble::nobody)?;
    let (url, rations_exit) = (loopback(&body.address)?, rations_exit(run));
    Ok(Key { url, token: file.admin, is_service_account: false, rations_exit })
}

fn announced() -> Option<PathBuf> {
    let home = env("HOME").map(PathBuf::from);
    let state = env("XDG_STATE_HOME").map(PathBuf::from);
    let state = state.or_else(|| home.map(|home| home.join(".local/state")))?;
    let text = std::fs::read(state.join(Path::new("strongroom/sandbox.json"))).ok()?;
    let announced: Announced = serde_json::from_slice(&text).ok()?;
    Some(announced.tokens_file)
}

/// The answer to a visit.
#[derive(Deserialize)]
struct Opened {
    visit: String,
    account: AccountFacts,
    principal: Value,
}

/// The account.
#[derive(Deserialize)]
pub(super) struct AccountFacts {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) kind: crate::domain::access::AccountKind,
}

/// A run that was let in.
pub(super) struct Session {
    client: Client,
    key: Key,
    visit: String,
    /// The account.
    pub(super) account: AccountFacts,
    /// Whose token it is, as `op user list` shows people.
    pub(super) principal: Value,
}

impl Session {
    /// Signs in and pays for the command.
    pub(super) async fn open(run: &Run) -> Result<Self> {
        let key = Key::of(run)?;
        let name = run.words.name();
        if key.is_service_account && is_refused(name) {
            let let_in = name == "vault edit" && run.home.has(Profile::VaultEdit);
            if !let_in {
                return Err(Trouble::not_for_service_accounts(&format!("op {name}")));
            }
        }
        let mut asked = run.words.visiting();
        asked.favours = Profile::favours(&run.home.setting.profiles);
        if name == "user list" && run.home.has(Profile::UserListCosts) {
            asked.reads = 1;
        }
        let client = Client::builder()
            .tls_certs_only([])
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|_| Trouble::new("error initializing client"))?;
        let Opened { visit, account, principal } = visit(&client, &key, &asked).await?;
        if run.home.has(Profile::Whoami220) {
            run.home.remember("authenticated", |known| *known = true.into());
        }
        Ok(Self { client, key, visit, account, principal })
    }

    pub(super) fn is_service_account(&self) -> bool {
        self.key.is_service_account
    }

    pub(super) fn url(&self) -> &str {
        &self.key.url
    }

    /// Looks something up.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, None).await
    }

    /// Sends a question with a body, and reads the answer; nothing at all is `null`.
    pub(super) async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        read(self.answer(request).await?).await
    }

    /// A request of this visit.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.key.url));
        request.bearer_auth(self.key.token.expose_secret()).header(VISIT_NAME, &self.visit)
    }

    /// The answer, if it is no refusal.
    pub(super) async fn answer(&self, request: RequestBuilder) -> Result<Response> {
        self.key.answer(request).await
    }
}

async fn visit(client: &Client, key: &Key, asked: &Visiting) -> Result<Opened> {
    let request = client.post(format!("{}{}", key.url, routes::VISIT.path));
    let request = request.bearer_auth(key.token.expose_secret()).json(asked);
    let opened = async {
        let value = read(key.answer(request).await?).await?;
        serde_json::from_value(value).map_err(|_| Trouble::new("unexpected end of JSON input"))
    };
    opened.await.map_err(Trouble::while_signing_in)
}

/// Reads an answer. What is no UTF-8 is replaced, as Go's decoder does.
pub(super) async fn read(response: Response) -> Result<Value> {
    let bytes = response.bytes().await.map_err(|error| Trouble::broken_off(&error))?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let text = String::from_utf8_lossy(&bytes);
    serde_json::from_str(&text).map_err(|_| {
        let first = text.trim_start().chars().next().unwrap_or(' ');
        Trouble::new(format!("invalid character '{first}' looking for beginning of value"))
    })
}
