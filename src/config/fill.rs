//! A new class file: the template with answers filled in. Knows the form of the template's lines
//! and how TOML quotes; not what settings mean.

use super::TEMPLATE;
use super::value::quoted;
use crate::domain::access::Level;

/// The column in which the template's comments begin.
const COMMENTS: usize = 38;
const HEAD: &str = "\
# A class of Strongroom, written by `strongroom init`. What stands behind a # is the default or an
# example. `strongroom config check` tells every mistake in this file.
";

/// The class file with these settings, by dotted path such as `class.id`, each with its value in
/// TOML (see [`quoted`]). Every other setting stands behind a `#`, with its default or an example.
/// A path that the template does not have is left out.
pub fn fill(answers: &[(&str, String)]) -> String {
    let (mut table, mut lines) = (String::new(), vec![HEAD.to_owned()]);
    for line in TEMPLATE.lines().skip_while(|line| line.starts_with('#')) {
        // What stands in an example's table is not what the same key is elsewhere.
        let plain = line.strip_prefix("# ").unwrap_or(line);
        if let Some(name) = plain.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            name.trim_start_matches('[').clone_into(&mut table);
        }
        lines.push(match setting(line) {
            Some((key, comment)) => {
                let path = format!("{table}.{key}");
                let answer = answers.iter().find(|(answered, _)| *answered == path);
                match answer {
                    Some((_, value)) => commented(&format!("{key} = {value}"), comment),
                    None if line.starts_with('#') => line.to_owned(),
                    None => {
                        let end = line.len() - comment.len();
                        commented(&format!("# {}", line.get(..end).unwrap_or(line).trim_end()), comment)
                    }
                }
            }
            None => line.to_owned(),
        });
    }
    let lines: Vec<&str> = lines.iter().map(|line| line.trim_end()).collect();
    lines.join("\n") + "\n"
}

/// A setting with its comment in the column of comments, or right behind a long one.
fn commented(set: &str, comment: &str) -> String {
    let gap = if set.len() < COMMENTS { "" } else { "  " };
    format!("{set:COMMENTS$}{gap}{comment}")
}

/// The key of a line that sets something, also behind a `#`, and its comment.
fn setting(line: &str) -> Option<(&str, &str)> {
    let plain = line.strip_prefix("# ").unwrap_or(line);
    let (key, value) = plain.split_once(" = ")?;
    let named = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let comment = value.find(" # ").map_or("", |at| value.get(at + 1..).unwrap_or_default());
    named.then_some((key, comment))
}

/// The list of staff as TOML writes it: what has an `@` is a person's address, everything else the
/// name of a group.
pub fn staff(staff: &[(String, Level)]) -> String {
    let entry = |(who, level): &(String, Level)| {
        let key = if who.contains('@') { "user" } else { "group" };
        member(key, who, *level)
    };
    format!("[{}]", staff.iter().map(entry).collect::<Vec<_>>().join(", "))
}

/// One of the staff as TOML writes it.
pub(super) fn member(key: &str, who: &str, level: Level) -> String {
    format!("{{ {key} = {}, level = {} }}", quoted(who), quoted(level.name()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, ProviderName, Source, parse};
    use crate::domain::class::StaffName;

    #[test]
    fn only_what_was_answered_is_set() {
        let text = fill(&[
            ("class.id", quoted("CS101")),
            ("class.title", quoted("The \"first\" class")),
            ("provider.use", "[\"sandbox\"]".into()),
            ("access.staff", staff(&[("TAs".into(), Level::Read), ("ta@example.edu".into(), Level::Write)])),
        ]);
        let config = parse(&text, "/c/class.toml", &Environment::default()).unwrap();
        assert_eq!((config.class.id.as_str(), config.class.title.as_str()), ("CS101", "The \"first\" class"));
        assert_eq!(config.providers, [ProviderName::Sandbox]);
        assert_eq!(config.class.staff[0].who, StaffName::Group("TAs".into()));
        assert_eq!(config.class.staff[1].level, Level::Write);
        for path in ["class.time_zone", "vaults.name", "access.student", "watch.every", "provider.op.path"] {
            assert_eq!(config.source(path), Source::Default, "{path}");
        }
        assert!(text.contains("# student = \"write\"") && text.contains("prefix of every vault's name"));
        assert!(text.lines().all(|line| line.trim_end() == line));
    }
}
