//! What is asked of jobs: that they wait or end, that they go on, and that they are taken back.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::model::STUDENTS;
use super::moves::Wish;
use super::system::{System, key, performed, run};
use crate::domain::job::{State, Wanted};
use crate::domain::plan::{Plan, Step};
use crate::ops::Patience;

impl System {
    /// Another program wants the job to end at that call from now, or to wait: then its program dies while it
    /// waits.
    pub(super) fn asked(&mut self, wish: &Wish, at: usize, ends: bool) {
        let Some(planned) = self.planned(wish) else { return };
        self.hall.judge(|judge| judge.ask(vec![wish.clone()]));
        self.hall.ask_at(Some((at, if ends { Wanted::Cancel } else { Wanted::Pause })));
        let store = self.ops.queries.store.clone();
        let waits = async {
            while store.jobs(0).unwrap().iter().all(|head| head.state != State::Paused) {
                tokio::task::yield_now().await;
            }
        };
        let ended = self.runtime.block_on(async {
            tokio::select! {
                biased;
                ended = performed(&self.ops, &planned) => Some(ended),
                () = waits => None,
            }
        });
        self.hall.ask_at(None);
        match ended {
            Some(Ok(ended)) => self.is_real(&ended),
            Some(Err(_)) => {}
            None => self.restart(),
        }
        let left = self.runtime.block_on(self.ops.left()).unwrap();
        if left.iter().any(|head| head.wanted != Wanted::Go) {
            self.hall.judge(|judge| judge.bad("a job goes on by itself that was to wait or to end"));
        }
    }

    /// Goes on with what was left, also with what waits: asked for are the rows that have not ended, and no
    /// other.
    pub(super) fn resume(&self) {
        let work = self.runtime.block_on(self.ops.queries.plans(0)).unwrap();
        for head in work.iter().rev().filter(|head| head.state == State::Left) {
            let kept = self.runtime.block_on(self.ops.job(&head.id)).unwrap();
            self.ask_for(&kept.plan);
            let (cancel, progress) = (CancellationToken::new(), Arc::new(|_| {}));
            let ended = self.ops.resume(&head.id, Patience::Stop, cancel, progress);
            drop(self.runtime.block_on(ended));
        }
    }

    /// Takes back the last job that can be. It makes no vault and deletes none.
    pub(super) fn undo(&self) {
        let Ok(plan) = self.runtime.block_on(self.ops.undo_plan(None)) else { return };
        self.ask_for(&plan);
        let steps = plan.rows.iter().flat_map(|row| &row.steps);
        if steps.clone().any(|step| step.who().is_none()) {
            self.hall.judge(|judge| judge.bad(format!("I6: to undo makes or deletes: {plan:?}")));
        }
        if let Ok(ended) = self.runtime.block_on(run(&self.ops, plan)) {
            self.is_real(&ended);
        }
    }

    /// What is left to do of a plan is asked for, and nothing else.
    fn ask_for(&self, plan: &Plan) {
        let mut asked = Vec::new();
        for row in plan.rows.iter().filter(|row| !row.outcome.is_ended()) {
            let student = (0..STUDENTS).find(|at| key(*at) == row.student).unwrap();
            if row.steps.contains(&Step::CreateVault) {
                asked.push(Wish::Provision(Some(student)));
            }
            let steps = row.steps.iter().filter_map(|step| Some((step.who()?, step.level()?)));
            let known = |(who, level)| Some((student, self.hall.judge(|judge| judge.who(who))?, level));
            asked.push(Wish::Change(steps.filter_map(known).collect()));
        }
        self.hall.judge(|judge| judge.ask(asked));
    }
}
