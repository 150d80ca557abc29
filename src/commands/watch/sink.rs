//! Where arrivals go: out at once, or kept for the end; and who has had them.

use crate::domain::arrival::Arrival;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::query::{Role, WatchReport};
use crate::report::arrival::{self, Arrivals};
use crate::report::{Format, Report};
use crate::store::Store;

/// Where arrivals go.
pub(super) struct Sink<'a> {
    pub(super) report: &'a mut Report,
    jsonl: bool,
    kept: Option<Vec<Arrival>>,
    /// Who has had what was printed.
    reader: Option<(Store, String)>,
    /// Why something could not be printed or noted.
    pub(super) failed: Option<Fault>,
    /// Whether there was something new in this beat.
    pub(super) moved: bool,
    /// Why this beat failed.
    pub(super) fault: Option<Fault>,
    /// Whether that is the fault of single vaults.
    pub(super) unread: bool,
    /// Who watches, where that has changed.
    pub(super) role: Option<Role>,
}

impl<'a> Sink<'a> {
    pub(super) fn new(report: &'a mut Report, jsonl: bool, reader: Option<(Store, String)>) -> Self {
        let kept = (report.format() != Format::Table).then(Vec::new);
        Self {
            report,
            jsonl,
            kept,
            reader,
            failed: None,
            moved: false,
            fault: None,
            unread: false,
            role: None,
        }
    }

    /// Another beat begins.
    pub(super) fn begin(&mut self) {
        (self.moved, self.fault, self.unread) = (false, None, false);
    }

    /// Why the beat failed, and whether only single vaults could not be looked at. Who used up the ration
    /// or is refused gets no other vault either.
    pub(super) fn ended(&mut self) -> Option<(Fault, bool)> {
        let fault = self.fault.take()?;
        let alone = self.unread && !matches!(fault.kind, Kind::RateLimit | Kind::SignIn);
        Some((fault, alone))
    }

    /// Prints an arrival. What was written, or is lost on nobody, counts as had.
    pub(super) fn arrival(&mut self, arrival: &Arrival) {
        if self.failed.is_some() {
            return;
        }
        let printed = match &mut self.kept {
            Some(kept) => return kept.push(arrival.clone()),
            None if self.jsonl => self.report.json_line(arrival),
            None => self.report.line(&arrival::line(arrival, &self.report.look())),
        };
        self.failed = printed.and_then(|()| self.had(arrival.seq)).err();
    }

    /// Notes that the reader has everything up to this number, unless nobody reads any more.
    fn had(&self, seq: u64) -> Result<()> {
        match &self.reader {
            Some((store, name)) if !self.report.is_closed() => store.ack_reader(name, seq),
            _ => Ok(()),
        }
    }

    pub(super) fn take(&mut self, found: WatchReport) {
        found.arrivals.iter().for_each(|arrival| self.arrival(arrival));
        found.told.iter().for_each(|line| self.report.say(line));
        self.moved |= !found.settled.is_empty() || !found.arrivals.is_empty();
        self.unread |= found.unread;
        self.fault = self.fault.take().or(found.fault);
        self.role = found.role.or(self.role.take());
    }

    /// Prints what was kept.
    pub(super) fn end(&mut self) -> Result<()> {
        let Some(arrivals) = self.kept.take() else { return Ok(()) };
        let last = arrivals.last().map(|arrival| arrival.seq);
        self.report.page(&Arrivals { arrivals })?;
        last.map_or(Ok(()), |last| self.had(last))
    }
}
