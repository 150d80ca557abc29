//! The commands that have no key: they are given in the palette.

use crate::app::command::Hint::Hidden;
use crate::app::command::{Argument, Command, Context, said};
use crate::app::grid;
use crate::app::msg::Action;

/// In the order of the help, behind those of the panes.
pub(super) const WORDS: &[Command] = &[
    command!(
        "student",
        "go to a student, by name, key or e-mail; @name does the same",
        Pane,
        [],
        Hidden,
        |_| Err("whom? type a name behind it".into()),
        Argument {
            word: "NAME",
            required: true,
            free: false,
            choices: said::students,
            plan_with: said::student
        }
    ),
    command!(
        "due",
        "give the marked students, the selected one or @name more time, or excuse them",
        Pane,
        [],
        Hidden,
        |_| Err("for what? type an assignment behind it".into()),
        Argument {
            word: "ASSIGNMENT [+24h|excused|…] [@name]",
            required: true,
            free: true,
            choices: said::deadlines,
            plan_with: said::due
        }
    ),
    command!(
        "missing",
        "show who has handed in nothing for this assignment",
        Pane,
        [],
        Hidden,
        |s| said::narrowed(s, "", crate::app::assignments::Only::Missing),
        Argument {
            word: "[ASSIGNMENT]",
            required: false,
            free: false,
            choices: said::assignments,
            plan_with: |s, id| said::narrowed(s, id, crate::app::assignments::Only::Missing)
        }
    ),
    command!(
        "late",
        "show who was late for this assignment",
        Pane,
        [],
        Hidden,
        |s| said::narrowed(s, "", crate::app::assignments::Only::Late),
        Argument {
            word: "[ASSIGNMENT]",
            required: false,
            free: false,
            choices: said::assignments,
            plan_with: |s, id| said::narrowed(s, id, crate::app::assignments::Only::Late)
        }
    ),
    command!("everybody", "show everybody again, whatever hides rows", Pane, [], |_| Ok(Action::Everybody)),
    command!("notices", "show what was said at the bottom, with times", Anywhere, [], |_| Ok(
        Action::Notices
    )),
    command!(
        "matrix",
        "show every student against the vault of every student, or the matrix of staff",
        Pane,
        [],
        Hidden,
        grid::open,
        Argument {
            word: "[full|class]",
            required: false,
            free: false,
            choices: said::matrices,
            plan_with: said::matrix
        }
    ),
    command!(
        "layout",
        "show one pane, a grid, or all side by side, whatever the width",
        Pane,
        [],
        Hidden,
        |_| Err("which? auto, one, grid or wide".into()),
        Argument {
            word: "auto|one|grid|wide",
            required: true,
            free: false,
            choices: said::layouts,
            plan_with: said::layout
        }
    ),
    command!(
        "theme",
        "draw in the colours of this theme",
        Pane,
        [],
        Hidden,
        |_| Err("which? type a name behind it, or T for the next one".into()),
        Argument { word: "NAME", required: true, free: false, choices: said::themes, plan_with: said::theme }
    ),
];
