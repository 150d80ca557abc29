//! What a program does beside the live view while it is the one that watches: the steward gives vaults
//! by itself, the courier hands arrivals on, what the Events API reports is read along, and what is kept for too
//! long is erased.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::Opened;
use crate::domain::fault::Result;
use crate::domain::handoff::Progress;
use crate::domain::query::WatchReport;
use crate::domain::text::SafeText;
use crate::download::Keeper;
use crate::handoff::{Courier, Keep};
use crate::queries::{Current, Queries};
use crate::watch::follow::Follower;
use crate::watch::retention::Retention;
use crate::watch::steward::Steward;
use crate::watch::{Beside, Live, OnTold};

/// How long a job goes on offering what is not taken at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came of giving vaults once.
#[derive(Clone, Copy, Debug)]
pub struct Given {
    /// Whether anybody has got something.
    pub any: bool,
    /// Whether it came to its end; why not is told.
    pub well: bool,
}

/// Those who work beside a live view; what they do is reported through [`Beside::reports`].
pub struct Duties {
    steward: Option<Steward>,
    courier: Courier,
    retention: Option<Retention>,
    /// The reads of who reads along what is reported, where the service tells that.
    reported: Option<(Queries, Current)>,
    beside: Beside,
}

impl Duties {
    /// The duties of a class. Consumers that are new begin with what arrives from now on, so this comes
    /// before the first look. `environment` is ours, of which hooks see a short list.
    ///
    /// # Errors
    /// Where the store cannot be written.
    pub async fn open(opened: &Opened, environment: Vec<(String, String)>) -> Result<Self> {
        let beside = Beside::new();
        let wanted = Steward::is_wanted(&opened.ops);
        let current = &opened.current;
        let steward = || Steward::new(opened.ops.clone(), told(&beside)).following(current.clone());
        let steward = wanted.then(steward);
        let consumers = &opened.config.watch.consumers;
        let courier = Courier::open(opened.live.clone(), consumers, environment, keep(opened)).await?;
        let courier = courier.busying(beside.busy()).telling(told(&beside)).following(current.clone());
        let retention = opened.config.retention;
        let retain =
            |days| Retention::new(opened.ops.clone(), days, told(&beside)).following(current.clone());
        let retention = retention.map(retain);
        let reported = Follower::is_wanted(&opened.live).then(|| (opened.live.clone(), current.clone()));
        Ok(Self { steward, courier, retention, reported, beside })
    }

    /// What they report, for whoever shows it.
    pub fn beside(&mut self) -> &mut Beside {
        &mut self.beside
    }

    /// Has them work as long as this program watches.
    pub fn stay(self, live: &Live) -> Beside {
        let follower = self.follower(live);
        let Self { steward, courier, retention, mut beside, .. } = self;
        if let Some(follower) = follower {
            beside.add(follower.run(live.pulse(), beside.ending()));
        }
        if let Some(retention) = retention {
            beside.add(retention.run(live.pulse(), beside.ending()));
        }
        if let Some(steward) = steward {
            beside.add(steward.run(live.pulse(), beside.ending(), beside.busy()));
        }
        if !courier.is_idle() {
            let (pulse, ending, reports) = (live.pulse(), beside.ending(), beside.reports());
            beside.add(async move {
                let report = || WatchReport { handed: true, ..WatchReport::nothing(Timestamp::now()) };
                courier.run(pulse, ending, || drop(reports.send(report()))).await;
            });
        }
        beside
    }

    /// Gives vaults once, as far as the ration goes, after the looks of a job. Who does not watch leaves
    /// it to the program that does.
    ///
    /// # Errors
    /// Where the lease cannot be asked for; why nobody could be served is told, see [`Given`].
    pub async fn serve(&mut self, live: &mut Live, cancel: &CancellationToken) -> Result<Given> {
        match &mut self.steward {
            Some(steward) if live.try_to_watch()? => {
                let well = steward.once(cancel).await.is_ok();
                Ok(Given { any: steward.served() > 0, well })
            }
            _ => Ok(Given { any: false, well: true }),
        }
    }

    /// Erases what is kept for too long, after the looks of a job. Who does not watch leaves it to the
    /// program that does; what goes wrong is told.
    ///
    /// # Errors
    /// Where the lease cannot be asked for.
    pub async fn retain(&self, live: &mut Live) -> Result<()> {
        if let Some(retention) = &self.retention
            && live.try_to_watch()?
        {
            retention.once().await;
        }
        Ok(())
    }

    /// Who reads along what is reported.
    fn follower(&self, live: &Live) -> Option<Follower> {
        let (queries, current) = self.reported.clone()?;
        let follower = Follower::new(queries, live.leads(), told(&self.beside)).following(current);
        Some(follower.reporting(self.beside.reports()))
    }

    /// Reads what was reported until now, after the looks of a job. Who does not watch leaves it to the program
    /// that does; what goes wrong is told, and keeps nobody from the rest.
    ///
    /// # Errors
    /// Where the lease cannot be asked for.
    pub async fn follow(&self, live: &mut Live, cancel: &CancellationToken) -> Result<()> {
        if let Some(mut follower) = self.follower(live)
            && live.try_to_watch()?
        {
            follower.once(cancel).await;
        }
        Ok(())
    }

    /// Hands on what the looks of a job have found and what was left before; what is not taken is tried
    /// again for a minute. Tells how far everybody is then, `None` where another program hands on.
    ///
    /// # Errors
    /// Where the store fails.
    pub async fn hand_on(
        &self,
        live: &mut Live,
        cancel: &CancellationToken,
    ) -> Result<Option<Vec<Progress>>> {
        if self.courier.is_idle() || !live.try_to_watch()? {
            return Ok(None);
        }
        self.courier.drain(PATIENCE, cancel).await.map(Some)
    }
}

/// Fetches the files of what arrives, where the class file says where to.
fn keep(opened: &Opened) -> Option<Keep> {
    let folder = opened.config.watch.save_to.clone()?;
    let keeper = Keeper::new(opened.live.clone(), folder, opened.config.download);
    let keeper = Arc::new(keeper.following(opened.current.clone()));
    Some(Arc::new(move |arrival| {
        let keeper = Arc::clone(&keeper);
        Box::pin(async move { keeper.keep(&arrival).await })
    }))
}

/// Passes on what the steward says; rows have to be read again then.
fn told(beside: &Beside) -> OnTold {
    let reports = beside.reports();
    Arc::new(move |line: SafeText| {
        let report = WatchReport { stale: true, told: vec![line], ..WatchReport::nothing(Timestamp::now()) };
        drop(reports.send(report));
    })
}
