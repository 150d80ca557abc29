//! Rules and nouns. Knows nothing else of ours: no I/O, no clock, no terminal, no HTTP.
//!
//! Everything here is a plain value that can be compared, printed and tested without a runtime.

pub mod access;
pub mod activity;
pub mod admission;
pub mod assignment;
pub mod attention;
pub mod authorship;
pub mod budget;
pub mod cell;
pub mod class;
pub mod deadline;
pub mod decision;
pub mod digest;
pub mod directory;
pub mod drift;
pub mod fault;
pub mod foreign;
pub mod frame;
pub mod grounds;
pub mod guard;
pub mod guest;
pub mod handoff;
pub mod history;
pub mod id;
pub mod job;
pub mod look_alike;
pub mod mention;
pub mod nearest;
pub mod operation;
pub mod plan;
pub mod quarantine;
pub mod query;
pub mod roster;
pub mod secret;
pub mod sign_up;
pub mod submission;
pub mod term;
pub mod text;
pub mod transfer;
pub mod until;
pub mod unverified;
pub mod verdict;
