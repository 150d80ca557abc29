//! Both spellings, and what is left out or odd. Shapes are those of the specification and of recorded answers, with
//! ids that name nothing.

#![allow(clippy::unwrap_used, reason = "tests")]

use serde_json::json;

use super::*;

const VAULT: &str = "gshlsjsajnawtnjynzgwmiebge";
const ITEM: &str = "zjc6s5ri3rhcxploofa67jamze";

fn wire(more: &Value) -> WireItem {
    let mut item = json!({ "id": ITEM, "title": "hw1", "vault": { "id": VAULT }, "category": "DOCUMENT" });
    item.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(item).unwrap()
}

fn asked() -> ItemRef {
    ItemRef { vault: VaultId::parse(VAULT).unwrap(), item: ItemId::parse(ITEM).unwrap() }
}

fn vault(json: Value) -> Vault {
    serde_json::from_value::<WireVault>(json).unwrap().into()
}

#[test]
fn an_item_is_the_same_in_both_spellings() {
    let connect = json!({
        "title": "hw1", "version": 2, "lastEditedBy": "5GHHPJK5HZC5BAT7WDUXW57G44", "tags": ["a"],
        "createdAt": "2022-11-09T04:36:03.453086Z", "updatedAt": "2022-11-09T04:36:03.000000000Z",
        "files": [{ "id": "jelkptdlhzat5n262jd5vf76ue", "name": "../a.webp", "size": 92_934,
            "content_path": "/v1/anywhere" }],
    });
    let cli = json!({
        "title": "hw1", "version": "2", "last_edited_by": "5GHHPJK5HZC5BAT7WDUXW57G44", "tags": ["a"],
        "created_at": "2022-11-08T20:36:03.453086-08:00", "updated_at": "2022-11-09T04:36:03Z",
        "additional_information": "93 KB", "vault": { "id": VAULT, "name": "x" },
        "files": [{ "id": "jelkptdlhzat5n262jd5vf76ue", "name": "../a.webp", "size": "92934" }],
    });
    let (connect, cli) = (wire(&connect).detail(&asked()).unwrap(), wire(&cli).detail(&asked()).unwrap());
    assert_eq!(connect, cli);
    assert_eq!((cli.item.version, cli.item.last_edited_by.is_some(), cli.files[0].size), (2, true, 92_934));
    assert_eq!(cli.item.created_at, Some("2022-11-09T04:36:03.453086Z".parse().unwrap()));
    assert_eq!(cli.item.updated_at.map(Timestamp::as_second), Some(1_667_968_563));
}

#[test]
fn values_that_may_be_secret_are_dropped_while_parsing() {
    let fields = json!([
        { "id": "password", "type": "CONCEALED", "purpose": "PASSWORD", "value": "canary" },
        { "id": "new", "type": "SOMETHING_NEW", "value": "canary" },
        { "id": "n", "type": "STRING", "value": "shown" },
        { "id": "p", "type": "STRING", "purpose": "PASSWORD", "value": "canary" },
        { "id": "otp", "type": "OTP", "value": "canary", "totp": "canary" },
        { "id": "odd", "type": null, "value": { "canary": true } },
        { "id": "none", "type": "STRING" },
    ]);
    let detail = wire(&json!({ "fields": fields })).detail(&asked()).unwrap();
    assert!(!format!("{detail:?}").contains("canary"));
    assert_eq!(detail.fields[2].value, FieldValue::Shown("shown".into()));
    assert_eq!(detail.fields[6].value, FieldValue::Empty);
}

#[test]
fn an_answer_about_another_vault_or_item_is_refused() {
    let other = "x".repeat(26);
    for odd in [json!({ "vault": { "id": other } }), json!({ "id": other })] {
        assert_eq!(wire(&odd).detail(&asked()).unwrap_err().kind, Kind::Broken);
    }
    let elsewhere = json!({ "vault": { "id": other }, "version": 1 });
    assert_eq!(wire(&elsewhere).listed(&asked().vault).unwrap_err().kind, Kind::Broken);
}

