//! What of the environment decides how the screen looks, and what of it 1Password's tools would
//! take for themselves.

use super::Finding;
use crate::config::{CONNECT_TOKEN, Environment, OP_TOKEN};

/// Facts about the terminal that matter.
pub fn terminal(env: &Environment) -> Finding {
    const NAME: &str = "terminal";
    let term = env.text("TERM").unwrap_or("not set");
    let locale =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| env.text(name)).unwrap_or("not set");
    let facts = format!("TERM {term}, locale {locale}");
    let plain = locale.to_ascii_lowercase().replace('-', "");
    if term == "dumb" || term == "not set" {
        let mend = "open the dashboard in a terminal; every command works without one";
        return Finding::note(NAME, format!("{facts}: the dashboard needs a terminal")).mend(mend);
    }
    if !plain.contains("utf8") {
        let mend = "choose a UTF-8 locale, for example LANG=C.UTF-8";
        return Finding::warning(NAME, format!("{facts}: names outside ASCII may be shown wrong")).mend(mend);
    }
    let colours = if env.text("NO_COLOR").is_some() { ", no colours (NO_COLOR)" } else { "" };
    Finding::ok(NAME, format!("{facts}{colours}"))
}

/// Variables of 1Password's tools that are not used here, and so decide nothing; the token for Connect is, where
/// the class is read through it.
pub fn shadows(env: &Environment, through_connect: bool) -> Option<Finding> {
    const IGNORED: [&str; 5] = ["OP_CONNECT_HOST", CONNECT_TOKEN, "OP_ACCOUNT", "OP_DEVICE", "OP_DEBUG"];
    let ignored = IGNORED.into_iter().filter(|name| !(through_connect && *name == CONNECT_TOKEN));
    let mut set: Vec<String> = ignored.filter(|name| env.raw(name).is_some()).map(str::to_owned).collect();
    let sessions = env.texts().into_iter().map(|(name, _)| name);
    set.extend(sessions.filter(|name| name.starts_with("OP_SESSION")));
    if set.is_empty() {
        return None;
    }
    let what = format!("{} is set and ignored: the CLI gets none of it", set.join(", "));
    let connect = set.iter().any(|name| name.starts_with("OP_CONNECT"));
    let why = if connect { "; by itself `op` would prefer Connect to a service account's token" } else { "" };
    let mend = format!("unset it where you run `op` by hand; Strongroom needs {OP_TOKEN} or a token file");
    Some(Finding::note("environment", format!("{what}{why}")).mend(mend))
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn what_op_would_prefer_is_named() {
        let env = Environment::of([("OP_CONNECT_HOST", "http://x"), ("OP_SESSION_abc", "canary")]);
        let found = shadows(&env, false).unwrap();
        assert!(found.what.as_str().starts_with("OP_CONNECT_HOST, OP_SESSION_abc is set and ignored"));
        assert!(!found.what.as_str().contains("canary"));
        assert_eq!(shadows(&Environment::default(), false), None);
        let env = Environment::of([(CONNECT_TOKEN, "canary")]);
        assert!(shadows(&env, false).is_some(), "nobody reads it");
        assert_eq!(shadows(&env, true), None, "it is the class's own");
    }

    #[test]
    fn a_locale_that_cannot_show_names_is_told() {
        let state = |locale| terminal(&Environment::of([("TERM", "xterm"), ("LANG", locale)])).state;
        assert_eq!(state("C.UTF-8"), State::Ok);
        assert_eq!(state("de_CH.utf8"), State::Ok);
        assert_eq!(state("C"), State::Warning);
    }
}
