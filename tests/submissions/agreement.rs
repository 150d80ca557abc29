//! All that tells how students stand tells the same, and decisions read back as they are shown.

#![allow(clippy::unwrap_used, reason = "tests")]

use clap::Parser as _;
use serde_json::Value;
use strongroom::cli::{self, Cli, Command};
use strongroom::domain::assignment::{AssignmentId, Relief};
use strongroom::domain::class::StudentKey;
use strongroom::domain::decision::Decision;
use strongroom::domain::directory::ItemRef;
use strongroom::domain::id::{ItemId, VaultId};
use strongroom::domain::text::SafeText;
use strongroom::domain::until::Until;

use crate::commands::{World, world};

/// The decision that words make, for the vault of an item that the store would tell.
fn read(words: &str, of: &Decision) -> Decision {
    let parsed = Cli::try_parse_from(std::iter::once("strongroom").chain(words.split(' ')));
    let Command::Assignments(command) = parsed.unwrap().command.unwrap() else { unreachable!("{words}") };
    let key = |word: &str| StudentKey::parse(word).unwrap();
    match (command, of) {
        (
            cli::Assignments::Assign { item, assignment, student, by_rule },
            Decision::Assign { item: at, .. } | Decision::Unassign { item: at, .. },
        ) => {
            let (item, student) = (ItemId::parse(&item).unwrap(), key(&student.unwrap()));
            let item = ItemRef { item, vault: at.vault.clone() };
            if let Some(word) = assignment {
                return Decision::Assign { item, student, assignment: cli::assignment(&word).unwrap() };
            }
            assert!(by_rule);
            Decision::Unassign { item, student }
        }
        (cli::Assignments::Extend { student, assignment, relief, .. }, _) => {
            let (student, assignment) = (key(&student), AssignmentId::parse(&assignment).unwrap());
            let reason = SafeText::default();
            match relief.until {
                _ if relief.restore => Decision::Restore { student, assignment },
                Some(Until::Time(until)) => {
                    Decision::Extend { student, assignment, relief: Relief::Until(until), reason }
                }
                None => Decision::Extend { student, assignment, relief: Relief::Excused, reason },
                Some(Until::Later(later)) => unreachable!("{later:?}"),
            }
        }
        (command, _) => unreachable!("{command:?}"),
    }
}

#[test]
fn the_words_of_a_decision_make_the_same_decision() {
    let item = ItemRef {
        vault: VaultId::parse(&"v".repeat(26)).unwrap(),
        item: ItemId::parse(&"i".repeat(26)).unwrap(),
    };
    let (student, hw1) = (StudentKey::parse("s-1").unwrap(), AssignmentId::parse("hw1").unwrap());
    let extend = |relief| Decision::Extend {
        student: student.clone(),
        assignment: hw1.clone(),
        relief,
        reason: SafeText::default(),
    };
    let place = |assignment| Decision::Assign { item: item.clone(), student: student.clone(), assignment };
    for decision in [
        place(Some(hw1.clone())),
        place(None),
        Decision::Unassign { item: item.clone(), student: student.clone() },
        extend(Relief::Until("2026-12-05T23:59".parse().unwrap())),
        extend(Relief::Until("2026-12-05T23:59:07.25".parse().unwrap())),
        extend(Relief::Excused),
        Decision::Restore { student: student.clone(), assignment: hw1.clone() },
    ] {
        let words = decision.to_string();
        assert_eq!(read(&words, &decision), decision, "{words}");
    }
}

/// How many students of an assignment stand in a way, as `missing` counts them.
fn counted(missing: &Value, assignment: &str, way: &str) -> u64 {
    let mut all = missing["assignments"].as_array().unwrap().iter();
    all.find(|one| one["id"] == assignment).unwrap()["counts"][way].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_place_that_tells_of_submissions_tells_the_same() {
    let world: World = world().await;
    let late = world.upload("hw2.zip").await;
    let lost = world.upload("homework one.zip").await;
    let class = &world.class;

    let missing = world.missing("--all");
    let unmatched = missing["unmatched"].as_array().unwrap();
    assert_eq!((counted(&missing, "hw2", "late"), counted(&missing, "hw2", "missing")), (1, 1));
    assert_eq!(counted(&missing, "hw1", "not_yet_due"), 2);
    assert_eq!(unmatched.len(), 1);

    assert_eq!((&late["unmatched"], &lost["unmatched"]), (&false.into(), &true.into()), "{late} {lost}");
    assert_eq!(unmatched[0]["seq"], lost["seq"]);
    let judged = &missing["assignments"][1]["rows"][0];
    assert_eq!((&judged["by_s"], &judged["handed_in"]["seq"]), (&late["lateness_s"], &late["seq"]));

    let status = class.run("status --json").exits(0).json("status/1");
    for (at, row) in status["rows"].as_array().unwrap().iter().enumerate() {
        for (number, one) in missing["assignments"].as_array().unwrap().iter().enumerate() {
            let (told, verdict) = (&row["submissions"]["standings"][number], &one["rows"][at]);
            assert_eq!(row["student"]["key"], verdict["student"]);
            assert_eq!((&told["standing"], &told["by_s"]), (&verdict["standing"], &verdict["by_s"]));
        }
    }
    let attention = class.run("attention --json").exits(0).json("attention/1");
    let needed = |reason: &str| -> u64 {
        let needs = attention["needs"].as_array().unwrap().iter().filter(|need| need["reason"] == reason);
        needs.map(|need| need["count"].as_u64().unwrap()).sum()
    };
    assert_eq!((needed("missing"), needed("late"), needed("unmatched")), (1, 1, 1), "{attention}");
}
