//! The daily full check: every vault is listed once a day, whatever its content version says.
//!
//! A version that stands still while the content changes would hide an upload for good. So the vault
//! that was not listed for the longest time has a turn now and then, as late as the day allows and
//! spread over it. What is found then is announced all the same, and is an alarm once the next list of
//! vaults shows that the version really stood still.
//!
//! A version that is lower than the remembered one is of a list that lags behind: no claim is made by
//! it. Where it stays lower, it went back for good, which is an alarm, and the lower one counts from
//! then on: else nothing that happens in the vault would be noticed before it is past the old one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::attention::Alarm;
use crate::domain::directory::Vault;
use crate::domain::frame::Frame;
use crate::domain::id::VaultId;
use crate::domain::text::SafeText;

/// Within this time every vault is listed: two hours are left for what comes in between.
pub(super) const ROUND: Duration = Duration::from_secs(22 * 3_600);
/// So many turns at most in one beat, after a long sleep too.
const MOST: usize = 4;
/// So long lists may lag behind. Nobody tells how long they may; a look that is taken over from one
/// that does would announce as removed what the list does not have yet.
const LAG: SignedDuration = SignedDuration::from_secs(60);

/// When each vault was last listed whole, and who is under suspicion.
#[derive(Debug, Default)]
pub(super) struct Checks {
    full_at: HashMap<VaultId, Timestamp>,
    /// The versions at which vaults were listed that held something new all the same.
    suspects: HashMap<VaultId, u64>,
    /// The vaults whose version is lower than the remembered one.
    back: HashMap<VaultId, Back>,
}

/// A version that is lower than the remembered one, list after list.
#[derive(Clone, Copy, Debug)]
struct Back {
    /// The version that was remembered.
    from: u64,
    /// As of when the first list showed a lower one; `None` where the account does not.
    since: Option<Timestamp>,
    /// Whether it counts by now.
    for_good: bool,
    /// Whether that was told.
    told: bool,
}

impl Checks {
    pub(super) fn new(full_at: HashMap<VaultId, Timestamp>) -> Self {
        Self { full_at, ..Self::default() }
    }

    /// A vault was listed whole, as of then.
    pub(super) fn listed(&mut self, vault: &VaultId, as_of: Timestamp) {
        self.full_at.insert(vault.clone(), as_of);
    }

    /// When a vault was last listed whole.
    pub(super) fn full_at(&self, vault: &VaultId) -> Option<Timestamp> {
        self.full_at.get(vault).copied()
    }

