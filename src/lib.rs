//! Strongroom: a class vault dashboard for 1Password (unofficial, not affiliated).
pub mod app;
pub mod audit;
pub mod cli;
pub mod commands;
pub mod config;
pub mod domain;
pub mod ops;
pub mod provider;
pub mod queries;
pub mod report;
pub mod sandbox;
pub mod setup;
pub mod store;
pub mod ui;
pub mod watch;
