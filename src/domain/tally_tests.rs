//! The comparison: an honest feed gives no finding, what is foreign or missing gives exactly that, and the
//! order, number and lateness of records make no difference.

#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::domain::access::Level;
use crate::domain::events::tests::{audit, person};
use crate::domain::history::OPEN;

/// Whoever the token belongs to.
const OURS: char = 'z';

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn low(letter: char) -> String {
    letter.to_string().repeat(26)
}

fn vault(letter: char) -> VaultId {
    VaultId::parse(&low(letter)).unwrap()
}

fn group(letter: char) -> GroupId {
    GroupId::parse(&low(letter)).unwrap()
}

fn someone(letter: char) -> Principal {
    Principal::Person(person(letter))
}

/// A change that was done between these seconds.
fn made(act: Act, begun: i64, ended: i64) -> Made {
    Made {
        seq: 1,
        begun: at(begun),
        ended: Some(at(ended)),
        actor: Some(person(OURS)),
        job: None,
        student: None,
        act,
        outcome: DONE,
        before: Level::Read.permissions(crate::domain::access::AccountKind::Business),
        idle: false,
        partly: false,
    }
}

fn event(number: usize, seconds: i64, by: char, what: (&str, &str), on: (&str, &str)) -> Activity {
    audit(number, at(seconds), by, what, on)
}

/// A grant, change or removal of a person's or a group's access to the vault `v`.
fn access(number: usize, seconds: i64, by: char, action: &str, who: &Principal) -> Activity {
    let object = if matches!(who, Principal::Group(_)) { "gva" } else { "uva" };
    event(number, seconds, by, (action, object), (&low('v'), who.id()))
}

/// Compares what was read between these seconds.
fn tally(made: &[Made], records: Vec<Activity>, (since, read_at): (i64, i64)) -> Tally {
    let book = Book {
        made,
        log_begins: Some(at(-100_000)),
        vaults: &HashSet::from([vault('v'), vault('w')]),
        groups: &HashSet::from([group('g')]),
        administration: &HashSet::from([group('o')]),
        ours: &HashSet::from([person(OURS)]),
        since: at(since),
        read_at: at(read_at),
    };
    Tally::of(&book, records)
}

/// What is told in short: elsewhere, with our token among them, not confirmed.
fn short(tally: &Tally) -> (usize, usize, usize) {
    let token = tally.elsewhere.iter().filter(|one| one.token).count();
    (tally.elsewhere.len(), token, tally.unconfirmed.len())
}

const DAY: (i64, i64) = (-86_400, 86_400);

#[test]
fn what_both_sides_tell_is_no_finding_also_where_clocks_differ() {
    let who = someone('a');
    let grant = made(Act::Granted(vault('v'), who.clone()), 0, 2);
    for skew in [-299, 0, 301] {
        let told = tally(std::slice::from_ref(&grant), vec![access(1, skew, OURS, "update", &who)], DAY);
        assert_eq!((short(&told), told.confirmed, told.records), ((0, 0, 0), 1, 1), "{skew}");
    }
    let told = tally(&[grant], vec![access(1, 303, OURS, "grant", &who)], DAY);
    assert_eq!(short(&told), (1, 1, 1), "too far apart to be the same");
}

#[test]
fn a_change_by_somebody_else_is_told_and_so_is_one_with_our_token() {
    let (a, g) = (someone('a'), Principal::Group(group('g')));
    let told = tally(
        &[made(Act::Granted(vault('v'), a.clone()), 0, 2)],
        vec![
            access(1, 1, OURS, "grant", &a),
            access(2, 500, 'm', "grant", &someone('b')),
            access(3, 9_000, OURS, "grant", &someone('c')),
            access(4, 9_100, 'm', "revoke", &g),
            event(5, 9_200, 'm', ("join", "gm"), (&low('g'), person('d').as_str())),
            event(6, 9_300, 'm', ("delete", "vault"), (&low('w'), "")),
        ],
        DAY,
    );
    assert_eq!(short(&told), (5, 1, 0), "{:?}", told.elsewhere);
    let order: Vec<_> = told.elsewhere.iter().map(|one| one.record.at).collect();
    assert!(order.is_sorted());
}

#[test]
fn a_record_stands_for_one_change_however_close_two_are() {
    let who = someone('a');
    let grants = [0, 60].map(|begun| made(Act::Granted(vault('v'), who.clone()), begun, begun + 1));
    let records = [access(1, 1, OURS, "grant", &who), access(2, 61, OURS, "update", &who)];
    assert_eq!(short(&tally(&grants, records.to_vec(), DAY)), (0, 0, 0));
    assert_eq!(tally(&grants, records[..1].to_vec(), DAY).unconfirmed, [1]);
    // The later one is the first that could have both: the first has to take the one that it can have.
    let far =
        [made(Act::Granted(vault('v'), who.clone()), 0, 900), made(Act::Granted(vault('v'), who), 0, 2)];
    assert_eq!(short(&tally(&far, records.to_vec(), DAY)), (0, 0, 0));
}

