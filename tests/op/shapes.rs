//! What commands print when all goes well: keys, spellings, oddities.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::door::{Door, ended, fed, id, keys, signed_in};
use crate::support::Fixture;

const USER: &[&str] = &["email", "id", "name", "state", "type"];
const USER_ALONE: &[&str] =
    &["created_at", "email", "id", "last_auth_at", "name", "state", "type", "updated_at"];
const GROUP: &[&str] = &["created_at", "description", "id", "name", "state"];

/// The keys of a command's object, or of the first of its list. Words in capitals stand for ids.
const RECORDED: &[(&str, &[&str])] = &[
    ("whoami", &["ServiceAccountType", "URL", "account_uuid", "url", "user_type", "user_uuid"]),
    ("account get", &["created_at", "domain", "id", "name", "state", "type"]),
    ("user get --me", USER_ALONE),
    ("user get PERSON", USER_ALONE),
    ("user list", USER),
    ("user list --vault VAULT", USER),
    ("group list", GROUP),
    ("group list --vault VAULT", GROUP),
    (
        "group get Owners",
        &["created_at", "description", "id", "name", "permissions", "state", "type", "updated_at"],
    ),
    ("vault list", &["content_version", "created_at", "id", "items", "name", "updated_at"]),
    (
        "vault get VAULT",
        &["attribute_version", "content_version", "created_at", "id", "items", "name", "type", "updated_at"],
    ),
    ("vault user list VAULT", USER),
    ("vault group list VAULT", GROUP),
    (
        "item list --vault VAULT",
        &[
            "additional_information",
            "category",
            "created_at",
            "id",
            "last_edited_by",
            "title",
            "updated_at",
            "vault",
            "version",
        ],
    ),
    (
        "item get LOGIN --vault VAULT",
        &[
            "category",
            "created_at",
            "fields",
            "id",
            "last_edited_by",
            "title",
            "updated_at",
            "vault",
            "version",
        ],
    ),
    (
        "document list --vault VAULT",
        &["created_at", "id", "last_edited_by", "overview.ainfo", "title", "updated_at", "vault", "version"],
    ),
    ("item template list", &["name", "uuid"]),
];

#[tokio::test]
async fn every_answer_has_the_recorded_keys() {
    let door = Door::new().await;
    let (person, _) = door.fixture.person("ngozi").await;
    let vault = door.vault("v1").await;
    let create = format!("item create --vault {vault} --category login --title L username=u password=p");
    let login = id(&door.run(&create).await.json());
    let create = format!("document create - --vault {vault} --file-name a.txt --title t");
    door.run_with(&create, b"abc").await.json();
    let grant = format!("vault user grant --vault {vault} --user {person} --permissions view_items");
    door.run(&grant).await.json();
    for (command, expected) in RECORDED {
        let command = command.replace("VAULT", &vault).replace("PERSON", &person).replace("LOGIN", &login);
        let answer = door.run(&command).await.json();
        let one = answer.as_array().map_or(&answer, |list| &list[0]);
        assert_eq!(keys(one), *expected, "{command}");
    }
}

#[tokio::test]
async fn a_grant_prints_the_whole_resulting_set_as_one_text() {
    let door = Door::new().await;
    let (person, _) = door.fixture.person("ngozi").await;
    let vault = door.vault("v1").await;
    let grant = |names: &str| {
        format!("vault user grant --vault {vault} --user {person} --permissions {names} --no-input")
    };
    let first = door.run(&grant("view_items")).await.json();
    let expected = json!({
        "vault_id": vault, "vault_name": "v1", "user_id": person, "user_email": "ngozi@example.edu",
        "permissions": "view_items",
    });
    assert_eq!(first, expected);
    let second = door.run(&grant("view_items,create_items")).await.json();
    assert_eq!(second["permissions"], "view_items,create_items");
    let again = door.run(&grant("view_items")).await.json();
    assert_eq!(again["permissions"], "view_items,create_items", "a grant adds");
    let groups = door.run("group list").await.json();
    let owners = groups.as_array().unwrap().iter().find(|group| group["name"] == "Owners").unwrap().clone();
    let words = format!(
        "vault group grant --vault {vault} --group {} --permissions view_items --no-input",
        id(&owners)
    );
    let shared = door.run(&words).await.json();
    assert_eq!(
        (&shared["group_name"], &shared["permissions"]),
        (&json!("Owners"), &json!("view_items,manage_vault"))
    );
    let revoked =
        door.run(&format!("vault user revoke --vault {vault} --user {person} --no-input")).await.json();
    assert_eq!(revoked["permissions"], "");
}

#[tokio::test]
async fn empty_lists_print_nothing_and_several_inputs_print_one_object_after_another() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    for command in [format!("item list --vault {vault}"), format!("vault user list {vault}")] {
        let ran = door.run(&command).await;
        assert_eq!((ran.code, ran.out.len(), ran.err.as_str()), (Some(0), 0, ""), "{command}");
    }
    let other = door.vault("v2").await;
    let list = door.run("vault list").await.out;
    for input in [format!("{vault}\n{other}\n").into_bytes(), list] {
        let ran = door.run_with("vault get -", &input).await;
        let objects = serde_json::Deserializer::from_slice(&ran.out).into_iter::<Value>();
        let ids: Vec<String> = objects.map(|object| id(&object.unwrap())).collect();
        assert_eq!(ids, [vault.clone(), other.clone()]);
        assert!(!ran.text().starts_with('['));
    }
}

