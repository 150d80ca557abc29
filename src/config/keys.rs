//! Every key that a class file, the settings or a theme may hold, and the nearest one to a slip of the pen.
//! Knows names only; what values mean is in `parse`, `settings` and `theme`.

use super::{CONNECT_TOKEN, EVENTS_TOKEN, OP_TOKEN, SANDBOX_TOKEN};
use crate::domain::nearest::nearest;

/// What stands under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A single value, or a list of them.
    Value,
    /// A table: `[key]`.
    Table,
    /// Several tables: `[[key]]` or a list of inline tables.
    Tables,
    /// A table whose keys are names that are only known elsewhere.
    Free,
    /// A token, which never stands in a class file; with the variable that may hold it.
    Token(&'static str),
}

/// The keys that a kind of file may hold.
pub(super) struct Keys {
    /// What such a file is called.
    what: &'static str,
    /// The keys by their dotted paths; those of [`Kind::Tables`] are the same in every entry.
    known: &'static [(&'static str, Kind)],
    /// The plain values of tables that have many.
    fields: &'static [(&'static str, &'static [&'static str])],
}

/// Those of a class file.
pub(super) const CLASS: Keys = Keys { what: "a class file", known: KEYS, fields: FIELDS };

/// Those of the user's settings.
pub(super) const SETTINGS: Keys = Keys {
    what: "the settings file",
    known: &[("ui", Kind::Table), ("keys", Kind::Free)],
    fields: &[("ui", &["theme", "color", "ascii", "mouse", "bell", "privacy", "plain", "layout", "columns"])],
};

/// Those of a theme.
pub(super) const THEME: Keys = Keys {
    what: "a theme",
    known: &[("name", Kind::Value), ("base", Kind::Value), ("colors", Kind::Table), ("styles", Kind::Table)],
    fields: &[("colors", SLOTS), ("styles", SLOTS)],
};

/// The places that a theme paints, as [`Slot`](crate::domain::palette::Slot) names them.
const SLOTS: &[&str] = &[
    "text",
    "background",
    "dim",
    "heading",
    "border",
    "focus",
    "selected",
    "good",
    "warning",
    "bad",
    "staged",
    "badge",
];

const KEYS: &[(&str, Kind)] = &[
    ("class", Kind::Table),
    ("class.id", Kind::Value),
    ("class.title", Kind::Value),
    ("class.time_zone", Kind::Value),
    ("roster", Kind::Table),
    ("roster.email_domain", Kind::Value),
    ("provider", Kind::Table),
    ("provider.use", Kind::Value),
    ("provider.sandbox", Kind::Table),
    ("provider.sandbox.url", Kind::Value),
    ("provider.sandbox.token_file", Kind::Value),
    ("provider.sandbox.token", Kind::Token(SANDBOX_TOKEN)),
    ("provider.op", Kind::Table),
    ("provider.op.path", Kind::Value),
    ("provider.op.token_file", Kind::Value),
    ("provider.op.token_command", Kind::Value),
    ("provider.op.token", Kind::Token(OP_TOKEN)),
    ("provider.connect", Kind::Table),
    ("provider.connect.token", Kind::Token(CONNECT_TOKEN)),
    ("provider.events", Kind::Table),
    ("provider.events.token", Kind::Token(EVENTS_TOKEN)),
    ("vaults", Kind::Table),
    ("vaults.name", Kind::Value),
    ("vaults.description", Kind::Value),
    ("vaults.icon", Kind::Value),
    ("vaults.admins_can_manage", Kind::Value),
    ("access", Kind::Table),
    ("access.student", Kind::Value),
    ("access.auto", Kind::Value),
    ("access.staff", Kind::Tables),
    ("access.staff.group", Kind::Value),
    ("access.staff.user", Kind::Value),
    ("access.staff.level", Kind::Value),
    ("access.exception", Kind::Tables),
    ("assignment", Kind::Tables),
    ("assignment.match", Kind::Table),
    ("assignment.extension", Kind::Tables),
    ("watch", Kind::Table),
    ("watch.every", Kind::Value),
    ("watch.share_of_budget", Kind::Value),
    ("watch.save_to", Kind::Value),
    ("watch.hook", Kind::Tables),
    ("watch.webhook", Kind::Tables),
    ("download", Kind::Table),
    ("retention", Kind::Table),
    ("retention.days", Kind::Value),
    ("audit", Kind::Table),
    ("audit.key_file", Kind::Value),
    ("audit.checkpoint_vault", Kind::Value),
];