    /// Which of the vaults have their turn, oldest first, with beats of this length. As few as will
    /// do: the last of the round is listed just before its day is over.
    pub(super) fn due<'a>(&self, quiet: &[&'a Vault], beat: Duration, now: Timestamp) -> Vec<&'a Vault> {
        let age = |vault: &&Vault| {
            // What a clock that was set back takes to be still to come may be of any age.
            let full_at = self.full_at.get(&vault.id).filter(|at| **at <= now);
            full_at
                .map_or(Duration::MAX, |at| Duration::try_from(now.duration_since(*at)).unwrap_or_default())
        };
        let mut oldest: Vec<(Duration, &'a Vault)> = quiet.iter().map(|vault| (age(vault), *vault)).collect();
        oldest.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let each = ROUND.as_secs_f64() / count(quiet.len());
        // How many have to be listed by the end of this beat so that all the others still have time.
        let late = |(rank, (age, _)): (usize, &(Duration, &Vault))| {
            age.saturating_add(beat).as_secs_f64() + count(rank + 1) * each >= ROUND.as_secs_f64() + each
        };
        let behind = oldest.iter().enumerate().filter(|each| late(*each)).map(|(rank, _)| rank).min();
        // One turn while the round is on time; more where beats are too long for one each.
        let turns = (beat.as_secs_f64() / each).ceil().max(1.0);
        let turns = behind.map_or(0, |_| MOST.min(whole(turns)));
        oldest.into_iter().take(turns).map(|(_, vault)| vault).collect()
    }

    /// A vault whose version had not moved held something new.
    pub(super) fn suspect(&mut self, vault: &VaultId, version: u64) {
        self.suspects.insert(vault.clone(), version);
    }

    /// A list of vaults, with the versions that are remembered: which of them are lower now, and were so
    /// before. `as_of` says as of when a vault was told: what a copy shows is the account's word only as of the
    /// account's own list, and none where that cannot be told.
    pub(super) fn went_back(
        &mut self,
        vaults: &[(&Vault, Option<u64>)],
        as_of: impl Fn(&VaultId) -> Option<Timestamp>,
    ) {
        let before = std::mem::take(&mut self.back);
        let lower = |(vault, seen): &(&Vault, Option<u64>)| {
            let from = seen.filter(|seen| vault.content_version < *seen)?;
            let as_of = as_of(&vault.id);
            let first = Back { from, since: as_of, for_good: false, told: false };
            let back = before.get(&vault.id).copied().unwrap_or(first);
            // Where the clock was set back it is counted anew, and so it is where the account shows more.
            let since = back.since.filter(|since| as_of.is_some_and(|as_of| *since <= as_of)).or(as_of);
            let lasts = since.zip(as_of).is_some_and(|(since, as_of)| as_of.duration_since(since) >= LAG);
            Some((vault.id.clone(), Back { since, for_good: back.for_good || lasts, ..back }))
        };
        self.back = vaults.iter().filter_map(lower).collect();
        // A list may leave vaults out that nobody was asked about.
        let listed: HashSet<&VaultId> = vaults.iter().map(|(vault, _)| &vault.id).collect();
        self.back.extend(before.into_iter().filter(|(id, _)| !listed.contains(id)));
    }

    /// Whether a vault's version is lower than the remembered one and may only lag behind.
    pub(super) fn lags(&self, vault: &VaultId) -> bool {
        self.back.get(vault).is_some_and(|back| !back.for_good)
    }

    /// Whether a vault's version went back for good.
    pub(super) fn fell(&self, vault: &VaultId) -> bool {
        self.back.get(vault).is_some_and(|back| back.for_good)
    }

    /// The next list of vaults tells whose version really stood still: it may just have come before
    /// the change. And whose went back for good.
    pub(super) fn judge(&mut self, vaults: &[&Vault], frame: &Frame, now: Timestamp) -> Vec<Alarm> {
        let mut alarms = Vec::new();
        for vault in vaults {
            let version = vault.content_version;
            if self.suspects.get(&vault.id) == Some(&version) {
                let what = format!(
                    "changed and its version stood still at {version}; only the daily full check notices \
                     what changes there"
                );
                alarms.push(alarm("version-stood-still", vault, frame, &what, now));
            }
            if let Some(back) = self.back.get_mut(&vault.id).filter(|back| back.for_good && !back.told) {
                let what = format!(
                    "went back from version {} to {version}; it is read by the lower one from now on, and \
                     what was removed and is back may be told as new",
                    back.from
                );
                alarms.push(alarm("version-went-back", vault, frame, &what, now));
                back.told = true;
            }
        }
        self.suspects.retain(|id, _| vaults.iter().all(|vault| vault.id != *id));
        alarms
    }
}

/// What is told of a vault, with its kind in front of its id.
fn alarm(kind: &str, vault: &Vault, frame: &Frame, what: &str, now: Timestamp) -> Alarm {
    let student = frame.owner(&vault.id).map(|student| student.key.clone());
    let whose = student.as_ref().map_or_else(String::new, |student| format!(" of {student}"));
    let message = SafeText::new(&format!("the vault{whose} {what}"));
    Alarm { subject: format!("{kind}:{}", vault.id), student, message, at: now }
}

#[allow(clippy::cast_precision_loss, reason = "vaults of a class are far below 2^52")]
fn count(vaults: usize) -> f64 {
    vaults as f64
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least one, and cut off after")]
fn whole(turns: f64) -> usize {
    turns as usize
}
