//! `op vault …`: vaults and who has access to them.

use std::io::{BufRead as _, Write as _};

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::find::{objects, rows, text};
use super::session::Session;
use super::times::freshened;
use super::trouble::{Result, Trouble};
use super::user::group_listed;
use super::words::Words;
use super::{Profile, Run};
use crate::domain::access::Permissions;

pub(super) async fn run(run: &Run, session: &Session) -> Result<Answer> {
    match run.words.name() {
        "vault list" => list(run, session).await,
        "vault get" => get(run, session).await,
        "vault create" => create(run, session).await,
        "vault edit" => edit(run, session).await,
        "vault delete" => delete(run, session).await,
        "vault user list" => granted(run, session, "people").await,
        "vault group list" => granted(run, session, "groups").await,
        "vault user grant" => grant(run, session, "user").await,
        "vault group grant" => grant(run, session, "group").await,
        "vault user revoke" => revoke(run, session, "user").await,
        _ => revoke(run, session, "group").await,
    }
}

/// `content_version` as the profile shows it: as it is, one list late, or for ever the first one.
fn versions(run: &Run, vaults: &mut [Value], is_list: bool) {
    let (late, still) =
        (run.home.has(Profile::LateVersions) && is_list, run.home.has(Profile::StillVersions));
    if !late && !still {
        return;
    }
    run.home.remember("versions", |known| {
        if !known.is_object() {
            *known = Value::Object(Map::new());
        }
        for vault in vaults {
            let now = vault["contentVersion"].clone();
            let before = &mut known[text(vault, "id").to_owned()];
            if before.is_null() {
                *before = now.clone();
            }
            let shown = before.clone();
            if late && !still {
                *before = now;
            }
            vault["contentVersion"] = shown;
        }
    });
}

async fn list(run: &Run, session: &Session) -> Result<Answer> {
    let mut vaults = session.vaults().await?;
    for (flag, side) in [("user", "people"), ("group", "groups")] {
        let Some(word) = run.words.value(flag) else { continue };
        if session.is_service_account() {
            return Err(Trouble::not_for_service_accounts(&format!("op vault list --{flag}")));
        }
        let who = if flag == "user" { session.person(word).await? } else { session.group(word).await? };
        let mut kept = Vec::new();
        for vault in vaults {
            if session.granted(&vault, side).await?.iter().any(|row| row["id"] == who["id"]) {
                kept.push(vault);
            }
        }
        vaults = kept;
    }
    versions(run, &mut vaults, true);
    let listed = |vault: &Value| {
        json!({
            "id": vault["id"], "name": vault["name"], "content_version": vault["contentVersion"],
            "created_at": vault["createdAt"], "updated_at": vault["updatedAt"], "items": vault["items"],
        })
    };
    Ok(Answer::Json(vaults.iter().map(listed).collect()))
}

fn detailed(vault: &Value) -> Value {
    let mut full = json!({
        "id": vault["id"], "name": vault["name"], "content_version": vault["contentVersion"],
        "attribute_version": vault["attributeVersion"], "items": vault["items"], "type": vault["type"],
        "created_at": vault["createdAt"], "updated_at": vault["updatedAt"],
    });
    if !text(vault, "description").is_empty() {
        full["description"] = vault["description"].clone();
    }
    full
}

async fn get(run: &Run, session: &Session) -> Result<Answer> {
    let mut found = Vec::new();
    for word in objects(&run.words.objects[0])? {
        found.push(session.vault(&word).await?);
    }
    versions(run, &mut found, false);
    Ok(Answer::Several(found.iter().map(detailed).collect()))
}

async fn create(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let mut wanted =
        json!({ "name": words.objects[0], "description": words.value("description").unwrap_or("") });
    if let Some(icon) = words.value("icon") {
        wanted["icon"] = icon.into();
    }
    if let Some(word) = words.value("allow-admins-to-manage") {
        let may: bool = word.parse().map_err(|_| {
            Trouble::usage(
                "invalid argument for --allow-admins-to-manage: use true or false",
                "op vault create",
            )
        })?;
        wanted["admins_can_manage"] = may.into();
    }
    let made = session.send(Method::POST, "/sandbox/v1/vaults", Some(&wanted)).await?;
    Ok(Answer::Json(freshened(detailed(&made))))
}

async fn edit(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let Some(name) = words.value("name") else {
        return Err(Trouble::new("this imitation edits only the name of a vault"));
    };
    for word in objects(&words.objects[0])? {
        let path = format!("/sandbox/v1/vaults/{}", text(&session.vault(&word).await?, "id"));
        session.send(Method::PATCH, &path, Some(&json!({ "name": name }))).await?;
    }
    Ok(Answer::Nothing)
}

