//! Puts a class together: class file, provider, local state, audit log.
//!
//! Nothing here falls back to the sandbox by itself: it is used when the class file says so, or, by
//! the dashboard alone, as the demo class when nothing at all is configured. A running sandbox of
//! this user is found through a 0600 file in the state folder.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::audit::{Actor, Audit};
use crate::config::{self, Config, Environment, Places, ProviderName};
use crate::domain::class::StudentKey;
use crate::domain::directory::Identity;
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::id::AccountId;
use crate::domain::roster::Student;
use crate::domain::secret::{Expose as _, Secret};
use crate::domain::text::{SafeText, Untrusted};
use crate::ops::Ops;
use crate::provider::{Shared, sandbox::Sandbox};
use crate::queries::Queries;
use crate::sandbox;
use crate::store::Store;

/// What the command line says about which class is meant.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The class file that was named.
    pub class: Option<PathBuf>,
    /// The state folder that was named; by default it follows from account and class.
    pub state: Option<PathBuf>,
    /// The providers in place of the class file's; empty leaves those.
    pub providers: Vec<ProviderName>,
    /// Whether every change is refused.
    pub read_only: bool,
    /// The environment.
    pub env: Environment,
}

/// A class that is ready to be worked with.
pub struct Opened {
    /// The class file.
    pub config: Config,
    /// Reads.
    pub queries: Queries,
    /// Reads for the live view, over connections of its own: it runs on a thread of its own.
    pub live: Queries,
    /// Changes.
    pub ops: Ops,
    /// The audit log.
    pub audit_log: PathBuf,
    /// Its key.
    pub audit_key: PathBuf,
    /// Whether it is the demo class.
    pub demo: bool,
    /// The embedded sandbox, where there is one; it ends with this value.
    pub embedded: Option<Embedded>,
}

/// A sandbox in this process.
pub struct Embedded {
    /// The sandbox.
    pub running: sandbox::Running,
    /// Ends its traffic.
    pub cancel: CancellationToken,
    discovery: Option<PathBuf>,
    /// The demo's world; removed when this value is dropped.
    _world: Option<tempfile::TempDir>,
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some(path) = &self.discovery {
            // Gone already is as good as removed.
            drop(fs::remove_file(path));
        }
    }
}

/// Where a running sandbox is, for other programs of this user.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Discovery {
    url: String,
    pid: i32,
    tokens_file: PathBuf,
    /// The demo's class file and state folder; absent for a served sandbox.
    class_file: Option<PathBuf>,
    state: Option<PathBuf>,
}

/// The service account's token as the tokens file of a sandbox holds it.
#[derive(Deserialize)]
struct Tokens {
    service_account: Secret,
}

const DISCOVERY: &str = "sandbox.json";

/// Writes where a sandbox that this process serves can be found; returns the file.
pub fn announce(running: &sandbox::Running, places: &Places) -> Result<PathBuf> {
    let discovery = Discovery {
        url: running.url.clone(),
        pid: std::process::id().cast_signed(),
        tokens_file: running.tokens_file.clone(),
        class_file: None,
        state: None,
    };
    publish(&discovery, places)
}

fn publish(discovery: &Discovery, places: &Places) -> Result<PathBuf> {
    let path = places.state.join(DISCOVERY);
    let json = serde_json::to_string(discovery).map_err(|error| local(&path, &error.into()))?;
    write_private(&path, &json)?;
    Ok(path)
}

/// The sandbox that is running, if there is one: its file must be the user's own, and its process
/// alive.
fn discovered(places: &Places) -> Option<Discovery> {
    let path = places.state.join(DISCOVERY);
    let seen = fs::metadata(&path).ok()?;
    // No bit for group or others.
    let own =
        seen.uid() == rustix::process::getuid().as_raw() && seen.permissions().mode().trailing_zeros() >= 6;
    let text = fs::read_to_string(&path).ok().filter(|_| own)?;
    let found: Discovery = serde_json::from_str(&text).ok()?;
    let pid = rustix::process::Pid::from_raw(found.pid)?;
    rustix::process::test_kill_process(pid).ok().map(|()| found)
}

