//! Effects become tasks, and tasks come back as events.
//!
//! Loads may be aborted. Changes are asked to stop after the call in flight; only leaving at once cuts
//! them off, and then what was in flight is recorded as unknown. A task that panics comes back as a failure of
//! its ticket, so that no pane waits for ever. Here are the tasks and which effect begins which; what each does
//! stands in a file by its subject.

mod closing;
mod downloads;
mod lists;
mod plans;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use super::copy::Tmux;
use super::watcher::Steering;
use super::{Doors, now};
use crate::app::copy::What;
use crate::app::msg::{Effect, Ending, Event, Retry};
use crate::app::remote::Ticket;
use crate::domain::class::Class;
use crate::domain::decision::Decision;
use crate::domain::fault::{Fault, Kind};
use crate::domain::query::{Data, Query};
use crate::domain::text::{SafeText, counted};
use crate::queries::blocking;
use crate::watch::Shown;
use plans::Work;

/// How long leaving at once waits for tasks that were cut off.
const MOMENT: Duration = Duration::from_millis(200);

/// What is under way.
pub(super) struct Tasks {
    doors: Option<Doors>,
    loads: JoinSet<Event>,
    changes: JoinSet<Event>,
    /// What is written down beside, and answers nothing.
    notes: JoinSet<()>,
    tickets: HashMap<Id, Ticket>,
    pub(super) outbox: mpsc::Sender<Event>,
    steering: Option<Steering>,
    shown: Shown,
    stop: CancellationToken,
    /// What stops a single plan.
    stops: HashMap<Ticket, CancellationToken>,
    /// Whether changes were cut off before they had ended.
    cut: bool,
    /// What was asked for before the doors were open.
    waiting: Vec<Effect>,
}

impl Tasks {
    pub(super) fn new(outbox: mpsc::Sender<Event>) -> Self {
        Self {
            doors: None,
            loads: JoinSet::new(),
            changes: JoinSet::new(),
            notes: JoinSet::new(),
            tickets: HashMap::new(),
            outbox,
            steering: None,
            shown: Shown::default(),
            stop: CancellationToken::new(),
            stops: HashMap::new(),
            cut: false,
            waiting: Vec::new(),
        }
    }

    pub(super) fn open(&mut self, doors: Doors) {
        self.doors = Some(doors);
        for effect in std::mem::take(&mut self.waiting) {
            self.perform(effect);
        }
    }

    pub(super) fn steer(&mut self, steering: Steering, shown: Shown) {
        self.steering = Some(steering);
        self.shown = shown;
    }

    /// Whether anything is under way.
    pub(super) fn is_busy(&self) -> bool {
        !self.loads.is_empty() || !self.changes.is_empty()
    }

