//! What is found by whom, and which account a class is in.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::domain::id::AccountId;
use crate::domain::secret::Expose as _;

const CLASS: &str = "[class]\nid = \"CS101\"\n[provider]\nuse = [\"sandbox\"]\n";

/// A home folder with a class file.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("class.toml");
    fs::write(&file, CLASS).unwrap();
    // Another test of this process may have opened the umask.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home
}

fn choice(home: &Path, class: bool, more: &[(&str, &str)]) -> Choice {
    let mut variables = vec![("HOME", home.to_str().unwrap())];
    variables.extend(more);
    Choice {
        class: class.then(|| home.join("class.toml")),
        state: None,
        providers: Vec::new(),
        read_only: false,
        person: false,
        env: Environment::of(variables),
    }
}

fn file(home: &Path, name: &str) -> PathBuf {
    Places::new(&choice(home, false, &[]).env).unwrap().state.join(name)
}

async fn serve(folder: &Path) -> sandbox::Running {
    sandbox::serve(sandbox::Config::new(folder), CancellationToken::new()).await.unwrap()
}

async fn account(opened: &Opened) -> AccountId {
    opened.queries.provider.identity().await.unwrap().account
}

#[test]
fn the_cli_is_looked_for_wherever_it_is_the_one_that_acts() {
    use ProviderName::{Connect, Events, Op, Sandbox};
    let home = home();
    for (providers, looked_for) in [
        (vec![Connect, Op], true),
        (vec![Events, Connect, Op], true),
        (vec![Op], true),
        (vec![Connect, Sandbox], false),
        (vec![Connect], false),
        (vec![], false),
    ] {
        let choice = Choice { providers, ..choice(home.path(), true, &[]) };
        let survey = Survey::make(&choice).unwrap();
        assert_eq!(survey.program(&choice).is_some(), looked_for, "{:?}", choice.providers);
    }
}

#[tokio::test]
async fn what_asks_nothing_is_not_held_up_by_a_cli_that_may_not_be_run() {
    let home = home();
    let providers = vec![ProviderName::Op];
    let state = Some(home.path().join("state"));
    let choice = Choice { state, providers, ..choice(home.path(), true, &[("PATH", "/nonexistent")]) };
    let opened = open(&choice, true).await.unwrap();
    assert!(opened.queries.store.students().unwrap().is_empty());
    let told = opened.queries.provider.identity().await.unwrap_err();
    assert!(told.message.as_str().contains("is not in any folder of PATH"), "{}", told.message);
    let dashboard = open_for_dashboard(&choice, None, false).await.map(drop).unwrap_err();
    assert_eq!(dashboard.message, told.message, "the dashboard asks all the time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_serves_no_class_that_is_configured() {
    let home = home();
    let demo = open_for_dashboard(&choice(home.path(), false, &[]), None, false).await.unwrap();
    let class = open(&choice(home.path(), true, &[]), false).await.unwrap();
    assert!(demo.demo && !class.demo && class.embedded.is_some());
    assert_ne!(account(&demo).await, account(&class).await);
    let found = open(&choice(home.path(), false, &[]), false).await.unwrap();
    assert!(found.demo, "commands without configuration find it");
    assert_eq!(account(&demo).await, account(&found).await);
    drop(demo);
    assert!(!file(home.path(), "demo.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_hides_no_served_sandbox_and_no_other_demo() {
    let home = home();
    let running = serve(&home.path().join("world")).await;
    let places = Places::new(&choice(home.path(), false, &[]).env).unwrap();
    let announcement = announce(&running, &places).unwrap();
    let second = serve(&home.path().join("second")).await;
    assert!(announcement.is_some() && announce(&second, &places).unwrap().is_none(), "the first stays");
    let demo = open_for_dashboard(&choice(home.path(), false, &[]), None, false).await.unwrap();
    let told = fs::read_to_string(file(home.path(), "demo.json")).unwrap();
    let unconfigured = choice(home.path(), false, &[]);
    let other = super::demo(&unconfigured, sandbox::Scenario::demo().unwrap(), false).await.unwrap();
    assert_eq!(fs::read_to_string(file(home.path(), "demo.json")).unwrap(), told);
    drop(other);
    assert_eq!(fs::read_to_string(file(home.path(), "demo.json")).unwrap(), told);
    drop(demo);
    let class = open(&choice(home.path(), true, &[]), false).await.unwrap();
    assert!(class.embedded.is_none(), "the served one is found");
    assert_eq!(account(&class).await, running.account);
    drop(announcement);
    assert!(!file(home.path(), "sandbox.json").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_dashboard_announces_its_sandbox_and_removes_only_its_own_file() {
    let command = home();
    let opened = open(&choice(command.path(), true, &[]), false).await.unwrap();
    assert!(opened.embedded.is_some() && !file(command.path(), "sandbox.json").exists());
    let dashboard = home();
    let opened = open_for_dashboard(&choice(dashboard.path(), true, &[]), None, false).await.unwrap();
    let found = file(dashboard.path(), "sandbox.json");
    assert!(found.exists());
    fs::write(&found, "of somebody else").unwrap();
    drop(opened);
    assert_eq!(fs::read_to_string(&found).unwrap(), "of somebody else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_does_not_move_to_another_account_by_itself() {
    let home = home();
    let (first, second) = (serve(&home.path().join("a")).await, serve(&home.path().join("b")).await);
    let of = |running: &sandbox::Running| {
        let token = running.service_account.expose_secret().to_owned();
        let more = [(config::SANDBOX_URL, running.url.as_str()), (config::SANDBOX_TOKEN, token.as_str())];
        choice(home.path(), true, &more)
    };
    open(&of(&first), false).await.unwrap();
    let memory = file(home.path(), "accounts/CS101");
    let fault = open(&of(&second), false).await.map(drop).unwrap_err();
    assert_eq!(fault.kind, Kind::Refused);
    assert!(fault.hint.unwrap().as_str().contains("--state"));
    assert_eq!(fs::read_to_string(&memory).unwrap(), first.account.as_str());
    let elsewhere = Choice { state: Some(home.path().join("elsewhere")), ..of(&second) };
    assert_eq!(account(&open(&elsewhere, false).await.unwrap()).await, second.account);
    open(&of(&first), false).await.unwrap();
}
