//! What commands refuse, in which words, and with which exit code.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::process::Stdio;

use reqwest::Method;
use serde_json::{Value, json};
use strongroom::sandbox::Limits;
use strongroom::sandbox::op::Setting;

use crate::door::{Door, ended, fed, id};

#[tokio::test]
async fn what_is_not_there_is_told_in_the_recorded_words() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let (person, _) = door.fixture.person("ngozi").await;
    let none = "x".repeat(26);
    for (command, code, words) in [
        (
            "vault get nope".to_owned(),
            1,
            "\"nope\" isn't a vault in this account. Specify the vault with its ID or name.",
        ),
        (format!("item list --vault {none}"), 1, "isn't a vault in this account."),
        ("vault get Private".to_owned(), 1, "\"Private\" isn't a vault in this account."),
        (
            format!("item get nope --vault {vault}"),
            1,
            "\"nope\" isn't an item in the \"v1\" vault. Specify the item with its UUID, name, or domain.",
        ),
        (format!("item get {none} --vault {vault}"), 1, "isn't an item in the \"v1\" vault."),
        (
            "user get nope".to_owned(),
            1,
            "\"nope\" isn't a user in this account. Specify the user with their UUID, email address, or name.",
        ),
        (
            "group get nope".to_owned(),
            1,
            "\"nope\" isn't a group in this account. Specify the group with its UUID or name.",
        ),
        (
            format!("vault user revoke --vault {vault} --user {person} --no-input"),
            1,
            "the accessor doesn't have any permissions",
        ),
        (
            format!("vault user grant --vault {vault} --user {person} --permissions edit_items --no-input"),
            1,
            "In order to grant [edit_items], the permission(s) [view_items,view_and_copy_passwords] are also required.",
        ),
        (
            format!("vault user grant --vault {vault} --user {person} --permissions fly --no-input"),
            1,
            "\"fly\" isn't a valid permission",
        ),
        (
            "vault create n --icon nope".to_owned(),
            4,
            "(400) Bad Request: icon is not one of 1Password's names.",
        ),
        (
            "read op://v1/nope/x".to_owned(),
            1,
            "could not read secret 'op://v1/nope/x': \"nope\" isn't an item",
        ),
        ("run -- env".to_owned(), 1, "op run is not a part of this imitation"),
        ("inject".to_owned(), 1, "op inject is not a part of this imitation"),
        ("signin".to_owned(), 1, "connecting to desktop app: this imitation has no app to sign in with"),
    ] {
        let message = door.run(&command).await.trouble(code);
        assert!(message.contains(words), "{command}: {message}");
    }
}

#[tokio::test]
async fn names_that_several_have_are_refused_with_their_ids() {
    let door = Door::new().await;
    let (one, two) = (door.vault("same").await, door.vault("SAME").await);
    let message = door.run("vault get Same").await.trouble(1);
    assert!(message.starts_with("More than one vault matches \"Same\""), "{message}");
    assert!(message.contains(&one) && message.contains(&two));
    assert!(door.run("item get x").await.trouble(1).starts_with("a vault query must be provided"));
}

#[tokio::test]
async fn a_service_account_is_refused_what_1password_refuses_it() {
    let door = Door::new().await;
    let (person, _) = door.fixture.person("ngozi").await;
    let vault = door.vault("v1").await;
    for command in [
        "user provision --email a@example.edu --name A".to_owned(),
        format!("user confirm {person}"),
        format!("user suspend {person}"),
        format!("user reactivate {person}"),
        format!("user delete {person}"),
        "group user list Owners".to_owned(),
        format!("vault edit {vault} --name n"),
        "events-api create e".to_owned(),
        "connect server list".to_owned(),
        "group create g".to_owned(),
        format!("vault list --user {person}"),
        "user list --group Owners".to_owned(),
    ] {
        let message = door.run(&command).await.trouble(4);
        assert!(message.contains("Forbidden (User Is Service Account)"), "{command}: {message}");
    }
    let grant = format!(
        "vault user grant --vault {vault} --user {person} --permissions view_items,create_items --no-input"
    );
    door.run(&grant).await.json();
    let part =
        format!("vault user revoke --vault {vault} --user {person} --permissions create_items --no-input");
    assert_eq!(door.run(&part).await.trouble(1), "the accessor doesn't have any permissions");
    let listed = door.run(&format!("vault user list {vault}")).await.json();
    assert!(listed[0].get("permissions").is_none());
    let me = id(&door.run("user get --me").await.json());
    let itself = format!("vault user grant --vault {vault} --user {me} --permissions view_items --no-input");
    assert!(door.run(&itself).await.trouble(4).starts_with("(400) Bad Request"));
}

