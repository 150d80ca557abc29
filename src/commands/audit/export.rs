//! `strongroom audit export`: the records as JSON lines.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::ops::ControlFlow;
use std::path::Path;

use tokio::sync::mpsc;

use crate::audit::{Audit, Bad, Filter, Record};
use crate::commands::Context;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::text::{SafeText, counted};
use crate::dossier::{failed, new_file, words};
use crate::queries::blocking;
use crate::report::audit::Exported;
use crate::setup::Opened;
use crate::store::Store;

/// So much is handed on at once, in bytes.
const PIECE: usize = 64 * 1024;

/// Streams the log to standard output or to a new file; holds one piece at a time. It ends before the first
/// bad line, which it returns behind the number of records.
pub(super) async fn run(
    context: &mut Context,
    opened: &Opened,
    filter: Filter,
    out: Option<&Path>,
    names: bool,
) -> Result<(usize, Option<Bad>)> {
    let source = Source {
        audit: opened.ops.audit.clone(),
        class: opened.config.class.id.clone(),
        store: names.then(|| opened.queries.store.clone()),
        filter,
    };
    if let Some(path) = out {
        let path = path.to_owned();
        let (lines, bad) = blocking(move || source.to_file(&path)).await?;
        context.report.say(format_args!("{} written", counted(lines, "record")));
        return Ok((lines, bad));
    }
    let (give, mut take) = mpsc::channel::<String>(4);
    let reading = tokio::task::spawn_blocking(move || {
        source.pieces(|piece| {
            let gone = give.blocking_send(piece).is_err();
            Ok(if gone { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    });
    let mut lines = 0;
    while let Some(piece) = take.recv().await {
        lines += piece.matches('\n').count();
        context.report.lines(&piece)?;
        if context.report.is_closed() {
            take.close();
        }
    }
    let ended = |error| Fault::new(Kind::Local, format!("reading the log ended early: {error}"));
    Ok((lines, reading.await.map_err(ended)??))
}

/// What is exported.
struct Source {
    audit: Audit,
    class: String,
    /// Where names are looked up, if they are wanted.
    store: Option<Store>,
    filter: Filter,
}

impl Source {
    fn line(&self, record: &Record) -> Result<String> {
        let mut names: BTreeMap<String, SafeText> = BTreeMap::new();
        if let Some(store) = &self.store {
            for word in words(record) {
                if let Some(name) = store.name(word)? {
                    names.insert(word.to_owned(), name);
                }
            }
        }
        Exported::new(&self.class, record, self.store.as_ref().map(|_| &names)).line()
    }

    fn pieces(&self, mut hand_on: impl FnMut(String) -> Result<ControlFlow<()>>) -> Result<Option<Bad>> {
        let mut piece = String::new();
        let mut ended = false;
        let bad = self.audit.read(&self.filter, |record| {
            piece.push_str(&self.line(&record)?);
            if piece.len() < PIECE {
                return Ok(ControlFlow::Continue(()));
            }
            let flow = hand_on(std::mem::take(&mut piece))?;
            ended = flow.is_break();
            Ok(flow)
        })?;
        if !ended && !piece.is_empty() {
            let _last = hand_on(piece)?;
        }
        Ok(bad)
    }

    fn to_file(&self, path: &Path) -> Result<(usize, Option<Bad>)> {
        let local = |error: std::io::Error| failed(path, &error);
        let mut to = new_file(path).map_err(local)?;
        let mut lines = 0;
        let bad = self.pieces(|piece| {
            lines += piece.matches('\n').count();
            to.write_all(piece.as_bytes()).map_err(local)?;
            Ok(ControlFlow::Continue(()))
        })?;
        to.sync_all().map_err(local)?;
        Ok((lines, bad))
    }
}
