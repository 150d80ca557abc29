//! `strongroom drift`: asks who is on every vault, and tells what should not be there.

use std::path::Path;

use super::{Context, DONE, Done, PARTLY, names, plan};
use crate::domain::class::StudentKey;
use crate::domain::drift::Drifts;
use crate::domain::fault::Result;
use crate::domain::frame::Frame;
use crate::domain::plan::Wish;
use crate::report::drift::List;
use crate::setup::Opened;

pub(super) async fn run(context: &mut Context, students: &[String], out: Option<&Path>) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, frame, keys, drifts) = interrupt.or(compare(context, students)).await??;
    let names = frame.students.iter().map(|student| (student.key.clone(), student.name.clone())).collect();
    let class = &opened.config.class.id;
    context.report.page(&List::new(class, &drifts, &names, frame.identity.kind))?;
    if let Some(path) = out {
        let plan = opened.ops.plan(&Wish::Mend(keys)).await?;
        plan::write(context, &opened, path, &plan).await?;
    }
    Ok(if drifts.list.is_empty() { DONE } else { PARTLY })
}

/// The class, and what differs in it from the class file.
async fn compare(
    context: &mut Context,
    students: &[String],
) -> Result<(Opened, Frame, Vec<StudentKey>, Drifts)> {
    let opened = context.open().await?;
    let frame = opened.queries.frame(true).await?;
    let keys = names::students(&frame, students)?;
    let drifts = opened.queries.drift(true, &keys).await?;
    Ok((opened, frame, keys, drifts))
}
