//! The same misbehaviours again and again, four at a time: nothing hangs beyond its deadline, nothing
//! is left behind, and the threads that answer keys stay free. A program of its own, since it looks at
//! every child that it has.
//!
//! One round by default; `STRONGROOM_ROUNDS=100 cargo test --test rounds -- --nocapture` prints
//! the figures of a hundred.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests; the figures are the point")]

#[path = "op/support.rs"]
mod door;
#[allow(dead_code, reason = "the contract suite uses the rest")]
#[path = "contract/fronts.rs"]
mod fronts;
mod support;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use strongroom::provider::Provider as _;
use strongroom::provider::op::Limits;
use strongroom::sandbox::op::{Misbehaviour as M, Setting};

use crate::fronts::op_under;
use crate::support::Fixture;

/// How long a run may take here. It takes tens of milliseconds where it takes part at all.
const DEADLINE: Duration = Duration::from_millis(500);
/// What the issue allows beyond it.
const GRACE: Duration = Duration::from_secs(2);
/// As many as are asked at once.
const AT_ONCE: usize = 4;
/// How often somebody looks whether the threads are free.
const TICK: Duration = Duration::from_millis(5);

/// Children of this process that have not been waited for, by their commands.
fn children() -> Vec<String> {
    let own = std::process::id().to_string();
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((_, rest)) = stat.rsplit_once(')') else { continue };
        let words: Vec<&str> = rest.split_whitespace().collect();
        let name = stat.split(['(', ')']).nth(1).unwrap_or_default();
        if words.get(1) == Some(&own.as_str()) && name == "op" {
            found.push(format!("{name} {}", words[0]));
        }
    }
    found
}

/// How late a timer is while everything goes on: in order, the last one is the worst.
async fn lateness(until: Arc<AtomicBool>) -> Vec<Duration> {
    let mut late = Vec::new();
    while !until.load(Ordering::SeqCst) {
        let due = Instant::now() + TICK;
        tokio::time::sleep_until(due.into()).await;
        late.push(Instant::now().saturating_duration_since(due));
    }
    late.sort();
    late
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[cfg(target_os = "linux")]
async fn rounds_of_every_misbehaviour_leave_nothing_behind() {
    let rounds = std::env::var("STRONGROOM_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
    let fixture = Fixture::new().await;
    let mut limits = Limits::default();
    (limits.read, limits.list, limits.change) = (DEADLINE, DEADLINE, DEADLINE);
    let over = Arc::new(AtomicBool::new(false));
    let looking = tokio::spawn(lateness(Arc::clone(&over)));
    let (mut worst, mut calls) = (Duration::ZERO, 0_usize);
    for fault in M::ALL {
        let spec = format!("{}:vault.list", fault.name()).parse().unwrap();
        let setting = Setting { faults: vec![spec], ..Setting::default() };
        let op = op_under(&fixture, &format!("bin-{}", fault.name()), &setting).0.with_limits(limits);
        op.version().await.unwrap();
        let ask = |_| async {
            let began = Instant::now();
            let _answer = op.vaults().await;
            began.elapsed()
        };
        let took: Vec<_> = stream::iter(0..rounds.max(2)).map(ask).buffer_unordered(AT_ONCE).collect().await;
        calls += took.len();
        worst = worst.max(took.into_iter().max().unwrap());
    }
    over.store(true, Ordering::SeqCst);
    let late = looking.await.unwrap();
    let p99 = late[late.len() * 99 / 100];
    println!(
        "{} misbehaviours, {calls} calls: longest {worst:?} (deadline {DEADLINE:?}); timers late by {p99:?} (p99), {:?} (most)",
        M::ALL.len(),
        late.last().unwrap()
    );
    assert!(worst < DEADLINE + GRACE, "{worst:?}");
    assert_eq!(children(), Vec::<String>::new(), "nothing is left running or unwaited for");
}
