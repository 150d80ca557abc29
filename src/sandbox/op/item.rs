//! `op item …`: items, their fields and files. Values are always in the JSON, whoever asks; the CLI's
//! `--reveal` concerns what people read.

use reqwest::Method;
use serde_json::{Value, json};

use super::Run;
use super::answer::Answer;
use super::find::{objects, rows, text};
use super::home::env;
use super::session::{Session, read};
use super::times::freshened;
use super::trouble::{Result, Trouble};
use super::{note, template};

/// The names of the categories as the CLI lists its templates.
const TEMPLATES: [&str; 21] = [
    "API Credential",
    "Bank Account",
    "Credit Card",
    "Database",
    "Document",
    "Driver License",
    "Email Account",
    "Identity",
    "Login",
    "Medical Record",
    "Membership",
    "Outdoor License",
    "Passport",
    "Password",
    "Reward Program",
    "SSH Key",
    "Secure Note",
    "Server",
    "Social Security Number",
    "Software License",
    "Wireless Router",
];

pub(super) async fn run(run: &Run, session: &Session) -> Result<Answer> {
    match run.words.name() {
        "item list" => list(run, session).await,
        "item get" => get(run, session).await,
        "item create" => create(run, session).await,
        "item delete" => delete(run, session).await,
        _ => {
            let row = |(at, name): (usize, &&str)| json!({ "uuid": format!("{:03}", at + 1), "name": name });
            Ok(Answer::Json(TEMPLATES.iter().enumerate().map(row).collect()))
        }
    }
}

/// The keys that an item has in lists: never its files. What is empty is left out.
pub(super) fn listed(item: &Value, vault: &Value) -> Value {
    let mut row = json!({
        "id": item["id"], "title": item["title"], "version": item["version"],
        "vault": { "id": vault["id"], "name": vault["name"] }, "category": item["category"],
        "last_edited_by": item["lastEditedBy"], "created_at": item["createdAt"], "updated_at": item["updatedAt"],
    });
    for (key, from) in [
        ("additional_information", "additionalInformation"),
        ("tags", "tags"),
        ("favorite", "favorite"),
        ("urls", "urls"),
        ("state", "state"),
    ] {
        if let Some(value) = item.get(from) {
            row[key] = value.clone();
        }
    }
    row
}

/// An item with fields and files.
pub(super) fn detailed(item: &Value, vault: &Value) -> Value {
    let mut full = listed(item, vault);
    if let Some(sections) = item.get("sections") {
        full["sections"] = sections.clone();
    }
    let fields = rows(item["fields"].clone()).into_iter().map(|mut field| {
        let name = [text(&field, "label"), text(&field, "id")].into_iter().find(|name| !name.is_empty());
        let reference =
            format!("op://{}/{}/{}", text(vault, "name"), text(item, "title"), name.unwrap_or_default());
        field["reference"] = reference.into();
        field
    });
    let fields: Vec<Value> = fields.collect();
    if !fields.is_empty() {
        full["fields"] = fields.into();
    }
    let files = rows(item["files"].clone());
    if !files.is_empty() {
        full["files"] = files.into();
    }
    full
}

/// Whether archived items are wanted.
pub(super) fn with_archive(run: &Run) -> bool {
    run.words.is("include-archive") || env("OP_INCLUDE_ARCHIVE").is_some_and(|word| word == "true")
}

