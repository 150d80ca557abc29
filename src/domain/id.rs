//! Identifiers as 1Password gives them: ids decide, names decorate.
//!
//! Every id has 26 characters. Vaults, items, files and groups use lower case and digits, people
//! and accounts upper case and digits (1Password CLI reference, `op vault list`, `op user list`;
//! Connect's specification writes `^[\da-z]{26}$`). They are compared as they are, never folded.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The number of characters of every 1Password id.
const LENGTH: usize = 26;

/// A text that is not an id of the wanted kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadId {
    /// What kind of id was wanted, for example `vault`.
    pub kind: &'static str,
}

impl fmt::Display for BadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a {} id: 26 letters and digits are expected", self.kind)
    }
}

impl std::error::Error for BadId {}

/// Whether a text is 1 to `longest` of `a-z`, `0-9` and inner `-`: the form of the names that people give.
pub(super) fn is_plain(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// What every identifier shares once it knows how to be read: it is the text that it was read from, wherever
/// it is shown or kept.
macro_rules! as_text {
    ($name:ident, $error:ty, |$text:ident| $read:expr) => {
        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = $error;
            fn try_from($text: String) -> Result<Self, $error> {
                $read
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.into()
            }
        }
    };
}
pub(super) use as_text;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $letters:ident, $reserved:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Box<str>);

        impl $name {
            /// Reads an id; anything that has not its exact form is refused.
            pub fn parse(text: &str) -> Result<Self, BadId> {
                let fits = text.len() == LENGTH
                    && text.bytes().all(|b| b.is_ascii_digit() || b.$letters());
                if fits { Ok(Self(text.into())) } else { Err(BadId { kind: $kind }) }
            }

            /// Whether the id was made by the local sandbox, whose ids carry a reserved prefix
            /// that a provider of real data refuses.
            pub fn is_sandbox(&self) -> bool {
                self.0.starts_with($reserved)
            }
        }

        as_text!($name, BadId, |text| Self::parse(&text));
    };
}

id!(/** A vault. */ VaultId, "vault", is_ascii_lowercase, "sbx");
id!(/** An item of a vault. */ ItemId, "item", is_ascii_lowercase, "sbx");
id!(/** A file of an item. */ FileId, "file", is_ascii_lowercase, "sbx");
id!(/** A group of people. */ GroupId, "group", is_ascii_lowercase, "sbx");
id!(/** A person of the account, or its service account. */ PersonId, "person", is_ascii_uppercase, "SBX");
id!(/** A 1Password account. */ AccountId, "account", is_ascii_uppercase, "SBX");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_case_and_length() {
        assert!(VaultId::parse("sbxaaaaaaaaaaaaaaaaaaaaaaa").is_ok_and(|id| id.is_sandbox()));
        assert!(VaultId::parse("SBXAAAAAAAAAAAAAAAAAAAAAAA").is_err());
        assert!(PersonId::parse("SBXAAAAAAAAAAAAAAAAAAAAAAA").is_ok_and(|id| id.is_sandbox()));
        assert!(PersonId::parse("short").is_err());
        assert!(ItemId::parse("../../../../../etc/passwd.").is_err());
    }

    #[test]
    fn a_bad_id_is_refused_while_parsing_json() {
        assert!(serde_json::from_str::<VaultId>("\"nope\"").is_err());
    }
}
