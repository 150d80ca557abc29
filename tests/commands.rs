//! Keys in, state and effects out: the decisions of the screen, without a screen.

#[path = "support/past.rs"]
mod past;
#[path = "support/screen.rs"]
mod screen;
#[path = "support/term.rs"]
mod term;

#[path = "commands/beside.rs"]
mod beside;
#[path = "commands/changes.rs"]
mod changes;
#[path = "commands/chosen.rs"]
mod chosen;
#[path = "commands/closing.rs"]
mod closing;
#[path = "commands/held.rs"]
mod held;
#[path = "commands/keys.rs"]
mod keys;
#[path = "commands/layout.rs"]
mod layout;
#[path = "commands/lists.rs"]
mod lists;
#[path = "commands/loading.rs"]
mod loading;
#[path = "commands/needs.rs"]
mod needs;
#[path = "commands/palette.rs"]
mod palette;
#[path = "commands/people.rs"]
mod people;
#[path = "commands/pictures.rs"]
mod pictures;
#[path = "commands/plans.rs"]
mod plans;
#[path = "commands/read_only.rs"]
mod read_only;
#[path = "commands/rows.rs"]
mod rows;
#[path = "commands/table.rs"]
mod table;
#[path = "commands/tables.rs"]
mod tables;
#[path = "commands/work.rs"]
mod work;
