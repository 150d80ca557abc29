//! The words of `strongroom watch`.

use clap::Args;

/// `strongroom watch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Watch {
    /// One complete look, then end: prints what is new since the last --once, whoever noticed it
    ///
    /// Where another program watches, that one's journal is printed and nothing is asked of the service.
    #[arg(long)]
    pub once: bool,
    /// One JSON object a line
    #[arg(long, conflicts_with = "format")]
    pub jsonl: bool,
    /// First repeat what was noticed after this number; 0 is everything
    #[arg(long, value_name = "SEQ")]
    pub from: Option<u64>,
    /// End when a look finds nothing new
    #[arg(long)]
    pub until_idle: bool,
    /// Begin after what this reader has had, and note each line that was written as had: [a-z0-9-]
    ///
    /// A name that is new begins where the journal ends; --from 0 gives it everything.
    #[arg(long, value_name = "NAME", requires = "jsonl", value_parser = reader)]
    pub consumer: Option<String>,
}

/// The reader that `watch --once` is.
pub const ONCE: &str = "once";

fn reader(word: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&word.len())
        && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    match word {
        ONCE => Err("that is the name of `watch --once` itself".into()),
        _ if !fits => Err("a name is 1 to 64 of a-z, 0-9 and -".into()),
        _ => Ok(word.into()),
    }
}
