//! The command line from outside: the built program against a sandbox in this process.

#[path = "cli/attention.rs"]
mod attention;
#[path = "cli/codes.rs"]
mod codes;
#[path = "cli/connected.rs"]
mod connected;
#[path = "cli/drift.rs"]
mod drift;
#[path = "cli/fetched.rs"]
mod fetched;
#[path = "cli/handover.rs"]
mod handover;
#[path = "cli/hostile.rs"]
mod hostile;
#[path = "cli/hung.rs"]
mod hung;
#[path = "cli/joined.rs"]
mod joined;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/left.rs"]
mod left;
#[path = "cli/line.rs"]
mod line;
#[path = "cli/losses.rs"]
mod losses;
#[path = "cli/people.rs"]
mod people;
#[path = "cli/planning.rs"]
mod planning;
#[path = "cli/purge.rs"]
mod purge;
#[path = "cli/shell.rs"]
mod shell;
#[path = "cli/sign_up.rs"]
mod sign_up;
#[path = "cli/spoilt.rs"]
mod spoilt;
#[path = "cli/story.rs"]
mod story;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/term.rs"]
mod term;
#[path = "cli/tour.rs"]
mod tour;
#[path = "cli/wayin.rs"]
mod wayin;
