//! What is reported says where to look, and only that: what is there is found by looking.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::pending;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use strongroom::domain::arrival::{Arrival, ArrivalKind};
use strongroom::domain::events::Feed;
use strongroom::domain::id::VaultId;
use strongroom::domain::query::WatchReport;
use strongroom::watch::{Live, Watch};
use tokio::time::timeout;

use crate::{Course, at, audit};

const LONGEST: Duration = Duration::from_secs(30);
const ITEM: &str = "sbxaaaaaaaaaaaaaaaaaaaaaaa";

/// A class that is watched, and was looked at once.
async fn watched(students: usize) -> (Course, Watch) {
    let mut course = Course::new(students).await;
    let mut watch = Watch::new(course.desk.queries.clone(), 0);
    course.leads = watch.leads();
    assert_eq!(look(&mut watch, 0).await, []);
    course.both.line.listed.lock().unwrap().clear();
    (course, watch)
}

async fn beat(watch: &mut Watch, second: i64) -> Vec<WatchReport> {
    let mut reports = Vec::new();
    watch.step(at(second), |report| reports.push(report)).await;
    assert!(reports.iter().all(|report| report.fault.is_none()), "{reports:?}");
    reports
}

async fn look(watch: &mut Watch, second: i64) -> Vec<Arrival> {
    beat(watch, second).await.into_iter().flat_map(|report| report.arrivals).collect()
}

impl Course {
    async fn upload(&self, student: usize, name: &str) {
        let vault = self.desk.vault(&format!("s{student:03}"));
        let query = format!("?name={name}&title={name}");
        self.fixture.upload(vault.as_str(), &query, &self.people[student].1, b"bytes").await;
    }

    /// Reads what is reported by now.
    async fn report(&self, second: i64) {
        self.follow(&mut self.follower(), second).await;
    }

    fn listed(&self) -> Vec<String> {
        let listed = std::mem::take(&mut *self.both.line.listed.lock().unwrap());
        listed.iter().map(ToString::to_string).collect()
    }

    fn alarms(&self) -> Vec<String> {
        self.desk.queries.store.alarms().unwrap().into_iter().map(|alarm| alarm.subject).collect()
    }
}

#[tokio::test]
async fn a_vault_whose_version_lags_is_looked_at_because_of_a_report_and_that_is_no_alarm() {
    let (course, mut watch) = watched(3).await;
    let silent = course.desk.vault("s001");
    course.both.line.freeze(&silent).await;
    course.upload(1, "hw1").await;
    assert_eq!(look(&mut watch, 10).await, [], "the list of vaults does not tell it");
    course.script.happened(Feed::Usage, course.usage("new", "s001", "server-create", 8));
    course.report(20).await;
    let arrivals = look(&mut watch, 21).await;
    assert_eq!(arrivals.len(), 1);
    assert_eq!((arrivals[0].kind, arrivals[0].student.key.as_str()), (ArrivalKind::New, "s001"));
    assert_eq!(arrivals[0].not_before, Some(at(10)), "the list before it did not show it");
    assert_eq!(course.listed(), [silent.to_string()]);
    for second in [30, 40, 50] {
        assert_eq!(look(&mut watch, second).await, [], "it is told once");
    }
    assert_eq!(course.alarms(), Vec::<String>::new());
    // The list of vaults has it at last.
    course.both.line.tell(&silent, None);
    assert_eq!(look(&mut watch, 60).await, []);
    assert_eq!(course.alarms(), Vec::<String>::new());
}

#[tokio::test]
async fn a_report_alone_announces_nothing() {
    let (course, mut watch) = watched(2).await;
    let vault = course.desk.vault("s000").to_string();
    course.script.happened(Feed::Usage, course.usage("a", "s000", "server-create", 5));
    course.script.happened(Feed::Audit, audit("b", ("create", "file"), (ITEM, &vault), 5));
    course.script.happened(Feed::Audit, audit("c", ("delete", "vault"), (&vault, ""), 5));
    course.report(10).await;
    for second in [11, 12, 13] {
        assert_eq!(look(&mut watch, second).await, []);
    }
    assert_eq!(course.listed(), [vault], "it was looked at once");
    assert_eq!(course.kept(Feed::Audit).len() + course.kept(Feed::Usage).len(), 3);
}

#[tokio::test]
async fn what_was_seen_since_what_only_reads_and_what_we_did_is_no_reason_to_look() {
    let (course, mut watch) = watched(2).await;
    course.script.page(50);
    course.upload(0, "hw1").await;
    assert_eq!(look(&mut watch, 10).await.len(), 1);
    course.listed();
    for (uuid, action) in
        [("fetch", "server-fetch"), ("reveal", "reveal"), ("edit", "enter-item-edit-mode"), ("odd", "x")]
    {
        course.script.happened(Feed::Usage, course.usage(uuid, "s001", action, 15));
    }
    // It was read after that.
    course.script.happened(Feed::Usage, course.usage("seen", "s000", "server-create", 9));
    let ours = course.desk.queries.identify().await.unwrap().id;
    let mut own = course.usage("own", "s001", "server-update", 15);
    own["user"]["uuid"] = ours.as_str().into();
    course.script.happened(Feed::Usage, own);
    // It is as good as a day old.
    course.script.happened(Feed::Usage, course.usage("old", "s001", "server-create", -7_200));
    course.report(20).await;
    assert_eq!(course.kept(Feed::Usage).len(), 7);
    assert_eq!(look(&mut watch, 30).await, []);
    assert_eq!(course.listed(), Vec::<String>::new());
}

