//! `op user …` and `op group …`: people and groups.

use reqwest::Method;
use serde_json::{Value, json};

use super::answer::Answer;
use super::find::{objects, rows, text};
use super::session::Session;
use super::trouble::{Result, Trouble};
use super::{Profile, Run};

pub(super) async fn run(run: &Run, session: &Session) -> Result<Answer> {
    match run.words.name() {
        "user get" => get(run, session).await,
        "user list" => list(run, session).await,
        "user provision" => provision(run, session).await,
        "user confirm" => confirm(run, session).await,
        "user suspend" => step(run, session, "suspend").await,
        "user reactivate" => step(run, session, "reactivate").await,
        "user delete" => delete(run, session).await,
        "group get" => group(run, session).await,
        "group list" => groups(run, session).await,
        "group user list" => {
            let group = session.group(&run.words.objects[0]).await?;
            members(session, &group).await.map(|people| Answer::Json(Value::Array(people)))
        }
        name => Err(Trouble::new(format!("op {name} is not a part of this imitation"))),
    }
}

/// The keys that a person has in lists.
fn listed(person: &Value) -> Value {
    json!({
        "id": text(person, "id"), "name": text(person, "name"), "email": text(person, "email"),
        "type": text(person, "type"), "state": text(person, "state"),
    })
}

fn detailed(person: &Value) -> Value {
    let mut full = listed(person);
    for (key, from) in
        [("created_at", "created_at"), ("updated_at", "updated_at"), ("last_auth_at", "updated_at")]
    {
        full[key] = person[from].clone();
    }
    full
}

async fn get(run: &Run, session: &Session) -> Result<Answer> {
    if run.words.is("me") {
        return Ok(Answer::Json(detailed(&session.principal)));
    }
    let Some(word) = run.words.objects.first() else {
        return Err(Trouble::usage("specify the user, or use --me", "op user get"));
    };
    let mut found = Vec::new();
    for word in objects(word)? {
        found.push(detailed(&session.person(&word).await?));
    }
    Ok(Answer::Several(found))
}

async fn list(run: &Run, session: &Session) -> Result<Answer> {
    let mut people = match run.words.value("group") {
        Some(group) if session.is_service_account() => {
            return Err(Trouble::not_for_service_accounts(&format!("op user list --group {group}")));
        }
        Some(group) => members(session, &session.group(group).await?).await?,
        None => session.people().await?.iter().map(listed).collect(),
    };
    if let Some(vault) = run.words.value("vault") {
        let vault = session.vault(vault).await?;
        let direct = session.granted(&vault, "people").await?;
        people.retain(|person| direct.iter().any(|row| row["id"] == person["id"]));
    }
    Ok(Answer::Json(Value::Array(people)))
}

/// The members of a group, with their role in it.
async fn members(session: &Session, group: &Value) -> Result<Vec<Value>> {
    let ids = rows(group["members"].clone());
    let people = session.people().await?;
    let people = people.iter().filter(|person| ids.contains(&person["id"])).map(|person| {
        let mut member = listed(person);
        member["role"] = "MEMBER".into();
        member
    });
    Ok(people.collect())
}

async fn provision(run: &Run, session: &Session) -> Result<Answer> {
    let (email, name) = (run.words.need("email")?, run.words.need("name")?);
    let new = json!({ "email": email, "name": name, "state": "TRANSFER_STARTED" });
    let added = session.send(Method::POST, "/sandbox/v1/people", Some(&new)).await?;
    Ok(Answer::Json(listed(&added["person"])))
}

async fn moved(session: &Session, person: &Value, word: &str) -> Result<()> {
    let path = format!("/sandbox/v1/people/{}/{word}", text(person, "id"));
    session.send(Method::POST, &path, None).await.map(drop)
}

async fn step(run: &Run, session: &Session, word: &str) -> Result<Answer> {
    for object in objects(&run.words.objects[0])? {
        moved(session, &session.person(&object).await?, word).await?;
    }
    Ok(Answer::Nothing)
}

async fn confirm(run: &Run, session: &Session) -> Result<Answer> {
    if !run.words.is("all") {
        if run.words.objects.is_empty() {
            return Err(Trouble::usage("specify the user, or use --all", "op user confirm"));
        }
        return step(run, session, "confirm").await;
    }
    for person in session.people().await? {
        if text(&person, "state") == "TRANSFER_ACCEPTED" {
            moved(session, &person, "confirm").await?;
        }
    }
    Ok(Answer::Nothing)
}

async fn delete(run: &Run, session: &Session) -> Result<Answer> {
    for object in objects(&run.words.objects[0])? {
        let person = session.person(&object).await?;
        let path = format!("/sandbox/v1/people/{}", text(&person, "id"));
        session.send(Method::DELETE, &path, None).await?;
    }
    Ok(Answer::Nothing)
}

/// The keys that a group has in lists. The kind is shown by `op group get` only.
pub(super) fn group_listed(group: &Value) -> Value {
    json!({
        "id": text(group, "id"), "name": text(group, "name"), "description": "", "state": "ACTIVE",
        "created_at": text(group, "created_at"),
    })
}

async fn group(run: &Run, session: &Session) -> Result<Answer> {
    let mut found = Vec::new();
    for word in objects(&run.words.objects[0])? {
        let group = session.group(&word).await?;
        let mut full = group_listed(&group);
        full["updated_at"] = group["created_at"].clone();
        full["permissions"] = json!([]);
        full["type"] = group["type"].clone();
        found.push(full);
    }
    Ok(Answer::Several(found))
}

async fn groups(run: &Run, session: &Session) -> Result<Answer> {
    if session.is_service_account() && run.home.has(Profile::NoGroups) {
        return Err(Trouble::not_for_service_accounts("op group list"));
    }
    let mut groups = session.groups().await?;
    if let Some(user) = run.words.value("user") {
        if session.is_service_account() {
            return Err(Trouble::not_for_service_accounts("op group list --user"));
        }
        let person = session.person(user).await?;
        groups.retain(|group| rows(group["members"].clone()).contains(&person["id"]));
    }
    if let Some(vault) = run.words.value("vault") {
        let vault = session.vault(vault).await?;
        let direct = session.granted(&vault, "groups").await?;
        groups.retain(|group| direct.iter().any(|row| row["id"] == group["id"]));
    }
    Ok(Answer::Json(groups.iter().map(group_listed).collect()))
}
