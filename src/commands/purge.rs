//! `strongroom purge`.

use super::consent::agree;
use super::{Context, DONE, Done, PARTLY, names};
use crate::cli;
use crate::domain::guard::Guard;
use crate::domain::text::{SafeText, counted};
use crate::report::purge::Purged;

pub(super) async fn run(context: &mut Context, whom: &str, consent: &cli::Consent) -> Done {
    let opened = context.open_stored().await?;
    let class = &opened.config.class;
    let student = if whom == class.id { None } else { Some(names::student_here(&opened, whom).await?) };
    let (whom, word) = match &student {
        Some(key) => (key.to_string(), key.as_str()),
        None => (format!("everybody in {}", class.id), class.id.as_str()),
    };
    // Whoever types the name has also said that nothing is to stand in the way.
    let is_weighty = student.is_none() || consent.confirm.is_some();
    let because = SafeText::new(&format!("what is known here of {whom} is erased for good"));
    let open = match opened.ops.open_vaults(student.as_ref()).await? {
        0 => None,
        open => Some(SafeText::new(&format!(
            "not closed: {}, which stay in 1Password as they are and are not known here then",
            counted(open, "vault")
        ))),
    };
    let because: Vec<SafeText> = [because].into_iter().chain(open.clone()).collect();
    let guard = is_weighty.then(|| Guard { because, word: word.into() });
    let typed =
        agree(context, consent, &format!("erase what is known here of {whom}"), guard.as_ref()).await?;
    // Who was asked has read it.
    if let Some(open) = open.filter(|_| consent.confirm.is_some()) {
        context.report.say(&open);
    }
    let erased = opened.ops.purge(student.as_ref(), typed.is_some()).await?;
    let lingers = erased.lingers;
    context.report.page(&Purged::new(student, &erased))?;
    if lingers {
        context.report.say(
            "another program reads the store: end it and purge again, so that nothing is left in the file",
        );
    }
    Ok(if lingers { PARTLY } else { DONE })
}
