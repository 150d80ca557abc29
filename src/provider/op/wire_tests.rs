//! Shapes as recorded from real CLIs, with ids that name nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde::de::DeserializeOwned;

use super::*;
use crate::domain::access::Permission;
use crate::domain::fault::Kind;

const VAULT: &str = "gshlsjsajnawtnjynzgwmiebge";
const ITEM: &str = "zjc6s5ri3rhcxploofa67jamze";

fn read<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

fn at() -> ItemRef {
    ItemRef { vault: VaultId::parse(VAULT).unwrap(), item: ItemId::parse(ITEM).unwrap() }
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
fn a_vault_is_read_in_the_short_and_in_the_long_form() {
    let short: VaultSeen = read(&format!(r#"{{"id":"{VAULT}","name":"Test Data","content_version":321}}"#));
    let short = Vault::from(short);
    assert_eq!((short.content_version, short.items, short.description), (321, None, None));
    let long: VaultSeen = read(&format!(
        r#"{{"id":"{VAULT}","name":"Test Data","content_version":"130","description":"d","attribute_version":1,
        "items":14,"type":"SOMETHING_NEW","created_at":"2021-03-19T23:27:12Z","updated_at":"never"}}"#
    ));
    let long = Vault::from(long);
    assert_eq!((long.content_version, long.items), (130, Some(14)));
    assert_eq!(long.created_at, Some("2021-03-19T23:27:12Z".parse().unwrap()));
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
fn an_item_keeps_what_may_be_shown_and_drops_the_rest() {
    let json = format!(
        r#"{{"id":"{ITEM}","title":"hw1","version":2,"vault":{{"id":"{VAULT}","name":"x"}},"category":"SOMETHING_NEW",
        "last_edited_by":"5GHHPJK5HZC5BAT7WDUXW57G44","created_at":"2022-11-08T20:36:03.453086-08:00",
        "updated_at":"2022-11-09T04:36:03Z","additional_information":"93 KB","tags":["a"],
        "sections":[{{"id":"s","label":"Notes"}},{{"id":"t"}}],
        "fields":[{{"id":"password","type":"CONCEALED","purpose":"PASSWORD","label":"p","value":"canary"}},
        {{"id":"n","section":{{"id":"s"}},"type":"STRING","label":"n","value":"shown"}},
        {{"id":"p","type":"STRING","purpose":"PASSWORD","value":"canary"}},
        {{"id":"o","type":"OTP","value":"canary","totp":"canary"}},{{"id":"e","type":"STRING"}},
        {{"id":"z","type":"SOMETHING_NEW","value":"canary"}}],
        "files":[{{"id":"jelkptdlhzat5n262jd5vf76ue","name":"../a.webp","size":"92934",
        "content_path":"/v1/anywhere"}}]}}"#
    );
    let detail = read::<ItemSeen>(&json).detail(&at()).unwrap();
    assert!(!format!("{detail:?}").contains("canary"));
    assert_eq!(detail.fields[1].value, FieldValue::Shown("shown".into()));
    assert_eq!(detail.fields[1].section, Some("Notes".into()));
    assert_eq!(detail.fields[4].value, FieldValue::Empty);
    assert_eq!(detail.files[0].size, 92_934);
    assert_eq!(detail.item.created_at, Some("2022-11-09T04:36:03.453086Z".parse().unwrap()));
    assert_eq!(detail.item.category, "SOMETHING_NEW".into());
}

#[test]
fn an_item_of_another_vault_or_another_item_is_refused() {
    let other = VAULT.replace('g', "h");
    let json = format!(r#"{{"id":"{ITEM}","vault":{{"id":"{other}"}}}}"#);
    assert_eq!(read::<ItemSeen>(&json).detail(&at()).unwrap_err().kind, Kind::Broken);
    assert_eq!(read::<ItemSeen>(&json).summary(&at().vault).unwrap_err().kind, Kind::Broken);
    let json = format!(r#"{{"id":"{other}","vault":{{"id":"{VAULT}"}}}}"#);
    assert_eq!(read::<ItemSeen>(&json).detail(&at()).unwrap_err().kind, Kind::Broken);
}

#[test]
fn an_archived_item_is_told_from_one_in_use() {
    let json = format!(r#"{{"id":"{ITEM}","vault":{{"id":"{VAULT}"}},"state":"ARCHIVED","tags":null}}"#);
    assert_eq!(read::<ItemSeen>(&json).summary(&at().vault).unwrap().state, ItemState::Archived);
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

#[test]
fn people_keep_states_that_are_not_known() {
    let json =
        r#"{"id":"5GHHPJK5HZC5BAT7WDUXW57G44","name":"A","email":"a@b","type":"ROBOT","state":"FROZEN"}"#;
    let person = Person::from(read::<User>(json));
    assert_eq!(person.kind, PersonKind::Other("ROBOT".into()));
    assert_eq!(person.state, PersonState::Other("FROZEN".into()));
}
