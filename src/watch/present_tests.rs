//! How lists are spread over a round.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::text::SafeText;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).unwrap()
}

fn vault(number: usize) -> Vault {
    let id = VaultId::parse(&format!("{number:0>26}")).unwrap();
    Vault {
        id,
        name: SafeText::default(),
        description: None,
        content_version: 1,
        items: None,
        created_at: None,
    }
}

#[test]
fn lists_that_nobody_ever_read_are_spread_over_the_round_about_one_list_a_vault() {
    let vaults: Vec<Vault> = (0..40).map(vault).collect();
    let quiet: Vec<&Vault> = vaults.iter().collect();
    let mut lists = spread(vaults.iter().map(|vault| &vault.id), &HashMap::new(), at(0));
    let beat = Duration::from_secs(60);
    let (mut read, mut most): (HashMap<VaultId, usize>, usize) = (HashMap::new(), 0);
    let mut by_hour = vec![0_usize; 22];
    for minute in 0..22 * 60 {
        let now = at(minute * 60);
        let due: Vec<VaultId> = lists.due(&quiet, beat, now).into_iter().map(|v| v.id.clone()).collect();
        most = most.max(due.len());
        by_hour[usize::try_from(minute / 60).unwrap()] += due.len();
        for vault in due {
            lists.listed(&vault, now);
            *read.entry(vault).or_default() += 1;
        }
    }
    assert_eq!(most, 1, "a beat has one turn");
    assert!(read.len() >= 39 && read.values().all(|times| *times <= 2), "{read:?}");
    assert!(read.values().sum::<usize>() <= 42, "about one list a vault and round");
    assert!(by_hour.iter().all(|lists| (1..=3).contains(lists)), "{by_hour:?}");
}

#[test]
fn a_list_that_was_read_today_waits_for_its_day() {
    let (old, new) = (vault(1), vault(2));
    let listed = [(old.id.clone(), at(-21 * 3_600)), (new.id.clone(), at(-60))].into();
    let lists = spread([&old.id, &new.id].into_iter(), &listed, at(0));
    let due = lists.due(&[&old, &new], Duration::from_secs(2 * 3_600), at(0));
    assert_eq!(due.into_iter().map(|vault| &vault.id).collect::<Vec<_>>(), [&old.id]);
}