#[test]
fn other_vaults_and_groups_items_and_unknown_words_are_not_told() {
    let told = tally(
        &[],
        vec![
            event(1, 1, 'm', ("grant", "uva"), (&low('x'), person('a').as_str())),
            event(2, 1, 'm', ("join", "gm"), (&low('h'), person('a').as_str())),
            event(3, 1, OURS, ("create", "vault"), (&low('x'), "")),
            event(4, 1, 'm', ("updatea", "vault"), (&low('v'), "")),
            event(5, 1, 'm', ("suspend", "user"), (person('a').as_str(), "")),
            Activity { vault: Some(vault('v')), ..event(6, 1, 'm', ("create", "item"), (&low('i'), "")) },
            Activity { vault: Some(vault('v')), ..event(7, 1, 'm', ("share", "item"), (&low('i'), "")) },
            event(8, 1, 'm', ("archivea", "vault"), (&low('v'), "")),
        ],
        DAY,
    );
    assert_eq!((short(&told), told.records, told.unread), ((0, 0, 0), 2, 2), "{told:?}");
}

#[test]
fn a_narrowing_is_two_calls_and_one_without_its_second_half_is_not_confirmed() {
    let who = someone('a');
    let narrowed = made(Act::Granted(vault('v'), who.clone()), 0, 4);
    let (taken, given) = (access(1, 2, OURS, "revoke", &who), access(2, 3, OURS, "grant", &who));
    let both = tally(std::slice::from_ref(&narrowed), vec![given.clone(), taken.clone()], DAY);
    assert_eq!((short(&both), both.confirmed), ((0, 0, 0), 1));
    let half = tally(std::slice::from_ref(&narrowed), vec![taken.clone()], DAY);
    assert_eq!(short(&half), (1, 1, 1), "taken away, and nothing given: {half:?}");
    let halted = Made { outcome: "failed", ..narrowed.clone() };
    assert_eq!(short(&tally(&[halted], vec![taken.clone()], DAY)), (0, 0, 0), "the log says so too");
    // Somebody takes it away right behind us with the same token.
    let behind = access(3, 4, OURS, "revoke", &who);
    assert_eq!(short(&tally(std::slice::from_ref(&narrowed), vec![taken, given, behind], DAY)), (1, 1, 0));
    // A signed-in person takes a part away in one call, whatever that is reported as.
    let partly = Made { partly: true, ..narrowed };
    assert_eq!(short(&tally(&[partly], vec![access(1, 2, OURS, "revoke", &who)], DAY)), (0, 0, 0));
}

#[test]
fn making_and_deleting_a_vault_bring_more_records_than_one() {
    let told = tally(
        &[made(Act::Created(Some(vault('v'))), 0, 2), made(Act::Deleted(vault('w')), 10, 12)],
        vec![
            event(1, 1, OURS, ("create", "vault"), (&low('v'), "")),
            access(2, 1, OURS, "grant", &someone(OURS)),
            access(3, 1, OURS, "grant", &Principal::Group(group('o'))),
            event(4, 11, OURS, ("delete", "vault"), (&low('w'), "")),
            event(5, 11, OURS, ("revoke", "uva"), (&low('w'), person('a').as_str())),
        ],
        DAY,
    );
    assert_eq!((short(&told), told.confirmed), ((0, 0, 0), 2), "{told:?}");
    let told = tally(
        &[made(Act::Created(Some(vault('v'))), 0, 2)],
        vec![
            event(1, 1, OURS, ("create", "vault"), (&low('v'), "")),
            access(2, 1, OURS, "grant", &someone('a')),
        ],
        DAY,
    );
    assert_eq!(short(&told), (1, 1, 0), "whoever else is put on it");
}

#[test]
fn a_making_whose_answer_was_lost_explains_the_vault_and_is_not_missed() {
    let lost = Made { outcome: "unknown", ..made(Act::Created(None), 0, 30) };
    let made_it = event(1, 1, OURS, ("create", "vault"), (&low('v'), ""));
    assert_eq!(short(&tally(std::slice::from_ref(&lost), vec![made_it], DAY)), (0, 0, 0));
    assert_eq!(short(&tally(&[lost], vec![], DAY)), (0, 0, 0));
}

