//! What a plan leaves in the store beside the ledger: who is about to get a vault, and which rows
//! failed and were not made good. Both are for those who look later; neither decides a change of a
//! person's.

use super::{Ended, Ops};
use crate::domain::access::Principal;
use crate::domain::attention::{ACCESS, FailedRow, PROVISION};
use crate::domain::class::StudentKey;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::plan::{Outcome, Plan, Row, Step};
use crate::queries::blocking;

impl Ops {
    /// Notes before anything is sent who is to get a vault and its access, and whose access is taken:
    /// the latter are not to get it by themselves.
    pub(super) async fn promise(&self, frame: &Frame, plan: &Plan) -> Result<()> {
        let planned = || plan.rows.iter().filter(|row| row.outcome == Outcome::Planned);
        let keys = |matching: &dyn Fn(&Row) -> bool| -> Vec<StudentKey> {
            planned().filter(|row| matching(row)).map(|row| row.student.clone()).collect()
        };
        let made = keys(&|row| row.steps.contains(&Step::CreateVault));
        let taken = keys(&|row| row.steps.iter().any(|step| is_taken(frame, row, step)));
        let store = self.queries.store.clone();
        blocking(move || {
            store.promise(&made)?;
            store.settle_promise(&taken)
        })
        .await
    }

    /// Notes which rows failed or were refused, and which were made good.
    pub(super) async fn note(&self, frame: &Frame, ended: &Ended) -> Result<()> {
        let at = self.queries.clock.now();
        let (mut failed, mut good, mut given) = (Vec::new(), Vec::new(), Vec::new());
        for row in &ended.plan.rows {
            let op = kind(frame, row);
            match &row.outcome {
                Outcome::Failed(why) | Outcome::Refused(why) => {
                    let (student, op, message) = (row.student.clone(), op.to_owned(), why.clone());
                    failed.push(FailedRow { student, op, message, at });
                }
                Outcome::Done | Outcome::Unchanged => {
                    good.push((row.student.clone(), op));
                    if op == PROVISION {
                        given.push(row.student.clone());
                    }
                }
                _ => {}
            }
        }
        let store = self.queries.store.clone();
        blocking(move || {
            failed.iter().try_for_each(|row| store.failed(row))?;
            good.iter().try_for_each(|(student, op)| store.made_good(student, op))?;
            store.settle_promise(&given)
        })
        .await
    }
}

/// What a row is about. One without steps is of a plan whose student has everything.
fn kind(frame: &Frame, row: &Row) -> &'static str {
    let gives = |step: &Step| match step {
        Step::CreateVault => true,
        Step::Grant { who, to, .. } => *to == frame.class.student && is_own(frame, row, who),
        _ => false,
    };
    let act = row.steps.iter().find_map(Step::admission);
    act.map_or(if row.steps.iter().all(gives) { PROVISION } else { ACCESS }, |act| act.name())
}

/// Whether a step takes a student's access to the own vault, or makes it less than the class asks.
fn is_taken(frame: &Frame, row: &Row, step: &Step) -> bool {
    match step {
        Step::Revoke { who, .. } => is_own(frame, row, who),
        Step::Grant { who, to, .. } => *to != frame.class.student && is_own(frame, row, who),
        _ => false,
    }
}

fn is_own(frame: &Frame, row: &Row, who: &Principal) -> bool {
    let person = frame.student(&row.student).and_then(|student| frame.sign_up(student).1);
    person.is_some_and(|person| *who == Principal::Person(person.id.clone()))
}
