//! `strongroom drift`.

use std::path::Path;

use super::super::{Context, Done};
use crate::domain::fault::Fault;

pub(super) async fn run(_: &mut Context, _: &[String], _: Option<&Path>) -> Done {
    Err(Fault::unsupported("do this yet").into())
}
