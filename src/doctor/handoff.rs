//! Who is handed arrivals: whether each could be reached at all. Nothing is run and nobody is called.

use super::Finding;
use crate::domain::fault::Result;
use crate::domain::handoff::{Consumer, Means};
use crate::domain::text::SafeText;

/// One consumer; `ready` is what was found of its program or its secret.
pub fn consumer(consumer: &Consumer, ready: &Result<SafeText>) -> Finding {
    let name = match consumer.by {
        Means::Hook { .. } => "hook",
        Means::Webhook { .. } => "webhook",
    };
    match ready {
        Ok(words) => Finding::ok(name, format!("{}: {words}", consumer.name)),
        Err(fault) => Finding::fault(name, &fault.clone().during(&consumer.name)),
    }
}
