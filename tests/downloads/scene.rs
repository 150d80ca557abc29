//! A class whose students have uploaded, and a provider that can be made to misbehave.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use strongroom::domain::directory::{FileMeta, FileRef, ItemDetail, ItemRef};
use strongroom::domain::fault::{Fault, Kind, Result};
use strongroom::domain::id::{FileId, VaultId};
use strongroom::domain::text::Untrusted;
use strongroom::domain::transfer::Quotas;
use strongroom::download::{Fetched, Wanted, fetch};
use strongroom::provider::{Provider, Shared, Sink};
use tokio::io::AsyncWriteExt as _;

use crate::support::{Desk, Fixture, key};

/// Files by their items.
type Beside = HashMap<ItemRef, Vec<(FileMeta, Vec<u8>)>>;

/// The real provider, but for what a test changes.
pub(crate) struct Twisted {
    inner: Shared,
    /// Files that items have beside their own.
    pub(crate) beside: Mutex<Beside>,
    /// Names that files have in place of their own.
    pub(crate) names: Mutex<HashMap<FileId, String>>,
    /// What is sent for every file, again and again without end.
    pub(crate) flood: Mutex<Option<Vec<u8>>>,
    /// How many bytes of the flood were taken.
    pub(crate) taken: Mutex<u64>,
    /// What happens after the next file was sent.
    pub(crate) then: Mutex<Option<BoxFuture<'static, ()>>>,
    /// So many more downloads succeed before the ration is used up.
    pub(crate) ration: Mutex<Option<u64>>,
    /// How many items and files were asked for.
    pub(crate) asked: Mutex<u64>,
}

impl Twisted {
    pub(crate) fn new(inner: Shared) -> Arc<Self> {
        Arc::new(Self {
            inner,
            beside: Mutex::default(),
            names: Mutex::default(),
            flood: Mutex::default(),
            taken: Mutex::default(),
            then: Mutex::default(),
            ration: Mutex::default(),
            asked: Mutex::default(),
        })
    }
}

#[async_trait]
impl Provider for Twisted {
    fn inner(&self) -> Option<&dyn Provider> {
        Some(&*self.inner)
    }

    async fn item(&self, at: &ItemRef) -> Result<ItemDetail> {
        *self.asked.lock().unwrap() += 1;
        let mut detail = self.inner.item(at).await?;
        if let Some(beside) = self.beside.lock().unwrap().get(at) {
            detail.files.extend(beside.iter().map(|(file, _)| file.clone()));
        }
        for file in &mut detail.files {
            if let Some(name) = self.names.lock().unwrap().get(&file.id) {
                file.name = Untrusted::new(name.clone());
            }
        }
        Ok(detail)
    }

    async fn download(&self, file: &FileRef, to: Sink<'_>) -> Result<u64> {
        *self.asked.lock().unwrap() += 1;
        if let Some(left) = &mut *self.ration.lock().unwrap() {
            let fault = Fault::new(Kind::RateLimit, "the ration of requests is used up");
            *left = left.checked_sub(1).ok_or(fault)?;
        }
        let flood = self.flood.lock().unwrap().clone();
        if let Some(piece) = flood {
            loop {
                if to.write_all(&piece).await.is_err() {
                    return Err(Fault::new(Kind::Broken, "the sink is closed"));
                }
                *self.taken.lock().unwrap() += piece.len() as u64;
            }
        }
        let beside = self.beside.lock().unwrap().get(&file.at).cloned().unwrap_or_default();
        let sent = match beside.into_iter().find(|(beside, _)| beside.id == file.file) {
            Some((_, bytes)) => to
                .write_all(&bytes)
                .await
                .map(|()| bytes.len() as u64)
                .map_err(|error| Fault::new(Kind::Local, error.to_string())),
            None => self.inner.download(file, to).await,
        };
        let then = self.then.lock().unwrap().take();
        if let Some(then) = then {
            then.await;
        }
        sent
    }
}

/// One class with a desk at which a twisted provider works.
pub(crate) struct Scene {
    pub(crate) fixture: Arc<Fixture>,
    pub(crate) desk: Desk,
    pub(crate) twisted: Arc<Twisted>,
    /// The tokens of the students.
    pub(crate) tokens: Vec<String>,
}

impl Scene {
    pub(crate) async fn new(students: usize) -> Self {
        let fixture = Arc::new(Fixture::new().await);
        let tokens = fixture.students(students).await.into_iter().map(|(_, token)| token).collect();
        let mut desk = fixture.desk("one");
        desk.provision().await;
        let twisted = Twisted::new(desk.queries.provider.clone());
        desk.queries.provider = twisted.clone();
        Self { fixture, desk, twisted, tokens }
    }

    pub(crate) fn vault(&self, student: usize) -> VaultId {
        self.desk.vault(&format!("s{student:03}"))
    }

    /// A student uploads a file under that name.
    pub(crate) async fn upload(&self, student: usize, name: &str, bytes: &[u8]) -> ItemRef {
        let query = format!("?title=t&name={}", percent(name));
        let vault = self.vault(student);
        let made = self.fixture.upload(vault.as_str(), &query, &self.tokens[student], bytes).await;
        ItemRef { vault, item: serde_json::from_value(made["id"].clone()).unwrap() }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.fixture.folder.path().join("got")
    }

    pub(crate) fn everybody(&self) -> Vec<Wanted> {
        (0..self.tokens.len()).map(|number| Wanted::Student(key(&format!("s{number:03}")))).collect()
    }

    /// A run that may be stopped as a whole.
    pub(crate) async fn fetch_or_fail(&self) -> Result<Fetched> {
        let wanted = self.everybody();
        fetch(&self.desk.queries, &wanted, &self.folder(), Quotas::default(), |_| {}).await
    }

    pub(crate) async fn fetch_with(&self, quotas: Quotas) -> Fetched {
        fetch(&self.desk.queries, &self.everybody(), &self.folder(), quotas, |_| {}).await.unwrap()
    }

    pub(crate) async fn fetch(&self) -> Fetched {
        self.fetch_with(Quotas::default()).await
    }
}

/// Every byte of a name as a query takes it.
fn percent(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

/// A file that no vault holds.
pub(crate) fn file(number: usize, name: &str, bytes: &[u8]) -> (FileMeta, Vec<u8>) {
    let id = FileId::parse(&format!("sbx{number:023}")).unwrap();
    (FileMeta { id, name: Untrusted::new(name), size: bytes.len() as u64 }, bytes.to_vec())
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digits: Vec<String> = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

/// Every file and link below a folder, from it on; folders are not named.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut left) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(here) = left.pop() {
        for entry in std::fs::read_dir(&here).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                left.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}
