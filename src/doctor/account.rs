//! The service: who we are there, which account it is and what its kind cannot do, whether people
//! and groups are listed, and how the ration stands.

use std::time::Duration;

use jiff::civil::Date;

use super::{Finding, State};
use crate::domain::access::{AccountKind, Cell, Level};
use crate::domain::budget::beat::{self, BESIDE, Demand, EDITS_PER_HOUR, SHORTEST};
use crate::domain::budget::{Action, Allowance, Budget, Scope};
use crate::domain::class::Class;
use crate::domain::directory::{Group, Identity, Person, PersonKind, PersonState, Vault};
use crate::domain::fault::Result;
use crate::domain::frame::{Facts, Frame, Unanswered};
use crate::domain::roster::Student;
use crate::domain::text::counted;
use crate::provider::Provider;
use crate::queries::learn_members;
use crate::store::Store;

/// What the service told when it was asked once for everything: at most five requests that read.
pub struct Account {
    /// Who we are.
    pub identity: Identity,
    /// The people of the account.
    pub people: Result<Vec<Person>>,
    /// Its groups.
    pub groups: Result<Vec<Group>>,
    /// The vaults that are visible.
    pub vaults: Result<Vec<Vault>>,
    /// How the ration stands.
    pub allowances: Result<Vec<Allowance>>,
    /// The same as the provider counts it; `None` where nothing is rationed.
    pub budget: Option<Budget>,
}

impl Account {
    /// Asks the service.
    ///
    /// # Errors
    /// Where it does not tell who we are: then nothing else is asked, since a refused token that is
    /// tried again and again can drain the day of the whole account.
    pub async fn ask(provider: &dyn Provider, class: Option<&Class>) -> Result<Self> {
        let identity = provider.identity().await?;
        let mut groups = provider.groups().await;
        if let (false, Ok(groups), Some(class)) = (identity.is_service_account, &mut groups, class) {
            learn_members(provider, class, groups).await?;
        }
        Ok(Self {
            identity,
            people: provider.people().await,
            groups,
            vaults: provider.vaults().await.map(|list| list.rows),
            allowances: provider.allowances().await,
            budget: provider.budget(),
        })
    }

    /// Everything that holds whatever the class is.
    /// `vaults` of the class are looked at on the ration, `beside` of them beside it.
    pub fn findings(&self, beat: Duration, vaults: usize, beside: usize) -> Vec<Finding> {
        let mut findings = vec![self.identity(), self.account()];
        if self.identity.account.is_sandbox() {
            let what = "an imitation of 1Password: everything is simulated, nothing is encrypted";
            findings.push(Finding::note("sandbox", what).mend("put no real data into it"));
        }
        findings.extend(kind(self.identity.kind));
        findings.push(self.people());
        findings.push(self.groups());
        findings.push(match &self.vaults {
            Ok(vaults) => Finding::ok("vaults", format!("{} visible", counted(vaults.len(), "vault"))),
            Err(fault) => Finding::fault("vaults", fault),
        });
        findings.extend(self.guests());
        findings.push(self.ration());
        findings.push(live_view(self.budget.as_ref(), beat, vaults, beside));
        findings
    }

    fn identity(&self) -> Finding {
        let Identity { name, id, is_service_account, .. } = &self.identity;
        let what = if *is_service_account { "the service account" } else { "the signed-in person" };
        Finding::ok("identity", format!("{what} {name} ({id})"))
    }

    fn account(&self) -> Finding {
        let Identity { account, account_name, kind, .. } = &self.identity;
        Finding::ok("account", format!("{account_name} ({account}), a {} account", kind.name()))
    }

    fn people(&self) -> Finding {
        match &self.people {
            Ok(people) => Finding::ok("people", format!("{} listed", counted(people.len(), "account"))),
            Err(fault) => Finding::fault("people", fault).mend(
                "without the list nobody can be matched: use a token that may list people, or --person",
            ),
        }
    }

    fn groups(&self) -> Finding {
        const NAME: &str = "groups";
        match &self.groups {
            Err(fault) => Finding { state: State::Warning, ..Finding::fault(NAME, fault) }
                .mend("name staff one by one in the class file, or use --person"),
            Ok(groups) if self.identity.is_service_account => {
                Finding::note(NAME, format!("{} listed, not who is in them", counted(groups.len(), "group")))
                    .mend("`strongroom doctor --person` sees who is in those of staff")
            }
            Ok(groups) => Finding::ok(NAME, format!("{} listed", counted(groups.len(), "group"))),
        }
    }

    fn guests(&self) -> Option<Finding> {
        const NAME: &str = "guest-seats";
        let guest =
            |person: &&Person| person.kind == PersonKind::Guest && person.state != PersonState::Deleted;
        let used = self.people.as_ref().ok()?.iter().filter(guest).count();
        Some(match included(self.identity.kind) {
            None => {
                Finding::note(NAME, format!("{used} guests; a Families account has no rule that we know of"))
            }
            Some(seats) if used > seats => {
                Finding::note(NAME, format!("{used} guests, {seats} are included: the others are paid for"))
            }
            Some(seats) => Finding::ok(
                NAME,
                format!("{used} of {seats} included guest seats are used; a guest can be in one vault"),
            ),
        })
    }

