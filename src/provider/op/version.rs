//! The version of the CLI, as `op --version` prints it, and the oldest one that is good enough.

use std::fmt;

use crate::domain::fault::{Fault, Kind, Result};

/// The oldest version that is used. Before 2.22 `op whoami` left keys out, before 2.20 it crashed
/// with some service accounts, and the recorded answers end at 2.30.
pub(super) const OLDEST: Version = Version { major: 2, minor: 30, patch: 0 };

/// A version of the CLI; what stands behind a `-` is not kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Reads what the CLI printed: the first line that is a version, for example `2.34.1-beta.1`.
    pub(super) fn find(printed: &str) -> Option<Self> {
        printed.lines().find_map(|line| Self::parse(line.trim()))
    }

    fn parse(text: &str) -> Option<Self> {
        let plain = text.strip_prefix('v').unwrap_or(text).split(['-', '+']).next()?;
        let mut parts = plain.split('.').map(|part| part.parse::<u32>().ok());
        let version =
            Self { major: parts.next()??, minor: parts.next()??, patch: parts.next().unwrap_or(Some(0))? };
        parts.next().is_none().then_some(version)
    }

    /// Refuses one that is too old.
    pub(super) fn new_enough(self) -> Result<Self> {
        if self >= OLDEST {
            return Ok(self);
        }
        Err(Fault::new(Kind::Input, format!("the 1Password CLI is {self}, but {OLDEST} or later is needed"))
            .hint("run: op update"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_whatever_stands_around_them() {
        let of = |major, minor, patch| Some(Version { major, minor, patch });
        for (text, version) in [
            ("2.30.3\n", of(2, 30, 3)),
            ("2.34.1-beta.1", of(2, 34, 1)),
            ("A new version is available.\n2.31.0\n", of(2, 31, 0)),
            ("v2.33", of(2, 33, 0)),
            ("2.30.3.4", None),
            ("two", None),
            ("", None),
        ] {
            assert_eq!(Version::find(text), version, "{text}");
        }
    }

    #[test]
    fn an_old_one_is_refused_with_the_mend() {
        let old = Version { major: 2, minor: 29, patch: 9 };
        assert!(old.new_enough().unwrap_err().hint.is_some());
        assert!(OLDEST.new_enough().is_ok());
        assert!(Version { major: 3, minor: 0, patch: 0 }.new_enough().is_ok());
    }
}
