//! `strongroom apply`.

use super::super::{Context, Done};
use crate::cli;
use crate::domain::fault::Fault;

pub(super) async fn run(_: &mut Context, _: &cli::Apply) -> Done {
    Err(Fault::unsupported("do this yet").into())
}
