//! The ways to the world on which the suite runs.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use strongroom::domain::directory::{FileRef, ItemRef, NewVault};
use strongroom::domain::fault::Fault;
use strongroom::domain::id::{FileId, ItemId, VaultId};
use strongroom::domain::operation::Call;
use strongroom::domain::secret::Secret;
use strongroom::process::Binary;
use strongroom::provider::connect::Connect;
use strongroom::provider::op::Op;
use strongroom::provider::{Provider, Shared};
use strongroom::sandbox::op::{Profile, Setting};

use crate::door::{answering, installed, signed_in};
use crate::support::{Fixture, word};

/// What may go wrong with any answer and is over with the next.
pub(crate) const FAULTS: [&str; 10] = [
    "rate-limit",
    "rate-limit-bare",
    "server-error",
    "gateway",
    "truncated",
    "reset",
    "lost-reply",
    "invalid-utf8",
    "wrong-id",
    "stale",
];

/// Makes a vault with the mark of a student in its description.
pub(crate) fn new_vault(name: &str) -> Call {
    Call::CreateVault(NewVault {
        name: name.into(),
        description: "d [sr:s1:abcdefgh]".into(),
        icon: None,
        admins_can_manage: Some(false),
    })
}

/// A file, fetched.
pub(crate) async fn fetched(provider: &dyn Provider, file: &FileRef) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    provider.download(file, &mut bytes).await.map(|_| bytes)
}

/// What came of one read while the service fails now and then: the truth, or a failure that passes.
pub(crate) fn judge<T: PartialEq + std::fmt::Debug>(told: Result<T, Fault>, truth: &T, failed: &mut usize) {
    match told {
        Ok(told) => assert_eq!(told, *truth),
        Err(fault) => {
            assert!(fault.is_outage(), "{fault:?}");
            *failed += 1;
        }
    }
}

/// So many vaults with a file each, of another length in every one.
pub(crate) async fn vaults(fixture: &Fixture, count: u8) -> Vec<FileRef> {
    let mut files = Vec::new();
    for number in 0..count {
        let vault = fixture.make(&format!("v{number}")).await;
        let bytes = vec![number; usize::from(number) * 100 + 300];
        let made = fixture.upload(&vault, "?name=a.bin&title=a", &fixture.service(), &bytes).await;
        let at = ItemRef {
            vault: VaultId::parse(&vault).unwrap(),
            item: ItemId::parse(&word(&made["id"])).unwrap(),
        };
        let file = FileId::parse(&word(&made["files"][0]["id"])).unwrap();
        files.push(FileRef { at, file, size: bytes.len() as u64 });
    }
    files
}

/// A way to the world.
#[derive(Clone, Debug)]
pub(crate) enum Front {
    /// The sandbox's own client.
    Sandbox,
    /// `op` with the service account's token, and open points answered the other way.
    Op(Vec<Profile>),
}

impl Front {
    /// The sandbox, `op`, and `op` under each profile.
    pub(crate) fn all() -> Vec<Self> {
        let under = Profile::ALL.iter().map(|profile| Self::Op(vec![*profile]));
        [Self::Sandbox, Self::Op(Vec::new())].into_iter().chain(under).collect()
    }

    /// The sandbox, and `op` as it answers by default.
    pub(crate) fn both() -> [Self; 2] {
        [Self::Sandbox, Self::Op(Vec::new())]
    }

    pub(crate) fn is_op(&self) -> bool {
        matches!(self, Self::Op(_))
    }

    pub(crate) fn has(&self, profile: Profile) -> bool {
        matches!(self, Self::Op(profiles) if profiles.contains(&profile))
    }

    /// The provider with the service account's token.
    pub(crate) fn open(&self, fixture: &Fixture) -> Shared {
        self.open_with(fixture, &fixture.service())
    }

    /// The provider with another token.
    pub(crate) fn open_with(&self, fixture: &Fixture, token: &str) -> Shared {
        match self {
            Self::Sandbox => Arc::new(fixture.provider_as(token)),
            Self::Op(profiles) => {
                let names: Vec<_> = profiles.iter().map(|profile| profile.name()).collect();
                let folder = format!("bin-{}", names.join("-"));
                let op = installed(fixture.folder.path(), &folder, &answering(profiles));
                Arc::new(op_at(&op, Some(token), fixture.folder.path()))
            }
        }
    }
}

/// A Connect token for these vaults, each with its rights: `r`, `w` or `rw`.
pub(crate) async fn connect_token(fixture: &Fixture, vaults: &[(&str, &str)]) -> String {
    let vaults: Vec<_> =
        vaults.iter().map(|(vault, rights)| json!({ "id": vault, "rights": rights })).collect();
    let new = json!({ "name": "reads", "vaults": vaults });
    word(&fixture.posted("/sandbox/v1/tokens/connect", &fixture.admin(), new).await["token"])
}

/// Connect with a Connect token; what is refused for a moment is asked for again at once.
pub(crate) fn connect(fixture: &Fixture, token: &str) -> Connect {
    let connect = Connect::at(&fixture.running.url, Secret::from(token), None).unwrap();
    connect.with_pause(Duration::ZERO)
}

/// `op` as the administrator who is signed in.
pub(crate) fn person(fixture: &Fixture) -> Shared {
    let op = installed(fixture.folder.path(), "bin-person", &signed_in(&fixture.running));
    Arc::new(op_at(&op, None, fixture.folder.path()))
}

/// `op` under any setting.
pub(crate) fn op_under(fixture: &Fixture, name: &str, setting: &Setting) -> (Op, PathBuf) {
    let op = installed(fixture.folder.path(), name, setting);
    (op_at(&op, Some(&fixture.service()), fixture.folder.path()), op)
}

fn op_at(op: &Path, token: Option<&str>, home: &Path) -> Op {
    // What must never reach a child is there to be passed on.
    let environment = [
        ("HOME", home.to_str().unwrap()),
        ("OP_CONNECT_HOST", "http://127.0.0.1:1"),
        ("OP_CONNECT_TOKEN", "t"),
        ("OP_DEVICE", "another"),
        ("OP_INCLUDE_ARCHIVE", "true"),
    ];
    let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let current = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = Binary::resolve(Some(op), None, current).unwrap();
    Op::new(Ok(binary), token.map(Secret::from), &environment)
}
