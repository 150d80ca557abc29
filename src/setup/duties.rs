//! What a program does beside the live view while it is the one that watches: the steward gives vaults
//! by itself, the courier hands arrivals on.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Opened;
use crate::domain::fault::Result;
use crate::domain::query::WatchReport;
use crate::domain::text::SafeText;
use crate::handoff::Courier;
use crate::watch::steward::{OnTold, Steward};
use crate::watch::{Beside, Live};

/// Whoever works beside a live view; what they do is reported through [`Beside::reports`].
/// `environment` is ours, of which hooks see a short list.
///
/// # Errors
/// Where the store cannot be written.
pub async fn duties(opened: &Opened, live: &Live, environment: Vec<(String, String)>) -> Result<Beside> {
    let mut beside = Beside::new();
    if Steward::is_wanted(&opened.ops) {
        let steward = Steward::new(opened.ops.clone(), told(&beside));
        beside.add(steward.run(live.pulse(), beside.ending(), beside.busy()));
    }
    let consumers = &opened.config.watch.consumers;
    let courier = Courier::open(opened.live.clone(), consumers, environment, None).await?;
    if !courier.is_idle() {
        let (pulse, ending, reports) = (live.pulse(), beside.ending(), beside.reports());
        beside.add(async move {
            let changed =
                || drop(reports.send(WatchReport { handed: true, ..WatchReport::nothing(Timestamp::now()) }));
            courier.run(pulse, ending, changed).await;
        });
    }
    Ok(beside)
}

/// Gives vaults once, before a look that does not stay: for jobs. Who does not watch leaves it to the
/// program that does.
///
/// # Errors
/// Why nobody could be served.
pub async fn serve_once(
    opened: &Opened,
    live: &mut Live,
    beside: &Beside,
    cancel: &CancellationToken,
) -> Result<()> {
    if Steward::is_wanted(&opened.ops) && live.try_to_watch()? {
        Steward::new(opened.ops.clone(), told(beside)).once(cancel).await?;
    }
    Ok(())
}

/// Passes on what the steward says; rows have to be read again then.
fn told(beside: &Beside) -> OnTold {
    let reports = beside.reports();
    std::sync::Arc::new(move |line: SafeText| {
        let report = WatchReport { stale: true, told: vec![line], ..WatchReport::nothing(Timestamp::now()) };
        drop(reports.send(report));
    })
}
