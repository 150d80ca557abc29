//! A fingerprint of what was seen: two are equal exactly where what they were made of is.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// SHA-256 of some JSON, written as 64 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The fingerprint of a value. Whoever wants equal values to have equal fingerprints sorts lists first.
    pub fn of(value: &impl Serialize) -> Self {
        // A value without maps of odd keys always becomes JSON; what does not has no equal.
        let bytes = serde_json::to_vec(value).unwrap_or_default();
        Self(Sha256::digest(&bytes).into())
    }

    /// The first eight digits: enough to tell two apart by eye.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

impl From<Sha256> for Digest {
    /// The fingerprint of the bytes that a hash was given.
    fn from(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Digest {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        const FORM: &str = "64 lower-case hex digits are expected";
        let value = |digit: u8| match digit {
            b'0'..=b'9' => Ok(digit - b'0'),
            b'a'..=b'f' => Ok(digit - b'a' + 10),
            _ => Err(FORM),
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(FORM);
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            *byte = value(pair[0])? << 4 | value(pair[1])?;
        }
        Ok(Self(bytes))
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_read_as_it_is_written_and_differs_with_what_it_is_of() {
        let digest = Digest::of(&("a", 1));
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), digest);
        assert_ne!(Digest::of(&("a", 2)), digest);
        assert!(serde_json::from_str::<Digest>("\"AB\"").is_err());
    }
}
