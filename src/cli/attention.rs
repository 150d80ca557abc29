//! The words of `strongroom attention`.

use clap::{Args, Subcommand};

/// `strongroom attention`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Attention {
    /// Exit with 3 where something needs you, for schedules
    #[arg(long)]
    pub check: bool,
    /// What else to do with it.
    #[command(subcommand)]
    pub act: Option<Dismiss>,
}

/// What can be done with the list.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Dismiss {
    /// Put an alarm or a failed change away, once you have seen to it
    Dismiss {
        /// What the list names behind `attention dismiss`
        subject: String,
    },
}