#[test]
fn what_is_empty_missing_null_or_odd_is_read_for_what_it_is_worth() {
    let bare = wire(&json!({})).detail(&asked()).unwrap();
    let nulls = json!({
        "title": "hw1", "version": null, "tags": null, "state": null, "sections": null, "fields": null,
        "files": null, "urls": null, "favorite": null, "createdAt": null, "updatedAt": "0001-01-01T00:00:00Z",
        "lastEditedBy": null,
    });
    assert_eq!(wire(&nulls).detail(&asked()).unwrap(), bare);
    let odd = json!({
        "title": 7, "version": -1, "state": "FROZEN", "createdAt": "yesterday", "updatedAt": 1_642_463_000,
        "lastEditedBy": "somebody", "category": "SSH_KEY_2", "files": [{ "id": ITEM, "name": null }],
    });
    let odd = wire(&odd).detail(&asked()).unwrap();
    assert_eq!((odd.item.title.as_str(), odd.item.category.as_str()), ("7", "SSH_KEY_2"));
    assert_eq!((odd.item.version, odd.item.state), (0, ItemState::Active));
    assert_eq!((odd.item.created_at, odd.item.updated_at, odd.item.last_edited_by), (None, None, None));
    assert_eq!((odd.files[0].name.raw(), odd.files[0].size), ("", 0));
    let archived = wire(&json!({ "state": "ARCHIVED" })).summary(&asked().vault).unwrap();
    assert_eq!(archived.state, ItemState::Archived);
    let listed = |more| wire(&more).listed(&asked().vault).map(|item| item.version);
    assert_eq!(listed(json!({ "version": 3 })).unwrap(), 3);
    for none in [json!({}), json!({ "version": null }), json!({ "version": -1 })] {
        assert_eq!(listed(none).unwrap_err().kind, Kind::Broken, "a list is to tell versions");
    }
}

#[test]
fn a_vault_is_read_in_the_short_and_in_the_long_form_of_either_spelling() {
    let bare = vault(json!({ "id": VAULT }));
    assert_eq!((bare.content_version, bare.items, bare.created_at), (0, None, None));
    let short = vault(json!({ "id": VAULT, "name": "Test Data", "content_version": 321 }));
    assert_eq!((short.content_version, short.items, short.description), (321, None, None));
    let connect = json!({
        "id": VAULT, "name": null, "description": "d", "contentVersion": 130, "items": 14, "type": "NEW_KIND",
        "createdAt": "2021-03-19T23:27:12Z", "attributeVersion": null, "unknown": {},
    });
    let cli = json!({
        "id": VAULT, "name": "", "content_version": "130", "description": "d", "attribute_version": 1,
        "items": 14, "type": "SOMETHING_NEW", "created_at": "2021-03-19T23:27:12Z", "updated_at": "never",
    });
    let (connect, cli) = (vault(connect), vault(cli));
    assert_eq!(connect, cli);
    assert_eq!((cli.content_version, cli.items), (130, Some(14)));
    assert_eq!(cli.created_at, Some("2021-03-19T23:27:12Z".parse().unwrap()));
    assert!(serde_json::from_value::<WireVault>(json!({ "id": "short", "name": "n" })).is_err());
}

#[test]
fn a_section_gives_its_fields_their_heading() {
    let item = json!({
        "sections": [{ "id": "s", "label": "Grades" }, { "id": "t" }],
        "fields": [
            { "id": "1", "type": "STRING", "section": { "id": "s" } },
            { "id": "2", "type": "STRING", "section": { "id": "t" } },
            { "id": "3", "type": "STRING", "section": null },
        ],
    });
    let fields = wire(&item).detail(&asked()).unwrap().fields;
    let sections: Vec<_> = fields.iter().map(|f| f.section.as_ref().map(SafeText::as_str)).collect();
    assert_eq!(sections, [Some("Grades"), None, None]);
}

#[test]
fn people_keep_states_that_are_not_known() {
    let person = json!({
        "id": "5GHHPJK5HZC5BAT7WDUXW57G44", "name": "A", "email": "a@b", "type": "ROBOT", "state": "FROZEN",
    });
    let person = Person::from(serde_json::from_value::<WirePerson>(person).unwrap());
    assert_eq!(person.kind, PersonKind::Other("ROBOT".into()));
    assert_eq!(person.state, PersonState::Other("FROZEN".into()));
}