#[tokio::test]
async fn a_fresh_change_has_a_local_time_and_lists_have_a_plain_one() {
    let door = Door::new().await;
    let mut command = door.command(["vault", "create", "v1"]);
    command.env("TZ", "PST8");
    let made = ended(command).await.json();
    assert_eq!(made["created_at"], "2026-09-21T06:13:20.453086-08:00");
    let listed = door.run("vault list").await.json();
    assert_eq!(listed[0]["created_at"], "2026-09-21T14:13:20Z");
}

#[tokio::test]
async fn a_document_answers_in_camel_case_and_lists_show_its_size_in_words() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let made = door
        .run_with(
            &format!("document create - --vault {vault} --file-name a --title t --tags x,y"),
            &vec![7; 92_934],
        )
        .await;
    let made = made.json();
    assert_eq!(keys(&made), ["createdAt", "updatedAt", "uuid", "vaultUuid"]);
    let items = door.run(&format!("item list --vault {vault}")).await.json();
    assert_eq!(items[0]["additional_information"], "93 KB");
    assert_eq!(items[0]["tags"], json!(["x", "y"]));
    assert!(items[0].get("files").is_none());
    let documents = door.run(&format!("document list --vault {vault}")).await.json();
    assert_eq!(
        (&documents[0]["overview.ainfo"], &documents[0]["vault"]["name"]),
        (&json!("93 KB"), &json!(""))
    );
    let item = door.run(&format!("item get {} --vault {vault}", made["uuid"].as_str().unwrap())).await.json();
    assert_eq!((&item["files"][0]["size"], &item["files"][0]["name"]), (&json!(92_934), &json!("a")));
    assert!(item["files"][0]["content_path"].as_str().unwrap().starts_with("/v1/vaults/"));
}

#[tokio::test]
async fn values_come_unasked_and_the_archive_only_when_asked() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let template = json!({
        "title": "L", "category": "LOGIN",
        "fields": [{ "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": "canary" }],
    });
    let made = door
        .run_with(&format!("item create - --vault {vault}"), template.to_string().as_bytes())
        .await
        .json();
    let item = door.run(&format!("item get {} --vault {vault}", id(&made))).await.json();
    assert_eq!(item["fields"][0]["value"], "canary");
    assert_eq!(item["fields"][0]["reference"], "op://v1/L/password");
    let gone = door.run(&format!("item delete {} --vault {vault} --archive", id(&made))).await;
    assert_eq!((gone.code, gone.out.len()), (Some(0), 0));
    assert_eq!(door.run(&format!("item list --vault {vault}")).await.out.len(), 0);
    let archived = door.run(&format!("item list --vault {vault} --include-archive")).await.json();
    assert_eq!(archived[0]["state"], "ARCHIVED");
}

#[tokio::test]
async fn a_signed_in_person_sees_levels_and_members_and_moves_people() {
    let fixture = Fixture::new().await;
    let setting = signed_in(&fixture.running);
    let op = crate::door::installed(fixture.folder.path(), "person", &setting);
    let door = Door { fixture, op };
    let me = door.run_as_person("whoami").await.json();
    assert_eq!(keys(&me), ["account_uuid", "email", "url", "user_uuid"]);
    let vault = id(&door.run("vault create v1").await.json());
    let groups = door.run_as_person(&format!("vault group list {vault}")).await.json();
    assert_eq!(groups[0]["permissions"], json!(["manage_vault"]));
    let members = door.run_as_person("group user list Owners").await.json();
    assert_eq!((&members[0]["role"], members.as_array().unwrap().len()), (&json!("MEMBER"), 1));
    let new = door.run_as_person("user provision --email a@example.edu --name A").await.json();
    assert_eq!(new["state"], "TRANSFER_STARTED");
    let accept = format!("/sandbox/v1/people/{}/accept", id(&new));
    door.fixture.posted(&accept, &door.fixture.admin(), Value::Null).await;
    for (command, state) in
        [("confirm --all", "ACTIVE"), ("suspend a@example.edu", "SUSPENDED"), ("reactivate A", "ACTIVE")]
    {
        assert_eq!(door.run_as_person(&format!("user {command}")).await.code, Some(0));
        assert_eq!(door.run_as_person("user get A").await.json()["state"], state);
    }
    assert_eq!(door.run_as_person("user delete A").await.code, Some(0));
    assert_eq!(
        door.run_as_person("user get A").await.trouble(1).split('.').next(),
        Some("\"A\" isn't a user in this account")
    );
}

#[tokio::test]
async fn it_is_found_by_its_name_and_by_the_sandbox_command() {
    let door = Door::new().await;
    let folder = door.op.parent().unwrap();
    assert_eq!(std::fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::metadata(&door.op).unwrap().permissions().mode() & 0o022, 0);
    assert_eq!(door.run("--version").await.text(), "2.34.1\n");
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.args(["sandbox", "op", "--", "vault", "create", "-x", "--format", "json"]).env_clear();
    command.env("OP_SERVICE_ACCOUNT_TOKEN", door.fixture.service());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let refused = fed(command, b"").await;
    assert!(refused.trouble(1).starts_with("unknown shorthand flag: -x\n\nUsage:"));
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.args(["sandbox", "op", "--install"]).arg(folder.join("more")).args([
        "--profile",
        "levels,no-lists",
        "--fault",
        "hang@3",
    ]);
    command.args(["--log", "--tokens", "t.json"]).env_clear().env("HOME", folder);
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let made = fed(command, b"").await;
    assert_eq!(made.code, Some(0), "{made:?}");
    let setting: Value =
        serde_json::from_slice(&std::fs::read(folder.join("more/op.json")).unwrap()).unwrap();
    assert_eq!(
        (&setting["profiles"], &setting["faults"]),
        (&json!(["levels", "no-lists"]), &json!(["hang@3"]))
    );
    assert!(setting["tokens"].as_str().unwrap().starts_with('/'));
}
