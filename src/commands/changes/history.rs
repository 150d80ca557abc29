//! `strongroom history`.

use super::super::{Context, Done};
use crate::domain::fault::Fault;

pub(super) async fn run(_: &mut Context, _: usize, _: Option<&str>) -> Done {
    Err(Fault::unsupported("do this yet").into())
}