    fn ration(&self) -> Finding {
        const NAME: &str = "ration";
        let windows = match &self.allowances {
            Err(fault) => return Finding { state: State::Warning, ..Finding::fault(NAME, fault) },
            Ok(windows) if windows.is_empty() => return Finding::ok(NAME, "nothing is rationed"),
            Ok(windows) => windows,
        };
        let mut words: Vec<String> = windows.iter().map(in_words).collect();
        if let Some(budget) = self.budget.as_ref().filter(|budget| budget.others > 0) {
            words.push(format!("others have used {} of the day since this began", budget.others));
        }
        let what = words.join("; ");
        match windows.iter().find(|window| window.remaining == 0) {
            Some(used_up) => Finding::warning(NAME, what).mend(format!(
                "wait {}: until then nothing of that kind is answered",
                counted(used_up.reset / 60 + 1, "minute")
            )),
            None => Finding::ok(NAME, what),
        }
    }
}

/// Guest seats that are included, by 1Password's page "Guests" (support.1password.com/guests-teams).
fn included(kind: AccountKind) -> Option<usize> {
    match kind {
        AccountKind::Business => Some(20),
        AccountKind::Teams => Some(5),
        AccountKind::Families => None,
    }
}

/// What an account of that kind cannot do; nothing where it can do everything.
pub fn kind(kind: AccountKind) -> Option<Finding> {
    (kind != AccountKind::Business).then(|| {
        let what = format!(
            "{} accounts have no submit, and write includes delete, import, export, share and print",
            kind.name()
        );
        Finding::note("account-kind", what).mend("tell the students, or use a Business account")
    })
}

/// Whether the level of students can be expressed on an account of that kind.
pub fn student_level(level: Level, kind: AccountKind) -> Finding {
    const NAME: &str = "student-level";
    match level.permissions(kind) {
        Some(set) => Finding::ok(NAME, format!("{level}: {}", set.names().join(", "))),
        None => Finding::failure(NAME, format!("{level} cannot be expressed on a {} account", kind.name()))
            .mend("write student = \"write\" or \"read\" under [access]"),
    }
}

fn in_words(window: &Allowance) -> String {
    let what = match window.action {
        Action::Read => "reads",
        Action::Write => "writes",
        Action::ReadWrite => "requests",
    };
    let of = match window.scope {
        Scope::Token => "an hour for this token",
        Scope::Account => "a day for the whole account",
    };
    format!("{} of {} {what} {of} are left", window.remaining, window.limit)
}

/// What the live view asks for: one list of vaults a beat, and the items of each vault that moved.
/// `beat` is that where nothing is rationed.
fn live_view(budget: Option<&Budget>, beat: Duration, vaults: usize, beside: usize) -> Finding {
    let Some(budget) = budget else {
        let what = format!("a look every {} s; this provider counts no requests", beat.as_secs_f64());
        return Finding::ok("live-view", what);
    };
    let demand = Demand { vaults, shown: 0, edits_per_hour: EDITS_PER_HOUR };
    let allowed = budget.live_per_hour;
    if vaults == 0 && beside > 0 {
        let what = format!(
            "a look every {} s, through Connect; {allowed} requests an hour are its share, and about {} are needed",
            BESIDE.as_secs(),
            beat::beside(f64::from(allowed), None).expected_per_hour
        );
        return Finding::ok("live-view", what);
    }
    match demand.tiers(f64::from(allowed), SHORTEST) {
        Some(tiers) => Finding::ok(
            "live-view",
            format!(
                "{allowed} requests an hour are its share: a look every {} s ({})",
                tiers.every.as_secs(),
                counted(vaults, "vault")
            ),
        ),
        None => Finding::warning("live-view", "its share of the ration is used up")
            .mend("wait for the day's window, or raise share_of_budget under [watch]"),
    }
}

impl Account {
    /// What the rules of access look at, from these answers and the local state: what was not
    /// answered is empty, and known to be no answer. `roster` is the one to be taken over, in place of the kept one.
    ///
    /// # Errors
    /// Where the local state cannot be read.
    pub fn frame(
        &self,
        class: &Class,
        store: Option<&Store>,
        roster: Option<Vec<Student>>,
        today: Date,
    ) -> Result<Frame> {
        let (enrolled, bindings) = match store {
            Some(store) => (store.students()?, store.bindings()?),
            None => (Vec::new(), Vec::new()),
        };
        let gone = enrolled.iter().filter(|row| row.gone).map(|row| row.student.key.clone()).collect();
        let mut frame = Frame::new(Facts {
            class: class.clone(),
            identity: self.identity.clone(),
            students: roster.unwrap_or_else(|| enrolled.into_iter().map(|row| row.student).collect()),
            gone,
            people: self.people.clone().unwrap_or_default(),
            groups: self.groups.clone().unwrap_or_default(),
            bindings: bindings.into_iter().map(|binding| (binding.student, binding.vault)).collect(),
            today,
        });
        frame.unanswered = Unanswered { people: self.people.is_err(), groups: self.groups.is_err() };
        if let Some(store) = store {
            frame.foreign = store.foreign(&self.identity.id)?;
            for ((vault, who), (set, at)) in store.ledger()? {
                frame.know(&vault, &who, Cell::Ledger { set, at });
            }
        }
        Ok(frame)
    }
}
