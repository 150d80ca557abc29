//! The demo class: a scenario's world on an embedded sandbox, and the class file and local state
//! that go with it.

use std::path::Path;

use jiff::{Span, Timestamp, Zoned};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::announcement::announce_demo;
use super::reach::ADMINISTRATOR;
use super::{Choice, Embedded, Manner, Opened, local, open_class};
use crate::config::write_private;
use crate::config::{self, Environment, Places};
use crate::domain::class::{Class, StudentKey};
use crate::domain::fault::{Fault, Kind, Result};
use crate::domain::roster::Student;
use crate::domain::secret::Expose as _;
use crate::domain::text::{SafeText, Untrusted};
use crate::sandbox;
use crate::store::{Binding, Store};

/// Its class file names its sandbox, so nothing embedded is left to announce.
const MANNER: Manner = Manner { guess: true, announces: false };

/// The demo class: a sandbox with a world of its own that is thrown away at the end, and local
/// state as it would be if Strongroom had made that class itself.
pub(super) async fn demo(choice: &Choice, scenario: sandbox::Scenario, traffic: bool) -> Result<Opened> {
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
    write_private(&folder.path().join(ADMINISTRATOR), running.admin.expose_secret())?;
    write_private(&class_file, &demo_class(&built, &running)?)?;
    let state = folder.path().join("state");
    let config = config::parse(
        &config::read(&class_file)?,
        &class_file.display().to_string(),
        &Environment::default(),
    )?;
    let inner = Choice { state: Some(state.clone()), ..choice.clone() };
    let mut opened = open_class(choice.over(config), &inner, &places_within(folder.path()), MANNER).await?;
    remember(&opened.queries.store, &built)?;
    let announcement = announce_demo(&running, class_file, state, &places)?;
    if traffic {
        let emails = built.students.iter().map(|student| student.email.as_str());
        let students = sandbox::traffic::Stage::of(&running, emails, fastrand::u64(..));
        tokio::spawn(sandbox::traffic::run(students, sandbox::traffic::Pace::default(), cancel.clone()));
    }
    opened.demo = true;
    opened.embedded = Some(Embedded { running, cancel, _announcement: announcement, _world: Some(folder) });
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
    let text = toml::to_string(&file);
    let text = text.map_err(|error| Fault::new(Kind::Local, format!("the demo's class file: {error}")))?;
    Ok(text + &assignments(&Zoned::now().with_time_zone(Class::new(&built.class_id).time_zone)))
}

/// What the demo's students hand in: one assignment was due some days ago, one is due tomorrow, one
/// next week. A fourth one, which some hand in all the same, was never set: nobody's rule claims it.
fn assignments(now: &Zoned) -> String {
    let due = |days: i64| {
        let day = now.date().saturating_add(Span::new().days(days));
        format!("{day}T23:59:00")
    };
    let set = [
        ("hw1", "Password file", due(-5)),
        ("hw2", "Threat model", due(1)),
        ("hw3", "Protocol trace", due(8)),
    ];
    let lines = set.map(|(id, title, due)| {
        format!("\n[[assignment]]\nid = \"{id}\"\ntitle = \"{title}\"\nmatch = {{ title = \"{id}*\" }}\ndue = {due}\n")
    });
    lines.concat()
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
    let students = built.students.iter().map(student).collect::<Result<Vec<_>>>()?;
    let binding = |one: &sandbox::scenario::Binding| {
        let (vault, nonce) = (one.vault.clone(), one.nonce.clone());
        Ok(Binding { student: key(&one.key)?, vault, nonce, bound_at: now })
    };
    let bindings = built.bindings.iter().map(binding).collect::<Result<Vec<_>>>()?;
    let granted = |one: &sandbox::scenario::Granted| (one.vault.clone(), one.who.clone(), one.set);
    let granted: Vec<_> = built.grants.iter().map(granted).collect();
    store.take_over(&students, &bindings, &granted, now)
}