#[tokio::test]
async fn vaults_that_it_was_given_can_be_used_and_not_shared() {
    let door = Door::new().await;
    let (person, _) = door.fixture.person("ngozi").await;
    let admin = door.fixture.admin();
    for (name, write) in [("read", false), ("write", true)] {
        let vault = id(&door.fixture.posted("/sandbox/v1/vaults", &admin, json!({ "name": name })).await);
        assert!(!door.run("vault list").await.text().contains(&vault));
        let path = format!("/sandbox/v1/service-account/vaults/{vault}");
        let own = door.fixture.call(Method::PUT, &path, &door.fixture.service(), json!({})).await;
        assert_eq!(own.0, 403, "nobody gives vaults to themselves");
        assert_eq!(door.fixture.call(Method::PUT, &path, &admin, json!({ "write": write })).await.0, 204);
        assert!(door.run("vault list").await.text().contains(&vault));
        let made = door.run(&format!("item create --vault {vault} --category login --title t")).await;
        assert_eq!(made.code, Some(if write { 0 } else { 4 }), "{made:?}");
        let grant =
            format!("vault user grant --vault {vault} --user {person} --permissions view_items --no-input");
        let message = door.run(&grant).await.trouble(4);
        assert!(message.contains("You do not have permission to perform this action"), "{message}");
        assert!(door.run(&format!("vault delete {vault}")).await.trouble(4).starts_with("(403) Forbidden"));
    }
    let path = "/sandbox/v1/service-account";
    let body = json!({ "can_create_vaults": false });
    assert_eq!(door.fixture.call(Method::PATCH, path, &admin, body).await.0, 204);
    assert!(door.run("vault create n").await.trouble(4).starts_with("(403) Forbidden"));
}

#[tokio::test]
async fn ways_to_sign_in_are_told_apart() {
    let door = Door::new().await;
    let token = door.fixture.service();
    let nobody = ended(door.bare(["vault", "list"])).await.trouble(1);
    assert_eq!(nobody, "You are not currently signed in. Please run `op signin --help` for instructions");
    for (name, value, words) in [
        ("OP_SERVICE_ACCOUNT_TOKEN", "ops_nonsense", "failed to DecodeSACCredentials"),
        (
            "OP_SERVICE_ACCOUNT_TOKEN",
            "ops_eyJzaWduSW5BZGRyZXNzIjoibXkuMXBhc3N3b3JkLmNvbSJ9",
            "is not a sandbox on this machine",
        ),
        (
            "OP_DEVICE",
            "another",
            "Signin credentials are not compatible with the provided user auth from server",
        ),
        ("OP_FORMAT", "yaml", "invalid output format"),
    ] {
        let mut command = door.command(["vault", "list"]);
        command.env(name, value);
        assert!(ended(command).await.trouble(1).contains(words), "{words}");
    }
    let mut command = door.command(["vault", "list"]);
    command.env("OP_CONNECT_HOST", &door.fixture.running.url).env("OP_CONNECT_TOKEN", token);
    assert!(ended(command).await.trouble(1).contains("take precedence"));
    // A token of the right form that nobody knows.
    let body = format!("{{\"signInAddress\":\"{}\"}}", door.fixture.running.url);
    let unknown = format!("ops_{}", base64(body.as_bytes()));
    let mut command = door.command(["vault", "list"]);
    command.env("OP_SERVICE_ACCOUNT_TOKEN", unknown);
    assert!(ended(command).await.trouble(1).contains("Server: (403) (Forbidden (Service Account Deleted))"));
}