#[test]
fn nothing_is_claimed_of_what_was_not_read_or_may_still_come() {
    let grant = |begun| [made(Act::Granted(vault('v'), someone('a')), begun, begun)];
    let missing = |begun, range| tally(&grant(begun), vec![], range);
    assert_eq!(missing(299, (0, 86_400)).early, 1);
    assert_eq!(short(&missing(300, (0, 86_400))), (0, 0, 1));
    let newest = 86_400 - 15 * 60 - 300;
    assert_eq!(short(&missing(newest, (0, 86_400))), (0, 0, 1));
    assert_eq!(missing(newest + 1, (0, 86_400)).late, 1);
    let open = Made { ended: None, outcome: OPEN, ..grant(1_000)[0].clone() };
    assert_eq!(short(&tally(&[open], vec![], DAY)), (0, 0, 0), "it may be under way");
    for outcome in ["failed", "unknown", "refused", "unchanged"] {
        let other = Made { outcome, ..grant(1_000)[0].clone() };
        assert_eq!(short(&tally(&[other], vec![], DAY)), (0, 0, 0), "{outcome}");
    }
    let idle = Made { idle: true, ..grant(1_000)[0].clone() };
    assert_eq!(short(&tally(&[idle], vec![], DAY)), (0, 0, 0), "nothing had to be sent");
}

#[test]
fn what_our_token_did_before_the_log_begins_is_counted_and_not_called_foreign() {
    let books = |begins| {
        let (vaults, groups) = (HashSet::from([vault('v')]), HashSet::new());
        let (administration, ours) = (HashSet::new(), HashSet::from([person(OURS)]));
        let book = Book {
            made: &[],
            log_begins: begins,
            vaults: &vaults,
            groups: &groups,
            administration: &administration,
            ours: &ours,
            since: at(0),
            read_at: at(9_000),
        };
        let records =
            vec![access(1, 100, OURS, "grant", &someone('a')), access(2, 100, 'm', "grant", &someone('a'))];
        let tally = Tally::of(&book, records);
        (tally.elsewhere.len(), tally.before_log)
    };
    assert_eq!(books(Some(at(1_000))), (1, 1), "what others did needs no log");
    assert_eq!(books(None), (1, 1));
    assert_eq!(books(Some(at(50))), (2, 0));
}

#[test]
fn taking_away_what_somebody_else_took_before_is_no_lack() {
    let who = someone('a');
    let revoke = made(Act::Revoked(vault('v'), who.clone()), 1_000, 1_001);
    let before = access(1, 100, 'm', "revoke", &who);
    let told = tally(std::slice::from_ref(&revoke), vec![before.clone()], DAY);
    assert_eq!(short(&told), (1, 0, 0), "only what the other one did");
    let again = access(2, 200, 'm', "grant", &who);
    assert_eq!(short(&tally(&[revoke], vec![before, again], DAY)), (2, 0, 1), "it was there again");
}

#[test]
fn people_are_confirmed_by_any_record_of_them_and_never_told_as_foreign() {
    let suspended = made(Act::Person(Admission::Suspend, Some(person('a'))), 0, 1);
    let invited = made(Act::Person(Admission::Invite, None), 0, 1);
    let record = event(1, 1, OURS, ("suspend", "user"), (person('a').as_str(), ""));
    let invite = event(2, 1, OURS, ("create", "invite"), ("an id of its own", ""));
    let told = tally(&[suspended.clone(), invited.clone()], vec![record, invite], DAY);
    assert_eq!((short(&told), told.confirmed), ((0, 0, 0), 2));
    let other = event(1, 1, 'm', ("suspend", "user"), (person('a').as_str(), ""));
    assert_eq!(short(&tally(&[suspended, invited], vec![other], DAY)), (0, 0, 2));
}

/// What an honest service reports of a change, so many seconds after it by its clock.
fn honest(number: usize, made: &Made, skew: i64, more: bool) -> Vec<Activity> {
    let at = made.ended.unwrap().as_second() - at(0).as_second() + skew;
    let number = number * 10;
    match &made.act {
        Act::Granted(_, who) if more => {
            vec![access(number, at, OURS, "revoke", who), access(number + 1, at + 1, OURS, "grant", who)]
        }
        Act::Granted(_, who) => vec![access(number, at, OURS, "update", who)],
        Act::Revoked(_, who) => vec![access(number, at, OURS, "revoke", who)],
        Act::Created(_) => vec![
            event(number, at, OURS, ("create", "vault"), (&low('v'), "")),
            access(number + 1, at, OURS, "grant", &someone(OURS)),
        ],
        Act::Deleted(_) => vec![event(number, at, OURS, ("delete", "vault"), (&low('v'), ""))],
        Act::Person(_, who) => {
            let who = who.as_ref().unwrap();
            vec![event(number, at, OURS, ("suspend", "user"), (who.as_str(), ""))]
        }
    }
}