fn discovered_demo(places: &Places) -> Option<Discovery> {
    discovered(places).filter(|found| found.class_file.is_some())
}

/// Opens the class that is meant. `guess` takes the account of the last time instead of asking the
/// service first, so that a first frame needs no network; a wrong guess is refused later.
pub async fn open(choice: &Choice, guess: bool) -> Result<Opened> {
    let places = Places::new(&choice.env)?;
    if let Some(path) = config::find(choice.class.as_deref(), &places)? {
        let config = config::parse(&config::read(&path)?, &path.display().to_string(), &choice.env)?;
        return open_class(config, choice, &places, guess).await;
    }
    let Some(found) = discovered_demo(&places) else {
        return Err(Fault::new(Kind::Input, "nothing is configured, and no demo class is running").hint(
            "start the demo class with `strongroom`, or name a class file with --class FILE (a later version's `strongroom init` will write one)",
        ));
    };
    let path = found.class_file.unwrap_or_default();
    let config = config::parse(&config::read(&path)?, &path.display().to_string(), &choice.env)?;
    let choice = Choice { state: found.state, ..choice.clone() };
    let mut opened = open_class(config, &choice, &places, guess).await?;
    opened.demo = true;
    Ok(opened)
}

/// Opens what the dashboard shows: a scenario's class, which is thrown away at the end; the class
/// that is meant; or, where nothing at all is configured, the demo class, the running one if there
/// is one.
pub async fn open_for_dashboard(choice: &Choice, scenario: Option<&Path>, traffic: bool) -> Result<Opened> {
    let refused = |refusal: sandbox::refusal::Refusal| Fault::new(Kind::Input, refusal.message);
    if let Some(path) = scenario {
        let text = fs::read_to_string(path);
        let text = text.map_err(|error| Fault::new(Kind::Input, format!("{}: {error}", path.display())))?;
        return demo(choice, sandbox::Scenario::parse(&text).map_err(refused)?, traffic).await;
    }
    if is_unconfigured(choice)? && discovered_demo(&Places::new(&choice.env)?).is_none() {
        return demo(choice, sandbox::Scenario::demo().map_err(refused)?, traffic).await;
    }
    open(choice, true).await
}

/// Whether nothing at all is configured.
fn is_unconfigured(choice: &Choice) -> Result<bool> {
    let places = Places::new(&choice.env)?;
    if config::find(choice.class.as_deref(), &places)?.is_some() {
        return Ok(false);
    }
    for variable in ["OP_SERVICE_ACCOUNT_TOKEN", "OP_CONNECT_TOKEN", config::SANDBOX_URL] {
        if choice.env.text(variable).is_some() {
            let message = format!("{variable} is set, but there is no class file");
            let hint = format!("name one with --class FILE or put one into {}", places.config.display());
            return Err(Fault::new(Kind::Input, message).hint(hint));
        }
    }
    Ok(true)
}

async fn open_class(mut config: Config, choice: &Choice, places: &Places, guess: bool) -> Result<Opened> {
    if !choice.providers.is_empty() {
        config.providers.clone_from(&choice.providers);
    }
    config.provider()?;
    let (reach, embedded) = reach(&config, places).await?;
    let provider = reach.provider()?;
    let state = match &choice.state {
        Some(state) => state.clone(),
        None => state_folder(&config, places, &provider, guess).await?,
    };
    let audit_key = config.audit_key.clone().unwrap_or_else(|| places.config.join("audit.key"));
    let audit_log = state.join("audit.jsonl");
    let queries = Queries {
        provider,
        store: Store::open(&state.join("store.db"))?,
        class: Arc::new(config.class.clone()),
        clock: Timestamp::now,
    };
    let live = Queries { provider: reach.provider()?, ..queries.clone() };
    let ops = Ops::new(
        queries.clone(),
        Audit::open(&audit_log, &audit_key)?,
        actor(&choice.env),
        choice.read_only,
        state.join("locks"),
    );
    Ok(Opened { config, queries, live, ops, audit_log, audit_key, demo: false, embedded })
}

/// How the service is reached.
struct Reach {
    url: String,
    token: Secret,
}

