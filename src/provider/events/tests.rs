//! Records and tokens as they come: nothing of them is trusted, and nothing odd stops the rest.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::events::{Activity, Actor, Client};
use crate::provider::jwt::tests::token;

/// In the form of the samples of 1Password's reference and of those who read them.
fn usage() -> Value {
    json!({
        "uuid": "MCQODBBWJD5HISKYNP3HJPV2DV", "timestamp": "2021-08-30T18:57:42.484Z", "used_version": 3,
        "vault_uuid": "jaqxqf5qylslqiitnduawrndc5", "item_uuid": "bvwmmwxisuca7wbehrbyqhag54",
        "action": "reveal",
        "user": { "uuid": "OJQGU46KAPROEJLCK674RHSAY5", "name": "Name", "email": "email@example.com" },
        "client": {
            "app_name": "1Password Browser Extension", "app_version": "1109", "platform_name": "Chrome",
            "platform_version": "93.0.4577.62", "os_name": "Android", "os_version": "10",
            "ip_address": "192.0.2.7",
        },
        "location": { "country": "Canada", "city": "Toronto" },
        "account_uuid": "M4E2SWNZAZFTRGQGDNS2E5A4MU", "future": [1, 2],
    })
}

fn grant() -> Value {
    json!({
        "uuid": "2RI62MWY33CWME5TF2UKM34OA4", "timestamp": "2024-12-02T11:54:21.27229198Z",
        "actor_uuid": "OJQGU46KAPROEJLCK674RHSAY5",
        "actor_details": { "uuid": "OJQGU46KAPROEJLCK674RHSAY5", "name": "Owner", "email": "o@example.com" },
        "action": "grant", "object_type": "uva", "object_uuid": "jaqxqf5qylslqiitnduawrndc5",
        "aux_id": 9_277_034, "aux_uuid": "PJQGU46KAPROEJLCK674RHSAY6",
        "aux_details": { "name": "Student", "email": "s@example.com" }, "aux_info": "A",
        "session": { "ip": "198.51.100.8" }, "actor_type": "user",
    })
}

fn read(feed: Feed, raw: &Value) -> Option<Activity> {
    record::record(feed, raw, false)
}

#[test]
fn an_item_usage_is_read_as_it_is_documented() {
    let found = read(Feed::Usage, &usage()).unwrap();
    let client = Client {
        app: "1Password Browser Extension".into(),
        version: "1109".into(),
        platform: "Chrome".into(),
        os: "Android".into(),
        address: "192.0.2.7".into(),
    };
    assert_eq!(found.client, Some(client));
    assert_eq!((found.action.as_str(), found.object.as_str(), found.version), ("reveal", "item", Some(3)));
    assert_eq!(found.vault.unwrap().as_str(), "jaqxqf5qylslqiitnduawrndc5");
    assert_eq!(found.item.unwrap().as_str(), found.object_id.as_str());
    assert_eq!(found.actor.id.unwrap().as_str(), "OJQGU46KAPROEJLCK674RHSAY5");
    assert_eq!((found.actor.name.as_str(), found.actor.email.unwrap().raw()), ("Name", "email@example.com"));
    assert_eq!(found.at.to_string(), "2021-08-30T18:57:42.484Z");
}

#[test]
fn an_audit_event_is_read_as_it_is_documented() {
    let found = read(Feed::Audit, &grant()).unwrap();
    assert_eq!((found.object.as_str(), found.action.as_str()), ("uva", "grant"));
    assert_eq!(found.vault.unwrap().as_str(), found.object_id.as_str());
    assert_eq!((found.item, found.version), (None, None));
    let aux = found.aux.unwrap();
    assert_eq!(aux.id.unwrap().as_str(), found.aux_id.as_str());
    assert_eq!((aux.name.as_str(), found.aux_info.as_str()), ("Student", "A"));
    assert_eq!(found.client.unwrap().address.as_str(), "198.51.100.8");
    let join =
        json!({ "uuid": "U", "timestamp": "2024-12-02T11:54:21Z", "action": "join", "object_type": "gm" });
    let join = read(Feed::Audit, &join).unwrap();
    assert_eq!((join.actor, join.aux, join.vault, join.client), (Actor::default(), None, None, None));
}

#[test]
fn any_part_may_be_missing_or_of_another_kind() {
    for (feed, whole) in [(Feed::Usage, usage()), (Feed::Audit, grant())] {
        for name in whole.as_object().unwrap().keys() {
            for odd in [Value::Null, json!(7), json!([]), json!({}), json!("?"), json!(true)] {
                let mut changed = whole.clone();
                changed[name] = odd;
                let needed = ["uuid", "timestamp"].contains(&name.as_str());
                let found = read(feed, &changed);
                assert!(found.is_some() || needed, "{name}: {changed}");
            }
            let mut without = whole.clone();
            without.as_object_mut().unwrap().remove(name);
            let needed = ["uuid", "timestamp"].contains(&name.as_str());
            assert_eq!(read(feed, &without).is_none(), needed, "{name}");
        }
        for odd in [Value::Null, json!(1), json!("x"), json!([]), json!({})] {
            assert_eq!(read(feed, &odd), None);
        }
    }
}

