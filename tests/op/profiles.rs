//! Open points of the real CLI, answered the other way.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;
use strongroom::sandbox::Limits;
use strongroom::sandbox::op::{Profile, Setting};

use crate::door::{Door, answering, installed, keys};

async fn under(profiles: &[Profile]) -> Door {
    Door::with(&answering(profiles), |_| {}).await
}

/// A vault with an upload permission for somebody: the vault and the person.
async fn shared(door: &Door) -> (String, String) {
    let vault = door.vault("v1").await;
    let (person, _) = door.fixture.person("ngozi").await;
    let grant = format!(
        "vault user grant --vault {vault} --user {person} --permissions view_items,create_items --no-input"
    );
    assert_eq!(door.run(&grant).await.code, Some(0));
    (vault, person)
}

/// The `content_version` of the only vault, by list and by itself.
async fn versions(door: &Door, vault: &str) -> (u64, u64) {
    let listed = door.run("vault list").await.json()[0]["content_version"].as_u64().unwrap();
    (listed, door.run(&format!("vault get {vault}")).await.json()["content_version"].as_u64().unwrap())
}

async fn change(door: &Door, vault: &str) {
    let create = format!("document create - --vault {vault} --file-name a --title a");
    door.run_with(&create, b"x").await.json();
}

#[tokio::test]
async fn lists_of_access_are_refused_or_show_levels() {
    let door = under(&[Profile::NoLists]).await;
    let (vault, _) = shared(&door).await;
    for list in ["user", "group"] {
        assert!(
            door.run(&format!("vault {list} list {vault}"))
                .await
                .trouble(4)
                .contains("User Is Service Account")
        );
    }
    let door = under(&[Profile::Levels]).await;
    let (vault, _) = shared(&door).await;
    let people = door.run(&format!("vault user list {vault}")).await.json();
    assert_eq!(people[0]["permissions"], json!(["view_items", "create_items"]));
    let groups = door.run(&format!("vault group list {vault}")).await.json();
    assert_eq!(groups[0]["permissions"], json!(["manage_vault"]));
}

#[tokio::test]
async fn versions_come_late_or_never() {
    let door = under(&[]).await;
    let vault = door.vault("v1").await;
    assert_eq!(versions(&door, &vault).await, (1, 1));
    change(&door, &vault).await;
    assert_eq!(versions(&door, &vault).await, (2, 2));

    let door = under(&[Profile::LateVersions]).await;
    let vault = door.vault("v1").await;
    assert_eq!(versions(&door, &vault).await, (1, 1));
    change(&door, &vault).await;
    assert_eq!(versions(&door, &vault).await, (1, 2), "one list late");
    assert_eq!(versions(&door, &vault).await, (2, 2));

    let door = under(&[Profile::StillVersions]).await;
    let vault = door.vault("v1").await;
    assert_eq!(versions(&door, &vault).await, (1, 1));
    change(&door, &vault).await;
    assert_eq!(versions(&door, &vault).await, (1, 1));
}

#[tokio::test]
async fn a_grant_is_quiet_a_part_is_revoked_a_vault_is_renamed() {
    let door = under(&[Profile::QuietGrants, Profile::PartialRevoke, Profile::VaultEdit]).await;
    let (vault, person) = shared(&door).await;
    let grant =
        format!("vault user grant --vault {vault} --user {person} --permissions view_items --no-input");
    let quiet = door.run(&grant).await;
    assert_eq!((quiet.code, quiet.out.len()), (Some(0), 0));
    let part =
        format!("vault user revoke --vault {vault} --user {person} --permissions create_items --no-input");
    assert_eq!(door.run(&part).await.json()["permissions"], "view_items");
    assert_eq!(door.run(&format!("vault edit {vault} --name n2")).await.code, Some(0));
    assert_eq!(door.run(&format!("vault get {vault}")).await.json()["name"], "n2");
}

#[tokio::test]
async fn whoami_has_three_spellings() {
    let door = under(&[Profile::Whoami218]).await;
    assert_eq!(keys(&door.run("whoami").await.json()), ["ServiceAccountType", "URL"]);
    let door = under(&[Profile::Whoami220]).await;
    for _ in 0..2 {
        assert_eq!(
            door.run("whoami").await.trouble(1),
            "service account token set, but not authenticated yet"
        );
    }
    assert_eq!(door.run("item template list").await.code, Some(0));
    let spelling = ["account_uuid", "url", "user_type", "user_uuid"];
    assert_eq!(keys(&door.run("whoami").await.json()), spelling);
    // Installed anew, it has not authenticated.
    installed(door.fixture.folder.path(), "bin", &answering(&[Profile::Whoami220]));
    door.run("whoami").await.trouble(1);
}

#[tokio::test]
async fn a_used_up_ration_ends_with_another_code() {
    let setting: Setting = answering(&[Profile::Exit4On429]);
    let door = Door::with(&setting, |config| config.limits = Limits::Teams).await;
    for _ in 0..100 {
        door.fixture.make("v").await;
    }
    assert!(door.run("vault create n").await.trouble(4).starts_with("(429) Too Many Requests"));
}