impl Reach {
    /// A provider with connections of its own.
    fn provider(&self) -> Result<Shared> {
        Ok(Arc::new(Sandbox::at(&self.url, self.token.clone())?))
    }
}

/// The sandbox that the class file means: the one it names, a running one, or an embedded one
/// whose world is kept in the state folder.
async fn reach(config: &Config, places: &Places) -> Result<(Reach, Option<Embedded>)> {
    if let Some(url) = config.sandbox.url.clone() {
        let token = config.sandbox.token()?.ok_or_else(|| {
            Fault::new(Kind::SignIn, "there is no token for the sandbox")
                .hint("set STRONGROOM_SANDBOX_TOKEN, or token_file under [provider.sandbox]")
        })?;
        return Ok((Reach { url, token }, None));
    }
    if let Some(found) = discovered(places) {
        let token = read_token(&found.tokens_file)?;
        return Ok((Reach { url: found.url, token }, None));
    }
    let cancel = CancellationToken::new();
    let running = sandbox::serve(sandbox::Config::new(places.state.join("sandbox")), cancel.clone()).await?;
    let reach = Reach { url: running.url.clone(), token: running.service_account.clone() };
    let discovery = Some(announce(&running, places)?);
    Ok((reach, Some(Embedded { running, cancel, discovery, _world: None })))
}

fn read_token(path: &Path) -> Result<Secret> {
    let text = fs::read_to_string(path).map_err(|error| local(path, &error))?;
    // The parser's own words may quote what it stumbled over.
    let tokens: Tokens = serde_json::from_str(&text)
        .map_err(|_| Fault::new(Kind::Local, format!("{} is not a tokens file", path.display())))?;
    Ok(tokens.service_account)
}

/// The folder of a class: by account and class, so that one class's state never meets another's.
async fn state_folder(config: &Config, places: &Places, provider: &Shared, guess: bool) -> Result<PathBuf> {
    let id = &config.class.id;
    let memory = places.state.join("accounts").join(id);
    let remembered = fs::read_to_string(&memory).ok().and_then(|text| AccountId::parse(text.trim()).ok());
    let account = match remembered {
        Some(account) if guess => account,
        remembered => {
            let Identity { account, .. } =
                provider.identity().await.map_err(|fault| fault.during("signing in"))?;
            if remembered.as_ref() != Some(&account) {
                write_private(&memory, account.as_str())?;
            }
            account
        }
    };
    Ok(places.state.join(account.as_str()).join(id))
}

/// Who acts, for the log.
fn actor(env: &Environment) -> Actor {
    let name = rustix::system::uname();
    let user = env.text("USER").or_else(|| env.text("LOGNAME")).map(str::to_owned);
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    Actor {
        machine: SafeText::new(&name.nodename().to_string_lossy()),
        user: SafeText::new(&user),
        service_account: SafeText::default(),
    }
}

/// The demo class: a sandbox with a world of its own that is thrown away at the end, and local
/// state as it would be if Strongroom had made that class itself.
async fn demo(choice: &Choice, scenario: sandbox::Scenario, traffic: bool) -> Result<Opened> {
    let places = Places::new(&choice.env)?;
    let folder = tempfile::Builder::new()
        .prefix("strongroom-")
        .tempdir()
        .map_err(|error| local(Path::new("a temporary folder"), &error))?;
    let cancel = CancellationToken::new();
    let serve =
        sandbox::Config { scenario: Some(scenario), ..sandbox::Config::new(folder.path().join("world")) };
    let running = sandbox::serve(serve, cancel.clone()).await?;
    let Some(built) = running.built.clone() else {
        return Err(Fault::new(Kind::Local, "the demo's world was not built"));
    };
    let class_file = folder.path().join("class.toml");
    write_private(&folder.path().join("sandbox.token"), running.service_account.expose_secret())?;
    write_private(&class_file, &demo_class(&built, &running)?)?;
    let state = folder.path().join("state");
    let config = config::parse(
        &config::read(&class_file)?,
        &class_file.display().to_string(),
        &Environment::default(),
    )?;
    let inner = Choice { state: Some(state.clone()), ..choice.clone() };
    let mut opened = open_class(config, &inner, &places_within(folder.path()), true).await?;
    remember(&opened.queries.store, &built)?;
    let discovery = Discovery {
        url: running.url.clone(),
        pid: std::process::id().cast_signed(),
        tokens_file: running.tokens_file.clone(),
        class_file: Some(class_file),
        state: Some(state),
    };
    let discovery = Some(publish(&discovery, &places)?);
    if traffic {
        let emails = built.students.iter().map(|student| student.email.as_str());
        let students = sandbox::traffic::Stage::of(&running, emails, fastrand::u64(..));
        tokio::spawn(sandbox::traffic::run(students, sandbox::traffic::Pace::default(), cancel.clone()));
    }
    opened.demo = true;
    opened.embedded = Some(Embedded { running, cancel, discovery, _world: Some(folder) });
    Ok(opened)
}

