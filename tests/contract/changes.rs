//! Changes: what they answer, and which faults their refusals become.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;
use strongroom::domain::access::{AccountKind, Level, Permissions, Principal};
use strongroom::domain::directory::{FileRef, NewDocument};
use strongroom::domain::fault::Kind;
use strongroom::domain::id::{PersonId, VaultId};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::provider::Shared;
use strongroom::sandbox::op::Profile;

use crate::fronts::{Front, new_vault, person};
use crate::support::{Fixture, word};

async fn made(provider: &Shared) -> VaultId {
    match provider.apply(&new_vault("CS101-s1")).await.unwrap() {
        Receipt::Vault(vault) => {
            assert_eq!(vault.description.unwrap().raw(), "d [sr:s1:abcdefgh]");
            vault.id
        }
        other => panic!("{other:?}"),
    }
}

fn read() -> Permissions {
    Level::Read.permissions(AccountKind::Business).unwrap()
}

/// What a grant answers: the whole resulting set; where `op` prints nothing, that it is not known.
fn granted(front: &Front, set: Permissions) -> Result<Receipt, Kind> {
    if front.has(Profile::QuietGrants) { Err(Kind::Unknown) } else { Ok(Receipt::Access(set)) }
}

async fn apply(provider: &Shared, call: &Call) -> Result<Receipt, Kind> {
    provider.apply(call).await.map_err(|fault| fault.kind)
}

#[tokio::test]
async fn a_vault_is_made_shared_unshared_and_deleted() {
    for front in Front::all() {
        let fixture = Fixture::new().await;
        let provider = front.open(&fixture);
        let vault = made(&provider).await;
        let who = Principal::Person(PersonId::parse(&fixture.person("ngozi").await.0).unwrap());
        let grant = |permissions| Call::Grant { vault: vault.clone(), who: who.clone(), permissions };
        assert_eq!(apply(&provider, &grant(read())).await, granted(&front, read()), "{front:?}");
        let more = Permissions::parse(["view_items", "create_items"]).unwrap();
        let both = granted(&front, read() | more);
        assert_eq!(apply(&provider, &grant(more)).await, both, "{front:?}: a grant adds");
        assert_eq!(fixture.happened("grant.person").len(), 2);
        let revoke = |permissions| Call::Revoke { vault: vault.clone(), who: who.clone(), permissions };
        let part = Permissions::parse(["create_items"]).unwrap();
        let may = front.has(Profile::PartialRevoke);
        let expected = if may { Ok(Receipt::Done) } else { Err(Kind::Denied) };
        assert_eq!(apply(&provider, &revoke(Some(part))).await, expected, "{front:?}");
        assert_eq!(apply(&provider, &revoke(None)).await, Ok(Receipt::Done), "{front:?}");
        assert_eq!(apply(&provider, &revoke(None)).await, Err(Kind::NotFound), "{front:?}");
        assert_eq!(apply(&provider, &Call::DeleteVault(vault.clone())).await, Ok(Receipt::Done));
        assert_eq!(provider.vault(&vault).await.unwrap_err().kind, Kind::NotFound, "{front:?}");
    }
}

#[tokio::test]
async fn refused_changes_are_told_apart() {
    for front in Front::both() {
        let fixture = Fixture::new().await;
        let provider = front.open(&fixture);
        let vault = made(&provider).await;
        let (id, token) = fixture.person("ngozi").await;
        let who = Principal::Person(PersonId::parse(&id).unwrap());
        let nobody = Principal::Person(PersonId::parse(&format!("SBX{}", "X".repeat(23))).unwrap());
        let call =
            |who: &Principal| Call::Grant { vault: vault.clone(), who: who.clone(), permissions: read() };
        assert_eq!(apply(&provider, &call(&nobody)).await, Err(Kind::NotFound), "{front:?}");
        let wrong = front.open_with(&fixture, "wrong");
        assert_eq!(apply(&wrong, &call(&who)).await, Err(Kind::SignIn), "{front:?}");
        if !front.is_op() {
            let student = front.open_with(&fixture, &token);
            assert_eq!(apply(&student, &call(&who)).await, Err(Kind::Denied));
        }
        assert!(fixture.happened("grant.person").is_empty());
        let incomplete = Permissions::parse(["edit_items"]).unwrap();
        let call = Call::Grant { vault: vault.clone(), who, permissions: incomplete };
        // Without a terminal `op` cannot ask, so its provider names what is needed; the sandbox refuses.
        let completed = Ok(Receipt::Access(incomplete.with_needed()));
        let expected = if front.is_op() { completed } else { Err(Kind::Broken) };
        assert_eq!(apply(&provider, &call).await, expected, "{front:?}");
    }
}

