//! `strongroom quarantine`: vaults that a lost answer has left behind.

use super::carrying::{carry_out, code_of_one};
use super::consent::agree;
use super::{Context, DONE, Done, from_store};
use crate::cli;
use crate::domain::fault::{Fault, Kind};
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::plan::Plan;
use crate::domain::quarantine::Quarantined;
use crate::ops::Patience;
use crate::report::quarantine::{Quarantine, Vault};
use crate::setup::Opened;

/// Lists them, or deletes one that is empty.
pub(super) async fn run(context: &mut Context, delete: Option<&str>, consent: &cli::Consent) -> Done {
    let interrupt = context.interrupt.clone();
    let (opened, vaults) = interrupt.or(look(context)).await??;
    let Some(wanted) = delete else {
        context.report.page(&Quarantine { vaults })?;
        return Ok(DONE);
    };
    let one = named(&opened.queries.frame(false).await?, &vaults, wanted)?;
    let frame = opened.queries.look_at(std::slice::from_ref(&one.vault), false).await?;
    let mut plan = Plan::discard(&frame, (&one.student, &one.vault), one.name.clone(), one.items)?;
    let what = format!("delete the empty vault {} ({})", one.name, one.vault);
    plan.typed = agree(context, consent, &what, plan.guard.as_ref()).await?;
    let ended = carry_out(context, &opened, plan, Patience::Stop, "quarantine-delete/1").await?;
    code_of_one(context, ended)
}

/// The class and its quarantine: one list of vaults, and one request for each vault in it.
async fn look(context: &mut Context) -> Result<(Opened, Vec<Vault>), Fault> {
    let opened = context.open().await?;
    let queries = &opened.queries;
    queries.refresh().await?;
    queries.quarantine(&queries.provider.vaults().await?).await?;
    let (kept, bindings) = from_store(queries, |store| Ok((store.quarantined()?, store.bindings()?))).await?;
    let mut vaults = Vec::new();
    for Quarantined { vault, student, found_at, .. } in kept {
        let read = queries.provider.vault(&vault).await?;
        let own = bindings.iter().find(|binding| binding.student == student);
        let own = own.map(|binding| binding.vault.clone());
        vaults.push(Vault { vault, name: read.name, student, own, items: read.items, found_at });
    }
    Ok((opened, vaults))
}

/// The one that is meant: only an id names it, since its name is also that of the student's own vault.
fn named<'a>(frame: &Frame, vaults: &'a [Vault], wanted: &str) -> Result<&'a Vault, Fault> {
    let id = VaultId::parse(wanted).ok();
    if let Some(owner) = id.as_ref().and_then(|id| frame.owner(id)) {
        let message = format!("{wanted} is the vault of {}, and was not left behind", owner.key);
        return Err(Fault::refused(message)
            .hint("nothing was sent; at the end of the term: strongroom close-term --step delete"));
    }
    vaults.iter().find(|one| Some(&one.vault) == id.as_ref()).ok_or_else(|| {
        Fault::new(Kind::Input, format!("no vault {wanted} is in quarantine")).hint(
            "name it by the id that `strongroom quarantine` shows; its name is the student's own vault's too",
        )
    })
}
