//! What is hidden by its form alone, known or not: addresses, ids, paths, names of files, and whatever
//! stands in quotes, where this program puts the words of others.

use std::borrow::Cow;

use super::Veil;
use crate::app::command::COMMANDS;

/// The length of every id of the service (domain::id).
const ID: usize = 26;

/// What stands for an address: beside an alias already its first letter could tell whose it is.
pub(super) const ADDRESS: &str = "…@…";

/// What stands for the address of a machine.
const HOST: &str = "….…";

/// Letters in front of which something begins.
const OPENS: &str = "\"'([{<=:,;|/";
/// Letters that end it.
const CLOSES: &str = "\"'()[]{}<>=,;|";

impl Veil {
    /// What stands at this place by its form, with what is shown for it.
    pub(super) fn formed(
        &self,
        text: &str,
        at: usize,
        before: Option<char>,
    ) -> Option<(usize, Cow<'_, str>)> {
        if before.is_some_and(|c| !c.is_whitespace() && !OPENS.contains(c)) {
            return None;
        }
        let rest = text.get(at..)?;
        if let Some(inside) = rest.strip_prefix('"') {
            let inside = inside.get(..inside.find('"')?)?;
            let same = inside.is_empty() || is_coded(inside) || self.taken.contains(inside);
            return (!same).then(|| (inside.len() + 2, format!("\"{}\"", self.title(inside)).into()));
        }
        let token = token(rest);
        let ours = is_coded(token) || [ADDRESS, HOST].contains(&token) || is_command(token);
        let mask: Cow<'_, str> = if ours || token.len() < 3 {
            return None;
        } else if token.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty()) {
            ADDRESS.into()
        } else if is_network_address(token) {
            HOST.into()
        } else if is_path(token) {
            "…/…".into()
        } else if is_id(token) {
            self.coded("id", token).into()
        } else if ending(token).is_some() {
            self.title(token).into()
        } else {
            return None;
        };
        Some((token.len(), mask))
    }
}

/// What a text begins with, up to a space or a bracket, without what ends a sentence.
fn token(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || CLOSES.contains(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or(text).trim_end_matches(['.', ':', '!', '?'])
}

/// Whether it is a text that hiding has made: nothing stands behind it but the ending of a file's name.
pub(super) fn is_coded(text: &str) -> bool {
    let text = match text.split_once('.') {
        Some((stem, rest)) if ending(text) == Some(rest) => stem,
        Some(_) => return false,
        None => text,
    };
    let Some((word, digits)) = text.split_once('-') else { return false };
    ["item", "id", "vault", "staff", "person", "account", "user", "key", "program"].contains(&word)
        && digits.len() == 4
        && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// Whether it is an id of the service: people and accounts in capitals, the others in small letters.
fn is_id(text: &str) -> bool {
    let all = |of: fn(&u8) -> bool| text.bytes().all(|b| b.is_ascii_digit() || of(&b));
    text.len() == ID && (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase))
}

/// Whether it is a command's name with its place, such as `roster.first`, which ends like the name of a file.
fn is_command(text: &str) -> bool {
    text.split_once('.').is_some_and(|(place, name)| {
        COMMANDS.iter().any(|command| command.name == name && command.context.word() == place)
    })
}

/// Whether it is the address of a machine in a network, as numbers.
fn is_network_address(text: &str) -> bool {
    let plain = text.trim_start_matches('[').trim_end_matches(']');
    plain.parse::<std::net::IpAddr>().is_ok() && plain.len() > 2
}

/// Whether it is an absolute path, one in somebody's home, or one with folders.
fn is_path(text: &str) -> bool {
    text.starts_with("~/")
        || text.starts_with("./")
        || text.strip_prefix('/').is_some_and(|rest| rest.contains('/'))
}

/// The ending of a file's name: two to five small letters and digits, a letter first.
pub(super) fn ending(text: &str) -> Option<&str> {
    let (stem, ending) = text.rsplit_once('.')?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let fits = (2..=5).contains(&ending.len())
        && ending.bytes().all(plain)
        && ending.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    (fits && !stem.is_empty() && !stem.ends_with('.')).then_some(ending)
}
