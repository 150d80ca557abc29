//! What a frame, a key and a start cost: `cargo bench`, or `cargo bench -- WORD` for the lines with a word.
//!
//! Figures depend on the machine and on what else it does: only those of one run say something, and of
//! those only how they stand to each other. `cargo bench -- --store DIR STUDENTS ITEMS` makes the store of
//! such a class in a folder, to open it in a terminal with `--state DIR`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench is run by people, and prints for them"
)]

mod class;
mod clock;
mod frames;
mod keys;
#[path = "../support/screen.rs"]
mod screen;
mod start;

use clock::Table;

/// The sizes of a class: a usual one, and one that is larger than any.
const SIZES: [usize; 2] = [30, 10_000];
/// The terminal, in columns and rows.
const TERMINAL: (u16, u16) = (200, 60);

fn main() {
    // `cargo bench` adds --bench.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [flag, folder, students, items] = &words[..]
        && flag == "--store"
    {
        let (students, items) = (students.parse().unwrap(), items.parse().unwrap());
        class::store(folder.as_ref(), students, items);
        println!("{folder}: {students} students, {items} items each");
        return;
    }
    let mut table = Table::new(words);
    for students in SIZES {
        frames::measure(&mut table, students);
        keys::measure(&mut table, students);
        start::measure(&mut table, students);
    }
}