/// The demo keeps its key and its state in its own folder.
fn places_within(folder: &Path) -> Places {
    Places { config: folder.join("config"), state: folder.join("state") }
}

/// The demo's class file, for the dashboard and for commands that find it.
fn demo_class(built: &sandbox::Built, running: &sandbox::Running) -> Result<String> {
    #[derive(Serialize)]
    struct File<'a> {
        class: ClassPart<'a>,
        provider: ProviderPart<'a>,
        access: AccessPart<'a>,
        audit: AuditPart,
    }
    #[derive(Serialize)]
    struct ClassPart<'a> {
        id: &'a str,
        title: &'a str,
    }
    #[derive(Serialize)]
    struct ProviderPart<'a> {
        #[serde(rename = "use")]
        providers: [&'a str; 1],
        sandbox: SandboxPart<'a>,
    }
    #[derive(Serialize)]
    struct SandboxPart<'a> {
        url: &'a str,
        token_file: &'a str,
    }
    #[derive(Serialize)]
    struct AccessPart<'a> {
        staff: Vec<std::collections::BTreeMap<&'a str, &'a str>>,
    }
    #[derive(Serialize)]
    struct AuditPart {
        key_file: &'static str,
    }
    let staff = built.staff.iter().map(|(who, level)| {
        let kind = if matches!(who, crate::domain::access::Principal::Group(_)) { "group" } else { "user" };
        [(kind, who.id()), ("level", level.name())].into_iter().collect()
    });
    let file = File {
        class: ClassPart { id: &built.class_id, title: &built.title },
        provider: ProviderPart {
            providers: ["sandbox"],
            sandbox: SandboxPart { url: &running.url, token_file: "sandbox.token" },
        },
        access: AccessPart { staff: staff.collect() },
        audit: AuditPart { key_file: "config/audit.key" },
    };
    toml::to_string(&file).map_err(|error| Fault::new(Kind::Local, format!("the demo's class file: {error}")))
}

/// Fills the local state as it would be if Strongroom had made the scenario's class itself.
fn remember(store: &Store, built: &sandbox::Built) -> Result<()> {
    let now = Timestamp::now();
    let key = |text: &str| {
        StudentKey::parse(text)
            .ok_or_else(|| Fault::new(Kind::Input, format!("the scenario's student {text}")))
    };
    let student = |student: &sandbox::scenario::Enrolled| {
        let (name, email) = (SafeText::new(&student.name), Untrusted::new(student.email.clone()));
        Ok(Student { key: key(&student.key)?, name, email })
    };
    store.enroll(&built.students.iter().map(student).collect::<Result<Vec<_>>>()?)?;
    for binding in &built.bindings {
        store.bind(&key(&binding.key)?, &binding.vault, &binding.nonce, now)?;
    }
    for granted in &built.grants {
        store.record_access(&granted.vault, &granted.who, granted.set, now)?;
    }
    Ok(())
}

/// Writes a file that only the user can read, whole or not at all.
fn write_private(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|error| local(folder, &error))?;
    let temporary = path.with_extension(format!("{}.new", std::process::id()));
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(text.as_bytes())?;
        fs::rename(&temporary, path)
    };
    write().map_err(|error| local(path, &error))
}

fn local(path: &Path, error: &std::io::Error) -> Fault {
    Fault::new(Kind::Local, format!("{}: {error}", path.display())).hint("check the file and its folder")
}
