//! The Connect server that a class is read through: its token, which vaults that covers, and how the server is.
//! Of a token only what it says of itself is ever told.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::claims::{self, Life};
use super::{Finding, State, some};
use crate::domain::directory::Vault;
use crate::domain::fault::{Kind, Result};
use crate::domain::id::{AccountId, VaultId};
use crate::domain::text::{SafeText, counted};
use crate::provider::Provider as _;
use crate::provider::connect::{Connect, Health, Scope};

/// What a server and its token told when they were asked once: three requests, none of them on the ration.
pub struct Server {
    /// Where the token is from, in words.
    pub source: String,
    /// The account that the token is of, where it says so.
    pub account: Option<AccountId>,
    /// The vaults that it names.
    pub scopes: Vec<Scope>,
    /// When it was made, where it says so.
    pub issued: Option<Timestamp>,
    /// Until when it is good, where it says so.
    pub expires: Option<Timestamp>,
    /// Whether anybody answers.
    pub heartbeat: Result<()>,
    /// How the server says it is.
    pub health: Result<Health>,
    /// The vaults that it lists.
    pub vaults: Result<Vec<Vault>>,
    /// Those whose changes would not be seen.
    pub unversioned: Vec<VaultId>,
    /// What the server says its version is.
    pub version: Option<SafeText>,
}

/// What the class has to do with it.
pub struct Class<'a> {
    /// The vaults of students, each with the student's key.
    pub bound: &'a [(String, VaultId)],
    /// The account of the class, where it is known.
    pub account: Option<&'a AccountId>,
    /// Whether another service of the class answers: it reads where this server does not.
    pub instead: bool,
}

impl Server {
    /// Asks a server. Where nobody answers, nothing else is asked.
    pub async fn ask(connect: &Connect, source: String) -> Self {
        let heartbeat = connect.heartbeat().await;
        let (health, vaults) = match &heartbeat {
            Ok(()) => (connect.health().await, connect.vaults().await.map(|list| list.rows)),
            Err(fault) => (Err(fault.clone()), Err(fault.clone())),
        };
        Self {
            source,
            account: connect.account().cloned(),
            scopes: connect.scopes().to_vec(),
            issued: connect.issued(),
            expires: connect.expires(),
            heartbeat,
            health,
            vaults,
            unversioned: connect.unversioned(),
            version: connect.version(),
        }
    }

    /// Everything that was found. What follows from a token that is of no use is not told beside it.
    pub fn findings(&self, class: &Class<'_>, now: Timestamp) -> Vec<Finding> {
        const RENEW: &str = "make a new one: op connect token create NAME --server SERVER --vaults …";
        let end =
            claims::end("connect-expiry", Life { issued: self.issued, expires: self.expires }, now, RENEW);
        let has_ended = end.state == State::Failure;
        let mut findings = vec![self.token(), end.where_others_read(class.instead)];
        let accounts = self.account.as_ref().zip(class.account);
        findings.extend(accounts.map(|(own, class)| claims::same_account("connect-account", own, class)));
        findings.extend(self.rights());
        findings.push(self.server().where_others_read(class.instead));
        // A token that has ended is refused for that.
        let is_refused = self.vaults.as_ref().is_err_and(|fault| fault.kind == Kind::SignIn);
        if self.heartbeat.is_ok() && !(has_ended && is_refused) {
            findings.push(self.vaults().where_others_read(class.instead));
            findings.extend(self.versions());
        }
        if !has_ended && !is_refused && accounts.is_none_or(|(own, class)| own == class) {
            findings.extend(self.coverage(class.bound));
        }
        findings
    }

    fn token(&self) -> Finding {
        let covered = self.scopes.iter().filter(|scope| scope.reads()).count();
        let what = format!("from {}, it reads {}", self.source, counted(covered, "vault"));
        if covered > 0 {
            return Finding::ok("connect-token", what);
        }
        Finding::warning("connect-token", what)
            .mend("make one for the class's vaults: op connect token create NAME --server SERVER --vaults …")
    }

