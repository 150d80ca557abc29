//! What runs beside the live view in the same program, until it is told to end: whoever makes vaults
//! by itself, and whoever hands arrivals on.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::domain::query::WatchReport;
use crate::domain::text::SafeText;

/// How things stand in the program that looks at the vaults; whoever works beside it waits for it to change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// Whether this program is the one that looks, and so the one that acts by itself.
    pub watching: bool,
    /// The number of the newest arrival.
    pub seq: u64,
    /// Raised whenever people, groups or bindings have changed.
    pub people: u64,
}

/// Told what was done, or could not be, one line each.
pub type OnTold = Arc<dyn Fn(SafeText) + Send + Sync>;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Those that run beside the live view. They are told how it stands through [`super::Live::pulse`].
pub struct Beside {
    work: Vec<Work>,
    end: CancellationToken,
    busy: Busy,
    outbox: mpsc::UnboundedSender<WatchReport>,
    inbox: Option<mpsc::UnboundedReceiver<WatchReport>>,
}

/// How many have something to do: whoever is to end, or to leave it to another program, when there is
/// nothing left asks it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Busy(Arc<watch::Sender<usize>>);

impl Busy {
    /// There is something to do until the answer is dropped.
    #[must_use]
    pub fn begin(&self) -> Task {
        self.0.send_modify(|tasks| *tasks += 1);
        Task(Arc::clone(&self.0))
    }

    /// Whether there is nothing to do.
    pub fn is_idle(&self) -> bool {
        *self.0.borrow() == 0
    }

    /// Waits until there is nothing to do.
    pub async fn idle(&self) {
        // We hold the sender, so that it cannot end otherwise.
        drop(self.0.subscribe().wait_for(|tasks| *tasks == 0).await);
    }
}

/// Something that is being done.
#[derive(Debug)]
pub struct Task(Arc<watch::Sender<usize>>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.send_modify(|tasks| *tasks = tasks.saturating_sub(1));
    }
}

impl Default for Beside {
    fn default() -> Self {
        let (outbox, inbox) = mpsc::unbounded_channel();
        Self {
            work: Vec::new(),
            end: CancellationToken::new(),
            busy: Busy::default(),
            outbox,
            inbox: Some(inbox),
        }
    }
}

impl Beside {
    /// Nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds somebody, who must end soon after [`Beside::ending`] is cancelled.
    pub fn add(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.work.push(Box::pin(work));
    }

    /// What tells them to end.
    pub fn ending(&self) -> CancellationToken {
        self.end.clone()
    }

    /// Where they say whether they have something to do.
    pub fn busy(&self) -> Busy {
        self.busy.clone()
    }

    /// Where they report what they did.
    pub fn reports(&self) -> mpsc::UnboundedSender<WatchReport> {
        self.outbox.clone()
    }

    /// What they report, for whoever shows it; once.
    pub fn listen(&mut self) -> Option<mpsc::UnboundedReceiver<WatchReport>> {
        self.inbox.take()
    }

    /// Starts all of them on the runtime of the caller.
    pub fn start(self) -> Running {
        self.start_on(&Handle::current())
    }

    /// Starts all of them on another runtime.
    pub fn start_on(self, runtime: &Handle) -> Running {
        let mut tasks = JoinSet::new();
        for work in self.work {
            tasks.spawn_on(work, runtime);
        }
        Running { tasks, end: self.end }
    }
}

/// Those that run. Dropped, they are cut where they wait.
#[derive(Debug)]
pub struct Running {
    tasks: JoinSet<()>,
    end: CancellationToken,
}

impl Running {
    /// Tells all of them to end, and waits until they have; whether none of them has failed.
    pub async fn end(&mut self) -> bool {
        self.end.cancel();
        let mut well = true;
        while let Some(ended) = self.tasks.join_next().await {
            well &= ended.is_ok();
        }
        well
    }

    /// Cuts whoever has not ended; all of them are gone then, and so are the programs that they run.
    pub async fn cut(mut self) {
        self.tasks.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn whoever_does_not_end_is_cut_and_gone() {
        let mut beside = Beside::new();
        let busy = beside.busy();
        let task = busy.begin();
        beside.add(async move {
            let _task = task;
            std::future::pending::<()>().await;
        });
        let running = beside.start();
        tokio::task::yield_now().await;
        assert!(!busy.is_idle());
        running.cut().await;
        assert!(busy.is_idle());
        busy.idle().await;
    }

    #[tokio::test]
    async fn they_run_until_they_are_told_to_end_and_are_waited_for() {
        let mut beside = Beside::new();
        let (ending, reports, busy) = (beside.ending(), beside.reports(), beside.busy());
        let task = busy.begin();
        beside.add(async move {
            let _task = task;
            ending.cancelled().await;
            let now = jiff::Timestamp::UNIX_EPOCH;
            drop(reports.send(WatchReport { handed: true, ..WatchReport::nothing(now) }));
        });
        let mut inbox = beside.listen().unwrap();
        let mut running = beside.start();
        assert!(!busy.is_idle() && inbox.try_recv().is_err());
        assert!(running.end().await);
        assert!(busy.is_idle() && inbox.recv().await.unwrap().handed);
    }
}
