//! The whole way: a provider, a script in the place of `op`, and what was asked of it.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;

use super::*;
use crate::domain::access::{AccountKind, Permission, Permissions};
use crate::domain::id::{FileId, ItemId};
use crate::process::tests::Script;

pub(super) const VAULT: &str = "gshlsjsajnawtnjynzgwmiebge";
const ITEM: &str = "zjc6s5ri3rhcxploofa67jamze";
pub(super) const GROUP: &str = "oadmins3rhcxploofa67jamze2";
pub(super) const USER: &str = "5GHHPJK5HZC5BAT7WDUXW57G44";
pub(super) const ACCOUNT: &str = "GRXJAN4BY5DPROISKYL55IRCPY";

/// A provider over a script of `case` arms; every call's words are noted.
pub(super) struct Fixture {
    pub(super) script: Script,
    pub(super) op: Op,
}

impl Fixture {
    fn new(token: Option<Secret>, arms: &str) -> Self {
        let script = Script::new(&format!(
            "printf '%s\\n' \"$*\" >> $DIR/calls\n\
             no() {{ echo \"[ERROR] 2026/01/02 03:04:05 $1\" >&2; exit ${{2:-1}}; }}\n\
             case \"$*\" in\n{arms}\n\
             '--version --no-color') echo 2.34.1 ;;\n\
             'whoami --no-color') echo '{{\"url\":\"https://example.1password.com\",\"user_uuid\":\"{USER}\"}}' ;;\n\
             *) no \"unexpected: $*\" 9 ;;\nesac"
        ));
        let limits = Limits { conflict: Duration::from_millis(1), ..Limits::default() };
        let op = Op::new(Ok(script.binary()), token, &[]).with_limits(limits);
        Self { script, op }
    }

    pub(super) fn service_account(arms: &str) -> Self {
        Self::new(Some(token("example.1password.com")), arms)
    }

    pub(super) fn person(arms: &str) -> Self {
        Self::new(None, arms)
    }

    /// What was asked, without the version and what stands behind every call.
    pub(super) fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.script.path("calls")).unwrap_or_default();
        let calls = calls.lines().map(|line| line.trim_end_matches(" --no-color").to_owned());
        calls.filter(|line| line != "--version").collect()
    }
}