fn base64(bytes: &[u8]) -> String {
    use ::base64::Engine as _;
    ::base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn a_missing_dependency_is_asked_for_unless_input_is_forbidden() {
    let door = Door::new().await;
    let (person, _) = door.fixture.person("ngozi").await;
    let vault = door.vault("v1").await;
    let grant = format!("vault user grant --vault {vault} --user {person} --permissions edit_items");
    for (input, code) in [(&b"n\n"[..], 1), (b"", 1), (b"\n", 0)] {
        let ran = door.run_with(&grant, input).await;
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let question = "In order to grant [edit_items], the permission(s) [view_items,view_and_copy_passwords] are \
                        also required. Would you like to grant them as well? [Y/n] ";
        assert!(ran.text().starts_with(question), "{ran:?}");
        assert_eq!(door.fixture.happened("grant.person").len(), usize::from(code == 0));
    }
}

#[tokio::test]
async fn any_pipe_is_taken_for_a_template() {
    let door = Door::new().await;
    let vault = door.vault("v1").await;
    let create = format!("item create --vault {vault} --category login --title t");
    assert_eq!(door.run_with(&create, b"").await.trouble(1), "invalid JSON in piped input");
    assert_eq!(door.run(&create).await.code, Some(0), "no pipe, no template");
    let both = format!("item create - --vault {vault} --template file.json");
    let message = door.run_with(&both, b"{}").await.trouble(1);
    assert_eq!(message, "cannot create an item from template and stdin at the same time");
}

#[tokio::test]
async fn calls_are_noted_without_the_token() {
    let door = Door::with(&Setting { log: true, ..Setting::default() }, |_| {}).await;
    let token = door.fixture.service();
    door.run("vault list").await;
    let mut command = door.command(["item", "list", "--session", token.as_str()]);
    command.env("COPY", format!("a {token}")).env("OP_CONNECT_HOST", "x").stdin(Stdio::piped());
    fed(command, b"").await;
    door.run("run -- env").await;
    let calls = door.calls();
    assert_eq!(calls[0]["argv"], json!(["vault", "list"]));
    assert_eq!(
        (&calls[0]["stdin"], &calls[0]["stdout"], &calls[0]["token_in_argv"]),
        (&json!("null"), &json!("pipe"), &json!(false))
    );
    assert_eq!((&calls[1]["stdin"], &calls[1]["token_in_argv"]), (&json!("pipe"), &json!(true)));
    let holders = |call: &Value| -> Vec<String> {
        let env = call["env"].as_array().unwrap().iter().filter(|variable| variable["holds_token"] == true);
        env.map(|variable| variable["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(holders(&calls[0]), ["OP_SERVICE_ACCOUNT_TOKEN"]);
    assert_eq!(holders(&calls[1]), ["COPY", "OP_SERVICE_ACCOUNT_TOKEN"]);
    assert_eq!(calls[2]["argv"][0], "run");
    let text = std::fs::read_to_string(door.op.with_file_name("op.calls.jsonl")).unwrap();
    assert!(!text.contains(&token));
}

#[tokio::test]
async fn a_used_up_ration_is_told_in_the_words_of_the_page() {
    let door = Door::with(&Setting::default(), |config| config.limits = Limits::Teams).await;
    for _ in 0..100 {
        door.fixture.make("v").await;
    }
    let message = door.run("vault create n").await.trouble(1);
    assert_eq!(
        message,
        "(429) Too Many Requests: You've reached the maximum number of this type of requests this service account \
         is allowed to make. Please retry in 1 hour or try other requests."
    );
    assert_eq!(door.run("service-account ratelimit").await.json()[0]["remaining"], 0);
}