#[tokio::test]
async fn a_vault_that_the_service_account_did_not_make_is_not_its_to_share() {
    for front in Front::both() {
        let fixture = Fixture::new().await;
        let admin = fixture.admin();
        let vault =
            word(&fixture.posted("/sandbox/v1/vaults", &admin, json!({ "name": "given" })).await["id"]);
        let path = format!("/sandbox/v1/service-account/vaults/{vault}");
        assert_eq!(fixture.call(Method::PUT, &path, &admin, json!({ "write": true })).await.0, 204);
        let body = json!({ "can_create_vaults": false });
        assert_eq!(fixture.call(Method::PATCH, "/sandbox/v1/service-account", &admin, body).await.0, 204);
        let provider = front.open(&fixture);
        let vault = VaultId::parse(&vault).unwrap();
        assert!(provider.vaults().await.unwrap().iter().any(|seen| seen.id == vault), "{front:?}");
        assert_eq!(provider.items(&vault).await.map(|items| items.len()), Ok(0), "{front:?}");
        let who = Principal::Person(PersonId::parse(&fixture.person("ngozi").await.0).unwrap());
        let grant = Call::Grant { vault: vault.clone(), who, permissions: read() };
        assert_eq!(apply(&provider, &grant).await, Err(Kind::Denied), "{front:?}");
        assert_eq!(apply(&provider, &Call::DeleteVault(vault)).await, Err(Kind::Denied), "{front:?}");
        assert_eq!(apply(&provider, &new_vault("CS101-s1")).await, Err(Kind::Denied), "{front:?}");
    }
}

#[tokio::test]
async fn a_document_is_made_and_fetched_again() {
    for front in Front::both() {
        let fixture = Fixture::new().await;
        let provider = front.open(&fixture);
        let vault = made(&provider).await;
        let bytes: Vec<u8> = (0..=255_u8).cycle().take(300_001).collect();
        let new = NewDocument { vault: vault.clone(), title: "a title".into(), file_name: "a b.bin".into() };
        let at = provider.upload(&new, &mut &bytes[..]).await.unwrap();
        let detail = provider.item(&at).await.unwrap();
        assert_eq!((detail.files[0].name.raw(), detail.files[0].size), ("a b.bin", 300_001), "{front:?}");
        let file = FileRef { at, file: detail.files[0].id.clone(), size: 300_001 };
        let mut got = Vec::new();
        assert_eq!(provider.download(&file, &mut got).await, Ok(300_001));
        assert!(got == bytes, "{front:?}");
    }
}

#[tokio::test]
async fn people_are_moved_in_and_out_by_a_person_only() {
    let fixture = Fixture::new().await;
    let invite = Call::Invite { email: "ngozi@example.edu".into(), name: "Ngozi".into() };
    let service = Front::Op(Vec::new()).open(&fixture);
    assert_eq!(apply(&service, &invite).await, Err(Kind::Unsupported));
    let administrators: [Shared; 2] = [person(&fixture), Arc::new(fixture.provider_as(&fixture.admin()))];
    for (provider, email) in administrators.into_iter().zip(["a@example.edu", "b@example.edu"]) {
        let invite = Call::Invite { email: email.into(), name: "N".into() };
        let Ok(Receipt::Person(id)) = provider.apply(&invite).await else { panic!("{email}") };
        let accept = format!("/sandbox/v1/people/{id}/accept");
        fixture.posted(&accept, &fixture.admin(), serde_json::Value::Null).await;
        for call in [Call::Confirm(id.clone()), Call::Suspend(id.clone()), Call::Reactivate(id.clone())] {
            assert_eq!(apply(&provider, &call).await, Ok(Receipt::Done), "{call:?}");
        }
    }
}
