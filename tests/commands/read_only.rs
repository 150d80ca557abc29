//! A read-only dashboard: no key, in whatever situation, leads to a change.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::app::READ_ONLY;
use strongroom::app::command::COMMANDS;
use strongroom::app::key::{Key, ch, key};
use strongroom::app::msg::{Effect, Event};
use strongroom::app::overlay::Overlay;

use crate::screen::Screen;

/// Whether it changes a vault, an access, a person, a decision, the roster, or what others work on.
fn changes(effect: &Effect) -> bool {
    use Effect as E;
    match effect {
        E::Apply(..)
        | E::Resume(..)
        | E::Want(..)
        | E::Close(..)
        | E::Decide(..)
        | E::HandOff(..)
        | E::Enrol(..) => true,
        E::Load(..)
        | E::Stop(..)
        | E::Download(..)
        | E::Export(..)
        | E::MarkRead(..)
        | E::Pause(..)
        | E::LookNow
        | E::Show(..)
        | E::Theme(..)
        | E::Dress(..)
        | E::Edition(..)
        | E::Redraw
        | E::Suspend
        | E::Reclaim
        | E::Mouse(..)
        | E::Copy(..)
        | E::Bell
        | E::Quit
        | E::QuitNow => false,
    }
}

fn situations() -> Vec<Screen> {
    let mut all = vec![Screen::as_person(16), Screen::of(16), crate::closing::closing("")];
    all.extend(crate::work::situations());
    all.extend(crate::changes::situations());
    // What only a change opens is never open here.
    all.retain(|screen| {
        !matches!(screen.state.overlays.last(), Some(Overlay::Assign(_) | Overlay::Confirm(_)))
    });
    let mut more = Vec::new();
    for screen in &all {
        for pane in ["0", "1", "2", "3", "4", "6"] {
            let mut state = screen.state.clone();
            state.overlays.clear();
            let mut screen = Screen { state, effects: Vec::new() };
            screen.type_in(pane);
            more.push(screen);
        }
    }
    all.extend(more);
    for screen in &mut all {
        screen.state.setting.read_only = true;
    }
    all
}

#[test]
fn no_command_changes_anything_while_changes_are_refused() {
    let mut refused = 0;
    for screen in situations() {
        for command in COMMANDS.iter().filter(|command| !command.keys.is_empty()) {
            if let Err(why) = (command.plan)(&screen.state) {
                refused += usize::from(why == READ_ONLY);
            }
            let mut screen = Screen { state: screen.state.clone(), effects: Vec::new() };
            let keys = command.keys[0].iter().copied();
            // Whatever it opens is agreed to.
            for chord in
                keys.chain([ch('y'), key(Key::Enter), ch('1'), key(Key::Enter), key(Key::Enter), ch('y')])
            {
                screen.send(Event::Key(chord));
            }
            let bad: Vec<_> = screen.effects.iter().filter(|effect| changes(effect)).collect();
            assert!(bad.is_empty(), "{} leads to {bad:?}", command.name);
        }
    }
    assert!(refused > 100, "{refused}");
}
