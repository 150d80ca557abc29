//! What a plan leaves in the store beside the ledger: who is about to get a vault, and which rows
//! failed and were not made good. Both are for those who look later; neither decides a change of a
//! person's.

use super::rest::{own, provides};
use super::{Ended, Ops};
use crate::domain::access::Principal;
use crate::domain::attention::{ACCESS, FailedRow, PROVISION};
use crate::domain::class::StudentKey;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::plan::{Outcome, Plan, Row, Step};

impl Ops {
    /// Notes before anything is sent who is to get a vault and its access, and whose access is taken:
    /// the latter are not to get it by themselves.
    pub(super) async fn promise(&self, plan: &Plan) -> Result<()> {
        let planned = plan.rows.iter().filter(|row| row.outcome == Outcome::Planned);
        let made = planned.filter(|row| row.steps.contains(&Step::CreateVault));
        let made: Vec<StudentKey> = made.map(|row| row.student.clone()).collect();
        let taken = plan.taken.clone();
        self.queries
            .with_store(move |store| {
                store.promise(&made)?;
                store.settle_promise(&taken)
            })
            .await
    }

    /// Notes what a plan says of which nothing has to be sent.
    pub(super) async fn heed(&self, plan: Plan) -> Result<Ended> {
        let ended = Ended::of(plan);
        if !self.read_only {
            // Nothing is sent, and somebody is closed all the same.
            if let Some(guard) = ended.plan.guard.as_ref().filter(|_| ended.plan.stage.is_some()) {
                guard.agreed(ended.plan.typed.as_deref())?;
            }
            self.begin_step(&ended.plan, false).await?;
            self.promise(&ended.plan).await?;
            self.end_step(&ended.plan).await?;
            if ended.plan.provides {
                self.note(&self.queries.frame(false).await?, &ended).await?;
            }
        }
        Ok(ended)
    }

    /// Notes which rows failed or were refused, and which were made good, by what is known after them.
    pub(super) async fn note(&self, frame: &Frame, ended: &Ended) -> Result<()> {
        let at = self.queries.clock.now();
        let (mut failed, mut good, mut given) = (Vec::new(), Vec::new(), Vec::new());
        for row in &ended.plan.rows {
            let op = kind(frame, row);
            // Whatever else the row was about: who has the own access by now is not to get it by itself again
            // when somebody takes it.
            if has_access(frame, row) {
                good.push((row.student.clone(), PROVISION));
                given.push(row.student.clone());
            }
            match &row.outcome {
                Outcome::Failed(why) | Outcome::Refused(why) => {
                    let (student, op, message) = (row.student.clone(), op.to_owned(), why.clone());
                    failed.push(FailedRow { student, op, message, at });
                }
                Outcome::Done | Outcome::Unchanged if is_good(frame, &ended.plan, row) => {
                    good.push((row.student.clone(), op));
                    if op == PROVISION {
                        given.push(row.student.clone());
                    }
                }
                _ => {}
            }
        }
        self.queries
            .with_store(move |store| {
                failed.iter().try_for_each(|row| store.failed(row))?;
                good.iter().try_for_each(|(student, op)| store.made_good(student, op))?;
                store.settle_promise(&given)
            })
            .await
    }
}

/// Whether a row that ended well tells of what it is about. That nothing had to change tells of the own
/// access only where that was wanted, or is known.
fn is_good(frame: &Frame, plan: &Plan, row: &Row) -> bool {
    !row.steps.is_empty() || plan.provides || has_access(frame, row)
}

/// What a row is about. One without steps is of a plan whose student has everything.
fn kind(frame: &Frame, row: &Row) -> &'static str {
    let act = row.steps.iter().find_map(Step::admission);
    act.map_or(if provides(frame, row) { PROVISION } else { ACCESS }, |act| act.name())
}

/// Whether the student is known to have the class's level on the own vault.
fn has_access(frame: &Frame, row: &Row) -> bool {
    let level = |who: &Principal| {
        row.vault.as_ref().and_then(|vault| frame.cell(vault, who).level(frame.identity.kind))
    };
    own(frame, row).is_some_and(|who| level(&who) == Some(frame.class.student))
}
