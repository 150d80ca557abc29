//! Reading: the same suite over each provider.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use base64::Engine as _;
use serde_json::json;
use strongroom::domain::access::{Level, Permissions, Principal};
use strongroom::domain::directory::{FieldValue, FileRef, Grant, ItemRef, ItemState, PersonState};
use strongroom::domain::fault::Kind;
use strongroom::domain::id::{FileId, ItemId, VaultId};
use strongroom::domain::operation::Capability;
use strongroom::domain::secret::Secret;
use strongroom::provider::Shared;
use strongroom::provider::connect::Connect;
use strongroom::sandbox::View;
use strongroom::sandbox::op::Profile;

use crate::fronts::{Front, connect, connect_token, person};
use crate::support::{Fixture, word};

/// A vault with a login and a file, and all providers that can read it.
struct Scene {
    fixture: Fixture,
    vault: VaultId,
    login: ItemRef,
    file: FileRef,
    /// Each with its name.
    readers: Vec<(String, Shared)>,
}

async fn scene() -> Scene {
    let fixture = Fixture::new().await;
    let new = json!({ "name": "CS101-s1", "description": "text [sr:s1:abcdefgh]" });
    let vault = word(&fixture.posted("/sandbox/v1/vaults", &fixture.service(), new).await["id"]);
    let login = json!({
        "title": "a \u{1b}[31mlogin", "category": "LOGIN", "tags": ["hw1"],
        "fields": [
            { "id": "username", "type": "STRING", "purpose": "USERNAME", "label": "username", "value": "ngozi" },
            { "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "label": "password", "value": "canary" },
            { "id": "otp", "type": "OTP", "label": "otp", "value": "canary" },
        ],
    });
    let path = format!("/v1/vaults/{vault}/items");
    let login = word(&fixture.posted(&path, &fixture.service(), login).await["id"]);
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let document = fixture.upload(&vault, "?name=big.bin&title=big", &fixture.service(), &bytes).await;
    let vault = VaultId::parse(&vault).unwrap();
    let at = |id: &str| ItemRef { vault: vault.clone(), item: ItemId::parse(id).unwrap() };
    let file = FileId::parse(&word(&document["files"][0]["id"])).unwrap();
    let file = FileRef { at: at(&word(&document["id"])), file, size: 200_000 };
    let token = connect_token(&fixture, &[(vault.as_str(), "r")]).await;
    let mut readers: Vec<(String, Shared)> = vec![("Connect".into(), Arc::new(connect(&fixture, &token)))];
    readers.extend(Front::all().iter().map(|front| (format!("{front:?}"), front.open(&fixture))));
    Scene { login: at(&login), file, vault, readers, fixture }
}

#[tokio::test]
async fn vaults_are_listed_and_described() {
    let scene = scene().await;
    for (name, reader) in &scene.readers {
        assert!(reader.capabilities().has(Capability::ReadItems), "{name}");
        let vaults = reader.vaults().await.unwrap();
        let listed = vaults.iter().find(|vault| vault.id == scene.vault).unwrap();
        assert_eq!(
            (listed.name.as_str(), listed.items, listed.content_version),
            ("CS101-s1", Some(2), 3),
            "{name}"
        );
        let vault = reader.vault(&scene.vault).await.unwrap();
        assert_eq!(vault.description.unwrap().raw(), "text [sr:s1:abcdefgh]", "{name}");
    }
}

#[tokio::test]
async fn items_are_listed_and_read_without_their_secrets() {
    let scene = scene().await;
    for (name, reader) in &scene.readers {
        let items = reader.items(&scene.vault).await.unwrap();
        assert_eq!(items.len(), 2, "{name}");
        let login = items.iter().find(|item| item.id == scene.login.item).unwrap();
        assert_eq!((login.title.as_str(), login.state), ("a <ESC>[31mlogin", ItemState::Active));
        assert!(login.last_edited_by.is_some() && login.updated_at.is_some());
        let detail = reader.item(&scene.login).await.unwrap();
        let values: Vec<_> = detail.fields.iter().map(|field| field.value.clone()).collect();
        assert_eq!(values[0], FieldValue::Shown("ngozi".into()));
        assert!(values[1..].iter().all(|value| *value == FieldValue::Concealed), "{values:?}");
        assert!(!format!("{detail:?}").contains("canary"));
        let document = reader.item(&scene.file.at).await.unwrap();
        assert_eq!((document.files[0].name.raw(), document.files[0].size), ("big.bin", 200_000), "{name}");
    }
}

#[tokio::test]
async fn files_are_streamed_and_their_size_is_checked() {
    let scene = scene().await;
    for (name, reader) in &scene.readers {
        let mut bytes = Vec::new();
        assert_eq!(reader.download(&scene.file, &mut bytes).await, Ok(200_000), "{name}");
        assert_eq!((bytes.len(), bytes[255], bytes[256]), (200_000, 255, 0));
        for size in [199_999, 200_001, 0] {
            let wrong = FileRef { size, ..scene.file.clone() };
            let mut bytes = Vec::new();
            let fault = reader.download(&wrong, &mut bytes).await.unwrap_err();
            assert_eq!(fault.kind, Kind::Broken, "{name}: {size}");
            assert!(bytes.len() as u64 <= size.max(199_999) + 1, "no more than announced is written");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_are_told_apart() {
    let scene = scene().await;
    let (_, token) = scene.fixture.person("somebody").await;
    let url = &scene.fixture.running.url;
    let missing = ItemRef {
        vault: scene.vault.clone(),
        item: ItemId::parse(&format!("sbx{}", "x".repeat(23))).unwrap(),
    };
    for (name, reader) in &scene.readers {
        assert_eq!(reader.item(&missing).await.unwrap_err().kind, Kind::NotFound, "{name}");
        let nobodys = VaultId::parse(&format!("sbx{}", "x".repeat(23))).unwrap();
        // The CLI says the same of a vault that is missing and of one that is not visible.
        let kind = if name.starts_with("Op") { Kind::NotFound } else { Kind::Denied };
        assert_eq!(reader.items(&nobodys).await.unwrap_err().kind, kind, "{name}");
    }
    let other = scene.fixture.make("other").await;
    let elsewhere = connect_token(&scene.fixture, &[(&other, "rw")]).await;
    let foreign = forged(&scene.vault);
    for (token, connect_token, kind) in
        [(token.as_str(), elsewhere.as_str(), Kind::Denied), ("wrong", foreign.as_str(), Kind::SignIn)]
    {
        let readers: [Shared; 3] = [
            Arc::new(connect(&scene.fixture, connect_token)),
            Arc::new(Connect::loopback(url, Secret::from(token))),
            Arc::new(scene.fixture.provider_as(token)),
        ];
        for reader in readers {
            assert_eq!(reader.items(&scene.vault).await.unwrap_err().kind, kind);
            assert_eq!(reader.vault(&scene.vault).await.unwrap_err().kind, kind);
            assert_eq!(reader.download(&scene.file, &mut Vec::new()).await.unwrap_err().kind, kind);
        }
    }
}

/// A token that names the vault as covered and that nobody has made.
fn forged(vault: &VaultId) -> String {
    let claims = json!({ "1password.com/vts": [{ "u": vault, "a": 32 }] }).to_string();
    format!("e30.{}.c2ln", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test]
async fn what_a_provider_cannot_do_it_says() {
    let scene = scene().await;
    let (_, connect) = &scene.readers[0];
    assert!(!connect.capabilities().has(Capability::ReadPeople));
    assert_eq!(connect.people().await.unwrap_err().kind, Kind::Unsupported);
    assert_eq!(connect.identity().await.unwrap_err().kind, Kind::Unsupported);
    // A list that leaves the archive out must not pass for one that does not.
    assert_eq!(connect.whole_list(&scene.vault).await.unwrap_err().kind, Kind::Unsupported);
    assert_eq!(connect.grants(&scene.vault).await.unwrap_err().kind, Kind::Unsupported);
}

#[tokio::test]
async fn people_and_groups_are_those_of_the_account() {
    for front in Front::all() {
        let fixture = Fixture::new().await;
        assert_people(&fixture, front.open(&fixture), front.has(Profile::NoGroups)).await;
    }
}

async fn assert_people(fixture: &Fixture, provider: Shared, refused: bool) {
    fixture.person("ngozi").await;
    let invited = json!({ "name": "Zoé", "email": "Zoe@Example.edu", "state": "TRANSFER_STARTED" });
    fixture.posted("/sandbox/v1/people", &fixture.admin(), invited).await;
    fixture.posted("/sandbox/v1/groups", &fixture.admin(), json!({ "name": "tas" })).await;
    let identity = provider.identity().await.unwrap();
    assert!(identity.is_service_account && !identity.sees_levels && identity.account.is_sandbox());
    let people = provider.people().await.unwrap();
    let state = |email: &str| people.iter().find(|p| p.email.raw() == email).map(|p| p.state.clone());
    assert_eq!(state("ngozi@example.edu"), Some(PersonState::Active));
    assert_eq!(state("Zoe@Example.edu"), Some(PersonState::Invited));
    if refused {
        assert_eq!(provider.groups().await.unwrap_err().kind, Kind::Denied);
        return;
    }
    let groups = provider.groups().await.unwrap();
    assert!(groups.iter().any(|group| group.name.as_str() == "tas" && !group.is_administration));
    assert!(groups.iter().any(|group| group.is_administration));
}

#[tokio::test]
async fn a_service_account_sees_who_has_access_and_not_how_much() {
    for view in [View::ServiceAccount, View::Person] {
        let fixture = Fixture::with(|config| config.view = view).await;
        let provider = Front::Sandbox.open(&fixture);
        let sees = view == View::Person;
        assert_eq!(provider.identity().await.unwrap().sees_levels, sees);
        assert_eq!(level(&fixture, &provider).await, Ok(sees.then_some(Level::Write)));
    }
    for front in Front::all().into_iter().filter(Front::is_op) {
        let fixture = Fixture::new().await;
        let provider = front.open(&fixture);
        assert!(!provider.identity().await.unwrap().sees_levels, "it cannot be known before it is seen");
        let expected = match () {
            () if front.has(Profile::NoLists) => Err(Kind::Denied),
            () if front.has(Profile::Levels) => Ok(Some(Level::Write)),
            () => Ok(None),
        };
        assert_eq!(level(&fixture, &provider).await, expected, "{front:?}");
    }
    let fixture = Fixture::new().await;
    let provider = person(&fixture);
    let identity = provider.identity().await.unwrap();
    assert!(identity.sees_levels && !identity.is_service_account);
    for group in provider.groups().await.unwrap() {
        assert!(provider.members(&group.id).await.unwrap().is_some(), "{}", group.name);
    }
    assert_eq!(level(&fixture, &provider).await, Ok(Some(Level::Write)));
}

/// The level that a provider sees a student to have.
async fn level(fixture: &Fixture, provider: &Shared) -> Result<Option<Level>, Kind> {
    let people = fixture.students(1).await;
    let desk = fixture.desk("one");
    desk.provision().await;
    let grants = provider.grants(&desk.vault("s000")).await.map_err(|fault| fault.kind)?;
    let own = |grant: &&Grant| matches!(&grant.who, Principal::Person(id) if id.as_str() == people[0].0);
    let held: Option<Permissions> = grants.iter().find(own).unwrap().permissions;
    Ok(held.map(|set| Level::of(set, fixture.running.kind)))
}
