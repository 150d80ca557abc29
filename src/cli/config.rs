//! The words of `strongroom config`.

use std::path::PathBuf;

use clap::Subcommand;

/// `strongroom config`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Config {
    /// The settings in effect, and where each came from
    Print {
        /// The settings of the screen, settings.toml, in place of those of the class
        #[arg(long)]
        settings: bool,
    },
    /// Every problem of a class file, of settings.toml or of a theme, with line and column
    ///
    /// Without FILE all of them are looked at.
    Check {
        /// A class file, settings.toml, or a theme in a folder named themes
        file: Option<PathBuf>,
    },
}
