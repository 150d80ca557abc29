//! Strongroom: a class vault dashboard for 1Password (unofficial, not affiliated).
//!
//! An instructor gives every student a vault of their own and access to nothing else, and watches
//! uploads arrive. Everything on the screen also exists as a command.
//!
//! # The rooms
//!
//! | module | what it knows |
//! |---|---|
//! | [`domain`] | rules and nouns: ids, safe text, permissions and levels, roster, frame, plan, arrivals, ration. No I/O, no clock |
//! | [`clock`] | the time, as a value that can be read and waited for |
//! | [`process`] | a child from its start to its end: which program is trusted, and how it is kept in check |
//! | [`provider`] | how a vault service is reached; each provider translates its wire format at its own edge. [`provider::op`] runs the 1Password CLI through [`process`]; [`provider::connect`] reads what the token of a Connect server covers; [`provider::events`] tells who did what; [`provider::stack`] makes one service of several; [`provider::budget`] keeps any provider within its ration |
//! | [`sandbox`] | a local vault server that imitates 1Password; stands in the place of a foreign service. [`sandbox::op`] imitates the CLI in front of it |
//! | [`store`] | the local state of one class in SQLite: roster, bindings, ledger of levels, what vaults looked like, journal of arrivals |
//! | [`audit`] | the log of every change: intent and result, keyed and chained; checkpoints of its end |
//! | [`queries`] | reads for screen and commands: store and service put together |
//! | [`ops`] | the one place where the world is changed |
//! | [`doctor`] | looks at every part of a class, and says what mends it |
//! | [`watch`] | the live view: one list a beat, comparisons of states; the steward; what is reported of who did what; what is kept for too long |
//! | [`download`] | files fetched to a folder, each proved by its hash and named in a manifest, and found again there |
//! | [`closing`] | the steps of the end of a term that are about files and notes, for either front end |
//! | [`dossier`] | the account of a class, put together from everything that is stored; written by `audit report` and at the end of a term |
//! | [`handoff`] | arrivals on their way to programs and addresses: order, waits, dead letters |
//! | [`config`] | the class file, the user's settings and themes, and where files are |
//! | `seeded` | bugs that this crate's tests switch on to see whether the tests of the rules find them; nothing of it is in the program |
//! | [`setup`] | puts a class together: class file, provider, store, log; the demo class |
//! | [`app`] | state and decisions of the screen: `update`, the table of commands |
//! | [`ui`] | drawing: reads the state, writes the buffer |
//! | [`runtime`] | the shell of the screen: terminal, clock, tasks; follows the user's files while it is open |
//! | [`cli`], [`commands`], [`report`] | the command line: words, what they do, what they print |
//!
//! # The way through the house
//!
//! ```text
//! keys, signals, live view ──> Event ──> app::update(&mut State) ──> Vec<Effect> ──> runtime
//!                                ^              │                                       │
//!                                │              └─ ui::draw(&State, &mut Memo)          v
//!                                └──────────── one Event per finished task <── queries | ops | download
//! subcommand ──> Wish ──> queries::plan ──> Plan ──> ops::run ──> report
//!                                             ^          │
//!          review on the screen, plan files ──┘          └──> guard ─ what is so now ─ rules ─ audit intent ─ provider ─ ledger ─ audit result
//! ```
//!
//! Three ideas carry it. One pure function decides ([`app::update`]), one pure function draws
//! ([`ui::draw`]), and a small shell does the I/O. Work is data: actions, events, effects, plans
//! and operations are plain values. And one choke point changes the world ([`ops::Ops::run`]):
//! capability, the word that a weighty plan asks for ([`domain::guard`]), whether what the plan rests on
//! is still so ([`domain::plan::Seen`]), rules of access ([`domain::frame::Frame::permits`] and, for people,
//! [`domain::admission`]), what the ration still allows, intent synced to the audit log, provider,
//! result. Only the probe of `init` ([`ops::probe`]) changes something before there is a log: an empty
//! vault, made and deleted.
//!
//! A plan with changes is a job in the store before anything is sent: which rows have begun is written
//! before them, how they ended after them, and its name and the plan's digest stand in every record of the
//! log. A job is alive as long as its program holds the lock of its file; one that was left is gone on with
//! ([`ops::Ops::resume`]) row by row, by what a look shows and by the rules as they are then. What others
//! want of a job (to wait, to go on, to end) stands in the store, and its program looks between two rows.
//! A vault that a lost answer has left behind is found in the lists that are read anyway
//! ([`queries::Queries::quarantine`]); it is nobody's, and only a person deletes it.
//!
//! The way of an upload, in the one program of a class that holds the lease ([`watch::Live`]):
//!
//! ```text
//! list of vaults ──> vaults that moved ──> items compared ──> one transaction: what was seen, arrivals numbered
//!                                                                   │
//!      screens, commands (tail) <── journal (store) <──────────────┘
//!                                      └──> courier ──> files kept ──> hooks, webhooks, in order, until taken
//!      people changed ──> steward ──> ops::run: vault and access of who has become active
//!      events reported ──> follower ──> kept as far as of the class ──> where to look, and when
//! ```
//!
//! The dashboard has two fronts over one state and one table of commands: the screen ([`ui`]), and lines one
//! below the other for screen readers and plain terminals ([`runtime::plain`]), which turns what is typed into
//! the same keys. While privacy mode is on, every text of either passes one veil ([`app::privacy`]).
//!
//! What a person decides about submissions ([`domain::decision`]) goes through [`ops::Ops::decide`], with
//! intent and result in the log like every change; verdicts ([`domain::verdict`]) are worked out from
//! journal, rules and decisions whenever somebody asks.
//!
//! At the end of a term ([`domain::term`]) files are fetched and proved ([`closing`]), and vaults are
//! narrowed, closed and deleted by plans like every other change; what is erased here alone
//! ([`ops::Ops::purge`]) stands in the log too.
//!
//! Every request passes a [`provider::budget::Rationed`] with the purpose of whoever asks: the keys, the
//! live view or a plan. It counts what is sent, sends nothing that the service has said it will refuse,
//! and is not there at all for a service that rations nothing.
//!
//! Where the class file names several services, [`provider::stack`] is all of them: what a Connect server covers is
//! read there, beside the ration, as long as its copy has caught up; changes, and what a change rests on, only ever
//! go to the service that acts. The live view then looks every few seconds, and lists what is charged at the pace
//! that the ration allows.
//!
//! # Three walks
//!
//! Each names files below `src`, and functions in them (`tests/architecture.rs` looks whether they are there).
//!
//! A row of the roster, from the file to the cell:
//!
//! 1. `domain/roster/read.rs` `read`: bytes become students, or all that is wrong in them is told by line.
//! 2. `queries/enrolment.rs` `class_list`: beside the roster as it is; what taking it over would change.
//! 3. `store/class.rs` `enroll`: in one transaction, once a person has agreed.
//! 4. `queries/mod.rs` `class_view`: what is stored and what the service answers, as one frame;
//!    `queries/view.rs` `view`, `row`: what is shown of it, a row a student.
//! 5. `runtime/effects.rs` `load`: that answer comes back as an event, with the ticket of whoever asked.
//! 6. `app/answers.rs` `class_loaded`: it takes the place of the last one; `app/arrange.rs` `learn_at`: index, order, filter.
//! 7. `ui/mod.rs` `draw`: once for all that was taken in; `ui/roster.rs` `draw`: the pane.
//! 8. `ui/spots.rs` `rows`: which rows are on the screen; nothing else is looked at.
//! 9. `ui/roster.rs` `student`, `column`: text and style of each cell.
//! 10. `ui/table.rs` `column`: veiled, cut, and written into the buffer.
//!
//! The key `w` in the matrix, to the vault and back to the cell:
//!
//! 1. `runtime/mod.rs` `turn`: all bytes that wait become events; `app/update.rs` `update`, `pressed`: and each is decided on.
//! 2. `app/command/mod.rs` `find`: the row of the table that this key means here; `app/command/meaning.rs` `stage`: the action, or why not.
//! 3. `app/act.rs` `act`, `app/staging.rs` `stage`: the cell is staged. Nothing goes out; `ui/matrix.rs` `draw` shows `R>W`.
//! 4. `app/plans.rs` `review`: on `A`, all that is staged becomes a wish; `queries/plan.rs` `plan`: and the wish a plan.
//! 5. `app/plans.rs` `agree`: on `y`, where a weighty plan has had its word; the effect that carries it out.
//! 6. `runtime/effects/plans.rs` `carry`: a task that nobody aborts; `ops/run.rs` `run_in_turn`, `carry_rows`: the choke point.
//! 7. `ops/check.rs` `examine`: is all that it rests on still so; `ops/vaults/mod.rs` `portion`: locks, rows, rules.
//! 8. `ops/records.rs` `intend`: into the log, synced; `ops/level.rs` `set_level`: the calls in their turn; `ops/records.rs` `conclude`: the result.
//! 9. `app/plans.rs` `progress`, `finished`: the rows of the review while it runs; staged cells that are done are let go.
//! 10. `app/answers.rs` `access_loaded`: what is so now, read anew; `app/matrix.rs` `cell`: `W`.
//!
//! An upload, from the student's request to the hook:
//!
//! 1. `sandbox/admin/upload.rs` `upload`: takes the body piece by piece, as the service would.
//! 2. `sandbox/world/files.rs` `keep`: file, item, version, and who did it, in one transaction.
//! 3. `watch/live.rs` `step`: the beat of whoever holds the lease; `watch/mod.rs` `look`: one list of vaults, compared by version.
//! 4. `watch/reading.rs` `read`, `watch/look.rs` `look`: the items of those that moved, as far as the ration goes.
//! 5. `watch/delta.rs` `compare`: two states, no clock; what arrived.
//! 6. `store/seen.rs` `settle`: what was seen and the numbered arrivals, in one transaction: the journal.
//! 7. `watch/live.rs` `beat`: wakes whoever works beside; `runtime/watcher.rs` `look`: tells the screen.
//! 8. `app/beats.rs` `watched`: the arrival's row, and its student's; `ui/activity.rs` `draw`.
//! 9. `handoff/offer.rs` `step`: each consumer's next arrival in the journal; `handoff/saving.rs` `save`: its files, once.
//! 10. `handoff/hook.rs` `offer`: the program, with the arrival on its input; `store/handoff.rs` `settle_turn`: taken, or tried again.
//!
//! # Who may import whom
//!
//! `tests/architecture.rs` reads this table and keeps it: who uses whom of ours, that nobody uses itself through
//! others, and which words stand in no file of a module. Only `ui` and `runtime` name ratatui and crossterm; *I/O*
//! is tokio, the network, files, processes and databases; *clocks* are all ways to ask for the time. Which commands,
//! keys and columns there are stands in `app` alone: whoever reads the user's settings has it judge them
//! ([`app::chosen::objections`]), the screen and `config check` alike.
//!
//! | module | may use | never names |
//! |---|---|---|
//! | `domain` | | I/O, clocks |
//! | `clock` | | `reqwest`, `rusqlite`, `axum` |
//! | `process` | `domain` | `reqwest`, `rusqlite`, `axum` |
//! | `provider` | `domain`, `clock`, `process` | `rusqlite`, `axum` |
//! | `sandbox` | `domain` | |
//! | `audit` | `domain` | `tokio`, `reqwest`, `rusqlite`, `axum` |
//! | `store` | `domain` | `tokio`, `reqwest`, `axum` |
//! | `config` | `domain` | `tokio`, `reqwest::Client`, `rusqlite`, `axum` |
//! | `queries` | `domain`, `clock`, `provider`, `store` | `reqwest`, `rusqlite`, `axum` |
//! | `ops` | `domain`, `clock`, `provider`, `store`, `audit`, `queries` | `reqwest`, `rusqlite`, `axum` |
//! | `watch` | `domain`, `store`, `queries`, `ops` | `reqwest`, `rusqlite`, `axum` |
//! | `download` | `domain`, `clock`, `store`, `queries` | `reqwest`, `rusqlite`, `axum` |
//! | `handoff` | `domain`, `process`, `store`, `queries`, `watch` | `rusqlite`, `axum` |
//! | `doctor` | `domain`, `provider`, `store`, `audit`, `queries`, `config` | `reqwest`, `rusqlite`, `axum` |
//! | `report` | `domain`, `audit`, `queries`, `ops`, `download`, `doctor` | `tokio`, `reqwest`, `axum` |
//! | `dossier` | `domain`, `audit`, `queries`, `ops`, `report` | `tokio`, `reqwest`, `rusqlite`, `axum` |
//! | `closing` | `domain`, `queries`, `ops`, `download`, `report`, `dossier` | `tokio`, `reqwest`, `rusqlite`, `axum` |
//! | `setup` | everything but `app`, `ui`, `runtime`, `cli`, `commands`, `report` | |
//! | `cli` | `domain`, `config`, `sandbox` | `reqwest`, `axum` |
//! | `commands` | everything but `app`, `ui`, `runtime`; of `app` only `app::chosen` | `reqwest`, `axum` |
//! | `app` | `domain` | I/O, clocks |
//! | `ui` | `domain`, `app` | I/O, clocks |
//! | `runtime` | everything but `doctor`, `dossier`, `sandbox`, `cli`, `commands` | `reqwest`, `rusqlite`, `axum` |
//!
//! # Where it departs from the first plan
//!
//! - Reads live in [`queries`], so that [`ops`] holds changes only.
//! - A provider carries out [`domain::operation::Call`]s; what a person asks for is an
//!   [`domain::operation::Operation`], which `ops` turns into calls. Narrowing a level takes two
//!   calls under a service account, and that belongs to no provider.
//! - Roster and matrix show the same rows, so they share selection, filter and marks.
//! - The bytes of the terminal are told apart here (`runtime::input`) and not by crossterm, which draws: its
//!   reader cannot be stopped while a shell has the terminal, takes pastes of any size, makes keys of what a
//!   terminal answers, and can be crashed by a malformed report of the mouse (0.29).

pub mod app;
pub mod audit;
pub mod cli;
pub mod clock;
pub mod closing;
pub mod commands;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod dossier;
pub mod download;
pub mod handoff;
pub mod ops;
pub mod process;
pub mod provider;
pub mod queries;
pub mod report;
pub mod runtime;
pub mod sandbox;
mod seeded;
pub mod setup;
pub mod store;
pub mod ui;
pub mod watch;
