//! Reading the log for people: newest records first, and no judgement.

use std::io::{BufRead as _, BufReader, Read as _};
use std::ops::ControlFlow;
use std::path::Path;

use jiff::Timestamp;

use super::file::Backwards;
use super::record::{LINE_LIMIT, Record};
use super::{Audit, trouble, verify};
use crate::domain::fault::Fault;

/// Which records to list. The default is all of them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Filter {
    /// At most so many, the newest ones.
    pub limit: Option<usize>,
    /// Only those written at this time or later.
    pub since: Option<Timestamp>,
    /// Only those of the operation with this name.
    pub op: Option<String>,
}

impl Filter {
    fn takes(&self, record: &Record) -> bool {
        self.since.is_none_or(|since| record.time >= since)
            && self.op.as_deref().is_none_or(|op| record.op.as_str() == op)
    }
}

impl Audit {
    /// Hands over every record of the log, oldest first, as [`walk`] does.
    ///
    /// # Errors
    /// [`Kind::Local`](crate::domain::fault::Kind::Local) where the file cannot be read.
    pub fn each(&self, mut take: impl FnMut(Record)) -> Result<(), Fault> {
        walk(&self.log, &Filter::default(), |record| {
            take(record);
            Ok(ControlFlow::Continue(()))
        })
    }
}

/// The records that pass the filter, oldest first. A limit reads only as much of the end of the
/// log as it needs.
///
/// Lines that are no records are left out and nothing is checked: that is what
/// [`verify()`](super::verify()) is for. No log lists nothing. Fails with
/// [`Kind::Local`](crate::domain::fault::Kind::Local) where the file cannot be read.
pub fn list(log: &Path, filter: &Filter) -> Result<Vec<Record>, Fault> {
    let fail = |error| trouble(log, &error);
    let Some((file, len)) = verify::open_between_appends(log).map_err(fail)? else {
        return Ok(Vec::new());
    };
    let (mut records, limit) = (Vec::new(), filter.limit.unwrap_or(usize::MAX));
    let mut lines = Backwards::new(&file, len);
    while records.len() < limit
        && let Some(line) = lines.next().map_err(fail)?
    {
        records.extend(serde_json::from_slice(&line).ok().filter(|record| filter.takes(record)));
    }
    records.reverse();
    Ok(records)
}

/// Shows every record that passes the filter to `each`, oldest first, holding one at a time: for logs of
/// any length. It ends early where `each` breaks. A limit is of no account here: the newest are at the end.
///
/// Lines that are no records are left out and nothing is checked, as in [`list`].
///
/// # Errors
/// [`Kind::Local`](crate::domain::fault::Kind::Local) where the file cannot be read, and the first fault
/// of `each`, which ends the walk.
pub fn walk(
    log: &Path,
    filter: &Filter,
    mut each: impl FnMut(Record) -> Result<ControlFlow<()>, Fault>,
) -> Result<(), Fault> {
    let fail = |error| trouble(log, &error);
    let Some((file, len)) = verify::open_between_appends(log).map_err(fail)? else {
        return Ok(());
    };
    let mut reader = BufReader::with_capacity(256 * 1024, file.take(len));
    let mut line = Vec::with_capacity(1024);
    loop {
        line.clear();
        if reader.by_ref().take(LINE_LIMIT as u64 + 2).read_until(b'\n', &mut line).map_err(fail)? == 0 {
            return Ok(());
        }
        let whole = line.last() == Some(&b'\n');
        let record = serde_json::from_slice(&line).ok().filter(|record| whole && filter.takes(record));
        if let Some(record) = record
            && each(record)?.is_break()
        {
            return Ok(());
        }
    }
}
