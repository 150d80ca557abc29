//! A tour by keys: stage, review, apply; a stray grant appears; why, mend; history, undo, redo.
//!
//! `STRONGROOM_FRAMES=FOLDER` writes the frames on the way, a file for each size.

use std::fmt::Write as _;
use std::path::Path;

use crate::pty::Pty;
use crate::world::World;

struct Tour {
    screen: Pty,
    frames: String,
    size: (u16, u16),
}

impl Tour {
    fn new(world: &World, size: (u16, u16)) -> Self {
        Self { screen: world.start(&[], size), frames: String::new(), size }
    }

    /// Types keys, waits until the screen shows all of these, and keeps the frame.
    fn keys(&mut self, keys: &str, shown: &[&str]) -> String {
        self.screen.keys(keys);
        let frame = self.screen.until(&shown.join(", "), |text| shown.iter().all(|one| text.contains(one)));
        writeln!(self.frames, "--- {keys:?}\n{frame}\n").unwrap();
        frame
    }

    fn end(mut self) {
        // The demo aside nothing is lost: it leaves without asking.
        self.screen.keys("Q");
        let (status, _) = self.screen.end();
        assert!(status.success(), "{status:?}");
        if let Some(folder) = std::env::var_os("STRONGROOM_FRAMES") {
            let file = Path::new(&folder).join(format!("tour-{}x{}.txt", self.size.0, self.size.1));
            std::fs::write(file, &self.frames).unwrap();
        }
    }
}

const ESC: &str = "\x1b";

fn tour(size: (u16, u16)) {
    let mut world = World::new();
    world.person("Jo Stray", "jo@example.edu");
    world.run(&["provision"]);
    let mut tour = Tour::new(&world, size);
    tour.screen.until("who has access", |text| text.contains("Ngozi Abara") && text.contains("live"));
    tour.screen.keys("3");
    tour.screen.until("the list of the vault", |text| text.contains("others") && !text.contains("W       ?"));

    // Behind our back, on the vault that is changed next.
    world.stray("T1-ngozi", "jo@example.edu");
    tour.keys("lr", &["1 access change staged"]);
    tour.keys("=", &["Staged: 1", "Tom Assistant on T1-ngozi: none to read"]);
    tour.keys("A", &["Plan: 1 of 1 student changes", "y applies"]);
    // What a change has touched is compared at once: nobody has to ask.
    tour.keys("y", &["Plan: ended", "1 done", "unexpected access on these vaults: 1"]);
    tour.screen.keys(ESC);
    tour.screen.until("the stray by itself", |text| {
        !text.contains("Plan: ended") && text.contains("1!") && text.contains("1 drift")
    });
    tour.keys("!", &["Drift: 1 on 1 vault", "Jo Stray"]);
    tour.keys("\r", &["1!"]);
    tour.keys("d", &["Why: who is on T1-ngozi", "Jo Stray", "directly", "m plans to take away"]);
    tour.keys("m", &["takes away: 1", "Jo Stray", "y applies"]);
    tour.keys("y", &["Plan: ended", "1 done"]);

    // Nobody is let in by an undo who does not belong there.
    tour.screen.keys(ESC);
    tour.screen.until("the ways again", |text| !text.contains("Plan: ended"));
    tour.screen.keys(ESC);
    tour.screen.until("the cell", |text| !text.contains("Why: who"));
    tour.keys("z", &["Plan: 0 of 1 student changes", "refused"]);
    tour.screen.keys(ESC);
    tour.screen.until("the cell", |text| !text.contains("Plan: 0 of 1"));

    tour.keys("H", &["History: 3 jobs", "Tom Assistant: none -> read"]);
    tour.keys("j\r", &["Tom Assistant: ", "-> read", "z plans to take this back"]);
    tour.keys("z", &["takes away: 1", "Tom Assistant: read -> none", "y applies"]);
    tour.keys("y", &["Plan: ended", "1 done"]);
    tour.screen.keys("qqq");
    tour.screen.until("the panes", |text| !text.contains("History") && !text.contains("Plan: ended"));
    tour.keys("Z", &["gives: 1", "Tom Assistant: none -> read", "y applies"]);
    tour.keys("y", &["Plan: ended", "1 done"]);
    tour.screen.keys("q");
    tour.screen.until("the panes", |text| !text.contains("Plan: ended"));
    tour.end();
    let verified = world.run(&["audit", "verify"]);
    assert!(verified.status.success());
}

#[test]
fn from_a_staged_cell_to_an_undo_by_keys_alone() {
    tour((120, 40));
}

#[test]
fn the_same_on_the_smallest_usual_terminal() {
    tour((80, 24));
}
