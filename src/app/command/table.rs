//! The table of commands itself, put together from its parts.

use super::Command;

macro_rules! command {
    ($name:literal, $doc:literal, $context:ident, [$($key:expr),*], $hint:expr, $plan:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[$(&[$key]),*], hint: $hint, plan: $plan }
    };
    // One sequence of keys, pressed one after the other.
    ($name:literal, $doc:literal, $context:ident, ($($key:expr),+), $hint:expr, $plan:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[&[$($key),+]], hint: $hint, plan: $plan }
    };
}

mod overlays;
mod panes;

use overlays::OVERLAYS;
use panes::PANES;

/// Every command, in the order of the help.
pub const COMMANDS: &[Command] = &joined::<{ PANES.len() + OVERLAYS.len() }>();

const fn joined<const COUNT: usize>() -> [Command; COUNT] {
    let (mut all, mut at) = ([PANES[0]; COUNT], 0);
    while at < COUNT {
        all[at] = if at < PANES.len() { PANES[at] } else { OVERLAYS[at - PANES.len()] };
        at += 1;
    }
    all
}
