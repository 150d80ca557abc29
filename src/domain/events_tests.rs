//! What records mean: those of the published samples, and what this version does not know.

#![allow(clippy::unwrap_used, dead_code, reason = "tests; others use a part")]

use super::*;

/// An id: a letter for whose, filled up.
pub(crate) fn person(letter: char) -> PersonId {
    PersonId::parse(&letter.to_ascii_uppercase().to_string().repeat(26)).unwrap()
}

pub(crate) fn actor(letter: char) -> Actor {
    Actor {
        id: Some(person(letter)),
        name: format!("Name of {letter}").as_str().into(),
        email: Some(Untrusted::new(format!("{letter}@example.edu"))),
    }
}

/// An audit event as the service would send it.
pub(crate) fn audit(
    uuid: usize,
    at: Timestamp,
    by: char,
    (action, object): (&str, &str),
    (first, second): (&str, &str),
) -> Activity {
    Activity {
        uuid: format!("AUDIT{uuid:021}").as_str().into(),
        feed: Feed::Audit,
        at,
        actor: actor(by),
        action: action.into(),
        object: object.into(),
        object_id: first.into(),
        aux_id: second.into(),
        aux: None,
        aux_info: SafeText::default(),
        vault: None,
        item: None,
        version: None,
        client: Some(Client { address: "192.0.2.7".into(), ..Client::default() }),
    }
}

/// An item usage as the service would send it.
pub(crate) fn usage(
    uuid: usize,
    at: Timestamp,
    by: char,
    action: &str,
    (vault, item, version): (&VaultId, &ItemId, u64),
) -> Activity {
    Activity {
        uuid: format!("USAGE{uuid:021}").as_str().into(),
        feed: Feed::Usage,
        object: "item".into(),
        object_id: SafeText::default(),
        aux_id: SafeText::default(),
        vault: Some(vault.clone()),
        item: Some(item.clone()),
        version: Some(version),
        client: Some(Client {
            app: "1Password CLI".into(),
            version: "2.31.0".into(),
            platform: SafeText::default(),
            os: "Linux".into(),
            address: "192.0.2.7".into(),
        }),
        ..audit(uuid, at, by, (action, ""), ("", ""))
    }
}

fn low(letter: char) -> String {
    letter.to_string().repeat(26)
}

#[test]
fn access_is_told_of_the_vault_and_of_whoever_got_or_lost_it() {
    let (v, g, p) = (low('v'), low('g'), "P".repeat(26));
    let vault = VaultId::parse(&v).unwrap();
    let group = GroupId::parse(&g).unwrap();
    let deed = |action, object, first: &str, second: &str| {
        audit(1, Timestamp::UNIX_EPOCH, 'a', (action, object), (first, second)).deed()
    };
    let person = person('p');
    let (whom, which) = (Principal::Person(person.clone()), Principal::Group(group.clone()));
    for action in ["grant", "update"] {
        assert_eq!(deed(action, "uva", &v, &p), Some(Deed::Granted(vault.clone(), whom.clone())));
        assert_eq!(deed(action, "gva", &v, &g), Some(Deed::Granted(vault.clone(), which.clone())));
    }
    assert_eq!(deed("revoke", "uva", &v, &p), Some(Deed::Revoked(vault.clone(), whom)));
    assert_eq!(deed("revoke", "gva", &v, &g), Some(Deed::Revoked(vault.clone(), which)));
    assert_eq!(deed("create", "vault", &v, ""), Some(Deed::CreatedVault(vault.clone())));
    assert_eq!(deed("delete", "vault", &v, ""), Some(Deed::DeletedVault(vault.clone())));
    assert_eq!(deed("join", "gm", &g, &p), Some(Deed::Joined(group.clone(), person.clone())));
    assert_eq!(deed("leave", "gm", &g, &p), Some(Deed::Left(group, person.clone())));
    assert_eq!(deed("suspend", "user", &p, ""), Some(Deed::ChangedPerson(person)));
    // Ids decide by their form, which tells a person from a group and a vault from both.
    assert_eq!(deed("grant", "uva", &v, &g), None);
    assert_eq!(deed("grant", "gva", &v, &p), None);
    assert_eq!(deed("grant", "uva", "", &p), None);
    assert_eq!(deed("updatea", "vault", &v, ""), None, "it is not known what is changed by it");
    assert_eq!(deed("teleport", "uva", &v, &p), None);
}

#[test]
fn a_person_who_is_told_apart_only_beside_the_ids_is_found_there() {
    let mut record = audit(1, Timestamp::UNIX_EPOCH, 'a', ("grant", "uva"), (&low('v'), "not an id"));
    assert_eq!(record.deed(), None);
    record.aux = Some(actor('p'));
    assert_eq!(record.deed().unwrap().who(), Some(Principal::Person(person('p'))));
}

#[test]
fn using_an_item_is_no_change_of_it_and_unknown_words_mean_nothing() {
    let (vault, item) = (VaultId::parse(&low('v')).unwrap(), ItemId::parse(&low('i')).unwrap());
    let deed = |action| usage(1, Timestamp::UNIX_EPOCH, 'a', action, (&vault, &item, 1)).deed();
    for action in ["server-create", "server-update"] {
        assert_eq!(deed(action), Some(Deed::ChangedItem(item.clone())));
    }
    for action in ["reveal", "enter-item-edit-mode", "server-fetch", "other", "", "server-delete"] {
        assert_eq!(deed(action), None, "{action}");
    }
}

#[test]
fn words_for_actor_and_client_leave_out_what_is_not_told_and_never_name_the_address() {
    let nobody = Actor::default();
    assert_eq!(nobody.in_words(), None);
    assert_eq!(
        Actor { id: Some(person('p')), ..nobody.clone() }.in_words().unwrap().as_str(),
        "P".repeat(26)
    );
    let mailed = Actor { email: Some(Untrusted::new("a\u{202e}@example.edu")), ..nobody };
    assert_eq!(mailed.in_words().unwrap().as_str(), "a<U+202E>@example.edu");
    let client = Client { app: "1Password Browser Extension".into(), ..Client::default() };
    let on =
        Client { version: "1109".into(), platform: "Chrome".into(), os: "Android".into(), ..client.clone() };
    assert_eq!(client.in_words().unwrap().as_str(), "1Password Browser Extension");
    assert_eq!(on.in_words().unwrap().as_str(), "1Password Browser Extension 1109, Chrome on Android");
    assert_eq!(Client { address: "192.0.2.7".into(), ..Client::default() }.in_words(), None);
}

#[test]
fn every_feed_is_read_back_from_its_word() {
    assert_eq!(Feed::ALL.map(|feed| Feed::parse(feed.name())), Feed::ALL.map(Some));
    assert_eq!(Feed::parse("signinattempts"), None);
}
