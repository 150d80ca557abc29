//! What is not known about service accounts, asked of a real one; and of the imitation, so that the
//! questions themselves are tested.
//!
//! Only where somebody says so does it touch a real account:
//!
//! ```sh
//! OP_SERVICE_ACCOUNT_TOKEN=… STRONGROOM_EXAMINE=/usr/bin/op STRONGROOM_EXAMINE_PERSON=me@example.edu \
//!     cargo test --test account -- --nocapture
//! ```
//!
//! It makes a vault, puts one small document into it, puts the person on it for a moment and takes
//! the person off again, and deletes the vault: about twenty reads and ten writes. The report holds no
//! id, address or token, and may be shared.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests; the report is the point")]

#[path = "account/examine.rs"]
mod examine;
mod support;

use std::path::{Path, PathBuf};

use examine::{Account, examine};
use strongroom::sandbox::op::{Profile, Setting, install};
use support::Fixture;

/// What an imitation with these profiles answers.
async fn report(profiles: &[Profile]) -> String {
    let fixture = Fixture::new().await;
    fixture.person("ngozi").await;
    let setting = Setting { profiles: profiles.to_vec(), ..Setting::default() };
    let home = fixture.folder.path().join("bin");
    let op = install(&home, Path::new(env!("CARGO_BIN_EXE_strongroom")), &setting).unwrap();
    let person = Some("ngozi@example.edu".to_owned());
    let account = Account { op, token: fixture.service(), person, home };
    let report = tokio::task::spawn_blocking(move || examine(&account)).await.unwrap();
    for secret in [fixture.service(), "ngozi".to_owned(), fixture.running.account.to_string()] {
        assert!(!report.contains(&secret), "the report may be shared: {report}");
    }
    let left = fixture.happened("vault.create").iter().filter(|line| line["actor"] != "sandbox").count();
    assert_eq!(fixture.happened("vault.delete").len(), left, "what is made is deleted again");
    report
}

/// The answer to one point.
fn point<'a>(report: &'a str, name: &str) -> &'a str {
    let begin = format!("- {name}: ");
    report.lines().find_map(|line| line.strip_prefix(&begin)).unwrap_or_else(|| panic!("{name}: {report}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_open_points_are_told_as_the_documents_expect_them() {
    let report = report(&[]).await;
    println!("{report}");
    assert_eq!(point(&report, "list after a grant"), "1 of {email, id, name, state, type}");
    assert!(point(&report, "revoke a part").contains("the accessor doesn't have any permissions"));
    assert_eq!(point(&report, "the same grant, less of it"), "\"view_items,view_and_copy_passwords\"");
    assert_eq!(point(&report, "content_version rises, without the cache"), "at once");
    assert_eq!(point(&report, "user list costs reads"), "not told", "nothing is rationed here");
    assert_eq!(point(&report, "vault delete"), "done, prints nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_answers_to_the_open_points_are_told() {
    let profiles = [Profile::Levels, Profile::PartialRevoke, Profile::LateVersions, Profile::VaultEdit];
    let report = report(&profiles).await;
    assert!(point(&report, "list after a grant").contains("permissions"), "{report}");
    assert!(!point(&report, "revoke a part").contains("refused"), "{report}");
    assert_eq!(point(&report, "vault edit"), "done, prints nothing");
}

#[test]
fn a_real_account_answers_the_open_points() {
    let (Ok(op), Ok(token)) =
        (std::env::var("STRONGROOM_EXAMINE"), std::env::var("OP_SERVICE_ACCOUNT_TOKEN"))
    else {
        return; // nobody asked for it
    };
    let person = std::env::var("STRONGROOM_EXAMINE_PERSON").ok();
    let home = std::env::var("HOME").map_or_else(|_| PathBuf::from("/"), PathBuf::from);
    let report = examine(&Account { op: op.into(), token, person, home });
    println!("{report}");
    assert!(point(&report, "vault delete").starts_with("done"), "delete the vault that was made: {report}");
}
