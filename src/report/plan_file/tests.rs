//! A plan comes back from its file as it was, and a file that was cut or edited does not.

#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::domain::frame::tests::{frame, someone, vault};
use crate::domain::plan::Wish;

fn plan() -> (Frame, Plan) {
    let mut frame = frame(|_| {});
    for of in ["a", "b", "e"] {
        frame.listed.insert(vault(of), Timestamp::UNIX_EPOCH);
        frame.lists.insert(vault(of), Vec::new());
    }
    let none = crate::domain::access::Why::LevelNotShown;
    frame.know(&vault("a"), &someone("b"), crate::domain::access::Cell::Unknown { why: none });
    let plan = Plan::make(&frame, &Wish::Class(Vec::new())).unwrap();
    (frame, plan)
}

fn text(adjust: impl FnOnce(&mut Plan)) -> String {
    let (frame, mut plan) = plan();
    adjust(&mut plan);
    PlanFile::new(&frame, &plan, Timestamp::UNIX_EPOCH).text().unwrap()
}

#[test]
fn a_plan_comes_back_as_it_was() {
    let (frame, plan) = plan();
    assert!(plan.changes() > 2 && plan.rows.iter().any(|row| !matches!(row.outcome, Outcome::Planned)));
    let text = text(|_| {});
    let (file, read) = PlanFile::read("plan.json", text.as_bytes()).unwrap();
    assert_eq!(read.rows, plan.rows);
    assert_eq!((read.digest(), read.title.clone()), (plan.digest(), plan.title.clone()));
    assert_eq!(file.is_of("CS101", &frame.identity.account), Ok(()));
    assert_eq!(file.is_of("CS102", &frame.identity.account).unwrap_err().kind, Kind::Refused);
    let other = AccountId::parse(&"B".repeat(26)).unwrap();
    assert_eq!(file.is_of("CS101", &other).unwrap_err().kind, Kind::Refused);
    let user = format!("op vault user revoke --vault {} --user {} --no-input", vault("a"), someone("b"));
    assert!(text.contains(&user), "{text}");
    assert!(!text.contains("example.edu"), "no address but of those who are invited");
}

#[test]
fn a_file_that_was_cut_anywhere_is_none() {
    let text = text(|_| {});
    for length in (0..text.len() - 2).step_by(97) {
        let cut = text.as_bytes().get(..length).unwrap();
        assert_eq!(PlanFile::read("p", cut).unwrap_err().kind, Kind::Input, "{length}");
    }
}

#[test]
fn a_file_that_was_edited_is_refused_and_its_text_is_not_repeated() {
    let text = text(|_| {});
    let (person, another) = (someone("b").id().to_owned(), someone("x").id().to_owned());
    let edits = [
        ("\"revoke\"", "\"grant\""),
        ("\"level\":\"write\"", "\"level\":\"manage\""),
        ("\"level\":\"write\"", "\"level\":\"custom\""),
        ("\"outcome\":\"waiting\"", "\"outcome\":\"planned\""),
        ("\"schema\":\"strongroom.plan/1\"", "\"schema\":\"strongroom.plan/2\""),
        ("\"class\":", "\"surprise\":1,\"class\":"),
        ("\"provides\":true", "\"provides\":\"hunter2\""),
        ("\"taken\":[]", "\"taken\":[\"a\"]"),
        (person.as_str(), another.as_str()),
        ("\"student\":\"a\"", "\"student\":\"b\""),
    ];
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        let fault = PlanFile::read("p", text.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(fault.kind, Kind::Input, "{from} -> {to}");
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
    }
}

#[test]
fn a_row_that_rests_on_nothing_is_refused() {
    let text = text(|plan| plan.rows.iter_mut().for_each(|row| row.seen = None));
    assert_eq!(PlanFile::read("p", text.as_bytes()).unwrap_err().kind, Kind::Input);
}

#[test]
fn what_a_file_says_of_names_and_contents_is_not_believed() {
    let (frame, mut plan) = plan();
    let name = |plan: &Plan| plan.rows.iter().find(|row| row.student.as_str() == "a").unwrap().name.clone();
    let digest = plan.digest();
    for row in &mut plan.rows {
        row.name = "somebody harmless".into();
        for step in &mut row.steps {
            if let Step::Grant { name, .. } | Step::Revoke { name, .. } = step {
                *name = "nobody you know".into();
            }
        }
    }
    assert_eq!(plan.digest(), digest, "ids decide");
    let row = plan.rows.iter_mut().find(|row| row.student.as_str() == "a").unwrap();
    row.steps.push(Step::DeleteVault { name: "x".into(), items: Some(0) });
    let text = PlanFile::new(&frame, &plan, Timestamp::UNIX_EPOCH).text().unwrap();
    let (file, read) = PlanFile::read("plan.json", text.as_bytes()).unwrap();
    let (file, told) = file.told_by(&frame, read);
    assert_eq!(name(&told).as_str(), "a");
    let shown = file.text().unwrap();
    assert!(!shown.contains("harmless") && !shown.contains("nobody you know"), "{shown}");
    assert_eq!(told.guard.unwrap().word.as_str(), "CS101-a", "it may be full");
}

#[test]
fn a_row_is_about_no_other_vault_than_the_student_s_own() {
    let (mut frame, plan) = plan();
    let mut row = plan.rows.iter().find(|row| row.student.as_str() == "a").unwrap().clone();
    assert_eq!(row.misplaced(&frame), None);
    row.vault = Some(vault("b"));
    assert!(row.misplaced(&frame).is_some());
    row.steps = vec![Step::DeleteVault { name: "x".into(), items: None }];
    row.vault = Some(vault("q"));
    assert!(row.misplaced(&frame).is_some());
    frame.quarantined.insert(vault("q"), row.student.clone());
    assert_eq!(row.misplaced(&frame), None);
}

#[test]
fn the_sums_of_a_plan_stand_in_one_line() {
    let (frame, plan) = plan();
    let line = summary(&plan).to_string();
    assert!(line.contains("1 to make") && line.contains("1 revocation;"), "{line}");
    assert!(line.contains(" writes, ") && line.contains(" waiting"), "{line}");
    let nothing = Plan { unverified: frame.unverified(), ..Plan::default() };
    assert_eq!(summary(&nothing).as_str(), "nothing to change");
}
