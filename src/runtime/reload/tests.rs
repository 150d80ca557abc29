//! What is taken over of an edited file, and what is told of one that cannot be.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;
use crate::config::Environment;
use crate::domain::palette::{Paint, Slot};
use crate::domain::preferences::Colours;

struct Home {
    folder: tempfile::TempDir,
    files: Files,
    current: Current,
}

const CLASS: &str = "[class]\nid = \"T1\"\ntitle = \"One\"\n[provider]\nuse = [\"sandbox\"]\n";

impl Home {
    fn new(class: Option<&str>, flags: &Flags) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_str().unwrap().to_owned();
        let env =
            [("HOME", path.as_str()), ("XDG_CONFIG_HOME", path.as_str()), ("XDG_STATE_HOME", path.as_str())];
        let env = Environment::of(env);
        let choice =
            Choice { class: None, state: None, providers: Vec::new(), read_only: false, person: false, env };
        let current = Current::default();
        let mut files = Files::new(&choice, flags, current.clone()).unwrap();
        files.wear("terminal");
        let mut home = Self { folder, files, current };
        if let Some(text) = class {
            home.write("class.toml", text);
            let file = home.path("class.toml");
            config::trust(&file, text, &Places::new(&choice.env).unwrap()).unwrap();
            home.files.trusted = Known::of(config::trusted_list(&home.files.places));
            let opened = config::parse(text, &file.display().to_string(), &choice.env).unwrap();
            let files =
                std::mem::replace(&mut home.files, Files::new(&choice, flags, home.current.clone()).unwrap());
            home.files = files.with_class(Some(&(file, text.to_owned())), &opened);
        }
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("strongroom").join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        // Another test of this process may have opened the umask.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// What is told after an edit.
    fn edit(&mut self, name: &str, text: &str) -> Vec<Event> {
        self.write(name, text);
        self.files.look(true)
    }
}