#[tokio::test]
async fn who_was_given_access_is_seen_by_the_next_look_and_not_a_day_later() {
    let (course, mut watch) = watched(2).await;
    // The list of everybody on each vault was read, and is not due.
    let vaults = [course.desk.vault("s000"), course.desk.vault("s001")];
    course.desk.queries.try_grants(&vaults).await.unwrap();
    let (mallory, _) = course.fixture.person("mallory").await;
    let path = format!("/sandbox/v1/vaults/{}/people/{mallory}", vaults[1]);
    let body = json!({ "permissions": ["view_items"] });
    course.fixture.call(Method::PUT, &path, &course.fixture.admin(), body).await;
    let before = course.both.line.lists();
    let later = 86_000;
    assert_eq!(look(&mut watch, 600).await, []);
    assert_eq!(course.both.line.lists(), before);
    let mut record = audit("grant", ("grant", "uva"), (vaults[1].as_str(), &mallory), later - 60);
    record["aux_details"] = json!({ "name": "mallory" });
    course.script.happened(Feed::Audit, record);
    course.report(later).await;
    let reports = beat(&mut watch, 700).await;
    assert_eq!(course.both.line.lists(), before + 1, "one list, of that vault");
    assert!(reports.iter().any(|report| report.stale));
    let (list, _) = course.desk.queries.store.grants(&vaults[1]).unwrap().unwrap();
    assert!(list.iter().any(|grant| grant.who.id() == mallory));
}

#[tokio::test]
async fn a_beat_ends_before_its_time_where_something_is_reported_and_only_for_who_watches() {
    let mut course = Course::new(1).await;
    let watch = Watch::new(course.desk.queries.clone(), 0);
    course.leads = watch.leads();
    let mut live = Live::new(watch, "test");
    assert!(live.try_to_watch().unwrap());
    course.script.happened(Feed::Usage, course.usage("a", "s000", "server-create", 0));
    course.report(1).await;
    timeout(LONGEST, live.rest_until(pending())).await.unwrap();
    // Nothing new: it lasts as long as it is to.
    timeout(LONGEST, live.rest_until(async {})).await.unwrap();
    course.script.happened(Feed::Usage, course.usage("b", "s000", "reveal", 2));
    course.report(20).await;
    let waited = async {
        for _ in 0..1_000 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = live.rest_until(pending()) => panic!("what only reads is no reason to look"),
        () = waited => {}
    }
}

#[tokio::test]
async fn what_is_reported_of_a_vault_that_a_list_leaves_out_waits_for_the_list_that_does_not() {
    let (course, mut watch) = watched(2).await;
    let vaults = [course.desk.vault("s000"), course.desk.vault("s001")];
    course.desk.queries.try_grants(&vaults).await.unwrap();
    let lists = course.both.line.lists();
    // Later than that, by whatever clock.
    let later = 20_000;
    let left_out = &vaults[1];
    course.both.line.freeze(left_out).await;
    course.upload(1, "hw1").await;
    course.script.happened(Feed::Usage, course.usage("new", "s001", "server-create", later));
    let (mallory, _) = course.fixture.person("mallory").await;
    let grant = audit("grant", ("grant", "uva"), (left_out.as_str(), &mallory), later);
    course.script.happened(Feed::Audit, grant);
    course.both.hidden.lock().unwrap().insert(left_out.clone());
    course.report(later + 10).await;
    for second in [11, 20, 30] {
        assert_eq!(look(&mut watch, later + second).await, [], "no list tells of it");
    }
    assert_eq!((course.listed(), course.both.line.lists()), (Vec::new(), lists));
    course.both.hidden.lock().unwrap().clear();
    assert_eq!(look(&mut watch, later + 40).await.len(), 1);
    assert_eq!((course.listed(), course.both.line.lists()), (vec![left_out.to_string()], lists + 1));
    for second in [50, 60] {
        assert_eq!(look(&mut watch, later + second).await, []);
    }
    assert_eq!((course.listed(), course.both.line.lists()), (Vec::new(), lists + 1), "it is looked at once");
}

/// A class of two in which an upload is reported of a vault whose version stands still.
async fn told() -> (Course, Watch, VaultId) {
    let (course, watch) = watched(2).await;
    let silent = course.desk.vault("s001");
    course.both.line.freeze(&silent).await;
    course.upload(1, "hw1").await;
    course.script.happened(Feed::Usage, course.usage("new", "s001", "server-create", 8));
    course.report(20).await;
    (course, watch, silent)
}

#[tokio::test]
async fn a_look_that_fails_is_made_again_because_of_the_same_report() {
    let (course, mut watch, silent) = Box::pin(told()).await;
    course.both.line.fail_items(&silent);
    for second in [21, 30] {
        let mut faults = 0;
        watch.step(at(second), |report| faults += usize::from(report.fault.is_some())).await;
        assert!(faults > 0, "it cannot be listed");
    }
    course.both.line.mend();
    assert_eq!(look(&mut watch, 40).await.len(), 1);
    course.listed();
    assert_eq!(look(&mut watch, 50).await, []);
    assert_eq!(course.listed(), Vec::<String>::new());
}

#[tokio::test]
async fn a_look_that_is_cut_off_is_made_again_because_of_the_same_report() {
    let (course, mut watch, _) = Box::pin(told()).await;
    let held = course.both.line.hold("items");
    tokio::select! {
        _wait = watch.step(at(21), |_| ()) => panic!("it waits for the items"),
        () = held.reached.notified() => {}
    }
    assert_eq!(look(&mut watch, 30).await.len(), 1);
}
