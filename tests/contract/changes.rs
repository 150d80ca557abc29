//! Changes: what they answer, and which faults their refusals become.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use strongroom::domain::access::{AccountKind, Level, Permissions, Principal};
use strongroom::domain::directory::NewVault;
use strongroom::domain::fault::Kind;
use strongroom::domain::id::{PersonId, VaultId};
use strongroom::domain::operation::{Call, Receipt};
use strongroom::provider::{Provider, sandbox::Sandbox};
use strongroom::sandbox::Limits;

use crate::support::Fixture;

fn new_vault() -> Call {
    Call::CreateVault(NewVault {
        name: "CS101-s1".into(),
        description: "d [sr:s1:abcdefgh]".into(),
        icon: None,
        admins_can_manage: Some(false),
    })
}

async fn made(provider: &Sandbox) -> VaultId {
    match provider.apply(&new_vault()).await.unwrap() {
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

#[tokio::test]
async fn a_vault_is_made_shared_unshared_and_deleted() {
    let fixture = Fixture::new().await;
    let provider = fixture.provider();
    let vault = made(&provider).await;
    let who = Principal::Person(PersonId::parse(&fixture.person("ngozi").await.0).unwrap());
    let grant = Call::Grant { vault: vault.clone(), who: who.clone(), permissions: read() };
    assert_eq!(provider.apply(&grant).await, Ok(Receipt::Access(read())));
    let more = Permissions::parse(["view_items", "create_items"]).unwrap();
    let wider = Call::Grant { vault: vault.clone(), who: who.clone(), permissions: more };
    assert_eq!(provider.apply(&wider).await, Ok(Receipt::Access(read() | more)), "a grant adds");
    let revoke = |permissions| Call::Revoke { vault: vault.clone(), who: who.clone(), permissions };
    assert_eq!(provider.apply(&revoke(Some(more))).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(provider.apply(&revoke(None)).await, Ok(Receipt::Done));
    assert_eq!(provider.apply(&revoke(None)).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(provider.apply(&Call::DeleteVault(vault.clone())).await, Ok(Receipt::Done));
    assert_eq!(provider.vault(&vault).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn refused_changes_are_told_apart() {
    let fixture = Fixture::new().await;
    let provider = fixture.provider();
    let vault = made(&provider).await;
    let (id, token) = fixture.person("ngozi").await;
    let who = Principal::Person(PersonId::parse(&id).unwrap());
    let incomplete = Permissions::parse(["edit_items"]).unwrap();
    let call = Call::Grant { vault: vault.clone(), who: who.clone(), permissions: incomplete };
    assert_eq!(provider.apply(&call).await.unwrap_err().kind, Kind::Broken);
    let nobody = Principal::Person(PersonId::parse(&"X".repeat(26)).unwrap());
    let call = Call::Grant { vault: vault.clone(), who: nobody, permissions: read() };
    assert_eq!(provider.apply(&call).await.unwrap_err().kind, Kind::NotFound);
    let call = Call::Grant { vault, who, permissions: read() };
    let student = fixture.provider_as(&token);
    assert_eq!(student.apply(&call).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(fixture.provider_as("wrong").apply(&call).await.unwrap_err().kind, Kind::SignIn);
    assert!(fixture.happened("grant.person").is_empty());
}

#[tokio::test]
async fn a_used_up_ration_says_how_long_it_lasts() {
    let fixture = Fixture::with(|config| config.limits = Limits::Teams).await;
    let provider = fixture.provider();
    for _ in 0..100 {
        made(&provider).await;
    }
    let fault = provider.apply(&new_vault()).await.unwrap_err();
    assert_eq!((fault.kind, fault.is_passing()), (Kind::RateLimit, true));
    assert!(fault.retry_after.is_some_and(|wait| (1..=3600).contains(&wait.as_secs())), "{fault:?}");
    assert_eq!(provider.vaults().await.map(|_| ()), Ok(()), "reads have a ration of their own");
}
