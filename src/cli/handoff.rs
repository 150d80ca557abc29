//! The words of `strongroom handoff`.

use clap::Subcommand;

/// `strongroom handoff`.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Handoff {
    /// Put what was set aside back in line, and end the wait for what is not taken
    ///
    /// Without a name for every consumer, without numbers all of it. The program that watches offers it
    /// again, oldest first and before what is new; nothing is sent from here.
    Retry {
        /// Whose, as the class file names it
        consumer: Option<String>,
        /// Only these numbers
        #[arg(value_name = "SEQ")]
        seqs: Vec<u64>,
    },
    /// Hand over again, in order, what was noticed after a number; 0 is everything
    ///
    /// It only goes back: nothing is passed over. What was set aside after that number is among it.
    Replay {
        /// To whom, as the class file names it
        consumer: String,
        /// After which number
        #[arg(long, value_name = "SEQ")]
        from: u64,
    },
    /// Forget what was set aside: it is not handed over
    Drop {
        /// Whose, as the class file names it
        consumer: String,
        /// Which numbers
        #[arg(value_name = "SEQ", required = true)]
        seqs: Vec<u64>,
    },
    /// Offer a made-up arrival, marked "test": true, and show what came of it
    ///
    /// Runs the program or calls the address once. No queue is touched.
    Test {
        /// To whom, as the class file names it
        consumer: String,
    },
}
