//! What the settings may say.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// Nobody objects: what the screen has against settings is tested where both are there.
const SILENT: Judge = |_| Vec::new();

fn parse(file: &str, origin: &str) -> Result<Preferences, Refusal> {
    super::parse(file, origin, SILENT)
}

fn settings(places: &Places, env: &Environment) -> Result<Preferences, Fault> {
    super::settings(places, env, SILENT)
}

#[test]
fn the_documented_file_says_the_defaults() {
    assert_eq!(parse(SETTINGS, NAME).unwrap(), Preferences::default());
    // What stands behind a # is right, too.
    let examples = SETTINGS.replace("\n# refresh", "\nrefresh").replace("\n# first", "\nfirst");
    let keys = parse(&examples, NAME).unwrap().keys;
    assert_eq!(keys["first"], ["g g", "home"]);
}

#[test]
fn what_is_printed_reads_back() {
    let text = "[ui]\ntheme = \"mi\\\"ne\"\ncolor = \"never\"\nascii = true\nlayout = \"wide\"\n\
                columns = [\"state\"]\n[keys]\nfirst = [\"g g\", \"ctrl-d\"]\nlast = []\nroster.invite = [\"8\"]\n";
    let chosen = parse(text, NAME).unwrap();
    assert_eq!((chosen.layout.as_deref(), chosen.ascii), (Some("wide"), true));
    assert_eq!(parse(&to_toml(&chosen), NAME).unwrap(), chosen);
}

#[test]
fn every_problem_is_told_at_once_with_its_place_and_mend() {
    let text = "[ui]\nthem = \"dark\"\nascii = \"yes\"\ncolor = \"alway\"\n[keys]\nfirst = [8]\n\
                last = \"G\"\n[uii]\n";
    let refusal = parse(text, "settings.toml").unwrap_err().to_string();
    for part in [
        "settings.toml:2:1: ",
        "unknown key `ui.them`",
        "did you mean `theme`?",
        "settings.toml:3:9: ",
        "true or false",
        "settings.toml:4:9: ",
        "did you mean \"always\"?",
        "settings.toml:6:9: ",
        "a string is expected",
        "settings.toml:7:8: ",
        "a list is expected",
        "settings.toml:8:2: ",
        "did you mean `ui`?",
    ] {
        assert!(refusal.contains(part), "{part}\n{refusal}");
    }
}

#[test]
fn the_environment_comes_before_the_file() {
    let home = tempfile::tempdir().unwrap();
    let places = Places { config: home.path().to_owned(), state: home.path().to_owned() };
    let none = Environment::default();
    assert_eq!(settings(&places, &none).unwrap(), Preferences::default(), "no file is no fault");
    let path = file(&places);
    fs::write(&path, "[ui]\ntheme = \"dark\"\ncolor = \"always\"\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(settings(&places, &none).unwrap().theme, "dark");
    let chosen = settings(&places, &Environment::of([("NO_COLOR", "1"), (THEME, "light")])).unwrap();
    assert_eq!((chosen.theme.as_str(), chosen.colours), ("light", Colours::Never));
    let chosen = settings(&places, &Environment::of([("NO_COLOR", "")])).unwrap();
    assert_eq!(chosen.colours, Colours::Always, "an empty NO_COLOR says nothing");
    let flags = Flags { theme: None, colours: Some(Colours::Always), ..Flags::default() };
    let env = Environment::of([("NO_COLOR", "1")]);
    assert_eq!(flags.over(settings(&places, &env).unwrap(), &env).colours, Colours::Always);
    let flags = Flags { theme: Some("mono".into()), colours: Some(Colours::Auto), ..Flags::default() };
    let chosen = flags.over(settings(&places, &env).unwrap(), &env);
    assert_eq!((chosen.theme.as_str(), chosen.colours), ("mono", Colours::Never));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    let fault = settings(&places, &none).unwrap_err().to_string();
    assert!(fault.contains("others can change it"), "{fault}");
}

#[test]
fn settings_and_themes_are_never_taken_for_a_class() {
    let home = tempfile::tempdir().unwrap();
    let places = Places { config: home.path().to_owned(), state: home.path().to_owned() };
    fs::write(file(&places), "").unwrap();
    fs::create_dir(home.path().join("themes")).unwrap();
    fs::write(home.path().join("themes/mine.toml"), "").unwrap();
    assert_eq!(super::super::find(None, &places).unwrap(), None);
    fs::write(home.path().join("cs101.toml"), "").unwrap();
    assert_eq!(super::super::find(None, &places).unwrap(), Some(home.path().join("cs101.toml")));
}
