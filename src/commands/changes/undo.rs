//! `strongroom undo`.

use super::super::{Context, Done};
use crate::cli;
use crate::domain::fault::Fault;
use crate::domain::job::JobId;

pub(super) async fn run(_: &mut Context, _: Option<&JobId>, _: &cli::Consent) -> Done {
    Err(Fault::unsupported("do this yet").into())
}