fn token(address: &str) -> Secret {
    let body = format!(r#"{{"signInAddress":"{address}","secretKey":"A3-CANARY"}}"#);
    Secret::from(format!("ops_{}", URL_SAFE_NO_PAD.encode(body)))
}

pub(super) fn vault() -> VaultId {
    VaultId::parse(VAULT).unwrap()
}

pub(super) fn person() -> Principal {
    Principal::Person(PersonId::parse(USER).unwrap())
}

fn group() -> Principal {
    Principal::Group(GroupId::parse(GROUP).unwrap())
}

pub(super) fn write() -> Permissions {
    Permissions::of(&[Permission::CreateItems])
}

pub(super) fn grant() -> Call {
    Call::Grant { vault: vault(), who: person(), permissions: write() }
}

#[tokio::test]
async fn a_service_account_that_has_not_signed_in_yet_is_known_after_one_more_question() {
    let fixture = Fixture::service_account(&format!(
        "'whoami --no-color') [ -e $DIR/in ] || no 'service account token set, but not authenticated yet'\n\
           echo '{{\"url\":\"https://example.1password.com\",\"user_uuid\":\"{USER}\",\"user_type\":\"SERVICE_ACCOUNT\"}}' ;;\n\
         'user get --me --no-color') touch $DIR/in\n\
           echo '{{\"id\":\"{USER}\",\"name\":\"CI\",\"type\":\"SERVICE_ACCOUNT\",\"state\":\"ACTIVE\"}}' ;;\n\
         'account get --no-color') echo '{{\"id\":\"{ACCOUNT}\",\"name\":\"School\",\"type\":\"TEAM\"}}' ;;"
    ));
    let identity = fixture.op.identity().await.unwrap();
    assert_eq!((identity.kind, identity.account.as_str()), (AccountKind::Teams, ACCOUNT));
    assert!(identity.is_service_account && !identity.sees_levels);
    let calls = fixture.calls();
    assert_eq!(calls[..3], ["whoami", "user get --me", "whoami"]);
    assert_eq!(fixture.op.sign_in_address().unwrap().unwrap().as_str(), "example.1password.com");
}

#[tokio::test]
async fn an_identity_whose_answers_disagree_is_refused() {
    let other = USER.replace('5', "6");
    let fixture = Fixture::person(&format!(
        "'user get --me --no-color') echo '{{\"id\":\"{other}\",\"type\":\"MEMBER\"}}' ;;\n\
         'account get --no-color') echo '{{\"id\":\"{ACCOUNT}\",\"type\":\"BUSINESS\"}}' ;;"
    ));
    assert_eq!(fixture.op.identity().await.unwrap_err().kind, Kind::Broken);
}

#[tokio::test]
async fn a_version_that_is_too_old_is_refused_before_anything_is_asked() {
    let fixture = Fixture::service_account("'--version --no-color') echo 2.29.3 ;;");
    let fault = fixture.op.vaults().await.unwrap_err();
    assert!(fault.kind == Kind::Input && fault.message.as_str().contains("2.30.0"));
    assert_eq!(fixture.calls(), [] as [String; 0]);
}

#[tokio::test]
async fn the_version_is_asked_once() {
    let fixture = Fixture::service_account("'vault list --no-color') echo '[]' ;;");
    for _ in 0..3 {
        assert_eq!(fixture.op.vaults().await.unwrap().rows, []);
    }
    let calls = fs::read_to_string(fixture.script.path("calls")).unwrap();
    assert_eq!(calls.matches("--version").count(), 1);
}

#[tokio::test]
async fn a_malformed_token_is_refused_before_anything_is_run() {
    let fixture = Fixture::new(Some(Secret::from("ops_CANARY")), "");
    let fault = fixture.op.vaults().await.unwrap_err();
    assert!(fault.kind == Kind::SignIn && !fault.to_string().contains("CANARY"));
    assert!(!fixture.script.path("calls").exists());
}

#[tokio::test]
async fn lists_may_be_empty_noticed_or_failed_with_code_0() {
    let fixture = Fixture::service_account(&format!(
        "'vault list --no-color') echo 'A new version is available'; echo '[{{\"id\":\"{VAULT}\",\"name\":\"x\"}}]' ;;\n\
         'user list --no-color') echo 'A new version is available' >&2 ;;\n\
         'group list --no-color') echo '[ERROR] 2026/01/02 03:04:05 (500) Internal Server Error' >&2 ;;\n\
         'item list --vault={VAULT} --no-color') printf '[{{\"id\":'; ;;"
    ));
    assert_eq!(fixture.op.vaults().await.unwrap()[0].id, vault());
    assert_eq!(fixture.op.people().await.unwrap(), []);
    assert_eq!(fixture.op.groups().await.unwrap_err().kind, Kind::Broken);
    assert_eq!(fixture.op.items(&vault()).await.unwrap_err().kind, Kind::Broken);
}

#[tokio::test]
async fn a_service_account_is_shown_who_but_not_at_which_level() {
    let view = Permissions::of(&[Permission::ViewItems]);
    for (shown, set) in
        [("", None), (",\"permissions\":[]", None), (",\"permissions\":\"view_items\"", Some(view))]
    {
        let fixture = Fixture::service_account(&format!(
            "'vault user list {VAULT} --no-color') echo '[{{\"id\":\"{USER}\",\"name\":\"A\"{shown}}}]' ;;\n\
             'vault group list {VAULT} --no-color') echo '[{{\"id\":\"{GROUP}\"{shown}}}]' ;;"
        ));
        let grants = fixture.op.grants(&vault()).await.unwrap();
        let listed = |who| Grant { who, permissions: set };
        assert_eq!(grants, [listed(person()), listed(group())], "{shown}");
    }
}

#[tokio::test]
async fn a_signed_in_person_is_shown_levels_members_and_types() {
    let fixture = Fixture::person(&format!(
        "'vault user list {VAULT} --no-color') echo '[{{\"id\":\"{USER}\",\"permissions\":[\"view_items\"]}}]' ;;\n\
         'vault group list {VAULT} --no-color') echo 'null' ;;\n\
         'group list --no-color') echo '[{{\"id\":\"{VAULT}\",\"name\":\"Staff\"}},{{\"id\":\"{GROUP}\",\"name\":\"Owners\"}}]' ;;\n\
         'group get {GROUP} --no-color') echo '{{\"id\":\"{GROUP}\",\"name\":\"Owners\",\"type\":\"OWNERS\"}}' ;;\n\
         'group get {VAULT} --no-color') echo '{{\"id\":\"{VAULT}\",\"name\":\"Staff\",\"type\":\"USER_DEFINED\"}}' ;;\n\
         'group user list {GROUP} --no-color') echo '[{{\"id\":\"{USER}\",\"role\":\"MANAGER\"}}]' ;;\n\
         'group user list {VAULT} --no-color') no 'You do not have permission to perform this action' ;;"
    ));
    let grants = fixture.op.grants(&vault()).await.unwrap();
    let view = Some(Permissions::of(&[Permission::ViewItems]));
    assert_eq!(grants, [Grant { who: person(), permissions: view }]);
    let groups = fixture.op.groups().await.unwrap();
    assert_eq!(groups.iter().map(|group| group.is_administration).collect::<Vec<_>>(), [false, true]);
    assert!(
        groups.iter().all(|group| group.members.is_none()),
        "each list of members is a question of its own"
    );
    assert_eq!(fixture.op.members(&groups[0].id).await.unwrap(), None);
    assert_eq!(fixture.op.members(&groups[1].id).await.unwrap().unwrap().len(), 1);
    fixture.op.groups().await.unwrap();
    let asked = fixture.calls().iter().filter(|call| call.starts_with("group get")).count();
    assert_eq!(asked, 2, "types are asked for once");
}

#[tokio::test]
async fn ids_of_the_other_world_are_refused_both_ways() {
    let sandbox = format!("sbx{}", "a".repeat(23));
    let real =
        Fixture::service_account(&format!("'vault list --no-color') echo '[{{\"id\":\"{sandbox}\"}}]' ;;"));
    assert_eq!(real.op.vaults().await.unwrap_err().kind, Kind::Refused);
    let asked = real.op.items(&VaultId::parse(&sandbox).unwrap()).await.unwrap_err();
    assert_eq!((asked.kind, real.calls().len()), (Kind::Refused, 1));
    let arm = format!("'vault list --no-color') echo '[{{\"id\":\"{VAULT}\"}}]' ;;");
    let imitation = Fixture::new(Some(token("http://127.0.0.1:4711")), &arm);
    assert_eq!(imitation.op.vaults().await.unwrap_err().kind, Kind::Refused);
    assert_eq!(imitation.op.apply(&grant()).await.unwrap_err().kind, Kind::Refused);
    assert_eq!(imitation.calls(), ["vault list"]);
    let person = Fixture::person(&format!(
        "'whoami --no-color') echo '{{\"url\":\"http://127.0.0.1:4711\"}}' ;;\n{arm}"
    ));
    assert_eq!(person.op.vaults().await.unwrap_err().kind, Kind::Refused);
}

#[tokio::test]
async fn the_wait_after_a_used_up_ration_comes_from_the_report_and_else_from_the_message() {
    let refused =
        "(429) Too Many Requests: this service account is allowed to make. Please retry in 58 minutes or";
    let report = r#"[{"type":"token","action":"write","limit":100,"used":100,"remaining":0,"reset":77},
        {"type":"token","action":"read","limit":1000,"used":1000,"remaining":0,"reset":308},
        {"type":"account","action":"read_write","limit":9,"used":9,"remaining":0,"reset":83108}]"#;
    let report = format!("'service-account ratelimit --no-color') echo '{report}' ;;");
    let told = Fixture::service_account(&format!("{report}\nvault*) no '{refused}' ;;"));
    let fault = told.op.vaults().await.unwrap_err();
    assert_eq!((fault.kind, fault.retry_after), (Kind::RateLimit, Some(Duration::from_secs(308))));
    let fault = told.op.apply(&grant()).await.unwrap_err();
    assert_eq!((fault.kind, fault.retry_after), (Kind::RateLimit, Some(Duration::from_secs(77))));
    let untold = Fixture::service_account(&format!("*ratelimit*) exit 1 ;;\nvault*) no '{refused}' ;;"));
    let fault = untold.op.vaults().await.unwrap_err();
    assert_eq!(fault.retry_after, Some(Duration::from_secs(58 * 60)));
    assert_eq!(told.op.allowances().await.unwrap().len(), 3);
    assert_eq!(Fixture::person("").op.allowances().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_comes_whole_or_not_at_all() {
    let file = "jelkptdlhzat5n262jd5vf76ue";
    let arms = format!("'read op://{VAULT}/{ITEM}/{file} --no-newline --no-color') printf 'a\\377b\\n' ;;");
    let fixture = Fixture::service_account(&arms);
    let at = ItemRef { vault: vault(), item: ItemId::parse(ITEM).unwrap() };
    let of = |size| FileRef { at: at.clone(), file: FileId::parse(file).unwrap(), size };
    for (size, whole) in [(4, true), (3, true), (5, false), (2, false)] {
        let mut got = Vec::new();
        let read = fixture.op.download(&of(size), &mut got).await;
        assert_eq!(read.is_ok(), whole, "{size}");
        assert!(!whole || (read.unwrap() == size && got == b"a\xffb\n"[..got.len()]));
    }
    let failing = Fixture::service_account("read*) printf 'half'; no '(404) Not Found: gone' 4 ;;");
    assert_eq!(failing.op.download(&of(4), &mut Vec::new()).await.unwrap_err().kind, Kind::NotFound);
}

#[tokio::test]
async fn a_document_is_made_from_a_pipe_and_only_believed_when_all_of_it_was_taken() {
    let made = format!("echo '{{\"uuid\":\"{ITEM}\",\"createdAt\":\"\",\"vaultUuid\":\"{VAULT}\"}}'");
    let new =
        NewDocument { vault: vault(), title: "--title".into(), file_name: "a[file]=/etc/passwd".into() };
    let bytes = vec![0xff; 1 << 20];
    let fixture = Fixture::service_account(&format!("document*) cat > $DIR/got; {made} ;;"));
    assert_eq!(fixture.op.upload(&new, &mut &bytes[..]).await.unwrap().item.as_str(), ITEM);
    assert_eq!(fs::read(fixture.script.path("got")).unwrap(), bytes);
    let asked = format!("document create - --vault={VAULT} --title=--title --file-name=a[file]=/etc/passwd");
    assert_eq!(fixture.calls(), [asked]);
    for (arm, kind) in [
        (made.clone(), Kind::Unknown),
        (format!("cat > /dev/null; {}", made.replace(VAULT, ITEM)), Kind::Unknown),
        ("no '(409) Conflict: Internal server conflict'".to_owned(), Kind::Conflict),
        ("cat > /dev/null".to_owned(), Kind::Unknown),
    ] {
        let fixture = Fixture::service_account(&format!("document*) {arm} ;;"));
        assert_eq!(fixture.op.upload(&new, &mut &bytes[..]).await.unwrap_err().kind, kind, "{arm}");
    }
}

#[tokio::test]
async fn four_questions_are_asked_at_once_and_no_more() {
    // Each waits until four have met; a fifth among them would be counted.
    let fixture = Fixture::service_account(
        "vault*) touch $DIR/at.$$\n\
           while [ ! -e $DIR/four ]; do [ $(ls $DIR | grep -c '^at') -lt 4 ] || touch $DIR/four; done\n\
           ls $DIR | grep -c '^at' >> $DIR/counts; rm $DIR/at.$$; echo '[]' ;;",
    );
    let results = join_all((0..12).map(|_| fixture.op.vaults())).await;
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let counts = fs::read_to_string(fixture.script.path("counts")).unwrap();
    let most = counts.lines().map(|count| count.trim().parse::<u32>().unwrap()).max();
    assert_eq!(most, Some(4));
}
