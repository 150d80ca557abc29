//! By which the records of one plan belong together in the log: the job with the plan's digest, and the job
//! that it takes back.

use serde_json::Value;

use super::Ops;
use super::job::Job;
use crate::domain::job::JobId;
use crate::domain::plan::Plan;

/// What every record of a plan carries in the log.
#[derive(Clone, Default)]
pub(super) struct Label {
    /// The job and its plan, see [`JobId::in_record`].
    pub(super) plan: Option<String>,
    /// The job that it takes back.
    undoes: Option<JobId>,
}

impl Label {
    /// Adds what stands among the arguments of an intent; `auto` is whether the watcher acts by itself.
    pub(super) fn write(&self, arguments: &mut Value, auto: bool) {
        let Value::Object(arguments) = arguments else { return };
        if auto {
            arguments.insert("auto".into(), true.into());
        }
        if let Some(undone) = &self.undoes {
            arguments.insert("undoes".into(), undone.as_str().into());
        }
    }
}

impl Ops {
    /// The same, for the job that carries a plan out: every record in the log names it, with the digest of
    /// the plan as it began.
    pub(super) fn labelled(&self, job: &Job, plan: &Plan) -> Self {
        let label = Label { plan: Some(job.record().to_owned()), undoes: plan.undoes.clone() };
        Self { label, ..self.clone() }
    }
}
