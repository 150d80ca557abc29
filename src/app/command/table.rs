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

mod every;
mod overlays;
mod panes;
mod words;

use every::EVERY;
use overlays::OVERLAYS;
use panes::PANES;
use words::WORDS;

/// The parts, in the order of the help.
const PARTS: [&[Command]; 4] = [PANES, EVERY, WORDS, OVERLAYS];

/// Every command, in the order of the help. Each stands at one address, by which it is known again.
pub static COMMANDS: &[Command] = &joined::<{ PANES.len() + EVERY.len() + WORDS.len() + OVERLAYS.len() }>();

const fn joined<const COUNT: usize>() -> [Command; COUNT] {
    let (mut all, mut at) = ([PANES[0]; COUNT], 0);
    let mut part = 0;
    while part < PARTS.len() {
        let mut within = 0;
        while within < PARTS[part].len() {
            all[at] = PARTS[part][within];
            (at, within) = (at + 1, within + 1);
        }
        part += 1;
    }
    all
}
