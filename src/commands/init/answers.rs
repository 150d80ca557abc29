//! What `strongroom init` has to be told: from flags, or asked line by line on a terminal.
//!
//! Every answer is checked as the class file would be, so that a prompt refuses what the file would.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;

use crate::cli::Init;
use crate::commands::Context;
use crate::commands::question::{can_ask, line};
use crate::config::{self, Environment, OP_TOKEN, Places, ProviderName, fill, quoted};
use crate::domain::fault::{Fault, Kind, Result};

/// Everything that the class file and the first import need.
pub(super) struct Answers {
    /// The settings of the class file that differ from their defaults, by dotted path.
    pub(super) settings: Vec<(&'static str, String)>,
    /// The service.
    pub(super) provider: ProviderName,
    /// The class list.
    pub(super) roster: Option<PathBuf>,
    /// Where the class file goes.
    pub(super) out: PathBuf,
    /// Whether somebody is there to be asked more.
    pub(super) asks: bool,
}

/// Asks, or not.
struct Asker<'a> {
    context: &'a mut Context,
    asks: bool,
    missing: Vec<&'static str>,
}

/// Gathers the answers. Without somebody to ask, everything that is missing is named in one fault.
pub(super) async fn gather(context: &mut Context, init: &Init, places: &Places) -> Result<Answers> {
    let list_on_stdin = init.roster.as_deref().is_some_and(|file| file.as_os_str() == "-");
    let asks = !list_on_stdin && can_ask(context);
    let mut asker = Asker { context, asks, missing: Vec::new() };
    let id = asker.id(init).await?;
    let mut settings = vec![("class.id", quoted(&id))];
    settings.extend(asker.about(init, &id).await?);
    let provider = asker.provider().await?;
    if let Some(provider) = provider {
        settings.push(("provider.use", format!("[{}]", quoted(provider.name()))));
        if provider == ProviderName::Op {
            settings.extend(asker.op(init).await?);
        }
    }
    let roster = asker.roster(init, &mut settings).await?;
    if !asker.missing.is_empty() {
        let message = format!("still to be said: {}", asker.missing.join(", "));
        return Err(Fault::new(Kind::Input, message)
            .hint("give them as flags, or run `strongroom init` on a terminal, where it asks"));
    }
    let Some(provider) = provider else {
        return Err(Fault::new(Kind::Input, "no provider was chosen").hint("add --provider op"));
    };
    if let Some(can) = init.admins_can_manage {
        settings.push(("vaults.admins_can_manage", can.to_string()));
    }
    if !init.staff.is_empty() {
        settings.push(("access.staff", config::staff(&init.staff)));
    }
    let name = format!("{}.toml", id.to_ascii_lowercase());
    let out = init.out.as_deref().map_or_else(|| Ok(places.config.join(name)), absolute)?;
    Ok(Answers { settings, provider, roster, out, asks })
}

