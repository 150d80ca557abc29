//! Reading the log: every record is checked on the way, and nothing is shown that does not belong where it
//! stands.

use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::ControlFlow;

use jiff::Timestamp;

use super::record::{Outcome, Record, Seq};
use super::verify::{Bad, walk};
use super::{Audit, damaged};
use crate::domain::fault::Fault;

/// Which records to read. The default is all of them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Filter {
    /// At most so many, the newest ones; of account to [`Audit::list`] only.
    pub limit: Option<usize>,
    /// Only those written at this time or later.
    pub since: Option<Timestamp>,
    /// Only those of the operation with this name.
    pub op: Option<String>,
    /// Only those with a higher number. What lies before is then not checked, so that what stands behind a
    /// damaged line can be read: the chain begins with the first of them.
    pub after: Option<Seq>,
}

impl Filter {
    fn takes(&self, record: &Record) -> bool {
        self.since.is_none_or(|since| record.time >= since)
            && self.op.as_deref().is_none_or(|op| record.op.as_str() == op)
    }
}

impl Audit {
    /// Shows every record that passes the filter to `each`, oldest first, holding one at a time: for logs of
    /// any length. It ends where `each` breaks, and at the first line that was damaged, forged, moved or
    /// left out, which it returns: nothing behind that is shown. No log has no records.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where the file cannot be read, and the first fault
    /// of `each`, which ends the walk.
    pub fn read(
        &self,
        filter: &Filter,
        mut each: impl FnMut(Record) -> Result<ControlFlow<()>, Fault>,
    ) -> Result<Option<Bad>, Fault> {
        let walk = walk(&self.log, &self.key, filter.after, |record: Record, _| {
            if filter.takes(&record) { each(record) } else { Ok(ControlFlow::Continue(())) }
        })?;
        Ok(walk.first_bad)
    }

    /// The records that pass the filter, oldest first, and the line at which reading ended before the end
    /// of the log, as [`read`](Self::read) has it.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where the file cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<(Vec<Record>, Option<Bad>), Fault> {
        let mut records = VecDeque::new();
        let bad = self.read(filter, |record| {
            records.push_back(record);
            if filter.limit.is_some_and(|limit| records.len() > limit) {
                records.pop_front();
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((records.into(), bad))
    }

    /// What is wrong with the log, as a fault that names the line.
    pub fn damage(&self, bad: &Bad) -> Fault {
        damaged(&self.log, bad)
    }

    /// Whether the log tells that a service account made a vault or changed who is on it; both by their
    /// ids.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) when the log cannot be read or is damaged.
    pub fn has_changed(&self, vault: &str, service_account: &str) -> Result<bool, Fault> {
        let (mut about, mut found) = (HashSet::new(), false);
        let bad = self.read(&Filter::default(), |record| {
            if record.args["vault"] == vault {
                about.insert(record.seq);
            }
            let made = record.after.as_ref().is_some_and(|after| after["vault"] == vault);
            found = record.outcome == Some(Outcome::Done)
                && record.actor.service_account.as_str() == service_account
                && (made || record.of.is_some_and(|of| about.contains(&of)));
            Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        bad.map_or(Ok(found), |bad| Err(self.damage(&bad)))
    }

    /// The pseudonyms of students for whom this log has begun to make a vault, where that was not told to
    /// have come to nothing: such a vault may be there.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) when the log cannot be read or is damaged.
    pub fn vaults_begun(&self) -> Result<HashSet<String>, Fault> {
        let mut begun: HashMap<Seq, String> = HashMap::new();
        let filter = Filter { op: Some("create-vault".to_owned()), ..Filter::default() };
        let bad = self.read(&filter, |record| {
            match (record.of, record.outcome) {
                (None, _) => {
                    let student = record.args["student"].as_str().map(str::to_owned);
                    begun.extend(student.map(|student| (record.seq, student)));
                }
                (Some(of), Some(Outcome::Failed | Outcome::Refused)) => drop(begun.remove(&of)),
                (Some(_), _) => {}
            }
            Ok(ControlFlow::Continue(()))
        })?;
        bad.map_or_else(|| Ok(begun.into_values().collect()), |bad| Err(self.damage(&bad)))
    }
}
