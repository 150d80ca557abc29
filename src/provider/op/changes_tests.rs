//! Changes: what is sent, how often, and what an answer proves.

#![allow(clippy::unwrap_used, reason = "tests")]

use futures_util::future::join_all;

use super::*;
use crate::domain::access::Permission;
use crate::domain::id::GroupId;
use crate::domain::operation::Capability;
use crate::provider::op::Limits;
use crate::provider::op::tests::{ACCOUNT, Fixture, GROUP, USER, VAULT, grant, person, vault, write};

fn group() -> Principal {
    Principal::Group(GroupId::parse(GROUP).unwrap())
}

#[tokio::test]
async fn a_grant_spells_everything_out_and_tells_what_is_held_now() {
    let fixture = Fixture::service_account(&format!(
        "vault*) echo '{{\"vault_id\":\"{VAULT}\",\"user_id\":\"{USER}\",\"permissions\":\"view_items,create_items\"}}' ;;"
    ));
    let held = Permissions::of(&[Permission::ViewItems, Permission::CreateItems]);
    assert_eq!(fixture.op.apply(&grant()).await.unwrap(), Receipt::Access(held));
    let asked = format!(
        "vault user grant --vault={VAULT} --user={USER} --permissions=view_items,create_items --no-input"
    );
    assert_eq!(fixture.calls(), [asked]);
    let crossed = Call::Grant { vault: vault(), who: group(), permissions: write() };
    assert_eq!(fixture.op.apply(&crossed).await.unwrap_err().kind, Kind::Unknown, "it names a person");
}

#[tokio::test]
async fn a_grant_that_prints_nothing_is_read_back_by_a_person_and_unknown_to_a_service_account() {
    let arms = format!(
        "'vault user grant'*) ;;\n\
         'vault user list {VAULT} --no-color') echo '[{{\"id\":\"{USER}\",\"permissions\":[\"view_items\"]}}]' ;;\n\
         'vault group list {VAULT} --no-color') ;;"
    );
    let view = Permissions::of(&[Permission::ViewItems]);
    assert_eq!(Fixture::person(&arms).op.apply(&grant()).await.unwrap(), Receipt::Access(view));
    assert_eq!(Fixture::service_account(&arms).op.apply(&grant()).await.unwrap_err().kind, Kind::Unknown);
}

#[tokio::test]
async fn changes_whose_answer_is_broken_lost_or_about_another_are_unknown() {
    let other = VAULT.replace('g', "h");
    let printed = format!("echo '{{\"vault_id\":\"{other}\",\"permissions\":\"view_items\"}}'");
    for arm in ["echo '{'", "kill -9 $$", "echo 'panic: x' >&2; exit 2", "echo words", printed.as_str()] {
        let fixture = Fixture::service_account(&format!("vault*) {arm} ;;"));
        assert_eq!(fixture.op.apply(&grant()).await.unwrap_err().kind, Kind::Unknown, "{arm}");
        assert_eq!(fixture.calls().len(), 1, "sent once: {arm}");
    }
    let fixture = Fixture::service_account("vault*) sleep 1000 ;;");
    let limits = Limits { change: Duration::from_millis(300), ..Limits::default() };
    let fault = fixture.op.with_limits(limits).apply(&grant()).await.unwrap_err();
    assert_eq!(fault.kind, Kind::Unknown);
    let refused =
        Fixture::service_account("vault*) no 'You do not have permission to perform this action' ;;");
    assert_eq!(refused.op.apply(&grant()).await.unwrap_err().kind, Kind::Denied);
}

