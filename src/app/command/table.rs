//! The table of commands itself, put together from its parts.

use super::Command;

macro_rules! command {
    ($name:literal, $doc:literal, $context:ident, [$($key:expr),*], $hint:expr, $plan:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[$(&[$key]),*], hint: $hint, plan: $plan, argument: None }
    };
    // With what can be typed behind its name in the palette.
    ($name:literal, $doc:literal, $context:ident, [$($key:expr),*], $hint:expr, $plan:expr, $argument:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[$(&[$key]),*], hint: $hint, plan: $plan, argument: Some($argument) }
    };
    // One sequence of keys, pressed one after the other.
    ($name:literal, $doc:literal, $context:ident, ($($key:expr),+), $hint:expr, $plan:expr) => {
        Command { name: $name, doc: $doc, context: Context::$context, keys: &[&[$($key),+]], hint: $hint, plan: $plan, argument: None }
    };
}

mod overlays;
mod panes;
mod words;

use overlays::OVERLAYS;
use panes::PANES;
use words::WORDS;

/// Every command, in the order of the help. Each stands at one address, by which it is known again.
pub static COMMANDS: &[Command] = &joined::<{ PANES.len() + WORDS.len() + OVERLAYS.len() }>();

const fn joined<const COUNT: usize>() -> [Command; COUNT] {
    let (mut all, mut at) = ([PANES[0]; COUNT], 0);
    let (words, overlays) = (PANES.len(), PANES.len() + WORDS.len());
    while at < COUNT {
        all[at] = if at < words {
            PANES[at]
        } else if at < overlays {
            WORDS[at - words]
        } else {
            OVERLAYS[at - overlays]
        };
        at += 1;
    }
    all
}
