//! By which the records of one plan belong together in the log: the job with the plan's digest, and the job
//! that it takes back.

use serde_json::Value;

use super::Ops;
use super::make::new_nonce;
use crate::domain::fault::Result;
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
    /// The same, for a plan whose records in the log name its job; one without gets a name.
    pub(super) fn labelled(&self, plan: &Plan) -> Result<Self> {
        let job = match &plan.job {
            Some(job) => Some(job.clone()),
            None => JobId::parse(&new_nonce()?),
        };
        let plan_in_record = job.map(|job| job.in_record(&plan.digest()));
        Ok(Self { label: Label { plan: plan_in_record, undoes: plan.undoes.clone() }, ..self.clone() })
    }
}
