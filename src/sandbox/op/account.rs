//! `op whoami`, `op account get` and `op service-account ratelimit`.

use serde_json::{Value, json};

use super::answer::Answer;
use super::find::text;
use super::session::{Key, Session};
use super::trouble::{Result, Trouble};
use super::{Profile, Run};
use crate::domain::access::AccountKind;

/// `op whoami`: a person, or a service account in one of three spellings (recorded from 2.18, 2.20 and
/// 2024 versions).
pub(super) async fn whoami(run: &Run) -> Result<Answer> {
    let key = Key::of(run)?;
    if key.is_service_account && run.home.has(Profile::Whoami218) {
        return Ok(Answer::Json(json!({ "URL": key.url, "ServiceAccountType": "SERVICE_ACCOUNT" })));
    }
    let late = key.is_service_account && run.home.has(Profile::Whoami220);
    if late && !run.home.remember("authenticated", |known| *known == true) {
        return Err(Trouble::new("service account token set, but not authenticated yet"));
    }
    let session = Session::open(run).await?;
    let (url, who, account) = (session.url(), text(&session.principal, "id"), &session.account.id);
    let answer = if !key.is_service_account {
        json!({
            "url": url, "email": text(&session.principal, "email"), "user_uuid": who, "account_uuid": account,
        })
    } else if late {
        json!({ "url": url, "user_uuid": who, "account_uuid": account, "user_type": "SERVICE_ACCOUNT" })
    } else {
        json!({
            "url": url, "URL": url, "user_uuid": who, "account_uuid": account,
            "user_type": "SERVICE_ACCOUNT", "ServiceAccountType": "SERVICE_ACCOUNT",
        })
    };
    Ok(Answer::Json(answer))
}

/// What is left: the account and its ration.
pub(super) async fn run(run: &Run, session: &Session) -> Result<Answer> {
    match run.words.name() {
        "account get" => Ok(Answer::Json(account(session))),
        "service-account ratelimit" => session.get("/sandbox/v1/ratelimit").await.map(Answer::Json),
        name => Err(Trouble::new(format!("op {name} is not a part of this imitation"))),
    }
}

fn account(session: &Session) -> Value {
    let kind = match session.account.kind {
        AccountKind::Business => "BUSINESS",
        AccountKind::Teams => "TEAM",
        AccountKind::Families => "FAMILY",
    };
    json!({
        "id": session.account.id, "name": session.account.name, "domain": "sandbox", "type": kind,
        "state": "ACTIVE", "created_at": text(&session.principal, "created_at"),
    })
}
