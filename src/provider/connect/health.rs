//! How a Connect server says it is: `GET /health`.

use serde::Deserialize;

use crate::domain::text::SafeText;

/// What a Connect server says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// Its name.
    #[serde(default)]
    pub name: SafeText,
    /// Its version, for example `1.8.1`.
    #[serde(default)]
    pub version: SafeText,
    /// The services it is put together of.
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
}

/// A service that a Connect server needs: `sync`, `sqlite`, and what later versions add.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Dependency {
    /// Which.
    #[serde(default)]
    pub service: SafeText,
    /// `ACTIVE` where it works, `TOKEN_NEEDED` before the first request with a token; the list is open.
    #[serde(default)]
    pub status: SafeText,
}

impl Health {
    /// What it needs and does not have, as it says.
    pub fn lacking(&self) -> impl Iterator<Item = &Dependency> {
        let all = self.dependencies.iter().flatten();
        all.filter(|dependency| !dependency.status.as_str().eq_ignore_ascii_case("ACTIVE"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_active_is_lacking() {
        let health = r#"{"name":"1Password Connect API","version":"1.2.1","dependencies":[
            {"service":"sync","status":"TOKEN_NEEDED"},
            {"service":"sqlite","status":"ACTIVE","message":"Connected to ./1password.sqlite"}]}"#;
        let health: Health = serde_json::from_str(health).unwrap();
        let lacking: Vec<_> = health.lacking().map(|one| one.service.as_str()).collect();
        assert_eq!((lacking, health.version.as_str()), (vec!["sync"], "1.2.1"));
        for bare in ["{}", r#"{"dependencies":null}"#] {
            assert_eq!(serde_json::from_str::<Health>(bare).unwrap().lacking().count(), 0);
        }
    }
}
