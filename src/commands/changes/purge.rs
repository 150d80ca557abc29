//! `strongroom purge`.

use super::super::{Context, DONE, Done, PARTLY, assignments};
use super::agree::agree;
use crate::cli;
use crate::report::purge::Purged;
use crate::setup;

pub(super) async fn run(context: &mut Context, whom: &str, consent: &cli::Consent) -> Done {
    let opened = setup::open(&context.choice, true).await?;
    let class = &opened.config.class;
    context.of(class);
    let student = if whom == class.id { None } else { Some(assignments::student(&opened, whom).await?) };
    let (question, word) = match &student {
        Some(key) => (format!("purge: what is known here of {key} is erased for good"), key.to_string()),
        None => (
            format!("purge: what is known here of everybody in {} is erased for good", class.id),
            class.id.clone(),
        ),
    };
    // Whoever types the name has also said that nothing is to stand in the way.
    let typed = consent.confirm.as_deref() == Some(word.as_str());
    if student.is_none() || consent.confirm.is_some() {
        agree(context, consent, &question, Some(&word)).await?;
    } else {
        agree(context, consent, &question, None).await?;
    }
    let erased = opened.ops.purge(student.as_ref(), typed).await?;
    let lingers = erased.lingers;
    context.report.page(&Purged::new(student, &erased))?;
    if lingers {
        context.report.say(
            "another program reads the store: end it and purge again, so that nothing is left in the file",
        );
    }
    Ok(if lingers { PARTLY } else { DONE })
}