const FIELDS: &[(&str, &[&str])] = &[
    ("provider.connect", &["host", "token_file", "proxy"]),
    ("provider.events", &["host", "token_file", "proxy"]),
    ("access.exception", &["who", "vault", "level", "reason", "until"]),
    ("assignment", &["id", "title", "due", "accept_until"]),
    ("assignment.match", &["title", "tag", "category", "any"]),
    ("assignment.extension", &["student", "until", "excused", "reason"]),
    ("watch.hook", &["name", "run", "timeout", "retries"]),
    ("watch.webhook", &["name", "url", "secret_file", "timeout", "retries"]),
    ("download", &["most_of_file", "most_of_student", "most_in_all"]),
];

impl Keys {
    /// What stands under a path, if it is known.
    pub(super) fn kind(&self, path: &str) -> Option<Kind> {
        let known = self.known.iter().find(|(known, _)| *known == path).map(|(_, kind)| *kind);
        let field = path.rsplit_once('.').filter(|(table, key)| self.fields(table).contains(key));
        known.or(field.map(|_| Kind::Value))
    }

    /// The keys directly under a table; the top of the file is the empty path.
    fn under(&self, table: &str) -> Vec<&'static str> {
        let usable =
            self.known.iter().filter(|(_, kind)| !matches!(kind, Kind::Token(_))).map(|(path, _)| *path);
        let keys = usable.filter_map(|path| {
            let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
            (parent == table).then_some(key)
        });
        self.fields(table).iter().copied().chain(keys).collect()
    }

    /// The plain values of a table that has many.
    fn fields(&self, table: &str) -> &'static [&'static str] {
        self.fields.iter().find(|(named, _)| *named == table).map_or(&[], |(_, keys)| keys)
    }

    /// What to do about a key that is not known: the nearest one, else all there are.
    pub(super) fn mend(&self, table: &str, key: &str) -> String {
        let known = self.under(table);
        match nearest(key, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if table.is_empty() => format!("{} holds: {}", self.what, known.join(", ")),
            None => format!("[{table}] holds: {}", known.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_named() {
        for (table, key, near) in [
            ("class", "tilte", "did you mean `title`?"),
            ("class", "Time-Zone", "did you mean `time_zone`?"),
            ("class", "timezone", "did you mean `time_zone`?"),
            ("", "vault", "did you mean `vaults`?"),
            ("access.exception", "untill", "did you mean `until`?"),
            ("audit", "colour", "[audit] holds: key_file, checkpoint_vault"),
        ] {
            assert_eq!(CLASS.mend(table, key), near);
        }
        assert!(
            !CLASS.mend("provider.sandbox", "tokn").contains("`token`"),
            "a forbidden key is never suggested"
        );
    }

    #[test]
    fn every_key_stands_in_a_known_table() {
        for (path, _) in KEYS {
            let parent = path.rsplit_once('.').map(|(parent, _)| parent);
            assert!(
                parent.is_none_or(|parent| matches!(CLASS.kind(parent), Some(Kind::Table | Kind::Tables)))
            );
        }
    }

    #[test]
    fn a_theme_paints_the_places_that_there_are() {
        assert_eq!(SLOTS, crate::domain::palette::Slot::ALL.map(crate::domain::palette::Slot::name));
    }
}
