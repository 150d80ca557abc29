//! What `config check` says of the keys and columns of the user's settings: all that the dashboard would refuse.

#![allow(clippy::unwrap_used, reason = "tests")]

use strongroom::config::settings::SETTINGS;

use crate::support::{Ran, bare, run};

fn check(text: &str, flags: &[&str]) -> Ran {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("settings.toml"), text).unwrap();
    let mut command = bare(home.path());
    command.args(["config", "check", "settings.toml"]).args(flags);
    run(command, "")
}

#[test]
fn what_the_dashboard_would_refuse_is_told_with_its_place_and_mend() {
    let text = "[ui]\ncolumns = [\"stat\"]\n[keys]\npause = [\"8\", \"f\"]\npasue = [\"9\"]\n\
                invite = [\"I\"]\n\"plan.apply\" = [\"?\"]\nlast = [\"ctrl-i\", \"pageup\"]\nredraw = [\"g p\"]\n";
    let told = check(text, &[]).exits(2).err;
    for line in [
        "settings.toml:2:1: `ui.columns`: no column stat in roster: did you mean state?",
        "settings.toml:4:15: `keys.pause`: activity.follow and pane.pause are both given by `f` (give ",
        "settings.toml:5:1: `keys.pasue`: unknown command (did you mean `pause`?)",
        "settings.toml:6:1: `keys.invite`: it stands in several places (write `attention.invite` or `roster.invite`)",
        "settings.toml:7:17: `keys.plan.apply`: anywhere.help has no key left in Plan: `?` gives plan.apply (give ",
        "settings.toml:8:9: `keys.last`: `ctrl-i` cannot be used: terminals send Tab for it (",
        "settings.toml:8:19: `keys.last`: `pageup` is no key (did you mean `page-up`?)",
        "settings.toml:9:11: `keys.redraw`: `g` of anywhere.first and `g p` of anywhere.redraw: one begins the other \
         (give anywhere.first a key that begins no other; ? on the dashboard lists all)",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert_eq!(told.matches("settings.toml:").count(), 8, "{told}");
    let error: serde_json::Value = serde_json::from_str(&check(text, &["--json"]).exits(2).err).unwrap();
    assert_eq!(error["problems"].as_array().unwrap().len(), 8);
}

#[test]
fn a_command_of_several_places_is_named_with_or_without_quotes() {
    check("[keys]\nroster.invite = [\"8\"]\n\"attention.invite\" = [\"9\"]\n", &[]).exits(0);
    let twice = check("[keys]\nroster.invite = [\"8\"]\n\"roster.invite\" = [\"9\"]\n", &[]).exits(2).err;
    assert!(
        twice.contains("settings.toml:3:1: `keys.roster.invite`: ") && twice.contains("twice"),
        "{twice}"
    );
}

#[test]
fn the_examples_of_the_documented_settings_can_be_used() {
    let (before, keys) = SETTINGS.split_once("[keys]").unwrap();
    check(&format!("{before}[keys]{}", keys.replace("\n# ", "\n")), &[]).exits(0);
}
