//! Hundreds of arrivals to consumers that fail one time in three: in order, none left out. As many as
//! `STRONGROOM_ARRIVALS` says.

use std::time::Instant;

use strongroom::domain::handoff::Ended;

use super::support::{Desk, Receiver, say};

/// More than there are attempts that are kept.
const ARRIVALS: u64 = 500;
const SEED: u64 = 0x5eed_0001;

/// Whether an offer fails: one time in three, by its number and attempt, and never so often in a row that an arrival
/// would be set aside.
const FAILS: &str =
    "fails() { n=$(($1 * 8 + $2)); [ \"$2\" -le 5 ] && [ $((n * n * 48271 % 65521 % 3)) = 0 ]; }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consumers_that_fail_one_time_in_three_get_everything_in_order() {
    let arrivals = std::env::var("STRONGROOM_ARRIVALS").map_or(ARRIVALS, |number| number.parse().unwrap());
    let desk = Desk::new();
    let body = "read -r line
        echo \"$STRONGROOM_SEQ\" >> \"$DIR/offered\"
        if fails \"$STRONGROOM_SEQ\" \"$STRONGROOM_ATTEMPT\"; then echo no; exit 1; fi
        echo \"$STRONGROOM_SEQ\" >> \"$DIR/taken\"";
    let mut random = fastrand::Rng::with_seed(SEED);
    let receiver = Receiver::new(move |_| say(if random.u8(0..3) == 0 { 503 } else { 204 })).await;
    let consumers = [desk.hook("grade", &format!("{FAILS}\n{body}")), desk.webhook("post", &receiver.url)];
    let courier = desk.courier(&consumers).await;
    desk.arrive(usize::try_from(arrivals).unwrap(), |number| format!("hw1-{number}.pdf"));
    let begun = Instant::now();
    let left = desk.drain(&courier, 10_000_000).await;
    let all: Vec<u64> = (1..=arrivals).collect();
    assert_eq!(desk.numbers("taken"), all, "the program got everything once, in order");
    assert_eq!(receiver.taken(), all, "the address got everything once, in order");
    let offered = desk.numbers("offered");
    assert!(offered.is_sorted(), "never one before its turn");
    let failed = offered.len() as u64 - arrivals;
    assert!(
        (arrivals * 3 / 10..arrivals * 7 / 10).contains(&failed),
        "about one offer in three failed: {failed}"
    );
    for progress in &left {
        assert_eq!((progress.acked, progress.waiting, progress.dead.len()), (arrivals, 0, 0), "{progress:?}");
        assert!(progress.retrying.is_none(), "{progress:?}");
    }
    let jobs = desk.queries.jobs().await.unwrap();
    assert_eq!(jobs.attempts.first().map(|attempt| attempt.ended), Some(Ended::Taken));
    assert_eq!(desk.queries.store.attempts(10_000).unwrap().len(), 200, "only the newest are kept");
    let posted = receiver.events().len();
    eprintln!(
        "{arrivals} arrivals, 2 consumers, {} + {posted} offers, {failed} + {} failed, in {:?}",
        offered.len(),
        posted as u64 - arrivals,
        begun.elapsed()
    );
}