#[tokio::test]
async fn a_conflict_is_tried_again_three_times_and_no_more() {
    let conflict = "no '(409) Conflict: Internal server conflict'";
    let fixture = Fixture::service_account(&format!(
        "vault*) [ $(wc -l < $DIR/calls) -gt 3 ] || {conflict}; echo '{{\"permissions\":\"view_items\"}}' ;;"
    ));
    assert!(fixture.op.apply(&grant()).await.is_ok());
    assert_eq!(fixture.calls().len(), 3);
    let fixture = Fixture::service_account(&format!("vault*) {conflict} ;;"));
    assert_eq!(fixture.op.apply(&grant()).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(fixture.calls().len(), 4);
    // A second vault or invitation would stay: whether there is one already, only a look can tell.
    let vault = NewVault { name: "x".into(), description: "x".into(), icon: None, admins_can_manage: None };
    let fixture = Fixture::service_account(&format!("vault*) {conflict} ;;"));
    assert_eq!(fixture.op.apply(&Call::CreateVault(vault)).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(fixture.calls().len(), 1);
    let invite = Call::Invite { email: "a@example.edu".into(), name: "a".into() };
    let fixture = Fixture::person(&format!("'user provision'*) {conflict} ;;"));
    assert_eq!(fixture.op.apply(&invite).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(fixture.calls().iter().filter(|call| call.starts_with("user provision")).count(), 1);
}

#[tokio::test]
async fn a_partial_revoke_is_denied_to_a_service_account_and_a_whole_one_finds_nothing() {
    let arm = "vault*) no \"the accessor doesn't have any permissions\" ;;";
    let revoke = |permissions| Call::Revoke { vault: vault(), who: person(), permissions };
    let fixture = Fixture::service_account(arm);
    assert_eq!(fixture.op.apply(&revoke(Some(write()))).await.unwrap_err().kind, Kind::Denied);
    assert_eq!(fixture.op.apply(&revoke(None)).await.unwrap_err().kind, Kind::NotFound);
    assert_eq!(
        fixture.calls(),
        [
            format!("vault user revoke --vault={VAULT} --user={USER} --permissions=create_items --no-input"),
            format!("vault user revoke --vault={VAULT} --user={USER} --no-input"),
        ]
    );
    let quiet = Fixture::person("vault*) ;;");
    assert_eq!(quiet.op.apply(&revoke(Some(write()))).await.unwrap(), Receipt::Done);
}

#[tokio::test]
async fn a_vault_is_made_with_its_name_alone_and_everything_else_behind_an_equals_sign() {
    let fixture = Fixture::service_account(&format!(
        "'vault create'*) echo '{{\"id\":\"{VAULT}\",\"name\":\"x\"}}' ;;"
    ));
    let new = |name: &str| {
        Call::CreateVault(NewVault {
            name: name.into(),
            description: "--account=x [sr:k:n]".into(),
            icon: Some("books".into()),
            admins_can_manage: Some(false),
        })
    };
    let Receipt::Vault(made) = fixture.op.apply(&new("cs101-a")).await.unwrap() else {
        unreachable!("a vault is made")
    };
    assert_eq!(made.description.unwrap().raw(), "--account=x [sr:k:n]");
    let asked =
        "vault create cs101-a --description=--account=x [sr:k:n] --icon=books --allow-admins-to-manage=false";
    assert_eq!(fixture.calls(), [asked]);
    for name in ["-x", "--account=x", "", " "] {
        assert_eq!(fixture.op.apply(&new(name)).await.unwrap_err().kind, Kind::Input, "{name}");
    }
    assert_eq!(fixture.calls().len(), 1);
}

#[tokio::test]
async fn people_are_managed_by_a_person_only() {
    let arms = format!(
        "'user provision'*) echo '{{\"id\":\"{USER}\",\"email\":\"A@b.c\",\"state\":\"TRANSFER_STARTED\"}}' ;;\n\
         'user confirm'*|'user suspend'*) ;;\n\
         'user reactivate'*) echo '{{\"id\":\"{ACCOUNT}\"}}' ;;"
    );
    let id = PersonId::parse(USER).unwrap();
    let invite = Call::Invite { email: "a@b.c".into(), name: "--all".into() };
    let fixture = Fixture::person(&arms);
    assert_eq!(fixture.op.apply(&invite).await.unwrap(), Receipt::Person(id.clone()));
    assert_eq!(fixture.op.apply(&Call::Confirm(id.clone())).await.unwrap(), Receipt::Done);
    assert_eq!(fixture.op.apply(&Call::Suspend(id.clone())).await.unwrap(), Receipt::Done);
    assert_eq!(fixture.op.apply(&Call::Reactivate(id)).await.unwrap_err().kind, Kind::Unknown);
    let other = Call::Invite { email: "z@b.c".into(), name: "Z".into() };
    assert_eq!(fixture.op.apply(&other).await.unwrap_err().kind, Kind::Unknown);
    assert!(fixture.op.capabilities().has(Capability::ManagePeople));
    let account = Fixture::service_account(&arms);
    assert_eq!(account.op.apply(&invite).await.unwrap_err().kind, Kind::Unsupported);
    assert!(!account.op.capabilities().has(Capability::ManagePeople) && account.calls().is_empty());
}

#[tokio::test]
async fn one_vault_has_one_writer_at_a_time() {
    let fixture = Fixture::service_account(&format!(
        "vault*) mkdir $DIR/writer || no 'two writers'; head -c 100000 /dev/urandom > /dev/null; rmdir $DIR/writer\n\
           echo '{{\"vault_id\":\"{VAULT}\",\"permissions\":\"view_items\"}}' ;;"
    ));
    let (call, op) = (grant(), &fixture.op);
    let results = join_all((0..8).map(|_| op.apply(&call))).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}
