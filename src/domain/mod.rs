//! Rules and nouns. Knows nothing else of ours: no I/O, no clock, no terminal, no HTTP.
//!
//! Everything here is a plain value that can be compared, printed and tested without a runtime. No module uses
//! itself through others, so that each can be read with those below it alone.
//!
//! | about | modules |
//! |---|---|
//! | words that everything is told in | [`text`], [`id`], [`fault`], [`digest`], [`secret`], [`mention`], [`nearest`] |
//! | the account as the service lists it | [`directory`], [`access`]; [`vault_list`] says what it is worth |
//! | the class and who is in it | [`class`], [`roster`] by `student_key`, [`look_alike`] |
//! | who may have what, and who has it | [`frame`] holds the facts and the rules; [`drift`] is what they find wrong, [`ways`] by which somebody has it |
//! | what is changed | [`operation`], [`admission`]; [`plan`] puts them in rows and says what is weighty, [`guard`] asks for a word, [`job`] carries them out; [`history`] tells; [`quarantine`] is what a lost answer left |
//! | what comes in | [`arrival`]: arrivals; [`handoff`] to programs; [`transfer`] of files |
//! | what is handed in | [`assignment`] by the class's [`calendar`], [`until`], [`decision`]; [`submission`] by `deadline` and [`verdict`], on these [`grounds`]; [`timeline`] |
//! | who did what, as 1Password reports it | [`events`]; [`reported`] and [`tally`] compare it with what is known here |
//! | the end of a term | [`term`] |
//! | the ration of requests, and the services | [`budget`], [`parts`]; [`host`] is this machine or another |
//! | what is shown | [`query`] and its answers, [`attention`] and how its [`needs`] come about; [`sheet`], [`preferences`], [`palette`] |

pub mod access;
pub mod admission;
pub mod arrival;
pub mod assignment;
pub mod attention;
pub mod budget;
pub mod calendar;
pub mod class;
mod deadline;
pub mod decision;
pub mod digest;
pub mod directory;
pub mod drift;
pub mod events;
pub mod fault;
pub mod frame;
pub mod grounds;
pub mod guard;
pub mod handoff;
pub mod history;
pub mod host;
pub mod id;
pub mod job;
pub mod look_alike;
pub mod mention;
pub mod nearest;
pub mod needs;
pub mod operation;
pub mod palette;
pub mod parts;
pub mod plan;
pub mod preferences;
pub mod quarantine;
pub mod query;
pub mod reported;
pub mod roster;
pub mod secret;
pub mod sheet;
mod student_key;
pub mod submission;
pub mod tally;
pub mod term;
pub mod text;
pub mod timeline;
pub mod transfer;
pub mod until;
pub mod vault_list;
pub mod verdict;
pub mod ways;
