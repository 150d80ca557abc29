//! Strongroom: a class vault dashboard for 1Password (unofficial, not affiliated).
pub mod domain;
pub mod sandbox;