/// Changes twenty minutes apart, each with how far the clocks differ, whether it takes two calls, and how late
/// its records come.
fn term() -> impl Strategy<Value = Vec<(Made, i64, bool, i64)>> {
    let who = prop::sample::select(vec![someone('a'), someone('b'), Principal::Group(group('g'))]);
    let one = (who, 0..6_usize, 0..60_i64, -250..250_i64, any::<bool>(), 0..15 * 60_i64);
    prop::collection::vec(one, 1..12).prop_map(|all| {
        let change = |(number, (who, what, took, skew, more, late)): (
            usize,
            (Principal, usize, i64, i64, bool, i64),
        )| {
            let act = match what {
                0..=2 => Act::Granted(vault('v'), who),
                3 => Act::Revoked(vault('v'), who),
                4 => Act::Created(Some(vault('v'))),
                _ => Act::Person(Admission::Suspend, Some(person('a'))),
            };
            let begun = i64::try_from(number).unwrap() * 1_200;
            (made(act, begun, begun + took), skew, more, late)
        };
        all.into_iter().enumerate().map(change).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// A complete and honest feed gives no finding, in whatever order and however often its records came.
    #[test]
    fn an_honest_feed_gives_no_finding_whatever_its_order(
        term in term(),
        seed in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let log: Vec<Made> = term.iter().map(|(made, ..)| made.clone()).collect();
        let records: Vec<Activity> = term
            .iter()
            .enumerate()
            .flat_map(|(number, (made, skew, more, _))| honest(number, made, *skew, *more))
            .collect();
        let mut others = records.clone();
        for index in &seed {
            let twice = others[index.index(others.len())].clone();
            others.push(twice);
            let last = others.len() - 1;
            others.swap(index.index(last), last);
        }
        let told = tally(&log, records, DAY);
        prop_assert!(!told.has_findings(), "{:?}", told);
        prop_assert_eq!(told.confirmed, log.len());
        prop_assert_eq!(tally(&log, others, DAY), told);
    }

    /// At any time in between, with records as late as the lag allows, nothing is called missing or foreign;
    /// and what was told then is told in the same way at the end.
    #[test]
    fn records_that_come_late_are_never_called_missing(term in term(), read_at in 0..30_000_i64) {
        let log: Vec<Made> = term
            .iter()
            .map(|(made, ..)| made.clone())
            .filter(|made| made.begun <= at(read_at))
            .collect();
        let mut come = Vec::new();
        for (number, (made, skew, more, late)) in term.iter().enumerate().take(log.len()) {
            let done = made.ended.unwrap().as_second() - at(0).as_second();
            if done + late <= read_at {
                come.extend(honest(number, made, *skew, *more));
            }
        }
        let told = tally(&log, come, (-86_400, read_at));
        prop_assert!(!told.has_findings(), "{:?}", told);
        prop_assert_eq!(told.confirmed + told.late, log.len());
    }

    /// Without the records of one change that one is missed; with a foreign record that one is told: no more.
    #[test]
    fn exactly_what_is_missing_or_foreign_is_told(term in term(), place in any::<prop::sample::Index>(), ours in any::<bool>()) {
        let log: Vec<Made> = term.iter().map(|(made, ..)| made.clone()).collect();
        let missing = place.index(log.len());
        let mut records = Vec::new();
        for (number, (made, skew, more, _)) in term.iter().enumerate() {
            if number != missing {
                records.extend(honest(number, made, *skew, *more));
            }
        }
        // Where it was taken away before there is nothing left to take: that is no lack.
        let before = log[..missing].iter().rev().find(|made| {
            made.act.who().is_some() && made.act.who() == log[missing].act.who()
        });
        let gone = matches!(log[missing].act, Act::Revoked(..))
            && before.is_some_and(|made| matches!(made.act, Act::Revoked(..)));
        let told = tally(&log, records.clone(), DAY);
        prop_assert_eq!(&told.unconfirmed, &if gone { vec![] } else { vec![missing] });
        prop_assert!(told.elsewhere.is_empty(), "{:?}", told.elsewhere);

        let foreign = access(9_999, 50_000, if ours { OURS } else { 'm' }, "grant", &someone('a'));
        records.push(foreign.clone());
        let more = tally(&log, records, DAY);
        prop_assert_eq!(more.elsewhere.len(), 1);
        prop_assert_eq!((&more.elsewhere[0].record, more.elsewhere[0].token), (&foreign, ours));
    }
}
