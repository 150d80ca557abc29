//! Shapes as recorded from real CLIs, with ids that name nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde::de::DeserializeOwned;

use super::*;
use crate::domain::access::Permission;

const VAULT: &str = "gshlsjsajnawtnjynzgwmiebge";
const ITEM: &str = "zjc6s5ri3rhcxploofa67jamze";

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

#[test]
fn every_spelling_of_whoami_tells_the_same() {
    let (user, account) = ("5GHHPJK5HZC5BAT7WDUXW57G44", "GRXJAN4BY5DPROISKYL55IRCPY");
    let person = format!(
        r#"{{"url":"https://example.1password.com/","email":"a@b","user_uuid":"{user}","account_uuid":"{account}"}}"#
    );
    let person: Whoami = read(&person);
    assert!(!person.is_service_account() && person.user_uuid.is_some());
    let old: Whoami =
        read(r#"{"URL":"https://example.1password.com","ServiceAccountType":"SERVICE_ACCOUNT"}"#);
    assert!(old.is_service_account() && old.user_uuid.is_none());
    let both = format!(
        r#"{{"url":"https://example.1password.com","URL":"https://example.1password.com","user_uuid":"{user}",
        "account_uuid":"{account}","user_type":"SERVICE_ACCOUNT","ServiceAccountType":"SERVICE_ACCOUNT"}}"#
    );
    let both: Whoami = read(&both);
    assert!(both.is_service_account() && both.account_uuid.is_some());
    for whoami in [&old, &both] {
        assert_eq!(whoami.url(), Some("https://example.1password.com"));
    }
}

#[test]
fn permissions_are_a_line_a_list_nothing_or_unknown() {
    let set = |json: &str| {
        let id = "gshlsjsajnawtnjynzgwmiebge";
        let listed: Listed<GroupId> = read(&format!(r#"{{"id":"{id}"{json}}}"#));
        listed.permissions.and_then(|names| names.set())
    };
    let both = Some(Permissions::of(&[Permission::ViewItems, Permission::CreateItems]));
    assert_eq!(set(r#","permissions":"view_items,create_items""#), both);
    assert_eq!(set(r#","permissions":["view_items","create_items"]"#), both);
    assert_eq!(set(r#","permissions":[]"#), Some(Permissions::NONE));
    assert_eq!(set(r#","permissions":null"#), None);
    assert_eq!(set(""), None);
    assert_eq!(set(r#","permissions":["view_items","see_through_walls"]"#), None, "never guessed");
}

#[test]
fn the_ration_is_read_and_unknown_windows_are_passed_over() {
    let json = r#"[{"type":"token","action":"write","limit":100,"used":0,"remaining":100,"reset":0},
        {"type":"account","action":"read_write","limit":"1000","used":1,"remaining":999,"reset":"N/A"},
        {"type":"planet","action":"write","limit":1,"used":0,"remaining":1,"reset":0}]"#;
    let windows: Vec<Window> = read(json);
    let windows: Vec<Allowance> = windows.iter().filter_map(Window::allowance).collect();
    let day = Allowance {
        scope: Scope::Account,
        action: Action::ReadWrite,
        limit: 1_000,
        used: 1,
        remaining: 999,
        reset: 0,
    };
    assert_eq!((windows.len(), windows[1]), (2, day));
}

#[test]
fn what_a_document_was_made_as_is_read_in_camel_case() {
    let made: Made =
        read(&format!(r#"{{"uuid":"{ITEM}","createdAt":"x","updatedAt":"y","vaultUuid":"{VAULT}"}}"#));
    assert_eq!((made.uuid.as_str(), made.vault.unwrap().as_str()), (ITEM, VAULT));
}