    /// Whether a change or a download is under way.
    pub(super) fn is_changing(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Begins to leave: loads end, changes stop after the call in flight. Whether nothing is left.
    pub(super) fn leave(&mut self) -> bool {
        self.loads.abort_all();
        self.stop.cancel();
        self.changes.is_empty()
    }

    /// What keeps changes from beginning a further call, for whoever has to leave by force.
    pub(super) fn brake(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Ends everything where it is: nothing begins a further call.
    pub(super) fn cut(&mut self) {
        self.cut |= !self.changes.is_empty();
        self.stop.cancel();
        self.loads.abort_all();
        self.changes.abort_all();
    }

    /// Records what was in flight as unknown, once nothing can begin a further call.
    pub(super) async fn abandon(&mut self) {
        self.cut();
        // A task ends at its next wait; one that is busy between two waits gets a moment.
        let ended = async { while self.changes.join_next().await.is_some() {} };
        let _ended = tokio::time::timeout(MOMENT, ended).await;
        if let Some(doors) = self.doors.as_ref().filter(|_| self.cut) {
            // The intents stand in the log; without a result they count as unknown all the same.
            drop(doors.ops.abandon());
        }
    }

    /// Begins what an effect wants done; nothing any more once leaving has begun.
    pub(super) fn perform(&mut self, effect: Effect) {
        if self.stop.is_cancelled() {
            return;
        }
        let Some(doors) = self.doors.clone() else {
            self.waiting.push(effect);
            return;
        };
        match effect {
            Effect::Load(ticket, query) => self.load(doors, ticket, query),
            Effect::Apply(ticket, plan) => self.carry(doors, ticket, Work::Plan(plan)),
            Effect::Resume(ticket, job) => self.carry(doors, ticket, Work::Left(job)),
            Effect::Want(ticket, job, wanted) => self.want(doors, ticket, job, wanted),
            Effect::Close(ticket, Ending::Plan(_, plan)) => {
                self.carry(doors, ticket, Work::Ending(plan));
            }
            Effect::Close(ticket, Ending::Files(errand)) => self.take_step(doors, ticket, errand),
            Effect::Download(ticket, order) => self.download(doors, ticket, order),
            Effect::Export(ticket, export) => self.export(ticket, export),
            Effect::Enrol(ticket, list, typed) => self.enrol(doors, ticket, *list, typed),
            Effect::Decide(ticket, decisions) => self.decide(doors, ticket, decisions),
            Effect::HandOff(ticket, what) => self.hand_off(doors, ticket, what),
            Effect::MarkRead(seq) => self.mark_read(doors, seq),
            Effect::Pause(paused) => self.wanted(|wanted| wanted.paused = paused),
            Effect::LookNow => self.wanted(|wanted| wanted.looks += 1),
            Effect::Show(vaults) => self.shown.set(vaults),
            Effect::Stop(ticket) => {
                if let Some(stop) = self.stops.get(&ticket) {
                    stop.cancel();
                }
            }
            Effect::Edition(class) => self.renew(&class),
            Effect::Redraw
            | Effect::Quit
            | Effect::QuitNow
            | Effect::Suspend
            | Effect::Reclaim
            | Effect::Mouse(_)
            | Effect::Copy(..)
            | Effect::Bell
            | Effect::Theme(..)
            | Effect::Dress(_) => {}
        }
    }

    /// Has everybody work by another edition of the class file: whatever is under way keeps the one it began with.
    fn renew(&mut self, class: &Arc<Class>) {
        if let Some(doors) = &mut self.doors {
            doors.current.set(Arc::clone(class));
            doors.current.renew(&mut doors.queries);
            doors.current.renew(&mut doors.ops.queries);
        }
    }

    /// Has tmux take a text.
    pub(super) fn copy(&mut self, what: What, text: String, tmux: Tmux) {
        let outbox = self.outbox.clone();
        self.notes.spawn(async move {
            // Nobody may listen any more: then nobody misses it.
            drop(outbox.send(Event::Copied(what, tmux.copy(text).await)).await);
        });
    }

    fn wanted(&self, change: impl FnOnce(&mut super::watcher::Wanted)) {
        if let Some(steering) = &self.steering {
            steering.send_modify(change);
        }
    }

    fn load(&mut self, doors: Doors, ticket: Ticket, query: Query) {
        let outbox = self.outbox.clone();
        let task = self.loads.spawn(async move {
            let answer = match query {
                Query::Plan(wish) => {
                    let plan = doors.ops.plan(&wish).await.map(Data::Plan);
                    if let Some(budget) = doors.queries.provider.budget() {
                        // Nobody may listen any more: then nobody misses it.
                        drop(outbox.send(Event::Ration(budget)).await);
                    }
                    plan
                }
                // No change rests on what is only shown.
                query @ (Query::Items { .. } | Query::Detail(_)) => doors.queries.answer(query).await,
                query => doors.ops.answer(lists::expanded(query)).await,
            };
            Event::Loaded(ticket, now(), Box::new(answer))
        });
        self.tickets.insert(task.id(), ticket);
    }

    /// Begins a change, which ends as an event.
    pub(super) fn change(&mut self, ticket: Ticket, task: impl Future<Output = Event> + Send + 'static) {
        let task = self.changes.spawn(task);
        self.tickets.insert(task.id(), ticket);
    }

    /// Begins a change that ends as one line, or as a fault.
    pub(super) fn finish(
        &mut self,
        ticket: Ticket,
        task: impl Future<Output = Result<SafeText, Fault>> + Send + 'static,
    ) {
        self.change(ticket, async move { Event::Finished(ticket, now(), task.await) });
    }

    /// What stops a change by itself; leaving stops it too.
    pub(super) fn stoppable(&mut self, ticket: Ticket) -> CancellationToken {
        let stop = self.stop.child_token();
        self.stops.insert(ticket, stop.clone());
        stop
    }

    fn decide(&mut self, doors: Doors, ticket: Ticket, decisions: Vec<Decision>) {
        let stop = self.stop.clone();
        self.finish(ticket, async move {
            let mut result = Ok("nothing was decided".into());
            let count = decisions.len();
            for (done, decision) in decisions.into_iter().enumerate() {
                if stop.is_cancelled() {
                    break;
                }
                result = match doors.ops.decide(decision).await {
                    Ok(said) if count == 1 => Ok(said),
                    Ok(_) => Ok(SafeText::new(&format!("decided for {}", counted(done + 1, "student")))),
                    Err(fault) if count == 1 => Err(fault),
                    Err(fault) => {
                        let text = format!("decided for {done} of {count} students: {}", fault.message);
                        Err(Fault { message: SafeText::new(&text), ..fault })
                    }
                };
                if result.is_err() {
                    break;
                }
            }
            result
        });
    }

    fn hand_off(&mut self, doors: Doors, ticket: Ticket, what: Vec<Retry>) {
        self.finish(ticket, async move { retry(&doors, what).await });
    }

    /// What is read is noted on the way; a note that fails shows as unread once more, which harms nobody.
    fn mark_read(&mut self, doors: Doors, seq: u64) {
        while self.notes.try_join_next().is_some() {}
        self.notes.spawn(async move {
            drop(doors.queries.mark_read(seq).await);
        });
    }

    /// The next task that ends, as an event.
    pub(super) async fn next(&mut self) -> Option<Event> {
        tokio::select! {
            Some(ended) = self.loads.join_next_with_id() => self.came_back(ended),
            Some(ended) = self.changes.join_next_with_id() => self.came_back(ended),
            else => None,
        }
    }

    /// A task that has ended already.
    pub(super) fn ready(&mut self) -> Option<Event> {
        loop {
            let ended =
                self.loads.try_join_next_with_id().or_else(|| self.changes.try_join_next_with_id())?;
            if let Some(event) = self.came_back(ended) {
                return Some(event);
            }
        }
    }

    /// A task is no more; the ticket that it had.
    fn forget(&mut self, id: Id) -> Option<Ticket> {
        let ticket = self.tickets.remove(&id)?;
        self.stops.remove(&ticket);
        Some(ticket)
    }

    fn came_back(&mut self, ended: Result<(Id, Event), JoinError>) -> Option<Event> {
        match ended {
            Ok((id, event)) => {
                self.forget(id);
                Some(event)
            }
            Err(error) if error.is_cancelled() => {
                self.forget(error.id());
                None
            }
            Err(error) => {
                let ticket = self.forget(error.id())?;
                let fault = Fault::new(Kind::Broken, "something went wrong inside Strongroom; this is a bug");
                // Whoever waits takes it: a load or a change, never both.
                drop(self.outbox.try_send(Event::Finished(ticket, now(), Err(fault.clone()))));
                Some(Event::Loaded(ticket, now(), Box::new(Err(fault))))
            }
        }
    }
}

/// Offers arrivals again that were set aside.
async fn retry(doors: &Doors, what: Vec<Retry>) -> Result<SafeText, Fault> {
    let store = doors.queries.store.clone();
    blocking(move || {
        let mut again = 0;
        for Retry { consumer, seq } in what {
            again += store.retry_letters(consumer.as_str(), &[seq])?.len();
        }
        let arrivals = counted(again, "arrival");
        Ok(SafeText::new(&format!("{arrivals} back in line, for the program that watches")))
    })
    .await
}
