//! The names that files get: made of ids, times and a plain form of what the student called them.
//!
//! Pure. A name means nothing to any file system: letters, digits, `.`, `_` and `-`, and it begins with
//! a digit or with `undated`, so that it is no option, no hidden file and no reserved name.

use jiff::Timestamp;

use crate::domain::directory::Item;

/// The bytes of the longest slug, and of the longest extension kept when a name is cut.
const SLUG: usize = 60;
const EXTENSION: usize = 10;

/// What a file is to be called, as far as nothing else has that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    front: String,
    stem: String,
    /// With its point; or nothing.
    extension: String,
}

impl Name {
    /// `20261103T120305Z_LATE_v2_sbxabcde_report.pdf`: time, version and item, and a plain form of the
    /// name.
    pub(super) fn of(item: &Item, late: bool, file: &str) -> Self {
        let when = item.updated_at.or(item.created_at);
        let when = when.map_or_else(|| "undated".into(), time);
        let id: String = item.id.as_str().chars().take(8).collect();
        let late = if late { "_LATE" } else { "" };
        let (stem, extension) = slug(file);
        Self { front: format!("{when}{late}_v{}_{id}_", item.version), stem, extension }
    }

    /// The `number`th name, from 1 on: where the first is taken, a number is added.
    pub(super) fn numbered(&self, number: usize) -> String {
        let tail = if number > 1 { format!("-{number}") } else { String::new() };
        let room = SLUG.saturating_sub(self.extension.len() + tail.len());
        // A slug is ASCII, so that every byte ends a character.
        let stem = self.stem.get(..room.min(self.stem.len())).unwrap_or_default();
        format!("{}{stem}{tail}{}", self.front, self.extension)
    }
}

fn time(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A name that means nothing to any file system: `[A-Za-z0-9._-]`, at most 60 bytes, neither a
/// leading dot or dash nor a trailing dot; a short extension survives the cut. In two parts.
fn slug(name: &str) -> (String, String) {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let plain: String = name.chars().map(plain).collect();
    let plain = plain.trim_end_matches(['.', '-']);
    let named = |extension: &str| {
        (1..=EXTENSION).contains(&extension.len()) && extension.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    let (stem, extension) = match plain.rsplit_once('.') {
        Some((stem, extension)) if named(extension) && !stem.is_empty() => (stem, format!(".{extension}")),
        _ => (plain, String::new()),
    };
    let stem: String = stem.trim_start_matches(['.', '-']).chars().take(SLUG - extension.len()).collect();
    let stem = stem.trim_end_matches(['.', '-']);
    // A name in letters that no plain name has keeps at least what kind of file it is.
    (if stem.is_empty() { "file".to_owned() } else { stem.to_owned() }, extension)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::directory::ItemState;
    use crate::domain::id::ItemId;
    use crate::domain::text::SafeText;

    fn joined(name: &str) -> String {
        let (stem, extension) = slug(name);
        stem + &extension
    }

    fn item() -> Item {
        Item {
            id: ItemId::parse("sbxabcdefghijklmnopqrstuvw").unwrap(),
            title: SafeText::new("hw1"),
            category: SafeText::new("DOCUMENT"),
            version: 2,
            tags: Vec::new(),
            state: ItemState::Active,
            created_at: None,
            updated_at: Some("2026-11-03T12:03:05Z".parse().unwrap()),
            last_edited_by: None,
        }
    }

    #[test]
    fn names_become_plain() {
        let cases = [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "etc-passwd"),
            ("-rf", "rf"),
            (".bashrc", "bashrc"),
            ("a\u{202e}fdp.exe", "a-fdp.exe"),
            ("", "file"),
            ("отчёт.pdf", "file.pdf"),
            ("zadanie-№1.tar.gz", "zadanie--1.tar.gz"),
            ("...", "file"),
        ];
        for (name, expected) in cases {
            assert_eq!(joined(name), expected, "{name:?}");
        }
        assert_eq!(joined(&format!("{}.pdf", "x".repeat(300))), format!("{}.pdf", "x".repeat(SLUG - 4)));
    }

    #[test]
    fn a_name_tells_time_lateness_version_and_item() {
        let name = |late, file| Name::of(&item(), late, file);
        assert_eq!(name(false, "a b.pdf").numbered(1), "20261103T120305Z_v2_sbxabcde_a-b.pdf");
        assert_eq!(name(true, "a b.pdf").numbered(2), "20261103T120305Z_LATE_v2_sbxabcde_a-b-2.pdf");
        let undated = Name::of(&Item { updated_at: None, ..item() }, false, "CON");
        assert_eq!(undated.numbered(1), "undated_v2_sbxabcde_CON");
    }

    proptest! {
        #[test]
        fn no_name_becomes_a_path(name in any::<String>(), number in 1_usize..10_000) {
            let slug = joined(&name);
            prop_assert!((1..=SLUG).contains(&slug.len()));
            prop_assert!(slug.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
            prop_assert!(!slug.starts_with(['.', '-']) && !slug.ends_with('.'));
            let (one, other) = (Name::of(&item(), true, &name), Name::of(&item(), true, &name));
            let numbered = one.numbered(number);
            prop_assert!(numbered.len() < 128 && numbered.starts_with("2026"));
            prop_assert_ne!(numbered, other.numbered(number + 1));
        }
    }
}