#[test]
fn times_have_any_number_of_digits_and_any_offset() {
    for (text, same) in [
        ("2020-06-11T16:32:50-03:00", "2020-06-11T19:32:50Z"),
        ("2020-06-11T16:32:50Z", "2020-06-11T16:32:50Z"),
        ("2020-06-11T16:32:50.1+05:30", "2020-06-11T11:02:50.1Z"),
        ("2024-12-02T11:54:21.27229198Z", "2024-12-02T11:54:21.27229198Z"),
        ("2024-12-02T11:54:21.693369325Z", "2024-12-02T11:54:21.693369325Z"),
    ] {
        let mut raw = usage();
        raw["timestamp"] = json!(text);
        assert_eq!(read(Feed::Usage, &raw).unwrap().at, same.parse::<Timestamp>().unwrap(), "{text}");
    }
    for text in ["", "yesterday", "2020-06-11", "2020-06-11T16:32:50", "1591893170", "99999-01-01T00:00:00Z"]
    {
        let mut raw = usage();
        raw["timestamp"] = json!(text);
        assert_eq!(read(Feed::Usage, &raw), None, "{text}");
    }
}

#[test]
fn an_id_in_another_form_is_kept_as_text_and_stands_for_nothing() {
    let mut raw = grant();
    raw["object_uuid"] = json!("JAQXQF5QYLSLQIITNDUAWRNDC5");
    raw["actor_uuid"] = json!("ojqgu46kaproejlck674rhsay5");
    let found = read(Feed::Audit, &raw).unwrap();
    assert_eq!((found.vault, found.object_id.as_str()), (None, "JAQXQF5QYLSLQIITNDUAWRNDC5"));
    assert_eq!(found.actor.id, None, "compared as they are, never folded");
    let mut raw = usage();
    raw["vault_uuid"] = json!("../../../etc/passwd");
    raw["action"] = json!("teleport");
    let found = read(Feed::Usage, &raw).unwrap();
    assert_eq!((found.vault, found.action.as_str()), (None, "teleport"));
}

#[test]
fn ids_of_a_sandbox_count_on_this_machine_alone() {
    let mut raw = usage();
    raw["vault_uuid"] = json!("sbxqxqf5qylslqiitnduawrndc");
    raw["item_uuid"] = json!("sbxmmwxisuca7wbehrbyqhag54");
    raw["user"]["uuid"] = json!("SBXGU46KAPROEJLCK674RHSAY5");
    let near = record::record(Feed::Usage, &raw, true).unwrap();
    assert!(near.vault.is_some() && near.item.is_some() && near.actor.id.is_some());
    let far = read(Feed::Usage, &raw).unwrap();
    assert_eq!((far.vault, far.item, far.actor.id), (None, None, None));
}

#[test]
fn what_others_wrote_is_made_safe_and_not_kept_without_end() {
    let mut raw = usage();
    raw["user"]["name"] = json!("\u{1b}[2JAda\u{202e}");
    raw["user"]["email"] = json!("x".repeat(5_000));
    raw["action"] = json!("a".repeat(100_000));
    raw["client"]["app_name"] = json!("\u{7}bell");
    let found = read(Feed::Usage, &raw).unwrap();
    assert_eq!(found.actor.name.as_str(), "<ESC>[2JAda<U+202E>");
    assert_eq!(found.actor.email, None);
    assert!(found.action.as_str().len() < 1_100);
    assert!(!found.client.unwrap().app.as_str().contains('\u{7}'));
}

#[test]
fn a_page_needs_a_cursor_and_nothing_else() {
    let wire = |text: &str| serde_json::from_str::<WirePage>(text).unwrap();
    let whole = page(Feed::Usage, wire("{\"cursor\":\"c\"}"), false).unwrap();
    assert_eq!((whole.list.len(), whole.has_more, whole.left_out), (0, false, 0));
    let odd = json!({ "cursor": "c", "has_more": true, "items": [usage(), 7, {}, null, { "uuid": "x" }] });
    let odd = page(Feed::Usage, wire(&odd.to_string()), false).unwrap();
    assert_eq!((odd.list.len(), odd.left_out, odd.cursor.as_str()), (1, 4, "c"));
    let long = format!("{{\"cursor\":\"{}\"}}", "c".repeat(LONGEST_CURSOR + 1));
    for none in ["{}", "{\"cursor\":\"\"}", "{\"cursor\":null,\"items\":[]}", &long] {
        assert_eq!(page(Feed::Usage, wire(none), false).unwrap_err().kind, Kind::Broken);
    }
}

#[test]
fn a_token_sends_itself_to_a_plain_host_over_tls_and_nowhere_else() {
    let at = |aud: &str| Events::at(None, token(&json!({ "aud": [aud] })), None);
    assert_eq!(at("https://events.1password.com").err().unwrap().kind, Kind::Input);
    let events = at("events.1password.com").unwrap();
    assert_eq!((events.host().as_str(), events.is_local), ("https://events.1password.com", false));
}

#[test]
fn only_an_address_that_is_configured_may_be_this_machines() {
    let at = |host: &str| Events::at(Some(host), "opaque".into(), None).map(|events| events.is_local).ok();
    assert_eq!(at("http://127.0.0.1:4711/"), Some(true));
    assert_eq!(at("http://localhost:4711"), Some(true));
    assert_eq!(at("https://events.1password.com/"), Some(false));
    for host in
        ["http://events.1password.com", "events.1password.com", "https://", "ftp://x", "http://127.0.0.1:x"]
    {
        assert_eq!(at(host), None, "{host}");
    }
    assert!(Events::at(None, "opaque".into(), None).is_err(), "nobody names a host");
}
