//! Connect's `?filter=`: one comparison in the manner of SCIM.
//!
//! Vaults are filtered by `name` (Python's client) or `title` (Go's and JavaScript's), items by
//! `title` or `tag`; the operators seen in official clients are `eq` and, for titles, `co`.

use crate::sandbox::refusal::{Refusal, Result};

/// One comparison.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Filter {
    attribute: String,
    contains: bool,
    value: String,
}

impl Filter {
    /// Reads `attribute op "value"`. A stray quote is refused, as since Connect 1.5.2.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let bad = || Refusal::bad("Invalid filter");
        let mut words = text.trim().splitn(3, ' ');
        let (Some(attribute), Some(operator), Some(value)) = (words.next(), words.next(), words.next())
        else {
            return Err(bad());
        };
        let contains = match operator.to_ascii_lowercase().as_str() {
            "eq" => false,
            "co" => true,
            _ => return Err(bad()),
        };
        let value =
            value.trim().strip_prefix('"').and_then(|value| value.strip_suffix('"')).ok_or_else(bad)?;
        if value.contains('"') {
            return Err(bad());
        }
        Ok(Self { attribute: attribute.to_ascii_lowercase(), contains, value: value.to_owned() })
    }

    /// Refuses an attribute that is not among the given ones.
    pub(super) fn on(self, attributes: &[&str]) -> Result<Self> {
        if attributes.contains(&self.attribute.as_str()) {
            Ok(self)
        } else {
            Err(Refusal::bad("Invalid filter"))
        }
    }

    /// Whether the filter is about this attribute.
    pub(super) fn is_on(&self, attribute: &str) -> bool {
        self.attribute == attribute
    }

    /// Whether a value passes.
    pub(super) fn takes(&self, value: &str) -> bool {
        if self.contains { value.contains(&self.value) } else { value == self.value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_the_official_clients_are_read() {
        for text in [r#"name eq "A b""#, r#"title eq "A b""#, r#"TITLE EQ "A b""#] {
            assert!(Filter::parse(text).unwrap().on(&["name", "title"]).unwrap().takes("A b"), "{text}");
        }
        assert!(Filter::parse(r#"title co "b""#).unwrap().takes("abc"));
        assert!(!Filter::parse(r#"title eq "b""#).unwrap().takes("abc"));
        for text in ["", "name", "name eq", "name eq x", r#"name eq "a"b""#, r#"name ne "a""#, r#"name eq ""#]
        {
            assert_eq!(Filter::parse(text).unwrap_err().status, 400, "{text}");
        }
        assert!(Filter::parse(r#"id eq "b""#).unwrap().on(&["title"]).is_err());
    }
}
