//! The table of commands itself, put together from its parts.

use super::Command;

/// One row: name, help, context, keys, hint, what it means, and what can be typed behind its name. Hint and
/// argument may be left out. Keys in brackets give it each by itself; those in parentheses one after the other.
macro_rules! command {
    (@keys [$($key:expr),*]) => { &[$(&[$key]),*] };
    (@keys ($($key:expr),+)) => { &[&[$($key),+]] };
    (@row $name:literal, $doc:literal, $context:ident, $keys:tt, $hint:expr, $plan:expr, $argument:expr) => {
        Command {
            name: $name,
            doc: $doc,
            context: Context::$context,
            keys: command!(@keys $keys),
            hint: $hint,
            plan: $plan,
            argument: $argument,
        }
    };
    ($name:literal, $doc:literal, $context:ident, $keys:tt, $plan:expr) => {
        command!(@row $name, $doc, $context, $keys, $crate::app::command::Hint::Hidden, $plan, None)
    };
    ($name:literal, $doc:literal, $context:ident, $keys:tt, $hint:expr, $plan:expr) => {
        command!(@row $name, $doc, $context, $keys, $hint, $plan, None)
    };
    ($name:literal, $doc:literal, $context:ident, $keys:tt, $hint:expr, $plan:expr, $argument:expr) => {
        command!(@row $name, $doc, $context, $keys, $hint, $plan, Some($argument))
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