fn fault(events: &[Event], wanted: Followed) -> String {
    match events {
        [Event::Broken(of, fault)] if *of == wanted => fault.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_told_where_nothing_is_different() {
    let mut home = Home::new(Some(CLASS), &Flags::default());
    assert_eq!((home.files.look(false), home.files.look(true)), (vec![], vec![]));
    let again = home.edit("class.toml", &format!("# a comment\n{CLASS}"));
    assert_eq!(again, [], "it says the same in other words");
}

#[test]
fn settings_are_taken_over_and_bad_ones_are_not() {
    let flags = Flags { theme: None, colours: Some(Colours::Always), ..Flags::default() };
    let mut home = Home::new(None, &flags);
    let events = home.edit("settings.toml", "[ui]\ntheme = \"dark\"\ncolor = \"never\"\n");
    let [Event::Settings(new)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((new.theme.as_str(), new.colours), ("dark", Colours::Always), "flags come before the file");
    let told = fault(&home.edit("settings.toml", "[ui]\ntheem = \"dark\"\n"), Followed::Settings);
    assert!(told.starts_with("settings.toml:2:1: ") && told.contains("did you mean `theme`?"), "{told}");
    let told = fault(&home.edit("settings.toml", "[keys]\npause = [\"f\"]\n"), Followed::Settings);
    assert!(told.starts_with("settings.toml:2:10: `keys.pause`: activity.follow and "), "{told}");
    fs::remove_file(home.path("settings.toml")).unwrap();
    let events = home.files.look(true);
    let [Event::Settings(new)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(new.theme, "terminal", "without a file everything is as built in");
}

#[test]
fn a_file_that_others_may_change_is_not_taken_over_until_it_is_mended() {
    let mut home = Home::new(None, &Flags::default());
    home.write("settings.toml", "[ui]\nascii = true\n");
    fs::set_permissions(home.path("settings.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    assert!(fault(&home.files.look(false), Followed::Settings).contains("others can change it"));
    fs::set_permissions(home.path("settings.toml"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(home.files.look(false).as_slice(), [Event::Settings(new)] if new.ascii));
}

#[test]
fn the_theme_in_use_is_followed() {
    let mut home = Home::new(None, &Flags::default());
    let events = home.edit("themes/mine.toml", "[colors]\nbad = 9\n");
    assert!(matches!(events.as_slice(), [Event::Themes(names)] if names.last().unwrap() == "mine"));
    home.files.wear("mine");
    let events = home.edit("themes/mine.toml", "[colors]\nbad = 10\n");
    let [Event::Theme(read, Cause::File)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!(read.as_ref().as_ref().unwrap().paint(Slot::Bad), Paint::Indexed(10));
    let events = home.edit("themes/mine.toml", "[colors]\nbad = 999\n");
    let [Event::Theme(read, Cause::File)] = events.as_slice() else { panic!("{events:?}") };
    let told = read.as_ref().as_ref().unwrap_err().to_string();
    assert!(told.starts_with("mine.toml:2:7: "), "{told}");
    assert_eq!(home.edit("themes/other.toml", "x").len(), 1, "another one is only a name");
}

#[test]
fn a_class_file_is_taken_over_unless_it_is_about_something_else() {
    let mut home = Home::new(Some(CLASS), &Flags::default());
    let events = home.edit("class.toml", &CLASS.replace("One", "Two"));
    let [Event::Edition(edition)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((edition.class.title.as_str(), edition.later.len()), ("Two", 0));
    let told = fault(&home.edit("class.toml", &CLASS.replace("T1", "T2")), Followed::Class);
    assert!(
        told.contains("the class id changes") && told.contains("restart the dashboard for this"),
        "{told}"
    );
    let url = format!("{CLASS}[provider.sandbox]\nurl = \"http://127.0.0.1:1\"\n");
    assert!(fault(&home.edit("class.toml", &url), Followed::Class).contains("[provider.sandbox] changes"));
    let told = fault(&home.edit("class.toml", &CLASS.replace("title", "tilte")), Followed::Class);
    assert!(told.starts_with("class.toml:3:1: ") && told.contains("did you mean `title`?"), "{told}");
    assert_eq!(home.edit("class.toml", &CLASS.replace("One", "Two")), [Event::Mended(Followed::Class)]);
    let events = home.edit("class.toml", &format!("{CLASS}[watch]\nevery = \"7s\"\n"));
    assert!(
        matches!(events.as_slice(), [Event::Edition(edition)] if edition.later == ["[watch]"]),
        "{events:?}"
    );
    fs::remove_file(home.path("class.toml")).unwrap();
    assert!(fault(&home.files.look(true), Followed::Class).contains("not there any more"));
}

#[test]
fn an_edited_file_runs_nothing_until_somebody_vouches_for_it_again() {
    let text = format!("{CLASS}[[watch.hook]]\nname = \"grade\"\nrun = [\"/bin/true\"]\n");
    let mut home = Home::new(Some(&text), &Flags::default());
    assert_eq!((home.files.look(true), home.current.is_silent()), (vec![], false));
    let edited = text.replace("One", "Two");
    let told = fault(&home.edit("class.toml", &edited), Followed::Class);
    assert!(told.contains("hooks and webhooks wait") && told.contains("strongroom trust"), "{told}");
    assert!(home.current.is_silent());
    let file = home.path("class.toml");
    config::trust(&file, &edited, &home.files.places).unwrap();
    let events = home.files.look(true);
    assert!(matches!(events.as_slice(), [Event::Edition(edition)] if edition.class.title.as_str() == "Two"));
    assert!(!home.current.is_silent());
    // Another program than the one that was started with: it counts from the next start on.
    let other = edited.replace("/bin/true", "/bin/false");
    home.write("class.toml", &other);
    config::trust(&file, &other, &home.files.places).unwrap();
    let events = home.files.look(true);
    assert!(matches!(events.as_slice(), [Event::Edition(edition)] if edition.later == ["[watch]"]));
    assert!(home.current.is_silent(), "the old program is not what anybody vouches for now");
}