    /// A token that can do more than it is used for is one more thing to lose.
    fn rights(&self) -> Option<Finding> {
        let more = self.scopes.iter().filter(|scope| scope.changes()).count();
        (more > 0).then(|| {
            let what = format!("the token may change {}, and is only used to read", counted(more, "vault"));
            Finding::note("connect-rights", what).mend("make one that only reads: --vaults VAULT,r")
        })
    }

    fn server(&self) -> Finding {
        const NAME: &str = "connect-server";
        if let Err(fault) = &self.heartbeat {
            return Finding::fault(NAME, fault);
        }
        let health = match &self.health {
            Ok(health) => health,
            Err(fault) => return Finding { state: State::Warning, ..Finding::fault(NAME, fault) },
        };
        let told = Some(&health.version).filter(|version| !version.is_empty()).or(self.version.as_ref());
        let what = match told {
            Some(version) => format!("{} {version} answers", health.name),
            None => format!("{} answers, and tells no version", health.name),
        };
        let lacking: Vec<String> =
            health.lacking().map(|one| format!("{} says {}", one.service, one.status)).collect();
        if lacking.is_empty() {
            return Finding::ok(NAME, what.trim_start());
        }
        Finding::warning(NAME, format!("{what}; {}", some(&lacking)))
            .mend("look at the logs of its two containers, connect-api and connect-sync")
    }

    fn vaults(&self) -> Finding {
        const NAME: &str = "connect-vaults";
        let listed = match &self.vaults {
            Ok(listed) => listed,
            Err(fault) => return Finding::fault(NAME, fault),
        };
        let there: BTreeSet<&VaultId> =
            listed.iter().map(|vault| &vault.id).chain(&self.unversioned).collect();
        let covered = self.scopes.iter().filter(|scope| scope.reads());
        let missing: Vec<String> = covered
            .filter(|scope| !there.contains(&scope.vault))
            .map(|scope| scope.vault.to_string())
            .collect();
        let what = format!("{} listed", counted(there.len(), "vault"));
        if missing.is_empty() {
            return Finding::ok(NAME, what);
        }
        Finding::warning(NAME, format!("{what}; the token names others: {}", some(&missing))).mend(
            "they are deleted, or the server has lost them: op connect vault grant --server SERVER --vault …",
        )
    }

    fn versions(&self) -> Option<Finding> {
        let count = self.unversioned.len();
        (count > 0).then(|| {
            let vaults = counted(count, "vault");
            let what = format!("the server tells no version of {vaults}: they are read the other way");
            Finding::warning("connect-versions", what).mend("update the server")
        })
    }