impl Asker<'_> {
    async fn id(&mut self, init: &Init) -> Result<String> {
        const ASK: &str = "Id of the class, the prefix of every vault's name (A-Z a-z 0-9 -):";
        match &init.id {
            Some(id) => checked("class.id", &quoted(id)).map(|()| id.clone()),
            None if self.asks => self.setting("class.id", ASK, None).await.map(Option::unwrap_or_default),
            None => {
                self.missing.push("--id");
                Ok("none".into())
            }
        }
    }

    /// Title, zone and level.
    async fn about(&mut self, init: &Init, id: &str) -> Result<Vec<(&'static str, String)>> {
        // Machines without a zone of their own have UTC, by one of its names.
        let zone = TimeZone::system().iana_name().unwrap_or("UTC").replace("Etc/UTC", "UTC");
        let (title, zone, level) = if self.asks {
            let ask = format!("Title [{id}]:");
            let title = self.or_ask(init.title.as_ref(), "class.title", &ask, id).await?;
            let ask = format!("Time zone [{zone}]:");
            let zone = self.or_ask(init.time_zone.as_ref(), "class.time_zone", &ask, &zone).await?;
            let ask = "Level of students on the own vault: submit, read or write [write]:";
            let given = init.level.map(|level| level.name().to_owned());
            (title, zone, self.or_ask(given.as_ref(), "access.student", ask, "write").await?)
        } else {
            let level = init.level.map_or("write", crate::domain::access::Level::name).to_owned();
            (init.title.clone().unwrap_or_else(|| id.into()), init.time_zone.clone().unwrap_or(zone), level)
        };
        let with_default = [
            ("class.title", title, id),
            ("class.time_zone", zone, "UTC"),
            ("access.student", level, "write"),
        ];
        let mut settings = Vec::new();
        for (path, value, default) in with_default {
            if value != default {
                checked(path, &quoted(&value))?;
                settings.push((path, quoted(&value)));
            }
        }
        Ok(settings)
    }

    async fn provider(&mut self) -> Result<Option<ProviderName>> {
        const ASK: &str = "Where the vaults are: op (1Password) or sandbox (an imitation) [op]:";
        if let Some(provider) = self.context.choice.providers.first() {
            return Ok(Some(*provider));
        }
        if !self.asks {
            self.missing.push("--provider");
            return Ok(None);
        }
        loop {
            let word = self.line(ASK).await?;
            match ProviderName::parse(if word.is_empty() { "op" } else { &word }) {
                Ok(provider) if provider.acts() => return Ok(Some(provider)),
                Ok(other) => {
                    self.context.report.say(format!("{other} only reads: it is added in the class file"));
                }
                Err(fault) => self.context.report.say(fault),
            }
        }
    }

    /// The program, and where its token is.
    async fn op(&mut self, init: &Init) -> Result<Vec<(&'static str, String)>> {
        const ASK: &str = "File with the service account's token, of mode 0600 (none: you, as signed in):";
        let mut settings = Vec::new();
        if let Some(path) = &init.op {
            settings.push(("provider.op.path", shown(&absolute(path)?)?));
        }
        let said = self.context.choice.person || self.context.choice.env.text(OP_TOKEN).is_some();
        match &init.token_file {
            Some(file) => settings.push(("provider.op.token_file", shown(&absolute(file)?)?)),
            None if said => {}
            None if self.asks => {
                let file = self.line(ASK).await?;
                if !file.is_empty() {
                    settings.push(("provider.op.token_file", shown(&absolute(Path::new(&file))?)?));
                }
            }
            None => self.missing.push("--token-file (or OP_SERVICE_ACCOUNT_TOKEN, or --person)"),
        }
        Ok(settings)
    }

    /// The class list, and the domain that completes its logins.
    async fn roster(
        &mut self,
        init: &Init,
        settings: &mut Vec<(&'static str, String)>,
    ) -> Result<Option<PathBuf>> {
        const DOMAIN: &str = "Domain for logins without e-mail, such as example.edu (none: it has e-mails):";
        let mut roster = init.roster.clone();
        let mut domain = init.email_domain.clone();
        if self.asks {
            if roster.is_none() {
                let file = self.line("Class list, a CSV file (none: later):").await?;
                roster = (!file.is_empty()).then(|| file.into());
            }
            if roster.is_some() && domain.is_none() {
                domain = self.setting("roster.email_domain", DOMAIN, Some("")).await?;
            }
        }
        if let Some(domain) = domain.filter(|domain| !domain.is_empty()) {
            checked("roster.email_domain", &quoted(&domain))?;
            settings.push(("roster.email_domain", quoted(&domain)));
        }
        Ok(roster)
    }

    async fn or_ask(
        &mut self,
        given: Option<&String>,
        path: &'static str,
        ask: &str,
        default: &str,
    ) -> Result<String> {
        match given {
            Some(given) => Ok(given.clone()),
            None => self.setting(path, ask, Some(default)).await.map(Option::unwrap_or_default),
        }
    }

    /// Asks until the class file would take the answer; an empty one is the default, where there is one.
    async fn setting(
        &mut self,
        path: &'static str,
        ask: &str,
        default: Option<&str>,
    ) -> Result<Option<String>> {
        loop {
            let word = self.line(ask).await?;
            match (word.is_empty(), default) {
                (true, Some(default)) => return Ok(Some(default.to_owned())),
                (true, None) => self.context.report.say("an answer is needed here"),
                (false, _) => match checked(path, &quoted(&word)) {
                    Ok(()) => return Ok(Some(word)),
                    Err(fault) => self.context.report.say(fault),
                },
            }
        }
    }

    async fn line(&mut self, ask: &str) -> Result<String> {
        line(self.context, ask).await
    }
}

/// Whether the class file would take this value.
fn checked(path: &'static str, value: &str) -> Result<()> {
    let id = ("class.id", quoted("CS101"));
    let answers =
        if path == "class.id" { vec![(path, value.to_owned())] } else { vec![id, (path, value.to_owned())] };
    match config::parse(&fill(&answers), "", &Environment::default()) {
        Ok(_) => Ok(()),
        Err(refusal) => Err(refusal.problems.first().map_or_else(
            || Fault::new(Kind::Input, format!("`{path}` was refused")),
            |problem| Fault::new(Kind::Input, &problem.message).hint(&problem.mend),
        )),
    }
}

/// A path that does not depend on the current folder: the class file is used from anywhere.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Fault::new(Kind::Input, format!("{}: {error}", path.display())))
}

fn shown(path: &Path) -> Result<String> {
    let bad = || Fault::new(Kind::Input, format!("{} is no path in UTF-8", path.display()));
    path.to_str().map(quoted).ok_or_else(bad)
}