async fn delete(run: &Run, session: &Session) -> Result<Answer> {
    for word in objects(&run.words.objects[0])? {
        let path = format!("/sandbox/v1/vaults/{}", text(&session.vault(&word).await?, "id"));
        session.send(Method::DELETE, &path, None).await?;
    }
    Ok(Answer::Nothing)
}

/// Who has direct access. To a service account the lists come without `permissions`, as `cdkop` saw of
/// groups on a live account.
async fn granted(run: &Run, session: &Session, side: &str) -> Result<Answer> {
    if session.is_service_account() && run.home.has(Profile::NoLists) {
        return Err(Trouble::not_for_service_accounts(&format!("op {}", run.words.name())));
    }
    let mut found = Vec::new();
    for word in objects(&run.words.objects[0])? {
        let vault = session.vault(&word).await?;
        let groups = if side == "groups" { session.groups().await? } else { Vec::new() };
        for row in session.granted(&vault, side).await? {
            let Some(group) = groups.iter().find(|group| group["id"] == row["id"]) else {
                found.push(row);
                continue;
            };
            let mut shown = group_listed(group);
            if let Some(permissions) = row.get("permissions") {
                shown["permissions"] = permissions.clone();
            }
            found.push(shown);
        }
    }
    Ok(Answer::Json(Value::Array(found)))
}

/// The vault and whoever a grant or revoke is about.
async fn sides(words: &Words, session: &Session, kind: &str) -> Result<(Value, Value)> {
    let vault = session.vault(words.need("vault")?).await?;
    let who = words.need(kind)?;
    let who = if kind == "user" { session.person(who).await? } else { session.group(who).await? };
    Ok((vault, who))
}

fn path(vault: &Value, who: &Value, kind: &str) -> String {
    let side = if kind == "user" { "people" } else { "groups" };
    format!("/sandbox/v1/vaults/{}/{side}/{}", text(vault, "id"), text(who, "id"))
}

/// What a grant or revoke prints: the whole resulting set, as one text.
fn outcome(vault: &Value, who: &Value, kind: &str, set: &Value) -> Value {
    let names: Vec<String> =
        rows(set.clone()).iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
    let mut printed = json!({
        "vault_id": vault["id"], "vault_name": vault["name"], "permissions": names.join(","),
    });
    let decoration = if kind == "user" { "email" } else { "name" };
    printed[format!("{kind}_id")] = who["id"].clone();
    printed[format!("{kind}_{decoration}")] = who[decoration].clone();
    printed
}

fn known(names: &[String]) -> Result<Permissions> {
    Permissions::parse(names.iter().map(String::as_str))
        .map_err(|unknown| Trouble::new(format!("\"{}\" isn't a valid permission", unknown.0)))
}

async fn grant(run: &Run, session: &Session, kind: &str) -> Result<Answer> {
    let words = &run.words;
    words.need("permissions")?;
    let mut named = known(&words.several("permissions"))?;
    let (vault, who) = sides(words, session, kind).await?;
    let missing = named.missing();
    if !missing.is_empty() && !words.is("no-input") {
        ask(named, missing)?;
        named = named.with_needed();
    }
    let body = json!({ "permissions": named.names() });
    let access = session.send(Method::PUT, &path(&vault, &who, kind), Some(&body)).await?;
    if run.home.has(Profile::QuietGrants) {
        return Ok(Answer::Nothing);
    }
    Ok(Answer::Json(outcome(&vault, &who, kind, &access["permissions"])))
}

/// Asks whether what is missing may be granted as well; silence is yes, the end of the input is no.
fn ask(named: Permissions, missing: Permissions) -> Result<()> {
    let (named, missing) = (named.names().join(","), missing.names().join(","));
    let question = format!(
        "In order to grant [{named}], the permission(s) [{missing}] are also required. Would you like to grant them as well? [Y/n] "
    );
    let gone = || Trouble::new("could not prompt for confirmation: EOF");
    let mut out = std::io::stdout().lock();
    out.write_all(question.as_bytes()).and_then(|()| out.flush()).map_err(|_| gone())?;
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer).map_err(|_| gone())?;
    match answer.trim().to_ascii_lowercase().as_str() {
        _ if read == 0 => Err(gone()),
        "" | "y" | "yes" => Ok(()),
        _ => Err(Trouble::new("the operation was cancelled")),
    }
}

async fn revoke(run: &Run, session: &Session, kind: &str) -> Result<Answer> {
    let words = &run.words;
    let (vault, who) = sides(words, session, kind).await?;
    let mut path = path(&vault, &who, kind);
    if words.value("permissions").is_some() {
        let part = known(&words.several("permissions"))?;
        path = format!("{path}?permissions={}", part.names().join(","));
    }
    let access = session.send(Method::DELETE, &path, None).await?;
    Ok(Answer::Json(outcome(&vault, &who, kind, &access["permissions"])))
}
