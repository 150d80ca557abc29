//! What a key costs: what it does to the state, and the frame behind it; and many keys at once, which
//! cost one frame.

use strongroom::app::key::{Chord, ch};
use strongroom::app::msg::Event;
use strongroom::app::update;

use super::clock::Table;
use super::frames::shown;

/// Keys at once, as when one is held down on a slow line.
const BURST: usize = 200;

pub(crate) fn measure(table: &mut Table, students: usize) {
    for (pane, key, keys) in [("roster", '1', "jjjjk"), ("access", '3', "jlljhhk"), ("activity", '4', "jk")] {
        let keys: Vec<Chord> = keys.chars().map(ch).collect();
        let name = format!("key/{pane}/{students}");
        if table.wants(&name) {
            let (mut screen, mut glass) = shown(students, key);
            let mut typed = keys.iter().cycle();
            table.line(&name, || {
                update(&mut screen.state, Event::Key(*typed.next().unwrap()));
                glass.show(&mut screen.state);
            });
        }
        let name = format!("{BURST} keys/{pane}/{students}");
        if table.wants(&name) {
            let (mut screen, mut glass) = shown(students, key);
            table.line(&name, || {
                for chord in keys.iter().cycle().take(BURST) {
                    update(&mut screen.state, Event::Key(*chord));
                }
                glass.show(&mut screen.state);
            });
        }
    }
    let name = format!("filter letter/roster/{students}");
    if table.wants(&name) {
        let (mut screen, mut glass) = shown(students, '1');
        screen.type_in("/ab");
        let mut typed =
            [ch('a'), strongroom::app::key::key(strongroom::app::key::Key::Backspace)].into_iter().cycle();
        table.line(&name, || {
            update(&mut screen.state, Event::Key(typed.next().unwrap()));
            glass.show(&mut screen.state);
        });
    }
}
