//! What is found is shown by the beat that found it.

use crate::world::World;

#[test]
fn an_upload_is_shown_by_the_look_that_finds_it_however_long_the_beat_is() {
    let world = World::with_beat("1h");
    world.run(&["provision"]);
    let mut screen = world.start(&[], (120, 40));
    screen.until("the first beat", |text| text.contains("Ngozi Abara") && text.contains(" live "));
    world.upload("T1-ngozi", "ngozi@example.edu", "hw1.pdf");
    screen.keys("\x12");
    screen.shows("hw1.pdf");
    screen.keys("p");
    screen.shows("paused");
    world.upload("T1-ngozi", "ngozi@example.edu", "hw2.pdf");
    screen.keys("\x12");
    screen
        .until("what was asked for while paused", |text| text.contains("hw2.pdf") && text.contains("paused"));
    screen.keys("p");
    screen.until("how the live view stands", |text| text.contains(" live "));
    screen.keys("q");
    assert!(screen.end().0.success());
}