    /// Which vaults of the class the token does not cover.
    fn coverage(&self, bound: &[(String, VaultId)]) -> Option<Finding> {
        const NAME: &str = "connect-coverage";
        if bound.is_empty() {
            return None;
        }
        let reads: BTreeSet<&VaultId> =
            self.scopes.iter().filter(|scope| scope.reads()).map(|scope| &scope.vault).collect();
        let without: Vec<String> =
            bound.iter().filter(|(_, vault)| !reads.contains(vault)).map(|(key, _)| key.clone()).collect();
        if without.is_empty() {
            let what = format!("the token covers the vaults of all {} students", bound.len());
            return Some(Finding::ok(NAME, what));
        }
        let (lacking, all) = (without.len(), bound.len());
        let what = format!("{lacking} of {all} students' vaults are not covered: {}", some(&without));
        Some(Finding::warning(NAME, format!("{what}; they are read the other way, on the ration")).mend(
            "a token never changes: give the server the vaults (op connect vault grant), then make a new token \
             for all of them",
        ))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::domain::fault::Fault;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn vault(number: usize) -> VaultId {
        VaultId::parse(&format!("vault{number:021}")).unwrap()
    }

    fn server(acls: &[u64]) -> Server {
        let scopes: Vec<Scope> =
            acls.iter().enumerate().map(|(number, acl)| Scope::new(vault(number), *acl)).collect();
        let health = r#"{"name":"1Password Connect API","version":"1.8.1"}"#;
        let listed = |scope: &Scope| Vault {
            id: scope.vault.clone(),
            name: "n".into(),
            description: None,
            content_version: 1,
            items: None,
            created_at: None,
        };
        Server {
            source: "OP_CONNECT_TOKEN".into(),
            account: AccountId::parse("ACCOUNTACCOUNTACCOUNTACCOU").ok(),
            vaults: Ok(scopes.iter().filter(|scope| scope.reads()).map(listed).collect()),
            scopes,
            issued: None,
            expires: None,
            heartbeat: Ok(()),
            health: Ok(serde_json::from_str(health).unwrap()),
            unversioned: Vec::new(),
            version: None,
        }
    }

    fn found(server: &Server, bound: usize) -> Vec<(&'static str, State, String)> {
        found_where(server, bound, false)
    }

    fn found_where(server: &Server, bound: usize, instead: bool) -> Vec<(&'static str, State, String)> {
        let bound: Vec<_> = (0..bound).map(|number| (format!("s{number}"), vault(number))).collect();
        let account = AccountId::parse("ACCOUNTACCOUNTACCOUNTACCOU").unwrap();
        let findings = server.findings(&Class { bound: &bound, account: Some(&account), instead }, NOW);
        findings.into_iter().map(|one| (one.name, one.state, one.what.to_string())).collect()
    }

    fn one(server: &Server, bound: usize, name: &str) -> (State, String) {
        let all = found(server, bound);
        let one = all.into_iter().find(|(found, ..)| *found == name).unwrap();
        (one.1, one.2)
    }

    #[test]
    fn a_server_that_is_as_it_should_be_is_told_so() {
        let all = found(&server(&[32, 48]), 2);
        assert!(all.iter().all(|(_, state, _)| *state == State::Ok), "{all:?}");
        let names: Vec<_> = all.iter().map(|(name, ..)| *name).collect();
        let expected = ["token", "expiry", "account", "server", "vaults", "coverage"];
        assert_eq!(names, expected.map(|name| format!("connect-{name}")));
    }

    #[test]
    fn what_is_not_covered_is_named_and_so_is_what_a_token_may_beyond_reading() {
        // One that is read and changed, one that is only written.
        let server = server(&[15_730_672, 192]);
        let (state, what) = one(&server, 3, "connect-coverage");
        assert_eq!(state, State::Warning);
        assert!(what.starts_with("2 of 3 students' vaults are not covered: s1, s2"), "{what}");
        assert_eq!(one(&server, 3, "connect-rights").0, State::Note);
        assert!(one(&server, 3, "connect-token").1.ends_with("it reads 1 vault"));
    }

    #[test]
    fn an_end_is_told_before_it_comes() {
        for (hours, state) in [(-1, State::Failure), (24, State::Warning), (24 * 30, State::Ok)] {
            let expires = NOW.checked_add(SignedDuration::from_hours(hours)).ok();
            assert_eq!(one(&Server { expires, ..server(&[32]) }, 1, "connect-expiry").0, state, "{hours}");
        }
    }

    #[test]
    fn a_token_for_a_short_time_is_told_to_end_when_little_of_it_is_left() {
        for (made, left, state) in [
            (1, 23, State::Ok),
            (22, 2, State::Warning),
            (24 * 80, 24 * 10, State::Ok),
            (24 * 900, 24 * 13, State::Warning),
        ] {
            let [issued, expires] =
                [-made, left].map(|hours| NOW.checked_add(SignedDuration::from_hours(hours)).ok());
            let server = Server { issued, expires, ..server(&[32]) };
            assert_eq!(one(&server, 1, "connect-expiry").0, state, "{made} {left}");
        }
    }

    #[test]
    fn a_server_that_is_gone_is_a_failure_and_what_the_token_says_is_told_all_the_same() {
        let gone = || Fault::new(Kind::Unreachable, "no answer");
        let server =
            Server { heartbeat: Err(gone()), health: Err(gone()), vaults: Err(gone()), ..server(&[32]) };
        assert_eq!(one(&server, 2, "connect-server"), (State::Failure, "no answer".into()));
        assert_eq!(one(&server, 2, "connect-coverage").0, State::Warning);
        assert!(found(&server, 2).iter().all(|(name, ..)| *name != "connect-vaults"));
    }

    #[test]
    fn where_another_service_reads_instead_the_class_goes_on_with_warnings() {
        let gone = || Fault::new(Kind::Unreachable, "no answer");
        let expires = NOW.checked_add(SignedDuration::from_hours(-1)).ok();
        let silent = Server { heartbeat: Err(gone()), expires, ..server(&[32]) };
        let refusing =
            Server { vaults: Err(Fault::new(Kind::SignIn, "Invalid bearer token")), ..server(&[32]) };
        let other = AccountId::parse("OTHERROTHERROTHERROTHERRO1").ok();
        let foreign = Server { account: other, ..server(&[32]) };
        for (server, names) in
            [(silent, &["connect-expiry", "connect-server"][..]), (refusing, &["connect-vaults"])]
        {
            for (instead, state) in [(true, State::Warning), (false, State::Failure)] {
                let found = found_where(&server, 1, instead);
                let worst: Vec<_> = found.iter().filter(|one| one.1 == state).map(|one| one.0).collect();
                assert_eq!(worst, names, "{found:?}");
            }
        }
        let found = found_where(&foreign, 1, true);
        assert!(found.iter().any(|one| one.0 == "connect-account" && one.1 == State::Failure), "{found:?}");
    }

    #[test]
    fn what_follows_from_a_token_of_no_use_is_not_told_beside_it() {
        let bad = || Fault::new(Kind::SignIn, "Invalid bearer token");
        let ended = Server {
            expires: NOW.checked_sub(SignedDuration::from_hours(1)).ok(),
            vaults: Err(bad()),
            ..server(&[32])
        };
        let refused = Server { vaults: Err(bad()), ..server(&[32]) };
        let other = Server { account: AccountId::parse("OTHERROTHERROTHERROTHERRO1").ok(), ..server(&[32]) };
        for (server, name) in
            [(ended, "connect-expiry"), (refused, "connect-vaults"), (other, "connect-account")]
        {
            let bad: Vec<_> =
                found(&server, 2).into_iter().filter(|one| one.1 > State::Note).map(|one| one.0).collect();
            assert_eq!(bad, [name], "nothing is said of two students' vaults, one of which it names");
        }
    }

    #[test]
    fn a_server_that_lacks_something_a_list_that_does_and_another_account_are_told() {
        let health = r#"{"name":"n","dependencies":[{"service":"sync","status":"TOKEN_NEEDED"}]}"#;
        let odd = Server {
            health: Ok(serde_json::from_str(health).unwrap()),
            account: AccountId::parse("OTHERROTHERROTHERROTHERRO1").ok(),
            vaults: Ok(Vec::new()),
            unversioned: vec![vault(0)],
            ..server(&[32, 32])
        };
        let (state, what) = one(&odd, 0, "connect-server");
        assert_eq!(
            (state, what.as_str()),
            (State::Warning, "n answers, and tells no version; sync says TOKEN_NEEDED")
        );
        assert_eq!(one(&odd, 0, "connect-account").0, State::Failure);
        let (state, what) = one(&odd, 0, "connect-vaults");
        assert!(
            state == State::Warning && what.contains(vault(1).as_str()) && !what.contains(vault(0).as_str())
        );
        assert_eq!(one(&odd, 0, "connect-versions").0, State::Warning);
        assert!(found(&odd, 0).iter().all(|(name, ..)| *name != "connect-coverage"));
    }
}