async fn list(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let vaults = session.vaults_of(words.value("vault")).await?;
    let categories: Vec<String> =
        words.several("categories").iter().map(|word| template::category(word)).collect();
    let tags = words.several("tags");
    let mut found = Vec::new();
    for vault in &vaults {
        let items = match session.items(text(vault, "id")).await {
            Ok(items) => items,
            // A person's own list leaves out vaults that may be managed and not read.
            Err(trouble) if words.value("vault").is_none() && trouble.message.starts_with("(403)") => {
                Vec::new()
            }
            Err(trouble) => return Err(trouble),
        };
        let wanted = |item: &&Value| {
            let tagged = rows(item["tags"].clone());
            (with_archive(run) || item["state"] != "ARCHIVED")
                && (categories.is_empty() || categories.iter().any(|word| item["category"] == word.as_str()))
                && (tags.is_empty() || tags.iter().any(|tag| tagged.contains(&tag.as_str().into())))
                && (!words.is("favorite") || item["favorite"] == true)
        };
        found.extend(items.iter().filter(wanted).map(|item| listed(item, vault)));
    }
    Ok(Answer::Json(Value::Array(found)))
}

async fn get(run: &Run, session: &Session) -> Result<Answer> {
    let vault = session.vault_of(run.words.value("vault")).await?;
    let mut found = Vec::new();
    for word in objects(&run.words.objects[0])? {
        let item = session.item(&vault, &word, with_archive(run)).await?;
        found.push(detailed(&item, &vault));
    }
    if let Some(wanted) = run.words.value("fields") {
        let wanted: Vec<&str> = wanted.split(',').map(|word| word.trim_start_matches("label=")).collect();
        let fields = found.iter().flat_map(|item| rows(item["fields"].clone()));
        let fields: Vec<Value> = fields
            .filter(|field| wanted.iter().any(|word| field["label"] == *word || field["id"] == *word))
            .collect();
        return Ok(if let [field] = &fields[..] {
            Answer::Json(field.clone())
        } else {
            Answer::Json(fields.into())
        });
    }
    Ok(Answer::Several(found))
}

async fn create(run: &Run, session: &Session) -> Result<Answer> {
    let words = &run.words;
    let (piped, assignments) = match words.objects.split_first() {
        Some((first, rest)) if first == "-" => (true, rest),
        _ => (false, &words.objects[..]),
    };
    // The real CLI takes any pipe for a template, even an empty one that is closed at once.
    let piped = piped || note::kind(std::io::stdin()) == "pipe";
    if piped && words.value("template").is_some() {
        return Err(Trouble::new("cannot create an item from template and stdin at the same time"));
    }
    let mut item = template::of(words, piped)?;
    let files = template::assign(&mut item, assignments)?;
    let named = words.value("vault").map(str::to_owned);
    let named = named.or_else(|| item["vault"]["id"].as_str().map(str::to_owned));
    let vault = session.vault_of(named.as_deref()).await?;
    let id = text(&vault, "id").to_owned();
    if let Some(fields) = item.as_object_mut() {
        fields.remove("vault");
    }
    if words.is("dry-run") {
        return Ok(Answer::Json(detailed(&item, &vault)));
    }
    let mut made = session.send(Method::POST, &format!("/v1/vaults/{id}/items"), Some(&item)).await?;
    for file in files {
        let bytes = std::fs::read(&file.path)
            .map_err(|_| Trouble::new(format!("open {}: no such file or directory", file.path)))?;
        let request = session.request(Method::POST, &format!("/sandbox/v1/vaults/{id}/files"));
        let request = request.query(&[("name", file.name.as_str()), ("item", text(&made, "id"))]).body(bytes);
        made = read(session.answer(request).await?).await?;
    }
    Ok(Answer::Json(freshened(detailed(&made, &vault))))
}

async fn delete(run: &Run, session: &Session) -> Result<Answer> {
    let vault = session.vault_of(run.words.value("vault")).await?;
    for word in objects(&run.words.objects[0])? {
        let item = session.item(&vault, &word, true).await?;
        let (vault, item) = (text(&vault, "id"), text(&item, "id"));
        if run.words.is("archive") {
            session
                .send(Method::POST, &format!("/sandbox/v1/vaults/{vault}/items/{item}/archive"), None)
                .await?;
        } else {
            session.send(Method::DELETE, &format!("/v1/vaults/{vault}/items/{item}"), None).await?;
        }
    }
    Ok(Answer::Nothing)
}
