//! How the service of a class is reached: the sandbox that is meant, or 1Password through its CLI.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::announcement::{announce, served};
use super::{Choice, Embedded, Manner, local, token};
use crate::config::{self, Config, Environment, Op as Setting, Places, ProviderName};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::secret::Secret;
use crate::process::Binary;
use crate::provider::Shared;
use crate::provider::op::Op;
use crate::provider::sandbox::Sandbox;
use crate::sandbox;

/// How the service is reached.
pub(super) enum Reach {
    /// A sandbox on this machine.
    Sandbox {
        /// Its address.
        url: String,
        /// Who acts.
        token: Secret,
    },
    /// 1Password through its CLI.
    Op(Arc<Op>),
}

impl Reach {
    /// A provider; for a sandbox one with connections of its own.
    pub(super) fn provider(&self) -> Result<Shared> {
        Ok(match self {
            Self::Sandbox { url, token } => Arc::new(Sandbox::at(url, token.clone())?),
            Self::Op(op) => Arc::clone(op) as Shared,
        })
    }
}

/// Two of the tokens that the tokens file of a sandbox holds.
#[derive(Deserialize)]
struct Tokens {
    service_account: Secret,
    admin: Secret,
}

/// The file with the token of a sandbox's administrator, beside that of its service account.
pub(super) const ADMINISTRATOR: &str = "administrator.token";

/// Reaches the service that the class file means.
pub(super) async fn reach(
    config: &Config,
    choice: &Choice,
    places: &Places,
    manner: Manner,
) -> Result<(Reach, Option<Embedded>)> {
    match config.provider()? {
        ProviderName::Sandbox => to_sandbox(config, choice.person, places, manner).await,
        // Connect and Events only read: they are never the one that acts.
        ProviderName::Op | ProviderName::Connect | ProviderName::Events => {
            // Who stays and asks all the time is told at once.
            if manner.announces {
                binary(&config.op, choice)?;
            }
            Ok((Reach::Op(Arc::new(to_op(&config.op, choice).await?)), None))
        }
    }
}

/// 1Password through its CLI: as the service account, or where there is no token as the person who is
/// signed in. A program that may not be run is told of when it is first asked, so that what asks nothing of
/// it still works.
pub(super) async fn to_op(setting: &Setting, choice: &Choice) -> Result<Op> {
    let token = if choice.person { None } else { token(setting, &choice.env).await? };
    Ok(Op::new(binary(setting, choice), token, &choice.env.texts()))
}

/// The CLI that would be run.
pub(super) fn binary(setting: &Setting, choice: &Choice) -> Result<Binary> {
    let current = std::env::current_dir().unwrap_or_default();
    Binary::resolve(setting.path.as_deref(), choice.env.raw("PATH"), &current)
}

/// The service account's token, from the environment, its file or its command.
async fn token(setting: &Setting, env: &Environment) -> Result<Option<Secret>> {
    match (setting.token.read()?, &setting.token_command) {
        (None, Some(words)) => token::printed(words, env).await.map(Some),
        (token, _) => Ok(token),
    }
}

/// The sandbox that the class file means: the one it names, a running one, or an embedded one
/// whose world is kept in the state folder.
async fn to_sandbox(
    config: &Config,
    person: bool,
    places: &Places,
    manner: Manner,
) -> Result<(Reach, Option<Embedded>)> {
    if let Some(url) = config.sandbox.url.clone() {
        if person {
            return Ok((Reach::Sandbox { url, token: administrator(config)? }, None));
        }
        let token = config.sandbox.token.read()?.ok_or_else(|| {
            Fault::new(Kind::SignIn, "there is no token for the sandbox")
                .hint("set STRONGROOM_SANDBOX_TOKEN, or token_file under [provider.sandbox]")
        })?;
        return Ok((Reach::Sandbox { url, token }, None));
    }
    if let Some(found) = served(places) {
        let Tokens { service_account, admin } = read_tokens(&found.tokens_file)?;
        let token = if person { admin } else { service_account };
        return Ok((Reach::Sandbox { url: found.url, token }, None));
    }
    let cancel = CancellationToken::new();
    let serving = sandbox::serve(sandbox::Config::new(places.state.join("sandbox")), cancel.clone()).await;
    let running = serving.map_err(|fault| match fault.hint {
        Some(_) => fault,
        None => fault.hint("start one that several programs can use with `strongroom sandbox serve`"),
    })?;
    let token = if person { running.admin.clone() } else { running.service_account.clone() };
    let reach = Reach::Sandbox { url: running.url.clone(), token };
    let announcement = if manner.announces { announce(&running, places)? } else { None };
    Ok((reach, Some(Embedded { running, cancel, _announcement: announcement, _world: None })))
}

fn read_tokens(path: &Path) -> Result<Tokens> {
    let text = fs::read_to_string(path).map_err(|error| local(path, &error))?;
    // The parser's own words may quote what it stumbled over.
    serde_json::from_str(&text)
        .map_err(|_| Fault::new(Kind::Local, format!("{} is not a tokens file", path.display())))
}

/// The token of a named sandbox's administrator, who stands there for the person that is signed in.
fn administrator(config: &Config) -> Result<Secret> {
    let beside = config.sandbox.token.file.as_deref().map(|file| file.with_file_name(ADMINISTRATOR));
    let missing = || {
        let hint = format!("put it beside token_file of [provider.sandbox], as {ADMINISTRATOR}");
        Fault::new(Kind::SignIn, "there is no administrator's token for the sandbox").hint(hint)
    };
    let file = beside.filter(|file| file.exists()).ok_or_else(missing)?;
    config::read_token(&file)
}
